"""Periods of a question: those said, the shorter ones inside them, and `which month`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from assistant.planner.normalise import Folded
from assistant.planner.pieces import Token
from assistant.timeparse import Period, Reading, TimeMatch
from semantic_layer.timegrain import TimeGrain, add_months

_WHICH_PERIOD = re.compile(
    r"(?:哪一?个?|是哪一?个?)(?P<zh>天|日|周|星期|月份?|季度|年份?)"
    r"|(?:是?哪(?:些|几)个?|(?<=最[多少高低大小]的[一二两三四五六七八九十0-9]个))"
    r"(?P<some>天|周|星期|月份?|季度|年份?)"
    r"|(?<=的)(?:那?一?个)?(?P<zh2>月份?|年份|日期)(?![度末初底])"
    r"|(?<=的)(?:那?一?个)?(?P<zh3>季度|星期|周)(?=$|[是为有在呢,，。;；?？!！ ])"
    r"|(?<=的)那?一(?P<zh4>天|周|年)(?=$|[是为有在呢,，。;；?？!！ ])"
    r"|(?<![a-z])(?:which|what|best|worst) (?P<en>day|week|month|quarter|year)s?(?![a-z])"
    r"|(?:(?<=highest )|(?<=lowest ))(?P<en3>day|week|month|quarter|year)(?![a-z])"
    r"|(?<![a-z])(?:the )?(?P<en2>day|week|month|quarter|year)s? (?=with|that had|when)"
)
_PERIOD_GRAINS = {
    "天": "day", "日": "day", "周": "week", "星期": "week", "月": "month", "月份": "month",
    "季度": "quarter", "年": "year", "年份": "year", "日期": "day",
}  # fmt: skip
_COUNT_BEFORE = re.compile(r"(?:\d+|one|two|three|five|ten) (?:last|past|previous|this|next) ")
"""In `top 3 last month` the 3 belongs to the word before it."""
_LONGEST = 8
_NO_PERIOD = re.compile(
    r"(?:看|查|统计|汇总|算|说|列|了解|分析|报|拉|讲|问|瞅|计算|查询|显示|展示|梳理|整理|盘点|复盘)一?下"
    r"|(?<=占)比"
)
"""`看下9月` asks to look at September, not at the next nine months (下9月); 占比9月 is no 比9月."""
_RANGE_WORDS = re.compile(r" (?:to|and|until|through|till) |至|到|[-–~]")

Find = Callable[[str], list[TimeMatch]]
"""Finds the periods in a text."""


def periods(folded: Folded, find: Find) -> Iterator[Token]:
    """Yield every period of a question, and every breakdown by time.

    Args:
        folded: The question.
        find: What finds periods, for one day of asking.
    """
    yield from _asked_for(folded.text)
    raw = _NO_PERIOD.sub(lambda found: "，" * len(found[0]), folded.raw)
    matches = find(raw)
    inner = _inner_periods(raw, matches, find)
    begun = {m.span[0] for m in inner}
    for match in matches + inner:
        start, end = folded.folded_span(*match.span)
        text = folded.text[start:end]
        if end > start and not _COUNT_BEFORE.match(text):
            parts = _range_parts(match, find)
            compound = match in matches and match.span[0] in begun
            yield Token("time", start, end, text, time=match, parts=parts, compound=compound)


def _asked_for(text: str) -> Iterator[Token]:
    """`which month`, `最多的季度`: periods that are looked for."""
    for found in _WHICH_PERIOD.finditer(text):
        several = found["some"]
        said = next(word for word in found.groups() if word)
        grain = TimeGrain(_PERIOD_GRAINS.get(said, said))
        match = TimeMatch(found.span(), found[0], grain=grain)
        yield Token("time", *found.span(), found[0], time=match, number=0 if several else 1)


def _inner_periods(raw: str, matches: list[TimeMatch], find: Find) -> list[TimeMatch]:
    """Shorter periods inside matches, for when a neighbouring name claims the rest.

    In `占比 2026年9月` the 比 belongs to 占比; in `last month first-touch revenue` the
    word first belongs to the metric.
    """
    out: list[TimeMatch] = []
    for match in matches:
        start, end = match.span
        cuts: list[tuple[int, int]] = []
        if match.shift is not None and match.shift.period is not None:
            cuts = [(start + 1, end)]
        elif match.period is not None and " " not in match.text and end - start <= _LONGEST:
            cuts = [(start, start + k) for k in range(2, end - start)]
        elif match.period is not None and " " in match.text:
            first, last = match.text.index(" "), match.text.rindex(" ")
            cuts = [(start, start + last), (start + first + 1, end)]
        for cut in cuts:
            inner = find(raw[slice(*cut)])
            if " " not in match.text and match.shift is None:
                inner = [m for m in inner if m.span == (0, cut[1] - cut[0])]
            out += [
                replace(m, span=(m.span[0] + cut[0], m.span[1] + cut[0])) for m in inner if m.period
            ]
    return out


def _range_parts(match: TimeMatch, find: Find) -> tuple[Period, ...]:
    """The two periods that a range is made of, when each is a period by itself."""
    if match.period is None or match.period.reading is not Reading.RANGE:
        return ()
    for found in _RANGE_WORDS.finditer(match.text):
        sides = (match.text[: found.start()], match.text[found.end() :])
        read = [find(s) for s in sides]
        periods = [m[0].period for m in read if len(m) == 1 and m[0].period is not None]
        if len(periods) == 2 and all(p.grain is not None for p in periods):
            first, second = _of_one_year(periods[0], match.period), periods[1]
            return (first, second) if first is not None else ()
    return ()


def _of_one_year(period: Period, whole: Period) -> Period | None:
    """Return the first part of a range in the year of the range: `July to August last year`."""
    if period.start is None or whole.start is None:
        return None
    part = moved(period, whole.start.year - period.start.year)
    return part if part.start == whole.start else None


def moved(period: Period, years: int) -> Period:
    """Return the period of the same name so many years later; of another year it is no guess."""
    if not years or period.start is None or period.end is None:
        return period
    return replace(
        period,
        start=add_months(period.start, 12 * years),
        end=add_months(period.end, 12 * years),
        complete=years < 0,
        note_zh="",
        note_en="",
    )
