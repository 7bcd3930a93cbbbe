"""One question with one model: the call is asked for, checked, and corrected at most twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.agent.accept import Acceptor
from assistant.agent.calling import Caller, Session
from assistant.agent.catalogue import Slice, named_in
from assistant.agent.errors import ModelError
from assistant.agent.model import call_in, lenient_json, text_of
from assistant.agent.offered import period_words, unasked, without
from assistant.agent.prompts import prompt
from assistant.agent.schema import limited, signature, tool_schema
from assistant.events import Listener, Progress
from assistant.plan import ToolCall
from semantic_layer import QueryError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

OWN_TOOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "ask_back": (
        "The question could mean several metrics of the catalogue.",
        {"metrics": {"type": "array", "items": {"type": "string"}, "description": "Their ids."}},
    ),
    "cannot_answer": (
        "Nothing in the catalogue fits a word that the question depends on.",
        {"words": {"type": "string", "description": "That word, quoted from the question."}},
    ),
}


Hearer = Callable[[str, str, dict[str, Any]], None]
_Offered = dict[str, tuple[str, dict[str, Any]]]


def unheard(question: str, tool: str, args: dict[str, Any]) -> None:
    """Take no note of what a model proposes."""
    del question, tool, args


@dataclass
class Run:
    """The state of one question with one model.

    Attributes:
        hear: Hears of every call that the model makes, before it is checked.
        call: The accepted call; `asked` and `missing` are the other ways it can end.
        rejected: The last error, when nothing was accepted.
        declined: The way out that was just refused: it is not offered again.
    """

    acceptor: Acceptor
    slice: Slice
    session: Session
    caller: Caller
    most: int
    tell: Listener
    hear: Hearer = unheard
    call: ToolCall | None = None
    asked: tuple[str, ...] = ()
    missing: str = ""
    rejected: QueryError | None = None
    made: int = 0
    seen: set[str] = field(default_factory=set)
    stuck: bool = False
    declined: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be asked."""
        ended = bool(self.call or self.asked or self.missing)
        return ended or self.stuck or self.made >= self.most

    def take(self, name: str, args: dict[str, Any]) -> str:
        """Check one call of the model and return what to tell it."""
        self.hear(self.acceptor.question, name, args)
        key = json.dumps([name, args], sort_keys=True, default=str)
        if key in self.seen:
            self.stuck = True  # the same call again: it will not get better
            return "This call was already rejected."
        self.seen.add(key)
        try:
            if name == "ask_back":
                self.asked = self._metrics(args)
            elif name == "cannot_answer":
                self.missing = self._quoted(args)
            elif self.call is None:
                self.call = self.acceptor.accept(name, args)
        except QueryError as error:
            self.rejected = error
            self.declined = name if name in OWN_TOOLS else ""
            return json.dumps(error.as_dict(), ensure_ascii=False)
        return "Accepted."

    def _metrics(self, args: dict[str, Any]) -> tuple[str, ...]:
        wanted = dict.fromkeys(args.get("metrics") or ())
        known = [m for m in wanted if m in self.slice.metrics]
        if len(known) < 2:
            raise QueryError("BAD_ARGUMENTS", "`metrics` needs two ids of the catalogue.")
        if self.clear:
            raise QueryError("BAD_ARGUMENTS", f"The metric is clear: {self.clear!r}.")
        return tuple(known[:4])

    @property
    def clear(self) -> str:
        """The word of the question that names one metric and nothing else, if there is one."""
        said = named_in(self.acceptor.lexicon, self.acceptor.question)
        return next((w for w, ids, kind in said if kind == "metric" and len(ids) == 1), "")

    def _quoted(self, args: dict[str, Any]) -> str:
        words = str(args.get("words") or "").strip()
        if not words or words.casefold() not in self.acceptor.question.casefold():
            raise QueryError("BAD_ARGUMENTS", "`words` must be quoted from the question.")
        if self.acceptor.knows(words):
            raise QueryError("BAD_ARGUMENTS", f"There is something for {words!r}: use it.")
        return words

    def ask(self, act: Callable[[], AIMessage], sent: str) -> AIMessage:
        """Make one guarded model call."""
        if self.made >= self.most:
            raise ModelError("MODEL_BAD_REPLY")
        self.tell(Progress("correcting" if self.made else "asking_model"))
        self.made += 1
        return self.caller.call(act, self.session, sent)


def tools_of(run: Run) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return name -> (description, JSON schema) of everything the model may call."""
    strict = run.caller.endpoint.strict
    out = {name: (prompt(name), tool_schema(name, strict=strict)) for name in run.slice.tools}
    for name, (text, fields) in OWN_TOOLS.items():
        if name == "ask_back" and run.clear:
            continue  # small models ask rather than answer where they can
        schema = {
            "type": "object", "properties": fields, "required": list(fields), "additionalProperties": False,
        }  # fmt: skip
        out[name] = (text, schema)
    return out


def messages_of(
    run: Run, examples: tuple[tuple[str, ToolCall], ...], earlier: str = ""
) -> list[BaseMessage]:
    """Return the messages: rules in the system role; data and question, quoted, in the user's."""
    from langchain_core.messages import HumanMessage, SystemMessage

    from assistant.agent.catalogue import quoted

    parts = [f"<catalogue>\n{run.slice.text}\n</catalogue>"]
    if examples:
        lines = "\n".join(quoted({"question": q, "tool": c.tool, "args": c.args}) for q, c in examples)  # fmt: skip
        parts.append(f"<approved_examples>\n{lines}\n</approved_examples>")
    if earlier:
        parts.append(f"<earlier_calls>\n{earlier}\n</earlier_calls>")
    if run.acceptor.before is not None:
        before = run.acceptor.before.model_dump(mode="json")
        parts.append(
            f"<previous_call>\n{quoted(before)}\n</previous_call>\n"
            "The question may continue it: then return the whole call with the change."
        )
    parts.append(f"<question>\n{quoted(run.acceptor.question)}\n</question>")
    return [SystemMessage(prompt("system")), HumanMessage("\n\n".join(parts))]


