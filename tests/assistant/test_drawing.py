"""The picture and the file that a person asks for; what cannot be drawn is said."""

import itertools

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"draw-{next(_IDS)}"

    def say(question: str) -> Answer:
        return starforge.ask(question, conversation=thread)

    return say


def mark(answer: Answer) -> str | None:
    return answer.charts[0].mark if answer.charts else None


def test_a_series_is_drawn_as_bars_and_back(talk) -> None:
    assert mark(talk("今年每月线索数")) == "line"
    assert mark(talk("画成柱状图")) == "bar"
    assert mark(talk("换成MQL")) == "bar"
    assert mark(talk("改成折线图")) == "line"
    assert mark(talk("只要表格")) is None


def test_a_line_needs_time_and_gets_it(talk) -> None:
    before = talk("leads by region last quarter")
    after = talk("draw it as a line chart")
    assert mark(after) == "line"
    assert after.plan[0]["args"]["grain"] == "week"
    assert after.plan[0]["args"]["dimensions"] == before.plan[0]["args"]["dimensions"]
    assert after.basis.time is not None
    assert after.basis.time.complete  # the quarter is over, whatever week it ends in
    assert any("first and last periods" in w for w in after.warnings)


def test_a_pie_takes_few_parts_that_add_up(talk) -> None:
    assert mark(talk("上季度各活动类型的线索成本")) == "bar"
    refused = talk("画成饼图")
    assert mark(refused) == "bar"
    assert any("画不成饼图" in w for w in refused.warnings)


def test_a_pie_of_counts(starforge: Assistant) -> None:
    answer = starforge.ask("今年各订单类型的订单数，画成饼图")
    assert mark(answer) == "pie"
    assert not any("饼图" in w for w in answer.warnings)


@pytest.mark.parametrize(
    ("said", "form"),
    [("导出", "xlsx"), ("导出到Excel", "xlsx"), ("export to excel", "xlsx"), ("导出为csv", "csv")],
)
def test_an_export_is_asked_for_once(talk, said: str, form: str) -> None:
    first = talk("上季度各渠道线索")
    exported = talk(said)
    assert (first.export, exported.export) == ("", form)
    assert exported.tables[0].rows == first.tables[0].rows
    assert f".{form}" in exported.text
    assert talk("换成MQL").export == ""


def test_personal_data_is_not_exported(starforge: Assistant) -> None:
    assert starforge.ask("导出所有客户的手机号").status in {"refused", "clarify", "denied"}
