"""Medians and counts without duplicates: the metric that is one, or a word that there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("今年阶段停留天数的中位数", "stage_days_median"),
        ("median sales cycle by region this year", "sales_cycle_days"),
        ("今年成交周期均值的中位数", "sales_cycle_days"),
        ("今年各渠道响应时长的中位数", "response_hours"),
        ("leads this year excluding duplicates", "unique_leads"),
        ("今年各渠道去重后的线索", "unique_leads"),
        ("上个月线索去重后有多少", "unique_leads"),
    ],
)
def test_a_form_that_is_declared_is_used(starforge: Any, question: str, metric: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan[0]["args"]["metrics"] == [metric]


@pytest.mark.parametrize(
    ("question", "said", "offered"),
    [
        ("今年商机金额的中位数", "「商机金额」没有中位数口径", "平均成交周期"),
        ("median deal size this year", "No median of Average deal size", "Sales cycle"),
        ("2025年日均线索的中位数", "没有中位数口径", "平均成交周期"),
        ("收入的中位数", "「收入」没有中位数口径", "平均成交周期"),
        ("MQLs this year excluding duplicates", "No MQLs without duplicates", "Unique leads"),
    ],
)
def test_nothing_stands_in_for_a_form_that_is_not_declared(
    starforge: Any, question: str, said: str, offered: str
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "clarify"
    assert said in answer.headline
    assert offered in [choice.label for choice in answer.clarify.choices]


def test_leads_without_duplicates_equal_hand_sql(starforge: Any, demo_db: Path) -> None:
    hand = duckdb.connect(str(demo_db), read_only=True).execute(
        "SELECT count(*) FROM leads WHERE duplicate_of IS NULL"
        " AND created_at >= TIMESTAMP '2025-12-31 16:00'"
    )
    assert starforge.ask("今年去重线索数").tables[0].rows == (hand.fetchone(),)
