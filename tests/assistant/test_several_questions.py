"""Several questions in one message are answered in order, each with its own period and limits."""

import pytest

from assistant import Assistant
from assistant.planner.several import sentences


def args(answer) -> list[dict]:
    return [call["args"] for call in answer.plan]


def test_two_questions_give_two_lines_two_tables_and_two_calls(starforge: Assistant) -> None:
    both = starforge.ask("上个月线索多少？这个月MQL多少？")
    first, second = starforge.ask("上个月线索多少"), starforge.ask("这个月MQL多少")
    assert both.headline == f"1. {first.headline}\n2. {second.headline}"
    assert [t.rows for t in both.tables] == [first.tables[0].rows, second.tables[0].rows]
    assert [t.name for t in both.tables] == ["result", "result_2"]
    assert args(both) == args(first) + args(second)
    assert both.basis.time is None  # two windows: neither stands for both
    assert len(both.basis.sql) == 2


def test_a_later_question_shares_the_period_and_says_so(starforge: Assistant) -> None:
    answer = starforge.ask("上季度华东线索是多少？华北的MQL有多少？CPL怎么算的？")
    leads, mqls, formula = args(answer)
    assert leads["time"] == mqls["time"]
    assert [f["values"] for f in (*leads["filters"], *mqls["filters"])] == [["华东"], ["华北"]]
    assert formula == {"metric": "cpl"}
    assert "2. 时间沿用上一问" in answer.basis.assumptions


@pytest.mark.parametrize(
    "message",
    [
        "上个月线索多少？MQL多少？",  # both of one period: side by side
        "上季度各渠道线索成本是多少？环比如何？",  # the second only adds to the first
        "上个月的情况帮我看下。线索数是多少？",
        "which channels generate leads? leads by source last month",
    ],
)
def test_one_question_in_two_sentences_stays_one(starforge: Assistant, message: str) -> None:
    assert len(starforge.ask(message).plan) == 1


def test_what_cannot_be_answered_does_not_take_the_rest_with_it(starforge: Assistant) -> None:
    answer = starforge.ask("上个月线索多少？今年转化率是多少？")
    assert answer.status == "answered"
    assert answer.headline.startswith("1. 2026-09-01")
    assert answer.clarify.choices


def test_a_denied_part_is_denied(starforge: Assistant) -> None:
    answer = starforge.ask("上个月线索多少？上季度广告点击率是多少？", asker="manager_east")
    assert answer.status == "answered"
    assert answer.error.code == "METRIC_DENIED"
    assert len(answer.tables) == 1


def test_an_unknown_sentence_is_not_dropped(starforge: Assistant) -> None:
    answer = starforge.ask("上个月线索多少；只看西北三区")
    assert answer.status == "refused"


def test_follow_ups_go_on_from_the_last_question(starforge: Assistant) -> None:
    starforge.ask("上个月线索多少？这个月MQL多少？", conversation="several")
    follow = starforge.ask("按渠道呢", conversation="several")
    assert follow.plan[0]["args"]["metrics"] == ["mqls"]
    assert follow.plan[0]["args"]["time"]["start"] == "2026-10-01"


def test_a_first_question_that_was_refused_leaves_no_period_to_share(starforge: Assistant) -> None:
    """In a thread nothing is remembered of it: the second question stands alone."""
    answer = starforge.ask(
        "各大区的广告点击率多少？华东的MQL有多少？", conversation="refused-first"
    )
    assert answer.status == "answered"
    assert "time" not in answer.plan[-1]["args"]


def test_numbered_lists_and_conjunctions_are_cut() -> None:
    assert sentences("1. 上个月各渠道线索 2. 今年ROI") == ("上个月各渠道线索", "今年ROI")
    assert sentences("CPL in 3.5 months vs. 2025") == ("CPL in 3.5 months vs. 2025",)
    assert sentences("what was CPL and how many MQLs?") == ("what was CPL", "how many MQLs")


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("今年各渠道和各大区的线索分别多少", ["channel", "region"]),
        ("今年各渠道、各大区和各行业的线索量分别是多少", ["channel", "region", "industry"]),
        ("leads by channel and by region this year, separately", ["channel", "region"]),
        ("今年哪个渠道和哪个大区线索最多", ["channel", "region"]),
        ("which channel and which region had the most leads this year", ["channel", "region"]),
    ],
)
def test_breakdowns_side_by_side_are_not_crossed(
    starforge: Assistant, question: str, keys: list[str]
) -> None:
    """分别 over two dimensions gave 104 pairs, of which the largest was told."""
    answer = starforge.ask(question)
    assert [call["args"]["dimensions"] for call in answer.plan] == [[key] for key in keys]
    assert [table.columns[0].name for table in answer.tables] == keys
    assert all(call["args"]["time"]["start"] == "2026-01-01" for call in answer.plan)


@pytest.mark.parametrize("question", ["今年各大区各渠道的线索分别是多少", "按渠道和大区看今年线索"])
def test_breakdowns_of_each_other_stay_crossed(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert len(answer.plan) == 1
    assert len(answer.plan[0]["args"]["dimensions"]) == 2
