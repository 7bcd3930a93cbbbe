"""Sign-in through the company's identity provider (OpenID Connect)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semantic_layer import DeniedError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bots.server.service import Service
    from bots.server.settings import OidcSettings

_NAME = "company"


class Oidc:
    """The two steps of the sign-in.

    Args:
        settings: Issuer and client.
        public_url: Where people come back to.
    """

    def __init__(self, settings: OidcSettings, public_url: str) -> None:
        from authlib.integrations.starlette_client import OAuth

        self._settings = settings
        self._back = f"{public_url.rstrip('/')}/login/oidc/back"
        registry = OAuth()
        registry.register(
            _NAME,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )
        self._client: Any = registry.create_client(_NAME)

    async def go(self, request: Request) -> Response:
        """Send the browser to the identity provider."""
        response: Response = await self._client.authorize_redirect(request, self._back)
        return response

    async def back(self, request: Request, service: Service) -> str:
        """Return who has come back from the identity provider.

        Raises:
            DeniedError: The provider refused, or does not know the person for certain.
        """
        from authlib.integrations.base_client.errors import OAuthError
        from joserfc.errors import JoseError

        try:
            token = await self._client.authorize_access_token(request)
        except (OAuthError, JoseError) as error:
            raise DeniedError(
                "SIGN_IN_FAILED", "The identity provider did not confirm who you are.",
                hint="Try again; if it happens again, tell your administrator.",
            ) from error  # fmt: skip
        return self._asker(token.get("userinfo") or {}, service)

    def _asker(self, claims: dict[str, Any], service: Service) -> str:
        claim = str(claims.get(self._settings.claim) or "")
        certain = self._settings.claim != "email" or claims.get("email_verified") is True
        asker = self._settings.users.get(claim) or (claim if service.knows(claim) else "")
        if not claim or not certain or not asker:
            raise DeniedError(
                "UNKNOWN_USER", f"Nobody here is known as `{claim or '?'}`.",
                hint="Ask your administrator to add you.",
            )  # fmt: skip
        return asker
