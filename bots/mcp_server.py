"""MCP: the tools with their schemas, the catalogue as resources, the rights of the asker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from assistant import Assistant
from assistant.recording import run_recorded
from semantic_layer import AskmqlError, QueryError
from semantic_layer.engine import EngineError
from tools import TOOLS, Result, ToolContext
from tools.catalog import visible_metrics
from tools.plain import plain

if TYPE_CHECKING:
    from mcp.server import Server, ServerRequestContext
    from mcp.types import (
        CallToolRequestParams,
        CallToolResult,
        ListResourcesResult,
        ListToolsResult,
        PaginatedRequestParams,
        ReadResourceRequestParams,
        ReadResourceResult,
    )

_CATALOGUE = "askmql://metrics"
_ASK = "ask"
_ASK_SUMMARY = (
    "Answer a question in Chinese or English with governed numbers, "
    "and say what they rest on. Use the other tools for a typed query."
)
_ASK_SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string", "maxLength": 2000}},
    "required": ["question"],
    "additionalProperties": False,
}
_INSTRUCTIONS = (
    "Governed marketing-to-revenue metrics. Look a metric up in list_metrics before you query it; "
    "quote numbers as they are returned, with their period and definition."
)
AskerOf = Callable[["ServerRequestContext[Any, Any]"], str]


def build_server(assistant: Assistant, asker_of: AskerOf) -> Server[Any]:
    """Return an MCP server over one project.

    Args:
        assistant: The pipeline.
        asker_of: Says whose rights a request has; empty is the project's default user.
    """
    from mcp.server import Server

    handlers = _Handlers(assistant, asker_of)
    return Server(
        "askmql",
        version=assistant.layer.version,
        instructions=_INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_read_resource=handlers.read_resource,
    )


async def serve_stdio(assistant: Assistant, asker: str) -> None:
    """Serve one client over standard input and output, with one user's rights."""
    from mcp.server.stdio import stdio_server

    server = build_server(assistant, lambda _: asker)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Handlers:
    def __init__(self, assistant: Assistant, asker_of: AskerOf) -> None:
        self._assistant = assistant
        self._asker_of = asker_of

    def _context(self, asker: str) -> ToolContext:
        layer = self._assistant.layer
        return ToolContext(layer, layer.scope(asker or None), asker=asker or None)

    async def list_tools(
        self, context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        from mcp.types import ListToolsResult, Tool, ToolAnnotations

        del context, params
        reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
        schemas = [(t.name, t.summary, t.args.model_json_schema()) for t in TOOLS]
        return ListToolsResult(
            tools=[
                Tool(name=name, description=summary, input_schema=schema, annotations=reads)
                for name, summary, schema in [(_ASK, _ASK_SUMMARY, _ASK_SCHEMA), *schemas]
            ]
        )

    async def call_tool(
        self, context: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult:
        from mcp.types import CallToolResult, TextContent

        asker, args = self._asker_of(context), params.arguments or {}
        try:
            data = await asyncio.to_thread(self._call, params.name, args, asker)
        except EngineError as error:
            data = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        except AskmqlError as error:
            data = {"error": error.as_dict()}
        text = json.dumps(data, ensure_ascii=False)
        return CallToolResult(
            content=[TextContent(type="text", text=text)],
            structured_content=data,
            is_error="error" in data and params.name != _ASK,
        )

    def _call(self, name: str, args: dict[str, Any], asker: str) -> dict[str, Any]:
        if name == _ASK:
            question = args.get("question")
            if not isinstance(question, str):
                raise QueryError("BAD_ARGUMENTS", "ask: `question` must be a text.")
            found = self._assistant.ask(question, asker=asker or None, channel="mcp")
            return dict(json.loads(found.to_json()))
        result = self._recorded(name, args, asker)
        return dict(json.loads(json.dumps(plain(result), ensure_ascii=False, default=str)))

    def _recorded(self, name: str, args: dict[str, Any], asker: str) -> Result:
        audit = self._assistant.audit
        who = asker or None
        return run_recorded(
            audit, name, args, lambda: self._context(asker), asker=who, channel="mcp"
        )

    async def list_resources(
        self, context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        from mcp.types import ListResourcesResult, Resource

        del params
        asker = self._asker_of(context)
        visible = await asyncio.to_thread(lambda: visible_metrics(self._context(asker)))
        each = [
            Resource(
                uri=f"{_CATALOGUE}/{name}", name=name, title=f"{m.label.zh} / {m.label.en}",
                description=m.description, mime_type="application/json",
            )
            for name, m in visible.items()
        ]  # fmt: skip
        whole = Resource(
            uri=_CATALOGUE, name="metrics", title="指标目录 / Metric catalogue",
            mime_type="application/json",
        )  # fmt: skip
        return ListResourcesResult(resources=[whole, *each])

    async def read_resource(
        self, context: ServerRequestContext[Any, Any], params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        from mcp import MCPError
        from mcp.types import INVALID_PARAMS, ReadResourceResult, TextResourceContents

        uri, asker = str(params.uri), self._asker_of(context)
        try:
            data = await asyncio.to_thread(self._read, uri, asker)
        except AskmqlError as error:
            raise MCPError(INVALID_PARAMS, f"{error.code}: {error.message}") from None
        text = json.dumps(data, ensure_ascii=False)
        content = TextResourceContents(uri=uri, mime_type="application/json", text=text)
        return ReadResourceResult(contents=[content])

    def _read(self, uri: str, asker: str) -> dict[str, Any]:
        if uri == _CATALOGUE:
            return dict(plain(self._recorded("list_metrics", {}, asker)))
        metric = unquote(uri.removeprefix(f"{_CATALOGUE}/"))
        return dict(plain(self._recorded("describe_metric", {"metric": metric}, asker)))
