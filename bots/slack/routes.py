"""Slack's addresses in the web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.slack.app import SlackService

if TYPE_CHECKING:
    from fastapi import FastAPI


def add_slack_routes(api: FastAPI, service: SlackService) -> None:
    """Add `/slack/events`, and the two addresses of installing where many workspaces may.

    Args:
        api: The web server.
        service: Receives what Slack sends; it checks signature and age itself.
    """
    from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    handler = AsyncSlackRequestHandler(service.app)

    async def handle(request: Request) -> Response:
        return await handler.handle(request)

    api.router.routes.append(Route("/slack/events", handle, methods=["POST"]))
    if service.app.oauth_flow is not None:
        for path in ("/slack/install", "/slack/oauth_redirect"):
            api.router.routes.append(Route(path, handle, methods=["GET"]))
