"""What is being done for a question, as it happens: one interface for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "reading", "asking_model", "correcting", "looking_up", "writing", "checking_text", "done"]  # fmt: skip

_TEXTS: dict[Stage, tuple[str, str]] = {
    "waiting": ("排队中", "Waiting"),
    "reading": ("正在理解问题", "Reading the question"),
    "asking_model": ("正在请模型理解问题", "Asking the model to read the question"),
    "correcting": ("正在修正模型的理解", "Correcting the model's reading"),
    "looking_up": ("正在查询", "Looking it up"),
    "writing": ("正在写说明", "Writing it up"),
    "checking_text": ("正在逐句核对数字", "Checking every figure of the text"),
    "done": ("完成", "Done"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """One step.

    Attributes:
        about: Names of what is looked up: tools or metrics, never values.
    """

    stage: Stage
    about: tuple[str, ...] = ()

    def head(self, lang: str) -> str:
        """Return what is being done, without the names of what it is about."""
        zh, en = _TEXTS[self.stage]
        return zh if lang == "zh" else en

    def text(self, lang: str) -> str:
        """Return the step in words."""
        head = self.head(lang)
        names = ("、" if lang == "zh" else ", ").join(self.about)
        return (
            f"{head}：{names}" if names and lang == "zh" else f"{head}: {names}" if names else head
        )


Listener = Callable[[Progress], None]


def nobody(progress: Progress) -> None:
    """Listen to nothing."""
    del progress
