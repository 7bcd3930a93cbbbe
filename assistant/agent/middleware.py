"""LangChain middleware: limits, retries, recovery of calls that models write in other ways."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, hook_config
from langchain_core.messages import AIMessage, HumanMessage

from assistant.agent.model import call_in, lenient_json, text_of
from assistant.agent.run import current

_AGAIN = "Call exactly one of the tools, with complete JSON arguments."
_BROKEN = "The tool call was cut off or was no JSON. " + _AGAIN


class _Guard(AgentMiddleware[Any, Any]):
    """Stands around every model call; the question is the current one of its thread."""

    def __init__(self, overhead: str) -> None:
        super().__init__()
        self._overhead = overhead

    @hook_config(can_jump_to=["end"])
    def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:  # noqa: ANN401 - LangChain's types
        """End as soon as a call is accepted, repeated, or enough were tried."""
        del state, runtime
        return {"jump_to": "end"} if current().over else None

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call with deadline, retries and budget; ask again for what cannot be used."""
        run = current()
        if run.caller.endpoint.strict:
            request = request.override(model_settings={**request.model_settings, "strict": True})
        while True:
            reply = run.ask(lambda r=request: _message(handler(r)), self._sent(request))  # type: ignore[misc]
            usable = recovered(reply, [t.name for t in request.tools if not isinstance(t, dict)])
            if usable.tool_calls or run.made >= run.most:
                return ModelResponse(result=[usable])
            why = _BROKEN if reply.invalid_tool_calls else _AGAIN
            said = AIMessage(text_of(reply)[:500] or "…")
            request = request.override(messages=[*request.messages, said, HumanMessage(why)])

    def _sent(self, request: ModelRequest[Any]) -> str:
        system = request.system_message.content if request.system_message else ""
        return f"{system}{self._overhead}" + "".join(str(m.content) for m in request.messages)


def guard(overhead: str) -> AgentMiddleware[Any, Any]:
    """Return the middleware of an agent; `overhead` is the text of its tools."""
    return _Guard(overhead)


def _message(response: ModelResponse[Any]) -> AIMessage:
    return next(m for m in reversed(response.result) if isinstance(m, AIMessage))


def recovered(reply: AIMessage, tools: list[str]) -> AIMessage:
    """Return the reply with at most one tool call, also one that stands in its text.

    Broken arguments are mended only where they are complete; a call that was cut off is none.
    """
    if reply.tool_calls:
        first = next((c for c in reply.tool_calls if c["name"] in tools), reply.tool_calls[0])
        return _with_call(first["name"], first["args"])
    for broken in reply.invalid_tool_calls:
        args = lenient_json(broken.get("args") or "")
        if isinstance(args, dict) and broken.get("name") in tools:
            return _with_call(str(broken["name"]), args)
    spelt = call_in(text_of(reply), tools)
    return _with_call(*spelt) if spelt else AIMessage(text_of(reply))


def _with_call(name: str, args: dict[str, Any]) -> AIMessage:
    call = {"name": name, "args": args, "id": f"call_{uuid.uuid4().hex[:12]}", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])
