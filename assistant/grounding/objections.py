"""What is false in itself, whichever rows a clause is about: a change from later to earlier, a thing held against itself.

The checks of numbers and claims look for a reading under which a statement is true. These look
for words that no reading can make true, and are asked first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

from assistant.grounding.clauses import Clause
from assistant.grounding.equality import unequal
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.lasting import not_in_both
from assistant.grounding.metrics import metrics_at
from assistant.grounding.misnamed import of_another_thing
from assistant.grounding.subjects import JOINED, role_of, rows_with
from assistant.grounding.tokens import Token
from assistant.grounding.units import in_unit
from semantic_layer.timegrain import DateRange

_FROM = frozenset({"from", "从", "由"})
_TO = frozenset({"to", "至", "到", "达", "through"})
_IN = frozenset({"in", "for", "during", "of"})
_REACH = 4
_MOVES = ("up", "down", "good", "bad")
_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
_BACKWARDS = re.compile(rf"({_DATE})\D{{1,24}}?({_DATE})")
_SAME_ENDS = re.compile(
    r"(?:from |between |从|由)?(?:the )?(?P<one>.+?)(?: to | and | through |至|到|与|和)(?:the )?(?P<other>.+?)[.。]?$"
)
#: A period by its date: `the previous quarter` is told apart by what was compared.
_DATED = re.compile(
    r"\d|[一二三四五六七八九十]月|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(?:first|second|third|fourth) (?:quarter|half)|[一二三四]季度|[上下]半年"
)
_OF_NOW = frozenset({"统计区间", "统计期", "统计周期", "报告期", "reporting period"})
_OF_THEN = frozenset({"对比", "比较期", "对比期", "comparison"})
_Check = Callable[[Clause, Evidence, Sheet], Iterator[int]]


def objections(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[str]:
    """Yield the words of a clause that cannot be true of the results."""
    for check in _CHECKS:
        yield from (clause.tokens[i].text for i in check(clause, evidence, sheet))


def _behind(clause: Clause, place: int, words: frozenset[str]) -> bool:
    """Whether one of the words leads to a period: `from the week of`, `from 270 in`."""
    for j in range(place - 1, max(-1, place - _REACH - 1), -1):
        token = clause.tokens[j]
        if token.text in words:
            return True
        if token.claims or token.period or token.text in _FROM | _TO:
            return False
    return False


def _backwards(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`rose from October to September`, `from 2026-09-30 to 2026-07-01`."""
    del evidence, sheet
    told = clause.periods()
    starts = [(i, p) for i, p in told if _behind(clause, i, _FROM)]
    for (i, one), (j, other) in pairwise(told):
        ends = (i, one) in starts and (
            _behind(clause, j, _TO) or clause.tokens[j - 1].claims & {"up", "down"}
        )
        listed = i + 2 == j and clause.tokens[i + 1].text in _TO
        if (ends and other.start <= one.start) or (listed and other.start < one.start):
            yield j
    for i, _ in told:
        dates = _BACKWARDS.search(clause.tokens[i].text)
        ends_said = _SAME_ENDS.match(clause.tokens[i].text)
        same = ends_said is not None and ends_said["one"] == ends_said["other"]
        if same or (dates is not None and dates[1] > dates[2]):
            yield i


