"""Clauses of a text, and which rows, metrics and periods each word of them is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.grounding.evidence import Evidence, Name, Row
from assistant.grounding.facts import ranked
from assistant.grounding.tokens import Token
from semantic_layer.timegrain import DateRange


@dataclass
class Clause:
    """A run of tokens that makes its claims together.

    Attributes:
        before: Keys, metrics and periods that earlier clauses were about.
    """

    tokens: list[Token]
    before: Carry

    def indexes(self, claim: str) -> Iterator[int]:
        """Yield the places of a claim."""
        return (i for i, t in enumerate(self.tokens) if claim in t.claims)

    def says(self, *claims: str) -> bool:
        """Whether any of the claims is made."""
        return any(c in t.claims for t in self.tokens for c in claims)

    def top(self) -> int:
        """Return the count of `the top five`, else 0."""
        tops = [t.number.value for t in self.tokens if t.number and t.number.unit == "top"]
        return int(tops[-1]) if tops else 0

    def groups(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every row name."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "key"]

    def metrics(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every metric name."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "metric"]

    def facets(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every facet: of the models of one attribution, say."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "facet"]

    def periods(self) -> list[tuple[int, DateRange]]:
        """Return the (place, range) of every period, also of `compared with ...`."""
        out = []
        for i, token in enumerate(self.tokens):
            found = token.period
            if token.shift is not None and token.shift.period is not None:
                found = token.shift.period.range
            if found is not None:
                out.append((i, found))
        return out


@dataclass
class Carry:
    """What the text is about so far.

    Attributes:
        facet: Which of several models is spoken of.
        shown: How many of the ranking are spoken of (`among the top five, ...`).
        against: What the talk's subject was held against.
        told: Metrics of the whole sentence so far.
        spans: Periods of the whole sentence so far.
        named: Names of the whole sentence so far.
        mentioned: Names of the sentence before.
        past: Whether the sentence began with the compared period.
        lowest: Whether it was the lowest of all (`B comes next` is then the second lowest).
    """

    keys: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    periods: tuple[DateRange, ...] = ()
    shifted: bool = False
    total: bool = False
    shared: bool = False
    shown: int = 0
    facet: str | None = None
    against: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    spans: tuple[DateRange, ...] = ()
    lowest: bool = False
    past: bool = False
    mentioned: tuple[str, ...] = ()


_PLACED = re.compile(r"名|位|place|runner")
_OF_IT = frozenset({"的", "比", "与", "和", "than", "of", "over", "behind", "跟"})


def _with_ranks(tokens: Sequence[Token], evidence: Evidence) -> list[Token]:
    """`不到第一名的四分之一`: a rank that stands for the row that holds it becomes its name."""
    named = any(n.kind == "key" for t in tokens for n in t.names)
    out = []
    for i, token in enumerate(tokens):
        row = _row_at(token, evidence)
        around = {t.text for t in (*tokens[max(0, i - 1) : i], *tokens[i + 1 : i + 2])}
        stands = not named or (around & _OF_IT and any(t.number for t in tokens[i + 1 :]))
        stands = stands or any(t.number and t.number.unit == "times" for t in tokens[:i])
        others = [t for t in tokens if t.number is not None and t is not token]
        if row is not None and stands and others and not _is_of_another(tokens, i, row):
            names = tuple(Name("key", k) for k in sorted(row.keys))
            token = replace(token, number=None, names=names, kind="name")
        out.append(token)
    return out


def _is_of_another(tokens: Sequence[Token], i: int, row: Row) -> bool:
    """`第二名新能源`: the name behind a rank must be the one that holds it."""
    behind = {n.id for t in tokens[i + 1 : i + 2] for n in t.names if n.kind == "key"}
    return bool(behind) and not behind & row.keys


_INCLUDING = frozenset({"含", "包含", "包括", "including", "counting", "includes", "include"})


def _without_included(tokens: list[Token]) -> list[Token]:
    """`合计（含未填行业的部分）`: what a total includes is not what is spoken of."""
    return [
        replace(t, names=()) if i and tokens[i - 1].text in _INCLUDING and _is_rest(t) else t
        for i, t in enumerate(tokens)
    ]


def _is_rest(token: Token) -> bool:
    return any(n.id.endswith("=None") for n in token.names)


def _row_at(token: Token, evidence: Evidence) -> Row | None:
    """The row of a rank, where there is one ranking to speak of."""
    number = token.number
    if number is None or number.unit != "rank" or not _PLACED.search(number.text):
        return None
    sheets = [s for s in evidence.sheets if len(s.values) == 1 and all(r.keys for r in s.rows)]
    if len(sheets) != 1:
        return None
    rows = ranked(sheets[0], sheets[0].values[0].metric)
    place = int(number.value)
    return None if not 0 < place <= len(rows) else rows[-place if number.sign < 0 else place - 1]


def clauses(tokens: Sequence[Token], evidence: Evidence) -> Iterator[Clause]:
    """Cut a text at its stops, and at commas that do not only separate a list."""
    carry, current = Carry(), Clause([], Carry())
    for i, token in enumerate(tokens):
        comma = token.kind == "comma" and not _in_list(tokens, i) and _says_much(current)
        comma = (
            comma and not token.inside and not (_counts_some(current) and _only_lists(tokens, i))
        )
        comma = comma and not (token.text in ":：" and _only_lists(tokens, i))
        comma = comma and not (i + 1 < len(tokens) and tokens[i + 1].text == "by")
        joins = token.text in _JOINS and _opens_claim(tokens, i)
        if not (token.kind == "stop" or comma or joins):
            if token.kind != "comma":
                paused = bool(current.tokens) and tokens[i - 1].kind == "comma"
                current.tokens.append(replace(token, paused=True) if paused else token)
            continue
        if current.tokens:
            current.tokens = _with_ranks(_without_included(_resolved(current)), evidence)
            yield current
            carry = _carried(current, carry, evidence, stop=token.kind == "stop")
        current = Clause([], carry)
    if current.tokens:
        current.tokens = _with_ranks(_without_included(_resolved(current)), evidence)
        yield current


#: Words for what was named before: which of the last names they mean, and of how many.
_PRONOUNS: dict[str, tuple[slice, int]] = {
    "前者": (slice(0, 1), 2), "former": (slice(0, 1), 2), "the former": (slice(0, 1), 2),
    "后者": (slice(1, 2), 2), "latter": (slice(1, 2), 2), "the latter": (slice(1, 2), 2),
    "两者": (slice(0, 2), 2), "二者": (slice(0, 2), 2), "两地": (slice(0, 2), 2), "双方": (slice(0, 2), 2), "the two": (slice(0, 2), 2),
    "三者": (slice(0, 3), 3), "三地": (slice(0, 3), 3), "the three": (slice(0, 3), 3), "all three": (slice(0, 3), 3),
}  # fmt: skip


def _resolved(clause: Clause) -> list[Token]:
    """`前者`, `the latter`, `三者` become the names, or the periods, that they stand for."""
    out: list[Token] = []
    for token in clause.tokens:
        meant = _PRONOUNS.get(token.text)
        if meant is not None and token.kind == "word":
            token = _for_names(token, clause, out, *meant)
        out.append(token)
    return out


def _for_names(
    token: Token, clause: Clause, told: Sequence[Token], which: slice, count: int
) -> Token:
    own = [n.id for t in told for n in t.names if n.kind == "key" and t.text not in _PRONOUNS]
    spoken = clause.before.named or clause.before.mentioned
    spoken = tuple(dict.fromkeys(own)) if len(set(own)) >= count else spoken
    if len(spoken) == count:
        return replace(token, names=tuple(Name("key", k) for k in spoken[which]))
    spans = clause.before.spans
    if not spoken and len(spans) == count == 2 and which.stop - (which.start or 0) == 1:
        return replace(token, period=spans[which][0])
    return token


#: Claims that only say of what a sentence speaks: `Overall,`, `Compared with last year,`.
_FRAMES = frozenset({"all", "sum", "than", "complete", "prev", "rest", "max", "min"})
_AUXILIARY = frozenset({"was", "is", "has", "had", "then", "又", "再", "也", "went"})
_JOINS = frozenset({"before", "and", "并", "而", "but", "while", "但"})


def _opens_claim(tokens: Sequence[Token], i: int) -> bool:
    """Whether a new statement begins behind `and`: `fell in May and rebounded in June`."""
    j = i + 1
    while j < len(tokens) and tokens[j].text in _AUXILIARY:
        j += 1
    return j < len(tokens) and bool(tokens[j].claims & {"up", "down"})


def _says_much(clause: Clause) -> bool:
    """Whether a clause stands alone: `Overall,` and `The smallest increase,` only open the next."""
    told = any(t.number or t.names or t.period for t in clause.tokens)
    if clause.says("max", "min") and not (told or clause.before.keys or clause.before.periods):
        return False
    return any(
        (t.number is not None and t.number.unit != "rank")
        or t.claims - _FRAMES
        or any(n.kind == "key" for n in t.names)
        for t in clause.tokens
    )


def _counts_some(clause: Clause) -> bool:
    """Whether a clause speaks of so many, whose names may follow: `前三名合计 62%，即 A、B 和 C`."""
    return (
        any(
            t.number and t.number.unit in {"top", "classifier", ""} and 1 < t.number.value < _FEW
            for t in clause.tokens
        )
        and not clause.groups()
    )


_FEW = 20


def _only_lists(tokens: Sequence[Token], i: int) -> bool:
    """Whether nothing but names stands behind a colon: they belong to what stands before it."""
    rest = []
    for token in tokens[i + 1 :]:
        if token.kind == "stop":
            break
        rest.append(token)
    named = [any(n.kind == "key" for n in t.names) for t in rest]
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


def _opens_past(clause: Clause, evidence: Evidence) -> bool:
    """`A year earlier, A led, ahead of B`: the compared period stands at the head."""
    for token in clause.tokens[:2]:
        if token.names or "than" in token.claims:
            return False
        if "prev" in token.claims or (token.period and token.period == evidence.before):
            return True
    return False


def _carried(clause: Clause, carry: Carry, evidence: Evidence, *, stop: bool) -> Carry:
    keys = tuple(k for _, k in clause.groups() if k not in evidence.filtered)
    spans = tuple(p for _, p in clause.periods())
    against = keys[1:2] if clause.says("than", "high", "low") else ()
    told = () if stop else tuple(dict.fromkeys((*carry.told, *(m for _, m in clause.metrics()))))
    if clause.says("than", "high", "low") or any(
        t.number and t.number.unit == "times" for t in clause.tokens
    ):
        alone = len(keys) == 1 and carry.keys and clause.says("than")
        if alone:  # `A is high, 2 above B`: the talk goes on about A
            keys, against = carry.keys[:1], keys
        keys, spans = keys[:1], spans[:1]  # of `A is above B` too
    fresh = clause.says("all", "sum") and not keys
    return Carry(
        keys=keys or carry.keys,
        against=against or (() if keys or stop else carry.against),
        told=told,
        named=()
        if stop
        else tuple(dict.fromkeys((*carry.named, *(k for _, k in clause.groups())))),
        spans=()
        if stop
        else tuple(dict.fromkeys((*carry.spans, *(p for _, p in clause.periods())))),
        metrics=tuple(m for _, m in clause.metrics()) or carry.metrics,
        periods=spans or (() if stop else carry.periods),
        shifted=any(t.shift for t in clause.tokens) or (carry.shifted and not stop),
        total=not stop and not keys and (fresh or carry.total),
        shared=not stop and (clause.says("share") or carry.shared),
        facet=next((f for _, f in reversed(clause.facets())), carry.facet),
        mentioned=tuple(dict.fromkeys((*carry.named, *(k for _, k in clause.groups()))))
        if stop
        else carry.mentioned,
        past=not stop and (carry.past or _opens_past(clause, evidence)),
        lowest=clause.says("min") or (carry.lowest and not stop and not clause.says("max")),
        shown=0 if stop else (clause.top() or carry.shown),
    )
