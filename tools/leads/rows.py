"""Governed rows by role: what the asker may see, and the names of what is kept from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlglot import exp

from semantic_layer import DeniedError
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.expressions import and_all
from semantic_layer.lead_roles import LeadRole
from tools.base import ToolContext
from tools.roles import needed

Row = Mapping[str, object]
_ROWS, _PART = "r", "part_"


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a role's model.

    Attributes:
        equal: Output name -> the values it may have (compared as text).
        order: Output name to sort by, newest or largest first.
        needs: Columns without which the rows are of no use.
    """

    model: str
    fields: Mapping[str, Field]
    equal: Mapping[str, Sequence[object]]
    order: str | None = None
    limit: int | None = None
    window: Window | None = None
    where: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One governed SELECT and the columns that its rows have; hidden ones are None.

    Attributes:
        shown: Those that the asker may see.
        order: The column by which rows are sorted, newest or largest first.
    """

    tree: exp.Select
    names: tuple[str, ...]
    shown: frozenset[str] = frozenset()
    order: str | None = None


def part_of(context: ToolContext, what: Read) -> Part | None:
    """Return what to run for a read; None if a column that it selects by or needs is hidden.

    Raises:
        DeniedError: The model itself does not exist for the asker.
    """
    shown, hidden = visible(context, what.model, what.fields)
    if {*what.equal, *what.needs} & hidden:
        return None
    layer = context.layer
    inner = layer.relation(what.model, shown, context.scope, where=what.where, window=what.window)
    tree = exp.select(exp.Star()).from_(subquery(inner, _ROWS))
    kept = and_all([among(quoted(n, _ROWS), values) for n, values in what.equal.items()])
    if kept is not None:
        tree = tree.where(kept, copy=False)
    order = what.order if what.order in shown else None
    if order is not None:
        tree = tree.order_by(exp.Ordered(this=quoted(order, _ROWS), desc=True), copy=False)
    if what.limit is not None:
        tree = tree.limit(what.limit, copy=False)
    return Part(tree, tuple(what.fields), frozenset(shown), order)


def read(context: ToolContext, what: Read) -> tuple[Row, ...]:
    """Return the rows of one read; columns hidden from the asker are None.

    Raises:
        DeniedError: The model itself does not exist for the asker.
    """
    part = part_of(context, what)
    if part is None:
        return ()
    blank: dict[str, object] = dict.fromkeys(part.names)
    return tuple({**blank, **row} for row in run_rows(context, part.tree))


def run_rows(
    context: ToolContext, tree: exp.Query, *, max_rows: int | None = None
) -> tuple[Row, ...]:
    """Return the rows of a tree built above relations, by column name."""
    found = context.layer.run_tree(tree, context.scope, max_rows=max_rows)
    return tuple(dict(zip(found.columns, row, strict=True)) for row in found.rows)


def run_parts(context: ToolContext, parts: Mapping[str, Part | None]) -> dict[str, tuple[Row, ...]]:
    """Run several reads as one statement: each becomes one row that holds a list of rows.

    A statement costs some milliseconds whatever it reads, so a summary asks once.
    """
    wanted = {name: part for name, part in parts.items() if part is not None}
    out: dict[str, tuple[Row, ...]] = dict.fromkeys(parts, ())
    if not wanted:
        return out
    branches = [_as_list(name, part) for name, part in wanted.items()]
    tree: exp.Query = branches[0]
    for branch in branches[1:]:
        tree = exp.Union(this=tree, expression=branch, distinct=False, by_name=True)
    for row in run_rows(context, tree):
        out |= {n: _unpacked(wanted[n], rows) for n, rows in row.items() if isinstance(rows, list)}
    return out


def _as_list(name: str, part: Part) -> exp.Select:
    """Return `SELECT list(p) AS name FROM (part) AS p`."""
    rows = exp.func("LIST", quoted(_PART))
    source = subquery(part.tree, _PART)
    return exp.select(exp.alias_(rows, name, quoted=True)).from_(source)


def _unpacked(part: Part, rows: Sequence[Mapping[str, object]]) -> tuple[Row, ...]:
    blank: dict[str, object] = dict.fromkeys(part.names)
    found = [{**blank, **row} for row in rows]
    order = part.order
    if order is not None:  # a list keeps no order by promise
        empty = [row for row in found if row[order] is None]
        filled = [row for row in found if row[order] is not None]
        found = [*sorted(filled, key=itemgetter(order), reverse=True), *empty]
    return tuple(found)


def subquery(select: exp.Select, alias: str) -> exp.Subquery:
    """Return `(select) AS alias`."""
    name = exp.to_identifier(alias, quoted=True)
    return exp.Subquery(this=select, alias=exp.TableAlias(this=name))


def among(column: exp.Expr, values: Iterable[object]) -> exp.Expr:
    """Return `column IN (values)`; ids are compared as text, whatever their type."""
    literals: list[exp.Expr] = [exp.Literal.string(str(v)) for v in values]
    if not literals:
        return exp.false()
    return exp.In(this=exp.cast(column, "VARCHAR"), expressions=literals)


def as_text(name: str, table: str) -> exp.Expr:
    """Return a column as text, as ids are compared."""
    return exp.cast(quoted(name, table), "VARCHAR")


def grouped_by_all(tree: exp.Select) -> exp.Select:
    """Group a SELECT by everything in it that is no aggregate."""
    tree.set("group", exp.Group(all=True))
    return tree


def visible(
    context: ToolContext, model: str, fields: Mapping[str, Field]
) -> tuple[dict[str, Field], frozenset[str]]:
    """Return the fields that the asker may see, and the names of the others.

    Raises:
        DeniedError: The model itself does not exist for the asker.
    """
    scope = context.scope
    if model in scope.denied or not (scope.hidden or scope.denied):
        return dict(fields), frozenset()
    shown = {n: field for n, field in fields.items() if _may_see(context, model, field)}
    return shown, frozenset(fields) - frozenset(shown)


def _may_see(context: ToolContext, model: str, field: Field) -> bool:
    layer, scope = context.layer, context.scope
    key = (layer.version, model, field)
    if key not in scope.seen:
        try:
            layer.relation(model, {"it": field}, scope)
            scope.seen[key] = True
        except DeniedError:
            scope.seen[key] = False
    return scope.seen[key]


def personal(context: ToolContext, attribute: str) -> bool:
    """Whether an attribute is personal data that no rule opens to the asker."""
    dimension = context.layer.definitions.dimensions.get(attribute)
    return dimension is not None and dimension.personal and not context.scope.personal


def lead_role(context: ToolContext) -> LeadRole:
    """Return the lead role.

    Raises:
        QueryError: The definitions declare none.
    """
    return needed(context.layer.definitions.roles.lead, "lead")


def fields(texts: Mapping[str, str | None]) -> dict[str, Field]:
    """Return plain fields for the texts that are given."""
    return {name: Field(text) for name, text in texts.items() if text is not None}
