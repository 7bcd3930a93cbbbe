"""Signing in: one-time links, forged forms, and an identity provider on this very machine."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import RedirectResponse
from joserfc import jwk, jwt

from bots.server.settings import OIDC_SECRET_VARIABLE, OidcSettings, WebSettings


def csrf_in(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def enter(client: Any, code: str) -> Any:
    page = client.get("/login/link", params={"code": code})
    form = {"code": code, "csrf": csrf_in(page.text)}
    return client.post("/login/link", data=form, follow_redirects=True)


# --- links ------------------------------------------------------------------------------------


def test_link_signs_in_once(guarded: Any) -> None:
    code = guarded.service.links.create("manager_east")
    with guarded.client() as client:
        assert enter(client, code).url.path == "/"
        asked = client.post("/api/ask", json={"question": "上季度线索量按大区"}).json()
        assert [row[0] for row in asked["tables"][0]["rows"]] == ["华东"]
    with guarded.client() as other:
        assert enter(other, code).status_code == 403
        assert other.get("/", follow_redirects=False).status_code == 303


def test_preview_of_a_link_does_not_use_it_up(guarded: Any) -> None:
    code = guarded.service.links.create("manager")
    with guarded.client() as preview:
        preview.get("/login/link", params={"code": code})
    with guarded.client() as client:
        assert enter(client, code).status_code == 200


def test_old_forged_and_unknown_links_are_refused(guarded: Any) -> None:
    links = guarded.service.links
    codes = [links.create("manager", minutes=-1), links.create("outsider"), links.create("nobody")]
    codes += [links.create("manager")[:-2] + "xx", "nonsense"]
    for code in codes:
        with guarded.client() as client:
            assert enter(client, code).status_code == 403


def test_signing_out_ends_the_session(guarded: Any) -> None:
    with guarded.client() as client:
        home = enter(client, guarded.service.links.create("manager"))
        client.post("/logout", data={"csrf": csrf_in(home.text)})
        assert client.post("/api/ask", json={"question": "线索量"}).status_code == 401


def test_tampered_session_is_nobodys(guarded: Any) -> None:
    with guarded.client() as client:
        enter(client, guarded.service.links.create("manager"))
        cookie = client.cookies["askmql_session"]
        with guarded.client(cookies={"askmql_session": "A" + cookie[1:]}) as thief:
            assert thief.post("/api/ask", json={"question": "线索量"}).status_code == 401


class Chat:
    """What a chat channel knows of its people: one link, for one person."""

    def __init__(self) -> None:
        self.open = {"s3cret"}
        self.tied: list[tuple[str, str]] = []

    def peek(self, secret: str) -> Any:
        person = SimpleNamespace(channel="slack", external_id="U1")
        return person if secret in self.open else None

    def claim(self, secret: str, user_id: str) -> Any:
        found = self.peek(secret)
        self.open.discard(secret)
        self.tied += [(secret, user_id)] if found else []
        return found


def test_person_of_a_chat_is_tied_only_after_signing_in_and_saying_yes(
    guarded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = Chat()
    monkeypatch.setattr(guarded.service, "claims", chat)
    with guarded.client() as client:
        assert client.get("/link/s3cret").headers["location"] == "/login"
        asked = enter(client, guarded.service.links.create("manager_east"))
        assert asked.url.path == "/link/s3cret"
        assert "U1" in asked.text
        assert client.post("/link/s3cret", data={"csrf": "guess"}).status_code == 403
        assert chat.tied == []
        client.post("/link/s3cret", data={"csrf": csrf_in(asked.text)})
        assert chat.tied == [("s3cret", "manager_east")]
        assert client.get("/link/s3cret").status_code == 404


# --- forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/ask", "/feedback", "/view-as"])
def test_form_without_our_code_is_refused(local: Any, path: str) -> None:
    with local.client() as client:
        client.get("/")
        form = {"question": "线索量", "user": "admin", "answer": "x", "csrf": "guess"}
        assert client.post(path, data=form).status_code == 403


def test_only_a_machine_of_ones_own_offers_other_eyes(guarded: Any) -> None:
    with guarded.client() as client:
        home = enter(client, guarded.service.links.create("manager_east"))
        assert "view-as" not in home.text
        form = {"user": "admin", "csrf": csrf_in(home.text)}
        assert client.post("/view-as", data=form).status_code == 422


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_language_switch_leads_nowhere_else(local: Any, back: str) -> None:
    with local.client() as client:
        response = client.get("/lang/en", params={"back": back}, follow_redirects=False)
        assert response.headers["location"] == "/"


def test_page_of_an_unknown_conversation_shows_nothing_of_others(guarded: Any) -> None:
    service = guarded.service
    service.answers.open("secret question", asker="admin", channel="web", conversation="c-secret")
    with guarded.client() as client:
        enter(client, service.links.create("manager"))
        assert "secret question" not in client.get("/c/c-secret").text


# --- the identity provider ----------------------------------------------------------------------


class Issuer:
    """A small OpenID Connect provider; says who comes next, and can lie about it."""

    def __init__(self) -> None:
        self.key = jwk.generate_key("RSA", 2048, {"kid": "k1"}, private=True)
        self.wrong_key = jwk.generate_key("RSA", 2048, {"kid": "k1"}, private=True)
        self.claims: dict[str, Any] = {}
        self.lies = False
        self.codes: dict[str, dict[str, str]] = {}
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self._app(), log_config=None))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]})
        self.thread.start()

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def about() -> dict[str, Any]:
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/authorize")
        def authorize(redirect_uri: str, state: str, nonce: str, code_challenge: str) -> Any:
            self.codes["code-1"] = {"nonce": nonce, "challenge": code_challenge}
            return RedirectResponse(f"{redirect_uri}?code=code-1&state={state}", 302)

        @app.post("/token")
        def token(code: str = Form(), code_verifier: str = Form()) -> dict[str, Any]:
            assert code_verifier
            now = int(time.time())
            claims = {
                "iss": self.url, "aud": "askmql", "sub": "s1", "iat": now, "exp": now + 300,
                "nonce": self.codes.pop(code)["nonce"], **self.claims,
            }  # fmt: skip
            key = self.wrong_key if self.lies else self.key
            signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)
            return {"access_token": "a", "token_type": "Bearer", "id_token": signed}

        return app

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    provider = Issuer()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def company(start: Any, issuer: Issuer) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    users = {"east@starforge.example": "manager_east"}
    oidc = OidcSettings(issuer=issuer.url, client_id="askmql", users=users)
    settings = WebSettings(login="oidc", public_url=f"http://127.0.0.1:{port}", oidc=oidc)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OIDC_SECRET_VARIABLE, "hush")
        return start(settings, port)


def test_person_of_the_identity_provider_has_their_own_rights(company: Any, issuer: Issuer) -> None:
    issuer.claims = {"email": "east@starforge.example", "email_verified": True}
    with company.client(follow_redirects=True) as client:
        assert client.get("/login/oidc").url.path == "/"
        asked = client.post("/api/ask", json={"question": "上季度线索量按大区"}).json()
        assert [row[0] for row in asked["tables"][0]["rows"]] == ["华东"]


@pytest.mark.parametrize(
    ("claims", "lies"),
    [
        ({"email": "stranger@starforge.example", "email_verified": True}, False),
        ({"email": "east@starforge.example", "email_verified": False}, False),
        ({"email": "east@starforge.example"}, False),
        ({"email_verified": True}, False),
        ({"email": "east@starforge.example", "email_verified": True, "nonce": "other"}, False),
        ({"email": "east@starforge.example", "email_verified": True, "aud": "other"}, False),
        ({"email": "east@starforge.example", "email_verified": True, "exp": 1}, False),
        ({"email": "east@starforge.example", "email_verified": True}, True),
    ],
    ids=["stranger", "unverified", "silent", "no name", "nonce", "audience", "over", "forged"],
)
def test_who_is_not_certain_is_not_let_in(
    company: Any, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, claims: Any, lies: bool
) -> None:
    monkeypatch.setattr(issuer, "claims", claims)
    monkeypatch.setattr(issuer, "lies", lies)
    with company.client(follow_redirects=True) as client:
        refused = client.get("/login/oidc")
        assert refused.status_code == 403
        assert client.post("/api/ask", json={"question": "线索量"}).status_code == 401


def test_answer_to_somebody_elses_sign_in_is_refused(company: Any, issuer: Issuer) -> None:
    issuer.claims = {"email": "east@starforge.example", "email_verified": True}
    with company.client() as attacker, company.client() as victim:
        go = attacker.get("/login/oidc").headers["location"]
        back = attacker.get(go).headers["location"]
        assert parse_qs(urlsplit(back).query)["code"]
        assert victim.get(back).status_code == 403
