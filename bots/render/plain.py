"""An answer as plain text, for screens without colour and for the text part of a mail."""

from __future__ import annotations

import unicodedata

from assistant.answer import Answer, Table
from assistant.cells import cell_text
from bots.render.terminal import receipt

_MAX_ROWS = 30
_MAX_CELL = 40
_WORDS = {
    "zh": {"more": "……共 {} 行，只列出 {} 行", "next": "还可以问"},
    "en": {"more": "… {} rows, {} listed", "next": "Next"},
}


def to_plain(answer: Answer) -> str:
    """Return the answer as text whose columns line up in a fixed-width font; says what it cuts."""
    parts = [answer.headline]
    parts += [answer.text] if answer.text else []
    choices = enumerate(answer.clarify.choices, 1)
    parts += ["\n".join(f"{i}. {c.label} {c.value}".rstrip() for i, c in choices)]
    if answer.status == "answered":
        parts += [_table(t, answer) for t in answer.tables if len(t.rows) > 1]
    parts += [f"! {w}" for w in answer.warnings]
    parts += [receipt(answer)]
    if answer.followups:
        parts.append(f"{_WORDS[answer.lang]['next']}: {' · '.join(answer.followups)}")
    return "\n\n".join(p for p in parts if p.strip()) + "\n"


def _table(table: Table, answer: Answer) -> str:
    shown = table.rows[:_MAX_ROWS]
    cells = [[_short(c.label) for c in table.columns]]
    cells += [
        [_short(cell_text(v, c, answer)) for v, c in zip(row, table.columns, strict=True)]
        for row in shown
    ]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(table.columns))]
    right = [c.type == "number" for c in table.columns]
    lines = [
        "  ".join(_pad(t, w, right=r) for t, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in cells
    ]
    total = max(table.total_rows, len(table.rows))
    more = _WORDS[answer.lang]["more"].format(total, len(shown))
    return "\n".join([*lines, more] if total > len(shown) else lines)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_CELL else flat[: _MAX_CELL - 1] + "…"


def _width(text: str) -> int:
    """Return the columns a text takes: East Asian wide characters take two, marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
