"""One table cell as text: the single place renderers call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.formatting import key_text, period_text, show

if TYPE_CHECKING:
    from assistant.answer import Answer, Cell, TableColumn


def cell_text(value: Cell, column: TableColumn, answer: Answer) -> str:
    """Return a cell in the answer's language."""
    if column.kind == "dimension":
        return key_text(value, answer.lang, column.labels)
    if column.kind == "time":
        grain = answer.basis.time.grain if answer.basis.time else None
        return period_text(value, grain, answer.lang)
    return show(value, unit=column.unit, pattern=column.format, lang=answer.lang, kind=column.kind)
