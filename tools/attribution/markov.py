"""Exact Markov attribution from one matrix inverse.

States are the groups of touches (or pairs of neighbouring touches), absorbed by a conversion or
by the end of a journey without one. With Q the transitions between states, R_i the probability
that a journey converts right after state i, and s the start: N = (I - Q)^-1, B = N R. Removing
a state sends its visitors away, so P(conversion) falls by N[s,c] B_c / N[c,c]; for a set C of
states by N[s,C] N[C,C]^-1 B_C. The removal effect is that fall over B_s (Anderl et al., 2016).
For revenue, R_i is weighted with the mean amount of the conversions whose last touch is i.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, np.dtype[np.float64]]

State = Hashable
Group = str | None
MAX_STATES = 5_000
"""A dense inverse of more would take minutes and gigabytes."""


class Edge:
    """A marker for the ends of journeys, equal only to itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


START, CONVERSION, NULL = Edge("start"), Edge("conversion"), Edge("null")


@dataclass(frozen=True, slots=True)
class Transition:
    """How often one state followed another.

    Attributes:
        value: Sum of amounts, when `target` is a conversion.
    """

    source: State
    target: State
    count: float
    value: float = 0


@dataclass(frozen=True)
class Removal:
    """What is lost without each group, as a share of all conversions and of all revenue.

    Attributes:
        effect: Group -> removal effect on the probability to convert.
        value_effect: Group -> removal effect on revenue.
    """

    effect: Mapping[Group, float]
    value_effect: Mapping[Group, float]

    def shares(self, *, of_value: bool = False) -> dict[Group, float]:
        """Return effects scaled to 1 (evenly when nothing has an effect)."""
        effects = self.value_effect if of_value else self.effect
        total = sum(effects.values())
        even = 1 / len(effects) if effects else 0
        return {g: e / total if total > 0 else even for g, e in effects.items()}


def removal_effects(
    transitions: Iterable[Transition], members: Mapping[Group, Sequence[State]]
) -> Removal:
    """Return exact removal effects.

    Args:
        transitions: Counts between states, from START, and to CONVERSION or NULL.
        members: Group -> the states that vanish with it.
    """
    import numpy as np

    rows = list(transitions)
    states = list(dict.fromkeys(s for group in members.values() for s in group))
    index: dict[State, int] = {state: n for n, state in enumerate(states)}
    start = index[START] = len(states)
    if len(index) > MAX_STATES:
        raise OverflowError(len(index))
    moves, converts, values = _matrices(rows, index)
    fundamental = np.linalg.inv(np.eye(len(index)) - moves)
    reach, reach_value = fundamental @ converts, fundamental @ values
    effect, value_effect = {}, {}
    for group, own in members.items():
        block = [index[s] for s in own]
        effect[group] = _loss(fundamental, block, start, reach)
        value_effect[group] = _loss(fundamental, block, start, reach_value)
    return Removal(effect, value_effect)


def _matrices(
    rows: Sequence[Transition], index: Mapping[State, int]
) -> tuple[Matrix, Matrix, Matrix]:
    """Return transition probabilities, and conversion probability and value of each state."""
    import numpy as np

    size = len(index)
    counts, converts, values = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    totals = np.zeros(size)
    for row in rows:
        source = index[row.source]
        totals[source] += row.count
        if row.target is CONVERSION:
            converts[source] += row.count
            values[source] += row.value
        elif row.target is not NULL:
            counts[source, index[row.target]] += row.count
    totals[totals == 0] = 1
    return counts / totals[:, None], converts / totals, values / totals


def _loss(fundamental: Matrix, block: Sequence[int], start: int, reach: Matrix) -> float:
    import numpy as np

    if not block or not reach[start]:
        return 0.0
    hit = fundamental[start, block]
    if len(block) == 1:
        lost = hit[0] / fundamental[block[0], block[0]] * reach[block[0]]
    else:
        lost = hit @ np.linalg.solve(fundamental[np.ix_(block, block)], reach[block])
    return float(lost / reach[start])


def pair_members(transitions: Iterable[Transition]) -> dict[Group, list[State]]:
    """Return group -> pairs that contain it; a journey's first touch is paired with START."""
    members: dict[Group, list[State]] = {}
    seen: set[State] = set()
    for row in transitions:
        for state in (row.source, row.target):
            if not isinstance(state, tuple) or state in seen:
                continue
            seen.add(state)
            for group in dict.fromkeys(part for part in state if part is not START):
                members.setdefault(group, []).append(state)
    return members


def single_members(transitions: Iterable[Transition]) -> dict[Group, list[State]]:
    """Return group -> the state of itself."""
    ends = (START, CONVERSION, NULL)
    states = dict.fromkeys(
        s for row in transitions for s in (row.source, row.target) if s not in ends
    )
    return {s: [s] for s in states if s is None or isinstance(s, str)}
