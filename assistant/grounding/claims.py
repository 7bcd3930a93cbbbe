"""Whether what a text claims, other than its numbers, is true of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.comparisons import are_close, is_higher, is_lower, number_next
from assistant.grounding.directions import (
    got_better,
    got_worse,
    is_flat,
    moved_little,
    moved_much,
    went_down,
    went_up,
)
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.neighbours import is_in_order, is_next
from assistant.grounding.quantified import (
    denies_all,
    has_overtaken,
    is_exception,
    is_most,
    is_not_all,
)
from assistant.grounding.ranking import (
    fell_most,
    is_best,
    is_highest,
    is_lowest,
    is_worst,
    rose_most,
)
from assistant.grounding.sides import are_far_apart, is_on_high_side, is_on_low_side
from assistant.grounding.streaks import is_arch, is_dip, is_steady
from assistant.grounding.subjects import role_of, subject
from assistant.grounding.thresholds import is_bound, side
from assistant.grounding.tokens import Token

_Test = Callable[[Clause, int, Evidence, Sheet], bool]


_WAYS = frozenset({"up", "down", "good", "bad"})


def _undenied(test: _Test) -> _Test:
    """`not every region grew` claims that one did not."""

    def tested(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
        if denies_all(clause):
            return is_not_all(clause, place, sheet)
        if clause.says("vague") and not clause.groups() and clause.tokens[place].claims & _WAYS:
            return is_most(clause, place, evidence, sheet)
        return test(clause, place, evidence, sheet)

    return tested


def broken(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[str]:
    """Yield every claim of a clause, other than its numbers, that the rows do not back."""
    for place, token in enumerate(clause.tokens):
        for claim in sorted(token.claims):
            test = _TESTS.get(claim)
            if test is not None and not test(clause, place, evidence, sheet):
                yield token.text


def _unfinished(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    strong = {"不足整期", "不满整期", "不足一周", "不是整周", "不是全月", "非全月", "不足一个月", "不足整月", "未到月底", "还没到月底", "未到季末", "不是完整", "并不完整", "尚不完整", "还不完整", "partial data", "still incomplete", "未满期", "未满", "不完整", "还未结束", "尚未结束", "not complete", "incomplete", "partial", "running", "not over", "进行中", "没有结束", "还没有结束", "还没结束", "未结束", "isn't over", "is not over", "isn't complete", "isn't finished", "not finished", "in progress", "under way", "underway", "still running"}  # fmt: skip
    if clause.tokens[place].text not in strong:
        return True
    rows = _in_series(clause, place, evidence, sheet)
    if rows:
        return not all(facts.is_whole(r, evidence) for r in rows)
    return not evidence.complete


def _finished(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    if _is_domain(clause, place):
        return any(r.period and facts.is_whole(r, evidence) for r in sheet.rows)
    rows = _in_series(clause, place, evidence, sheet)
    if clause.says("neg"):
        return not all(facts.is_whole(r, evidence) for r in rows) or not evidence.complete
    if rows:
        return all(facts.is_whole(r, evidence) for r in rows)
    return evidence.complete or clause.says("max", "min", "best", "worst")


def _is_domain(clause: Clause, place: int) -> bool:
    """`完整周里`, `与完整周比较`: of which periods is spoken, and not what one of them is."""
    left = clause.tokens[place - 1].text if place else ""
    inside = any(t.text in {"里", "中", "内", "当中"} for t in clause.tokens[place + 1 : place + 3])
    counted = place > 0 and clause.tokens[place - 1].number is not None
    if clause.tokens[place].text == "full":
        return counted or left in {"the", "the two", "the three", "both"}
    return (inside and left in {"", "在"}) or left.endswith(("与", "和", "跟", "同"))


def _in_series(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> tuple[Row, ...]:
    """The rows of the period that a word is about; none when it is about no row's period."""
    about = subject(clause, place, evidence, sheet)
    return about.rows if about.role == "row" else ()


