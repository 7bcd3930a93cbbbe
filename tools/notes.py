"""`Note`: what a result must say about itself: assumptions, windows, what was left out.

Tools give a code and what belongs in the sentence; the words, in every language, are the
assistant's (`assistant.tell.remarks`).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer.model import Text
from semantic_layer.result import Cell

Param = Cell | Text | tuple[Text, ...] | tuple[str, ...]


class Note(BaseModel):
    """One remark on a result.

    Attributes:
        code: Stable identifier of the remark.
        params: The figures, names (in both languages) and codes in it.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    params: dict[str, Param] = Field(default_factory=dict)


def note(code: str, **params: Param) -> Note:
    """Return a note."""
    return Note(code=code, params=params)
