"""Is the process alive, is it ready, and what has it counted?"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bots.server.auth import asker_of, service_of


def router() -> APIRouter:
    """Return `/healthz`, `/readyz` and `/metrics`."""
    health = APIRouter(include_in_schema=False)
    health.add_api_route("/healthz", _alive, methods=["GET"])
    health.add_api_route("/readyz", _ready, methods=["GET"])
    health.add_api_route("/metrics", _metrics, methods=["GET"])
    return health


async def _alive() -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> JSONResponse:
    """Say whether questions can be answered: the state is reachable and the data is open."""
    service = service_of(request)
    checks = {"started": service.life.is_ready}
    try:
        await asyncio.to_thread(service.inbox.counts)
        checks["state"] = True
    except Exception:  # whatever the database driver raises, the answer is no
        checks["state"] = False
    checks["workers"] = service.runner.is_running
    checks["data"] = service.assistant.layer.engine is not None
    is_ready = all(checks.values())
    body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
    return JSONResponse(body, 200 if is_ready else 503)


async def _metrics(request: Request) -> Response:
    """Return the counters; with a login, only to those who have one."""
    asker_of(request)
    text = await asyncio.to_thread(service_of(request).metrics.text)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
