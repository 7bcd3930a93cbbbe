"""Whether a number is a value, as exactly as it was said: rounded, bounded, about, nearly."""

from __future__ import annotations

from assistant.grounding.asked import GLUE
from assistant.grounding.clauses import Clause
from assistant.grounding.numerals import Numeral

_NEARLY = frozenset(
    {"nearly", "almost", "close to", "将近", "接近", "近", "近乎", "差不多", "几乎"}
)
#: Words of a bound that stand behind their number.
_AFTER = frozenset({"以上", "余", "出头", "有余", "开外", "以下", "以内", "之内"})
_FAR = 4
_LOOSE = 0.05
_SHORT = 0.08
_BOUND = 0.8
#: `just under 46%` is closer to it than `under 46%`.
_JUST = 0.9
_EPSILON = 1e-9
#: One amount for several: `A 和 B 都在 2,050 万左右`.
_SHARED = frozenset({"都", "均", "both", "all", "each"})
#: `¥730,000`: zeros at the end are not meant, where at least three are said.
_ROUND = 1000
#: `twice` is within a tenth of two.
_MULTIPLE = 0.1
_ROUNDED = 0.001


def is_close(clause: Clause, place: int, number: Numeral, value: float) -> bool:
    """Return whether a number is the value, as exactly as it was said."""
    said, noise = number.value, abs(value) * _EPSILON + 1e-12
    bound = number.bound or (0 if clause.is_of_then(place) else _bound(clause, place))
    if any("neg" in t.claims for t in clause.tokens[max(0, place - _FAR + 1) : place]):
        bound = -bound
    if bound:
        lower, upper = (said, value) if bound > 0 else (value, said)
        least = _JUST if _is_just(clause, place) else _BOUND
        return lower < upper + noise and lower >= least * upper
    slack = number.slack
    if number.unit in {"times", "percent"} and _approaches(clause, place) and value < said:
        slack = max(slack, _SHORT * said)
    if number.unit == "times":
        slack = min(slack, _MULTIPLE * said)
    if number.coarse >= _ROUND * number.slack:
        slack = max(slack, min(number.coarse, _ROUNDED * value))
    if _approximate(clause, place):
        shared = any(t.text in _SHARED for t in clause.tokens)
        wide = 2 if shared or (value < said and _is_nearly(clause, place)) else 1
        slack = max(slack, min(wide * number.coarse, _LOOSE * value))
    return abs(said - value) <= slack + noise


def _is_just(clause: Clause, place: int) -> bool:
    near = clause.tokens[max(0, place - 2) : place]
    return any(t.text.startswith(("just ", "slightly ", "刚", "略")) for t in near)


def _bound(clause: Clause, place: int) -> int:
    tokens = clause.tokens
    after = tokens[place + 1 : place + 2]
    if any(t.text in _AFTER for t in after):
        return 1 if "more_than" in after[0].claims else -1
    for j in range(place - 1, max(-1, place - _FAR - 1), -1):
        if "more_than" in tokens[j].claims:
            return 1
        if "less_than" in tokens[j].claims:
            return -1
        metric = any(n.kind == "metric" for n in tokens[j].names)
        if not (tokens[j].text in GLUE | {"的", "'s"} or metric):
            return 0
    return 0


def _approaches(clause: Clause, place: int) -> bool:
    """`nearly tripled`: a round number that is not quite reached; of exact figures it says less."""
    number = clause.tokens[place].number
    round_said = number is not None and not any(c.isdigit() for c in number.text)
    return round_said and _is_nearly(clause, place)


def _is_nearly(clause: Clause, place: int) -> bool:
    return any(t.text in _NEARLY for t in clause.tokens[max(0, place - 2) : place])


def _approximate(clause: Clause, place: int) -> bool:
    left = clause.tokens[max(0, place - 2) : place]
    turn = [i for i, t in enumerate(left) if "resp" in t.claims]  # `相近，分别为 59 和 58`
    near = [*left[turn[-1] + 1 if turn else 0 :], *clause.tokens[place : place + 2]]
    return any("approx" in t.claims for t in near)
