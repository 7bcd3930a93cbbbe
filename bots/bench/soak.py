"""A real server, killed again and again while people ask: every question is answered once.

What can be promised, and is checked here: what was acknowledged is answered after a restart, and
no message is sent twice. A message that was being sent in the very moment of a kill is looked for
where the platform can tell (Slack's threads; a stream of WeCom may be written again). Where it
cannot, it is given up rather than sent twice, and counted under dead letters: here that can be
a card or a finished picture of WeCom, not the text that answers a direct message.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bots.bench.askers import Asked
from bots.bench.figures import Figure
from bots.bench.load import Plan, Stage, ask_all, dead_letters, staged

_SETTLE_SECONDS = 240.0
_PATIENCE_SECONDS = 600.0
"""Longer than the starts of a busy machine: here it matters that an answer comes, not when."""


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """How the server is tormented.

    Attributes:
        kills: How often it is killed.
        every_seconds: Between a start and the next kill.
        askers: People at once.
        think_seconds: Mean pause of a person.
        state_url: Database of the server's state; default SQLite.
    """

    kills: int = 5
    every_seconds: float = 20.0
    askers: int = 30
    think_seconds: float = 5.0
    state_url: str = ""


@dataclass(slots=True)
class Story:
    """What happened.

    Attributes:
        asked: Every question.
        starts: Seconds from a start to the first answerable moment.
        dead: Rows of the boxes that were given up.
    """

    asked: list[Asked] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    dead: float = 0.0


def run_soak(plan: SoakPlan) -> tuple[Figure, ...]:
    """Kill a server under load and return the figures."""
    with tempfile.TemporaryDirectory(prefix="askmql-soak-") as folder:
        return soak_figures(asyncio.run(soak(plan, Path(folder))))


async def soak(plan: SoakPlan, folder: Path) -> Story:
    """Let people ask while the server is killed, then wait for what is still open."""
    # Only channels whose platform repeats or whose events are stored: a REST client that loses
    # its connection asks again by itself.
    load = Plan(
        plan.askers, 0.0, plan.think_seconds, channels=("slack", "wecom"),
        state_url=plan.state_url, patience_seconds=_PATIENCE_SECONDS,
    )  # fmt: skip
    story, over = Story(), asyncio.Event()
    async with staged(load, folder) as stage:
        killing = asyncio.create_task(_kill(plan, stage, story, over))
        story.asked = await ask_all(load, stage, over.is_set)
        await killing
        await _settled(story)
        story.dead = await dead_letters(stage)
    return story


async def _kill(plan: SoakPlan, stage: Stage, story: Story, over: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    try:
        for _ in range(plan.kills):
            await asyncio.sleep(plan.every_seconds)
            await stage.server.kill()
            begin = loop.time()
            await stage.server.start(stage.session)
            story.starts.append(loop.time() - begin)
    finally:
        over.set()


async def _settled(story: Story) -> None:
    """Wait for answers that are still to come; then nobody waits any more."""
    for asked in story.asked:
        if not asked.answers:
            try:
                async with asyncio.timeout(_SETTLE_SECONDS):
                    await asked.done.wait()
            except TimeoutError:
                return


def soak_figures(story: Story) -> tuple[Figure, ...]:
    """Return the figures of a soak, with their goals."""
    heard = Counter(min(a.answers, 2) for a in story.asked)
    return (
        Figure("kills", len(story.starts), ""),
        Figure("questions", len(story.asked), ""),
        Figure("answered once", heard[1], ""),
        Figure("never answered", heard[0], "", 0),
        Figure("answered twice", heard[2], "", 0),
        Figure("parts given up", story.dead, "", note="pictures and buttons cut off while being sent"),
        Figure("start, longest", max(story.starts, default=0.0), "s"),
    )  # fmt: skip
