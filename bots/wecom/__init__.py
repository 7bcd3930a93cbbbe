"""WeCom (企业微信): crypto, four transports, rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bots.server.service import Service

CALLBACKS = ("/wecom/",)


def mount(app: FastAPI, service: Service) -> None:
    """Add WeCom to the web server.

    Raises:
        AskmqlError: No way is set up, or `channels.wecom` has a mistake.
    """
    from bots.wecom.mounting import mount_wecom

    mount_wecom(app, service)
