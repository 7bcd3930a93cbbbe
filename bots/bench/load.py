"""Many people at once through every channel, at the pace of people."""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bots.bench.askers import (
    Asked,
    Asker,
    RestAsker,
    SlackAsker,
    SlackPeople,
    WeComAsker,
    WeComPeople,
)
from bots.bench.company import Company, prepare
from bots.bench.figures import Figure, percentile
from bots.bench.process import ServerProcess
from bots.simulators.slack.server import SlackServer
from bots.simulators.wecom.server import WeComServer

if TYPE_CHECKING:
    import aiohttp

CHANNELS = ("rest", "slack", "wecom")
_SAMPLE_SECONDS = 5.0
_SEED = 7


@dataclass(frozen=True, slots=True)
class Plan:
    """How the load is made.

    Attributes:
        askers: People at once, shared out evenly over the channels.
        seconds: How long they go on asking.
        think_seconds: Mean pause of a person between an answer and the next question; each
            pause is between half and one and a half of it.
        arrive_seconds: Before that, everybody asks a first question, spread over so long.
        channels: Which ways they ask.
        state_url: Database of the server's state; default SQLite.
        patience_seconds: A question without an answer for so long is lost.
    """

    askers: int = 100
    seconds: float = 300.0
    think_seconds: float = 10.0
    arrive_seconds: float = 60.0
    channels: tuple[str, ...] = CHANNELS
    state_url: str = ""
    patience_seconds: float = 60.0


