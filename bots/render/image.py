"""Charts and answer cards as SVG and PNG, with the bundled font: no browser, no network."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from assistant.answer import Answer
from assistant.cells import cell_text
from bots.render.vega import FONTS, answer_specs, window, wrap
from bots.render.vega_axes import Spec
from semantic_layer import AskmqlError

FONT_FOLDER = Path(__file__).parent / "fonts"
FONT_FILE = "AskmqlSansSC-Regular.otf"
_VERSION = "5.21"
_SCALE = 2
_WIDTH = 720


@dataclass(frozen=True)
class Image:
    """A picture, and what its reader must be told.

    Attributes:
        data: The file's bytes.
        warnings: What could not be drawn, in words.
    """

    data: bytes
    warnings: tuple[str, ...] = ()


def to_svg(answer: Answer) -> Image:
    """Return an answer's first chart, or a card with its headline, as SVG.

    Its text stays text: what the bundled font lacks is drawn with the reader's own fonts.

    Raises:
        AskmqlError: The charts extra or the font is missing.
    """
    return Image((_drawn(answer, "") or card(answer)).encode())


def to_png(answer: Answer) -> Image:
    """Return an answer's first chart, or a card with its headline, as PNG.

    A character that the bundled font lacks is written as its code point, and warned of.

    Raises:
        AskmqlError: The charts extra or the font is missing.
    """
    source = "".join(_texts(answer_specs(answer)[:1])) or card(answer)
    absent = missing_characters(source)
    text = _drawn(answer, absent) or _spelled(card(answer), absent)
    data: bytes = renderer().svg_to_png(text, scale=_SCALE)
    return Image(data, (_warning(absent, answer.lang),) if absent else ())


def _drawn(answer: Answer, absent: str) -> str:
    specs = answer_specs(answer)
    return chart_svg(_spelled(specs[0], absent)) if specs else ""


def chart_svg(spec: Spec) -> str:
    """Return a Vega-Lite specification as SVG; it may read nothing but its own values."""
    text: str = renderer().vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=[])
    return text


def _warning(absent: str, lang: str) -> str:
    listed = " ".join(f"{c} (U+{ord(c):04X})" for c in absent)
    if lang == "zh":
        return f"图片字体没有这些字，图上写的是它们的编码：{listed}"
    return f"The picture's font lacks these characters; it shows their code points: {listed}"


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON can be anything
    """Every text of a specification; more than is drawn, never less."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list | tuple) else []


def _spelled(value: Any, absent: str) -> Any:  # noqa: ANN401 - JSON can be anything
    """Write the characters that cannot be drawn as code points: a box would say nothing."""
    if not absent:
        return value
    if isinstance(value, str):
        return value.translate({ord(c): f"[U+{ord(c):04X}]" for c in absent})
    if isinstance(value, dict):
        return {k: _spelled(v, absent) for k, v in value.items()}
    return [_spelled(v, absent) for v in value] if isinstance(value, list | tuple) else value


# --- the renderer and its font ------------------------------------------------------------


def renderer() -> ModuleType:
    """Return vl-convert with the bundled font.

    Raises:
        AskmqlError: NO_CHART_EXTRA or NO_CHART_FONT.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise AskmqlError(
            "NO_CHART_EXTRA",
            "Pictures need the `charts` extra.",
            hint="pip install 'vl-convert-python>=1.7' (or the extra: pip install -e '.[charts]')",
        ) from error
    _register(vl_convert, str(FONT_FOLDER))
    return vl_convert


@lru_cache(maxsize=4)
def _register(module: ModuleType, folder: str) -> None:
    covered()  # without it the pictures would have no text at all, and no error
    module.register_font_directory(folder)


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """Return the code points of the bundled font.

    Raises:
        AskmqlError: The font is missing or is not one.
    """
    path = FONT_FOLDER / FONT_FILE
    try:
        return _cmap(path.read_bytes())
    except (OSError, struct.error, StopIteration) as error:
        raise AskmqlError(
            "NO_CHART_FONT",
            f"The chart font cannot be read: {path}",
            hint="Reinstall askmql; the font is part of it (scripts/make_font.py builds it).",
        ) from error


def _cmap(data: bytes) -> frozenset[int]:
    """Read the character table (one of format 12, as scripts/make_font.py writes it)."""
    count = struct.unpack_from(">H", data, 4)[0]
    tables = (struct.unpack_from(">4sIII", data, 12 + 16 * i) for i in range(count))
    start = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    subtable = start + struct.unpack_from(">I", data, start + 8)[0]
    version, _, _, _, groups = struct.unpack_from(">HHIII", data, subtable)
    if version != 12:
        raise struct.error
    ranges = (struct.unpack_from(">III", data, subtable + 16 + 12 * i) for i in range(groups))
    return frozenset(c for a, b, _ in ranges for c in range(a, b + 1))


def missing_characters(text: str) -> str:
    """Return the characters that the bundled font cannot draw, each once, in order."""
    known = covered()
    return "".join(dict.fromkeys(c for c in text if ord(c) not in known and not c.isspace()))


# --- cards --------------------------------------------------------------------------------


def card(answer: Answer) -> str:
    """Return an answer without a chart as a picture: the values in large, or its sentence."""
    y, parts = 40, []
    for line in wrap(window(answer.basis.time, answer.basis.as_of, answer.lang), 80):
        parts.append(_text(line, y, 14, "#5B6470"))
        y += 22
    for label, value in _values(answer):
        parts += [_text(label, y + 12, 15, "#5B6470"), _text(value, y + 56, 38, "#0072B2")]
        y += 92
    y += 8
    told = [(answer.headline, 17, "#1F2933", 70), (answer.text, 14, "#1F2933", 86)]
    told += [(f"· {c.label} {c.value}".rstrip(), 15, "#1F2933", 80) for c in answer.clarify.choices]
    told += [(f"⚠ {w}", 13, "#9A5B00", 92) for w in answer.warnings]
    told.append((_foot(answer), 12, "#5B6470", 100))
    for text, size, colour, columns in told:
        for line in (piece for t in text.splitlines() for piece in wrap(t, columns)):
            parts.append(_text(line, y, size, colour))
            y += round(size * 1.6)
        y += 8
    height = y + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}"><rect width="{_WIDTH}" height="{height}" fill="white"/>'
        + "".join(parts)
        + "</svg>"
    )


def _values(answer: Answer) -> list[tuple[str, str]]:
    table = answer.tables[0] if answer.tables else None
    if answer.status != "answered" or table is None or len(table.rows) != 1:
        return []
    cells = zip(table.rows[0], table.columns, strict=True)
    return [(c.label, cell_text(v, c, answer)) for v, c in cells if c.kind == "value"][:6]


def _foot(answer: Answer) -> str:
    basis = answer.basis
    if not basis.as_of:
        return ""
    if answer.lang == "zh":
        return f"数据截至 {basis.as_of} · 视图：{basis.scope} · 定义 {basis.definitions_version}"
    return f"data through {basis.as_of} · view: {basis.scope} · definitions {basis.definitions_version}"


def _text(text: str, y: int, size: int, colour: str) -> str:
    clean = "".join(c for c in text if c == "\t" or ord(c) >= 32)
    return (
        f'<text x="24" y="{y}" font-family="{FONTS}" font-size="{size}" fill="{colour}">'
        f"{escape(clean)}</text>"
    )