def _empty(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    about = subject(clause, place, evidence, sheet)
    metrics = [v.metric for v in metrics_at(clause, place, sheet)]
    return all((m, "value") not in r.cells for r in about.rows for m in metrics)


def _present(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`CPL is available for A`; where it is denied, the denial is checked."""
    return clause.says("neg", "empty") or not _empty(clause, place, evidence, sheet)


def _only(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`only 38` is mere emphasis; `the only one to rise` is checked with the direction."""
    bounds = [i for i, t in enumerate(clause.tokens) if t.number and side(clause, i)]
    rows = any(role_of(p, evidence, sheet)[0] == "row" for _, p in clause.periods())
    if bounds and (clause.groups() or rows):
        return all(is_bound(clause, i, evidence, sheet) for i in bounds)
    return (
        number_next(clause, place)
        or any(_is_until(t) for t in clause.tokens[place + 1 : place + 2])
        or _is_part_of_name(clause, place)
        or clause.says("up", "down", "except")
    )


_UNTIL = frozenset({"through", "until", "up to", "to", "到", "截至", "含到", "算到", "统计到"})


def _is_until(token: Token) -> bool:
    return token.text in _UNTIL or (
        token.period is not None and token.text.startswith(("through", "until", "到", "截至"))
    )


def _is_part_of_name(clause: Clause, place: int) -> bool:
    """`只有 A 的一半`, `only half of A`."""
    name, of, part = (*clause.tokens[place + 1 : place + 4], None, None, None)[:3]
    return bool(
        name and of and part and (name.names or name.period) and of.text == "的" and part.number
    )


def _negated(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """A negated claim is not checked, so it does not pass."""
    if _of_records(clause, place):
        told = [i for i, _ in clause.groups() if i > place]
        return all(_empty(clause, i, evidence, sheet) for i in (place, *told))
    bounds = [i for i, t in enumerate(clause.tokens) if t.number and side(clause, i)]
    if bounds and place < bounds[0]:
        near = bounds[0] - place <= _REACH  # the number is then checked as the denied bound
        return near or all(is_bound(clause, i, evidence, sheet) for i in bounds)
    risky = set(_TESTS) - {"neg", "incomplete", "complete"}
    numbers = any(t.number for t in clause.tokens)
    return not numbers and not any(t.claims & risky for t in clause.tokens)


_REACH = 3
_RECORDS = frozenset(
    {
        "数据",
        "数值",
        "记录",
        "信息",
        "available",
        "value",
        "values",
        "data",
        "figure",
        "figures",
        "record",
        "records",
    }
)


def _of_records(clause: Clause, place: int) -> bool:
    """`没有费用数据`, `no cost data`, `have no CPL`: of something that the rows could hold."""
    behind = clause.tokens[place + 1 : place + 4]
    bare = len(behind) == 1 and not any(t.number for t in clause.tokens)
    records = bare or any(t.text in _RECORDS for t in behind)
    return records and any(n.kind == "metric" for t in behind for n in t.names)


def _never(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Results tell nothing of what is to come."""
    del clause, place, evidence, sheet
    return False


_TESTS: dict[str, _Test] = {
    "up": _undenied(went_up), "down": _undenied(went_down), "vague": is_most, "except": is_exception, "overtake": has_overtaken, "flat": is_flat, "good": _undenied(got_better), "bad": _undenied(got_worse), "mono": is_steady,
    "max": is_highest, "min": is_lowest, "best": is_best, "worst": is_worst, "max_up": rose_most, "max_down": fell_most,
    "high": is_higher, "low": is_lower, "incomplete": _unfinished, "complete": _finished,
    "apart": are_far_apart, "high_side": is_on_high_side, "low_side": is_on_low_side, "future": _never, "arch": is_arch, "dip": is_dip, "resp": is_in_order, "empty": _empty, "present": _present, "only": _only, "next": is_next, "neg": _undenied(_negated), "much": moved_much, "little": moved_little, "close": are_close,
}  # fmt: skip
