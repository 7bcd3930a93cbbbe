"""The sentence that tells the highest and the lowest rows of a ranking side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.narrate import Teller
    from assistant.narrated import Row


def both_ends_text(teller: Teller, count: int) -> str:
    """Return the first and the last `count` rows, and whether others equal the last named.

    A period that is not over is no low: it stands among the highest only. Where the two ends
    would meet, no row is named twice.

    Args:
        teller: Its rows are in falling order.
        count: Rows of each end.
    """
    column = teller.main()
    i = teller.table.columns.index(column)
    timed = teller.data.grain is not None
    rows = [r for r in teller.data.rows if r[i] is not None]
    high = rows[:count]
    low = [r for r in reversed(rows) if r not in high and not (timed and teller.is_part(r))]
    words = teller.words
    parts = [
        words("best").format(
            label=column.label, count=len(high), rows=teller.pairs(high, column, count)
        )
        + _level(teller, rows, high, i)
    ]
    if low:
        rest = low[:count]
        shown = teller.pairs(rest, column, count)
        parts.append(
            words("least").format(count=len(rest), rows=shown) + _level(teller, low, rest, i)
        )
    if len(high) + len(low) < len(rows):
        parts[-1] += words("not_low")
    parts.append(words("rows").format(shown=len(teller.data.rows)))
    return words("sep").join(parts)


def _level(teller: Teller, rows: list[Row], shown: list[Row], i: int) -> str:
    """Return which row is as good as the last one shown, if the count cuts there."""
    after = rows[len(shown) : len(shown) + 1]
    if not after or not shown or after[0][i] != shown[-1][i]:
        return ""
    return teller.words("tied").format(key=teller.key(after[0]))
