"""Words that look like mere particles and are conditions where they stand: none is dropped."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("question", ["leads from new channels", "新渠道的线索量"])
def test_new_is_no_particle_before_a_breakdown(starforge: Any, question: str) -> None:
    """`leads from new channels` was answered with those of all channels."""
    answer = starforge.ask(question)
    assert answer.status == "refused"
    assert "new" in answer.headline or "新" in answer.headline


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("本季度新商机数", "本季度商机数"),
        ("new leads last month by channel", "leads last month by channel"),
        ("new Baidu leads last month", "Baidu leads last month"),
    ],
)
def test_new_says_nothing_of_what_is_counted_when_it_arises(
    starforge: Any, question: str, plain: str
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan == starforge.ask(plain).plan


@pytest.mark.parametrize("question", ["won orders, new, this year", "won revenue from new deals"])
def test_new_is_a_value_where_the_metric_knows_it(starforge: Any, question: str) -> None:
    limits = starforge.ask(question).plan[0]["args"]["filters"]
    assert [(f["dimension"], f["values"]) for f in limits] == [("order_kind", ["新购"])]
