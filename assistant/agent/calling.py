"""One guarded call of one endpoint: deadline, retries with jitter, circuit breaker, budget, usage."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.agent.errors import ModelError
from assistant.agent.model import chat_model
from assistant.agent.settings import Endpoint, LlmSettings
from assistant.agent.usage import Ledger, Usage, estimate_tokens
from assistant.waiting import set_aside

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

_FIRST_WAIT_S = 0.4
_LONGEST_WAIT_S = 8.0
_CONTEXT_WORDS = ("context", "maximum length", "too long", "too many tokens", "max_tokens")


@dataclass
class Breaker:
    """Pauses an endpoint after failures in a row, then lets one call try again.

    Attributes:
        failures: How many in a row open it.
        pause_s: For how long.
    """

    failures: int = 4
    pause_s: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _count: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raise MODEL_PAUSED while open."""
        with self._lock:
            if self.clock() < self._until:
                raise ModelError("MODEL_PAUSED")

    def note(self, *, good: bool) -> None:
        """Take note of how a call went."""
        with self._lock:
            self._count = 0 if good else self._count + 1
            if self._count >= self.failures:
                self._until = self.clock() + self.pause_s
                self._count = self.failures - 1


@dataclass
class Session:
    """What one question may still spend, and whether it was cancelled.

    Attributes:
        deadline: On the monotonic clock; retries and corrections included.
        model: Which one answered last.
    """

    asker: str
    day: date
    deadline: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    usage: Usage = field(default_factory=Usage)
    prompts: list[int] = field(default_factory=list)
    model_ms: float = 0.0
    model: str = ""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()


class Caller:
    """Calls one endpoint on behalf of many questions."""

    def __init__(self, endpoint: Endpoint, ledger: Ledger, settings: LlmSettings) -> None:
        self.endpoint = endpoint
        self.timeout_s = settings.timeout_s
        self.ledger = ledger
        self.attempts = settings.attempts
        self.breaker = Breaker()
        self._seats = threading.BoundedSemaphore(settings.at_once)
        self._pool = ThreadPoolExecutor(max_workers=settings.at_once, thread_name_prefix="model")
        self._agents: dict[tuple[str, ...], Any] = {}
        self._random = random.Random()  # noqa: S311 - jitter is no secret

    @cached_property
    def model(self) -> ChatOpenAI:
        """The chat model, made once: its connections are kept."""
        return chat_model(self.endpoint, self.timeout_s)

    def warm(self) -> None:
        """Load the libraries and make the model: slow once, and no part of a question's time."""
        if "model" not in self.__dict__:
            import langchain.agents  # noqa: F401 - loaded for its effect

            self.model  # noqa: B018 - made for its effect

    def agent(self, tools: tuple[str, ...], make: Callable[[], Any]) -> Any:  # noqa: ANN401 - LangGraph's
        """Return the agent of a set of tools, made when it is first needed: that takes 15 ms."""
        if tools not in self._agents:
            self._agents[tools] = make()
        return self._agents[tools]

    def call(self, act: Callable[[], AIMessage], session: Session, prompt: str) -> AIMessage:
        """Return the reply of `act`, tried again where that may help.

        Args:
            act: Sends one request.
            session: Deadline, asker, cancellation.
            prompt: What is sent, to count tokens where the provider does not.

        Raises:
            ModelError: It did not work out; or the budget is spent.
        """
        for attempt in range(self.attempts):
            self.breaker.check()
            self.ledger.check(session.asker, session.day)
            try:
                reply = self._once(act, session)
            except ModelError as error:
                if error.code not in {"MODEL_CANCELLED", "MODEL_BUSY"}:
                    self.breaker.note(good=not error.passing)
                wait = self._wait(attempt, error.retry_after)
                if not error.passing or attempt + 1 == self.attempts or wait >= session.left:
                    raise
                session.cancelled.wait(wait)
            else:
                self.breaker.note(good=True)
                self._record(reply, session, prompt)
                return reply
        raise ModelError("MODEL_UNREACHABLE")

    def _once(self, act: Callable[[], AIMessage], session: Session) -> AIMessage:
        """Run one request in a thread of its own, so that it can be left behind."""
        if session.cancelled.is_set():
            raise ModelError("MODEL_CANCELLED")
        if session.left <= 0:
            raise ModelError("MODEL_TIMEOUT")
        if not self._seats.acquire(timeout=max(0.0, session.left / 2)):
            raise ModelError("MODEL_BUSY")
        begin = time.perf_counter()
        future = self._pool.submit(act)
        future.add_done_callback(lambda _: self._seats.release())
        try:
            with set_aside():
                return self._await(future, session)
        except NotInTime:
            future.cancel()
            raise ModelError("MODEL_TIMEOUT", passing=session.left > 0) from None
        except ModelError:
            raise
        except Exception as error:
            raise translated(error) from error
        finally:
            session.model_ms += (time.perf_counter() - begin) * 1000

    def _await(self, future: Any, session: Session) -> AIMessage:  # noqa: ANN401 - of AIMessage
        """Wait for a reply in short steps, to notice a cancellation."""
        while True:
            step = min(0.25, max(0.0, session.left))
            try:
                reply: AIMessage = future.result(timeout=step)
            except NotInTime:
                if future.done() or session.left <= 0:
                    raise
                if session.cancelled.is_set():
                    future.cancel()
                    raise ModelError("MODEL_CANCELLED") from None
            else:
                return reply

    def _wait(self, attempt: int, asked: float | None) -> float:
        jittered = _FIRST_WAIT_S * 2**attempt * (0.5 + self._random.random())
        return min(_LONGEST_WAIT_S, jittered) if asked is None else asked

    def _record(self, reply: AIMessage, session: Session, prompt: str) -> None:
        told = reply.usage_metadata
        if told and told.get("input_tokens"):
            sent, got, guessed = told["input_tokens"], told["output_tokens"], False
        else:
            sent, got, guessed = estimate_tokens(prompt), estimate_tokens(str(reply.content)), True
        used = Usage(sent, got, self.endpoint.cost(sent, got), 1, guessed)
        session.usage = session.usage + used
        session.model = self.endpoint.model
        session.prompts.append(sent)
        self.ledger.record(session.asker, self.endpoint.model, session.day, used)


