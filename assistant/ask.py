"""The one pipeline: understand -> plan -> run tools -> present, with a receipt."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from assistant.answer import (
    Answer,
    ClarifyChoice,
)
from assistant.audit import AuditLog
from assistant.carry import carry_out
from assistant.events import Listener, Progress, nobody
from assistant.joined import joined
from assistant.kept import Kept
from assistant.plan import Plan, Planned, ToolCall
from assistant.planner.normalise import language_of
from assistant.planner.planner import LexiconPlanner
from assistant.recording import open_audit, recorded
from assistant.router import PlannerName, Router, Way
from assistant.store import ConversationStore
from assistant.thread import Asked, Thread, offered_plan
from assistant.unanswered import broken, failed
from semantic_layer import AskmqlError, DeniedError, QueryError, Scope, SemanticLayer
from semantic_layer.engine import EngineError
from semantic_layer.query import Query

_PLANNERS = (
    128  # of about 2 MB, one for each set of rights; making one reads the values that they show
)


class Assistant:
    """Answers questions about one project.

    Example:
        >>> Assistant.load().ask("上季度各渠道线索成本")
    """

    def __init__(self, layer: SemanticLayer) -> None:
        self.layer = layer
        self._planners: Kept[tuple[str, date, str], LexiconPlanner] = Kept(_PLANNERS)

    @classmethod
    def load(cls, directory: str | Path | None = None, *, today: date | None = None) -> Assistant:
        """Load a project folder (default: here, else the sample company).

        Raises:
            DefinitionError: The definitions have mistakes.
            AskmqlError: There is no project, or its data cannot be opened.
        """
        return cls(SemanticLayer.load(directory, today=today))

    def ask(
        self,
        question: str,
        *,
        asker: str | None = None,
        planner: PlannerName = "auto",
        today: date | None = None,
        conversation: str | None = None,
        channel: str = "",
        choice: ClarifyChoice | None = None,
        tell: Listener = nobody,
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Answer one question with the asker's own rights. Never raises for a question.

        Args:
            question: Chinese, English or both.
            asker: User id of policies.yml; None is the project's default user.
            planner: Which lane may answer.
            today: The day of asking, for replay.
            conversation: Id under which follow-up questions are understood; turns are
                stored per asker.
            channel: Where it was asked, for the audit.
            choice: The reading that the asker picked, of an answer that put the question
                back; it is run anew, with the rights of this asker.
            tell: Hears what is being done, as it happens.
            cancelled: Set from another thread when nobody waits any more.
        """
        begin = time.perf_counter()
        lang = self._language(question)
        layer = self.layer
        if today is not None and today != self.layer.today:
            layer = self.layer.at(today)
        asked_by = asker or layer.project.config.default_user
        turn = Asked(question, lang, Scope(), layer, asker=asked_by)
        try:
            turn.scope = layer.scope(asker)
            thread = Thread(self.store, conversation, asker or "") if conversation else None
            turn.lang = (thread and thread.language(question)) or lang
            way = Way(planner, asker or "", conversation, tell, cancelled)
            answer = self._answer(turn, way, thread, choice)
        except EngineError as error:
            failure = AskmqlError(error.code, error.message, hint=error.hint)
            answer = failed(turn, failure, "error")
        except DeniedError as error:
            answer = failed(turn, error, "denied")
        except QueryError as error:
            answer = failed(turn, error, "refused")
        except AskmqlError as error:
            answer = failed(turn, error, "error")
        except Exception:
            recorded(lambda: self.audit, turn, broken(turn), asker, channel)
            raise
        total = (time.perf_counter() - begin) * 1000
        answer = answer.model_copy(
            update={
                "timings_ms": {k: round(v, 2) for k, v in {**turn.timings, "total": total}.items()},
                "trace_id": uuid.uuid4().hex[:16],
            }
        )
        return recorded(lambda: self.audit, turn, answer, asker, channel)

    def _language(self, question: str) -> Literal["zh", "en"]:
        """The language of the question; of the company when it has no letters."""
        return language_of(question) or self.layer.project.config.locale

    @cached_property
    def store(self) -> ConversationStore:
        """Where conversations are kept."""
        return ConversationStore(self.layer.project.home)

    @cached_property
    def audit(self) -> AuditLog:
        """The record of who asked what."""
        return open_audit(self.layer.project)

    @cached_property
    def router(self) -> Router:
        """Chooses the lane of a question."""
        return Router(self.layer.project)

    def _answer(
        self, turn: Asked, way: Way, thread: Thread | None, choice: ClarifyChoice | None
    ) -> Answer:
        if not turn.question.strip():
            message = "问题是空的。" if turn.lang == "zh" else "The question is empty."
            raise QueryError("EMPTY_QUESTION", message, hint="What do you want to know?")
        lexicon = self.planner(turn.layer, turn.scope)
        if choice is not None and choice.plan:
            way.tell(Progress("looking_up"))
            return self._chosen(turn, thread, choice)
        parts = lexicon.questions(turn.question)
        if len(parts) == 1 or way.planner == "llm":
            return self._answer_one(turn, way, lexicon, thread)
        answers: list[Answer] = []
        for i, part in enumerate(parts):
            one = replace(turn, question=part, timings={})
            answers.append(self._answer_part(one, way, lexicon, thread, parts[:i]))
            for name, spent in one.timings.items():
                turn.timings[name] = turn.timings.get(name, 0.0) + spent
        return joined(turn.question, answers)

    def _chosen(self, turn: Asked, thread: Thread | None, choice: ClarifyChoice) -> Answer:
        """Run the reading that the asker picked."""
        planned = thread.choose(choice) if thread else offered_plan(choice)
        answer = carry_out(planned, turn)
        if thread is not None:
            thread.remember(turn, planned, answer)
        return answer

    def _answer_part(
        self,
        turn: Asked,
        way: Way,
        lexicon: LexiconPlanner,
        thread: Thread | None,
        before: tuple[str, ...],
    ) -> Answer:
        """Answer one question of several: what fails does not take the others with it."""
        try:
            return self._answer_one(turn, way, lexicon, thread, before)
        except DeniedError as error:
            return failed(turn, error, "denied")
        except QueryError as error:
            return failed(turn, error, "refused")

    def _answer_one(
        self,
        turn: Asked,
        way: Way,
        lexicon: LexiconPlanner,
        thread: Thread | None,
        before: tuple[str, ...] = (),
    ) -> Answer:
        begin = time.perf_counter()
        beside = bool(before)

        def by_lexicon() -> Planned:
            if thread is not None:
                return thread.plan(lexicon, turn, beside=beside)
            return lexicon.plan(turn.question, before, beside=beside)

        planned = self.router.route(turn, way, lexicon, by_lexicon)
        spent = (time.perf_counter() - begin) * 1000
        turn.timings["understand"] = spent - turn.timings.get("model", 0.0)
        way.tell(Progress("looking_up", _tools(planned)))
        try:
            carried = carry_out(planned, turn)
        except QueryError:
            if thread is not None:
                thread.remember_asked(turn, planned)
            raise
        answer = self.router.prose(turn, way, carried)
        known = self.router.remember(turn, way, planned, lexicon)
        if known is not None and thread is not None:
            thread.remember(turn, planned, answer, "" if known == turn.question else known)
        way.tell(Progress("done"))
        return accounted(answer, turn)

    def planner(self, layer: SemanticLayer, scope: Scope) -> LexiconPlanner:
        """Return the asker's planner; its lexicon is kept while rights and data stay the same."""
        data = layer.engine.fingerprint() if layer.engine else ""
        key = (scope.fingerprint, layer.today, data)
        return self._planners.get(key, lambda: LexiconPlanner(layer, scope))

    def run(self, call: ToolCall, question: str, scope: Scope) -> Answer:
        """Answer a question by a call that is already known."""
        turn = Asked(question, self._language(question), scope, self.layer)
        return carry_out(Plan(calls=(call,)), turn)


def _tools(planned: Planned) -> tuple[str, ...]:
    return tuple(c.tool for c in planned.calls) if isinstance(planned, Plan) else ()


def accounted(answer: Answer, turn: Asked) -> Answer:
    """Add what a model has used, and why it could not help."""
    if not turn.usage and not turn.warnings:
        return answer
    basis = answer.basis.model_copy(update={"usage": dict(turn.usage)})
    warnings = (*answer.warnings, *turn.warnings)
    return answer.model_copy(update={"basis": basis, "warnings": warnings})


__all__ = ["Assistant", "Query"]
