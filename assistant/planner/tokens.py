"""A question as the cheapest chain of known tokens; what is left over is unexplained."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial

from assistant.planner.amounts import amounts
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import Folded, fold, is_latin
from assistant.planner.periods import periods
from assistant.planner.pieces import Token, Tokens
from assistant.planner.words import PUNCTUATION
from assistant.timeparse import find_times
from semantic_layer.timegrain import Calendar


def tokenise(
    question: str, lexicon: Lexicon, *, today: date, as_of: date, calendar: Calendar
) -> Tokens:
    """Cut a question into known tokens, longest and fewest first."""
    folded = fold(question)
    candidates: dict[int, list[Token]] = {}
    find = partial(find_times, today=today, as_of=as_of, calendar=calendar)
    for token in (*_names(folded.text, lexicon), *periods(folded, find), *amounts(folded.text)):
        candidates.setdefault(token.start, []).append(token)
    chain = [_headed(t, candidates) for t in _cheapest(folded.text, candidates)]
    items = _merge_unknown(folded, chain)
    return Tokens(folded, items, tuple(t.text for t in items if t.kind == "unknown"))


def _names(text: str, lexicon: Lexicon) -> Iterator[Token]:
    for start, end, senses in lexicon.find(text):
        yield Token("senses", start, end, text[start:end], senses=tuple(senses))


def _headed(token: Token, candidates: dict[int, list[Token]]) -> Token:
    if not (token.of("metric") or token.of("bundle")):
        return token
    shorter = [t for t in candidates[token.start] if t.end < token.end and t.of("dimension")]
    if not shorter:
        return token
    return replace(token, heads=max(shorter, key=lambda t: t.end).of("dimension"))


def _cost(token: Token) -> float:
    """Fewer, longer tokens win; at equal length a period or a limit beats a word."""
    preference = {
        "time": 0.0,
        "setting": -0.1,
        "limit": 0.05,
        "senses": 0.1,
        "number": 0.3,
        "unknown": 0.0,
    }
    fill = 0.05 if token.word() == "fill" else 0.0
    if token.compound:
        fill = 0.15  # 上个月 + 中大型企业, not 上个月中 + 大型企业; 今年 + 今日头条
    return 1.0 + preference[token.kind] + fill - 0.001 * (token.end - token.start)


def _silent(char: str) -> bool:
    """Punctuation, blanks and pictures carry no condition; signs such as > and + may."""
    return (
        char in PUNCTUATION
        or unicodedata.category(char)[0] in "ZC"
        or (unicodedata.category(char) == "So")
    )


def _cheapest(text: str, candidates: dict[int, list[Token]]) -> list[Token]:
    """Dynamic programme from the right: least unexplained text, then fewest tokens."""
    size = len(text)
    best: list[tuple[float, Token | None]] = [(0.0, None)] * (size + 1)
    for i in range(size - 1, -1, -1):
        skip = 0.0 if _silent(text[i]) else 8.0
        best[i] = (best[i + 1][0] + skip, None)
        for token in candidates.get(i, ()):
            cost = best[token.end][0] + _cost(token)
            if cost < best[i][0]:
                best[i] = (cost, token)
    chain: list[Token] = []
    i = 0
    while i < size:
        chosen = best[i][1]
        if chosen is None:
            if not _silent(text[i]):
                chain.append(Token("unknown", i, i + 1, text[i]))
            i += 1
        else:
            chain.append(chosen)
            i = chosen.end
    return chain


def _absorb(chain: list[Token]) -> list[Token]:
    """An unknown glued to a Chinese value is a longer name that does not exist: 西北 + 三区."""
    out = list(chain)
    for i, token in enumerate(out[1:], start=1):
        before = out[i - 1]
        glued = before.end == token.start and not is_latin(token.text[:1])
        if token.kind == "unknown" and glued and before.of("value") and not before.of("metric"):
            out[i - 1] = Token("unknown", before.start, before.end, before.text)
    return out


def _merge_unknown(folded: Folded, chain: list[Token]) -> tuple[Token, ...]:
    out: list[Token] = []
    for token in _absorb(chain):
        last = out[-1] if out else None
        gap = folded.text[last.end : token.start] if last else ""
        if last and last.kind == token.kind == "unknown" and not gap.strip(" "):
            start, end = folded.raw_span(last.start, token.end)
            out[-1] = Token("unknown", last.start, token.end, folded.raw[start:end])
        elif token.kind == "unknown":
            start, end = folded.raw_span(token.start, token.end)
            out.append(Token("unknown", token.start, token.end, folded.raw[start:end]))
        else:
            out.append(token)
    return tuple(out)