def translated(error: Exception) -> ModelError:
    """Return a library's exception as one of ours; the provider's text is never shown."""
    import openai

    match error:
        case openai.APITimeoutError():
            return ModelError("MODEL_TIMEOUT", passing=True)
        case openai.APIConnectionError():
            return ModelError("MODEL_UNREACHABLE", passing=True)
        case openai.RateLimitError():
            wait = _retry_after(error.response.headers.get("retry-after"))
            return ModelError("MODEL_RATE_LIMITED", retry_after=wait, passing=True)
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return ModelError("MODEL_AUTH")
        case openai.InternalServerError():
            return ModelError("MODEL_UNREACHABLE", passing=True)
        case openai.APIStatusError():
            text = str(error).lower()
            long = error.status_code in {400, 413} and any(w in text for w in _CONTEXT_WORDS)
            return ModelError("MODEL_CONTEXT" if long else "MODEL_REJECTED")
        case openai.ContentFilterFinishReasonError():
            return ModelError("MODEL_REFUSED")
        case _:
            return _other(error)


def _other(error: Exception) -> ModelError:
    """Errors of the transport and of parsing, by the name of their kind."""
    name = type(error).__name__
    if "Timeout" in name:
        return ModelError("MODEL_TIMEOUT", passing=True)
    if any(word in name for word in ("Read", "Connect", "Protocol", "Network", "Write", "Reset")):
        return ModelError("MODEL_UNREACHABLE", passing=True)
    return ModelError("MODEL_BAD_REPLY", passing=True)


def _retry_after(text: str | None) -> float | None:
    try:
        return min(float(text), _LONGEST_WAIT_S * 4) if text else None
    except ValueError:
        return None
