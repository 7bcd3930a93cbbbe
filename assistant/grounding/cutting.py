"""A text cut into clauses: at its stops, and at commas that do not only separate a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.grounding.clauses import Clause
from assistant.grounding.discourse import Discourse, carried
from assistant.grounding.evidence import Evidence
from assistant.grounding.gapping import filled
from assistant.grounding.pronouns import resolved
from assistant.grounding.tokens import Token

#: Claims that only say of what a sentence speaks: `Overall,`, `Compared with last year,`.
_FRAMES = frozenset({"all", "sum", "than", "complete", "prev", "rest", "max", "min"})
_AUXILIARY = frozenset({"was", "is", "has", "had", "then", "又", "再", "也", "went"})
_JOINS = frozenset({"before", "and", "并", "而", "but", "while", "但"})
_FEW = 20


def _cut(tokens: Sequence[Token], evidence: Evidence) -> Iterator[Clause]:
    told, current = Discourse(), Clause([], Discourse())
    last: list[Token] = []
    for i, token in enumerate(tokens):
        stop = token.kind == "stop"
        if not (stop or _ends_clause(tokens, i, current)):
            if token.kind != "comma":
                paused = bool(current.tokens) and tokens[i - 1].kind == "comma"
                current.tokens.append(replace(token, paused=True) if paused else token)
            continue
        if current.tokens:
            yield _whole(current, last, evidence)
            told = carried(current, evidence, stop=stop)
        last = [] if stop else current.tokens or last
        current = Clause([], told)
    if current.tokens:
        yield _whole(current, last, evidence)


def _whole(clause: Clause, last: Sequence[Token], evidence: Evidence) -> Clause:
    """A clause with the verb it left out, and with names for what stands for them."""
    clause.tokens = filled(clause.tokens, last)
    clause.tokens = resolved(clause, evidence)
    return clause


def _ends_clause(tokens: Sequence[Token], i: int, current: Clause) -> bool:
    """Whether a clause ends at a comma, or before a word that joins the next one."""
    token = tokens[i]
    if token.text in _JOINS:
        return _opens_claim(tokens, i) or _opens_end(tokens, i, current)
    if token.kind != "comma" or token.inside:
        return token.kind == "comma" and _ranks_told(current, tokens, i)
    if _ranks_told(current, tokens, i):
        return True
    lists = _only_lists(tokens, i) and (_counts_some(current) or token.text in ":：")
    goes_on = lists or _in_list(tokens, i) or _trails(tokens, i) or _is_adjunct(tokens, i)
    goes_on = goes_on or _tells_in_turn(tokens, i, current)
    goes_on = goes_on or (i + 1 < len(tokens) and tokens[i + 1].text == "by")
    return not goes_on and _says_much(current)


def clauses(tokens: Sequence[Token], evidence: Evidence) -> Iterator[Clause]:
    """Yield the clauses of a text in order, each with what it is about."""
    cut = list(_cut(tokens, evidence))
    for clause, after in zip(cut, [*cut[1:], None], strict=True):
        same = (after is not None and after.before.heard.periods == ()) or after is None
        clause.ahead = () if same or after is None else tuple(p for _, p in after.periods())
        yield clause


def _opens_claim(tokens: Sequence[Token], i: int) -> bool:
    """Whether a new statement begins behind `and`: `fell in May and rebounded in June`."""
    j = i + 1
    while j < len(tokens) and tokens[j].text in _AUXILIARY:
        j += 1
    return j < len(tokens) and bool(tokens[j].claims & {"up", "down"})


def _opens_end(tokens: Sequence[Token], i: int, current: Clause) -> bool:
    """`the highest was 95 and the lowest was 65`: the other end is told behind the `and`."""
    behind = [t for t in tokens[i + 1 : i + 3] if t.text not in {"the", "其"}][:1]
    ends = current.says("max", "min") and any(t.number for t in current.tokens)
    return ends and any(t.claims & {"max", "min"} and not t.number for t in behind)


def _ranks_told(current: Clause, tokens: Sequence[Token], i: int) -> bool:
    """`A 为 38.3%，排名第二，B 以 37.9% 排第三`: a rank alone, of what the sentence has named."""
    told = [t for t in current.tokens if t.number or t.period or _is_key(t)]
    alone = len(told) == 1 and told[0].number is not None and told[0].number.unit == "rank"
    named = any(_is_key(t) for t in tokens[i + 1 : i + 4])
    return alone and named and bool(current.before.heard.keys)


def _is_key(token: Token) -> bool:
    return any(n.kind == "key" for n in token.names)


def _says_much(clause: Clause) -> bool:
    """Whether a clause stands alone: `Overall,` and `The smallest increase,` only open the next."""
    told = any(t.number or t.names or t.period for t in clause.tokens)
    if (
        clause.says("max", "min")
        and not told
        and (clause.before.topic.keys or clause.before.topic.periods)
    ):
        return True
    if clause.says("max", "min") and not (
        told or clause.before.topic.keys or clause.before.topic.periods
    ):
        return False
    return any(
        (t.number is not None and t.number.unit != "rank")
        or t.claims - _FRAMES
        or any(n.kind == "key" for n in t.names)
        for t in clause.tokens
    )


def _trails(tokens: Sequence[Token], i: int) -> bool:
    """`an increase of 20.4M, or 59.8%.`: a bare rate at the end says the same once more."""
    j = i + 1
    while j < len(tokens) and tokens[j].text in _AGAIN | _ABOUT:
        j += 1
    number = tokens[j].number if j < len(tokens) else None
    told = i > 0 and tokens[i - 1].number is not None
    rate = number is not None and number.unit == "percent"
    return told and rate and (j + 1 == len(tokens) or tokens[j + 1].kind == "stop")


def _tells_in_turn(tokens: Sequence[Token], i: int, current: Clause) -> bool:
    """`3 月和 6 月的增幅较大，分别为 24.4% 和 24.8%`: the figures of what has none yet."""
    turn = i + 1 < len(tokens) and tokens[i + 1].text in {"分别", "分别为", "分别是", "分别达"}
    return turn and not any(t.number for t in current.tokens)


def _is_adjunct(tokens: Sequence[Token], i: int) -> bool:
    """`the lowest was 65, in the week of 2026-09-28.`: it tells when, and nothing else."""
    rest = []
    for token in tokens[i + 1 :]:
        if token.kind == "stop":
            break
        rest.append(token)
    dated = len(rest) > 1 and rest[0].text in _WHEN and any(t.period for t in rest)
    return dated and all(t.kind != "comma" and not (t.number or t.claims or t.names) for t in rest)


_WHEN = frozenset({"in", "at", "on", "for", "during", "出现在", "在"})
_AGAIN = frozenset({"or", "that is", "i.e.", "即", "也就是"})
_ABOUT = frozenset({"about", "around", "roughly", "nearly", "almost", "close to", "approximately", "just about", "约", "大约", "近", "接近"})  # fmt: skip


def _counts_some(clause: Clause) -> bool:
    """Whether a clause speaks of so many, whose names may follow: `前三名合计 62%，即 A、B 和 C`."""
    return (
        any(
            t.number
            and t.number.unit in {"top", "classifier", "", "duration"}
            and 1 < t.number.value < _FEW
            for t in clause.tokens
        )
        and not clause.groups()
    )


def _only_lists(tokens: Sequence[Token], i: int) -> bool:
    """Whether nothing but names stands behind a colon: they belong to what stands before it."""
    rest = []
    for token in tokens[i + 1 :]:
        if token.kind == "stop":
            break
        rest.append(token)
    named = [t.period is not None or any(n.kind == "key" for n in t.names) for t in rest]
    plain = [t.kind == "comma" or (t.kind == "word" and t.claims <= {"resp"}) for t in rest]
    return any(named) and all(a or b for a, b in zip(named, plain, strict=True))


def _in_list(tokens: Sequence[Token], i: int) -> bool:
    if not 0 < i < len(tokens) - 1:
        return False
    left, right = tokens[i - 1], tokens[i + 1]
    if right.text == "and" and i + 2 < len(tokens):
        right = tokens[i + 2]
    names = all(any(n.kind == "key" for n in t.names) for t in (left, right))
    amounts = [t.number is not None and t.number.unit not in {"rank", "top"} for t in (left, right)]
    return names or all(amounts)
