"""The periods that a text names, in its own words, and what only points back to them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from assistant.grounding.evidence import Evidence
from assistant.grounding.numerals import small_number
from assistant.grounding.ordinals import find_placed, is_week_next, widened
from assistant.grounding.past import before_within, last_of, looks_back, shift_claims
from assistant.grounding.tokens import Token
from assistant.grounding.words import vocabulary
from assistant.timeparse import Period, TimeMatch, find_times
from semantic_layer.timegrain import DateRange

#: `那一周` points back; it is no length of time.
_THAT = re.compile(
    r"(?<=[高低多少大小]的)\s?一周|(?<=的)\s?一个(?:季度|月份?|周|年|自然月|完整月)|(?<=[，,])\s?一个(?:季度|月|周)(?=[内里]?[少多增减降升])|(?:那|这|该|当)一?个?(?:周|月|季度|季|天|日|年)|一整[周月季年天]|\b(?:over )?the (?:quarter|month|week|year|period|half)\b(?:'s)?(?! (?:before|earlier|prior|of|to|ended|from|after|ago|starting|beginning|under))"
)
_DAY = re.compile(r"[日号\d]\s*的?$")
_ALL_OF_IT = re.compile(r"[全整](?:年|月|季|周|天)|\b(?:full|whole|entire)\b")
#: Figures that are certainly no part of a date.
_AMOUNT = re.compile(
    r"一(?=[共直路度起样半])|[¥$€£]\s?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+"
    r"|\d+\s?(?:%|条|元|家|单|人|次|万|亿|倍|个(?!月|季|星|小|自)|leads?\b|percent)"
)
#: `6 月与 3 月之间相差`: two months, and no stretch.
_APART = re.compile(
    r"(?<=连续)\s*[一二两三四五六七八九十\d]+\s?个?(?:周|月|季度?|天|日)|[两二三四五六七八九十\d]+周(?=合计|平均|共|都|均|连|之|的平均)"
    r"|\b(?:first|second|third|fourth)\b(?=-placed|-ranked| (?:and|to|through) (?:second|third|fourth|fifth|last|sixth|eighth|tenth|place)\b)"
    r"|(?<=[随之此然以])后(?=\s*[一二两三四五六七八九十\d]+\s?个?[月周季天])|(?<=月)\s*[与和](?=\s*\d{1,2}\s*月之间)|(?<=月)之间"
)
#: So many periods behind the one that was told; which ones shows only when clauses are cut.
_FOLLOWING = re.compile(
    r"\b(?:the )?(?:following|subsequent|next) (?P<n>two|three|four|five|six|\d) (?:weeks|months|quarters|days)\b"
    r"|\b(?:the )?(?P<m>two|three|four|five|six|\d) (?:weeks|months|quarters|days) (?:after that|that followed|thereafter)\b"
    r"|(?:随后|之后|此后|接下来|后续|其后)的?(?P<z>[两二三四五六七八九]|\d)个?(?:周|月|季度|天)"
)
#: `都高于前一个月`: of each the one before it.
_ONE_BEFORE = re.compile(r"(?<=[于比较过])[前上]一?个?(?:月|周|季度?|天|日|年)(?![度份底初末])")
#: `7月、8月、9月均超过`: of each month, and no monthly average.
_MONTH_EACH = re.compile(r"((?<=[、和与及])\s?\d{1,2}\s?月)均(?=[达超低高不未为在保])")
_VERBS = re.compile(r"\b(?:may|march)\b", re.IGNORECASE)
_MONTHS = re.compile(r"\b(?:May|March)\b(?! (?:i|you|we|they|it|this|that)\b)")
_EACH_ONE = re.compile(r"\b(?:every|each)(?: single)? (?:month|week|quarter|year|day)\b")


def masked(text: str, taken: list[bool]) -> str:
    """Return a text with what is taken blotted out, in the same length."""
    return "".join("\u25a1" if t else c for c, t in zip(text, taken, strict=True))


def months_of(text: str) -> tuple[bool, ...]:
    """Return of each `may` and `march` of a text, in order, whether a capital tells that it is the month."""
    return tuple(m[0][0].isupper() for m in _VERBS.finditer(unicodedata.normalize("NFKC", text)))


def find_when(
    text: str, months: tuple[bool, ...], evidence: Evidence, taken: list[bool]
) -> list[Token]:
    """Return every period and comparison of a folded text; marks the places as taken.

    Args:
        text: Folded text.
        months: Of each `may` and `march` in it, whether it is the month.
        evidence: What the text is about.
        taken: One flag a character.
    """
    tokens = [*_those(masked(text, taken), taken), *_placed(masked(text, taken), evidence, taken)]
    cased = list(masked(text, taken))
    verbs = [m.start() for m in _VERBS.finditer(text)]
    for start, month in zip(verbs, months, strict=False):
        cased[start] = cased[start].upper() if month else cased[start]
    tokens += _year_so_far(masked(text, taken), evidence, taken)
    tokens += _span_before(masked(text, taken), evidence, taken)
    for token in tokens:
        cased[token.start : token.end] = "\u25a1" * (token.end - token.start)
    tokens += _times("".join(cased), evidence, taken)
    return tokens + list(_lone_months("".join(cased), evidence, taken))


_SO_FAR = re.compile(r"(?:全年|年初|年内|本年)(?:至今|以来|迄今)")


def _year_so_far(text: str, evidence: Evidence, taken: list[bool]) -> Iterator[Token]:
    """`全年至今`: from the first of January to where the data ends."""
    for match in _SO_FAR.finditer(text):
        taken[match.start() : match.end()] = [True] * len(match[0])
        end = evidence.as_of + timedelta(days=1)
        period = DateRange(date(evidence.as_of.year, 1, 1), end)
        yield Token("period", *match.span(), match[0], period=period)


_SPAN_BEFORE = re.compile(
    r"\b(?:the )?(?:previous|prior|preceding) (?:(?P<n>two|three|six|nine|twelve|\d{1,2}) months|half(?:[- ]year)?)\b"
)
_HALF = 6


def _span_before(text: str, evidence: Evidence, taken: list[bool]) -> Iterator[Token]:
    """`the previous six months`, where the compared period is as long, and ends where the other begins."""
    window, before = evidence.window, evidence.before
    for match in _SPAN_BEFORE.finditer(text):
        count = small_number(match["n"]) if match["n"] else _HALF
        if window is None or before is None or before.end != window.start:
            continue
        months = (before.end.year - before.start.year) * 12 + before.end.month - before.start.month
        if months == count:
            taken[match.start() : match.end()] = [True] * len(match[0])
            yield Token("period", *match.span(), match[0], period=before)


def _lone_months(text: str, evidence: Evidence, taken: list[bool]) -> Iterator[Token]:
    """`March, April and May were alike`: months at the head of a sentence."""
    for match in _MONTHS.finditer(text):
        start, end = match.span()
        found = [] if any(taken[start:end]) else find_times(f"in {match[0]}", today=evidence.today, as_of=evidence.as_of, calendar=evidence.calendar)  # fmt: skip
        if found and found[0].period and found[0].period.range:
            taken[start:end] = [True] * (end - start)
            yield Token("period", start, end, match[0].lower(), period=found[0].period.range)


def _those(text: str, taken: list[bool]) -> Iterator[Token]:
    """`那一周` behind a day is the week of that day; elsewhere it only points back."""
    for match in _EACH_ONE.finditer(text):
        taken[match.start() : match.end()] = [True] * len(match[0])
        yield Token("word", *match.span(), match[0], claims=frozenset({"mono"}))
    for match in _FOLLOWING.finditer(text):
        taken[match.start() : match.end()] = [True] * len(match[0])
        yield Token("word", *match.span(), match[0], claims=frozenset({"following"}))
    for match in _ONE_BEFORE.finditer(text):
        taken[match.start() : match.end()] = [True] * len(match[0])
        yield Token("word", *match.span(), match[0], claims=frozenset({"prev"}))
    for match in _THAT.finditer(text):
        start, end = match.span()
        if not _DAY.search(text[:start]):
            taken[start:end] = [True] * (end - start)
            yield Token("word", start, end, match[0])


def _placed(text: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    out = []
    for found in find_placed(text, evidence):
        taken[found.start : found.end] = [True] * (found.end - found.start)
        said = text[found.start : found.end]
        out.append(Token("period", found.start, found.end, said, period=found.period))
    return out


def _times(text: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    plain = _APART.sub(lambda m: "\u25a1" * len(m[0]), _MONTH_EACH.sub(r"\1都", text))
    found = find_times(
        _AMOUNT.sub(lambda m: "\u25a1" * len(m[0]), plain),
        today=evidence.today,
        as_of=evidence.as_of,
        calendar=evidence.calendar,
    )
    out = []
    for match in found:
        start, end = match.span
        end -= text[:end].endswith(".")  # a sentence ends there
        if any(taken[start:end]):
            continue
        token = _of_past(match, start, end, text, evidence)
        if token is None:
            period = _closed(match.period, evidence) if match.period else None
            if match.period is not None and period is None:
                continue
            more = 0
            if period is not None:
                period = _day_of_week(period, match.text.lower(), text[end:])
                period = last_of(period, match.text.lower(), text[end:], evidence)
                period, more = widened(period, text[end:], evidence)
            match, behind = _measured_by_week(match, text[end:], evidence)
            taken[end : end + more + behind] = [True] * (more + behind)
            token = _of_time(_of_series(match, evidence), start, end, period)
        taken[start:end] = [True] * (end - start)
        out.append(token)
    return out


def _day_of_week(period: DateRange, said: str, after: str) -> DateRange:
    """`到 10 月 12 日当周`: of that day's week, and not of all days until then."""
    until = said.startswith(("到", "至")) and is_week_next(after)
    return DateRange(period.end - timedelta(days=1), period.end) if until else period


