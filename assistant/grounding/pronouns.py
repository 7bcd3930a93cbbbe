"""What stands for a name: the former, 三者, the second, and what a total only includes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Name, Row
from assistant.grounding.facts import ranked
from assistant.grounding.numerals import Numeral, small_number
from assistant.grounding.ordinals import series
from assistant.grounding.tokens import Token
from semantic_layer.timegrain import DateRange

_PLACED = re.compile(r"名|位|place|runner")
_OF_IT = frozenset({"的", "比", "与", "和", "than", "of", "over", "behind", "跟"})
_INCLUDING = frozenset({"含", "包含", "包括", "including", "counting", "includes", "include"})
#: Words for what was named before: which of the last names they mean, and of how many.
_PRONOUNS: dict[str, tuple[slice, int]] = {
    "前者": (slice(0, 1), 2), "former": (slice(0, 1), 2), "the former": (slice(0, 1), 2),
    "后者": (slice(1, 2), 2), "latter": (slice(1, 2), 2), "the latter": (slice(1, 2), 2),
    "两者": (slice(0, 2), 2), "二者": (slice(0, 2), 2), "两地": (slice(0, 2), 2), "双方": (slice(0, 2), 2), "the two": (slice(0, 2), 2),
    "三者": (slice(0, 3), 3), "三地": (slice(0, 3), 3), "the three": (slice(0, 3), 3), "all three": (slice(0, 3), 3), "四者": (slice(0, 4), 4), "五者": (slice(0, 5), 5),
}  # fmt: skip


def resolved(clause: Clause, evidence: Evidence) -> list[Token]:
    """Return the tokens of a clause with what stands for names, or holds a rank, as those names."""
    clause.tokens = [_after_told(t, clause, evidence) for t in clause.tokens]
    clause.tokens = [_next_step(clause, t, evidence) for t in clause.tokens]
    clause.tokens = [_end(clause, i, evidence) for i in range(len(clause.tokens))]
    return _with_ranks(_without_runs(_without_included(_named(clause)), evidence), evidence)


def _end(clause: Clause, place: int, evidence: Evidence) -> Token:
    """`比最高的一周少 121 条`: the row that holds an end, where it is what is compared with."""
    token, tokens = clause.tokens[place], clause.tokens
    than = place > 0 and "than" in tokens[place - 1].claims and tokens[place - 1].shift is None
    if not than or not token.claims & {"max", "min"} or len(evidence.sheets) != 1:
        return token
    if any(t.period or any(n.kind == "key" for n in t.names) for t in tokens[place + 1 :]):
        return token
    sheet = evidence.sheets[0]
    told = [m for _, m in clause.metrics()] or list(clause.before.topic.metrics)
    known = [v.metric for v in sheet.values if not told or v.metric == told[-1]]
    rows = ranked(sheet, known[0]) if len(known) == 1 and sheet.whole else []
    if not rows:
        return token
    row = rows[0 if "max" in token.claims else -1]
    names = tuple(Name("key", k) for k in sorted(row.keys))
    return replace(token, kind="name", names=names, period=row.period, claims=frozenset())


_COUNT = re.compile(r"two|three|four|five|six|[两二三四五六七八九\d]")


_THEN = frozenset({"then", "随后", "之后", "此后", "而后", "接着", "afterwards", "thereafter"})


def _next_step(clause: Clause, token: Token, evidence: Evidence) -> Token:
    """`then rose to 95`: in the period right behind the one that was told last."""
    tokens, spans = clause.tokens, series(evidence)
    bare = not clause.periods() and not clause.groups() and not clause.says("mono", "following")
    reached = any(t.claims & {"up", "down"} for t in tokens) and any(t.number for t in tokens)
    told = [spans.index(p) for p in clause.before.topic.periods if p in spans]
    if token.text not in _THEN or not (bare and reached and told) or told[-1] + 1 >= len(spans):
        return token
    if len([t for t in tokens if t.number]) != 1 or not clause.before.heard.periods:
        return token
    return replace(token, period=spans[told[-1] + 1])


def _after_told(token: Token, clause: Clause, evidence: Evidence) -> Token:
    """`the following two weeks`: the periods right behind the one that was told last."""
    if "following" not in token.claims:
        return token
    said, spans = _COUNT.search(token.text), series(evidence)
    count = small_number(said[0]) if said else None
    told = [spans.index(p) for p in clause.before.topic.periods if p in spans]
    after = spans[told[-1] + 1 : told[-1] + 1 + (count or 0)] if told else []
    if not after or len(after) != count:
        return replace(token, kind="unknown")
    return replace(token, period=DateRange(after[0].start, after[-1].end))


def _without_runs(tokens: list[Token], evidence: Evidence) -> list[Token]:
    """`第三到第五名`: the rows that hold these ranks, in one name."""
    out: list[Token] = []
    for token in tokens:
        rows = _run_of_ranks(out, token, evidence)
        if rows:
            names = tuple(Name("key", k) for r in rows for k in sorted(r.keys))
            named = any(n.kind == "key" for t in tokens for n in t.names)
            del out[-2:]
            token = replace(token, number=None, kind="word", names=() if named else names)
            token = (
                token
                if not named or _same_names(tokens, names)
                else replace(token, kind="number", number=_NO_RANK)
            )
        out.append(token)
    return out


_NO_RANK = Numeral(0, 0, "", -1, 0, 0, unit="rank")
_TO = frozenset({"到", "至", "to", "through"})


def _run_of_ranks(before: list[Token], last: Token, evidence: Evidence) -> list[Row]:
    """The rows from one rank to another, where a table has one ranking."""
    sheets = [s for s in evidence.sheets if len(s.values) == 1 and all(r.keys for r in s.rows)]
    ends = [t.number for t in (*before[-2:-1], last) if t.number and t.number.unit == "rank"]
    if len(before) < 2 or before[-1].text not in _TO or len(ends) != 2 or len(sheets) != 1:
        return []
    low, high = (int(n.value) for n in ends)
    return ranked(sheets[0], sheets[0].values[0].metric)[low - 1 : high]


def _same_names(tokens: list[Token], names: tuple[Name, ...]) -> bool:
    said = {n for t in tokens for n in t.names if n.kind == "key"}
    return said == set(names)


def _named(clause: Clause) -> list[Token]:
    """`前者`, `the latter`, `三者` become the names, or the periods, that they stand for."""
    out: list[Token] = []
    for token in clause.tokens:
        if not out and token.text in {"which", "who"} and _ranks(clause):
            token = replace(
                token, names=tuple(Name("key", k) for k in clause.before.heard.keys[-1:])
            )
        meant = _PRONOUNS.get(token.text)
        if meant is not None and token.kind == "word":
            token = _for_names(token, clause, out, *meant)
        out.append(token)
    return out


def _ranks(clause: Clause) -> bool:
    """`B, which came second at 1,102`: of the name right before it."""
    return any(t.number and t.number.unit == "rank" for t in clause.tokens)


def _for_names(
    token: Token, clause: Clause, told: Sequence[Token], which: slice, count: int
) -> Token:
    own = [n.id for t in told for n in t.names if n.kind == "key" and t.text not in _PRONOUNS]
    heard, earlier = clause.before.heard.keys, clause.before.earlier.keys
    spoken = heard or earlier
    both = tuple(dict.fromkeys((*earlier, *heard)))
    spoken = both if len(spoken) < count == len(both) else spoken
    spoken = tuple(dict.fromkeys(own)) if len(set(own)) >= count else spoken
    if len(spoken) == count:
        return replace(token, names=tuple(Name("key", k) for k in spoken[which]))
    spans = clause.before.heard.periods
    meant = spans[which]
    if not spoken and len(spans) == count == 2 and len(meant) == 1:
        return replace(token, period=meant[0])
    if spoken and count > len(_BOTH) and token.text.endswith("者"):
        return replace(token, kind="unknown")  # `五者`, of four
    return token


_BOTH = ("前者", "后者")


def _with_ranks(tokens: Sequence[Token], evidence: Evidence) -> list[Token]:
    """`不到第一名的四分之一`: a rank that stands for the row that holds it becomes its name."""
    named = any(n.kind == "key" for t in tokens for n in t.names)
    out = []
    for i, token in enumerate(tokens):
        row = _row_at(token, evidence, between=_is_between(tokens, i))
        around = {t.text for t in (*tokens[max(0, i - 1) : i], *tokens[i + 1 : i + 2])}
        stands = not named or (around & _OF_IT and any(t.number for t in tokens[i + 1 :]))
        stands = stands or any(t.number and t.number.unit == "times" for t in tokens[:i])
        others = [t for t in tokens if t.number is not None and t is not token]
        if row is not None and stands and others and not _is_of_another(tokens, i, row):
            names = tuple(Name("key", k) for k in sorted(row.keys))
            token = replace(token, number=None, names=names, kind="name")
        out.append(token)
    return out


def _without_included(tokens: list[Token]) -> list[Token]:
    """`合计（含未填行业的部分）`: what a total includes is not what is spoken of."""
    return [
        replace(t, names=()) if i and tokens[i - 1].text in _INCLUDING and _is_rest(t) else t
        for i, t in enumerate(tokens)
    ]


def _is_rest(token: Token) -> bool:
    return any(n.id.endswith("=None") for n in token.names)


def _is_of_another(tokens: Sequence[Token], i: int, row: Row) -> bool:
    """`第二名新能源`: the name behind a rank must be the one that holds it."""
    at = i + 2 if any(t.text in _OF for t in tokens[i + 1 : i + 2]) else i + 1
    behind = {n.id for t in tokens[at : at + 1] for n in t.names if n.kind == "key"}
    return bool(behind) and not behind & row.keys


_OF = frozenset({"的"})


def _is_between(tokens: Sequence[Token], i: int) -> bool:
    """`the gap between first and fifth`."""
    near = {t.text for t in (*tokens[max(0, i - 2) : i], *tokens[i + 1 : i + 3])}
    return bool(near & {"and", "和", "与"}) and any("diff" in t.claims for t in tokens)


def _row_at(token: Token, evidence: Evidence, *, between: bool = False) -> Row | None:
    """The row of a rank, where there is one ranking to speak of."""
    number = token.number
    if number is None or number.unit != "rank" or not (between or _PLACED.search(number.text)):
        return None
    sheets = [s for s in evidence.sheets if len(s.values) == 1 and all(r.keys for r in s.rows)]
    if len(sheets) != 1:
        return None
    rows = ranked(sheets[0], sheets[0].values[0].metric)
    place = int(number.value)
    return None if not 0 < place <= len(rows) else rows[-place if number.sign < 0 else place - 1]
