"""Raw values -> text, in the reader's language. Numbers are formatted here and only here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal, format_percent

Cell = str | int | float | bool | None

EMPTY = "—"
_SYMBOL = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
UNITS_ZH = {
    "day": "天", "days": "天", "hour": "小时", "hours": "小时", "minute": "分钟", "lead": "条", "leads": "条",
    "order": "单", "orders": "单", "customer": "家", "opportunity": "个", "account": "家", "visitor": "人",
    "person": "人", "people": "人", "view": "次", "click": "次", "times": "次", "score": "分", "point": "分",
}  # fmt: skip
_BIG_ZH = ((1e8, "亿"), (1e7, "万"))
_OTHER = {"zh": "其他", "en": "Other"}
_NULL = {"zh": "（空）", "en": "(empty)"}


@lru_cache(maxsize=4)
def _locale(lang: str) -> Locale:
    return Locale.parse("zh_CN" if lang == "zh" else "en_US")


def symbol(unit: str) -> str:
    """Return the currency sign of a unit such as CNY or CNY/lead, or ""."""
    return _SYMBOL.get(unit.split("/")[0], "")


def _decimals(value: float, pattern: str) -> int:
    if "." in pattern:
        return len(pattern.split(".")[1].rstrip("%").replace("#", "0").rstrip())
    if pattern:
        return 0
    return 0 if float(value).is_integer() else 2


def number(value: float, lang: str, *, decimals: int = 0, signed: bool = False) -> str:
    """Return a grouped number."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(abs(value), format=pattern, locale=_locale(lang))
    if value < 0 and any(c in "123456789" for c in text):
        return f"-{text}"
    return f"+{text}" if signed and value > 0 else text


def percent(value: float, lang: str, *, decimals: int = 1, signed: bool = False) -> str:
    """Return a fraction of 1 as a percentage."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    text = format_percent(abs(value), format=pattern, locale=_locale(lang))
    if value < 0 and any(c in "123456789" for c in text):
        return f"-{text}"
    return f"+{text}" if signed and value > 0 else text


def show(
    value: Cell,
    *,
    unit: str = "",
    pattern: str = "",
    lang: str = "zh",
    kind: str = "value",
    compact: bool = False,
) -> str:
    """Return a value as text with its unit.

    Args:
        value: Raw cell: rates as fractions of 1, money in units of currency.
        unit: Unit of the column.
        pattern: Number pattern of the metric.
        lang: Language of the reader.
        kind: Column kind; `delta` of a rate becomes percentage points.
        compact: Use 亿/万 (or M/B) for large amounts.
    """
    if value is None:
        return EMPTY
    if isinstance(value, bool | str):
        return str(value)
    if abs(value) >= 1e21:
        return f"{Decimal(value):.6g}"  # beyond any grouping; an integer may be beyond float too
    signed = kind in {"delta", "pct"}
    if unit == "%" and kind == "delta":
        points = number(value * 100, lang, decimals=1, signed=True)
        return points + ("个百分点" if lang == "zh" else " pp")
    if unit == "%":
        return percent(value, lang, signed=signed)
    if compact and abs(value) >= 1e7:
        return _compact(value, unit, lang, signed=signed)
    decimals = _decimals(value, pattern)
    if kind == "delta" and decimals == 0 and not float(value).is_integer() and abs(value) < 10:
        decimals = 2
    text = number(value, lang, decimals=decimals, signed=signed)
    return _with_unit(text, unit, lang)


def _with_unit(text: str, unit: str, lang: str) -> str:
    sign = symbol(unit)
    if sign:
        head, body = (text[0], text[1:]) if text[:1] in "+-" else ("", text)
        return f"{head}{sign}{body}"
    if lang == "zh" and unit in UNITS_ZH:
        return f"{text}{UNITS_ZH[unit]}"
    if lang == "en" and unit in {"day", "hour", "minute"}:
        return f"{text} {unit}s"
    return text


def _compact(value: float, unit: str, lang: str, *, signed: bool) -> str:
    if lang == "zh":
        size, word = next((s, w) for s, w in _BIG_ZH if abs(value) >= s)
        scale = 1e4 if word == "万" else size
        text = number(value / scale, lang, decimals=2, signed=signed) + word
    else:
        scale, word = (1e9, "B") if abs(value) >= 1e9 else (1e6, "M")
        text = number(value / scale, lang, decimals=2, signed=signed) + word
    return _with_unit(text, unit, lang)


def key_text(value: Cell, lang: str, labels: Mapping[str, str] | None = None) -> str:
    """Return a dimension value as text: empty and folded groups get their names."""
    if value is None:
        return _NULL[lang]
    if value == "__other__":
        return _OTHER[lang]
    return (labels or {}).get(str(value), str(value))


def period_text(value: Cell, grain: str | None, lang: str) -> str:
    """Return a period's first day (ISO) as its usual name: 2026年3月, 2026Q1, 2026-03-02 (week)."""
    if value is None:
        return _NULL[lang]
    text = str(value)
    if len(text) < 7 or not text[5:7].isdigit():
        return text
    year, month = text[:4], int(text[5:7])
    if grain == "month":
        return f"{year}年{month}月" if lang == "zh" else f"{year}-{month:02d}"
    if grain == "quarter":
        return f"{year}Q{(month - 1) // 3 + 1}"
    if grain == "year":
        return f"{year}年" if lang == "zh" else year
    if grain == "week":
        return f"{text} 周" if lang == "zh" else f"week of {text}"
    return text
