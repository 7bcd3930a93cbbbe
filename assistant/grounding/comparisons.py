"""Whether what a text says of one thing held against another is true of the results."""

from __future__ import annotations

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.directions import moves
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.ranking import is_highest, is_lowest, of_past
from assistant.grounding.spans import merged
from assistant.grounding.steps import step, two_metrics
from assistant.grounding.streaks import is_steady_way
from assistant.grounding.subjects import joined_at, of_period, role_of, rows_with, subject
from assistant.grounding.sums import held_sums
from assistant.grounding.thresholds import side

_CLOSE = 0.10
#: Groups are evenly spread within more than what makes two of them close.
_EVEN = 0.15
_EVENLY = frozenset(
    {"均衡", "十分均衡", "均匀", "evenly spread", "evenly distributed", "evenly split"}
)
#: Nothing lies between these.
_SAME = frozenset({"相同", "完全相同", "完全一致", "一模一样", "一样长", "一样多", "一样高", "一样大", "同样多", "同样长", "identical", "the same as each other"})  # fmt: skip


def is_higher(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 比 B 高`, `above 100`: whether the one that is meant is the higher."""
    return _compares(clause, place, evidence, sheet, 1)


def is_lower(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the one that is meant is the lower."""
    return _compares(clause, place, evidence, sheet, -1)


def _compares(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`A 比 B 高`, `A is above B`, `higher than last year`, `above 100`."""
    if _is_bounding(clause, place):
        return True
    both = two_metrics(clause, sheet)
    if both is not None:
        return both.goes(sign)
    value = metrics_at(clause, place, sheet)[0]
    sums = held_sums(clause, place, value, evidence, sheet)
    if sums is not None:
        return step(sums[1], sums[0], value).goes(sign)
    if clause.says("prev") and clause.says("all", "mono") and not clause.groups():
        return is_steady_way(clause, place, evidence, sheet, sign)
    other = _object(clause, place)
    if (
        other is None
        and not clause.groups()
        and not clause.periods()
        and clause.before.against.keys
    ):
        other = place, clause.before.against.keys[0]
    if other is not None:
        past = of_past(clause, evidence, sheet)
        return not past and _pair(clause, place, other, evidence, sheet, sign)
    if clause.says("rest") and any(
        "rest" in t.claims for t in clause.tokens[place + 1 : place + 4]
    ):
        return (is_highest if sign > 0 else is_lowest)(clause, place, evidence, sheet)
    return _in_time(clause, place, evidence, sheet, sign)


def _is_bounding(clause: Clause, place: int) -> bool:
    """`above 100`, `longer than 70 days`: the number is checked as a bound."""
    tokens = clause.tokens
    if tokens[place].claims & {"more_than", "less_than"} and number_next(clause, place):
        return not any(clause.is_of_then(i) for i in range(place, len(tokens)))
    than = place + 1 < len(tokens) and "than" in tokens[place + 1].claims
    return than and any(side(clause, i) for i in range(place + 2, min(place + 4, len(tokens))))


def _in_time(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Of periods held against each other; else of the names that were told last, or a rank."""
    spans = _two_periods(clause, place, evidence, sheet)
    if spans is not None and not _takes_object(clause, place):
        spans = spans[::-1] if len(clause.periods()) == 1 else spans
    if spans is not None:
        return step(spans[1], spans[0], metrics_at(clause, place, sheet)[0]).goes(sign)
    if _object_period(clause, evidence, sheet) or clause.before.against.compared:
        turned = _is_measured_by_now(clause, evidence, sheet)
        return moves(clause, place, evidence, sheet, -sign if turned else sign)
    if clause.tokens[place].text in _LEADING:
        return is_highest(clause, place, evidence, sheet)
    if len(clause.groups()) == 1 and (clause.before.heard.keys or clause.before.earlier.keys):
        return _all_of(clause, place, evidence, sheet, sign)
    near = clause.tokens[max(0, place - 2) : place]
    return any(t.number and t.number.unit in {"rank", "top"} for t in near)


def _all_of(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`A and B were 190. C was lower at 170`: against all that were named last."""
    told = [
        k
        for k in clause.before.heard.keys or clause.before.earlier.keys
        if k != clause.groups()[0][1]
    ]
    value = metrics_at(clause, place, sheet)[0]
    mine = of_period(rows_with(sheet, (clause.groups()[0][1],), evidence), clause, evidence, sheet)
    its = [of_period(rows_with(sheet, (k,), evidence), clause, evidence, sheet) for k in told]
    if len(mine) != 1 or not its or any(len(r) != 1 for r in its):
        return False
    return all(step(r[0], mine[0], value).goes(sign) for r in its)


def number_next(clause: Clause, place: int) -> bool:
    """Whether a number stands right behind the word."""
    return any(t.number for t in clause.tokens[place + 1 : place + 3])


def _object(clause: Clause, place: int) -> tuple[int, str] | None:
    """The name behind `than`, or behind the word itself."""
    than = [i for i in clause.indexes("than") if clause.tokens[i].shift is None]
    starts = than[-1:] or [place]
    subjects = [i for i, _ in clause.groups() if i < starts[0]]
    behind = [(i, k) for i, k in clause.groups() if i > starts[0]]
    if not behind or (not subjects and not clause.before.topic.keys):
        return None
    return behind[0]


_LEADING = frozenset({"ahead", "领先", "in front"})
_TAKING = frozenset({"than", "above", "below", "behind", "over", "under", "ahead", "exceeded", "exceeds", "exceeding", "topped", "beat", "surpassed"})  # fmt: skip


def _takes_object(clause: Clause, place: int) -> bool:
    """Whether a word is followed by what it compares with; `8 月略高` compares with what was said."""
    text = clause.tokens[place].text
    return (
        clause.says("than")
        or bool(_TAKING & set(text.split()))
        or text.endswith(("于", "过", "出"))
    )


def _object_period(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether a period is what is compared with: the one before, or any behind `than`."""
    shifted = any(t.shift for t in clause.tokens) or clause.says("prev")
    roles = {role_of(p, evidence, sheet)[0] for _, p in clause.periods()}
    return shifted or "before" in roles or (clause.says("than") and bool(roles))


def _is_measured_by_now(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """`less in August than in September`, of September against August."""
    roles = {i: role_of(p, evidence, sheet)[0] for i, p in clause.periods()}
    measure = [r for i, r in roles.items() if "than" in clause.tokens[i].claims]
    return measure == ["now"] and "before" in roles.values()


def _pair(
    clause: Clause,
    place: int,
    other: tuple[int, str],
    evidence: Evidence,
    sheet: Sheet,
    sign: int,
) -> bool:
    left = [k for i, k in clause.groups() if i < other[0]] or list(clause.before.topic.keys)
    value = metrics_at(clause, place, sheet)[0]
    mine = of_period(rows_with(sheet, left[-1:], evidence), clause, evidence, sheet)
    names = dict(clause.groups())
    keys = joined_at(clause, other[0]) if other[0] in names else [other[1]]
    its = [of_period(rows_with(sheet, (k,), evidence), clause, evidence, sheet) for k in keys]
    if len(mine) != 1 or any(len(r) != 1 for r in its):
        return False
    return all(step(r[0], mine[0], value).goes(sign) for r in its)


def _two_periods(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> tuple[Row, Row] | None:
    """The rows of `6 月低于 5 月`: what is spoken of, and what it is held against."""
    found = sorted(clause.periods(), key=lambda f: (clause.is_measure(f[0]), f[0]))
    said = [p for _, p in found]
    before = [p for p in clause.before.topic.periods if p not in said] or [
        p for p in clause.before.heard.periods if p not in said
    ]
    single = [p for p in before if role_of(p, evidence, sheet)[0] == "row"]
    spans = said if len(said) > 1 else [*(single or before)[-1:], *said]
    if len(spans) != 2 or not said:
        return None
    about, value = subject(clause, place, evidence, sheet), metrics_at(clause, place, sheet)[0]
    rows = []
    for period in spans:
        role, inside = role_of(period, evidence, sheet)
        same = [r for r in inside if not about.keys or r.keys & set(about.keys)]
        whole = merged(same, value) if role in {"row", "rows"} else None
        rows += [whole] if whole is not None else []
    return (rows[0], rows[1]) if len(rows) == 2 else None


def _is_of_all_time(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether no period is named but the one that everything is of."""
    return all(role_of(p, evidence, sheet)[0] == "now" for _, p in clause.periods())


def are_close(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 与 B 非常接近`: no further apart than _CLOSE of the larger."""
    at = next((i for i, t in enumerate(clause.tokens) if t.number), place)
    metric = metrics_at(clause, at, sheet)[0].metric
    keys = [k for _, k in clause.groups()] or list(clause.before.topic.keys)
    keys = (
        [*clause.before.topic.keys[:1], *keys]
        if len(keys) == 1 and keys[0] not in clause.before.topic.keys
        else keys
    )
    rows = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    rows = rows or (
        [r for r in sheet.rows if not facts.is_empty(r)]
        if _is_of_all_time(clause, evidence, sheet)
        else []
    )
    rows += [r for _, p in clause.periods() for r in role_of(p, evidence, sheet)[1]]
    cells = [c for r in rows if (c := r.cells.get((metric, "value"))) is not None]
    if clause.tokens[place].text in _SAME:
        return len(cells) > 1 and max(cells) == min(cells)
    within = _EVEN if clause.tokens[place].text in _EVENLY else _CLOSE
    return len(cells) > 1 and max(cells) - min(cells) <= within * abs(max(cells))
