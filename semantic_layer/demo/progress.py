"""How open opportunities move through the stages, and the planted stalled team (truth 12)."""

from __future__ import annotations

from typing import Final

import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.core import DAYS, Draws, Ints
from semantic_layer.demo.org import REP_TEAM, TEAMS

OPEN, WON, LOST = range(3)
_FAR: Final = 35  # a stalled one is well past the threshold, a moving one well inside
_NEAR: Final = 20


def progress(
    draws: Draws, created: Ints, closed: Ints, outcome: Ints, owner: Ints
) -> tuple[Ints, Ints]:
    """When each entered its present stage, with the planted share of stalled ones a team."""
    n = len(created)
    age = DAYS - 1 - created
    is_open = outcome == OPEN
    team = REP_TEAM[owner]
    stalled = np.zeros(n, dtype=np.bool_)
    truth = truths.STALLED_TEAM
    for code, (team_id, *_) in enumerate(TEAMS):
        mine = is_open & (team == code)
        pool = np.flatnonzero(mine & (age >= _FAR))
        total = int(mine.sum())
        share = truth.planted_percent if team_id == truth.team_id else truth.others_percent
        quota = -(-total * share // 100) if team_id == truth.team_id else total * share // 100
        stalled[draws.sample(pool, quota)] = True
    idle = created + draws.upto(np.maximum(age - _FAR + 1, 1))
    fresh = DAYS - 1 - draws.upto(np.minimum(age, _NEAR) + 1)
    moved = np.where(is_open, np.where(stalled, idle, fresh), closed)
    steps = np.where(moved == created, 1, 2 + draws.below(3, n))
    steps = np.where(outcome == WON, 5, np.where(outcome == LOST, 2 + draws.below(4, n), steps))
    return moved, steps
