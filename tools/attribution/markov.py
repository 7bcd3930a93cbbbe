"""Exact Markov attribution from one chain of states, without simulation.

States are the groups of touches (or pairs of neighbouring touches), absorbed by a conversion or
by the end of a journey without one. With Q the transitions between states, R_i the probability
that a journey converts right after state i, and s the start: N = (I - Q)^-1, B = N R. Removing
a state sends its visitors away, so P(conversion) falls by N[s,c] B_c / N[c,c]; for a set C of
states by N[s,C] N[C,C]^-1 B_C. The removal effect is that fall over B_s (Anderl et al., 2016).
For revenue, R_i is weighted with the mean amount of the conversions whose last touch is i.

Where each group is one state, of N only the row of s, the diagonal and N R are used. Two inverses
of half the size yield them (Schur complement), for little more than half of the work of N itself.
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
    rows = list(transitions)
    states = list(dict.fromkeys(s for group in members.values() for s in group))
    index: dict[State, int] = {state: n for n, state in enumerate([*states, START])}
    if len(index) > MAX_STATES:
        raise OverflowError(len(index))
    moves, rewards = _matrices(rows, index)
    blocks = {group: [index[s] for s in own] for group, own in members.items()}
    has_pairs = any(len(block) > 1 for block in blocks.values())
    lost = (_lost_blocks if has_pairs else _lost_states)(moves, rewards, list(blocks.values()))
    by_group = dict(zip(blocks, lost.tolist(), strict=True))
    return Removal(
        {group: count for group, (count, _) in by_group.items()},
        {group: value for group, (_, value) in by_group.items()},
    )


def _matrices(rows: Sequence[Transition], index: Mapping[State, int]) -> tuple[Matrix, Matrix]:
    """Return transition probabilities, and each state's conversion probability and value."""
    import numpy as np

    size = len(index)
    counts, rewards, totals = np.zeros((size, size)), np.zeros((size, 2)), np.zeros(size)
    for row in rows:
        source = index[row.source]
        totals[source] += row.count
        if row.target is CONVERSION:
            rewards[source] += (row.count, row.value)
        elif row.target is not NULL:
            counts[source, index[row.target]] += row.count
    totals[totals == 0] = 1
    counts /= totals[:, None]
    return counts, rewards / totals[:, None]


def _lost_states(moves: Matrix, rewards: Matrix, blocks: Sequence[Sequence[int]]) -> Matrix:
    """Return the share of count and value that is lost with each single state; start is last."""
    import numpy as np

    half = len(moves) // 2
    system = np.negative(moves)
    system.flat[:: len(moves) + 1] += 1
    right, down = system[:half, half:], system[half:, :half]
    first = np.linalg.inv(system[:half, :half])
    across = first @ right
    second = np.linalg.inv(system[half:, half:] - down @ across)
    back = down @ first
    from_start = np.concatenate([-second[-1] @ back, second[-1]])
    own = first.diagonal() + np.einsum("ij,ji->i", across @ second, back)
    returns = np.concatenate([own, second.diagonal()])
    late = second @ (rewards[half:] - back @ rewards[:half])
    reach = np.concatenate([first @ rewards[:half] - across @ late, late])
    lost = (from_start / returns)[:, None] * reach
    return _shares(lost[[block[0] for block in blocks]], reach[-1])


def _lost_blocks(moves: Matrix, rewards: Matrix, blocks: Sequence[Sequence[int]]) -> Matrix:
    """Return the share of count and value that is lost with each set of states; start is last."""
    import numpy as np

    fundamental = np.linalg.inv(np.eye(len(moves)) - moves)
    reach = fundamental @ rewards
    lost = [
        fundamental[-1, block] @ np.linalg.solve(fundamental[np.ix_(block, block)], reach[block])
        for block in blocks
    ]
    return _shares(np.array(lost), reach[-1])


def _shares(lost: Matrix, whole: Matrix) -> Matrix:
    """Divide by what is reached in all; nothing is lost where nothing is reached."""
    import numpy as np

    shares = np.divide(lost, whole, out=np.zeros_like(lost), where=whole != 0)
    return np.asarray(shares, dtype=np.float64)


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
