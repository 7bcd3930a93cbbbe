"""One conversation: which questions a message continues, and what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from assistant.answer import ClarifyChoice
from assistant.plan import Clarification, Lane, Plan, Planned, Refusal, ToolCall
from assistant.planner.followup import is_undo, picked
from assistant.planner.normalise import has_chinese, is_english, language_of
from assistant.planner.planner import LexiconPlanner
from assistant.planner.tooling import TOOLS
from assistant.store import ConversationStore, Turn, questions
from semantic_layer import QueryError, Scope, SemanticLayer

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.leads.sentences import Sentence


_REMEMBERED = TOOLS | {"query_metrics"}


def offered_plan(choice: ClarifyChoice) -> Plan:
    """Return the plan behind a reading that an answer offered."""
    return Plan(calls=tuple(ToolCall.model_validate(c) for c in choice.plan), follows=True)


@dataclass
class Asked:
    """What one question has gathered so far."""

    question: str
    lang: Literal["zh", "en"]
    scope: Scope
    layer: SemanticLayer
    asker: str | None = None
    lane: Lane = "governed-lexicon"
    timings: dict[str, float] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)
    model: str = ""
    withheld: int = 0
    """Groups whose values were kept back because few people are behind them."""
    warnings: list[str] = field(default_factory=list)
    facts: tuple[Sentence, ...] = ()
    """What a model may write about freely, each with the rows that it rests on."""


class Thread:
    """A conversation of one asker.

    Args:
        store: Where its turns are kept.
        conversation: Its id.
        asker: User id; another asker's turns of the same conversation are not read.
    """

    def __init__(self, store: ConversationStore, conversation: str, asker: str) -> None:
        self._store = store
        self._key = (conversation, asker)
        self._said: str | None = None

    def plan(self, planner: LexiconPlanner, asked: Asked, *, beside: bool = False) -> Planned:
        """Plan a question in the light of what was said before.

        Args:
            planner: The asker's planner.
            asked: The question.
            beside: It stands in one message with the question before it.
        """
        if is_undo(asked.question):
            return self._undo(planner)
        turns = self._store.turns(*self._key)
        offered = turns[-1].choices if turns else ()
        labels = tuple(str(c["label"]) for c in offered)
        chosen = picked(asked.question, labels) if labels else None
        if chosen is not None:
            return self.choose(ClarifyChoice.model_validate(offered[chosen]))
        self._said = asked.question
        return planner.plan(asked.question, questions(turns), beside=beside)

    def language(self, question: str) -> Literal["zh", "en"] | None:
        """Return the language spoken before, where a few Latin words tell none: `MQL`, `ROI?`."""
        if has_chinese(question) or is_english(question):
            return None
        turns = self._store.turns(*self._key)
        return next((found for t in reversed(turns) if (found := language_of(t.question))), None)

    def choose(self, choice: ClarifyChoice) -> Plan:
        """Return the plan of a reading that was offered; the topic goes on with it."""
        self._said = f"换成{choice.label}"
        return offered_plan(choice)

    def _undo(self, planner: LexiconPlanner) -> Planned:
        """Take the last turn back and answer the one before it again."""
        self._store.undo(*self._key)
        turns = self._store.turns(*self._key)
        if not turns:
            raise QueryError("NOTHING_TO_UNDO", "There is nothing before this.", hint="Ask anew.")
        *before, last = questions(turns)
        return planner.plan(last, tuple(before))

    def remember_asked(self, asked: Asked, planned: Planned) -> None:
        """Keep a question of its own that was understood, though it cannot be computed."""
        if self._said is None or isinstance(planned, Refusal) or planned.follows:
            return
        tools = {planned.calls[0].tool} if isinstance(planned, Plan) else set()
        if tools <= _REMEMBERED:
            self._store.add(*self._key, Turn(self._said, asked.layer.today, True))

    def remember(self, asked: Asked, planned: Planned, answer: Answer, said: str = "") -> None:
        """Keep a message that was understood; what was refused changes nothing.

        Args:
            asked: The message.
            planned: What was made of it.
            answer: What it was answered.
            said: Other words to remember it by, where the lexicon did not understand its own.
        """
        kept = said or self._said
        if kept is None or isinstance(planned, Refusal):
            return
        choices = tuple(
            {"label": c.label, "plan": list(c.plan)} for c in answer.clarify.choices if c.plan
        )
        incomplete = isinstance(planned, Clarification) and not choices
        if incomplete and not self._store.turns(*self._key):
            incomplete = False  # its period and conditions hold for the answer to come
        if incomplete or (isinstance(planned, Plan) and planned.calls[0].tool not in _REMEMBERED):
            return
        starts = bool(said) or not planned.follows
        turn = Turn(kept, asked.layer.today, starts, choices)
        self._store.add(*self._key, turn)
