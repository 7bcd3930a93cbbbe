"""What a planner returns: a plan of tool calls, a clarification, or a refusal."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Lane = Literal["governed-lexicon", "governed-llm", "ungoverned-sql"]


class Frozen(BaseModel):
    """Immutable base."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(Frozen):
    """One call of a tool with its arguments."""

    tool: str
    args: dict[str, Any] = Field(default_factory=dict)


class Note(Frozen):
    """A sentence in both languages."""

    zh: str
    en: str

    def get(self, lang: str) -> str:
        """Return the sentence in `lang`."""
        return self.zh if lang == "zh" else self.en


class Plan(Frozen):
    """Tool calls that answer the question, and what was assumed."""

    calls: tuple[ToolCall, ...]
    assumptions: tuple[Note, ...] = ()
    intent: str = "value"
    focus: tuple[str, ...] = ()
    """Dimension values the question is about, when the whole is needed to answer (shares)."""
    mean: bool = False
    """The mean over the periods of the window is asked for."""
    apart: bool = False
    """The plain difference of the two periods is asked for (差多少)."""
    ends: int = 0
    """How many rows of each end of the ranking are to be told; 0 for none."""
    direction: int = 0
    """Which way the change asked for goes: 1 up, -1 down, 0 either."""
    follows: bool = False
    """It continues the question before it."""
    draw: str = ""
    """The picture asked for: line, bar, pie, or table for none; by rule when empty."""
    export: str = ""
    """The file asked for: xlsx or csv."""


class Choice(Frozen):
    """One reading of an ambiguous question."""

    label: Note
    plan: Plan


class Clarification(Frozen):
    """The question has several readings, or lacks something."""

    question: Note
    choices: tuple[Choice, ...] = ()
    examples: tuple[Note, ...] = ()
    settles: bool = False
    """The one reading that has an answer may be taken, the others being named."""
    follows: bool = False


class Refusal(Frozen):
    """The planner does not understand, and says what."""

    code: str
    message: Note
    hint: Note
    candidates: tuple[str, ...] = ()


Planned = Plan | Clarification | Refusal
