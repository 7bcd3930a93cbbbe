"""REST: ask a question, run a tool, send a verdict, fetch a file."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant import Answer
from assistant.recording import run_recorded
from assistant.router import PlannerName
from bots.records import Verdict
from bots.records.feedback import REASONS
from bots.server.auth import asker_of, service_of
from bots.server.service import Question, Service, Step
from semantic_layer import AskmqlError, QueryError
from semantic_layer.engine import EngineError
from semantic_layer.tracing import traced
from tools import TOOLS, ToolContext, ToolDef
from tools.plain import plain

Asker = Annotated[str, Depends(asker_of)]
Serving = Annotated[Service, Depends(service_of)]
MAX_QUESTION = 2_000
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html; charset=utf-8",
}


class Body(BaseModel):
    """Base of request bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AskBody(Body):
    """A question."""

    question: str = Field(max_length=MAX_QUESTION, examples=["上季度各渠道线索成本"])
    conversation: str = Field(default="", max_length=100, description="For follow-up questions.")
    today: date | None = Field(default=None, description="The day of asking, for replay.")
    planner: PlannerName = Field(default="auto", description="Which lane may answer.")


class FeedbackBody(Body):
    """A verdict on an answer."""

    answer: str = Field(max_length=64, description="The id that came with the answer.")
    verdict: Verdict
    reason: str = Field(default="", description=f"One of {', '.join(REASONS)}; or empty.")
    comment: str = Field(default="", max_length=2_000)


def router() -> APIRouter:
    """Return the routes under `/api`."""
    api = APIRouter(prefix="/api")
    api.add_api_route(
        "/ask", _ask, methods=["POST"], response_model=Answer, tags=["ask"],
        summary="Ask a question in Chinese or English.",
        responses={200: {"content": {"text/event-stream": {}}}},
        description="With `Accept: text/event-stream`, sends `progress` events and then `answer` or `error`.",
    )  # fmt: skip
    api.add_api_route("/tools", _tools, methods=["GET"], tags=["tools"], summary="List the tools.")
    api.add_api_route("/answers/{answer_id}", _answer, methods=["GET"], tags=["ask"])
    api.add_api_route(
        "/answers/{answer_id}/stop", _stop, methods=["POST"], tags=["ask"], status_code=204,
        summary="Stop a question that is being answered as a stream.",
    )  # fmt: skip
    api.add_api_route(
        "/answers/{answer_id}/file", _file, methods=["GET"], tags=["ask"],
        summary="An answer as csv, xlsx, png, svg or html.", response_class=Response,
    )  # fmt: skip
    api.add_api_route("/feedback", _feedback, methods=["POST"], tags=["ask"], status_code=204)
    for tool in TOOLS:
        _add_tool(api, tool)
    return api


# --- asking -------------------------------------------------------------------------------


async def _ask(body: AskBody, request: Request, asker: Asker, service: Serving) -> Response:
    question = Question(
        body.question, asker, body.conversation, "rest", body.today, body.planner
    )  # fmt: skip
    answer_id = await service.open(question)
    question = replace(question, stop_key=answer_id)
    if "text/event-stream" in request.headers.get("accept", ""):
        events = _events(service.stream(answer_id, question))
        return StreamingResponse(events, media_type="text/event-stream", headers=_id(answer_id))
    answer = await service.ask_and_keep(answer_id, question)
    status = 500 if answer.status == "error" else 200
    return Response(_told(answer), status, _id(answer_id), "application/json")


@traced("render")
def _told(answer: Answer) -> str:
    return answer.to_json()


def _id(answer_id: str) -> dict[str, str]:
    return {"X-Answer-Id": answer_id}


async def _events(stream: AsyncIterator[Step | Answer]) -> AsyncIterator[str]:
    try:
        async for item in stream:
            if isinstance(item, Step):
                step, about = item.progress.stage, item.progress.about
                told = {"step": step, "about": about, "seconds": round(item.seconds, 2)}
                data = json.dumps(told, ensure_ascii=False)
                yield f"event: progress\ndata: {data}\n\n"
            else:
                yield f"event: answer\ndata: {_told(item)}\n\n"
    except (AskmqlError, EngineError) as error:  # the status was sent already
        yield f"event: error\ndata: {json.dumps(error_info(error), ensure_ascii=False)}\n\n"


