"""Time phrases inside sentences: what is found, where, and what is left alone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.timeparse import TimeMatch, find_times, parse_period
from semantic_layer.timegrain import Calendar, TimeGrain

TODAY = date(2026, 8, 19)
AS_OF = TODAY - timedelta(days=1)
CALENDAR = Calendar()


def find(text: str) -> list[TimeMatch]:
    return find_times(text, today=TODAY, as_of=AS_OF, calendar=CALENDAR)


def told(match: TimeMatch) -> str:
    """Return a match in short: its text and what it is."""
    if match.grain is not None:
        return f"{match.text}:{match.grain}"
    if match.shift is not None:
        return f"{match.text}:{match.shift.kind}"
    assert match.period is not None
    return match.text


SENTENCES = [
    ("本月各周线索数", ["本月", "各周:week"]),
    ("上个月按渠道的MQL数，环比怎么样", ["上个月", "环比:previous_period"]),
    ("今年1月到6月每月的线索量趋势", ["今年1月到6月", "每月:month"]),
    ("2026年Q2对比Q1的转化率", ["2026年Q2", "对比Q1:span"]),
    ("7月比6月多多少", ["7月", "比6月:span"]),
    ("本月线索比上月多多少", ["本月", "比上月:previous_period"]),
    ("今年Q2与去年同期相比", ["今年Q2", "与去年同期相比:previous_year"]),
    ("较上季度增长", ["较上季度:previous_period"]),
    ("各季度营收同比", ["各季度:quarter", "同比:previous_year"]),
    ("昨天的线索数跟前天比", ["昨天", "跟前天比:span"]),
    ("2025年3月和5月的线索", ["2025年3月", "5月"]),
    ("2025年Q1、Q2、Q3的线索", ["2025年Q1", "Q2", "Q3"]),
    ("本周一共有多少线索", ["本周"]),
    ("本月日均线索", ["本月", "日均:day"]),
    ("過去12個月每月新增客戶", ["過去12個月", "每月:month"]),
    ("上個月的線索，按週", ["上個月", "按週:week"]),
    ("截至上周日的总线索", ["截至上周日"]),
    ("2025年全年的营收，按季度", ["2025年全年", "按季度:quarter"]),
    ("leads by month for last year", ["by month:month", "last year"]),
    ("monthly MQLs since March", ["monthly:month", "since March"]),
    ("MQLs last month vs the month before?", ["last month", "vs the month before:previous_period"]),
    ("revenue in May compared to April", ["May", "compared to April:span"]),
    ("Q1 2025 vs Q2", ["Q1 2025", "vs Q2:span"]),
    ("revenue in 2025 vs 2024 by quarter", ["2025", "vs 2024:span", "by quarter:quarter"]),
    ("January, February and March 2025", ["January", "February", "March 2025"]),
    ("leads after 2023 and before 2025", ["after 2023 and before 2025"]),
    ("leads before 2023 or after 2025", ["before 2023", "after 2025"]),
    ("2025年3月之后、6月之前的线索", ["2025年3月之后、6月之前"]),
    ("How may I see leads in may?", ["may"]),
    ("Show Q3 pipeline, week over week", ["Q3", "week over week:previous_period"]),
    ("上个月 leads by week, YoY", ["上个月", "by week:week", "YoY:previous_year"]),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentence(text, expected):
    assert [told(match) for match in find(text)] == expected


@pytest.mark.parametrize(("text", "_"), SENTENCES)
def test_spans_point_into_the_text_as_typed(text, _):
    end = 0
    for match in find(text):
        assert match.span[0] >= end
        assert text[slice(*match.span)] == match.text
        assert [match.period, match.shift, match.grain].count(None) == 2
        end = match.span[1]


def test_a_list_shares_its_year():
    third = find("2025年Q1、Q2、Q3的线索")[2].period
    assert third is not None
    assert third.start == date(2025, 7, 1)
    first = find("Q1 and Q2 2024")[0].period
    assert first is not None
    assert first.start == date(2024, 1, 1)


def test_a_comparison_with_a_named_period_carries_it():
    shift = find("本月比2025年8月")[1].shift
    assert shift is not None
    assert shift.kind == "span"
    assert shift.period is not None
    assert shift.period.start == date(2025, 8, 1)
    previous = find("vs last quarter")[0].shift
    assert previous is not None
    assert (previous.kind, previous.grain) == ("previous_period", TimeGrain.QUARTER)


NO_TIME = """
一个客户平均有几个线索
第一名是谁
top 5 渠道
前5名渠道的线索数
前三个渠道
前十的客户
500条线索
3个渠道
1-99人的公司有多少
员工规模100-499的MQL
L000123 的线索是谁
订单号20260503001
转化周期多长
平均成交周期
年度客户数
日活是多少
月报里写的数字
按年龄段分布
分年龄看
客单价超过2000的订单
大于2025的线索
每周一的线索
五一路门店
二十一个客户
十一个渠道
3号店的销售额
A/B测试 1/2 流量
7日留存率
30天内转化的线索
金额在100到200之间
从北京到上海
最近新增的客户
How may I help you
The second channel
march ahead with the campaign
top 5 campaigns
companies with 100-499 employees
companies with less than 2000 employees
between 2000 and 2020 leads
leads with score 80-90
conversion rate 3.5%
monthly recurring revenue
24/7 support
from lead to MQL
version 2024.3
we sat down with sales
the first touch model
last touch attribution
last 5 leads
next steps
current pipeline
W2 form
"""


@pytest.mark.parametrize("text", NO_TIME.strip().splitlines())
def test_no_time(text):
    assert find(text) == []


BREAKDOWNS = {
    "按天": TimeGrain.DAY,
    "每日": TimeGrain.DAY,
    "按周": TimeGrain.WEEK,
    "每个星期": TimeGrain.WEEK,
    "月度": TimeGrain.MONTH,
    "逐月": TimeGrain.MONTH,
    "分月": TimeGrain.MONTH,
    "按月份": TimeGrain.MONTH,
    "各季度": TimeGrain.QUARTER,
    "按年": TimeGrain.YEAR,
    "按财季": TimeGrain.FISCAL_QUARTER,
    "daily": TimeGrain.DAY,
    "by week": TimeGrain.WEEK,
    "each month": TimeGrain.MONTH,
    "per quarter": TimeGrain.QUARTER,
    "month by month": TimeGrain.MONTH,
    "yearly": TimeGrain.YEAR,
    "by fiscal year": TimeGrain.FISCAL_YEAR,
}


@pytest.mark.parametrize(("text", "grain"), BREAKDOWNS.items())
def test_breakdown(text, grain):
    assert [match.grain for match in find(text)] == [grain]


COMPARISONS = {
    "环比": ("previous_period", None),
    "月环比": ("previous_period", TimeGrain.MONTH),
    "周环比": ("previous_period", TimeGrain.WEEK),
    "同比": ("previous_year", None),
    "去年同期": ("previous_year", None),
    "MoM": ("previous_period", TimeGrain.MONTH),
    "QoQ": ("previous_period", TimeGrain.QUARTER),
    "WoW": ("previous_period", TimeGrain.WEEK),
    "year over year": ("previous_year", TimeGrain.YEAR),
    "vs last year": ("previous_year", TimeGrain.YEAR),
    "compared with last week": ("previous_period", TimeGrain.WEEK),
    "same period last year": ("previous_year", None),
    "previous period": ("previous_period", None),
}


@pytest.mark.parametrize(("text", "expected"), COMPARISONS.items())
def test_comparison(text, expected):
    (match,) = find(text)
    assert match.shift is not None
    assert (match.shift.kind, match.shift.grain) == expected


def test_nothing_to_find():
    assert find("") == []
    assert parse_period("线索来源", today=TODAY) is None


_ZH_WORDS = (
    "去年|上|本|下|近|前|后|第|个|月|周|季度|年|日|号|至|到|之间|"
    "以来|之前|国庆|双11|一二|三十|完整|财年|同期|比"
)
_EN_WORDS = "last|next|this|past|since|before|after|to|and|of|week|month|quarter|May|vs|by|Q1|FY26"
_FIGURES = "13|2026|0|31|99|31|1st|2/30|'25|-|/|."
_WORDS = st.sampled_from(f"{_ZH_WORDS}|{_EN_WORDS}|{_FIGURES}".split("|"))


@given(st.lists(_WORDS, max_size=9), st.sampled_from(["", " "]))
def test_never_raises_on_time_words(words, glue):
    _sound(glue.join(words), TODAY)


@given(st.text(max_size=60), st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_never_raises_on_any_text(text, today):
    _sound(text, today)


@given(st.lists(_WORDS, max_size=7), st.dates())
def test_never_raises_on_any_day(words, today):
    if today > date.min:
        _sound("".join(words), today)


def _sound(text: str, today: date) -> None:
    """Check what must hold for whatever is found."""
    as_of = today - timedelta(days=1)
    for match in find_times(text, today=today, as_of=as_of, calendar=CALENDAR):
        assert text[slice(*match.span)] == match.text
        period = match.period
        if period is not None and period.start is not None and period.end is not None:
            assert period.start < period.end
    parse_period(text, today=today)
