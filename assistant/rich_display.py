"""An answer as HTML for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from assistant.cells import cell_text

if TYPE_CHECKING:
    from assistant.answer import Answer, Table

_MAX_ROWS = 50


def to_html(answer: Answer) -> str:
    """Return the answer as an HTML fragment; every text is escaped."""
    parts = [f"<p><strong>{escape(answer.headline)}</strong></p>"]
    if answer.text:
        parts.append(f"<p>{escape(answer.text)}</p>")
    parts += [_table(t, answer) for t in answer.tables]
    parts += [f"<p>⚠ {escape(w)}</p>" for w in answer.warnings]
    return "\n".join(parts)


def _table(table: Table, answer: Answer) -> str:
    head = "".join(f"<th>{escape(c.label)}</th>" for c in table.columns)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{escape(cell_text(v, c, answer))}</td>"
            for v, c in zip(row, table.columns, strict=True)
        )
        + "</tr>"
        for row in table.rows[:_MAX_ROWS]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
