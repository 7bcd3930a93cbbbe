"""The routes of the page."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assistant import Answer
from bots.records import Verdict
from bots.records.feedback import REASONS
from bots.server.auth import asker_of, check_csrf, csrf_of, local_user, service_of
from bots.server.rest import MAX_QUESTION, own_answer
from bots.server.service import Question, Service, Step
from bots.web.assets import asset
from bots.web.catalogue import find_metrics, metric_page
from bots.web.view import tile_of, view_of
from bots.web.words import words
from semantic_layer import AskmqlError, QueryError
from semantic_layer.project import Home
from tools import ToolContext

if TYPE_CHECKING:
    from bots.records import Kept

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["asset"] = asset
_TEMPLATES = Jinja2Templates(env=_ENVIRONMENT)
_RECENT = 8
_EXAMPLES = 6
_VIEWERS = 50
_CHANNEL = "web"


def router() -> APIRouter:
    """Return the routes of the page."""
    pages = APIRouter(include_in_schema=False)
    routes = (
        ("/", home, "GET"),
        ("/ask", ask, "POST"),
        ("/c/{conversation}", chat, "GET"),
        ("/turns/{answer_id}/stream", turn_stream, "GET"),
        ("/tile", tile, "GET"),
        ("/feedback", feedback, "POST"),
        ("/catalog", catalog, "GET"),
        ("/catalog/{metric}", metric, "GET"),
        ("/history", history, "GET"),
        ("/view-as", view_as, "POST"),
        ("/lang/{lang}", set_lang, "GET"),
        ("/api/docs", api_docs, "GET"),
    )
    for path, endpoint, method in routes:
        pages.add_api_route(path, endpoint, methods=[method])
    return pages


# --- what every page has ------------------------------------------------------------------


def lang_of(request: Request) -> str:
    """Return the language of the page: chosen, else the browser's, else the company's."""
    chosen = request.session.get("lang")
    if chosen in {"zh", "en"}:
        return str(chosen)
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in {"zh", "en"}:
            return code
    return service_of(request).assistant.layer.project.config.locale


def render(request: Request, name: str, http_status: int = 200, **values: Any) -> Response:
    """Return a page or a fragment."""
    lang = lang_of(request)
    layer = service_of(request).assistant.layer
    shared = {
        "lang": lang,
        "w": words(lang),
        "csrf": csrf_of(request),
        "company": layer.project.config.name.get(lang),
        "as_of": layer.context.as_of.isoformat(),
        "path": request.url.path,
        "settings": service_of(request).settings,
        "asker": "",
        "viewers": (),
        "recent": (),
    }
    return _TEMPLATES.TemplateResponse(request, name, {**shared, **values}, status_code=http_status)


def _who(request: Request, asker: str) -> dict[str, Any]:
    """Return what the frame of a page shows of the asker."""
    service = service_of(request)
    recent = service.answers.history(asker, _CHANNEL, _RECENT)
    return {"asker": asker, "viewers": _viewers(service, lang_of(request)), "recent": recent}


def _viewers(service: Service, lang: str) -> tuple[tuple[str, str], ...]:
    """Return the users that somebody at this very machine may look through the eyes of."""
    policies = service.assistant.layer.policies
    if policies is None or not service.settings.is_local:
        return ()
    users = list(policies.users.items())[:_VIEWERS]
    return tuple((name, user.name.get(lang) if user.name else name) for name, user in users)


def error_page(request: Request, error: Exception, status: int) -> Response:
    """Return a page, or a fragment for htmx, that says what is wrong."""
    name = "_error.html" if request.headers.get("hx-request") else "error.html"
    if "session" not in request.scope:
        return Response(getattr(error, "message", ""), status)
    return render(request, name, status, error=error, status=status)


# --- asking -------------------------------------------------------------------------------


def home(request: Request) -> Response:
    """Show the landing page: the ask box, homes with their tiles, examples."""
    asker, service, lang = asker_of(request), service_of(request), lang_of(request)
    config = service.assistant.layer.project.config
    shown = _home_of(request.query_params.get("home", ""), service, asker)
    examples = [q for q in config.tour if _is_in(q, lang)] or list(config.tour)
    return render(
        request, "home.html", homes=config.homes, shown=shown, about=config.about,
        tiles=[t.get(lang) for t in shown.tiles] if shown else [],
        examples=examples[:_EXAMPLES], **_who(request, asker),
    )  # fmt: skip


def _is_in(question: str, lang: str) -> bool:
    return (not question.isascii()) == (lang == "zh")


def _home_of(wanted: str, service: Service, asker: str) -> Home | None:
    """Return the home that was asked for, else the one of the asker's role, else the first."""
    layer = service.assistant.layer
    homes = layer.project.config.homes
    user = layer.policies.users.get(asker) if layer.policies else None
    named = [h for h in homes if h.id == wanted]
    fitting = [h for h in homes if user is not None and user.role in h.roles]
    return next(iter((*named, *fitting, *homes)), None)


