"""Touches credited as they pass by in order get what a window of its own order gives, ties included."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tools import ToolContext
from tools.attribution import compute as computing
from tools.attribution.bindings import bind
from tools.attribution.compute import chosen_models, compute
from tools.attribution.contract import AttributeArgs
from tools.attribution.credits import group_tree
from tools.attribution.journeys import Journeys
from tools.attribution.paths import Method

MODELS = (
    *("first_touch", "last_touch", "linear", "u_shaped", "u_lead", "u_lead_50", "j_shaped"),
    *("inverse_j", "w_shaped", "full_path", "time_decay", "shapley", "custom"),
)
WEIGHTS = {"lead": 50.0, "opportunity": 30.0, "last": 5.0}


def rows(seed: int) -> tuple[str, str]:
    """Journeys of 0 to 9 touches on few hours, so that many are tied."""
    dice, touches, deals, number = random.Random(seed), [], [], 0
    for account in range(40):
        for _ in range(dice.choice((0, 1, 1, 2, 2, 3, 5, 9))):
            number += 1
            at = f"2025-03-{dice.randint(1, 6):02d} 0{dice.randint(0, 1)}:00:00"
            channel = dice.choice(("'ads'", "'mail'", "'fair'", "'direct'", "NULL"))
            touches.append(
                f"({number}::BIGINT, 'A{account}', 'P{account}', '{at}', {channel}, 'x')"
            )
        when = [f"'2025-03-0{dice.randint(1, 7)} 01:00:00'" for _ in range(2)]
        lead, opened = (dice.choice((w, "NULL")) for w in when)
        close = f"'2025-03-{dice.randint(4, 9):02d} 00:30:00'"
        deals.append(f"('D{account}', 'A{account}', {lead}, {opened}, {close}, 10, 'won', 'n')")
    return ", ".join(touches), ", ".join(deals)


def prepared(firm, **parts):
    args = AttributeArgs(models=MODELS, by="medium", weights=WEIGHTS, **parts)
    context = ToolContext(firm.layer)
    method = Method(chosen_models(args, context))
    found = Journeys(bind(args, context), context, args.by, method.milestones, method.with_direct)
    return args, context, method, found


def credits(found, method, *, is_windowed, has_amount):
    """Group -> what the statement gives it; the row of all conversions is under ALL."""
    tree = group_tree(found, method, has_amount=has_amount, is_windowed=is_windowed)
    context = found.context
    out = {}
    for is_whole, group, *values in context.layer.run_tree(tree, context.scope).rows:
        out["ALL" if is_whole else group] = [float(v) if v is not None else None for v in values]
    return out


def both(found, method, *, has_amount):
    """What either form gives; touches must have come in order."""
    passing, windowed = (
        credits(found, method, is_windowed=w, has_amount=has_amount) for w in (False, True)
    )
    assert passing["ALL"][4] == windowed["ALL"][4] == 0
    assert passing.keys() == windowed.keys()
    return passing, windowed


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("has_amount", [False, True])
def test_both_forms_give_the_same(journeys, definitions, seed, has_amount):
    _, _, method, found = prepared(journeys(*rows(seed), definitions=definitions))
    passing, windowed = both(found, method, has_amount=has_amount)
    assert len(passing) > 4
    for group, values in windowed.items():
        assert passing[group] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize(
    "parts",
    [
        {"middle": "before_opp"},
        {"basis": "cohort", "time": {"start": "2025-03-02", "end": "2025-03-05"}},
    ],
)
def test_both_forms_give_the_same_for_other_bases(journeys, definitions, parts):
    _, _, method, found = prepared(journeys(*rows(5), definitions=definitions), **parts)
    passing, windowed = both(found, method, has_amount=True)
    for group, values in windowed.items():
        assert passing[group] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_each_model_alone_gives_the_same(alone, model):
    _, _, method, found = alone
    one = Method(tuple(m for m in method.models if m.id == model))
    assert len(one.models) == 1
    passing, windowed = both(found, one, has_amount=False)
    assert sum(v[0] for g, v in passing.items() if g != "ALL") > 0
    for group, values in windowed.items():
        assert passing[group] == pytest.approx(values, abs=1e-9)


@pytest.fixture(scope="module")
def alone(journeys, definitions):
    """One set of journeys for the models one by one."""
    return prepared(journeys(*rows(7), definitions=definitions.replace("      amount: net\n", "")))


def test_a_touch_that_was_loaded_twice_is_first_once(journeys, definitions):
    """Told by its time and id it would be first twice: 2 conversions out of 1."""
    touch = "(1::BIGINT, 'A1', 'P1', '2025-03-01 00:00:00', 'ads', 'x')"
    later = "(2::BIGINT, 'A1', 'P1', '2025-03-02 00:00:00', 'fair', 'x')"
    deal = "('D1', 'A1', NULL, NULL, '2025-03-03 00:00:00', 10, 'won', 'n')"
    firm = journeys(f"{touch}, {touch}, {later}", deal, definitions=definitions)
    args, context, _, _ = prepared(firm)
    done = compute(args.model_copy(update={"models": ("first_touch", "u_shaped")}), context)
    for model in ("first_touch", "u_shaped"):
        assert sum(g.weights[model] for g in done.credited.groups.values()) == pytest.approx(1)


def test_ids_may_be_text(journeys, definitions):
    touches = ", ".join(
        f"('t{n}', 'A1', 'P1', '2025-03-01 00:00:00', '{channel}', 'x')"
        for n, channel in enumerate(("ads", "mail", "fair"))
    )
    deal = "('D1', 'A1', NULL, NULL, '2025-03-03 00:00:00', 10, 'won', 'n')"
    firm = journeys(touches, deal, definitions=definitions)
    assert firm.table("first_touch", by="medium")["ads"] == 10
    assert firm.table("last_touch", by="medium")["fair"] == 10


def test_touches_out_of_order_are_credited_again_with_windows(journeys, definitions, monkeypatch):
    firm, asked = journeys(*rows(2), definitions=definitions), []
    usual = firm.credit(models=["u_shaped", "time_decay"], by="medium").rows
    true_tree, true_read = computing.group_tree, computing.read_groups

    def tree(*args, is_windowed, **options):
        asked.append(is_windowed)
        return true_tree(*args, is_windowed=is_windowed, **options)

    def read(*args, **options):
        return replace(true_read(*args, **options), disorder=int(not asked[-1]))

    monkeypatch.setattr(computing, "group_tree", tree)
    monkeypatch.setattr(computing, "read_groups", read)
    assert firm.credit(models=["u_shaped", "time_decay"], by="medium").rows == usual
    assert asked == [False, True]
