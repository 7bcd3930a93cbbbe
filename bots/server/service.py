"""What every surface of the server shares: one pipeline, one pool, one memory."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from assistant import Answer, Assistant
from assistant.answer import ClarifyChoice
from assistant.events import Listener, Progress, nobody
from assistant.router import PlannerName
from bots.accounts import SignInLinks, Tokens, read_secret
from bots.inbox import Inbox, Limits, Runner
from bots.records import Answers, Feedback, Kept, Verdict
from bots.render.painter import Painter
from bots.server.metrics import Metrics
from bots.server.pool import Pool
from bots.server.settings import WebSettings
from bots.server.stops import StopNotes, Stops
from semantic_layer import AskmqlError, tracing
from semantic_layer.engine import EngineError
from semantic_layer.project import Home
from semantic_layer.state import open_state

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LOG = logging.getLogger("askmql")
_TICK_SECONDS = 1.0
_WARM = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """A sign of life while a question is being answered.

    Attributes:
        progress: What is being done.
        seconds: Since the question came in.
    """

    progress: Progress
    seconds: float


@dataclass(frozen=True)
class Question:
    """One question to the assistant.

    Attributes:
        text: As typed.
        asker: User of `policies.yml`; empty is the project's default user.
        conversation: Thread; empty means on its own.
        channel: Where it was asked.
        today: The day of asking, for replay.
        planner: Which lane may answer.
        choice: The offered reading that was picked.
        is_patient: Wait for a place however many questions are open; see `Pool.run`.
        stop_key: Under which it can be stopped; empty means that it cannot.
    """

    text: str
    asker: str
    conversation: str = ""
    channel: str = "rest"
    today: date | None = None
    planner: PlannerName = "auto"
    choice: ClarifyChoice | None = None
    is_patient: bool = False
    stop_key: str = ""


class Claims(Protocol):
    """Ties people of chat channels to users; a channel sets it on the service when it is mounted."""

    def peek(self, secret: str) -> object | None:
        """Return who the link is for, with `channel` and `external_id`; it stays valid."""

    def claim(self, secret: str, user_id: str) -> object | None:
        """Tie that person to a user; None when the link is used or over."""


class Service:
    """Answers questions for the page, REST and chat channels.

    Args:
        assistant: The pipeline.
        settings: How the server is reached.
        state: The state database; the project's by default.
        limits: Of the inbox.
    """

    def __init__(
        self,
        assistant: Assistant,
        settings: WebSettings,
        *,
        state: Engine | None = None,
        limits: Limits | None = None,
    ) -> None:
        home = assistant.layer.project.home
        engine = self.state = state if state is not None else open_state(home)
        self.assistant = assistant
        self.settings = settings
        self.secret = read_secret(home)
        self.answers = Answers(engine)
        self.feedback = Feedback(engine)
        self.tokens = Tokens(engine)
        self.links = SignInLinks(engine, self.secret)
        self.inbox = Inbox(engine, limits)
        self.pool = Pool(settings.workers, settings.waiting, settings.waiting_per_asker)
        self.metrics = Metrics(self.inbox, self.pool)
        self.painter = Painter()
        self.stops = Stops(StopNotes(engine))
        self.life = Life()
        self.claims: Claims | None = None
        self._runner: Runner | None = None

    @property
    def runner(self) -> Runner:
        """The workers of the chat channels; used from inside the event loop."""
        if self._runner is None:
            # They mostly wait for the platform or for a picture; what computes is bounded by the pool.
            self._runner = Runner(self.inbox, answering=self.settings.workers * 4, delivering=64)
        return self._runner

    async def warm(self) -> None:
        """Read the words and values that those who asked lately can name, one after the other.

        Their first question after a start would otherwise wait for it.
        """
        for asker in await asyncio.to_thread(self.answers.askers, _WARM):
            with contextlib.suppress(AskmqlError, EngineError):
                await self.pool.run("", partial(self._learn, asker), patient=True)

    def _learn(self, asker: str) -> None:
        layer = self.assistant.layer
        self.assistant.planner(layer, layer.scope(asker or None))

    async def close(self) -> None:
        """Let what runs finish, and take no more."""
        await asyncio.to_thread(self.pool.close)
        await self.painter.close()

    def knows(self, asker: str) -> bool:
        """Whether `policies.yml` lets this user see anything."""
        try:
            self.assistant.layer.scope(asker or None)
        except AskmqlError:
            return False
        return True

    def rights(self, asker: str) -> str:
        """Return a fingerprint of what the user may see; empty when nothing."""
        try:
            return self.assistant.layer.scope(asker or None).fingerprint
        except AskmqlError:
            return ""

    def home_of(self, asker: str, wanted: str = "") -> Home | None:
        """Return the home that is wanted, else the one of the asker's role, else the first."""
        layer = self.assistant.layer
        homes = layer.project.config.homes
        person = layer.people.get(asker)
        named = [h for h in homes if h.id == wanted]
        fitting = [h for h in homes if person is not None and person.role in h.roles]
        return next(iter((*named, *fitting, *homes)), None)

    async def threaded(self, asker: str, call: Callable[[], T]) -> T:
        """Run something that blocks, in the pool."""
        return await self.pool.run(asker, call)

    async def ask(self, question: Question, listener: Listener = nobody) -> Answer:
        """Answer a question; `listener` is called from another thread with every step.

        Raises:
            BusyError: Too many questions are waiting.
        """
        begin = time.perf_counter()

        def call() -> Answer:
            with tracing.span("ask"):
                return self.assistant.ask(
                    question.text,
                    asker=question.asker or None,
                    planner=question.planner,
                    today=question.today,
                    conversation=question.conversation or None,
                    channel=question.channel,
                    choice=question.choice,
                    tell=listener,
                    cancelled=stop,
                )

        with self.stops.stoppable(question.stop_key) as stop:
            answer = await self.pool.run(question.asker, call, patient=question.is_patient)
        seconds = time.perf_counter() - begin
        labels = (question.channel, answer.basis.lane, answer.status)
        self.metrics.answers.labels(*labels).observe(seconds)
        _LOG.info(
            "answered",
            extra={
                "channel": question.channel, "status": answer.status, "lane": answer.basis.lane,
                "seconds": round(seconds, 3), "answer_trace": answer.trace_id,
            },
        )  # fmt: skip
        return answer

    async def open(self, question: Question, *, answer_id: str = "", thread: str = "") -> str:
        """Note a question and return the id under which its answer will be kept.

        Args:
            question: What is asked.
            answer_id: The id; empty makes one.
            thread: The conversation as the channel knows it, if it is another.
        """
        return await asyncio.to_thread(
            self.answers.open,
            question.text,
            asker=question.asker,
            channel=question.channel,
            conversation=thread or question.conversation,
            answer_id=answer_id,
        )

    def rate(
        self, answer_id: str, who: str, verdict: Verdict, *, reason: str = "", comment: str = ""
    ) -> None:
        """Keep a verdict and count it."""
        self.feedback.say(answer_id, who, verdict, reason=reason, comment=comment)
        self.metrics.feedback.labels(verdict.value).inc()

    async def ask_and_keep(
        self, answer_id: str, question: Question, listener: Listener = nobody
    ) -> Answer:
        """Answer a question that was opened in `answers`, and keep the answer there."""
        answer = await self.ask(question, listener)
        rights = self.rights(question.asker)
        await asyncio.to_thread(self.answers.close, answer_id, answer, rights=rights)
        return answer

    async def stream(self, answer_id: str, question: Question) -> AsyncIterator[Step | Answer]:
        """Yield steps while a question is being answered, and the answer at the end."""
        loop = asyncio.get_running_loop()
        steps: asyncio.Queue[Progress] = asyncio.Queue()
        begin, step = time.perf_counter(), Progress("waiting")

        def listen(progress: Progress) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, progress)

        task = asyncio.create_task(self.ask_and_keep(answer_id, question, listen))
        try:
            yield Step(step, 0.0)
            while not task.done():
                news = asyncio.create_task(steps.get())
                await asyncio.wait(
                    {task, news}, timeout=_TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                step = news.result() if news.done() else step
                news.cancel()
                yield Step(step, time.perf_counter() - begin)
            yield await task
        finally:
            # Whoever asked has gone: the thread goes on, and the answer is kept for the history.
            task.add_done_callback(_noted)

    def own(self, answer_id: str, asker: str) -> Kept | None:
        """Return an answer of the asker's own, if it was answered with the rights of today."""
        kept = self.answers.get(answer_id, asker)
        if kept is None or kept.answer is None or kept.rights != self.rights(asker):
            return None
        return kept


@dataclass
class Life:
    """What starts and stops with the server. Channels add themselves while they are mounted."""

    on_start: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    on_stop: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    is_ready: bool = False


def _noted(task: asyncio.Task[Answer]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _LOG.warning("question failed", exc_info=task.exception())