@dataclass(slots=True)
class Seen:
    """What was observed of the server from outside."""

    memory_mb: list[float]
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    dead: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with its platforms and people."""

    company: Company
    server: ServerProcess
    askers: tuple[Asker, ...]
    session: aiohttp.ClientSession


def run_load(plan: Plan) -> tuple[Figure, ...]:
    """Load a server and return the figures."""
    with tempfile.TemporaryDirectory(prefix="askmql-load-") as folder:
        return asyncio.run(_run(plan, Path(folder)))


async def _run(plan: Plan, folder: Path) -> tuple[Figure, ...]:
    async with staged(plan, folder) as stage:
        seen = Seen([])
        first = await _arrive(plan, stage)
        watch = asyncio.create_task(_watch(stage.server, seen))
        begin, cpu = time.perf_counter(), stage.server.cpu_seconds()
        asked = await ask_all(plan, stage, lambda: time.perf_counter() > begin + plan.seconds)
        seen.seconds = time.perf_counter() - begin
        seen.cpu_seconds = stage.server.cpu_seconds() - cpu
        watch.cancel()
        seen.dead = await dead_letters(stage)
    return figures(plan, first, asked, seen)


@contextlib.asynccontextmanager
async def staged(plan: Plan, folder: Path) -> AsyncIterator[Stage]:
    """Start platforms, server and people; end them all."""
    import aiohttp

    slack, wecom = SlackServer(), WeComServer()
    await slack.start()
    await wecom.start()
    channels = {
        "web": {"login": "link"},
        "slack": {"api_url": slack.api_url},
        "wecom": {"api_url": wecom.url, "socket_url": wecom.socket_url},
    }
    company = await asyncio.to_thread(prepare, folder, channels, plan.askers, plan.state_url)
    server = ServerProcess(company, folder / "server.log")
    timeout = aiohttp.ClientTimeout(total=plan.patience_seconds)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        try:
            await server.start(session)
            people = (SlackPeople(slack, session, server.url), WeComPeople(wecom))
            askers = _askers(plan, company, session, server.url, *people)
            yield Stage(company, server, askers, session)
        finally:
            await server.stop()
            await slack.stop()
            await wecom.stop()


def _askers(
    plan: Plan,
    company: Company,
    session: aiohttp.ClientSession,
    url: str,
    slack: SlackPeople,
    wecom: WeComPeople,
) -> tuple[Asker, ...]:
    make: dict[str, Callable[..., Asker]] = {
        "rest": lambda seat: RestAsker(seat, session, url),
        "slack": lambda seat: SlackAsker(seat, slack),
        "wecom": lambda seat: WeComAsker(seat, wecom),
    }
    kinds = plan.channels
    return tuple(make[kinds[i % len(kinds)]](seat) for i, seat in enumerate(company.seats))


async def _arrive(plan: Plan, stage: Stage) -> list[Asked]:
    """Let everybody ask their first question, one after the other within the time of arriving.

    For a first question the server reads the values that this person may name: it takes longer.
    """
    pause = plan.arrive_seconds / max(len(stage.askers), 1)

    async def one(number: int, asker: Asker) -> Asked:
        await asyncio.sleep(pause * number)
        return await _ask(
            plan, asker, stage.company.questions[number % len(stage.company.questions)]
        )

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n, a)) for n, a in enumerate(stage.askers)]
    return [t.result() for t in tasks]


async def ask_all(plan: Plan, stage: Stage, is_over: Callable[[], bool]) -> list[Asked]:
    """Let everybody ask, wait for the answer, think, and ask again, until it is over."""
    asked: list[Asked] = []

    async def one(number: int, asker: Asker) -> None:
        own = random.Random(_SEED + number)  # noqa: S311 - the same pace in every run
        questions = list(stage.company.questions)
        own.shuffle(questions)
        await asyncio.sleep(own.uniform(0, plan.think_seconds))
        turn = 0
        while not is_over():
            asked.append(await _ask(plan, asker, questions[turn % len(questions)]))
            turn += 1
            await asyncio.sleep(plan.think_seconds * own.uniform(0.5, 1.5))

    async with asyncio.TaskGroup() as group:
        for number, asker in enumerate(stage.askers):
            group.create_task(one(number, asker))
    return asked


async def _ask(plan: Plan, asker: Asker, text: str) -> Asked:
    """Ask, and wait for the answer as long as a person would."""
    import aiohttp

    asked = Asked(asker.channel, time.perf_counter())
    try:
        async with asyncio.timeout(plan.patience_seconds):
            asked = await asker.ask(text)
            await asked.done.wait()
    except aiohttp.ClientError as error:
        asked.error = type(error).__name__
    except TimeoutError:
        asked.error = asked.error or "lost"
    return asked


async def _watch(server: ServerProcess, seen: Seen) -> None:
    while True:
        await asyncio.sleep(_SAMPLE_SECONDS)
        seen.memory_mb.append(server.memory_mb())


async def dead_letters(stage: Stage) -> float:
    """Return how many rows of the boxes were given up, as `/metrics` counts them."""
    headers = {"Authorization": f"Bearer {stage.company.seats[0].token}"}
    async with stage.session.get(f"{stage.server.url}/metrics", headers=headers) as reply:
        lines = (await reply.text()).splitlines()
    dead = (x for x in lines if x.startswith("askmql_box_rows") and 'state="dead"' in x)
    return sum(float(x.rsplit(" ", 1)[1]) for x in dead)


def figures(
    plan: Plan, first: Sequence[Asked], asked: Sequence[Asked], seen: Seen
) -> tuple[Figure, ...]:
    """Return what came out of a run, with its goals; first questions have a line of their own."""
    early = [a.answered_at - a.asked_at for a in first if a.answers]
    answered = [a for a in asked if a.answers and not a.error]
    out = [
        Figure("questions", len(asked), "", note=f"{plan.askers} askers, {plan.seconds:g} s, "
               f"thinking {plan.think_seconds:g} s"),
        Figure("errors", sum(bool(a.error) and a.error != "lost" for a in asked), "", 0),
        Figure("lost", sum(not a.answers and (not a.error or a.error == "lost") for a in asked), "", 0),
        Figure("double", sum(a.answers > 1 for a in asked), "", 0),
        Figure("dead letters", seen.dead, "", 0),
        Figure("first question of a person, p95", percentile(early, 0.95), "s",
               note=f"{len(early)} of {len(first)}, before the run"),
    ]  # fmt: skip
    for channel in plan.channels:
        mine = [a for a in answered if a.channel == channel]
        out += _times(channel, mine)
    out += _times("all", answered, acknowledged=0.3, waited=1.5)
    steady = seen.memory_mb[len(seen.memory_mb) // 5 :] or [0.0]
    middle = statistics.median(steady) or 1.0
    apart = max(abs(m - middle) for m in steady) / middle * 100
    out += [
        Figure("memory", middle, "MB", note="median after the first fifth of the run"),
        Figure("memory, furthest from it", apart, "%", 10),
        Figure("CPU of the server per answer", seen.cpu_seconds / max(len(answered), 1) * 1000, "ms"),
        Figure("CPU of the server", seen.cpu_seconds / max(seen.seconds, 1) * 100, "% of a core"),
    ]  # fmt: skip
    return tuple(out)


def _times(
    name: str, asked: Sequence[Asked], *, acknowledged: float | None = None, waited: float | None = None
) -> list[Figure]:  # fmt: skip
    acks = [a.acknowledged_at - a.asked_at for a in asked]
    waits = [a.answered_at - a.asked_at for a in asked]
    return [
        Figure(f"{name}: acknowledged, p99", percentile(acks, 0.99), "s", acknowledged),
        Figure(f"{name}: answered, median", percentile(waits, 0.5), "s", note=f"{len(asked)} answers"),
        Figure(f"{name}: answered, p95", percentile(waits, 0.95), "s", waited),
        Figure(f"{name}: answered, p99", percentile(waits, 0.99), "s"),
    ]  # fmt: skip
