"""Which lane answers: verified questions, the lexicon, then a language model if there is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.agent.errors import ModelError
from assistant.agent.settings import LlmSettings, read_settings
from assistant.events import Listener, Progress, nobody
from assistant.messages import localise
from assistant.plan import Note, Plan, Planned
from assistant.planner.followup import is_undo
from assistant.plans import Carried, PlanStore
from assistant.understood import continues_alone, goes_on, is_lost
from assistant.undoing import take_back
from semantic_layer import QueryError
from semantic_layer.project import Project
from semantic_layer.state import is_state_error
from semantic_layer.tracing import traced

if TYPE_CHECKING:
    from assistant.agent.calling import Session
    from assistant.agent.lane import LlmLane
    from assistant.agent.prose import Written
    from assistant.answer import Answer
    from assistant.planner.planner import LexiconPlanner
    from assistant.thread import Asked

PlannerName = Literal["auto", "lexicon", "llm"]


@dataclass(frozen=True)
class Way:
    """How one question may be answered.

    Attributes:
        planner: Which lane may.
        asker: For budgets and the memory of conversations.
        tell: Hears what is being done.
        cancelled: Set by a channel when the asker has gone.
    """

    planner: PlannerName = "auto"
    asker: str = ""
    conversation: str | None = None
    tell: Listener = nobody
    cancelled: threading.Event | None = None


class Router:
    """Chooses the lane of each question of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def settings(self) -> LlmSettings | None:
        """The model's settings; None when none is configured."""
        return read_settings(self._project.config.llm)

    @cached_property
    def lane(self) -> LlmLane | None:
        """The model lane, made when it is first needed."""
        if self.settings is None:
            return None
        from assistant.agent.lane import LlmLane

        return LlmLane(self.settings, self._project.home)

    @cached_property
    def plans(self) -> PlanStore:
        """Verified questions, and the last plan of each conversation."""
        return PlanStore(self._project.home)

    def use(self, settings: LlmSettings, home: Path | None = None) -> None:
        """Take these settings in place of the project's: for measuring, and for tests.

        Args:
            settings: The models, limits and budgets.
            home: Where the state is kept; by default the project's folder.
        """
        from assistant.agent.lane import LlmLane

        home = home or self._project.home
        made = {"settings": settings, "lane": LlmLane(settings, home), "plans": PlanStore(home)}
        self.__dict__.update(made)

    @traced("plan")
    def route(
        self, turn: Asked, way: Way, lexicon: LexiconPlanner, by_lexicon: Callable[[], Planned]
    ) -> Planned:
        """Return the plan of the lane that understands; `turn` learns which one.

        Raises:
            QueryError: A model was demanded and there is none.
            ModelError: A model was demanded and did not help.
        """
        way.tell(Progress("reading"))
        if is_undo(turn.question):
            return self._undone(turn, way, by_lexicon)
        verified = self._verified(turn, way, lexicon)
        if verified is not None:
            return verified
        if way.planner == "llm":
            return self._by_model(turn, way, lexicon)
        past = self._past(way)
        before = past[-1].call if past and past[-1].model_only else None
        planned = lexicon.plan(turn.question) if before is not None else by_lexicon()
        lost = is_lost(planned) or (before is not None and goes_on(turn.question, planned))
        if way.planner == "lexicon" or self.settings is None or not lost:
            return planned
        try:
            return self._by_model(turn, way, lexicon)
        except ModelError as error:
            message, _ = localise(error, turn.layer.definitions, turn.lang)
            turn.warnings.append(message)
            return planned
        except QueryError:
            return planned

    def _undone(self, turn: Asked, way: Way, by_lexicon: Callable[[], Planned]) -> Planned:
        """Take the last message back, also from what a model would go on from."""
        past = self._past(way)
        if not past or way.conversation is None:
            return by_lexicon()
        try:
            undone = take_back(past, by_lexicon)
        except QueryError:
            self.plans.forget(way.conversation, way.asker, keep=0)
            raise
        self.plans.forget(way.conversation, way.asker, keep=undone.keep)
        turn.lane = "governed-llm" if undone.by_model else turn.lane
        return undone.planned

    def _verified(self, turn: Asked, way: Way, lexicon: LexiconPlanner) -> Plan | None:
        if way.planner == "llm":
            return None
        try:
            known = () if self.plans.is_empty else self.plans.verified()
        except Exception as error:
            if not is_state_error(error):
                raise
            turn.warnings.append(_UNREAD.get(turn.lang))
            return None
        if not known:
            return None
        from assistant.verified import match

        return match(turn, lexicon.lexicon, known)

    def _by_model(self, turn: Asked, way: Way, lexicon: LexiconPlanner) -> Planned:
        lane = self.lane
        if lane is None:
            raise QueryError(
                "NO_MODEL",
                "No language model is configured.",
                hint="Set ASKMQL_LLM_BASE_URL and ASKMQL_LLM_MODEL, or use --planner lexicon.",
            )
        from assistant.agent.lane import Question
        from assistant.verified import similar

        examples = similar(turn.question, self.plans.verified())
        past = self._past(way)
        goes_on = bool(past) and (past[-1].model_only or continues_alone(turn.question))
        question = Question(
            turn.question,
            way.asker,
            turn.layer,
            turn.scope,
            lexicon.lexicon,
            past[-1].call if goes_on else None,
            examples,
            tuple(p.call for p in past[:-1]) if goes_on else (),
        )
        session = self._session(turn, way, lane)
        try:
            planned = lane.plan(question, session, way.tell)
        finally:
            _account(turn, session)
        turn.lane = "governed-llm"
        return _echoed(planned)

    def _session(self, turn: Asked, way: Way, lane: LlmLane) -> Session:
        return lane.session(way.asker, turn.layer.today, way.cancelled)

    def _past(self, way: Way) -> tuple[Carried, ...]:
        """What was carried out in this conversation, for a model to go on from."""
        if way.conversation is None or self.settings is None:
            return ()
        return self.plans.history(way.conversation, way.asker)

    def remember(
        self, turn: Asked, way: Way, planned: Planned, lexicon: LexiconPlanner
    ) -> str | None:
        """Keep a plan for follow-ups; return what the lexicon's memory is to hold of it.

        That is the question itself; of a model's plan the words in which the lexicon would ask
        for the same, so that follow-ups edit it as they edit any other; None if there are none.
        """
        known: str | None = turn.question
        if is_undo(turn.question):
            return known
        if way.conversation is None or self.settings is None or not isinstance(planned, Plan):
            return known
        if turn.lane == "governed-llm":
            from assistant.wording import worded

            known = worded(planned.calls[0], lexicon, turn.lang)
        self.plans.keep(way.conversation, way.asker, planned.calls[0], model_only=known is None)
        return known

    # --- prose ------------------------------------------------------------------------

    def prose(self, turn: Asked, way: Way, answer: Answer) -> Answer:
        """Add the model's prose where it was asked for and every statement of it is backed."""
        if way.planner == "lexicon" or answer.status != "answered" or self.settings is None:
            return answer
        from assistant.agent.prose import wants_prose

        lane = self.lane
        if lane is None or not (turn.facts or (answer.tables and wants_prose(turn.question))):
            return answer
        session = self._session(turn, way, lane)
        try:
            written = self._written(turn, way, answer, lane, session)
        except ModelError as error:
            message, _ = localise(error, turn.layer.definitions, turn.lang)
            return answer.model_copy(update={"warnings": (*answer.warnings, message)})
        finally:
            _account(turn, session)
        text = "\n\n".join(t for t in (answer.text, written.text) if t)
        left = _left_out(written)
        warnings = (*answer.warnings, left.get(turn.lang)) if left else answer.warnings
        return answer.model_copy(update={"text": text, "warnings": warnings})

    def _written(
        self, turn: Asked, way: Way, answer: Answer, lane: LlmLane, session: Session
    ) -> Written:
        """Return what passes of the model's text.

        Raises:
            ModelError: No model answered.
        """
        from assistant.agent.prose import Written
        from assistant.grounding import evidence_of

        if turn.facts:
            return Written(lane.summary(turn.facts, turn.lang, session, way.tell))
        ctx, definitions = turn.layer.context, turn.layer.definitions
        evidence = evidence_of(
            answer, today=turn.layer.today, calendar=ctx.calendar, definitions=definitions
        )
        return lane.prose(answer, evidence, session, way.tell)


