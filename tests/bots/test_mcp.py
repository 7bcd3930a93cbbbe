"""MCP with the official client: in memory, over HTTP and over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from bots.mcp_server import build_server
from tools import TOOLS

ROOT = Path(__file__).resolve().parents[2]
LEADS = {"metrics": ["leads"], "dimensions": ["region"]}
EXAMPLES: dict[str, dict[str, Any]] = {
    "query_metrics": LEADS,
    "list_metrics": {"search": "成本"},
    "describe_metric": {"metric": "cpl"},
    "list_values": {"dimension": "region"},
    "describe_data": {},
}


def talk(server: Any, story: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with Client(server) as client:
            return await story(client)

    return asyncio.run(run())


def as_user(local: Any, asker: str) -> Any:
    return build_server(local.service.assistant, lambda _: asker)


async def call(client: Client, name: str, args: dict[str, Any]) -> Any:
    result = await client.call_tool(name, args)
    return result, json.loads(result.content[0].text)


def test_tools_are_listed_with_their_schemas(local: Any) -> None:
    async def story(client: Client) -> Any:
        return (await client.list_tools()).tools

    listed = {t.name: t for t in talk(as_user(local, "manager"), story)}
    assert set(listed) == {"ask", *(t.name for t in TOOLS)}
    for tool in TOOLS:
        assert listed[tool.name].input_schema == tool.args.model_json_schema()
        assert listed[tool.name].annotations.read_only_hint


def test_every_tool_answers(local: Any) -> None:
    assert set(EXAMPLES) <= {t.name for t in TOOLS}

    async def story(client: Client) -> Any:
        return {name: await call(client, name, args) for name, args in EXAMPLES.items()}

    answers = talk(as_user(local, "manager"), story)
    for name, (result, data) in answers.items():
        assert not result.is_error, (name, data)
        assert result.structured_content == data
    assert len(answers["query_metrics"][1]["data"]["rows"]) > 5


def test_question_is_answered_with_its_receipt(local: Any) -> None:
    async def story(client: Client) -> Any:
        return await call(client, "ask", {"question": "上季度线索量"})

    _, answer = talk(as_user(local, "manager"), story)
    assert answer["status"] == "answered"
    assert answer["basis"]["time"]["start"] == "2026-07-01"


def test_rights_of_the_user_hold(local: Any) -> None:
    async def story(client: Client) -> Any:
        query = await call(client, "query_metrics", LEADS)
        values = await call(client, "list_values", {"dimension": "region"})
        return query, values

    (_, query), (_, values) = talk(as_user(local, "manager_east"), story)
    assert {row[0] for row in query["data"]["rows"]} == {"华东"}
    assert values["values"] == ["华东"]
    (result, refused), _ = talk(as_user(local, "outsider"), story)
    assert result.is_error
    assert refused["error"]["code"] == "NO_ACCESS"


def test_mistakes_come_back_with_a_way_out(local: Any) -> None:
    async def story(client: Client) -> Any:
        wrong = await call(client, "describe_metric", {"metric": "cpll"})
        unknown = await call(client, "describe_metrics", {})
        return wrong, unknown

    (result, wrong), (_, unknown) = talk(as_user(local, "manager"), story)
    assert result.is_error
    assert "cpl" in wrong["error"]["candidates"]
    assert "describe_metric" in unknown["error"]["candidates"]


def test_catalogue_is_there_as_resources(local: Any) -> None:
    async def story(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        one = await client.read_resource("askmql://metrics/cpl")
        whole = await client.read_resource("askmql://metrics")
        with pytest.raises(MCPError, match="UNKNOWN_METRIC"):
            await client.read_resource("askmql://metrics/nothing_like_this")
        return listed, json.loads(one.contents[0].text), json.loads(whole.contents[0].text)

    listed, one, whole = talk(as_user(local, "manager"), story)
    assert one["entry"]["id"] == "cpl"
    assert len(listed) == len(whole["metrics"]) + 1


def test_over_http_the_token_decides(guarded: Any) -> None:
    async def regions(user: str) -> set[str]:
        token = guarded.service.tokens.create(user)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
            transport = streamable_http_client(f"{guarded.url}/mcp", http_client=http)
            async with Client(transport) as client:
                _, data = await call(client, "query_metrics", LEADS)
        return {row[0] for row in data["data"]["rows"]}

    assert asyncio.run(regions("manager_east")) == {"华东"}
    assert len(asyncio.run(regions("manager"))) > 5


def test_over_standard_input_and_output(demo_db: Path, tmp_path: Path) -> None:
    (tmp_path / "sample.duckdb").hardlink_to(demo_db)
    env = {**os.environ, "ASKMQL_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = "from bots.cli import main; main()"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", command, "mcp", "--as", "manager_east"],
        env=env,
        cwd=ROOT,
    )

    async def story(client: Client) -> Any:
        return await call(client, "list_values", {"dimension": "region"})

    _, data = talk(stdio_client(server), story)
    assert data["values"] == ["华东"]
