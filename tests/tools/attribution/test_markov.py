"""Removal effects against the definition: take the group out and look again."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.attribution.driven import split_cents
from tools.attribution.markov import (
    CONVERSION,
    NULL,
    START,
    Transition,
    pair_members,
    removal_effects,
    single_members,
)
from tools.attribution.shapley import rate_game

DATA = Path(__file__).parent / "data"
journeys_of = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=6),
        st.booleans(),
        st.integers(1, 9),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=12,
)


def transitions(journeys, order=1, removed=None):
    """Count by hand; a removed group ends the journey that meets it."""
    out = []
    for path, won, count, value in journeys:
        here, ended = START, False
        for place, group in enumerate(path):
            if group == removed:
                out.append(Transition(here, NULL, count))
                ended = True
                break
            state = group if order == 1 else (START if place == 0 else path[place - 1], group)
            out.append(Transition(here, state, count))
            here = state
        if not ended:
            out.append(Transition(here, CONVERSION if won else NULL, count, value if won else 0))
    return out


def chance(rows):
    """P(conversion) and expected value from START, by linear algebra on the counted chain."""
    states = list(dict.fromkeys(s for r in rows for s in (r.source, r.target) if s not in (CONVERSION, NULL)))
    place = {s: n for n, s in enumerate(states)}
    total = np.zeros(len(states))
    move, won, worth = np.zeros((len(states),) * 2), np.zeros(len(states)), np.zeros(len(states))
    for r in rows:
        total[place[r.source]] += r.count
        if r.target in place:
            move[place[r.source], place[r.target]] += r.count
        elif r.target is CONVERSION:
            won[place[r.source]] += r.count
            worth[place[r.source]] += r.value
    total[total == 0] = 1
    solve = np.linalg.solve(np.eye(len(states)) - move / total[:, None], np.stack([won, worth]).T / total[:, None])
    return solve[place[START]]


def redirected(rows, gone):
    """The same probabilities, with every visit of the removed states sent to NULL."""
    return [Transition(r.source, NULL if r.target in gone else r.target, r.count, r.value) for r in rows if r.source not in gone]


@pytest.mark.parametrize("order", [1, 2])
@given(journeys=journeys_of)
def test_closed_form_equals_brute_force(order, journeys):
    rows = transitions(journeys, order)
    members = single_members(rows) if order == 1 else pair_members(rows)
    whole = chance(rows)
    found = removal_effects(rows, members)
    for group, states in members.items():
        left = chance(redirected(rows, set(states)))
        for effect, now, then in zip((found.effect, found.value_effect), left, whole, strict=True):
            assert effect[group] == pytest.approx(1 - now / then if then else 0, abs=1e-12)


@given(journeys_of)
def test_self_loops_change_nothing(journeys):
    """Repeating a touch of the same group leaves every removal effect as it was."""
    again = [([g for g in path for _ in range(2)], *rest) for path, *rest in journeys]
    plain = transitions(journeys)
    loops = transitions(again)
    a = removal_effects(plain, single_members(plain))
    b = removal_effects(loops, single_members(loops))
    assert a.effect == pytest.approx(b.effect, abs=1e-12)


def test_the_small_example():
    rows = []
    with (DATA / "tiny_journeys.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            rows.append((r["path"].split(" > "), r["conv"] == "1", 1, float(r["value"])))
    chain = transitions(rows)
    found = removal_effects(chain, single_members(chain)).effect
    with (DATA / "expected.tiny.markov_exact.ours.csv").open(encoding="utf-8", newline="") as file:
        want = {r["channel"]: float(r["removal_effect"]) for r in csv.DictReader(file)}
    assert found == pytest.approx(want, abs=5.1e-11)  # printed with ten digits


def test_without_journeys_that_fail_every_effect_changes():
    """Nulls matter: with conversions alone P(conversion) is 1."""
    won = [(["a", "b"], True, 5, 0), (["b"], True, 5, 0)]
    both = [*won, (["b"], False, 10, 0), (["a"], False, 20, 0)]
    alone, full = transitions(won), transitions(both)
    a = removal_effects(alone, single_members(alone)).effect
    b = removal_effects(full, single_members(full)).effect
    assert a != pytest.approx(b)


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1), st.integers(-(10**9), 10**9))
def test_split_cents_is_exact(shares, cents):
    whole = sum(shares.values())
    split = split_cents(shares, cents)
    assert sum(split.values()) == cents
    if whole > 1e-6:
        assert all(abs(split[g] - cents * s / whole) <= 1.01 for g, s in shares.items())


def test_rate_game_by_hand():
    """Two groups: v(a) = 1/2, v(b) = 0, v(ab) = 2/5; half the gains of both orders each."""
    won, every = [0, 1, 0, 1], [0, 2, 2, 1]
    a, b = rate_game(won, every, 2)
    assert (a, b) == pytest.approx((0.5 * (0.5 + 0.4), 0.5 * (0 + 0.4 - 0.5)))
    assert b < 0  # the game is not monotone: hence the warning
