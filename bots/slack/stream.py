"""A message that grows while a slow question is worked on, in direct messages.

Slack ends a stream about five minutes after its start, whatever is sent. Ours is ended before;
the answer itself always comes as an edit of the message, which works before and after that end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from bots.render.measure import cut
from bots.slack import limits

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

_OVER: Final = frozenset({"message_not_in_streaming_state", "stopped_by_user"})
_CHUNK: Final = 12_000


class Stream:
    """One streamed message.

    Args:
        client: Of the workspace.
        where: `channel` and `thread_ts`; in a channel also `recipient_user_id` and
            `recipient_team_id`, who alone see it grow.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        where: dict[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._where = where
        self._now = clock
        self._begun = 0.0
        self._is_open = False
        self.ts = ""

    async def start(self, text: str) -> None:
        """Post the first words.

        Raises:
            SlackApiError: Slack does not stream here.
        """
        answer = await self._client.api_call(
            "chat.startStream", json={**self._where, "markdown_text": text}
        )
        self.ts = str(answer["ts"])
        self._begun, self._is_open = self._now(), True

    async def add(self, text: str) -> None:
        """Say more; nothing happens after the end of the stream.

        Raises:
            SlackApiError: Slack refused for another reason than the stream's end.
        """
        if self._now() - self._begun > limits.STREAM_SECONDS:
            await self.end()
        if self._is_open:
            await self._try("chat.appendStream", {"markdown_text": cut(text, _CHUNK)})

    async def end(self) -> None:
        """End the stream; the message stays and can be edited.

        Raises:
            SlackApiError: Slack refused for another reason than the stream's end.
        """
        if self._is_open:
            await self._try("chat.stopStream", {})
        self._is_open = False

    async def _try(self, method: str, more: dict[str, Any]) -> None:
        from slack_sdk.errors import SlackApiError

        place = {"channel": self._where["channel"], "ts": self.ts}
        try:
            await self._client.api_call(method, json={**place, **more})
        except SlackApiError as error:
            if error.response.get("error") not in _OVER:
                raise
            self._is_open = False
