"""Whether a number is said in the unit of what it is said of."""

from __future__ import annotations

from assistant.formatting import UNITS_ZH
from assistant.grounding.numerals import Numeral

_PLAIN = frozenset({"money", "count", "duration", "number"})


def in_unit(number: Numeral, measure: str, unit: str) -> bool:
    """Return whether a number's unit is that of a value.

    Args:
        number: As it was said.
        measure: What is measured: money, percent, points, times, duration, count, number.
        unit: Unit of the metric, such as `CNY/lead`.
    """
    match number.unit:
        case "money":
            return measure == "money" and number.word in {"", unit.split("/")[0]}
        case "percent" | "points" | "times":
            return measure == number.unit
        case "duration":
            return measure == "duration" and unit.rstrip("s") == number.word
        case "classifier":
            return measure == "count" and UNITS_ZH.get(unit) == number.word
        case _:
            return measure in _PLAIN
