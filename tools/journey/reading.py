"""Small governed reads: rows of one model whose key is one of some values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer import Scope, SemanticLayer
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.engine import EngineResult
from tools.visible import visible_fields

_ROWS = "rows"
Row = Mapping[str, object]


def as_text(column: exp.Expr) -> exp.Expr:
    """Return a column as text: keys are compared as people write them."""
    return exp.Cast(this=column, to=exp.DataType.build("VARCHAR"))


def one_of(name: str, values: Sequence[str]) -> exp.Expr:
    """Return the test that a column of the rows is one of some texts."""
    literals = [exp.Literal.string(v) for v in values]
    return exp.In(this=as_text(quoted(name, _ROWS)), expressions=literals)


def holds(name: str, text: str) -> exp.Expr:
    """Return the test that a column of the rows contains a text, whatever its case."""
    position = exp.StrPosition(
        this=exp.Lower(this=as_text(quoted(name, _ROWS))), substr=exp.Literal.string(text.lower())
    )
    return exp.GT(this=position, expression=exp.Literal.number(0))


@dataclass
class Reader:
    """Reads for one asker, keeping the SQL of every read."""

    layer: SemanticLayer
    scope: Scope
    sql: list[str] = field(default_factory=list)

    def visible(self, model: str, fields: Mapping[str, Field]) -> dict[str, Field]:
        """Return the fields that exist for the asker."""
        return visible_fields(self.layer, self.scope, model, fields)

    def select(
        self,
        model: str,
        fields: Mapping[str, Field],
        tests: Sequence[exp.Expr],
        *,
        where: Sequence[str] = (),
        window: Window | None = None,
    ) -> exp.Select:
        """Return the rows for which any of `tests` holds (all rows without tests)."""
        source = self.layer.relation(model, fields, self.scope, where=where, window=window)
        columns = [exp.alias_(quoted(name, _ROWS), name, quoted=True) for name in fields]
        tree = exp.Select(expressions=columns).from_(source.subquery(_ROWS), copy=False)
        return tree.where(exp.or_(*tests), copy=False) if tests else tree

    def rows(self, tree: exp.Query, *, max_rows: int | None = None) -> tuple[list[Row], bool]:
        """Return the rows by name, and whether the cap cut them."""
        raw: EngineResult = self.layer.run_tree(tree, self.scope, max_rows=max_rows)
        self.sql.append(to_sql(tree))
        found: list[Row] = [dict(zip(raw.columns, row, strict=True)) for row in raw.rows]
        return found, raw.truncated