def _measured_by_week(match: TimeMatch, after: str, evidence: Evidence) -> tuple[TimeMatch, int]:
    """`较 2026-09-14 周`: held against that day's week; and how long its word is."""
    shift = match.shift
    said = shift.period.range if shift is not None and shift.period is not None else None
    if shift is None or shift.period is None or said is None:
        return match, 0
    week, more = widened(said, after, evidence)
    period = replace(shift.period, start=week.start, end=week.end)
    return replace(match, shift=replace(shift, period=period)), more


def _of_past(match: TimeMatch, start: int, end: int, text: str, evidence: Evidence) -> Token | None:
    """A phrase that means the compared period; None if it is an ordinary one."""
    back = looks_back(match.text.lower(), text[:start].lower(), text[end : end + 4], evidence)
    if back == "same":
        back = before_within(match, evidence)
    claims = shift_claims(match.text.lower())
    if back == "prev" and (match.shift is None or match.shift.period is not None):
        return Token("word", start, end, match.text.lower(), claims=claims | {"prev"})
    if back == "before" and evidence.before is not None and _may_mean(match, evidence.before):
        return Token(
            "period", start, end, match.text.lower(), period=evidence.before, claims=claims
        )
    return None


def _may_mean(match: TimeMatch, before: DateRange) -> bool:
    """`august last year` is not the September that was compared."""
    found = match.period or (match.shift.period if match.shift else None)
    said = found.range if found else None
    return said is None or (said.start <= before.start and before.end <= said.end)


