"""Masked columns in analysts' SQL: followed through every name they are given, and only listed.

A mask still tells the beginning of a value. Compared, sorted or counted under another name it
would sort people by it, so a masked column keeps its mark through subqueries and WITH.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope as Region

from semantic_layer.errors import DeniedError

MasksOf = Callable[[exp.Table], frozenset[str]]
"""Folded names of a table's masked columns."""


@dataclass
class MaskedNames:
    """Walks the parts of one statement from the inside out (`traverse_scope`'s order).

    Attributes:
        of_table: The masks of what a table's name stands for.
    """

    of_table: MasksOf
    _outputs: dict[int, frozenset[str]] = field(default_factory=dict)

    def check(self, region: Region) -> None:
        """Judge one part, and remember which of its outputs are masked.

        Raises:
            DeniedError: COLUMN_MASKED, when one is used for more than listing it.
        """
        marked = {alias: self._marked(source) for alias, source in region.sources.items()}
        outputs: set[str] = set()
        for column in region.columns:
            if column.name.casefold() not in marked.get(column.table, ()):
                continue
            if not is_listed(column):
                raise _refusal(column.name)
            outputs.add(_output(column))
        _check_order(region.expression, outputs)
        if outputs and not _is_table(region.expression):
            raise _refusal(min(outputs))
        self._outputs[id(region.expression)] = frozenset(outputs)

    def _marked(self, source: exp.Expr | Region) -> frozenset[str]:
        if isinstance(source, exp.Table):
            return self.of_table(source)
        found = getattr(source, "expression", None)
        return self._outputs.get(id(found), frozenset())


def is_listed(column: exp.Column) -> bool:
    """Whether a column is an output as it is: not compared, grouped, sorted or computed with."""
    holder = column.parent
    holder = holder.parent if isinstance(holder, exp.Alias) else holder
    if not isinstance(holder, exp.Select) or holder.args.get("distinct"):
        return False
    return not isinstance(holder.parent, exp.SetOperation) and holder.args.get("group") is None


def _output(column: exp.Column) -> str:
    holder = column.parent
    return (holder.alias if isinstance(holder, exp.Alias) else column.name).casefold()


def _check_order(query: exp.Expr, outputs: set[str]) -> None:
    """Refuse to sort by the name of a masked output."""
    order = query.args.get("order")
    for column in order.find_all(exp.Column) if order is not None else ():
        if not column.table and column.name.casefold() in outputs:
            raise _refusal(column.name)


def _is_table(query: exp.Expr) -> bool:
    """Whether a query's rows are shown or read as a table, not taken for a value."""
    holder = query.parent
    while isinstance(holder, exp.Subquery):
        holder = holder.parent
    return holder is None or isinstance(holder, exp.CTE | exp.From | exp.Join)


def _refusal(name: str) -> DeniedError:
    return DeniedError(
        "COLUMN_MASKED",
        f"{name} is masked for you and can only be listed.",
        hint="Ask without it, or ask your administrator for access.",
    )
