"""The picture of a kept answer, small enough for every way of sending."""

from __future__ import annotations

from bots.inbox import Rejected
from bots.messaging.desk import Desk
from bots.wecom import limits
from semantic_layer import AskmqlError


async def picture(desk: Desk, answer_id: str) -> bytes:
    """Return an answer's chart as PNG.

    Raises:
        Rejected: It cannot be drawn, is too large, or the answer is no longer kept.
    """
    try:
        image = await desk.drawn(answer_id, "png")
    except AskmqlError as error:
        raise Rejected(str(error)) from None
    if image is None:
        raise Rejected("the answer is no longer kept")
    if len(image.data) > limits.IMAGE:
        raise Rejected("the picture is too large")
    return image.data
