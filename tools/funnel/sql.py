"""The funnel as one syntax tree above governed relations (see `templates`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, reduce

from sqlglot import exp

from semantic_layer import Filter, Scope, SemanticLayer
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import literal_date
from semantic_layer.expressions import parse_select
from semantic_layer.model import StageRole
from tools.funnel import templates
from tools.funnel.chain import BEGINNING, EXACT_LINKS, Chain, Period
from tools.funnel.model import FunnelArgs

PREFIX = "askmql__"  # names of parts: no table of a company may begin so
_NEVER = date(9999, 12, 31)


@dataclass
class _Parts:
    """Named parts of the tree, in the order in which they may refer to each other."""

    queries: dict[str, exp.Query] = field(default_factory=dict)

    def add(self, name: str, query: exp.Query) -> str:
        self.queries[name] = query
        return name

    def finish(self, last: exp.Query) -> exp.Query:
        for name, query in self.queries.items():
            last = last.with_(exp.to_identifier(PREFIX + name, quoted=True), as_=query, copy=False)
        return last


@cache
def _parsed(text: str) -> exp.Query:
    return parse_select(text)


def bind(text: str, tables: Mapping[str, str], **values: object) -> exp.Query:
    """Return a template with its tables named and its values filled in."""
    tree = _parsed(text).copy()
    for table in list(tree.find_all(exp.Table)):
        name = exp.to_identifier(PREFIX + tables[table.name], quoted=True)
        table.set("this", name)
    for hole in list(tree.find_all(exp.Placeholder)):
        value = values[hole.name]
        hole.replace(literal_date(value) if isinstance(value, date) else exp.convert(value))
    return tree


@dataclass(frozen=True)
class Funnel:
    """What the tree is built from."""

    layer: SemanticLayer
    scope: Scope
    chain: Chain
    periods: tuple[Period, ...]
    args: FunnelArgs

    @property
    def window(self) -> tuple[date | None, date]:
        """The days that hold every period."""
        start = min(p.start for p in self.periods)
        return (None if start == BEGINNING else start), max(p.end for p in self.periods)


def cohort_tree(funnel: Funnel) -> exp.Query:
    """Return the counts of the cohort view: kinds step, items, unlinked, disorder, skipped."""
    parts = _Parts({"periods": _periods(funnel.periods)})
    within = funnel.args.within_days
    for k in range(len(funnel.chain.stages)):
        parts.add(f"item_{k}", _item(funnel, k, asked=k == 0))
        tables = {"child": f"item_{k}", "parent": f"reach_{k - 1}", "periods": "periods"}
        query = bind(templates.REACH if k else templates.ENTER, tables)
        if k == 1:
            query.set("distinct", None)  # an item of the first stage is its own only parent
        if k and within is not None:
            limit = bind(templates.WITHIN, {}, days=within)
            query = _where(query, limit.selects[0])
        parts.add(f"reach_{k}", query)
    _add_steps(parts, funnel)
    counts = {"pairs": "pairs", "steps": "steps", "pace": "pace"}
    least = 0 if funnel.chain.stages[0].amount is not None else 1  # else they are the entered
    found = [bind(t, counts, least=least) for t in (templates.COUNT, templates.OWN)]
    if funnel.args.by is None:
        _without_total(found[0])
    else:
        found.append(bind(templates.OWN_WHOLE, counts, least=least))
    return parts.finish(_union([*found, *_checks(parts, funnel)]))


def _without_total(query: exp.Query) -> None:
    """Leave out the grouping of everything: without groups it would say the same twice."""
    query.args["group"].expressions[0].expressions.pop()


def _add_steps(parts: _Parts, funnel: Funnel) -> None:
    numbers = range(len(funnel.chain.stages))
    reached = [bind(templates.PAIRS, {"reach": f"reach_{k}"}, k=k) for k in numbers]
    parts.add("pairs", _union(reached))
    parts.add("seen", bind(templates.SEEN, {"pairs": "pairs"}))
    parts.add("steps", bind(templates.STEPS, {"seen": "seen"}))
    stalled = funnel.args.stalled_days
    fixed = templates.PACE if stalled is None else templates.FIXED_PACE
    end = funnel.periods[0].cut
    parts.add("pace", bind(fixed, {"steps": "steps"}, end=end, days=stalled))


def _checks(parts: _Parts, funnel: Funnel) -> list[exp.Query]:
    """Counts of what the chain cannot hold: no key, dates out of order, stages left out."""
    later = range(1, len(funnel.chain.stages))
    children = [bind(templates.CHILDREN, {"child": f"item_{k}"}, k=k) for k in later]
    parts.add("children", _union(children))
    found = [templates.UNLINKED, templates.DISORDER]
    if funnel.args.within_days is None and funnel.chain.links[0] in EXACT_LINKS:
        found.append(templates.SKIPPED)
    tables = {name: name for name in ("children", "pairs", "periods")}
    return [bind(text, tables) for text in found]


def event_tree(funnel: Funnel) -> exp.Query:
    """Return the counts of the event view, kind step."""
    parts = _Parts({"periods": _periods(funnel.periods)})
    entries: list[exp.Query] = []
    for k in range(len(funnel.chain.stages)):
        parts.add(f"item_{k}", _item(funnel, k, asked=True))
        parts.add(f"all_{k}", _item(funnel, k, asked=False))
        tables = {"child": f"item_{k}", "parent": f"all_{k - 1}", "periods": "periods"}
        text = templates.ENTRIES if k else templates.FIRST_ENTRIES
        entries.append(bind(text, tables, k=k))
    parts.add("pairs", _union(entries))
    counts = bind(templates.EVENTS, {"pairs": "pairs"})
    if funnel.args.by is None:
        _without_total(counts)
    return parts.finish(counts)


def _item(funnel: Funnel, k: int, *, asked: bool) -> exp.Query:
    """Return the entries of one stage; of the asked days, groups and filters only if `asked`."""
    stage, args = funnel.chain.stages[k], funnel.args
    fields = _fields(funnel, k)
    window: Window | None = None
    filters: tuple[Filter, ...] = ()
    if asked:
        window, filters = Window(stage.at, *funnel.window), args.filters
    if asked and args.by is not None:
        fields["g"] = Field(funnel.layer.context.model(stage.model).dims[args.by])
    key = tuple(f"key_{i}" for i in range(len(funnel.layer.context.model(stage.model).key)))
    where = (stage.filter,) if stage.filter else ()
    source = _relation(funnel, stage, fields, where, filters, window)
    _add_row(source, key)
    for name in ("g", "closed", "amount", "prev", "next", "root", "void"):
        if name not in fields:
            source.select(exp.alias_(exp.null(), name, quoted=True), copy=False)
    tree = bind(templates.ITEM, {"item": "item"}, never=_NEVER)
    hole = next(iter(tree.find_all(exp.Table)))
    hole.replace(source.subquery(hole.alias, copy=False))
    return tree


def _relation(
    funnel: Funnel,
    stage: StageRole,
    fields: Mapping[str, Field],
    where: Sequence[str],
    filters: Sequence[Filter],
    window: Window | None,
) -> exp.Select:
    return funnel.layer.relation(
        stage.model, fields, funnel.scope, where=where, filters=filters, window=window
    )


def _fields(funnel: Funnel, k: int) -> dict[str, Field]:
    chain, stage = funnel.chain, funnel.chain.stages[k]
    fields = {
        "lo": Field(stage.at, "wall"),
        "hi": Field(stage.at, "wall_end"),
        "day": Field(stage.at, "day"),
        "moved": Field(stage.moved or stage.at, "day"),
    }
    for i, column in enumerate(funnel.layer.context.model(stage.model).key):
        fields[f"key_{i}"] = Field(column)
    before = chain.links[k - 1] if k else None
    after = chain.links[k] if k < len(chain.links) else None
    optional = {
        "prev": chain.fragment(k, before) if before else None,
        "next": chain.fragment(k, after) if after else None,
        "root": chain.fragment(k, chain.links[0]),
        "amount": stage.amount,
        "void": stage.void,
    }
    fields |= {name: Field(text) for name, text in optional.items() if text is not None}
    if stage.closed is not None:
        fields["closed"] = Field(stage.closed, "day")
    return fields


def _add_row(source: exp.Select, key: Sequence[str]) -> None:
    """Name a row by its key, as text so that the stages' keys may differ in type."""
    columns = {item.alias: item.unalias() for item in source.selects}
    values = [columns[name].copy() for name in key]
    whole = values[0] if len(values) == 1 else exp.Struct(expressions=values)
    text = exp.Cast(this=whole, to=exp.DataType.build("VARCHAR"))
    source.select(exp.alias_(text, "row", quoted=True), copy=False)


def _periods(periods: Sequence[Period]) -> exp.Query:
    rows: list[exp.Query] = []
    for number, period in enumerate(periods):
        days = {"start": period.start, "upto": period.end, "cut": period.cut}
        items = [exp.alias_(literal_date(day), name, quoted=True) for name, day in days.items()]
        first = exp.alias_(exp.Literal.number(number), "p", quoted=True)
        rows.append(exp.Select(expressions=[first, *items]))
    return _union(rows)


def _union(queries: Sequence[exp.Query]) -> exp.Query:
    return reduce(lambda a, b: exp.Union(this=a, expression=b, distinct=False), queries)


def _where(query: exp.Query, test: exp.Expr) -> exp.Query:
    if not isinstance(query, exp.Select):
        message = "only a SELECT takes a condition"
        raise TypeError(message)
    return query.where(test, copy=False)
