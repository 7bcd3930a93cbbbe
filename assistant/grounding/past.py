"""What phrases of the past mean where a period is compared with one before."""

from __future__ import annotations

import re
from typing import Literal

from assistant.grounding.evidence import Evidence
from assistant.grounding.ordinals import series
from assistant.timeparse import TimeMatch
from semantic_layer.timegrain import DateRange

Known = dict[str, frozenset[str]]
TokenKind = Literal["name", "period", "shift", "number", "word", "unknown", "stop", "comma"]
_AGO = re.compile(
    r"\b(?:an?|one) (?:year|month|quarter|week) (?:ago|earlier|before)$|\bthe year before$"
)

_SAME_DAYS = re.compile(
    r"same (?:\w+ )?(?:days|dates|period|span|stretch|point|time|day|weeks?|months?|quarters?|half|season) (?:of|in|last|the)\s*$"
)
_SUMMED = re.compile(r"\s*(?:为止|累计|合计|共|总)")
_LAST_YEAR = re.compile(r"(?:last year|去年|上年|上一年)$")
_HELD_AGAINST = re.compile(
    r"(?:than|from|vs\.?|versus|with|to|against|over|on|in|比|较|与|和|同)\s*$"
)


def last_of(period: DateRange, said: str, after: str, evidence: Evidence) -> DateRange:
    """`down to 43.8% by September`: the last that is shown of a stretch that has only an end."""
    inside = [p for p in series(evidence) if period.start <= p.start < period.end]
    ends = said.startswith(("by ", "到", "至")) and not _SUMMED.match(after)
    reached = bool(inside) and period.end <= inside[-1].end
    return inside[-1] if ends and reached and len(inside) > 1 else period


def before_within(match: TimeMatch, evidence: Evidence) -> str:
    """`the same days of September`: as much of it as the running period has days."""
    found = match.period or (match.shift.period if match.shift else None)
    said, before = found.range if found else None, evidence.before
    if said is None or before is None or evidence.window is None:
        return ""
    years = evidence.window.start.year - before.start.year
    if years == 1 and said.start <= before.start and before.end <= said.end and said.days > 360:
        return "before"
    within = said.start == before.start and before.end <= said.end and not evidence.complete
    return "before" if within else ""


def looks_back(said: str, left: str, right: str, evidence: Evidence) -> str:
    """How a phrase of the past means the compared period: `prev`, `before`, or empty if it does not."""
    window, before = evidence.window, evidence.before
    if window is None or before is None:
        return ""
    if _AGO.search(said):
        years = window.start.year - before.start.year
        return "prev" if ("year" in said) == (years == 1 and before.end < window.start) else ""
    if _SAME_DAYS.search(left) or "同期" in said or right.lstrip().startswith(("同期", "的同期")):
        return "same"
    if not _LAST_YEAR.search(said):
        return ""
    if (window.start.year - 1, window.start.month, window.start.day) != (
        before.start.year, before.start.month, before.start.day,
    ):  # fmt: skip
        return ""
    from_start = (window.start.month, window.start.day) == (1, 1) and not evidence.complete
    held = _HELD_AGAINST.search(left) or shift_claims(said)
    return "before" if from_start or held else ""


def shift_claims(text: str) -> frozenset[str]:
    """`比上月` compares as `比` does."""
    head = next(
        (w for w in ("比", "较", "than", "vs", "against", "相比") if text.startswith(w)), ""
    )
    return frozenset({"than"}) if head else frozenset()
