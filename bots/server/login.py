"""The sign-in page: one-time links, the identity provider, and signing out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bots.server.auth import asker_of, check_csrf, service_of, sign_in
from bots.server.oidc import Oidc
from bots.server.settings import WebSettings
from bots.web.frame import render
from semantic_layer import QueryError


def router(settings: WebSettings) -> APIRouter:
    """Return the sign-in routes that the settings allow."""
    login = APIRouter(include_in_schema=False)
    login.add_api_route("/login", show, methods=["GET"])
    login.add_api_route("/login/link", confirm_link, methods=["GET"])
    login.add_api_route("/login/link", use_link, methods=["POST"])
    login.add_api_route("/logout", sign_out, methods=["POST"])
    login.add_api_route("/link/{secret}", show_claim, methods=["GET"])
    login.add_api_route("/link/{secret}", claim, methods=["POST"])
    if settings.login == "oidc" and settings.oidc is not None:
        _add_oidc(login, Oidc(settings.oidc, settings.public_url))
    return login


def _add_oidc(login: APIRouter, oidc: Oidc) -> None:
    async def go(request: Request) -> Response:
        return await oidc.go(request)

    async def back(request: Request) -> Response:
        asker = await oidc.back(request, service_of(request))
        return RedirectResponse(sign_in(request, asker), 303)

    login.add_api_route("/login/oidc", go, methods=["GET"])
    login.add_api_route("/login/oidc/back", back, methods=["GET"])


def show(request: Request) -> Response:
    """Show how to sign in."""
    if service_of(request).settings.is_local:
        return RedirectResponse("/", 303)
    return render(request, "login.html", over=False, code="")


def confirm_link(request: Request, code: str = "") -> Response:
    """Ask before a link is used: chat programs open links to preview them."""
    return render(request, "login.html", over=not code, code=code)


async def use_link(request: Request) -> Response:
    """Sign in with a one-time link."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    service = service_of(request)
    asker = service.links.redeem(str(form.get("code", "")))
    if asker is None or not service.knows(asker):
        return render(request, "login.html", 403, over=True, code="")
    if service.settings.is_local:
        hint = "Set `channels: {web: {login: link}}` in askmql.yml."
        raise QueryError("NO_LOGIN_HERE", "This server has no login.", hint=hint)
    return RedirectResponse(sign_in(request, asker), 303)


async def sign_out(request: Request) -> Response:
    """Forget the session."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    request.session.clear()
    return RedirectResponse("/login", 303)


# --- people of chat channels --------------------------------------------------------------


def show_claim(request: Request, secret: str) -> Response:
    """Ask a signed-in visitor whether the person who got this link in a chat is they."""
    asker = asker_of(request)
    claims = service_of(request).claims
    person = claims.peek(secret) if claims is not None else None
    return render(request, "claim.html", 200 if person else 404, person=person, me=asker)


async def claim(request: Request, secret: str) -> Response:
    """Tie the person of the chat to the signed-in visitor."""
    form = await request.form()
    check_csrf(request, str(form.get("csrf", "")))
    asker, claims = asker_of(request), service_of(request).claims
    person = claims.claim(secret, asker) if claims is not None else None
    if person is None:
        return render(request, "claim.html", 404, person=None, me=asker)
    return RedirectResponse("/", 303)
