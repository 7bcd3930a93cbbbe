"""`为什么他的分数这么高`: why the score of the lead under discussion, or of a named one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from assistant.plan import Plan, ToolCall
from assistant.planner.draft import Ask
from assistant.planner.slots import Slots
from assistant.planner.tooling.leads import summary_args, which_lead
from assistant.planner.tooling.setting import Setting
from semantic_layer import SemanticLayer

_SCORE = r"(?:评分|得分|打分|分数|分(?=[这那怎为高低多少])|scored?\b|scores\b|points\b)"
_WHY = r"(?:为什么|为何|为啥|怎么|凭什么|依据|原因|怎样|why|how come|what makes|explain)"
_ONE = r"(?:他|她|ta|此人|这个人|这位|该?线索|这条|his|her|him|their|its|this lead|that lead|the lead|lead)"
_ASKS = re.compile(
    rf"(?=.*{_SCORE})(?=.*{_WHY})(?=.*{_ONE}).{{4,60}}|(?=.*{_WHY}).*{_ONE}.{{0,6}}分(?:这么|那么|怎么)?[高低]",
    re.IGNORECASE,
)
_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{0,4}[-_]?\d{3,}(?![A-Za-z0-9])")
_Read = Callable[[str], tuple[Slots, str]]


def asks_score(text: str) -> bool:
    """Whether a message asks why a lead's score is what it is."""
    return bool(_ASKS.search(text))


def score_plan(
    layer: SemanticLayer, question: str, before: Iterable[str], read: _Read
) -> Plan | None:
    """Return the plan of a question about one lead's score; None when it is none.

    Args:
        layer: Definitions.
        question: As typed.
        before: The questions that it may continue, oldest first.
        read: Reads a question into slots.

    Raises:
        Ask: It is not known which lead is meant.
    """
    if not asks_score(question):
        return None
    named = _ID.search(question)
    args = {"lead": named.group()} if named else _discussed(layer, before, read)
    if args is None:
        raise which_lead()
    call = ToolCall(tool="summarize_lead", args={**args, "about": "score"})
    return Plan(calls=(call,), intent="brief", follows=named is None)


def _discussed(
    layer: SemanticLayer, before: Iterable[str], read: _Read
) -> dict[str, object] | None:
    """Return the lead that was spoken of last."""
    for text in reversed(tuple(before)):
        named = _ID.search(text)
        if named is not None:
            return {"lead": named.group()}
        slots, _ = read(text)
        if "lead_brief" in slots.intents:
            try:
                return summary_args(Setting(layer, slots))
            except Ask:
                return None
    return None
