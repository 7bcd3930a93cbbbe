"""How much rows changed: against the compared period, or from row to row of a series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.metrics import metrics_at
from assistant.grounding.spans import merged, preceding
from assistant.grounding.subjects import Subject, role_of, rows_with, subject
from semantic_layer.timegrain import DateRange


@dataclass(frozen=True, slots=True)
class Step:
    """One change, from what to what; None where a value is missing."""

    begin: float | None
    end: float | None

    @property
    def by(self) -> float | None:
        """The difference, if both ends are known."""
        return None if self.begin is None or self.end is None else self.end - self.begin

    def goes(self, sign: int) -> bool:
        """Whether it goes up (+1) or down (-1)."""
        return self.by is not None and self.by * sign > 0


def step(one: Row, other: Row, value: Value) -> Step:
    """Return the change from a row to another."""
    begin, end = (r.cells.get((value.metric, "value")) for r in (one, other))
    return Step(begin, end)


def compared_steps(clause: Clause, place: int, sheet: Sheet, *, whole: bool = False) -> list[Step]:
    """Return the change of every named row against the compared period."""
    value = metrics_at(clause, place, sheet)[0]
    found = [_against_before(r, value) for r in sheet.rows if whole or not facts.is_empty(r)]
    return [s for s in found if s.by is not None]


def _against_before(row: Row, value: Value) -> Step:
    return Step(row.cells.get((value.metric, "prev")), row.cells.get((value.metric, "value")))


def steps_of(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> list[Step]:
    """Return the change of each row that is meant; none when there is no telling."""
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    each = _listed(clause, about, value, evidence, sheet)
    if each:
        return each
    spans = span_rows(clause, evidence, sheet, about, value)
    if spans is not None:
        return [step(spans[0], spans[1], value)]
    if any("prev" in kind for r in sheet.rows for _, kind in r.cells):
        return list(_compared(clause, about, value, evidence, sheet))
    if any(r.period for r in sheet.rows):
        return list(_series(clause, about, value, evidence, sheet))
    return []


def _listed(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> list[Step]:
    """`4 月和 5 月均上升`: each of them from the one before it."""
    told = clause.periods()
    places = [i for i, _ in told]
    if len(told) < 2 or places[-1] - places[0] > 2 * len(told) or clause.says("than", "diff"):
        return []
    if any(clause.is_measure(i) for i in places):
        return []
    between = [clause.tokens[i].text for i in range(places[0], places[-1]) if i not in places]
    starts = places[0] and clause.tokens[places[0] - 1].text in {"from", "从", "由", "between"}
    if starts or not set(between) <= {"和", "与", "及", "以及", "and", "the", "in"}:
        return []
    rows = [r for _, p in told for r in _one_of(p, about, value, evidence, sheet)]
    befores = [preceding([r], sheet) for r in rows]
    if len(rows) != len(told) or not all(befores):
        return []
    return [step(b[0], r, value) for b, r in zip(befores, rows, strict=True)]


def _compared(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Step]:
    rows: Sequence[Row] = (
        about.rows
        if about.named
        and (clause.groups() or not clause.says("all") or len(clause.before.topic.keys) > 1)
        else sheet.rows
    )
    if clause.says("rest") and about.keys:
        ids = {id(r) for r in rows_with(sheet, about.keys, evidence)}
        rows = [r for r in sheet.rows if id(r) not in ids]
    if not clause.groups() and (not about.named or clause.says("sum")) and not clause.says("every"):
        total = _total(sheet, value)
        if total is not None and (not clause.says("all") or clause.says("sum")):
            yield total
            return
    if not about.named and not clause.says("all"):
        return
    for row in rows:
        if not facts.is_empty(row) or len(rows) == 1:
            yield _against_before(row, value)


def _total(sheet: Sheet, value: Value) -> Step | None:
    if not value.additive or not sheet.whole:
        return None
    cells = [r.cells for r in sheet.rows]
    return Step(
        sum(c.get((value.metric, "prev"), 0.0) for c in cells),
        sum(c.get((value.metric, "value"), 0.0) for c in cells),
    )


def span_rows(
    clause: Clause, evidence: Evidence, sheet: Sheet, about: Subject, value: Value
) -> tuple[Row, Row] | None:
    """The rows of `from A to B` in a series, for the same names, in the order of time."""
    rows: list[Row] = []
    for period in _told_ends(clause) or _carried_ends(clause):
        rows += _one_of(period, about, value, evidence, sheet)
    if len(rows) == 1 and _is_measure(clause):
        for period in reversed(clause.before.topic.periods):
            single = role_of(period, evidence, sheet)[0] in {"row", "rows"}
            rows += (
                _one_of(period, about, value, evidence, sheet) if single and len(rows) == 1 else []
            )
    rows.sort(key=lambda r: r.period.start if r.period else evidence.as_of)
    return (rows[0], rows[-1]) if len(rows) == 2 and rows[0] != rows[-1] else None


def _told_ends(clause: Clause) -> list[DateRange]:
    """The periods of a clause; `从 1 月的 602 条上升，8 月达到` ends where the next one begins."""
    told = [p for _, p in clause.periods()]
    at = clause.periods()[-1][0] if told else 0
    opened = at > 0 and clause.tokens[at - 1].text in {"from", "从", "由"}
    if opened and len(told) == 2 and told[0].start <= told[1].start and told[1].end < told[0].end:
        told = told[1:]  # `今年从 1 月`
    opened = opened and len(told) == 1
    told = [p for p in told if not any(_holds(p, other) for other in told)]
    return [*told, *clause.ahead[:1]] if opened and not clause.says("mono") else told


def _holds(period: DateRange, other: DateRange) -> bool:
    """Whether a period is the stretch that another one lies in: no end of a change."""
    return period != other and period.start <= other.start and other.end <= period.end


def _carried_ends(clause: Clause) -> list[DateRange]:
    """What was held against each other before: the ends of a stretch, or a measure and its subject."""
    against, spoken_of = clause.before.against, clause.before.topic.periods
    if against.periods and spoken_of:
        return [against.periods[-1], spoken_of[-1]]
    return list(against.stretch)


def _one_of(
    period: object, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> list[Row]:
    """The row of a period, or the sum of its rows, of the names that are spoken of."""
    _, found = role_of(period, evidence, sheet)  # type: ignore[arg-type]
    same = [r for r in found if not about.keys or r.keys & set(about.keys)]
    whole = merged(same, value)
    return [whole] if whole is not None else []


def _is_plain_in(clause: Clause, place: int) -> bool:
    """`dipped to 86 in March`; in `down from 270 in the first quarter` it dates the measure."""
    if clause.tokens[place].text != "in":
        return False
    left = clause.tokens[max(0, place - 3) : place]
    return not any(t.text in {"from", "than"} or "than" in t.claims for t in left)


def _is_measure(clause: Clause) -> bool:
    """Whether the period of a clause is what is compared with: `down 6 % from July`."""
    places = {i for i, _ in clause.periods()}
    if any(clause.is_measure(i) for i in places):
        return True
    texts = {clause.tokens[i - 1].text for i in places if i and not _is_plain_in(clause, i - 1)} | {
        c for i in places for c in clause.tokens[i].claims
    }
    return bool(texts & {"from", "从", "比", "较", "than", "in", "与"}) or clause.says("than")


def _series(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Step]:
    """The change into a period; of a stretch from its first to its last whole one."""
    rows = [r for r in about.rows if (value.metric, "value") in r.cells]
    whole = [r for r in rows if facts.is_whole(r, evidence)]
    rows = whole if len(rows) > len(whole) > 1 else rows
    if not rows or len({r.keys for r in rows}) > 1:
        return
    back = next((t.shift for t in clause.tokens if t.shift), None)
    if (len(rows) == 1 and about.role == "row") or (back and about.role == "rows"):
        yearly = back is not None and back.kind == "previous_year"
        one, other = (merged(g, value) for g in (preceding(rows, sheet, yearly=yearly), rows))
        if one is not None and other is not None:
            yield step(one, other, value)
    elif len(rows) > 1:
        yield step(rows[0], rows[-1], value)


def two_metrics(clause: Clause, sheet: Sheet) -> Step | None:
    """The values of `MQL 比 SQL 多` as a change from the second to the first, of one row."""
    than = [
        i for i, t in enumerate(clause.tokens) if "than" in t.claims or t.text.endswith(" than")
    ]
    named = clause.metrics()
    if (
        len(named) == 1
        and than
        and named[0][0] > than[0]
        and not any(t.shift for t in clause.tokens)
    ):  # `There were 706 opportunities, 332 fewer than SQLs`
        named = [*((-1, m) for m in clause.before.topic.metrics[-1:]), *named]
    if len(sheet.rows) != 1 or not than or len(named) != 2 or clause.groups():
        return None
    (left, one), (right, other) = named
    if not left < than[0] < right or not _are_alike(sheet.value(one), sheet.value(other)):
        return None
    cells = sheet.rows[0].cells
    found = Step(cells.get((other, "value")), cells.get((one, "value")))
    return found if found.by is not None else None


def _are_alike(one: Value, other: Value) -> bool:
    """Whether two metrics may be held against each other: in one unit, or both are counts."""
    return one.unit == other.unit or one.measure == other.measure == "count"


def held_against(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Step | None:
    """`2 月比 3 月少了`, `A 比 B 多了`: the change from the row behind `than` to the other; None without."""
    value, about = metrics_at(clause, place, sheet)[0], subject(clause, place, evidence, sheet)
    told = [i for i, _ in clause.periods() if clause.is_measure(i)]
    than = list(clause.indexes("than")) or (told if len(told) == 1 else [])
    if not than:
        return None
    named = [(i, _single(rows_with(sheet, (k,), evidence))) for i, k in clause.groups()]
    if not named:
        named = [
            (i, _single(_one_of(p, about, value, evidence, sheet))) for i, p in clause.periods()
        ]
    rows = [(i, row) for i, row in named if row is not None]
    if len(rows) != 2 or len(named) != 2:
        return None
    behind = [r for i, r in rows if i >= than[0]]
    other = [r for i, r in rows if i < than[0]]
    if len(behind) == 2 and not other:  # `compared with B, A rose`
        behind, other = behind[:1], behind[1:]
    return step(behind[0], other[0], value) if behind and other else None


def _single(rows: Sequence[Row]) -> Row | None:
    return rows[0] if len(rows) == 1 else None


def carried_ends(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> tuple[Row, Row] | None:
    """Return the rows that the text before has held against each other, in the order of time."""
    rows = [r for p in _carried_ends(clause) for r in _one_of(p, about, value, evidence, sheet)]
    rows.sort(key=lambda r: r.period.start if r.period else evidence.as_of)
    return (rows[0], rows[-1]) if len(rows) == 2 and rows[0] != rows[-1] else None