# --- protocol 1: native tool calls, through LangChain's agent -------------------------


_RUN: ContextVar[Run] = ContextVar("run")


def current() -> Run:
    """Return the question that the agent is working on, in its own thread or a tool's."""
    return _RUN.get()


def with_tools(run: Run, examples: tuple[tuple[str, ToolCall], ...], earlier: str = "") -> None:
    """Let LangChain's agent call our checking tools until one call is accepted.

    An agent knows its tools but no question, so that each set of tools needs one for good.
    """
    offered = tools_of(run)
    _, user = messages_of(run, examples, earlier)
    agent = run.caller.agent(tuple(offered), lambda: _agent(run.caller, offered))
    state: Any = {"messages": [user]}
    token = _RUN.set(run)
    try:
        agent.invoke(state, {"recursion_limit": 4 * run.most + 6})
    finally:
        _RUN.reset(token)


def _agent(caller: Caller, offered: dict[str, tuple[str, dict[str, Any]]]) -> Any:  # noqa: ANN401 - a LangGraph of many type parameters
    from langchain.agents import create_agent
    from langchain_core.tools import StructuredTool

    from assistant.agent.middleware import guard

    def tool(name: str, text: str, schema: dict[str, Any]) -> StructuredTool:
        def check(**args: object) -> str:
            return current().take(name, dict(args))

        return StructuredTool.from_function(check, name=name, description=text, args_schema=schema)

    return create_agent(
        caller.model,
        [tool(name, text, schema) for name, (text, schema) in offered.items()],
        system_prompt=prompt("system"),
        middleware=[guard(overhead=json.dumps(offered, ensure_ascii=False))],
    )


# --- protocol 2: one JSON object by schema --------------------------------------------


def with_schema(run: Run, examples: tuple[tuple[str, ToolCall], ...], earlier: str = "") -> None:
    """Ask for one JSON object, and again with the reason when it cannot be used."""
    from langchain_core.messages import AIMessage, HumanMessage

    offered = tools_of(run)
    shown, ids = _narrowed(run, offered)
    form = response_format(shown, ids)
    model = run.caller.model.bind(response_format=form)
    system, user = messages_of(run, examples, earlier)
    described = "\n\n".join(f"{n}: {t}\nargs: {signature(s)}" for n, (t, s) in offered.items())
    rules = f"{system.content}\n\n{prompt('json')}\n\n{described}"
    messages: list[Any] = [type(system)(rules), user]
    while not run.over:
        sent = json.dumps([str(m.content) for m in messages] + [form], ensure_ascii=False)
        reply = run.ask(partial(model.invoke, messages), sent)
        text = text_of(reply)
        told = _take_json(run, text, offered)
        if run.declined in shown:
            del offered[run.declined], shown[run.declined]
            form = response_format(shown, ids)
            model = run.caller.model.bind(response_format=form)
        messages = [*messages, AIMessage(text or "…"), HumanMessage(told)]


def _narrowed(run: Run, offered: _Offered) -> tuple[_Offered, dict[str, Sequence[str]]]:
    """Return the tools without the fields that a question gives no cause for, and what ids are.

    The prompt tells every field, the same for all questions; the schema holds a model to fewer.
    """
    metrics, dimensions = run.slice.metrics, run.slice.dimensions
    ids: dict[str, Sequence[str]] = {
        "metrics": metrics, "metric": metrics, "dimensions": dimensions, "dimension": dimensions,
    }  # fmt: skip
    acceptor = run.acceptor
    if acceptor.before is not None:
        return dict(offered), ids
    said = acceptor.said()
    gone = unasked(acceptor.question, acceptor.lexicon, said, acceptor.slots)
    shown = {
        n: (t, without(s, gone) if n == "query_metrics" else s) for n, (t, s) in offered.items()
    }
    return shown, {**ids, **period_words(said)}


def _take_json(run: Run, text: str, offered: dict[str, tuple[str, dict[str, Any]]]) -> str:
    found = lenient_json(text)
    pair = (
        (found.get("tool"), found.get("args"))
        if isinstance(found, dict) and "tool" in found
        else call_in(text, offered)
    )
    if not pair or pair[0] not in offered or not isinstance(pair[1], dict):
        run.rejected = QueryError("MODEL_BAD_REPLY", "The reply was no usable JSON object.")
        return "That was no JSON object {tool, args} of the schema. Answer with it alone."
    return run.take(str(pair[0]), pair[1])


def response_format(
    offered: dict[str, tuple[str, dict[str, Any]]], ids: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the schema of one plan: a tool's name with its arguments, of these ids."""
    options = [
        {
            "type": "object",
            "properties": {
                "tool": {"type": "string", "enum": [name]},
                "args": limited(schema, ids),
            },
            "required": ["tool", "args"],
            "additionalProperties": False,
        }
        for name, (_, schema) in offered.items()
    ]
    return {
        "type": "json_schema",
        "json_schema": {"name": "plan", "strict": True, "schema": {"anyOf": options}},
    }