async def ask(request: Request) -> Response:
    """Take a question; the fragment that comes back fetches its own answer."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    asker, service = asker_of(request), service_of(request)
    question = str(form.get("question", "")).strip()[:MAX_QUESTION]
    conversation = str(form.get("conversation", ""))[:100] or secrets.token_urlsafe(9)
    if not question:
        return Response(status_code=204)
    answer_id = await service.open(Question(question, asker, conversation, _CHANNEL))
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
    who = _who(request, asker)
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
    question = Question(kept.question, asker, kept.conversation, _CHANNEL)

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
        except AskmqlError as error:
            yield _event(_html(request, "_error.html", error=error, status=503))

    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(fragments(), media_type="text/event-stream", headers=headers)


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


# --- catalogue and history ----------------------------------------------------------------


def _context(request: Request, asker: str) -> ToolContext:
    layer = service_of(request).assistant.layer
    return ToolContext(layer, layer.scope(asker or None), lang_of(request))


def catalog(request: Request, q: str = "") -> Response:
    """List the metrics, or those that match."""
    asker = asker_of(request)
    groups = find_metrics(_context(request, asker), q)
    count = sum(len(g) for g in groups.values())
    if request.headers.get("hx-request"):
        return render(request, "_metrics.html", groups=groups, count=count)
    who = _who(request, asker)
    return render(request, "catalog.html", groups=groups, count=count, q=q, **who)


def metric(request: Request, metric: str) -> Response:
    """Show one metric: meaning, formula, lineage, and questions to ask about it."""
    asker = asker_of(request)
    page = metric_page(_context(request, asker), metric)
    lang, say = lang_of(request), words(lang_of(request))
    label = page.about.entry.label.get(lang)
    asks = [say["this_month"].format(label), say["trend"].format(label)]
    asks += [say["by"].format(label, dim) for dim in page.about.dimensions[:2]]
    return render(request, "metric.html", page=page, asks=asks, **_who(request, asker))


def history(request: Request) -> Response:
    """List the asker's conversations."""
    asker, service = asker_of(request), service_of(request)
    found = service.answers.history(asker, _CHANNEL)
    zone = service.assistant.layer.context.calendar.zone
    listed = [(c, datetime.fromtimestamp(c.at, zone).strftime("%Y-%m-%d %H:%M")) for c in found]
    return render(request, "history.html", listed=listed, **_who(request, asker))


def api_docs(request: Request) -> Response:
    """List the REST routes, without anything from outside."""
    asker = asker_of(request)
    paths = request.app.openapi()["paths"]
    rows = [
        (method.upper(), path, spec.get("summary", ""))
        for path, methods in paths.items()
        for method, spec in methods.items()
    ]
    return render(request, "api.html", rows=rows, **_who(request, asker))


# --- settings of the session --------------------------------------------------------------


async def view_as(request: Request) -> Response:
    """Look through another user's eyes; only where everybody is the one local user anyway."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    service, wanted = service_of(request), str(form.get("user", ""))
    if wanted not in {name for name, _ in _viewers(service, "en")}:
        raise QueryError("UNKNOWN_USER", f"There is no user `{wanted[:50]}`.")
    request.session["view_as"] = "" if wanted == local_user(service) else wanted
    return RedirectResponse("/", 303)


def set_lang(request: Request, lang: str) -> Response:
    """Choose the language of the page and go back to where one was."""
    if lang in {"zh", "en"}:
        request.session["lang"] = lang
    back = request.query_params.get("back", "/")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(back if is_ours else "/", 303)
