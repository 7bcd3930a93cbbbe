"""One Markdown text for the planner, one for prose, and one for each tool a model may call.

A tool's text may begin with a line `words: …`: the tool is offered when a question says one.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tools import get_tool

_FOLDER = Path(__file__).parent
_WORDS = "words:"


@lru_cache(maxsize=64)
def _read(name: str) -> tuple[str, tuple[str, ...]]:
    path = _FOLDER / f"{name}.md"
    if not path.exists():
        return get_tool(name).summary, ()
    text = path.read_text(encoding="utf-8").strip()
    if not text.startswith(_WORDS):
        return text, ()
    first, _, rest = text.partition("\n")
    words = (w.strip() for w in first.removeprefix(_WORDS).split(","))
    return rest.strip(), tuple(w for w in words if w)


def prompt(name: str) -> str:
    """Return the text `name`; for a tool without one its summary."""
    return _read(name)[0]


def words_of(tool: str) -> tuple[str, ...]:
    """Return the words by which a question asks for a tool."""
    return _read(tool)[1]
