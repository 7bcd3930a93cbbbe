"""What a model is told of a long conversation: the plans that were carried out, not what was said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from assistant.agent.catalogue import quoted
from assistant.agent.usage import estimate_tokens
from assistant.plan import ToolCall

MOST_CALLS = 6
MAX_TOKENS = 320
_TOLD = ("metrics", "dimensions", "filters", "time", "grain", "compare")


def summary_of(calls: Sequence[ToolCall]) -> str:
    """Return the last plans of a conversation, oldest first, one JSON line each.

    The same calls give the same text. It holds at most MOST_CALLS plans and MAX_TOKENS tokens:
    what is oldest is left out first, and a plan that was only asked again is told once.

    Args:
        calls: The plans, oldest first.
    """
    lines = [line for line, _ in groupby(map(_line, calls))][-MOST_CALLS:]
    while lines and estimate_tokens("\n".join(lines)) > MAX_TOKENS:
        lines = lines[1:]
    return "\n".join(lines)


def _line(call: ToolCall) -> str:
    kept = {k: call.args[k] for k in _TOLD if call.args.get(k)}
    return quoted({"tool": call.tool, **kept})
