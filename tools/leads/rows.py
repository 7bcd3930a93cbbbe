"""Governed rows by role: what the asker may see, and the names of what is kept from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer import DeniedError, QueryError
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.expressions import and_all
from semantic_layer.lead_roles import LeadRole
from tools.base import ToolContext

Row = Mapping[str, object]
_ROWS = "r"


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a role's model.

    Attributes:
        equal: Output name -> the values it may have (compared as text).
        order: Output name to sort by, newest or largest first.
    """

    model: str
    fields: Mapping[str, Field]
    equal: Mapping[str, Sequence[object]]
    order: str | None = None
    limit: int | None = None
    window: Window | None = None
    where: tuple[str, ...] = ()


def read(context: ToolContext, what: Read) -> tuple[Row, ...]:
    """Return the rows of one read; columns hidden from the asker are None.

    Raises:
        DeniedError: The model itself does not exist for the asker.
    """
    shown, hidden = visible(context, what.model, what.fields)
    if set(what.equal) & hidden:
        return ()
    layer = context.layer
    inner = layer.relation(what.model, shown, context.scope, where=what.where, window=what.window)
    tree = exp.select(exp.Star()).from_(subquery(inner, _ROWS))
    kept = and_all([among(quoted(n, _ROWS), values) for n, values in what.equal.items()])
    if kept is not None:
        tree = tree.where(kept, copy=False)
    if what.order is not None:
        tree = tree.order_by(exp.Ordered(this=quoted(what.order, _ROWS), desc=True), copy=False)
    if what.limit is not None:
        tree = tree.limit(what.limit, copy=False)
    found = layer.run_tree(tree, context.scope)
    blank: dict[str, object] = dict.fromkeys(what.fields)
    return tuple({**blank, **dict(zip(found.columns, row, strict=True))} for row in found.rows)


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
    shown: dict[str, Field] = {}
    for name, field in fields.items():
        try:
            context.layer.relation(model, {name: field}, scope)
        except DeniedError:
            continue
        shown[name] = field
    return shown, frozenset(fields) - frozenset(shown)


def personal(context: ToolContext, attribute: str) -> bool:
    """Whether an attribute is personal data that no rule opens to the asker."""
    dimension = context.layer.definitions.dimensions.get(attribute)
    return dimension is not None and dimension.personal and not context.scope.personal


def lead_role(context: ToolContext) -> LeadRole:
    """Return the lead role.

    Raises:
        QueryError: The definitions declare none.
    """
    role = context.layer.definitions.roles.lead
    if role is None:
        raise QueryError(
            "NO_LEAD_ROLE",
            "The definitions do not say what a lead is.",
            hint="Declare `roles: {lead: ...}`; `askmql schema` shows how.",
        )
    return role


def fields(texts: Mapping[str, str | None]) -> dict[str, Field]:
    """Return plain fields for the texts that are given."""
    return {name: Field(text) for name, text in texts.items() if text is not None}
