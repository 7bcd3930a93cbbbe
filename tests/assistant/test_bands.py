"""`500人以上`: bounds that meet an edge of declared bands limit to those bands, others are asked back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from assistant.planner.bands import band_words, bands_of
from semantic_layer.model import Dimension, Text

SIZES = ["500-1999人", "2000人以上"]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("500人以上的公司有多少线索", SIZES),
        ("今年500人以上企业的线索量", SIZES),
        ("leads from companies with more than 500 employees", SIZES),
        ("leads from companies with 100 to 499 employees", ["100-499人"]),
        ("不到500人的公司今年的订单金额", ["1-99人", "100-499人"]),
        ("60分以下的线索今年各渠道有多少", ["0-39分", "40-59分"]),
        ("80分以上的线索有多少", ["80-100分"]),
    ],
)
def test_a_bound_on_an_edge_limits_to_bands(
    starforge: Any, question: str, values: list[str]
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    (limit,) = answer.plan[0]["args"]["filters"]
    assert limit["dimension"] in {"size_band", "score_band"}
    assert sorted(limit["values"]) == sorted(values)
    assert all(text in answer.headline for text in values) or answer.lang == "en"


def test_bands_equal_hand_sql(starforge: Any, demo_db: Path) -> None:
    hand = duckdb.connect(str(demo_db), read_only=True).execute(
        "SELECT count(*) FROM leads WHERE score < 60 AND created_at >= TIMESTAMP '2025-12-31 16:00'"
    )
    assert starforge.ask("60分以下的线索今年有多少").tables[0].rows == (hand.fetchone(),)


def test_a_bound_within_a_band_is_asked_back_with_the_bands(starforge: Any) -> None:
    answer = starforge.ask("300人以上的公司有多少线索")
    assert answer.status == "clarify"
    assert "不在「企业规模」的分段边界上" in answer.headline
    assert [choice.label for choice in answer.clarify.choices] == [
        "1-99人", "100-499人", "500-1999人", "2000人以上",
    ]  # fmt: skip


def test_a_bound_of_a_metric_is_no_band(starforge: Any) -> None:
    answer = starforge.ask("报名人数300人以上的活动")
    assert answer.plan[0]["args"]["having"][0]["value"] == 300


@pytest.mark.parametrize(
    "order",
    [
        ("1-99人", "200-499人", "500人以上"),  # a gap
        ("初步接触", "需求确认"),
        ("1-99人", "100-499台"),
        ("0-9人",),
    ],
)
def test_what_is_not_a_row_of_bands_has_no_edges(order: tuple[str, ...]) -> None:
    dimension = Dimension(label=Text(zh="规模", en="Size"), order=order)
    assert bands_of(dimension) == []
    assert list(band_words(dimension, order)) == []


def test_only_bands_that_may_be_seen_are_meant() -> None:
    order = ("1-99台", "100-499台", "500台以上")
    dimension = Dimension(label=Text(zh="规模", en="Size"), order=order)
    words = dict(band_words(dimension, order[:2]))
    assert words["100台以上"] == ["100-499台"]
    assert "500台以上" not in words
