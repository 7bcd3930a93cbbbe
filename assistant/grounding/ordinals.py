"""Periods by their place in the series that is shown: the first week, 最后两个月, the week of a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.grounding.evidence import Evidence
from assistant.grounding.numerals import small_number
from semantic_layer.timegrain import DateRange, TimeGrain

_GRAINS = {
    "day": "天|日|days?", "week": "周|个?星期|weeks?", "month": "个?月份?|months?",
    "quarter": "个?季度?|quarters?", "year": "年|years?",
}  # fmt: skip
_COUNT = r"\d{1,2}|[一二两三四五六七八九十]{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FIRST = frozenset({"first", "opening", "前", "首", "头", "开头"})
_NTH = "first|second|third|fourth|fifth|sixth"


@dataclass(frozen=True, slots=True)
class Placed:
    """A stretch of the series that a text names, with its place in the folded text."""

    start: int
    end: int
    period: DateRange


def find_placed(text: str, evidence: Evidence) -> Iterator[Placed]:
    """Yield the stretches of the shown series that a text names by their place in it.

    Args:
        text: Folded text.
        evidence: With one series; else nothing is found.
    """
    grain, spans = evidence.grain, series(evidence)
    if grain is None or len(spans) < 2:
        return
    unit = _GRAINS.get(grain.value)
    if unit is None:
        return
    for match in _ends_pattern(unit).finditer(text):
        yield Placed(match.start(), match.start("last"), spans[0])
        yield Placed(match.start("last"), match.end(), spans[-1])
        text = text[: match.start()] + "\u25a1" * len(match[0]) + text[match.end() :]
    for match in _pattern(unit).finditer(text):
        found = () if _is_window(match, evidence) else _stretch(match, spans)
        if found:
            yield Placed(match.start(), match.end(), DateRange(found[0].start, found[-1].end))


def series(evidence: Evidence) -> list[DateRange]:
    """Return the periods that are shown, in order of time."""
    rows = {r.period for sheet in evidence.sheets for r in sheet.rows if r.period}
    return sorted(rows, key=lambda p: p.start)


def widened(period: DateRange, after: str, evidence: Evidence) -> tuple[DateRange, int]:
    """Return the week of a day that `当周`, `那一周` stands behind, and how long that word is.

    Of everything else the period itself, and 0.
    """
    said = _WEEK.match(after)
    if evidence.grain is not TimeGrain.WEEK or period.days != 1 or said is None:
        return period, 0
    weeks = (p for p in series(evidence) if p.start <= period.start < p.end)
    return next(weeks, period), len(said[0])


def is_week_next(after: str) -> bool:
    """Return whether `当周` or the like stands behind a day."""
    return _WEEK.match(after) is not None


_WEEK = re.compile(r"\s*(?:当周|(?:那|这|所在|开始|起)的?一?个?周|周)")


def _ends_pattern(unit: str) -> re.Pattern[str]:
    """`the first and last weeks`, `首尾两周`."""
    return re.compile(
        rf"(?:(?:the )?\bfirst and (?:the )?|首)(?P<last>last (?:{unit})\b|[尾末]两?个?(?:{unit}))"
    )


def _pattern(unit: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:the )?\b(?P<edge>first|opening|last|final|closing|latest|past)(?: (?P<n>{_COUNT}))? (?:{unit})\b(?: of (?P<year>20\d\d))?"
        rf"|the (?P<nth>{_NTH}) (?:{unit})\b(?! of)"
        rf"|(?P<zh>前|首|头|开头|最后|末|最近|近|过去)(?P<zn>{_COUNT})?(?:{unit})(?![初末底内])"
        rf"|第(?P<zth>{_COUNT})(?:{unit})"
    )


_DAYS = {TimeGrain.DAY: 1, TimeGrain.WEEK: 7}


def _is_window(match: re.Match[str], evidence: Evidence) -> bool:
    """`最近 8 周`, where that is what was asked for: its ends may cut weeks."""
    count = small_number(match["n"] or match["zn"] or "") or 0
    days = _DAYS.get(evidence.grain, 0) if evidence.grain else 0
    recent = (match["edge"] or match["zh"]) in {"last", "latest", "past", "最近", "近", "过去"}
    return recent and count * days > 0 and evidence.window is not None and evidence.window.days == count * days  # fmt: skip


def _stretch(match: re.Match[str], spans: Sequence[DateRange]) -> Sequence[DateRange]:
    nth = match["nth"] or match["zth"]
    if nth:
        place = small_number(nth) or 0
        return spans[place - 1 : place] if place else ()
    said = match["n"] or match["zn"]
    if match["zh"] == "前" and said in {"一", "1"}:
        return ()  # `前一周` is the one before
    if said is None and match["zh"] in {"前", "近", "最近", "过去"}:
        return ()  # `前周`, `最近一周` aside: these need a count
    count = small_number(said) if said else 1
    if match["year"]:
        spans = [s for s in spans if s.start.year == int(match["year"])]
    if not count or count > len(spans):
        return ()
    head = (match["edge"] or match["zh"]) in _FIRST
    return spans[:count] if head else spans[-count:]
