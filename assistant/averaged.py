"""The sentence that tells the mean of a series over its whole periods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from assistant.formatting import show

if TYPE_CHECKING:
    from assistant.narrate import Teller

_UNITS = {
    "day": ("天", "day"), "week": ("周", "week"), "month": ("月", "month"),
    "quarter": ("季度", "quarter"), "year": ("年", "year"),
    "fiscal_quarter": ("财季", "fiscal quarter"), "fiscal_year": ("财年", "fiscal year"),
}  # fmt: skip
_COUNTED = {"月": "个月", "季度": "个季度", "财季": "个财季", "财年": "个财年"}
_TEXT = {
    "zh": "{label}平均每{unit} {value}（按 {count}计算{left}）",
    "en": "{label} {value} per {unit} on average (over {count}{left})",
}
_LEFT = {"zh": "，未满的 {count}不计", "en": "; {count} not complete left out"}
_NONE = {
    "zh": "{label}没有完整的时间段可求平均，各期数值见表",
    "en": "{label}: no whole periods to average; the values are in the table",
}

_COARSE = 1000
"""From here on a decimal place tells nothing."""


def mean_text(teller: Teller) -> str:
    """Return the mean over the whole periods shown, and how many; or that there is none.

    A period without rows counts with the value the metric has then (0 for a count); one
    whose value is unknown would make the mean one of other periods, so there is none.
    """
    data, grain, column = teller.data, teller.data.grain, teller.main()
    i = teller.table.columns.index(column)
    whole = [row[i] for row in data.rows if not teller.is_part(row)]
    values = [cell for cell in whole if isinstance(cell, int | float)]
    cut = data.total_rows > len(data.rows)
    if grain is None or cut or not values or len(values) < len(whole):
        return _NONE[teller.lang].format(label=column.label)
    mean = math.fsum(values) / len(values)
    fine = "." in column.format or abs(mean) >= _COARSE
    pattern = column.format if fine else f"{column.format}.0"
    value = show(mean, unit=column.unit, pattern=pattern, lang=teller.lang)
    left = len(data.rows) - len(whole)
    return _TEXT[teller.lang].format(
        label=column.label,
        unit=_UNITS[grain.value][teller.lang == "en"],
        value=value,
        count=_count(len(values), grain.value, teller.lang),
        left=_LEFT[teller.lang].format(count=_count(left, grain.value, teller.lang))
        if left
        else "",
    )


def _count(number: int, grain: str, lang: str) -> str:
    zh, en = _UNITS[grain]
    if lang == "zh":
        return f"{number} {_COUNTED.get(zh, zh)}"
    return f"{number} {en}{'' if number == 1 else 's'}"
