"""A text as tokens: names of the results, periods, numbers, claim words, and what is unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from assistant.formatting import UNITS_ZH
from assistant.grounding.evidence import Evidence, Name, fold
from assistant.grounding.numerals import Numeral, find_numerals
from assistant.grounding.ordinals import find_placed, widened
from assistant.grounding.past import before_within, last_of, looks_back, shift_claims
from assistant.grounding.words import (
    PUNCTUATION,
    STOPS,
    metrics_about,
    subjects,
    topical,
    vocabulary,
)
from assistant.timeparse import Period, Shift, TimeMatch, find_times
from semantic_layer.timegrain import DateRange

Known = dict[str, frozenset[str]]
TokenKind = Literal["name", "period", "shift", "number", "word", "unknown", "stop", "comma"]
_LATIN = re.compile(r"[a-z0-9]")
_UNKNOWN = re.compile(r"[a-z0-9_'-]+|\S")
#: Units of a rate: `每条线索`, `per lead` say what the metric already says.
_PER = re.compile(
    r"每(?:一)?[条个家单次位名](?:线索|订单|客户|商机|点击|访客|mql|sql)?"
    r"|\b(?:per|each|a) (?:lead|order|customer|click|opportunity|visitor|deal|mql|sql)\b"
)
#: `那一周` points back; it is no length of time.
_THAT = re.compile(
    r"(?:那|这|该|当)一?个?(?:周|月|季度|季|天|日|年)|一整[周月季年天]|\b(?:over )?the (?:quarter|month|week|year|period|half)\b(?:'s)?(?! (?:before|earlier|prior|of|to|ended|from|after|ago|starting|beginning|under))"
)
_DAY = re.compile(r"[日号\d]\s*的?$")
_ALL_OF_IT = re.compile(r"[全整](?:年|月|季|周|天)|\b(?:full|whole|entire)\b")
#: Figures that are certainly no part of a date.
_AMOUNT = re.compile(
    r"一(?=[共直路度起样半])|[¥$€£]\s?\d[\d,]*(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+"
    r"|\d+\s?(?:%|条|元|家|单|人|次|万|亿|倍|个(?!月|季|星|小|自)|leads?\b|percent)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text, with its place in the folded text."""

    kind: TokenKind
    start: int
    end: int
    text: str
    names: tuple[Name, ...] = ()
    number: Numeral | None = None
    period: DateRange | None = None
    shift: Shift | None = None
    claims: frozenset[str] = frozenset()
    bracketed: bool = False


def scan(text: str, evidence: Evidence) -> tuple[Token, ...]:
    """Return the tokens of a text in order; spaces and ordinary punctuation are dropped."""
    folded = fold(text)
    taken = [False] * len(folded)
    tokens = _names(folded, evidence, taken)
    masked = "".join("\u25a1" if t else c for c, t in zip(folded, taken, strict=True))
    _those(masked, evidence, taken, tokens)
    masked = "".join("\u25a1" if t else c for c, t in zip(folded, taken, strict=True))
    tokens += _placed(masked, evidence, taken)
    masked = "".join("\u25a1" if t else c for c, t in zip(folded, taken, strict=True))
    tokens += _times(masked, evidence, taken)
    _idioms(masked, evidence, taken, tokens)
    masked = "".join("\u25a1" if t else c for c, t in zip(folded, taken, strict=True))
    tokens += [
        Token("number", n.start, n.end, n.text, number=n) for n in find_numerals(masked, taken)
    ]
    about = subjects(w for w, name in evidence.names.items() if name.kind == "metric")
    if any(len(sheet.values) > 1 for sheet in evidence.sheets):
        about |= {"conversion"}
    claimless = dict.fromkeys((*topical(about), *evidence.parts), frozenset[str]())
    known = claimless | vocabulary() | dict.fromkeys(topical(about), frozenset())
    tokens += _words(folded, taken, known)
    tokens = [_named(t, evidence) for t in tokens]
    ordered = sorted(tokens, key=lambda t: t.start)
    ordered = [_as_noun(ordered, i, evidence) for i in range(len(ordered))]
    return tuple(replace(t, bracketed=folded[: t.start].endswith("(")) for t in ordered)


