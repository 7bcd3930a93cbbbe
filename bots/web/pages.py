"""The routes of the page."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bots.server.auth import asker_of, check_csrf, local_user, service_of
from bots.web import turns
from bots.web.catalogue import find_metrics, metric_page
from bots.web.frame import CHANNEL, lang_of, render, viewers_of, who_of
from bots.web.words import words
from semantic_layer import QueryError
from tools import ToolContext

_EXAMPLES = 6


def router() -> APIRouter:
    """Return the routes of the page."""
    pages = APIRouter(include_in_schema=False)
    routes = (
        ("/", home, "GET"),
        ("/ask", turns.ask, "POST"),
        ("/c/{conversation}", turns.chat, "GET"),
        ("/turns/{answer_id}/stream", turns.turn_stream, "GET"),
        ("/turns/{answer_id}/stop", turns.turn_stop, "POST"),
        ("/tile", turns.tile, "GET"),
        ("/feedback", turns.feedback, "POST"),
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


def home(request: Request) -> Response:
    """Show the landing page: the ask box, homes with their tiles, examples."""
    asker, service, lang = asker_of(request), service_of(request), lang_of(request)
    config = service.assistant.layer.project.config
    shown = service.home_of(asker, request.query_params.get("home", ""))
    examples = [q for q in config.tour if _is_in(q, lang)] or list(config.tour)
    return render(
        request, "home.html", homes=config.homes, shown=shown, about=config.about,
        tiles=[t.get(lang) for t in shown.tiles] if shown else [],
        examples=examples[:_EXAMPLES], **who_of(request, asker),
    )  # fmt: skip


def _is_in(question: str, lang: str) -> bool:
    return (not question.isascii()) == (lang == "zh")


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
    who = who_of(request, asker)
    return render(request, "catalog.html", groups=groups, count=count, q=q, **who)


def metric(request: Request, metric: str) -> Response:
    """Show one metric: meaning, formula, lineage, and questions to ask about it."""
    asker = asker_of(request)
    page = metric_page(_context(request, asker), metric)
    lang, say = lang_of(request), words(lang_of(request))
    label = page.about.entry.label.get(lang)
    asks = [say["this_month"].format(label), say["trend"].format(label)]
    asks += [say["by"].format(label, dim) for dim in page.about.dimensions[:2]]
    return render(request, "metric.html", page=page, asks=asks, **who_of(request, asker))


def history(request: Request) -> Response:
    """List the asker's conversations."""
    asker, service = asker_of(request), service_of(request)
    found = service.answers.history(asker, CHANNEL)
    zone = service.assistant.layer.context.calendar.zone
    listed = [(c, datetime.fromtimestamp(c.at, zone).strftime("%Y-%m-%d %H:%M")) for c in found]
    return render(request, "history.html", listed=listed, **who_of(request, asker))


def api_docs(request: Request) -> Response:
    """List the REST routes, without anything from outside."""
    asker = asker_of(request)
    paths = request.app.openapi()["paths"]
    rows = [
        (method.upper(), path, spec.get("summary", ""))
        for path, methods in paths.items()
        for method, spec in methods.items()
    ]
    return render(request, "api.html", rows=rows, **who_of(request, asker))


# --- settings of the session --------------------------------------------------------------


async def view_as(request: Request) -> Response:
    """Look through another user's eyes; only where everybody is the one local user anyway."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    service, wanted = service_of(request), str(form.get("user", ""))
    if wanted not in {name for name, _ in viewers_of(service, "en")}:
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
