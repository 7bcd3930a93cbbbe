"""Settings of the server: `channels: {web: …}` of `askmql.yml`, and the command line."""

from __future__ import annotations

import ipaddress
import os
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator

from semantic_layer import AskmqlError
from semantic_layer.model import Spec

OIDC_SECRET_VARIABLE = "ASKMQL_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of a variable


class OidcSettings(Spec):
    """Sign-in through the company's own identity provider. The client secret is in the environment."""

    issuer: str
    client_id: str
    claim: str = "email"
    """Which claim names the person."""
    users: dict[str, str] = {}
    """Claim -> user of policies.yml; a claim that is itself a user needs no entry."""

    @property
    def client_secret(self) -> str:
        """The secret, from the environment."""
        return os.environ.get(OIDC_SECRET_VARIABLE, "")


class WebSettings(Spec):
    """How the page and REST are reached, and who is let in."""

    login: Literal["local", "link", "oidc"] = "local"
    """local: whoever sits at this machine, loopback only; link: one-time links and tokens;
    oidc: the company's identity provider, and links and tokens too."""
    public_url: str = ""
    """Where people reach the server, such as https://ask.example.com."""
    oidc: OidcSettings | None = None
    workers: int = Field(default=4, ge=1, le=64)
    """Questions answered at once."""
    waiting: int = Field(default=400, ge=1)
    """Questions that may wait; more are told to come back."""
    waiting_per_asker: int = Field(default=24, ge=1)
    otel: str = ""
    """Where an OpenTelemetry collector listens, such as http://127.0.0.1:4318; empty: no traces."""
    session_hours: float = Field(default=12, gt=0, le=24 * 30)

    @model_validator(mode="after")
    def _complete(self) -> WebSettings:
        if self.login == "oidc" and self.oidc is None:
            msg = "login: oidc needs `oidc: {issuer: …, client_id: …}`"
            raise ValueError(msg)
        if self.login == "oidc" and not self.public_url:
            msg = "login: oidc needs `public_url`, where the identity provider sends people back to"
            raise ValueError(msg)
        return self

    @property
    def is_local(self) -> bool:
        """Whether everybody who reaches the server is its one user."""
        return self.login == "local"

    @property
    def is_https(self) -> bool:
        """Whether people reach the server through TLS."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host and port that people type."""
        return urlsplit(self.public_url).netloc


def read_settings(channels: dict[str, Any]) -> WebSettings:
    """Return the server's settings from `channels` of `askmql.yml`.

    Raises:
        AskmqlError: BAD_WEB_SETTINGS, naming the first mistake.
    """
    try:
        return WebSettings.model_validate(channels.get("web") or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(("channels", "web", *map(str, first["loc"])))
        message = str(first["msg"]).removeprefix("Value error, ")
        raise AskmqlError(
            "BAD_WEB_SETTINGS", f"askmql.yml: {message} (at {where})", hint="See docs/serve.md."
        ) from None


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_binding(settings: WebSettings, host: str) -> None:
    """Refuse to offer the data to a network without asking who is there.

    Raises:
        AskmqlError: LOGIN_NEEDED.
    """
    if settings.is_local and not is_loopback(host):
        raise AskmqlError(
            "LOGIN_NEEDED",
            f"Without a login, askmql serves this machine only, not {host}.",
            hint="Set `channels: {web: {login: link}}` or `login: oidc` in askmql.yml; see docs/serve.md.",
        )
