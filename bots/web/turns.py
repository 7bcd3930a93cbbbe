"""Asking on the page: a turn of a conversation, its progress, stopping it, and thumbs."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from assistant import Answer
from bots.records import Verdict
from bots.records.feedback import REASONS
from bots.server.auth import asker_of, check_csrf, service_of
from bots.server.rest import MAX_QUESTION, own_answer
from bots.server.service import Question, Step
from bots.web.frame import CHANNEL, render, who_of
from bots.web.view import tile_of, view_of
from semantic_layer import AskmqlError, QueryError
from semantic_layer.engine import EngineError
from semantic_layer.tracing import traced

if TYPE_CHECKING:
    from bots.records import Kept


async def ask(request: Request) -> Response:
    """Take a question; the fragment that comes back fetches its own answer."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    asker, service = asker_of(request), service_of(request)
    question = str(form.get("question", "")).strip()[:MAX_QUESTION]
    conversation = str(form.get("conversation", ""))[:100] or secrets.token_urlsafe(9)
    if not question:
        return Response(status_code=204)
    answer_id = await service.open(Question(question, asker, conversation, CHANNEL))
    if not request.headers.get("hx-request"):
        return RedirectResponse(f"/c/{conversation}#t-{answer_id}", 303)
    return render(
        request, "_turn.html", id=answer_id, question=question, view=None,
        conversation=conversation, changed=False,
    )  # fmt: skip


def chat(request: Request, conversation: str) -> Response:
    """Show a conversation of the asker's own."""
    asker, service = asker_of(request), service_of(request)
    kept = service.answers.thread(conversation, asker)
    rights = service.rights(asker)
    turns = [_turn(k, rights) for k in kept]
    who = who_of(request, asker)
    return render(request, "chat.html", conversation=conversation, turns=turns, **who)


def _turn(kept: Kept, rights: str) -> dict[str, Any]:
    changed = kept.answer is not None and kept.rights != rights
    view = view_of(kept.id, kept.answer) if kept.answer is not None and not changed else None
    return {"id": kept.id, "question": kept.question, "view": view, "changed": changed}


async def turn_stream(request: Request, answer_id: str) -> Response:
    """Send the progress of a question as fragments, and its answer as the last one."""
    asker, service = asker_of(request), service_of(request)
    kept = service.answers.get(answer_id, asker)
    if kept is None:
        raise QueryError("UNKNOWN_ANSWER", "There is no such question of yours.")
    question = Question(
        kept.question, asker, kept.conversation, CHANNEL, stop_key=answer_id
    )  # fmt: skip

    async def fragments() -> AsyncIterator[str]:
        if kept.answer is not None:
            yield _event(_answer_html(request, kept.id, kept.conversation, kept.answer))
            return
        try:
            async for item in service.stream(answer_id, question):
                if isinstance(item, Step):
                    yield _event(_html(request, "_progress.html", step=item))
                else:
                    yield _event(_answer_html(request, kept.id, kept.conversation, item))
        except (AskmqlError, EngineError) as error:
            yield _event(_html(request, "_error.html", error=error, status=503))

    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(fragments(), media_type="text/event-stream", headers=headers)


async def turn_stop(request: Request, answer_id: str) -> Response:
    """Stop a question of the asker's own; its answer then says that it was stopped."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    asker, service = asker_of(request), service_of(request)
    if service.answers.get(answer_id, asker) is None:
        raise QueryError("UNKNOWN_ANSWER", "There is no such question of yours.")
    await service.stops.stop(answer_id)
    return Response(status_code=204)


@traced("render")
def _answer_html(request: Request, answer_id: str, conversation: str, answer: Answer) -> str:
    view = view_of(answer_id, answer)
    return _html(request, "_answer.html", view=view, conversation=conversation)


def _html(request: Request, name: str, **values: Any) -> str:
    body = render(request, name, **values).body
    return bytes(body).decode()


def _event(html: str) -> str:
    lines = "\n".join(f"data: {line}" for line in html.splitlines())
    return f"{lines}\n\n"


async def tile(request: Request, q: str) -> Response:
    """Answer a saved question in brief."""
    asker, service = asker_of(request), service_of(request)
    answer = await service.ask(Question(q[:MAX_QUESTION], asker, channel="tile"))
    return render(request, "_tile.html", tile=tile_of(answer))


async def feedback(request: Request) -> Response:
    """Keep a thumb; after a thumb down ask for the reason."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    asker, service = asker_of(request), service_of(request)
    answer_id, verdict = str(form.get("answer", "")), Verdict(str(form.get("verdict", "up")))
    reason, comment = str(form.get("reason", "")), str(form.get("comment", ""))
    own_answer(service, answer_id, asker)
    service.rate(answer_id, asker, verdict, reason=reason, comment=comment)
    asks_why = verdict is Verdict.DOWN and "reason" not in form
    return render(
        request, "_feedback.html", id=answer_id, asks_why=asks_why, reasons=REASONS
    )  # fmt: skip
