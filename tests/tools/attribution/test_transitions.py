"""Neighbours seen as sorted rows pass by are those of windows with their own order, and of Python."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tools import ToolContext
from tools.attribution import driven
from tools.attribution.bindings import bind
from tools.attribution.contract import AttributeArgs
from tools.attribution.journeys import Journeys
from tools.attribution.transitions import is_disordered, transition_tree

CHANNELS = ("ads", "mail", "fair", None)
WON = 90
"""More than a word of 64 bits has places for."""


def made(seed: int = 3) -> tuple[list[tuple[int, int, str, str | None]], str, str]:
    """Accounts with touches on few hours; the first `WON` of them buy for 10 each."""
    dice, touches = random.Random(seed), []
    for account in range(WON + 40):
        for _ in range(dice.choice((0, 1, 2, 3, 3, 7))):
            at = f"2025-03-{dice.randint(1, 4):02d} 0{dice.randint(0, 1)}:00:00"
            touches.append((len(touches) + 1, account, at, dice.choice(CHANNELS)))
    shown = [
        f"({n}::BIGINT, 'A{a}', 'P{a}', '{at}', {repr(c) if c else 'NULL'}, 'x')"
        for n, a, at, c in touches
    ]
    dice.shuffle(shown)
    close = "'2025-03-03 00:30:00'"
    deals = [f"('D{a}', 'A{a}', NULL, NULL, {close}, 10, 'won', 'n')" for a in range(WON)]
    return touches, ", ".join(shown), ", ".join(deals)


@pytest.fixture(scope="module")
def firm(journeys, definitions):
    _, touches, deals = made()
    return journeys(touches, deals, definitions=definitions)


def by_hand() -> dict[int, list[str | None]]:
    """Account -> its channels in order: up to the deal, or all."""
    paths: dict[int, list[tuple[str, int, str | None]]] = {}
    for number, account, at, channel in made()[0]:
        if account >= WON or at <= "2025-03-03 00:30:00":
            paths.setdefault(account, []).append((at, number, channel))
    return {a: [c for *_, c in sorted(p, key=lambda t: t[:2])] for a, p in paths.items()}


def counted(firm, order, *, is_windowed):
    context = ToolContext(firm.layer)
    args = AttributeArgs(models=("markov",), by="medium")
    found = Journeys(bind(args, context), context, args.by)
    tree = transition_tree(found, order, has_amount=True, is_windowed=is_windowed)
    return context.layer.run_tree(tree, context.scope).rows


@pytest.mark.parametrize("order", [1, 2])
def test_both_forms_count_the_same(firm, order):
    passing, windowed = (counted(firm, order, is_windowed=w) for w in (False, True))
    assert not is_disordered(passing)
    assert sorted(map(repr, passing)) == sorted(map(repr, windowed))


def test_neighbours_are_those_of_the_touches(firm):
    expected = Counter()
    for path in by_hand().values():
        expected.update(zip((0, *path), path, strict=False))
    found = Counter()
    for step, before, group, _, _, count, *_ in counted(firm, 1, is_windowed=False):
        found[0 if step == 1 else before, group] += count
    assert found == expected
    assert len(expected) == 20


def test_a_row_out_of_order_is_told():
    assert is_disordered(
        [(1, None, "ads", True, True, 2, 10, 0), (1, None, "x", True, True, 1, 0, 1)]
    )
    assert not is_disordered([(1, None, "ads", True, True, 2, 10, 0)])


def test_rows_out_of_order_are_counted_again_with_windows(firm, monkeypatch):
    asked = []
    true_tree = driven.transition_tree

    def tree(*args, is_windowed, **options):
        asked.append(is_windowed)
        return true_tree(*args, is_windowed=is_windowed, **options)

    monkeypatch.setattr(driven, "transition_tree", tree)
    usual = firm.table("markov", by="medium")
    monkeypatch.setattr(driven, "is_disordered", lambda _: not asked[-1])
    assert firm.table("markov", by="medium") == usual
    assert asked == [False, False, True]


def test_each_group_says_how_many_conversions_it_touched(firm):
    expected = Counter()
    for account, path in by_hand().items():
        expected.update(set(path) if account < WON else ())
    rows = firm.credit(models=["linear"], by="medium").rows
    assert {r.group: r.touched for r in rows} == {c or "(none)": n for c, n in expected.items()}
    counted_only = firm.credit(models=["linear"], by="medium", measure="count").rows
    assert [r.touched for r in counted_only] == [r.touched for r in rows]
