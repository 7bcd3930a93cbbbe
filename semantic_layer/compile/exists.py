"""Semi-joins: keys of the base rows that have a match, never a multiplied row."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import Leaf
from semantic_layer.compile.rows import Rows
from semantic_layer.compile.sqltime import comparable, minus, plus
from semantic_layer.expressions import and_all
from semantic_layer.model import Exists
from semantic_layer.scope import Scope


class Matches:
    """The `exists` conditions of one stream's leaves, each a CTE of distinct base keys.

    Args:
        rows: The stream's own scan, which the CTEs are joined to.
        prefix: Name of the stream, so that two streams never share a CTE name.
    """

    def __init__(
        self, ctx: Context, scope: Scope, rows: Rows, leaves: list[Leaf], prefix: str
    ) -> None:
        self.ctx = ctx
        self.scope = scope
        self.rows = rows
        items = {e.model_dump_json(): e for leaf in leaves for e in leaf.exists}
        self._names = {
            item: f"{prefix}_has_{item.model}_{i}"
            for i, (_, item) in enumerate(sorted(items.items()))
        }

    def test(self, item: Exists) -> exp.Expr:
        """Return the condition that a row has (or, negated, lacks) a match."""
        key = self.ctx.model(self.rows.model_id).key[0]
        absent = exp.Is(this=quoted(key, self._names[item]), expression=exp.null())
        return absent if item.negate else exp.Not(this=absent)

    def joins(self) -> list[tuple[str, exp.Query, exp.Expr]]:
        """Return (CTE name, its SELECT, join condition) of every match."""
        key = self.ctx.model(self.rows.model_id).key
        out: list[tuple[str, exp.Query, exp.Expr]] = []
        for item, name in self._names.items():
            on = [exp.EQ(this=self.rows.column(k), expression=quoted(k, name)) for k in key]
            out.append((name, self._select(item, key), exp.and_(*on)))
        return out

    def _select(self, item: Exists, key: tuple[str, ...]) -> exp.Select:
        base = Rows(self.ctx, self.scope, self.rows.model_id, "b")
        other = Rows(self.ctx, self.scope, item.model, "o")
        columns = [exp.alias_(base.column(k), k, quoted=True, copy=False) for k in key]
        tests: list[exp.Expr] = [
            exp.EQ(this=base.fragment(a), expression=other.fragment(b)) for a, b in item.by.items()
        ]
        if item.filter:
            tests.append(exp.Paren(this=other.fragment(item.filter)))
        tests += self._times(item, base, other)
        select = exp.Select(expressions=columns).distinct(copy=False)
        base.attach(select)
        other.attach(select, joined=True)
        where = and_all(tests)
        return select.where(where, copy=False) if where is not None else select

    def _times(self, item: Exists, base: Rows, other: Rows) -> list[exp.Expr]:
        anchor = item.before or item.after
        if anchor is None:
            return []
        at = other.time(item.time or self.ctx.model(item.model).time or "")
        match, limit = comparable(at, base.time(anchor))
        if item.before:
            tests: list[exp.Expr] = [exp.LTE(this=match, expression=limit)]
            if item.within:
                early = minus(limit.copy(), item.within)
                tests.append(exp.GTE(this=match.copy(), expression=early))
            return tests
        tests = [exp.GTE(this=match, expression=limit)]
        if item.within:
            tests.append(exp.LT(this=match.copy(), expression=plus(limit.copy(), item.within)))
        return tests
