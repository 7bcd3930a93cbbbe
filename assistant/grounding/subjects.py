"""Which rows and periods a word of a clause is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from semantic_layer.timegrain import DateRange

Role = Literal["now", "before", "row", "edge", "rows", "wrong"]
_FORWARD = frozenset({"for", "in", "from", "of", "by", "via", "on", "at", "during", "came from", "comes from", "来自", "出自", "属于"})  # fmt: skip
_MOVING = ("up", "down", "good", "bad", "than", "high", "low", "diff")
JOINED = frozenset({"和", "与", "及", "以及", "and", "the", "&"})
_SKIPPED = frozenset({"the", "was", "is", "are", "were", "的", "是", "为", "在", "在于", "出现在", "落在", "came", "in", "for", "at", "with", "属于", "：", ":", "of", "by", "channel", "being", "依旧", "仍", "仍然", "仍为", "on", "occurred", "came from", "来自", "月份", "to", "rate", "posted", "recorded", "delivered"})  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What a word is about: rows of one sheet, and whether of the earlier period."""

    rows: tuple[Row, ...]
    named: bool
    role: Role | None = None
    group: bool = False
    keys: tuple[str, ...] = field(default=())


def role_of(period: DateRange, evidence: Evidence, sheet: Sheet) -> tuple[Role, tuple[Row, ...]]:
    """Return what a period of the text is in the results."""
    rows = tuple(r for r in sheet.rows if r.period and _same(period, r.period, evidence))
    if rows:
        return "row", rows
    for known, role in ((evidence.window, "now"), (evidence.before, "before")):
        if known is not None and _same(period, known, evidence):
            return role, tuple(r for r in sheet.rows if r.period) if role == "now" else ()  # type: ignore[return-value]
    edge = _edge(period, evidence)
    if edge:
        return "edge", ()
    inside = [r for r in sheet.rows if r.period and _within(r.period, period)]
    if len(inside) > 1 and _covers(period, inside, evidence):
        return "rows", tuple(inside)
    return "wrong", ()


def _same(said: DateRange, known: DateRange, evidence: Evidence) -> bool:
    if said == known:
        return True
    data_end = evidence.as_of + timedelta(days=1)
    ends = {min(known.end, data_end), known.end}
    starts = {known.start}
    if evidence.window is not None:
        ends.add(min(known.end, evidence.window.end))
        starts.add(max(known.start, evidence.window.start))
    running = said.end > data_end and _is_calendar(said)  # `this year`, and no day to come
    return said.start in starts and (said.end in ends or (running and data_end in ends))


def _edge(period: DateRange, evidence: Evidence) -> bool:
    """Whether it is the day the data ends on, the first or last day, or the whole compared span."""
    days = {evidence.as_of, evidence.today}
    for known in (evidence.window, evidence.before):
        if known is not None:
            days |= {known.start, known.end - timedelta(days=1)}
    if period.days == 1 and period.start in days:
        return True
    both = evidence.window is not None and evidence.before is not None
    if both and evidence.window is not None and evidence.before is not None:
        return (period.start, period.end) == (evidence.before.start, evidence.window.end)
    return False


def _within(inner: DateRange, outer: DateRange) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


#: A month, a quarter, half a year and a year: these are named while they run.
_CALENDAR = frozenset({1, 3, 6, 12})


def _is_calendar(period: DateRange) -> bool:
    start, end = period.start, period.end
    months = (end.year - start.year) * 12 + end.month - start.month
    return end.day == 1 and months in _CALENDAR


def _covers(period: DateRange, rows: Sequence[Row], evidence: Evidence) -> bool:
    """Whether rows make up a period; of one that still runs, as far as the data goes."""
    found = [r.period for r in rows if r.period]
    end = max(p.end for p in found)
    running = period.end > end > evidence.as_of and _is_calendar(period)
    return min(p.start for p in found) == period.start and (end == period.end or running)


def rows_with(sheet: Sheet, keys: Sequence[str], evidence: Evidence) -> tuple[Row, ...]:
    """Return the rows that the names mean: of one dimension any of them, of several all."""
    wanted: dict[str, set[str]] = {}
    for key in keys:
        if key not in evidence.filtered:
            wanted.setdefault(key.split("=")[0], set()).add(key)
    return tuple(r for r in sheet.rows if all(r.keys & ids for ids in wanted.values()))