def _with_itself(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`up from 270 in the second quarter`, of that quarter; `8 月低于 8 月`; `约为 9 月的 93%`, of September."""
    told = clause.periods()
    moves = clause.says(*_MOVES, "high", "low") and not clause.says("mono")
    for i, period in told:
        if not _is_held_against(clause, i, moves=moves) or not _DATED.search(clause.tokens[i].text):
            continue
        own = [p for j, p in told if j != i] or list(clause.before.topic.periods[-1:])
        same = all(p == period for p in own)
        if role_of(period, evidence, sheet)[0] == "now":
            same = all(role_of(p, evidence, sheet)[0] == "now" for p in own)
        elif not own:
            continue
        if same and not _is_of_other(clause):
            yield i


def _is_of_other(clause: Clause) -> bool:
    """`A 比 B 9 月的 20 条多`: the period dates another name's value."""
    return len({k for _, k in clause.groups()}) > 1


def _is_held_against(clause: Clause, place: int, *, moves: bool) -> bool:
    """Whether the period at a place is a measure: behind from, than, below, or before `的 93%`."""
    tokens = clause.tokens
    if clause.is_measure(place):
        return tokens[place].shift is None or tokens[place].shift.period is not None  # type: ignore[union-attr]
    part = tokens[place + 1 : place + 3]
    rate = part[1].number if len(part) == 2 and part[0].text == "的" else None
    if rate and rate.unit == "percent" and not clause.says("share", *_MOVES):
        return True
    left = tokens[place - 1] if place else None
    parted = tokens[place - 2].number if place > 1 and tokens[place - 1].text == "of" else None
    if parted and parted.unit in {"percent", "times"} and not clause.says("share", *_MOVES):
        return True  # `three quarters of September's level`
    compared = left is not None and left.claims & {"high", "low"} and left.text.endswith("于")
    return bool(compared) or (moves and _behind(clause, place, _FROM))


def _of_then(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`8 月环比下降 7.4%`, where only September was held against August."""
    if evidence.before is None or any(r.period for r in sheet.rows):
        return
    told = [(i, p) for i, p in clause.periods() if not clause.is_measure(i)]
    back = [i for i, t in enumerate(clause.tokens) if t.shift and not t.shift.period]
    spans = [p for _, p in told] or list(clause.before.topic.periods[-1:])
    if not spans or not (back or clause.says(*_MOVES)) or not _all_then(spans, evidence, sheet):
        return
    moves = [i for i, t in enumerate(clause.tokens) if t.claims & set(_MOVES)]
    opens = bool(told and moves) and (
        told[0][0] < moves[0] or clause.tokens[told[0][0] - 1].text in {"in", "during", "for"}
    )
    if (opens and not _leads_off(clause, told[0][0])) or (moves and back and not told):
        yield moves[0]


def _all_then(spans: list[DateRange], evidence: Evidence, sheet: Sheet) -> bool:
    return all(role_of(p, evidence, sheet)[0] == "before" for p in spans)


def _leads_off(clause: Clause, place: int) -> bool:
    """`从 8 月的 486 条降到`, `since August`, `compared with August`."""
    words = _FROM | {"since", "自", "after", "compared", "compared with", "与", "和", "跟", "同"}
    return _behind(clause, place, words) or any(
        "than" in t.claims for t in clause.tokens[: place + 1]
    )


def _of_another_unit(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`¥106.9M in won orders`, where these are counted."""
    del evidence
    known = {v.metric: v for v in sheet.values}
    for i, token in enumerate(clause.tokens[:-2]):
        named = [n.id for n in clause.tokens[i + 2].names if n.kind == "metric" and n.id in known]
        led = clause.tokens[i + 1].text in {"in", "of"}
        if token.number and token.number.unit == "money" and led and len(named) == 1:
            value = known[named[0]]
            if not in_unit(token.number, value.measure, value.unit):
                yield i


def _of_another_metric(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`百度的线索量占全部 SQL 的 20%`: a part of what it is no part of."""
    del evidence
    for i in clause.indexes("share"):
        left = [m for j, m in clause.metrics() if j < i] or list(clause.before.topic.metrics)
        right = [m for j, m in clause.metrics() if j > i]
        every = any("all" in t.claims for t in clause.tokens[i + 1 :])
        if len(sheet.rows) > 1 and left and right and every and left[-1] != right[0]:
            yield i


def _mislabelled(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`统计区间为 2025 年 9 月，对比区间为 2026 年 9 月`, the wrong way round."""
    for i, period in clause.periods():
        said = {t.text for t in clause.tokens[max(0, i - 3) : i]}
        role = role_of(period, evidence, sheet)[0]
        now = bool(said & _OF_NOW) and not said & _OF_THEN
        then = bool(said & _OF_THEN) and any(t.startswith(("区间", "期")) for t in said)
        if (now and role == "before") or (then and role in {"now", "row"}):
            yield i


def _to_come(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`截至 10 月 31 日`, `前 31 天`, where the data ends on the 27th."""
    del sheet
    asked = {evidence.window.end} if evidence.window else set()
    for i, period in clause.periods():
        last, text = period.end - timedelta(days=1), clause.tokens[i].text
        day = _DAY.search(text)
        known = asked if not _UNTIL.search(text) else set()
        if (
            day
            and int(day[1] or day[2]) == last.day
            and last > evidence.today
            and period.end not in known
        ):
            yield i


_DAY = re.compile(
    r"(?:\d{4}-\d{1,2}-|月\s?|截至\s?|截止\s?)(\d{1,2})\s?[日号]?\D*$|前\s?(\d{1,2})\s?[天日]\D*$"
)
_UNTIL = re.compile(r"截[至止]|前\s?\d+\s?[天日]|through|as of")


def _same_end(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`最低与最低相差`."""
    del evidence, sheet
    ends = [(i, c) for c in ("max", "min") for i in clause.indexes(c)]
    same = clause.says("diff") and len(ends) > 1 and len({c for _, c in ends}) == 1
    if same and ends[1][0] - ends[0][0] == _NEXT_BUT_ONE:
        yield ends[1][0]


_NEXT_BUT_ONE = 2


def _miscounted(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`超过 1000 条的渠道有两个：A、B 和 C`."""
    del evidence, sheet
    for i, token in enumerate(clause.tokens):
        rest = clause.tokens[i + 1 :]
        keys = {n.id for t in rest for n in t.names if n.kind == "key"}
        lists = rest and all(_is_listed(t) for t in rest)
        number = token.number
        counts = number is not None and (
            number.word in {"个", "家", "项", "种", "类", "名", "位"} or not number.unit
        )
        if lists and len(keys) > 1 and counts and number and number.value != len(keys):
            yield i


def _misnumbered(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`The top three regions, A and B, together ...`."""
    del evidence, sheet
    keys = {k for _, k in clause.groups()}
    before = clause.before
    apposed = len(keys) > 1 and all(_is_listed(t) for t in clause.tokens)
    if (
        apposed
        and before.manner.shown
        and not before.heard.keys
        and len(keys) != before.manner.shown
    ):
        yield 0


def _is_listed(token: Token) -> bool:
    named = any(n.kind == "key" for n in token.names)
    return named or token.text in JOINED | {"分别是", "即", "namely"}


def _ranked_behind(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """`A 排在 B 之后`, where B is lower."""
    for i, key in clause.groups():
        left = clause.tokens[i - 1].text if i else ""
        right = clause.tokens[i + 1].text if i + 1 < len(clause.tokens) else ""
        if not (left in {"排在", "位于", "列在"} and right in {"之后", "后", "后面"}):
            continue
        mine = [k for j, k in clause.groups() if j < i] or list(clause.before.topic.keys[:1])
        one, other = (rows_with(sheet, keys, evidence) for keys in (mine[-1:], (key,)))
        if (
            mine
            and len(one) == len(other) == 1
            and not any(
                (a := one[0].cells.get((v.metric, "value"))) is not None
                and (b := other[0].cells.get((v.metric, "value"))) is not None
                and a <= b
                for v in metrics_at(clause, i, sheet)
            )
        ):
            yield i


_CHECKS: tuple[_Check, ...] = (
    _backwards, _with_itself, _of_then, _of_another_unit, _of_another_metric, _mislabelled,
    _to_come, _same_end, _miscounted, _misnumbered, _ranked_behind, of_another_thing, not_in_both, unequal,
)  # fmt: skip
