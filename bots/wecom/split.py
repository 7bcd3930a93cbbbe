"""Splitting a long markdown message by bytes, at lines, with tables and fences kept whole."""

from __future__ import annotations

from collections.abc import Iterator

from bots.render.measure import cut, utf8

_FENCE = "```"


def split(text: str, limit: int, *, parts: int) -> tuple[tuple[str, ...], bool]:
    """Return at most `parts` messages of at most `limit` bytes, and whether something was lost.

    A table that continues in the next message repeats its header; a code fence is closed and
    opened again.
    """
    out: list[str] = []
    pending = list(_pieces(text, limit))
    current = ""
    while pending:
        joined = f"{current}\n\n{pending[0]}" if current else pending[0]
        if utf8(joined) <= limit:
            current = joined
            pending.pop(0)
            continue
        out.append(current)
        current = ""
    if current:
        out.append(current)
    return tuple(out[:parts]), len(out) > parts


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Yield blocks, each within the limit."""
    for block in _blocks(text):
        if utf8(block) <= limit:
            yield block
        elif block.startswith(_FENCE):
            yield from _fenced(block, limit)
        elif _is_table(block):
            yield from _tabled(block, limit)
        else:
            yield from _packed(block.splitlines(), limit)


def _blocks(text: str) -> Iterator[str]:
    block: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            fenced = not fenced
        if line or fenced:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def _is_table(block: str) -> bool:
    lines = block.splitlines()
    return len(lines) > 2 and all(x.startswith("|") for x in lines)


def _tabled(block: str, limit: int) -> Iterator[str]:
    head, rule, *rows = block.splitlines()
    top = f"{head}\n{rule}"
    room = limit - utf8(top) - 1
    if room < limit // 4:
        yield from _packed(block.splitlines(), limit)
        return
    for part in _packed(rows, room):
        yield f"{top}\n{part}"


def _fenced(block: str, limit: int) -> Iterator[str]:
    first, *lines = block.splitlines()
    body = lines[:-1] if lines and lines[-1].startswith(_FENCE) else lines
    for part in _packed(body, limit - utf8(first) - len(_FENCE) - 2):
        yield f"{first}\n{part}\n{_FENCE}"


def _packed(lines: list[str], limit: int) -> Iterator[str]:
    """Put lines together; a line that is too long by itself is broken at characters."""
    current = ""
    for line in (piece for raw in lines for piece in _broken(raw, limit)):
        joined = f"{current}\n{line}" if current else line
        if utf8(joined) <= limit:
            current = joined
            continue
        yield current
        current = line
    if current:
        yield current


def _broken(line: str, limit: int) -> Iterator[str]:
    while utf8(line) > limit:
        head = cut(line, limit, utf8).removesuffix("…")
        if not head:
            head = line[:1]
        yield head
        line = line[len(head) :].lstrip()
    yield line