def _as_noun(tokens: list[Token], i: int, evidence: Evidence) -> Token:
    """`one in five leads`: behind a number, a piece of a metric's name is no verb."""
    token = tokens[i]
    left = tokens[i - 1] if i else None
    noun = left is not None and (left.number is not None or left.text in {"of", "all", "the", "in"})
    if token.kind == "word" and token.claims and noun and token.text in evidence.parts:
        return replace(token, claims=frozenset())
    return token


def _named(token: Token, evidence: Evidence) -> Token:
    """A word of a subject names the metric, where only one of several is about that subject."""
    if token.kind != "word" or not any(len(s.values) > 1 for s in evidence.sheets):
        return token
    metrics = evidence.stems.get(token.text) or metrics_about(
        token.text, tuple(evidence.metric_words())
    )
    if len(metrics) != 1:
        return token
    return replace(token, names=(Name("metric", next(iter(metrics))),))


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a Latin word is not a part of a longer one."""
    before = start > 0 and _LATIN.match(text[start - 1]) and _LATIN.match(text[start])
    after = end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end])
    return not before and not after


def _names(text: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    out = []
    called = {**evidence.groups} | {word: (name,) for word, name in evidence.names.items()}
    for word in sorted(called, key=len, reverse=True):
        start = text.find(word)
        while start >= 0:
            end = start + len(word)
            if not any(taken[start:end]) and _whole(text, start, end):
                taken[start:end] = [True] * (end - start)
                out.append(Token("name", start, end, word, names=called[word]))
            start = text.find(word, end)
    return out


def _closed(period: Period, evidence: Evidence) -> DateRange | None:
    """Return a period; one without an end (`3 月之后`, `from August onward`) ends with the data."""
    window = evidence.window
    if period.range is not None or window is None:
        return period.range
    start = period.start or window.start
    rows = (r.period.end for sheet in evidence.sheets for r in sheet.rows if r.period)
    end = period.end or max(rows, default=window.end)
    return DateRange(start, end) if start < end else None


def _those(masked: str, evidence: Evidence, taken: list[bool], tokens: list[Token]) -> None:
    """`那一周` behind a day is the week of that day; elsewhere it only points back."""
    for match in _EACH_ONE.finditer(masked):
        taken[match.start() : match.end()] = [True] * len(match[0])
        tokens.append(Token("word", *match.span(), match[0], claims=frozenset({"mono"})))
    for match in _THAT.finditer(masked):
        start, end = match.span()
        if not _DAY.search(masked[:start]):
            taken[start:end] = [True] * (end - start)
            tokens.append(Token("word", start, end, match[0]))


def _placed(masked: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    out = []
    for found in find_placed(masked, evidence):
        taken[found.start : found.end] = [True] * (found.end - found.start)
        said = masked[found.start : found.end]
        out.append(Token("period", found.start, found.end, said, period=found.period))
    return out


def _times(masked: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    found = find_times(
        _AMOUNT.sub(lambda m: "\u25a1" * len(m[0]), masked),
        today=evidence.today,
        as_of=evidence.as_of,
        calendar=evidence.calendar,
    )
    out = []
    for match in found:
        start, end = match.span
        end -= masked[:end].endswith(".")  # a sentence ends there
        if any(taken[start:end]):
            continue
        token = _of_past(match, start, end, masked, evidence)
        if token is None:
            period = _closed(match.period, evidence) if match.period else None
            if match.period is not None and period is None:
                continue
            more = 0
            if period is not None:
                period = last_of(period, match.text, evidence)
                period, more = widened(period, masked[end:], evidence)
            taken[end : end + more] = [True] * more
            token = _of_time(match, start, end, period)
        taken[start:end] = [True] * (end - start)
        out.append(token)
    return out


def _of_past(
    match: TimeMatch, start: int, end: int, masked: str, evidence: Evidence
) -> Token | None:
    """A phrase that means the compared period; None if it is an ordinary one."""
    back = looks_back(match.text, masked[:start], evidence)
    if back == "same":
        back = before_within(match, evidence)
    claims = shift_claims(match.text)
    if back == "prev" and match.shift is None:
        return Token("word", start, end, match.text, claims=claims | {"prev"})
    if back == "before" and evidence.before is not None:
        return Token("period", start, end, match.text, period=evidence.before, claims=claims)
    return None


def _of_time(match: TimeMatch, start: int, end: int, period: DateRange | None) -> Token:
    if match.grain is not None:
        claims = vocabulary().get(match.text, frozenset())
        return Token("word", start, end, match.text, claims=claims)
    if match.shift is not None:
        claims = shift_claims(match.text)
        return Token("shift", start, end, match.text, shift=match.shift, claims=claims)
    whole = frozenset({"complete"}) if _ALL_OF_IT.search(match.text) else frozenset[str]()
    return Token("period", start, end, match.text, period=period, claims=whole)


_EACH_ONE = re.compile(r"\b(?:every|each)(?: single)? (?:month|week|quarter|year|day)\b")


@lru_cache(maxsize=1)
def _idiom_pattern() -> re.Pattern[str]:
    """Words of the vocabulary that hold a numeral (一直, 一半 is none) or a rate's unit."""
    words = [w for w in vocabulary() if len(w) > 1 and re.search(r"[一二两三十百千万]", w)]
    words += [
        w for w in vocabulary() if " " in w and re.search(r"\b(?:one|two|first|second|half)\b", w)
    ]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, ordered))})(?![a-z])")


