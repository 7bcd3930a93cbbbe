"""Who asks: the one local user, a signed-in session, or the owner of a token."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection, Request

from semantic_layer import AskmqlError

if TYPE_CHECKING:
    from bots.server.service import Service

_BEARER = "bearer "


class NotSignedInError(AskmqlError):
    """Nobody is signed in."""


class ForgedError(AskmqlError):
    """A form did not come from our own page."""


def service_of(request: HTTPConnection) -> Service:
    """Return the server's one service."""
    service: Service = request.app.state.service
    return service


def asker_of(request: HTTPConnection) -> str:
    """Return whose rights a request has; empty is the project's default user.

    Raises:
        NotSignedInError: Nobody is signed in, or the token is not valid.
    """
    service = service_of(request)
    header = request.headers.get("authorization", "")
    if header.lower().startswith(_BEARER):
        found = service.tokens.asker_of(header[len(_BEARER) :].strip())
        if found is None:
            hint = "`askmql token create USER` makes a new one."
            raise NotSignedInError("BAD_TOKEN", "The token is not valid.", hint=hint)
        return found
    if service.settings.is_local:
        return str(request.session.get("view_as") or local_user(service))
    asker = request.session.get("asker")
    if not asker:
        hint = "Open the sign-in page, or send `Authorization: Bearer TOKEN`."
        raise NotSignedInError("SIGN_IN", "Please sign in.", hint=hint)
    return str(asker)


def local_user(service: Service) -> str:
    """Return the one user of a server without a login."""
    return service.assistant.layer.project.config.default_user or ""


def sign_in(request: Request, asker: str) -> str:
    """Begin a new session and return where to go on; what was in the old one is dropped."""
    wanted = str(request.session.get("next") or "/")
    request.session.clear()
    request.session["asker"] = asker
    csrf_of(request)
    return wanted


def csrf_of(request: Request) -> str:
    """Return the session's own code, which every form of ours carries."""
    code = request.session.get("csrf")
    if not code:
        code = secrets.token_urlsafe(18)
        request.session["csrf"] = code
    return str(code)


def check_csrf(request: Request, code: str) -> None:
    """Refuse a form that our own page did not make.

    Raises:
        ForgedError: The code is missing or another session's.
    """
    given = request.headers.get("x-csrf-token") or code
    known = str(request.session.get("csrf") or "")
    if not known or not hmac.compare_digest(given.encode(), known.encode()):
        hint = "Load the page again."
        raise ForgedError("FORGED_FORM", "This form is not from this page.", hint=hint)
