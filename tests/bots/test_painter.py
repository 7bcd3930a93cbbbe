"""Drawing in a process of its own: the same file, errors told, a death survived."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from assistant import Answer, Assistant
from bots.render.export import export
from bots.render.painter import Painter
from semantic_layer import AskmqlError


@pytest.fixture(scope="module")
def answer(starforge: Assistant) -> Answer:
    return starforge.ask("上季度各渠道线索成本", asker="manager")


def with_painter(story: Callable[[Painter], Awaitable[Any]]) -> Any:
    async def told() -> Any:
        painter = Painter()
        try:
            return await story(painter)
        finally:
            await painter.close()

    return asyncio.run(told())


@pytest.mark.parametrize("form", ["png", "svg", "csv"])
def test_a_file_is_the_same_as_here(answer: Answer, form: str) -> None:
    made = with_painter(lambda painter: painter.draw(answer, form))
    assert made == export(answer, form)


def test_many_at_once_get_their_own(answer: Answer) -> None:
    async def story(painter: Painter) -> list[Any]:
        forms = ("csv", "svg") * 3
        return list(await asyncio.gather(*(painter.draw(answer, f) for f in forms)))

    found = with_painter(story)
    assert [f.data[:4] == b"<svg" for f in found] == [False, True] * 3


def test_a_refusal_comes_back_as_it_is() -> None:
    empty = Answer(status="refused", question="?", lang="zh", headline="不懂")
    with pytest.raises(AskmqlError) as caught:
        with_painter(lambda painter: painter.draw(empty, "csv"))
    assert caught.value.code == "NO_TABLE"


def test_a_process_that_dies_is_replaced(answer: Answer) -> None:
    async def story(painter: Painter) -> bytes:
        await painter.draw(answer, "csv")
        process = painter._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        return (await painter.draw(answer, "csv")).data

    assert with_painter(story) == export(answer, "csv").data


def test_a_reply_that_nobody_waits_for_any_more_is_not_taken_for_the_next(answer: Answer) -> None:
    async def story(painter: Painter) -> bytes:
        await painter.draw(answer, "csv")
        cut_off = asyncio.create_task(painter.draw(answer, "png"))
        for _ in range(5):
            await asyncio.sleep(0)
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        return (await painter.draw(answer, "csv")).data

    assert with_painter(story) == export(answer, "csv").data


def test_it_ends_with_its_parent(answer: Answer) -> None:
    async def story(painter: Painter) -> int:
        await painter.draw(answer, "csv")
        process = painter._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()  # as the system does when the parent was killed
        async with asyncio.timeout(120):
            return await process.wait()

    assert with_painter(story) == 0
