"""An answer as Markdown: headline, table, receipt."""

from __future__ import annotations

from assistant.answer import Answer, Table
from assistant.cells import cell_text
from bots.render.terminal import receipt

_MAX_ROWS = 200


def to_markdown(answer: Answer) -> str:
    """Return the answer as Markdown; table cells are escaped."""
    parts = [f"**{answer.headline}**"]
    if answer.text:
        parts.append(answer.text)
    if answer.clarify.choices:
        parts.append(
            "\n".join(
                f"{i}. {c.label} {c.value}".rstrip()
                for i, c in enumerate(answer.clarify.choices, 1)
            )
        )
    if answer.status == "answered":
        parts += [_table(t, answer) for t in answer.tables]
    parts += [f"> ⚠ {w}" for w in answer.warnings]
    if answer.basis.metrics:
        parts.append("\n".join(f"> {line}" for line in receipt(answer).splitlines()))
    return "\n\n".join(parts)


def _table(table: Table, answer: Answer) -> str:
    head = "| " + " | ".join(_cell(c.label) for c in table.columns) + " |"
    rule = "|" + "|".join("---:" if c.type == "number" else "---" for c in table.columns) + "|"
    rows = [
        "| "
        + " | ".join(
            _cell(cell_text(v, c, answer)) for v, c in zip(row, table.columns, strict=True)
        )
        + " |"
        for row in table.rows[:_MAX_ROWS]
    ]
    hidden = len(table.rows) - len(rows)
    more = [f"| … {hidden} more rows |"] if hidden > 0 else []
    return "\n".join([head, rule, *rows, *more])


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
