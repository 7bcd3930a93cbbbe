"""Verified questions: exact and near repetitions of what an analyst has approved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from assistant.agent.accept import Acceptor
from assistant.agent.catalogue import found_in
from assistant.agent.schema import period_paths
from assistant.grounding.evidence import fold as folded
from assistant.grounding.numerals import find_numerals
from assistant.plan import Note, Plan, ToolCall
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold
from assistant.plans import Verified
from assistant.timeparse import find_times
from semantic_layer import QueryError, SemanticLayer

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.ask import Assistant
    from assistant.thread import Asked

_ALIKE = 88.0
_SHOWN = 2
_LEAST = 55.0


def in_words(question: str, call: ToolCall, layer: SemanticLayer) -> ToolCall:
    """Return the call with its dates replaced by the question's own words for them.

    Raises:
        QueryError: A period of the call is not said in the question in one piece.
    """
    args: dict[str, Any] = dict(call.args)
    for path in period_paths(call.tool):
        holder: Any = args
        for key in path[:-1]:
            inner = holder.get(key) if isinstance(holder, dict) else None
            if isinstance(inner, dict):
                holder[key] = dict(inner)
            holder = holder.get(key) if isinstance(holder, dict) else None
        dates = holder.get(path[-1]) if isinstance(holder, dict) else None
        if isinstance(dates, dict):
            holder[path[-1]] = _phrase(question, dates, layer)
    return ToolCall(tool=call.tool, args=args)


def _phrase(question: str, dates: dict[str, Any], layer: SemanticLayer) -> str:
    for match in _times(question, layer):
        period = match.period
        if period and (str(period.start), str(period.end)) == (
            dates.get("start"),
            dates.get("end"),
        ):
            return str(match.text)
    raise QueryError(
        "PERIOD_NOT_SAID",
        "A period of the plan is not said in the question.",
        hint="Put the period into the question, then approve it.",
    )


def _times(question: str, layer: SemanticLayer) -> list[Any]:
    ctx = layer.context
    return find_times(question, today=layer.today, as_of=ctx.as_of, calendar=ctx.calendar)


def match(turn: Asked, lexicon: Lexicon, known: Sequence[Verified]) -> Plan | None:
    """Return the approved plan of a question, with the periods of today."""
    for item in known:
        exact = _plain(turn.question, turn.layer) == _plain(item.question, turn.layer)
        if not exact and not _paraphrase(turn, lexicon, item):
            continue
        plan = _plan(turn, lexicon, item, exact=exact)
        if plan is not None:
            return plan
    return None


def _plan(turn: Asked, lexicon: Lexicon, item: Verified, *, exact: bool) -> Plan | None:
    call = _moved(turn.question, item, turn.layer)
    if call is None:
        return None
    try:
        accepted = Acceptor(turn.layer, turn.scope, lexicon, turn.question, approved=True).accept(
            call.tool, call.args
        )
    except QueryError:
        return None  # the definitions or the asker's rights differ: the usual lanes decide
    kind = ("", "") if exact else ("（相近问法）", " (close wording)")
    note = Note(
        zh=f"已验证{kind[0]}：{item.approved_by} 审核过「{item.question}」",
        en=f"verified{kind[1]}: {item.approved_by} approved “{item.question}”",
    )
    return Plan(calls=(accepted,), assumptions=(note,))


def _moved(question: str, item: Verified, layer: SemanticLayer) -> ToolCall | None:
    """The call with the period that this question says in place of the approved one's."""
    mine = [m.text for m in _times(question, layer) if m.period is not None]
    its = [m.text for m in _times(item.question, layer) if m.period is not None]
    if len(mine) != len(its):
        return None
    swapped = dict(zip(its, mine, strict=True))

    def swap(value: Any) -> Any:  # noqa: ANN401 - JSON can be anything
        if isinstance(value, dict):
            return {k: swap(v) for k, v in value.items()}
        return swapped.get(value, value) if isinstance(value, str) else value

    return ToolCall(tool=item.call.tool, args=swap(item.call.args))


def _plain(question: str, layer: SemanticLayer) -> str:
    """A question without its periods, punctuation and blanks."""
    text = question
    for found in reversed(_times(question, layer)):
        if found.period is not None:
            text = text[: found.span[0]] + text[found.span[1] :]
    return "".join(c for c in fold(text).text if c.isalnum() or c in "<>%")


def _paraphrase(turn: Asked, lexicon: Lexicon, item: Verified) -> bool:
    """Nearly the same words, and exactly the same names and figures."""
    mine, its = (_plain(q, turn.layer) for q in (turn.question, item.question))
    if fuzz.ratio(mine, its) < _ALIKE:
        return False
    return _content(turn.question, lexicon) == _content(item.question, lexicon)


def _content(question: str, lexicon: Lexicon) -> tuple[frozenset[object], frozenset[float]]:
    senses = frozenset(
        s for _, s in found_in(lexicon, question) if (s.kind, s.id) != ("word", "fill")
    )
    text = folded(question)
    return senses, frozenset(n.value for n in find_numerals(text, [False] * len(text)))


def similar(question: str, known: Sequence[Verified]) -> tuple[tuple[str, ToolCall], ...]:
    """Return a few approved questions that look alike, as examples for a model."""
    words = {item.id: item.question for item in known}
    near = process.extract(question, words, scorer=fuzz.ratio, limit=_SHOWN, score_cutoff=_LEAST)
    calls = {item.id: item for item in known}
    return tuple((calls[key].question, calls[key].call) for _, _, key in near)


def propose(
    assistant: Assistant, question: str, args: dict[str, Any] | None, *, asker: str | None
) -> tuple[ToolCall, Answer]:
    """Return what would be approved for a question, and what it answers today.

    Args:
        assistant: Of the project.
        question: As it will be asked.
        args: Arguments of `query_metrics` in the question's words; None takes the answer's plan.
        asker: With whose rights to try it.

    Raises:
        QueryError: The question is not answered, or the arguments do not fit it.
    """
    scope = assistant.layer.scope(asker)
    lexicon = assistant.planner(assistant.layer, scope).lexicon
    if args is not None:
        accepted = Acceptor(assistant.layer, scope, lexicon, question, approved=True).accept(
            "query_metrics", args
        )
        return ToolCall(tool="query_metrics", args=args), assistant.run(accepted, question, scope)
    answer = assistant.ask(question, asker=asker)
    if not answer.plan:
        raise QueryError(
            answer.error.code or "NOT_ANSWERED",
            answer.headline,
            hint="Give the right arguments with --args.",
        )
    call = ToolCall.model_validate(answer.plan[0])
    return in_words(question, call, assistant.layer), answer
