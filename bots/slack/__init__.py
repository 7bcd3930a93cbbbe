"""Slack: limits, rendering, listeners, sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bots.server.service import Service

CALLBACKS = ("/slack/",)


def mount(app: FastAPI, service: Service) -> None:
    """Add Slack to the web server.

    Raises:
        AskmqlError: A token is missing, or `channels.slack` has a mistake.
    """
    from bots.slack.mounting import mount_slack

    mount_slack(app, service)
