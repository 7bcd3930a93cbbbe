"""A text as tokens: names of the results, periods, numbers, claim words, and what is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from assistant.formatting import UNITS_ZH
from assistant.grounding.evidence import Evidence, Name, fold
from assistant.grounding.gapping import with_shared_units
from assistant.grounding.numerals import find_numerals
from assistant.grounding.tokens import Token, TokenKind
from assistant.grounding.when import find_when, masked, months_of
from assistant.grounding.words import (
    PUNCTUATION,
    STOPS,
    metrics_about,
    subjects,
    topical,
    vocabulary,
)

Known = dict[str, frozenset[str]]
_LATIN = re.compile(r"[a-z0-9]")
_UNKNOWN = re.compile(r"[a-z0-9_'-]+|\S")
#: Units of a rate: `每条线索`, `per lead` say what the metric already says.
_PER = re.compile(
    r"每(?:一)?[条个家单次位名](?:线索|订单|客户|商机|点击|访客|mql|sql)?"
    r"|\b(?:per|each|a) (?:lead|order|customer|click|opportunity|visitor|deal|mql|sql)\b"
)


def scan(text: str, evidence: Evidence) -> tuple[Token, ...]:
    """Return the tokens of a text in order; spaces and ordinary punctuation are dropped."""
    folded = fold(text)
    taken = [False] * len(folded)
    tokens = _quotes(folded, evidence, taken)
    tokens += _names(folded, evidence, taken)
    tokens += find_when(folded, months_of(text), evidence, taken)
    _idioms(masked(folded, taken), evidence, taken, tokens)
    tokens += [
        Token("number", n.start, n.end, n.text, number=n)
        for n in find_numerals(masked(folded, taken), taken)
    ]
    about = subjects(w for w, name in evidence.names.items() if name.kind == "metric") - {"person"}
    about |= subjects(w for w, n in evidence.names.items() if n.kind == "dimension") & {"person"}
    if any(len(sheet.values) > 1 for sheet in evidence.sheets):
        about |= {"conversion"}
    claimless = dict.fromkeys((*topical(about), *evidence.parts), frozenset[str]())
    known = claimless | vocabulary() | dict.fromkeys(topical(about), frozenset())
    tokens += _words(folded, taken, known)
    tokens = [_named(t, evidence) for t in tokens]
    ordered = sorted(tokens, key=lambda t: t.start)
    ordered = [_as_noun(ordered, i, evidence) for i in range(len(ordered))]
    ordered = with_shared_units(ordered)
    return tuple(
        replace(t, bracketed=folded[: t.start].endswith("("), inside=_depth(folded[: t.start]) > 0)
        for t in ordered
    )


def _quotes(text: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    """The notes of the answer, each as a statement of its own: these claim nothing new."""
    out = []
    for note in evidence.notes:
        pattern = (
            rf"(?:(?<=[。！？!?;；\n,，:：])|^)\s*{_loose(note)}\s*(?=[。！？!?;；\n]|\.(?:\s|$)|$)"
        )
        for match in re.finditer(pattern, text):
            taken[match.start() : match.end()] = [True] * len(match[0])
            out.append(Token("word", *match.span(), match[0]))
    return out


def _loose(note: str) -> str:
    """A pattern of a note that does not mind where blanks stand between Chinese words."""
    return "".join(r"\s*" if c.isspace() else re.escape(c) for c in note.rstrip("。."))


def _depth(text: str) -> int:
    return text.count("(") - text.count(")")


#: Before a period these compare nothing: `over the first nine months`.
_DURING = frozenset({"over", "through", "within", "past"})


def _as_noun(tokens: list[Token], i: int, evidence: Evidence) -> Token:
    """`one in five leads`: behind a number, a piece of a metric's name is no verb."""
    token = tokens[i]
    left = tokens[i - 1] if i else None
    noun = left is not None and (left.number is not None or left.text in {"of", "all", "the", "in"})
    if token.kind == "word" and token.claims and noun and token.text in evidence.parts:
        return replace(token, claims=frozenset())
    behind = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.text == "most" and behind is not None and (left is None or left.text != "the"):
        dims = any(n.kind == "dimension" for t in tokens[i + 1 : i + 3] for n in t.names)
        return replace(token, claims=frozenset({"vague"})) if dims else token
    if token.text == "full" and behind is not None and behind.text in _PERIODS:
        return replace(token, claims=frozenset({"complete"}))
    if token.text == "before" and behind is not None and behind.text.endswith("ing"):
        return replace(token, claims=frozenset())  # `before slipping to 46`
    if token.text in _DURING and behind is not None and behind.period is not None:
        return replace(token, claims=frozenset())
    return token


_PERIODS = frozenset({"weeks", "months", "quarters", "years"})
_SPENT = frozenset({"spent", "spend", "spending", "花费", "花了", "花", "投入", "支出", "消耗"})


def _named(token: Token, evidence: Evidence) -> Token:
    """A word of a subject names the metric, where only one of several is about that subject."""
    if token.kind != "word" or not any(len(s.values) > 1 for s in evidence.sheets):
        return token
    metrics = evidence.stems.get(token.text) or metrics_about(
        token.text, tuple(evidence.metric_words())
    )
    if len(metrics) > 1 and token.text in _SPENT:
        rates = {v.metric for s in evidence.sheets for v in s.values if "/" in v.unit}
        metrics = metrics - rates
    if len(metrics) != 1:
        return token
    return replace(token, names=(Name("metric", next(iter(metrics))),))


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a Latin word is not a part of a longer one."""
    before = start > 0 and _LATIN.match(text[start - 1]) and _LATIN.match(text[start])
    after = end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end])
    return not before and not after


def _cuts(text: str, start: int, end: int, called: Mapping[str, tuple[Name, ...]]) -> bool:
    """`未归因金额`: a metric's name would cut the name of a row."""
    return any(
        names[0].kind == "key"
        and text[at : at + len(word)] == word
        and at < start < at + len(word) < end
        for word, names in called.items()
        if not word.isascii()
        for at in range(max(0, start - len(word) + 1), start)
    )


def _names(text: str, evidence: Evidence, taken: list[bool]) -> list[Token]:
    out = []
    called = {**evidence.groups} | {word: (name,) for word, name in evidence.names.items()}
    for word in sorted(called, key=len, reverse=True):
        start = text.find(word)
        while start >= 0:
            end = start + len(word)
            cuts = called[word][0].kind == "metric" and _cuts(text, start, end, called)
            if not any(taken[start:end]) and _whole(text, start, end) and not cuts:
                taken[start:end] = [True] * (end - start)
                out.append(Token("name", start, end, word, names=called[word]))
            start = text.find(word, end)
    return out


@lru_cache(maxsize=1)
def _idiom_pattern() -> re.Pattern[str]:
    """Words of the vocabulary that hold a numeral (一直, 一半 is none) or a rate's unit."""
    words = [
        w for w in vocabulary() if len(w) > 1 and re.search(r"[一二两三四五六七八九十百千万]", w)
    ]
    words += [
        w for w in vocabulary() if " " in w and re.search(r"\b(?:one|two|first|second|half)\b", w)
    ]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, ordered))})(?![a-z])")


def _idioms(text: str, evidence: Evidence, taken: list[bool], tokens: list[Token]) -> None:
    rates = any("/" in v.unit for sheet in evidence.sheets for v in sheet.values)
    for pattern in (*((_PER,) if rates else ()), _idiom_pattern()):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]) or text[end : end + 1] in set("十百千万亿点"):
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
