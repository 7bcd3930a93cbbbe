"""Counts are credited without a sort; the sorted form gives the very same, ties and doubles included."""

from __future__ import annotations

import random

import pytest

from tools import ToolContext
from tools.attribution.bindings import bind
from tools.attribution.compute import chosen_models, compute
from tools.attribution.contract import AttributeArgs
from tools.attribution.credits import Method, group_tree
from tools.attribution.journeys import Journeys
from tools.attribution.unsorted import is_unsorted

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
    args = AttributeArgs(models=MODELS, by="medium", measure="count", weights=WEIGHTS, **parts)
    context = ToolContext(firm.layer)
    method = Method(chosen_models(args, context))
    found = Journeys(bind(args, context), context, args.by, method.milestones, method.with_direct)
    return args, context, method, found


def credits(found, method, *, is_sorted):
    """Group -> what the statement gives it; the row of all conversions is under ALL."""
    tree = group_tree(found, method, has_amount=False, is_sorted=is_sorted)
    context = found.context
    out = {}
    for is_whole, group, *values in context.layer.run_tree(tree, context.scope).rows:
        out["ALL" if is_whole else group] = [float(v) if v is not None else None for v in values]
    return out


@pytest.mark.parametrize("seed", range(4))
def test_both_forms_give_the_same(journeys, definitions, seed):
    firm = journeys(*rows(seed), definitions=definitions.replace("      amount: net\n", ""))
    _, _, method, found = prepared(firm)
    assert is_unsorted(found, method, has_amount=False)
    fast, slow = (credits(found, method, is_sorted=s) for s in (False, True))
    assert fast["ALL"][4] == 0
    assert fast.keys() == slow.keys()
    assert len(fast) > 4
    for group, values in slow.items():
        assert fast[group] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_each_model_alone_gives_the_same(alone, model):
    _, _, method, found = alone
    one = Method(tuple(m for m in method.models if m.id == model))
    assert len(one.models) == 1
    fast, slow = (credits(found, one, is_sorted=s) for s in (False, True))
    assert sum(v[0] for g, v in fast.items() if g != "ALL") > 0
    for group, values in slow.items():
        assert fast[group] == pytest.approx(values, abs=1e-9)


@pytest.fixture(scope="module")
def alone(journeys, definitions):
    """One set of journeys for the models one by one."""
    return prepared(journeys(*rows(7), definitions=definitions.replace("      amount: net\n", "")))


def test_doubled_touches_are_seen_and_credited_in_the_sorted_form(journeys, definitions):
    """A touch that was loaded twice would be first twice: 2 conversions out of 1."""
    touch = "(1::BIGINT, 'A1', 'P1', '2025-03-01 00:00:00', 'ads', 'x')"
    later = "(2::BIGINT, 'A1', 'P1', '2025-03-02 00:00:00', 'fair', 'x')"
    deal = "('D1', 'A1', NULL, NULL, '2025-03-03 00:00:00', 10, 'won', 'n')"
    firm = journeys(
        f"{touch}, {touch}, {later}",
        deal,
        definitions=definitions.replace("      amount: net\n", ""),
    )
    args, context, method, found = prepared(firm)
    method = Method(tuple(m for m in method.models if not m.milestones))
    assert credits(found, method, is_sorted=False)["ALL"][4] == 1
    done = compute(args.model_copy(update={"models": ("first_touch", "u_shaped")}), context)
    assert done.credited.doubled == 0
    for model in ("first_touch", "u_shaped"):
        assert sum(g.weights[model] for g in done.credited.groups.values()) == pytest.approx(1)


def test_ids_that_are_no_whole_numbers_are_sorted(journeys, definitions):
    touch = "('t1', 'A1', 'P1', '2025-03-01 00:00:00', 'ads', 'x')"
    deal = "('D1', 'A1', NULL, NULL, '2025-03-03 00:00:00', 10, 'won', 'n')"
    firm = journeys(touch, deal, definitions=definitions.replace("      amount: net\n", ""))
    _, _, method, found = prepared(firm)
    assert not is_unsorted(found, method, has_amount=False)
    assert credits(found, method, is_sorted=False)["ads"][0] == 1
