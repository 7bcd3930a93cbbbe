"""A worker process that a test kills. Arguments: database URL, log of deliveries, place to hang.

It answers and delivers until nothing is left, then prints `idle`. At the place to hang it prints
the place and waits to be killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from bots.inbox import Draft, Fate, InboundEvent, Inbox, Part, Runner

URL, LOG, HANG = sys.argv[1], Path(sys.argv[2]), sys.argv[3]


def hang(place: str) -> None:
    if place == HANG:
        sys.stdout.write(f"{place}\n")
        sys.stdout.flush()
        time.sleep(600)


class FileChannel:
    """Writes each delivery as a line; knows what has arrived."""

    name = "file"

    async def deliver(self, part: Part) -> str:
        hang("before sending")
        with LOG.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": part.key, "text": part.body["text"]}) + "\n")
        hang("after sending")
        return f"line-{part.id}"

    async def confirm(self, part: Part) -> Fate:
        lines = LOG.read_text(encoding="utf-8").splitlines() if LOG.exists() else []
        return Fate.SENT if any(json.loads(x)["key"] == part.key for x in lines) else Fate.ABSENT


async def answer(event: InboundEvent) -> list[Draft]:
    hang("answering")
    return [Draft({"text": f"{event.text} {n}"}) for n in (1, 2)]


async def main() -> None:
    inbox = Inbox(sa.create_engine(URL))
    inbox.take_over()
    runner = Runner(inbox)
    runner.add(FileChannel(), answer, answer)
    while await runner.answer_one() or await runner.deliver_one():
        pass
    sys.stdout.write("idle\n")


asyncio.run(main())
