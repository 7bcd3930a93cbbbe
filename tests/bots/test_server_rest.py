"""REST through a real socket: asking, tools, files, rights, and what protects them."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bots.records import Said, Verdict
from bots.server.settings import WebSettings, check_binding, read_settings
from semantic_layer import AskmqlError

QUESTION = "上季度各渠道线索成本"
BY_REGION = "上季度线索量按大区"


def bearer(running: Any, user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {running.service.tokens.create(user)}"}


@pytest.fixture
def client(local: Any) -> Iterator[httpx.Client]:
    with local.client() as found:
        yield found


# --- asking -----------------------------------------------------------------------------------


def test_answer_is_the_contract_and_the_same_as_the_pipelines_own(
    local: Any, client: httpx.Client
) -> None:
    response = client.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 200
    got, own = response.json(), json.loads(local.service.assistant.ask(QUESTION).to_json())
    for key in ("status", "headline", "tables", "charts", "plan", "basis", "followups"):
        assert got[key] == own[key], key
    again = client.get(f"/api/answers/{response.headers['x-answer-id']}")
    assert again.json() == got


def test_progress_then_answer_as_events(client: httpx.Client) -> None:
    accept = {"Accept": "text/event-stream"}
    with client.stream("POST", "/api/ask", json={"question": QUESTION}, headers=accept) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = response.read().decode()
    blocks = [b.split("\n", 1) for b in text.strip().split("\n\n")]
    names = [head.removeprefix("event: ") for head, _ in blocks]
    assert names[-1] == "answer"
    assert set(names[:-1]) == {"progress"}
    answer = json.loads(blocks[-1][1].removeprefix("data: "))
    assert answer["status"] == "answered"
    steps = [json.loads(body.removeprefix("data: "))["step"] for _, body in blocks[:-1]]
    assert (steps[0], steps[-1]) == ("waiting", "done")
    assert "looking_up" in steps


def test_follow_up_in_a_conversation(client: httpx.Client) -> None:
    def ask(question: str) -> Any:
        body = {"question": question, "conversation": "c1"}
        return client.post("/api/ask", json=body).json()

    first, second = ask("上季度线索量"), ask("按大区")
    assert first["status"] == second["status"] == "answered"
    assert second["plan"][0]["args"]["dimensions"] == ["region"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "BAD_ARGUMENTS"),
        ({"question": "x" * 3000}, "BAD_ARGUMENTS"),
        ({"question": "线索量", "as": "admin"}, "BAD_ARGUMENTS"),
        ({"question": "线索量", "planner": "magic"}, "BAD_ARGUMENTS"),
    ],
    ids=["nothing", "too long", "somebody else's rights", "no such lane"],
)
def test_bad_request_says_what_is_wrong(client: httpx.Client, body: Any, code: str) -> None:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == code


# --- files and verdicts -----------------------------------------------------------------------


def test_files_of_an_answer(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).headers["x-answer-id"]

    def file(form: str) -> httpx.Response:
        return client.get(f"/api/answers/{answer}/file", params={"form": form})

    assert "线下活动" in file("csv").text
    assert file("png").content.startswith(b"\x89PNG")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(file("xlsx").content)).namelist()
    assert file("html").text.startswith("<!doctype html>")
    assert file("csv").headers["content-disposition"].startswith("attachment")
    assert file("exe").status_code == 422


def test_verdict_is_kept(local: Any, client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).headers["x-answer-id"]
    body = {"answer": answer, "verdict": "down", "reason": "wrong_period", "comment": "想看上月"}
    assert client.post("/api/feedback", json=body).status_code == 204
    assert local.service.feedback.of(answer) == (
        Said("manager", Verdict.DOWN, "wrong_period", "想看上月"),
    )
    unknown = client.post("/api/feedback", json={"answer": "nobody's", "verdict": "up"})
    assert unknown.status_code == 422


# --- tools ------------------------------------------------------------------------------------


def test_a_stream_can_be_stopped_by_its_asker_alone(
    guarded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = bearer(guarded, "manager"), bearer(guarded, "manager_east")
    stream = {**mine, "Accept": "text/event-stream"}
    with guarded.client() as client, guarded.client() as other:
        for headers in (mine, theirs):  # who they are is read from the data at first sight
            client.post("/api/ask", json={"question": BY_REGION}, headers=headers)
        engine = guarded.service.assistant.layer.engine
        execute, slow = engine.execute, "SELECT count(*) FROM range(100000000000) a"
        monkeypatch.setattr(engine, "execute", lambda sql, **kw: execute(slow, **kw))
        body = {"question": "上上个月各活动的线索数"}
        with client.stream("POST", "/api/ask", json=body, headers=stream) as reply:
            lines = reply.iter_lines()
            assert any('"looking_up"' in line for line in lines)
            stop = f"/api/answers/{reply.headers['X-Answer-Id']}/stop"
            assert other.post(stop, headers=theirs).status_code == 422
            assert other.post(stop, headers=mine).status_code == 204
            told = [line for line in lines if "ENGINE_CANCELLED" in line]
    assert len(told) == 1


def test_a_stream_that_is_refused_says_so_in_the_stream(
    local: Any, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.service.pool, "_waiting", 0)
    headers = {"Accept": "text/event-stream"}
    with client.stream(
        "POST", "/api/ask", json={"question": "本月线索数"}, headers=headers
    ) as reply:
        text = "".join(reply.iter_text())
    assert 'event: error\ndata: {"code": "BUSY"' in text


def test_every_tool_is_there_with_its_own_schema(client: httpx.Client) -> None:
    from tools import TOOLS

    listed = client.get("/api/tools").json()
    assert [t["name"] for t in listed] == [t.name for t in TOOLS]
    paths = client.get("/api/openapi.json").json()["paths"]
    for tool in TOOLS:
        assert client.get(f"/api/tools/{tool.name}").json()["args"] == tool.args.model_json_schema()
        body = paths[f"/api/tools/{tool.name}"]["post"]["requestBody"]
        reference = body["content"]["application/json"]["schema"]["$ref"]
        assert reference.endswith(tool.args.__name__)


def test_tool_runs_and_names_a_mistake(client: httpx.Client) -> None:
    found = client.post("/api/tools/list_metrics", json={"search": "线索成本"}).json()
    assert "cpl" in [m["id"] for m in found["result"]["metrics"]]
    wrong = client.post("/api/tools/describe_metric", json={"metric": "cpll"})
    assert wrong.status_code == 422
    assert "cpl" in wrong.json()["error"]["candidates"]
    extra = client.post("/api/tools/describe_metric", json={"metric": "cpl", "asker": "admin"})
    assert extra.status_code == 422


# --- who asks ---------------------------------------------------------------------------------


def test_without_a_token_there_is_nothing(guarded: Any) -> None:
    with guarded.client() as client:
        for path in ("/api/tools/describe_data", "/api/ask"):
            response = client.post(path, json={"question": "线索量"})
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
        assert client.get("/metrics").status_code == 401
        assert client.post("/mcp", json={}).status_code == 401
        bad = client.get("/api/answers/x", headers={"Authorization": "Bearer askmql_0_x"})
        assert bad.json()["error"]["code"] == "BAD_TOKEN"
        assert client.get("/", follow_redirects=False).headers["location"] == "/login"
        assert client.get("/healthz").status_code == 200


def test_each_token_has_its_owners_rights(guarded: Any) -> None:
    with guarded.client() as client:

        def regions(user: str) -> set[str]:
            headers = bearer(guarded, user)
            answer = client.post("/api/ask", json={"question": BY_REGION}, headers=headers).json()
            return {row[0] for row in answer["tables"][0]["rows"]} if answer["tables"] else set()

        assert len(regions("manager")) > 5
        assert regions("manager_east") == {"华东"}
        headers = bearer(guarded, "outsider")
        denied = client.post("/api/ask", json={"question": BY_REGION}, headers=headers).json()
        assert (denied["status"], denied["tables"]) == ("denied", [])
        tool = client.post("/api/tools/describe_data", json={}, headers=headers)
        assert tool.status_code == 403


def test_revoked_and_ended_tokens_are_refused(guarded: Any) -> None:
    tokens = guarded.service.tokens
    text = tokens.create("analyst")
    with guarded.client(headers={"Authorization": f"Bearer {text}"}) as client:
        assert client.post("/api/tools/describe_data", json={}).status_code == 200
        assert tokens.revoke("analyst") == 1
        assert client.post("/api/tools/describe_data", json={}).status_code == 401
    ended = tokens.create("analyst", days=-1)
    assert tokens.asker_of(ended) is None


def test_an_answer_is_its_askers_own_and_only_with_the_rights_of_today(
    guarded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with guarded.client() as client:
        mine, other = bearer(guarded, "manager"), bearer(guarded, "manager_east")
        asked = client.post("/api/ask", json={"question": QUESTION}, headers=mine)
        path = f"/api/answers/{asked.headers['x-answer-id']}"
        assert client.get(path, headers=mine).status_code == 200
        assert client.get(path, headers=other).status_code == 422
        assert client.get(f"{path}/file", headers=other).status_code == 422
        monkeypatch.setattr(guarded.service, "rights", lambda asker: "other rights than then")
        assert client.get(path, headers=mine).status_code == 422


# --- protection -------------------------------------------------------------------------------


def test_local_mode_answers_under_its_own_name_only(client: httpx.Client) -> None:
    rebound = client.get("/api/tools", headers={"Host": "evil.example"})
    assert rebound.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch metadata", "opaque origin"],
)
def test_another_site_cannot_post(client: httpx.Client, headers: dict[str, str]) -> None:
    refused = client.post("/api/ask", json={"question": "线索量"}, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "FOREIGN_ORIGIN"


def test_another_site_can_link_here_but_not_fetch(client: httpx.Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.get("/", headers={**foreign, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    fetched = client.get("/tile?q=x", headers={**foreign, "Sec-Fetch-Mode": "no-cors"})
    assert fetched.status_code == 403


def test_large_bodies_are_refused(client: httpx.Client) -> None:
    assert client.post("/api/ask", content=b"x" * 1_100_000).status_code == 413


def test_headers_of_every_page(local: Any, client: httpx.Client) -> None:
    for path in ("/", "/api/tools", "/nowhere", "/static/app.css"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-trace-id"]) == 32
    with local.client() as newcomer:
        cookie = newcomer.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_without_a_login_only_this_machine_is_served() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        check_binding(WebSettings(), host)
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.com"):  # noqa: S104 - must be refused
        with pytest.raises(AskmqlError, match="LOGIN_NEEDED"):
            check_binding(WebSettings(), host)
        check_binding(WebSettings(login="link"), host)


def test_settings_name_their_mistake() -> None:
    with pytest.raises(AskmqlError, match=r"channels\.web\.login"):
        read_settings({"web": {"login": "magic"}})
    with pytest.raises(AskmqlError, match="issuer"):
        read_settings({"web": {"login": "oidc"}})


# --- the process ------------------------------------------------------------------------------


def test_health_and_metrics(client: httpx.Client) -> None:
    client.post("/api/ask", json={"question": QUESTION})
    assert client.get("/readyz").json() == {
        "status": "ok",
        "checks": {"started": True, "state": True, "workers": True, "data": True},
    }
    text = client.get("/metrics").text
    assert 'askmql_answer_seconds_count{channel="rest",lane="governed-lexicon"' in text
    assert 'route="/api/ask",status="200"' in text


def test_too_many_open_questions_are_told_to_come_back(start: Any) -> None:
    running = start(WebSettings(workers=1, waiting_per_asker=1))
    gate, entered = threading.Event(), threading.Event()
    assistant = running.service.assistant
    own = type(assistant).ask

    def slow(*args: Any, **kwargs: Any) -> Any:
        entered.set()
        gate.wait(30)
        return own(assistant, *args, **kwargs)

    assistant.ask = slow
    with running.client() as client:
        first: list[httpx.Response] = []
        body = {"question": "线索量"}
        thread = threading.Thread(target=lambda: first.append(client.post("/api/ask", json=body)))
        thread.start()
        entered.wait(30)
        busy = client.post("/api/ask", json=body)
        gate.set()
        thread.join()
    assert busy.status_code == 503
    assert busy.json()["error"]["code"] == "TOO_MANY_QUESTIONS"
    assert busy.headers["retry-after"]
    assert first[0].json()["status"] == "answered"


def test_a_hundred_askers_at_once(start: Any) -> None:
    running = start(WebSettings(waiting_per_asker=100))
    questions = ["上季度线索量", "本月MQL数", "上季度各渠道线索成本", "leads by month this year"]
    own = {q: json.loads(running.service.assistant.ask(q).to_json())["tables"] for q in questions}
    wrong: list[str] = []

    def one(question: str) -> None:
        got = client.post("/api/ask", json={"question": question})
        if got.status_code != 200 or got.json()["tables"] != own[question]:
            wrong.append(got.text[:200])

    with running.client() as client:
        threads = [threading.Thread(target=one, args=(questions[n % 4],)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
