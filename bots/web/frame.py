"""What every page has: language, asker, the frame around it, and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bots.server.auth import csrf_of, service_of
from bots.server.service import Service
from bots.web.assets import asset
from bots.web.words import words

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["asset"] = asset
_TEMPLATES = Jinja2Templates(env=_ENVIRONMENT)
CHANNEL = "web"
"""Under which questions of the page are kept."""
_RECENT = 8
_VIEWERS = 50


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


def who_of(request: Request, asker: str) -> dict[str, Any]:
    """Return what the frame of a page shows of the asker."""
    service = service_of(request)
    recent = service.answers.history(asker, CHANNEL, _RECENT)
    return {"asker": asker, "viewers": viewers_of(service, lang_of(request)), "recent": recent}


def viewers_of(service: Service, lang: str) -> tuple[tuple[str, str], ...]:
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
