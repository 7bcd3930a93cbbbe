"""Whether a number of a text is true of what it stands beside."""

from __future__ import annotations

from itertools import pairwise

from assistant.grounding import facts
from assistant.grounding.asked import allowed_kinds
from assistant.grounding.candidates import candidates
from assistant.grounding.clauses import Clause
from assistant.grounding.counting import (
    counts,
    counts_to,
    has_rank,
    has_top,
    is_length,
    part_of,
    parts,
)
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.facts import Fact
from assistant.grounding.metrics import ANY_THING, metrics_at
from assistant.grounding.numerals import Numeral
from assistant.grounding.ranges import is_end_of_range
from assistant.grounding.rounding import is_close
from assistant.grounding.sequences import in_sequence
from assistant.grounding.streaks import is_steady, lengths
from assistant.grounding.subjects import role_of, rows_with, subject
from assistant.grounding.thresholds import (
    is_bound,
    is_count_of_bound,
    lists_beyond,
    says_since,
    side,
)
from assistant.grounding.units import in_unit
from semantic_layer.timegrain import DateRange

_MOVING = ("up", "down", "good", "bad", "than", "diff", "sum")
_COUNTS = frozenset({"", "classifier", "duration"})
_SEVERAL = 3


def backed(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the number at `place` equals a fact about its subject."""
    number = clause.tokens[place].number
    if number is None:
        return False
    if number.unit == "rank":
        return has_rank(clause, place, evidence, sheet, number)
    if number.unit == "top":
        return has_top(clause, place, evidence, sheet, number)
    other = _every(clause, place)
    if other is not None:
        return number.value == 1 and backed(clause, other, evidence, sheet)
    if part_of(clause) == place:
        return number.value in parts(clause, place, sheet)
    if place in lengths(clause):
        return is_steady(clause, place, evidence, sheet)
    return _counts(clause, place, number, evidence, sheet) or _measures(
        clause, place, number, evidence, sheet
    )


def _every(clause: Clause, place: int) -> int | None:
    """The place of 21 in `one for roughly every 21 leads`, of the place of the one."""
    tokens = clause.tokens
    behind = range(place + 1, min(place + 7, len(tokens)))
    each = [i for i in behind if tokens[i].text in {"every", "for every", "in every"}]
    told = [i for i in behind if tokens[i].number and each and i > each[0]]
    return told[0] if told and told[0] - each[0] <= _NEXT else None


_NEXT = 2


def _counts(clause: Clause, place: int, number: Numeral, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether it counts groups or periods."""
    bounded = bool(side(clause, place)) and _is_of_every(clause)
    found = counts(clause, evidence, sheet, place)
    if not bounded and any(counts_to(clause, place, number, n) for n in found):
        return True
    if is_length(clause, number, evidence, sheet):
        return True
    return is_count_of_bound(clause, place, sheet) and number.unit in _COUNTS


def _measures(
    clause: Clause, place: int, number: Numeral, evidence: Evidence, sheet: Sheet
) -> bool:
    """Whether it is a value, or follows from values by a declared operation."""
    if in_sequence(clause, place, evidence, sheet):
        return True
    if is_end_of_range(clause, place, evidence, sheet):
        return True
    if is_bound(clause, place, evidence, sheet):
        return True
    if (joined := _joined_periods(clause, place)) is not None:
        return _is_of_each(clause, place, joined, evidence, sheet)
    if _is_each_apart(clause, place, evidence, sheet):
        return True
    if lists_beyond(clause, place, evidence, sheet):
        return False
    allowed = allowed_kinds(clause, place)
    several = max(len(clause.groups()), len(clause.periods())) > 1 or says_since(clause)
    several = several or subject(clause, place, evidence, sheet).role == "rows"
    several = several or _is_of_every(clause) or _is_of_none(clause, place)
    if (
        (clause.says("all") or _is_of_none(clause, place))
        and several
        and _is_bounded(clause, place)
    ):
        return False  # each of them is held against it
    if not clause.says("sum") and _each(clause, place, evidence, sheet, allowed):
        return True
    return any(
        fact.kind in allowed and _fits(clause, place, number, fact)
        for fact in candidates(clause, place, evidence, sheet)
    )


_EVERY = frozenset({"all", "every", "each", "both", "all of the", "every one", "都", "均", "皆", "全都", "每个", "每一个", "无一例外", "统统", "一律"})  # fmt: skip


def _is_of_every(clause: Clause) -> bool:
    """`All five reps have won more than`, and not `all leads exceeded`."""
    return not clause.groups() and any(
        t.text in _EVERY and not any(n.kind == "metric" for m in clause.tokens[i + 1 : i + 2] for n in m.names)
        for i, t in enumerate(clause.tokens)
    )  # fmt: skip


_NONE = frozenset(
    {"no", "no one", "none", "nobody", "neither", "没有", "无一", "没有一个", "没一个"}
)


def _is_of_none(clause: Clause, place: int) -> bool:
    """`No one in the top five won less than`."""
    return not clause.groups() and any(t.text in _NONE for t in clause.tokens[:place])


_ONE_AMOUNT = (
    "sum",
    "avg",
    "diff",
    "than",
    "up",
    "down",
    "high",
    "low",
    "span",
    "share",
    "max",
    "min",
)


def _joined_periods(clause: Clause, place: int) -> list[DateRange] | None:
    """The periods of `stayed at 41 in July and September`: one amount, true of each."""
    told, number = clause.periods(), clause.tokens[place].number
    alone = sum(1 for t in clause.tokens if t.number) == 1 and not clause.says(*_ONE_AMOUNT)
    if len(told) != _NEXT or not alone or number is None:
        return None
    (i, one), (j, other) = told
    joined = j - i == _NEXT and clause.tokens[i + 1].text in {"and", "和", "与", "及"}
    return [one, other] if joined else None


def _is_of_each(
    clause: Clause, place: int, periods: list[DateRange], evidence: Evidence, sheet: Sheet
) -> bool:
    number, keys = clause.tokens[place].number, set(subject(clause, place, evidence, sheet).keys)
    groups = [
        [r for r in role_of(p, evidence, sheet)[1] if not keys or r.keys & keys] for p in periods
    ]
    return number is not None and all(len(rows) == 1 for rows in groups) and all(
        any(
            fact.kind == "value" and _fits(clause, place, number, fact)
            for value in metrics_at(clause, place, sheet)
            for fact in facts.of_row(rows[0], value)
        )
        for rows in groups
    )  # fmt: skip


_APART = frozenset({"彼此", "各", "依次", "相邻", "each", "adjacent"})


def _is_each_apart(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A、B 和 C，彼此各差 1 个`: each as far from the next one."""
    number, keys = clause.tokens[place].number, clause.before.topic.keys
    if number is None or len(keys) < _SEVERAL or not clause.says("diff") or clause.groups():
        return False
    rows = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    value = metrics_at(clause, place, sheet)[0]
    if len(rows) != len(keys) or not any(t.text in _APART for t in clause.tokens[:place]):
        return False
    cells = sorted(r.cells.get((value.metric, "value"), 0.0) for r in rows)
    return in_unit(number, value.measure, value.unit) and all(
        abs(b - a - number.value) <= number.slack for a, b in pairwise(cells)
    )


def _is_bounded(clause: Clause, place: int) -> bool:
    """`都超过 50%`, and not `2% more than`."""
    behind = any(
        t.claims & {"more_than", "less_than"} for t in clause.tokens[place + 1 : place + 2]
    )
    return (
        bool(side(clause, place))
        and not (behind and clause.says("high", "low"))
        and not clause.says(*_MOVING)
    )


def _each(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet, allowed: frozenset[str]
) -> bool:
    """`A 和 B 各有 165 条`: true of every row that is meant."""
    number, about = clause.tokens[place].number, subject(clause, place, evidence, sheet)
    rows = [r for r in about.rows if not facts.is_empty(r)]
    return len(rows) > 1 and number is not None and all(
        any(
            fact.kind in allowed and fact.kind != "prev" and _fits(clause, place, number, fact)
            for value in metrics_at(clause, place, sheet)
            for fact in facts.of_row(row, value)
        )
        for row in rows
    )  # fmt: skip


# --- whether the number is the fact ---------------------------------------------------


def _fits(clause: Clause, place: int, number: Numeral, fact: Fact) -> bool:
    if not in_unit(number, fact.measure, fact.unit) and not _is_counted(
        clause, place, number, fact
    ):
        return False
    sign = number.sign or _direction(clause, place)
    if fact.signed and sign and sign * fact.value < 0:
        return False
    if fact.signed and not sign and fact.value < 0:
        return False
    if not fact.signed and fact.value < 0 and fact.kind != "gap" and number.sign >= 0:
        return False
    return is_close(clause, place, number, abs(fact.value))


def _is_counted(clause: Clause, place: int, number: Numeral, fact: Fact) -> bool:
    """`324 个订单`: a classifier of anything, right before what is counted."""
    behind = clause.tokens[place + 1 : place + 2]
    told = {n.id for t in behind for n in t.names if n.kind == "metric"}
    return fact.measure == "count" and number.word in ANY_THING and bool(told & fact.metrics)


def _direction(clause: Clause, place: int) -> int:
    """+1 or -1 by the nearest word of direction."""
    ups, downs = list(clause.indexes("up")), list(clause.indexes("down"))
    ups += [i for i in clause.indexes("high") if _compares(clause, i, "up")]
    downs += [i for i in clause.indexes("low") if _compares(clause, i, "down")]
    near = sorted(
        [(abs(i - place) + (i > place) * 0.5, 1) for i in ups]
        + [(abs(i - place) + (i > place) * 0.5, -1) for i in downs]
    )
    return near[0][1] if near else 0


def _compares(clause: Clause, place: int, way: str) -> bool:
    """Whether a word compares; it does not where it moves, or bounds the number behind it."""
    bounds = any(t.number for t in clause.tokens[place + 1 : place + 2])
    claims = clause.tokens[place].claims
    return way not in claims and not (bounds and claims & {"more_than", "less_than"})
