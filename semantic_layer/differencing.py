"""Filters that leave out few people: the answer beside the unfiltered one would tell of them.

Whoever may ask for everybody may subtract. So a filtered number over protected people is
withheld when one of its filters leaves out between 1 and k - 1 of them, or lists a value that
has so few: the sums with and without that value would differ by those people alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from semantic_layer.compile.plan import Plan
from semantic_layer.compile.small_groups import NOBODY, NOTE, blanked, key_places
from semantic_layer.query import Filter, Query
from semantic_layer.result import ResultSet

Run = Callable[[Query], Sequence[Sequence[object]]]
"""Runs a guarded query and returns its raw rows, of which the last cell is the size."""


def without_differences(query: Query, plan: Plan, result: ResultSet, run: Run) -> ResultSet:
    """Return the result, or one without values when its filters single out few people."""
    if not plan.least or not query.filters or not _tells(query, plan.least, run):
        return result
    keys = key_places(result)
    rows = tuple(blanked(row, keys) for row in result.rows)
    notes = result.notes if NOTE in result.notes else (*result.notes, NOTE)
    return replace(result, rows=rows, notes=notes, suppressed=len(rows))


def _tells(query: Query, k: int, run: Run) -> bool:
    base = query.model_copy(
        update={
            "dimensions": (), "having": (), "order": (), "limit": None, "per": (), "fill": None,
            "share": False, "other": False, "compare": None, "grain": None,
        }
    )  # fmt: skip
    inside = sum(_sizes(run, base).values())
    for item in query.filters:
        rest = tuple(f for f in query.filters if f is not item)
        grouped = base.model_copy(update={"dimensions": (item.dimension,), "filters": rest})
        groups = _sizes(run, grouped)
        if 0 < sum(groups.values()) - inside < k or _lists_few(item, groups, k):
            return True
    return False


def _lists_few(item: Filter, groups: dict[str, int], k: int) -> bool:
    named = {str(value) for value in item.values}
    several = len(item.values) > 1 or item.op == "not_in"
    return several and any(n < k and value in named for value, n in groups.items())


def _sizes(run: Run, query: Query) -> dict[str, int]:
    """Return the people behind each value of the query's dimension (or all, as one)."""
    found: dict[str, int] = {}
    for row in run(query):
        size = row[-1]
        if isinstance(size, int | float) and size < NOBODY:
            found[str(row[0]) if query.dimensions else ""] = int(size)
    return found
