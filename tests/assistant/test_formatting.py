"""Numbers as people read them, and nothing that could make a renderer fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.formatting import key_text, period_text, show

SHOWN = [
    (318000, {"unit": "CNY", "pattern": "¥#,##0"}, "¥318,000"),
    (312.4, {"unit": "CNY/lead", "pattern": "¥#,##0.00"}, "¥312.40"),
    (0.1234, {"unit": "%"}, "12.3%"),
    (0.021, {"unit": "%", "kind": "delta"}, "+2.1个百分点"),
    (-0.5, {"unit": "%", "kind": "pct"}, "-50.0%"),
    (None, {"unit": "CNY"}, "—"),
    (5, {"unit": "lead", "pattern": "#,##0"}, "5条"),
    (123456789, {"unit": "CNY", "compact": True}, "¥1.23亿"),
]


@pytest.mark.parametrize(("value", "how", "text"), SHOWN)
def test_show(value, how, text) -> None:
    assert show(value, lang="zh", **how) == text


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
units = st.sampled_from(["", "%", "CNY", "CNY/lead", "day", "lead", "nonsense"])
kinds = st.sampled_from(["value", "delta", "pct", "share", "prev"])


@given(cells, units, kinds, st.sampled_from(["zh", "en"]), st.booleans())
def test_any_cell_has_a_text(value, unit, kind, lang, compact) -> None:
    assert isinstance(show(value, unit=unit, kind=kind, lang=lang, compact=compact), str)
    assert isinstance(key_text(value, lang), str)
    for grain in ("day", "week", "month", "quarter", "year", None):
        assert isinstance(period_text(value, grain, lang), str)
