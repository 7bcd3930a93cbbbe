"""The lane as the assistant sees it: a question in, a plan of ours out, or an honest error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from assistant.agent.accept import Acceptor
from assistant.agent.calling import Caller, Session
from assistant.agent.catalogue import slice_for
from assistant.agent.errors import ModelError
from assistant.agent.lead_prose import write_summary
from assistant.agent.probe import Probe
from assistant.agent.prose import Written, write
from assistant.agent.recall import summary_of
from assistant.agent.run import Hearer, Run, unheard, with_schema, with_tools
from assistant.agent.settings import LlmSettings
from assistant.agent.usage import Ledger
from assistant.answer import Answer
from assistant.events import Listener, nobody
from assistant.grounding import Evidence
from assistant.leads.sentences import Sentence
from assistant.plan import Clarification, Note, Plan, Planned, Refusal, ToolCall
from assistant.planner.lexicon import Lexicon
from assistant.waiting import set_aside
from semantic_layer import Scope, SemanticLayer

Examples = tuple[tuple[str, ToolCall], ...]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Question:
    """What a model is asked about, with whose rights."""

    text: str
    asker: str
    layer: SemanticLayer
    scope: Scope
    lexicon: Lexicon
    before: ToolCall | None = None
    examples: Examples = ()
    earlier: tuple[ToolCall, ...] = ()


class LlmLane:
    """Plans with the configured models, in their order.

    Args:
        settings: Endpoints, limits, budgets.
        home: State folder: the ledger and the probe's results.
        hear: Hears of every call that a model proposes, accepted or not: for measuring models.
    """

    def __init__(self, settings: LlmSettings, home: Path, hear: Hearer = unheard) -> None:
        self.settings = settings
        self.hear = hear
        self.ledger = Ledger(home, settings.budget)
        self.callers = tuple(Caller(e, self.ledger, settings) for e in settings.endpoints)
        self._probe = Probe(home)
        self._seats = threading.BoundedSemaphore(settings.at_once)

    def session(self, asker: str, day: date, cancelled: threading.Event | None = None) -> Session:
        """Open what one question may spend; loading the libraries is not counted."""
        for caller in self.callers:
            caller.warm()
        deadline = time.monotonic() + self.settings.timeout_s
        return Session(asker, day, deadline, cancelled or threading.Event())

    def plan(self, question: Question, session: Session, tell: Listener = nobody) -> Planned:
        """Return a plan, a question back, or a refusal; the second model stands in for the first.

        Raises:
            ModelError: No model helped.
        """
        with self._seat(session):
            return self._first(lambda caller: self._with(caller, question, session, tell))

    def prose(
        self, answer: Answer, evidence: Evidence, session: Session, tell: Listener = nobody
    ) -> Written:
        """Return checked prose; the second model stands in for the first.

        Raises:
            ModelError: No model helped.
        """
        with self._seat(session):
            return self._first(lambda caller: write(answer, evidence, caller, session, tell))

    def summary(
        self, facts: Sequence[Sentence], lang: str, session: Session, tell: Listener = nobody
    ) -> str:
        """Return a checked summary of facts; the second model stands in for the first.

        Raises:
            ModelError: No model helped.
        """
        with self._seat(session):
            return self._first(lambda caller: write_summary(facts, lang, caller, session, tell))

    @contextmanager
    def _seat(self, session: Session) -> Iterator[None]:
        """Wait for one of the seats: those who wait take no time from who needs no model."""
        with set_aside():
            free = self._seats.acquire(timeout=max(0.0, session.left / 2))
        if not free:
            raise ModelError("MODEL_BUSY")
        try:
            yield
        finally:
            self._seats.release()

    def _first(self, act: Callable[[Caller], Made]) -> Made:
        """Return what the first model makes that can be reached; what is final is not retried."""
        last: ModelError | None = None
        for caller in self.callers:
            try:
                return act(caller)
            except ModelError as error:
                last = error
                if error.code in {"BUDGET_SPENT", "MODEL_CANCELLED"}:
                    raise
        raise last or ModelError("MODEL_UNREACHABLE")

    def _with(
        self, caller: Caller, question: Question, session: Session, tell: Listener
    ) -> Planned:
        acceptor = Acceptor(
            question.layer, question.scope, question.lexicon, question.text, question.before
        )
        part = slice_for(question.text, question.layer, question.scope, question.lexicon)
        run = Run(acceptor, part, session, caller, self.settings.calls, tell, self.hear)
        protocol = self._probe.protocol(caller, session)
        (with_tools if protocol == "tools" else with_schema)(
            run, question.examples, summary_of(question.earlier)
        )
        return _ended(run, question)


def _ended(run: Run, question: Question) -> Planned:
    if run.call is not None:
        intent = "value" if run.call.tool == "query_metrics" else "llm"
        return Plan(
            calls=(run.call,),
            assumptions=tuple(run.acceptor.notes),
            intent=intent,
            follows=question.before is not None,
        )
    if run.asked:
        return _which(run.asked, question)
    if run.missing:
        return _missing(run.missing)
    if run.rejected is not None:
        words = run.rejected.params.get("words", "")
        if words:
            return _unheeded(words)
        raise run.rejected
    raise ModelError("MODEL_BAD_REPLY")


def _which(metrics: tuple[str, ...], question: Question) -> Clarification:
    labels = [question.layer.definitions.metrics[m].label for m in metrics]
    return Clarification(
        question=Note(zh="您指的是哪个指标？", en="Which metric do you mean?"),
        examples=tuple(Note(zh=t.get("zh"), en=t.get("en")) for t in labels),
    )


def _missing(words: str) -> Refusal:
    return _not_understood(
        Note(
            zh=f"数据里没有与「{words}」对应的内容，所以没有计算，以免答非所问。",
            en=f"Nothing in the data stands for “{words}”, so nothing was computed.",
        )
    )


def _unheeded(words: str) -> Refusal:
    return _not_understood(
        Note(
            zh=f"模型始终没有照「{words}」来算，所以没有回答，以免答非所问。",
            en=f"The model kept leaving “{words}” out, so nothing was computed.",
        )
    )


def _not_understood(message: Note) -> Refusal:
    hint = Note(zh="换个说法，或去掉这个词再问。", en="Rephrase, or leave it out.")
    return Refusal(code="NOT_UNDERSTOOD", message=message, hint=hint)
