"""What is being done for a question, as it happens: one interface for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["reading", "asking_model", "correcting", "looking_up", "writing", "checking_text", "done"]  # fmt: skip

_TEXTS: dict[Stage, tuple[str, str]] = {
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

    def text(self, lang: str) -> str:
        """Return the step in words."""
        zh, en = _TEXTS[self.stage]
        head = zh if lang == "zh" else en
        names = ("、" if lang == "zh" else ", ").join(self.about)
        return (
            f"{head}：{names}" if names and lang == "zh" else f"{head}: {names}" if names else head
        )


Listener = Callable[[Progress], None]


def nobody(progress: Progress) -> None:
    """Listen to nothing."""
    del progress