def _idioms(masked: str, evidence: Evidence, taken: list[bool], tokens: list[Token]) -> None:
    rates = any("/" in v.unit for sheet in evidence.sheets for v in sheet.values)
    for pattern in (*((_PER,) if rates else ()), _idiom_pattern()):
        for match in pattern.finditer(masked):
            start, end = match.span()
            if any(taken[start:end]) or masked[end : end + 1] in set("十百千万亿点"):
                continue
            taken[start:end] = [True] * (end - start)
            claims = vocabulary().get(match[0], frozenset())
            kind: TokenKind = (
                "word" if pattern is not _PER or _is_rate_of(match[0], evidence) else "unknown"
            )
            tokens.append(Token(kind, start, end, match[0], claims=claims))


def _is_rate_of(said: str, evidence: Evidence) -> bool:
    """Whether `每单`, `per order` is what a metric of the results is a rate of."""
    of = {v.unit.split("/")[1] for s in evidence.sheets for v in s.values if "/" in v.unit}
    if said.startswith("每"):
        return any(
            UNITS_ZH.get(unit, "") == said.removeprefix("每").removeprefix("一")[:1] for unit in of
        )
    return any(said.endswith(unit.rstrip("s")) for unit in of)


def _words(text: str, taken: list[bool], known: Known) -> list[Token]:
    out: list[Token] = []
    pos = 0
    while pos < len(text):
        if taken[pos]:
            pos += 1
            continue
        token = _word_at(text, taken, pos, known)
        if token is not None:
            out.append(token)
        pos = token.end if token is not None else pos + 1
    return out


@lru_cache(maxsize=1)
def _lengths() -> tuple[int, ...]:
    return tuple(sorted({len(w) for w in vocabulary()}, reverse=True))


def _word_at(text: str, taken: list[bool], pos: int, known: Known) -> Token | None:
    """Return the longest known word here, a separator, an unknown word, or None for a blank."""
    for length in _lengths():
        piece = text[pos : pos + length]
        end = pos + len(piece)
        free = len(piece) == length and not any(taken[pos:end])
        if free and piece in known and _whole(text, pos, end):
            return Token("word", pos, end, piece, claims=known[piece])
    char = text[pos]
    if char in STOPS or (char == "." and text[pos + 1 : pos + 2] in {"", " "}):
        return Token("stop", pos, pos + 1, char)
    if char in ",，:：":
        return Token("comma", pos, pos + 1, char)
    if char in PUNCTUATION:
        return None
    return _unknown(text, taken, pos)


def _unknown(text: str, taken: list[bool], pos: int) -> Token:
    """An unknown Latin word in full, or an unknown Chinese character."""
    match = _UNKNOWN.match(text, pos)
    end = match.end() if match else pos + 1
    while any(taken[pos:end]):
        end -= 1
    return Token("unknown", pos, max(end, pos + 1), text[pos : max(end, pos + 1)])
