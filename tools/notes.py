"""`Note`: what a result must say about itself: assumptions, windows, what was left out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer.result import Cell


class Note(BaseModel):
    """One remark on a result.

    Attributes:
        code: Stable identifier, for wording in another language.
        text: The remark in English, complete in itself.
        params: The figures and names in it.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    text: str
    params: dict[str, Cell] = Field(default_factory=dict)


def note(code: str, text: str, **params: Cell) -> Note:
    """Return a note whose text is `text` with its params filled in."""
    return Note(code=code, text=text.format(**params), params=params)
