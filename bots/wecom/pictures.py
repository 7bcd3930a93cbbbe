"""The picture of a kept answer, small enough for every way of sending."""

from __future__ import annotations

import asyncio

from bots.inbox import Rejected
from bots.records import Answers
from bots.wecom import limits
from semantic_layer import AskmqlError


async def picture(answers: Answers, answer_id: str) -> bytes:
    """Return an answer's chart as PNG.

    Raises:
        Rejected: It cannot be drawn, is too large, or the answer is no longer kept.
    """
    from bots.render.image import to_png

    found = await asyncio.to_thread(answers.find, answer_id)
    if found is None or found.answer is None:
        raise Rejected("the answer is no longer kept")
    try:
        image = await asyncio.to_thread(to_png, found.answer)
    except AskmqlError as error:
        raise Rejected(str(error)) from None
    if len(image.data) > limits.IMAGE:
        raise Rejected("the picture is too large")
    return image.data
