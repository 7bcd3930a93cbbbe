"""The chat model of an endpoint, and what its replies really say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from assistant.agent.settings import Endpoint

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"```(?:json|tool_call)?\s*(\{.*?\}|\[.*?\])\s*```", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def chat_model(endpoint: Endpoint, timeout_s: float) -> ChatOpenAI:
    """Return the model; retries are ours, so the library makes none."""
    from langchain_openai import ChatOpenAI

    key = endpoint.api_key.get_secret_value()
    fields: dict[str, Any] = {
        "model": endpoint.model,
        "api_key": key or "none",  # local servers want none, the library wants a text
        "timeout": timeout_s,
        "max_retries": 0,
        "max_tokens": endpoint.max_tokens,
        "streaming": endpoint.stream,
        "stream_usage": endpoint.stream,
        "use_responses_api": False,
    }
    if endpoint.base_url:
        fields["base_url"] = endpoint.base_url
    if endpoint.temperature is not None:
        fields["temperature"] = endpoint.temperature
    if endpoint.extra:
        fields["extra_body"] = endpoint.extra
    return ChatOpenAI(**fields)


def text_of(reply: AIMessage) -> str:
    """Return the visible text of a reply, without thoughts."""
    content = reply.content
    if isinstance(content, list):
        parts = [p if isinstance(p, str) else str(p.get("text", "")) for p in content]
        content = "".join(parts)
    return _THOUGHTS.sub("", content).strip()


def lenient_json(text: str) -> Any:  # noqa: ANN401 - JSON can be anything
    """Return complete JSON with the slips that models make, else None.

    A text that was cut off is never completed: half a filter list is a wrong question.
    """
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(candidate, strict=False)
        except ValueError:
            continue
    return None


def call_in(text: str, tools: Iterable[str]) -> tuple[str, dict[str, Any]] | None:
    """Return the tool call that a text spells out (fenced, tagged or bare), if it names a tool."""
    known = frozenset(tools)
    for piece in (*_TAGGED.findall(text), *_FENCED.findall(text), _braced(text)):
        found = lenient_json(piece) if piece else None
        if isinstance(found, list) and found:
            found = found[0]
        call = _as_call(found) if isinstance(found, dict) else None
        if call is not None and call[0] in known:
            return call
    return None


def _braced(text: str) -> str:
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else ""


def _as_call(found: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    inner = found.get("function")
    source = inner if isinstance(inner, dict) else found
    name = source.get("name") or source.get("tool")
    args = next((source[k] for k in ("arguments", "args", "parameters") if k in source), None)
    if isinstance(args, str):
        args = lenient_json(args)
    return (name, args) if isinstance(name, str) and isinstance(args, dict) else None
