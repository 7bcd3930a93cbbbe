"""Specifications: the right mark, the table's numbers, nothing hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Chart, Table, TableColumn, TimeBasis
from assistant.present import chart_of
from bots.render.vega import to_vega
from bots.render.vega_axes import axis_labels
from semantic_layer.query import Comparison, Query
from semantic_layer.timegrain import TimeGrain

MONTHS = [f"2026-{m:02d}-01" for m in range(1, 11)]
YEAR = TimeBasis(start="2026-01-01", end="2026-10-28", grain="month", complete=False)


def dim(name: str = "channel") -> TableColumn:
    return TableColumn(name=name, label=name.title(), type="string", kind="dimension")


def val(name: str = "leads", unit: str = "lead", kind: str = "value", **more: Any) -> TableColumn:
    return TableColumn(name=name, label=name, type="number", unit=unit, kind=kind, **more)


PERIOD = TableColumn(name="period", label="Month", type="date", kind="time")


def table(columns: list[TableColumn], rows: list[tuple[Any, ...]], total: int = 0) -> Table:
    return Table(
        name="result", columns=tuple(columns), rows=tuple(rows), total_rows=total or len(rows)
    )


def records(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return spec["data"]["values"]


def marks(spec: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in spec["layer"]]


def notes(spec: dict[str, Any]) -> str:
    return " ".join(spec["title"]["subtitle"])


# --- which chart --------------------------------------------------------------------------


def choose(t: Table, **query: Any) -> Chart | None:
    metrics = tuple(c.name for c in t.columns if c.kind == "value")
    return chart_of(t, Query(metrics=metrics, **query), "alt")


def test_a_trend_is_a_line():
    t = table([PERIOD, val()], [(m, 1) for m in MONTHS])
    chart = choose(t, grain=TimeGrain.MONTH)
    assert chart is not None
    assert (chart.mark, chart.x, chart.y) == ("line", "period", ("leads",))


def test_a_ranking_is_bars_in_the_tables_order():
    t = table([dim(), val()], [("b", 1), ("a", 9), ("c", 3)])
    chart = choose(t, dimensions=("channel",))
    assert chart is not None
    assert chart.mark == "bar"
    spec = to_vega(chart, t, "en")
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("parts", "mark"),
    [
        ((0.5, 0.3, 0.2), "pie"),
        ((0.5, 0.3, 0.1), "bar"),  # not the whole
        ((0.7, 0.5, -0.2), "bar"),  # no parts
        ((0.5, None, 0.5), "bar"),
        ((1 / 7,) * 7, "bar"),  # too many
    ],
)
def test_a_share_is_a_pie_only_when_few_parts_make_the_whole(parts, mark):
    rows = [(f"c{i}", 1, p) for i, p in enumerate(parts)]
    t = table([dim(), val(), val("leads__share", "%", "share")], rows)
    chart = choose(t, dimensions=("channel",), share=True)
    assert chart is not None
    assert (chart.mark, chart.unit, chart.y) == (mark, "%", ("leads__share",))


def test_shares_by_two_keys_are_stacked():
    rows = [(a, b, 1, 0.25) for a in "xy" for b in "pq"]
    t = table([dim(), dim("region"), val(), val("leads__share", "%", "share")], rows)
    chart = choose(t, dimensions=("channel", "region"), share=True)
    assert chart is not None
    assert (chart.mark, chart.series) == ("stacked_bar", "region")
    assert to_vega(chart, t, "zh")["layer"][0]["encoding"]["x"]["stack"] == "zero"


def test_a_comparison_is_grouped_bars():
    t = table([dim(), val(), val("leads__prev", kind="prev")], [("a", 2, 1), ("b", 3, None)])
    chart = choose(t, dimensions=("channel",), compare=Comparison())
    assert chart is not None
    assert (chart.mark, chart.y) == ("grouped_bar", ("leads", "leads__prev"))
    spec = to_vega(chart, t, "en")
    assert spec["layer"][0]["encoding"]["yOffset"]["field"] == "s"


def test_stages_side_by_side_are_a_funnel():
    names = ("leads", "mqls", "sqls")
    t = table([val(n) for n in names], [(100, 40, 7)])
    chart = choose(t)
    assert chart is not None
    assert (chart.mark, chart.x, chart.y) == ("funnel", "", names)
    spec = to_vega(chart, t, "zh")
    assert [(r["k"], r["v"]) for r in records(spec)] == [("leads", 100), ("mqls", 40), ("sqls", 7)]


@pytest.mark.parametrize(
    ("units", "row"),
    [
        (("lead", "lead"), (9, 1)),
        (("lead", "CNY", "lead"), (9, 8, 7)),
        (("a", "a", "a"), (1, 5, 2)),
    ],
)
def test_unlike_numbers_are_no_funnel(units, row):
    t = table([val(f"m{i}", u) for i, u in enumerate(units)], [row])
    assert choose(t) is None


def test_ranges_of_numbers_are_a_distribution_in_their_own_order():
    rows = [("100-499人", 5), ("1-99人", 9), (None, 1), ("2000人以上", 2)]
    t = table([dim("size"), val()], rows)
    chart = choose(t, dimensions=("size",))
    assert chart is not None
    assert chart.mark == "histogram"
    spec = to_vega(chart, t, "zh")
    order = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert order == ["1-99人", "100-499人", "2000人以上", "（空）"]


def test_one_number_has_no_chart():
    assert choose(table([val()], [(5,)])) is None


# --- what is drawn ------------------------------------------------------------------------


def line(lang: str = "zh", time: TimeBasis = YEAR, rows: list[Any] | None = None) -> dict[str, Any]:
    t = table([PERIOD, val()], rows or [(m, 100 + i * 40) for i, m in enumerate(MONTHS)])
    chart = Chart(
        mark="line", table="result", x="period", y=("leads",), unit="lead", title="线索量"
    )
    return to_vega(chart, t, lang, time=time, as_of="2026-10-27")


def test_the_running_period_is_hollow_dashed_and_said():
    spec = line()
    last = records(spec)[-1]
    assert (last["p"], last["solid"], last["dash"]) == (True, None, last["v"])
    assert records(spec)[-2]["dash"] == records(spec)[-2]["solid"]
    assert not any(r["p"] for r in records(spec)[:-1])
    assert "不完整的时期 2026年10月（数据截至 2026-10-27）" in notes(spec)
    assert "incomplete 2026-10 (data through 2026-10-27)" in notes(line("en"))


def test_a_period_cut_at_its_start_is_partial_too():
    spec = line(time=YEAR.model_copy(update={"start": "2026-01-15"}))
    assert records(spec)[0]["p"] is True


def test_a_complete_window_marks_nothing():
    done = TimeBasis(start="2026-01-01", end="2026-10-01", grain="month")
    spec = line(time=done, rows=[(m, 5) for m in MONTHS[:9]])
    assert not any(r["p"] for r in records(spec))
    assert spec["title"]["subtitle"][0] == "2026-01-01 至 2026-09-30"


def test_a_missing_value_is_a_gap_and_never_zero():
    rows = [(m, None if m == "2026-05-01" else 7) for m in MONTHS]
    spec = line(rows=rows)
    gap = next(r for r in records(spec) if r["k"] == "2026年5月")
    assert gap["v"] is gap["solid"] is gap["dash"] is None
    assert "空缺" in notes(spec)
    assert spec["layer"][0]["mark"]["invalid"].startswith("break-paths")


def test_a_period_missing_from_one_series_breaks_its_line():
    rows = [(c, m, 1) for c in "ab" for m in MONTHS[:4] if (c, m) != ("b", MONTHS[1])]
    t = table([dim(), PERIOD, val()], rows)
    chart = Chart(mark="line", table="result", x="period", y=("leads",), series="channel")
    found = [r for r in records(to_vega(chart, t, "en")) if r["s"] == "b"]
    assert [r["v"] for r in found] == [1, None, 1, 1]


@pytest.mark.parametrize("additive", [True, False])
def test_more_than_twelve_series_are_folded_only_where_adding_is_right(additive):
    rows = [(f"c{i:02d}", m, 100 - i) for i in range(15) for m in MONTHS[:3]]
    t = table([dim(), PERIOD, val(additive=additive)], rows)
    chart = Chart(mark="line", table="result", x="period", y=("leads",), series="channel")
    spec = to_vega(chart, t, "en")
    names = list(dict.fromkeys(r["s"] for r in records(spec)))
    assert len(names) == 12
    if additive:
        assert names[-1] == "Other"
        rest = [r["v"] for r in records(spec) if r["s"] == "Other"]
        assert rest == [sum(100 - i for i in range(11, 15))] * 3
        assert "4 smaller series are folded into “Other”" in notes(spec)
    else:
        assert "Other" not in names
        assert "3 smaller series are not drawn" in notes(spec)


def test_keys_of_one_name_stay_apart():
    t = table([dim(), val()], [(None, 1), ("(empty)", 2), ("1", 3), (1, 4)])
    chart = Chart(mark="bar", table="result", x="channel", y=("leads",))
    keys = [r["k"] for r in records(to_vega(chart, t, "en"))]
    assert len(set(keys)) == 4


def test_a_narrow_band_says_that_its_axis_does_not_begin_at_zero():
    spec = line("en", rows=[(m, 1000 + i) for i, m in enumerate(MONTHS)])
    assert "does not begin at 0" in notes(spec)
    assert "begin at 0" not in notes(line("en"))


def test_a_cut_ranking_says_so():
    t = table([dim(), val()], [("a", 1), ("b", 2)], total=69)
    chart = Chart(mark="bar", table="result", x="channel", y=("leads",))
    assert "69 groups, 2 drawn" in notes(to_vega(chart, t, "en"))


def test_axes_speak_the_readers_language():
    assert "亿" in axis_labels("CNY", "zh")
    assert "'¥'" in axis_labels("CNY", "zh")
    assert "'M'" in axis_labels("CNY", "en")
    assert "万" not in axis_labels("CNY", "en")
    assert "%" in axis_labels("%", "en")
    assert line("zh")["title"]["text"] == "线索量（条）"


# --- totality -----------------------------------------------------------------------------

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["2026-01-01", "2026-13-01", "0001-01-01", "9999-12-31", "__other__"]),
)
kinds = st.sampled_from(["dimension", "time", "value", "share", "prev", "delta"])
chart_marks = st.sampled_from(
    ["line", "bar", "grouped_bar", "stacked_bar", "pie", "funnel", "histogram"]
)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[Chart, Table]:
    names = ["a", "b", "c", "d"][: draw(st.integers(1, 4))]
    columns = [
        TableColumn(
            name=n,
            label=draw(st.text(max_size=5)),
            type=draw(st.sampled_from(["number", "string", "date"])),
            unit=draw(st.sampled_from(["", "%", "CNY", "lead", "CNY/lead"])),
            kind=draw(kinds),
            format=draw(st.sampled_from(["", "#,##0", "¥#,##0.00"])),
            additive=draw(st.booleans()),
        )
        for n in names
    ]
    rows = draw(st.lists(st.tuples(*[cells] * len(names)), max_size=30))
    some = st.sampled_from([*names, "gone", ""])
    chart = Chart(
        mark=draw(chart_marks),
        table="result",
        x=draw(some),
        y=tuple(draw(st.lists(some, max_size=3))),
        series=draw(st.one_of(st.none(), some)),
        unit=draw(st.sampled_from(["", "%", "CNY"])),
    )
    return chart, table(columns, rows)


@given(
    drawings(),
    st.sampled_from(["zh", "en"]),
    st.sampled_from([None, "day", "week", "month", "fiscal_year", "odd"]),
)
def test_any_table_can_be_drawn(drawing, lang, grain):
    chart, t = drawing
    time = TimeBasis(start="2026-01-01", end="2026-03-15", grain=grain)
    spec = to_vega(chart, t, lang, time=time, as_of="2026-03-01")
    json.dumps(spec, allow_nan=False)


numbers = st.one_of(st.none(), st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12))


@given(st.lists(numbers, min_size=2, max_size=12), chart_marks.filter(lambda m: m != "funnel"))
def test_every_number_is_a_cell(values, mark):
    t = table([dim(), val(unit="CNY")], [(f"c{i}", v) for i, v in enumerate(values)])
    chart = Chart(mark=mark, table="result", x="channel", y=("leads",), unit="CNY")
    drawn = {r["k"]: r["v"] for r in records(to_vega(chart, t, "zh"))}
    assert drawn == {f"c{i}": v for i, v in enumerate(values)}