_UNREAD = Note(
    zh="已验证问题库暂时读不到，本次未使用",
    en="Verified questions could not be read and were not used",
)
_UNBACKED = Note(
    zh="模型写的说明没有通过逐句核对，已不显示",
    en="The model's text did not pass the check against the results and is not shown",
)


def _left_out(written: Written) -> Note | None:
    """Say what is missing of a model's text, if anything is."""
    if not written.text:
        return _UNBACKED
    if not written.dropped:
        return None
    zh = f"模型写的说明中有 {written.dropped} 句没有结果支持，已略去"
    en = f"{written.dropped} sentence(s) of the model's text left out: the results do not back them"
    return Note(zh=zh, en=en)


def _account(turn: Asked, session: Session) -> None:
    used = session.usage
    turn.model = session.model or turn.model
    turn.timings["model"] = turn.timings.get("model", 0.0) + session.model_ms
    for name, value in (
        ("calls", used.calls), ("prompt_tokens", used.prompt), ("reply_tokens", used.reply), ("money", used.money),
    ):  # fmt: skip
        turn.usage[name] = turn.usage.get(name, 0.0) + value


def _echoed(planned: Planned) -> Planned:
    """A model's plan always says how the question was read."""
    if not isinstance(planned, Plan):
        return planned
    note = Note(
        zh="由语言模型理解，请核对指标、条件和时间",
        en="read by a language model: check metric, conditions and period",
    )
    return planned.model_copy(update={"assumptions": (note, *planned.assumptions)})
