"""Slack in the web server's life: routes, workers, and the socket if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.messaging.desk import Desk
from bots.messaging.settings import SlackSettings, slack_settings
from bots.slack.app import SlackService
from bots.slack.routes import add_slack_routes
from bots.slack.socket import SlackSocket
from semantic_layer import AskmqlError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bots.server.service import Service


def check(settings: SlackSettings) -> None:
    """Refuse settings with which nothing could be received or sent.

    Raises:
        AskmqlError: NO_SLACK_TOKEN, naming the variable.
    """
    installs = bool(settings.client_id)
    needed = {
        "ASKMQL_SLACK_BOT_TOKEN": bool(settings.bot_token.get_secret_value()) or installs,
        "ASKMQL_SLACK_CLIENT_SECRET": bool(settings.client_secret.get_secret_value())
        or not installs,
        "ASKMQL_SLACK_SIGNING_SECRET": bool(settings.signing_secret.get_secret_value())
        or bool(settings.app_token.get_secret_value()),
    }
    missing = [name for name, is_there in needed.items() if not is_there]
    if missing:
        raise AskmqlError("NO_SLACK_TOKEN", f"Slack needs {missing[0]}.", hint="See docs/slack.md.")


def mount_slack(app: FastAPI, service: Service) -> None:
    """Add Slack's routes, channel and connection.

    Raises:
        AskmqlError: A token is missing, or `channels.slack` has a mistake.
    """
    project = service.assistant.layer.project
    settings = slack_settings(project.config)
    check(settings)
    desk = Desk(service, open_to_all=settings.open_to_all)
    service.claims = desk.identities
    slack = SlackService(settings, desk, service.inbox, service.runner)
    if settings.signing_secret.get_secret_value():
        add_slack_routes(app, slack)
    token = settings.app_token.get_secret_value()
    if token:
        socket = SlackSocket(slack.app, token)
        service.life.on_start.append(socket.start)
        service.life.on_stop.append(socket.stop)
