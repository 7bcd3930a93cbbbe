"""One Markdown text for the planner, one for prose, and one for each tool a model may call."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tools import get_tool

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=64)
def prompt(name: str) -> str:
    """Return the text `name`; for a tool without one its summary."""
    path = _FOLDER / f"{name}.md"
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    return get_tool(name).summary
