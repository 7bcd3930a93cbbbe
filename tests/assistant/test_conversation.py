"""Follow-ups are edits of the question before them; each asker has a thread of their own."""

import itertools

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"test-{next(_IDS)}"

    def say(question: str, asker: str | None = None) -> Answer:
        return starforge.ask(question, conversation=thread, asker=asker)

    return say


def query(answer: Answer) -> dict:
    return dict(answer.plan[0]["args"])


def test_each_edit_changes_one_thing(talk) -> None:
    first = query(talk("上季度各渠道线索量"))
    by_region = query(talk("那按大区呢"))
    assert by_region == {**first, "dimensions": ["region"]}
    east = query(talk("只看华东"))
    assert east == {**by_region, "filters": [{"dimension": "region", "values": ["华东"]}]}
    september = query(talk("换成上个月"))
    assert september["time"]["start"] == "2026-09-01"
    assert {**september, "time": None} == {**east, "time": None}
    both = query(talk("再加上MQL数"))
    assert both["metrics"] == ["leads", "mqls"]
    compared = talk("环比如何")
    assert query(compared)["compare"] == {"kind": "previous_period"} or "compare" in query(compared)
    assert any("接上一问" in note for note in compared.basis.assumptions)


@pytest.mark.parametrize(
    ("opening", "edit", "expected"),
    [
        ("各渠道线索量", "去掉百度", {"filters": [{"dimension": "channel", "op": "not_in", "values": ["百度"]}]}),
        ("百度和头条的线索量", "去掉百度", {"filters": [{"dimension": "channel", "values": ["头条"]}], "dimensions": None}),
        ("leads by channel", "top 3", {"limit": 3}),
        ("leads by channel", "only Baidu", {"filters": [{"dimension": "channel", "values": ["百度"]}]}),
        ("leads by channel last quarter", "same for SQLs", {"metrics": ["sqls"]}),
        ("leads last quarter", "by month", {"grain": "month"}),
        ("leads last quarter", "what about this month", {"time": {"start": "2026-10-01", "end": "2026-10-28", "grain": "month"}}),
        ("本月订单金额", "和去年同期比", {"compare": {"kind": "previous_year"}}),
    ],
)  # fmt: skip
def test_edits(talk, opening: str, edit: str, expected: dict) -> None:
    before = query(talk(opening))
    after = query(talk(edit))
    got = {key: after.get(key) for key in expected}
    for item in got.get("filters") or ():
        if item.get("op") == "not_null":
            got["filters"].remove(item)
    assert got == expected
    kept = set(before) - set(expected)
    assert {k: before[k] for k in kept} == {k: after.get(k) for k in kept}


def test_a_full_question_starts_a_new_topic(talk) -> None:
    talk("上季度华东各渠道线索量")
    assert query(talk("订单金额按产品")) == {"metrics": ["won_revenue"], "dimensions": ["product"]}


def test_undo_returns_to_the_answer_before(talk) -> None:
    first = talk("上季度各渠道线索量")
    talk("只看华东")
    assert talk("撤销").tables[0].rows == first.tables[0].rows
    talk("撤销")
    assert talk("撤销").status == "refused"


def test_a_choice_is_taken_by_number_or_label(talk) -> None:
    asked = talk("上个月转化率是多少")
    labels = [c.label for c in asked.clarify.choices]
    assert asked.status == "clarify"
    assert len(labels) >= 2
    second = talk("2")
    assert second.status == "answered"
    assert labels[1] in second.headline
    assert query(talk("那上季度呢"))["time"]["start"] == "2026-07-01"


def test_without_a_conversation_nothing_is_carried_over(starforge: Assistant) -> None:
    starforge.ask("上季度各渠道线索量")
    assert starforge.ask("只看华东").status == "clarify"


def test_two_askers_never_share_a_thread(talk) -> None:
    talk("上季度各渠道线索量", asker="manager")
    assert talk("环比如何", asker="manager_east").status == "clarify"
    own = talk("上季度各渠道线索量", asker="manager_east")
    assert "华东" in own.basis.scope


def test_what_was_not_understood_changes_nothing(talk) -> None:
    talk("上季度各渠道线索量")
    assert talk("按玄学拆分呢").status == "refused"
    assert query(talk("只看百度"))["filters"] == [{"dimension": "channel", "values": ["百度"]}]
