"""Ordered bands of a number (`100-499人`): the words for several of them that meet an edge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semantic_layer.model import Dimension
from semantic_layer.query import Value

_BOUNDED = re.compile(r"(\d+) ?[-–~～至到] ?(\d+) ?(\D*)")
_OPEN = re.compile(r"(\d+) ?(?:\+ ?(\D+)|(\D*?)(?:及?以上|\+| or more))")
_BELOW = re.compile(r"(?:[<＜]|少于|不到|under |below |fewer than )? ?(\d+) ?(\D*?)(?:以下|以内)?")
_ALIKE = {"people": ("people", "employees", "staff"), "人": ("人", "名员工", "个员工")}
"""Units that are said in several ways."""
_WHOSE = ("", "with ", "companies with ", "companies of ", "firms with ", "enterprises with ")
_WHAT = ("", "的企业", "企业", "的公司", "公司")
_FROM = (
    "{n}{u}以上", "{n}{u}及以上", "{n}{u}或以上", "≥{n}{u}", ">={n}{u}", ">{n}{u}", "不少于{n}{u}",
    "不低于{n}{u}", "至少{n}{u}", "超过{n}{u}", "大于{n}{u}", "高于{n}{u}", "多于{n}{u}",
)  # fmt: skip
_UNDER = (
    "{n}{u}以下", "少于{n}{u}", "不到{n}{u}", "不足{n}{u}", "低于{n}{u}", "小于{n}{u}", "<{n}{u}",
)  # fmt: skip
_UP_TO = ("{n}{u}以下", "{n}{u}及以下", "{n}{u}以内", "不超过{n}{u}", "≤{n}{u}", "<={n}{u}")
_BETWEEN = ("{n}-{m}{u}", "{n}到{m}{u}", "{n}至{m}{u}", "{n}~{m}{u}", "{n}{u}到{m}{u}")
_FROM_EN = (
    "{n}+ {u}", "{n} or more {u}", "{n} {u} or more", "at least {n} {u}", "over {n} {u}",
    "more than {n} {u}", "above {n} {u}", "{n} {u} and above", "{n} {u} and up",
)  # fmt: skip
_UNDER_EN = ("under {n} {u}", "fewer than {n} {u}", "less than {n} {u}", "below {n} {u}")
_UP_TO_EN = ("up to {n} {u}", "at most {n} {u}", "no more than {n} {u}")
_BETWEEN_EN = ("{n} to {m} {u}", "{n} - {m} {u}", "{n}-{m} {u}", "between {n} and {m} {u}")


@dataclass(frozen=True)
class Band:
    """One band.

    Attributes:
        value: As it is stored.
        high: None for the band without an end.
    """

    value: Value
    low: int
    high: int | None
    unit: str


def band_words(dimension: Dimension, present: Sequence[Value]) -> Iterator[tuple[str, list[Value]]]:
    """Yield each way to name neighbouring bands by an edge, with the bands it means.

    Args:
        dimension: Whose values are put in order.
        present: The values that the asker may see.
    """
    bands = bands_of(dimension)
    labels = [
        spec.label.en if spec and spec.label else ""
        for spec in map(dimension.values.get, dimension.order)
    ]
    english = _bands(dimension, labels)
    for edges, forms, units in (
        (bands, (_FROM, _UNDER, _UP_TO, _BETWEEN), _WHAT),
        (english, (_FROM_EN, _UNDER_EN, _UP_TO_EN, _BETWEEN_EN), _WHOSE),
    ):
        for word, first, last in _said(edges, *forms):
            meant = [b.value for b in bands[first : last + 1] if b.value in present]
            for around in units if meant else ():
                yield (word + around if edges is bands else around + word), meant


def bands_of(dimension: Dimension) -> list[Band]:
    """Return the bands that a dimension's ordered values are; none where they are not bands."""
    return _bands(dimension, dimension.order)


def _bands(dimension: Dimension, texts: Sequence[str]) -> list[Band]:
    """Return the bands that ordered texts tell; none unless each goes on where one ends."""
    out: list[Band] = []
    for value, text in zip(dimension.order, texts, strict=True):
        band = _band(value, text, first=not out)
        known = out[-1].high if out else None
        follows = not out or (known is not None and band and band.low in {known, known + 1})
        if band is None or not follows or (out and band.unit != out[0].unit):
            return []
        out.append(band)
    return out if len(out) > 1 else []


def _band(value: Value, text: str, *, first: bool) -> Band | None:
    if found := _BOUNDED.fullmatch(text):
        return Band(value, int(found[1]), int(found[2]), found[3])
    if found := _OPEN.fullmatch(text):
        return Band(value, int(found[1]), None, found[2] or found[3])
    if first and (found := _BELOW.fullmatch(text)):
        return Band(value, 0, int(found[1]), found[2])
    return None


def _said(
    bands: Sequence[Band],
    since: Sequence[str],
    under: Sequence[str],
    up_to: Sequence[str],
    between: Sequence[str],
) -> Iterator[tuple[str, int, int]]:
    """Yield (words, first band, last band) of every edge and every stretch."""
    last = len(bands) - 1
    for i, band in enumerate(bands):
        for unit in _ALIKE.get(band.unit, (band.unit,)) if band.unit else ():
            parts: list[tuple[Sequence[str], int, int | None, int, int]] = []
            if i:
                parts += [(since, band.low, None, i, last), (under, band.low, None, 0, i - 1)]
            if band.high is not None and i < last:
                parts.append((up_to, band.high, None, 0, i))
            parts += [
                (between, band.low, other.high, i, j)
                for j, other in enumerate(bands)
                if j >= i and other.high is not None
            ]
            for forms, n, m, first, end in parts:
                for form in forms:
                    yield form.format(n=n, m=m, u=unit), first, end
                    if n >= 1000:
                        yield form.format(n=f"{n:,}", m=f"{m:,}" if m else m, u=unit), first, end
