"""Pictures and files made in a process of their own: drawing would hold up every other thread."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
from typing import IO, Any

from assistant.answer import Answer
from bots.render.image import Image
from semantic_layer import AskmqlError

_LONGEST_SECONDS = 60.0
_LINE = 64 * 2**20
_NICE = 5
"""Answers go first: a picture comes after the text that it belongs to anyway."""


class Painter:
    """Draws one thing after the other in a process that is started when it is first needed.

    The process ends with this one, however this one ends: its input is then closed.
    """

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._ended: list[asyncio.subprocess.Process] = []
        self._lock = asyncio.Lock()

    async def draw(self, answer: Answer, form: str = "png") -> Image:
        """Return an answer as a file; see `bots.render.export.export`.

        Raises:
            AskmqlError: The form needs an extra that is missing, there is no table to write, or
                NO_PICTURE: the drawing process failed.
        """
        line = json.dumps({"form": form, "answer": answer.to_json()}).encode() + b"\n"
        async with self._lock:
            reply = await self._exchanged(line)
        if "code" in reply:
            raise AskmqlError(reply["code"], reply["message"], hint=reply["hint"])
        return Image(base64.b64decode(reply["data"]), tuple(reply["warnings"]))

    async def _exchanged(self, line: bytes) -> dict[str, Any]:
        """Send a line and return the reply; after a failure the next one gets a new process."""
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                to, back = await self._pipes()
                to.write(line)
                await to.drain()
                reply: dict[str, Any] = json.loads(await back.readline())
        except (OSError, ValueError, TimeoutError):
            self._end()
            failed = {"code": "NO_PICTURE", "message": "The picture could not be drawn."}
            return {**failed, "hint": "Ask again, or look at the table."}
        except BaseException:  # cut off in the middle: a late reply must not go to the next one
            self._end()
            raise
        return reply

    async def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if self._process is None or self._process.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from bots.render.painter import serve; serve()",
                stdin=pipe, stdout=pipe, limit=_LINE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )  # fmt: skip
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise BrokenPipeError
        return to, back

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._ended.append(self._process)
        self._process = None

    async def close(self) -> None:
        """End the process, and wait for every one that was ended before."""
        self._end()
        while self._ended:
            await self._ended.pop().communicate()  # closes the pipes too


def serve() -> None:
    """Draw what comes in on standard input, until it is closed."""
    from bots.render.export import export

    with contextlib.suppress(AttributeError, OSError):  # not every system knows niceness
        os.nice(_NICE)
    # Whatever a library prints must not be taken for a reply.
    out: IO[str] = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            made = export(Answer.model_validate_json(asked["answer"]), asked["form"])
            data = base64.b64encode(made.data).decode()
            reply: dict[str, Any] = {"data": data, "warnings": list(made.warnings)}
        except AskmqlError as error:
            reply = {"code": error.code, "message": error.message, "hint": error.hint}
        out.write(json.dumps(reply) + "\n")
        out.flush()