def subject(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Subject:
    """Return what the word at `place` is about: the nearest names and period, else the carried."""
    keys, direct = _nearest_keys(clause, place, evidence)
    rows = rows_with(sheet, keys, evidence) if keys else sheet.rows
    role, own = _nearest_period(clause, place, evidence, sheet)
    if role in {"row", "rows"}:
        ids = {id(r) for r in own}
        rows = tuple(r for r in rows if id(r) in ids)
    named = bool(keys) or role in {"row", "rows"} or not sheet.keyed
    return Subject(rows, named, role, group=direct and len(rows) > 1, keys=tuple(keys))


def _nearest_keys(clause: Clause, place: int, evidence: Evidence) -> tuple[list[str], bool]:
    found = [(i, k) for i, k in clause.groups() if k not in evidence.filtered]
    ahead = _ahead(clause, place, {i for i, _ in found})
    if ahead is not None:
        run = _run(clause, found, ahead)
    else:
        left = [i for i, _ in found if i < place]
        right = [i for i, _ in found if i > place]
        if not left and not right:
            return list(clause.before.topic.keys), True
        run = _run(clause, found, max(left) if left else min(right))
    dims = {k.split("=")[0] for k in run}
    for _, key in sorted(found, key=lambda f: abs(f[0] - place)):
        if key.split("=")[0] not in dims:
            run.append(key)
            dims.add(key.split("=")[0])
    for key in clause.before.topic.keys:
        if key.split("=")[0] not in dims:
            run.append(key)
    return run, True


def _ahead(clause: Clause, place: int, places: set[int]) -> int | None:
    """`139.26 for the website`: the name behind a preposition right after the word."""
    j, seen = place + 1, False
    tokens = clause.tokens
    if j in places and tokens[j].bracketed:
        return j
    while j < len(tokens) and j not in places:
        if tokens[j].text in _FORWARD:
            seen = True
        elif not (tokens[j].text in _SKIPPED or any(n.kind != "key" for n in tokens[j].names)):
            return None
        j += 1
    return j if seen and j in places else None


def _run(clause: Clause, found: list[tuple[int, str]], place: int) -> list[str]:
    """Names joined by `and` to the one at `place`."""
    places: dict[int, list[str]] = {}
    for at, key in found:
        places.setdefault(at, []).append(key)
    run = list(places[place])
    for step in (-1, 1):
        j = place + step
        while 0 <= j < len(clause.tokens):
            if j in places:
                run += places[j]
            elif clause.tokens[j].text not in JOINED:
                break
            j += step
    return run


def joined_at(clause: Clause, place: int) -> list[str]:
    """Return the names at a place, and those joined to them by `and`."""
    return _run(clause, [(i, k) for i, k in clause.groups()], place)


def _nearest_period(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> tuple[Role | None, tuple[Row, ...]]:
    found = clause.periods()
    if place in dict(found):
        return role_of(dict(found)[place], evidence, sheet)
    ahead = _ahead(clause, place, {i for i, _ in found})
    if ahead is not None:
        return role_of(dict(found)[ahead], evidence, sheet)
    left = [f for f in found if f[0] < place]
    right = [f for f in found if f[0] > place]
    left = _without_start(clause, place, _without_frames(clause, place, left))
    if left:
        return role_of(left[-1][1], evidence, sheet)
    if right:
        return role_of(right[0][1], evidence, sheet)
    for period in reversed(clause.before.topic.periods):
        role, rows = role_of(period, evidence, sheet)
        if role in {"row", "rows"} or (role == "before" and not clause.says(*_MOVING)):
            return role, rows
    return None, ()


def _without_frames(
    clause: Clause, place: int, found: list[tuple[int, DateRange]]
) -> list[tuple[int, DateRange]]:
    """`2 月是全年至今的低点，只有 406`: what a superlative is of, and `截至 27 日`, are passed over."""
    while len(found) > 1:
        at = found[-1][0]
        of_ends = any(t.claims & {"max", "min"} for t in clause.tokens[at + 1 : place])
        until = clause.tokens[at].text.startswith(_UNTIL) and found[-2][1].end == found[-1][1].end
        if not (of_ends or until) or found[-1][1].days <= found[-2][1].days:
            break
        found = found[:-1]
    return found


def _without_start(
    clause: Clause, place: int, found: list[tuple[int, DateRange]]
) -> list[tuple[int, DateRange]]:
    """`March was low, but rose 18.7% from February to 17.6M`: that is of March."""
    reached = place > 0 and clause.tokens[place - 1].text in {"to", "到", "至"}
    start = clause.tokens[found[0][0] - 1].text if found and found[0][0] else ""
    alone = len(found) == 1 and len(clause.periods()) == 1 and clause.before.topic.periods
    return [] if reached and alone and start in {"from", "从", "由"} else found


_UNTIL = ("截至", "截止", "through", "as of", "to ")


def follows(clause: Clause, place: int) -> int | None:
    """Return the place of the name or period that a superlative leads to (`最高的是X`)."""
    for j in range(place + 1, len(clause.tokens)):
        token = clause.tokens[j]
        if any(n.kind == "key" for n in token.names) or token.period is not None:
            return j
        if not (token.text in _SKIPPED or any(n.kind != "key" for n in token.names)):
            return None
    return None


def of_period(
    rows: tuple[Row, ...], clause: Clause, evidence: Evidence, sheet: Sheet
) -> tuple[Row, ...]:
    """Return, of the rows of a name, those of the period that is spoken of."""
    spans = [p for _, p in clause.periods()] or list(clause.before.topic.periods)
    own = {r.period for p in spans for r in role_of(p, evidence, sheet)[1]}
    return tuple(r for r in rows if not own or not r.period or r.period in own)