def error_info(error: Exception) -> dict[str, Any]:
    """Return a product error as it is sent."""
    return {
        "code": getattr(error, "code", "INTERNAL"),
        "message": getattr(error, "message", ""),
        "hint": getattr(error, "hint", ""),
        "candidates": list(getattr(error, "candidates", ())),
    }


async def _answer(answer_id: str, asker: Asker, service: Serving) -> Response:
    """Return one of your own answers again."""
    return Response(own_answer(service, answer_id, asker).to_json(), media_type="application/json")


async def _stop(answer_id: str, asker: Asker, service: Serving) -> Response:
    """Stop one of your own questions; its answer then says that it was stopped."""
    if service.answers.get(answer_id, asker) is None:
        raise QueryError("UNKNOWN_ANSWER", "There is no such question of yours.")
    await service.stops.stop(answer_id)
    return Response(status_code=204)


def own_answer(service: Service, answer_id: str, asker: str) -> Answer:
    """Return a kept answer.

    Raises:
        QueryError: UNKNOWN_ANSWER.
    """
    kept = service.own(answer_id, asker)
    if kept is None or kept.answer is None:
        raise QueryError(
            "UNKNOWN_ANSWER", "There is no such answer of yours, or your rights have changed since.",
            hint="Ask again.",
        )  # fmt: skip
    return kept.answer


async def _file(
    answer_id: str,
    asker: Asker,
    service: Serving,
    form: Annotated[str, Query(pattern="^(csv|xlsx|png|svg|html)$")] = "csv",
) -> Response:
    answer = own_answer(service, answer_id, asker)

    data = (await service.painter.draw(answer, form)).data
    headers = {"Content-Disposition": f'attachment; filename="askmql-{answer_id[:8]}.{form}"'}
    return Response(data, media_type=_MEDIA[form], headers=headers)


async def _feedback(body: FeedbackBody, asker: Asker, service: Serving) -> Response:
    """Say whether one of your own answers was right."""
    own_answer(service, body.answer, asker)
    service.rate(body.answer, asker, body.verdict, reason=body.reason, comment=body.comment)
    return Response(status_code=204)


# --- tools --------------------------------------------------------------------------------


async def _tools() -> JSONResponse:
    listed = [
        {"name": t.name, "summary": t.summary, "args": t.args.model_json_schema()} for t in TOOLS
    ]
    return JSONResponse(listed)


def _add_tool(api: APIRouter, tool: ToolDef[Any]) -> None:
    """Add GET (its schema) and POST (run it) of one tool, with its own arguments in OpenAPI."""
    path = f"/tools/{tool.name}"

    async def show() -> JSONResponse:
        schema = tool.args.model_json_schema()
        return JSONResponse({"name": tool.name, "summary": tool.summary, "args": schema})

    api.add_api_route(
        path, show, methods=["GET"], tags=["tools"], name=f"show_{tool.name}",
        summary=f"Arguments of {tool.name}.",
    )  # fmt: skip
    api.add_api_route(
        path, _runner(tool), methods=["POST"], tags=["tools"], name=tool.name,
        summary=tool.summary, response_class=JSONResponse,
    )  # fmt: skip


def _runner(tool: ToolDef[Any]) -> Callable[..., Awaitable[JSONResponse]]:
    async def run(args: BaseModel, asker: str, service: Service) -> JSONResponse:
        result = await service.threaded(asker, lambda: run_tool(service, tool, args, asker))
        return JSONResponse({"status": "ok", "tool": tool.name, "result": result})

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = {"args": tool.args, "asker": Asker, "service": Serving}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind, annotation=a) for name, a in parameters.items()]
    )
    return run


def run_tool(service: Service, tool: ToolDef[Any], args: Any, asker: str) -> Any:  # noqa: ANN401 - JSON
    """Run a tool with the asker's rights and return its result as plain JSON data.

    Raises:
        DeniedError: The asker may not see it.
        QueryError: It cannot be answered.
    """
    layer, who = service.assistant.layer, asker or None
    result = run_recorded(
        service.assistant.audit,
        tool.name,
        args,
        lambda: ToolContext(layer, layer.scope(who), asker=who),
        asker=who,
        channel="rest",
    )
    return json.loads(json.dumps(plain(result), ensure_ascii=False, default=str))
