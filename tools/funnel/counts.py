"""Engine rows -> typed counts, then rows of the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from semantic_layer.convert import cell
from semantic_layer.model import StageRole
from semantic_layer.result import Cell
from tools.funnel.model import FunnelRow, Past, View


@dataclass(frozen=True, slots=True)
class Step:
    """Counts of one stage of one group in one period (fields as in `FunnelRow`)."""

    entered: int = 0
    converted: int = 0
    median_days: float | None = None
    p90_days: float | None = None
    stalled: int = 0
    closed: int = 0
    stalled_after_days: float | None = None

    @property
    def rate(self) -> float | None:
        """Share that went on."""
        return self.converted / self.entered if self.entered else None


@dataclass(frozen=True, slots=True)
class Items:
    """The stage's own items and their amount."""

    items: int = 0
    amount: Cell = None


EMPTY, NOTHING = Step(), Items()


@dataclass
class Series:
    """One group, or everything: (stage number, period number) -> counts."""

    steps: dict[tuple[int, int], Step] = field(default_factory=dict)
    items: dict[int, Items] = field(default_factory=dict)

    def step(self, k: int, p: int = 0) -> Step:
        """Return the counts of a stage; zeros where nothing entered."""
        return self.steps.get((k, p), EMPTY)


@dataclass
class Counts:
    """Everything counted.

    Attributes:
        total: Over all groups.
        groups: By value of the dimension.
        checks: (kind, stage number) -> items that the chain cannot hold.
    """

    total: Series = field(default_factory=Series)
    groups: dict[Cell, Series] = field(default_factory=dict)
    checks: dict[tuple[str, int], int] = field(default_factory=dict)

    def by_size(self) -> list[Cell]:
        """Return the groups seen in the asked period, largest first, ties by name."""
        seen = [g for g, s in self.groups.items() if any(p == 0 for _, p in s.steps)]
        return sorted(seen, key=lambda g: (-self.groups[g].step(0).entered, g is None, str(g)))


def read_counts(rows: Iterable[Sequence[object]], *, grouped: bool) -> Counts:
    """Return the counts of the engine's rows; ungrouped rows are the total."""
    counts = Counts()
    for row in rows:
        kind, k, group, p, whole = row[0], _int(row[1]), cell(row[2]), _int(row[3]), row[4]
        if kind not in {"step", "items"}:
            counts.checks[str(kind), k] = _int(row[5])
            continue
        is_total = bool(whole) or not grouped
        series = counts.total if is_total else counts.groups.setdefault(group, Series())
        if kind == "step":
            series.steps[k, p] = _step(row)
        if kind == "items" or (row[12] is not None and p == 0):
            series.items[k] = Items(_int(row[12]), cell(row[13]))
    return counts


def _step(row: Sequence[object]) -> Step:
    return Step(
        entered=_int(row[5]),
        converted=_int(row[6]),
        median_days=_number(row[7]),
        p90_days=_number(row[8]),
        stalled=_int(row[9]),
        closed=_int(row[10]),
        stalled_after_days=_number(row[11]),
    )


def _int(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def _number(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 6)


def funnel_rows(
    group: Cell, series: Series, stages: Sequence[StageRole], view: View, *, compared: bool
) -> tuple[FunnelRow, ...]:
    """Return one row per stage of a group."""
    make = _event_row if view == "event" else _cohort_row
    rows = []
    for k, stage in enumerate(stages):
        last = k == len(stages) - 1
        own = series.items.get(k, NOTHING)
        fields: dict[str, object] = {
            "group": group,
            "stage": stage.id,
            "entered": series.step(k).entered,
            "items": own.items,
            "amount": None if stage.amount is None else own.amount or 0,
            "rate_from_first": _ratio(series.step(k).entered, series.step(0).entered),
            "previous": _past(series, k, view, last=last) if compared else None,
        }
        rows.append(FunnelRow.model_validate(fields | ({} if last else make(series, k))))
    return tuple(rows)


def _cohort_row(series: Series, k: int) -> dict[str, object]:
    step = series.step(k)
    known = step.stalled_after_days is not None
    waiting = step.entered - step.converted - step.stalled - step.closed
    return {
        "converted": step.converted,
        "rate": step.rate,
        "median_days": step.median_days,
        "p90_days": step.p90_days,
        "waiting": waiting,
        "stalled": step.stalled if known else None,
        "stalled_after_days": step.stalled_after_days,
        "closed": step.closed,
    }


def _event_row(series: Series, k: int) -> dict[str, object]:
    entered, following = series.step(k).entered, series.step(k + 1)
    return {
        "converted": following.entered,
        "rate": _ratio(following.entered, entered),
        "median_days": following.median_days,
        "p90_days": following.p90_days,
    }


def _past(series: Series, k: int, view: View, *, last: bool) -> Past:
    step = series.step(k, 1)
    if last:
        return Past(entered=step.entered, converted=None, rate=None)
    converted = series.step(k + 1, 1).entered if view == "event" else step.converted
    return Past(entered=step.entered, converted=converted, rate=_ratio(converted, step.entered))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