_ONE_BACK = re.compile(r"\b(?:previous|prior|preceding) (?P<unit>day|week|month|quarter|year)$")


def _of_series(match: TimeMatch, evidence: Evidence) -> TimeMatch:
    """`than in the previous week`, in a series of weeks: the one before what is spoken of."""
    said = _ONE_BACK.search(match.text.lower())
    grain = evidence.grain.value if evidence.grain else ""
    if said is None or said["unit"] != grain or match.shift is None or match.shift.period is None:
        return match
    return replace(match, shift=replace(match.shift, kind="previous_period", period=None))


def _of_time(match: TimeMatch, start: int, end: int, period: DateRange | None) -> Token:
    if match.grain is not None:
        claims = vocabulary().get(match.text.lower(), frozenset())
        return Token("word", start, end, match.text.lower(), claims=claims)
    if match.shift is not None:
        claims = shift_claims(match.text.lower())
        return Token("shift", start, end, match.text.lower(), shift=match.shift, claims=claims)
    whole = frozenset({"complete"}) if _ALL_OF_IT.search(match.text.lower()) else frozenset[str]()
    return Token("period", start, end, match.text.lower(), period=period, claims=whole)


def _closed(period: Period, evidence: Evidence) -> DateRange | None:
    """Return a period; one without an end (`3 月之后`, `from August onward`) ends with the data."""
    window = evidence.window
    if period.range is not None or window is None:
        return period.range
    start = period.start or window.start
    rows = (r.period.end for sheet in evidence.sheets for r in sheet.rows if r.period)
    end = period.end or max(rows, default=window.end)
    return DateRange(start, end) if start < end else None
