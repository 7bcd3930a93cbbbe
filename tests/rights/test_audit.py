"""Every question leaves a record; no record can be changed, dropped or emptied unseen."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.audit import AuditLog, Event, minimised
from assistant.recording import run_recorded
from bots.cli import main
from semantic_layer import AskmqlError
from semantic_layer.state import open_state
from tools import ToolContext

POLICIES = """
roles: {all: {}, none: {nothing: true}}
users: {ann: {role: all}, out: {role: none}}
"""


@pytest.fixture
def log(tmp_path):
    return AuditLog(open_state(tmp_path, f"sqlite:///{tmp_path / 'a.db'}"))


def ask(log, asker="ann", question="how many leads", **open_):
    return log.append(
        Event("ask", "answered", {"rows": 1, **open_}, {"asker": asker, "question": question})
    )


def execute(log, sql):
    with log._engine.begin() as connection:
        connection.execute(sa.text(sql))


@pytest.fixture
def assistant(company, tmp_path, monkeypatch):
    monkeypatch.setenv("ASKMQL_STATE_URL", f"sqlite:///{tmp_path / 's.db'}")
    return Assistant(company.layer(POLICIES))


def test_each_question_leaves_one_record(assistant):
    asked = [
        ("revenue by unit", "ann", "answered"),
        ("revenue", "out", "denied"),
        ("revenue", "stranger", "denied"),
        ("colour of the sky", "ann", "refused"),
        ("", "ann", "refused"),
    ]
    for question, asker, _ in asked:
        assistant.ask(question, asker=asker, channel="slack")
    found = list(assistant.audit.search())[::-1]
    assert [(r.personal["question"], r.asker, r.outcome) for r in found] == asked
    first = found[0]
    assert (first.channel, first.kind) == ("slack", "ask")
    assert first.open["rights"] == assistant.layer.scope("ann").fingerprint
    assert first.open["rows"] == 2
    assert first.open["metrics"] == ["revenue"]
    assert first.personal["plan"][0]["tool"] == "query_metrics"
    assert "SELECT" in first.personal["sql"][0]
    assert first.open["ms"]["total"] > 0
    assert "63" not in json.dumps(first.as_dict()["personal"])  # results are not kept
    assert assistant.audit.verify().records == len(asked)
    assert not assistant.audit.verify().problem


def test_a_fault_of_the_product_is_recorded_too(assistant, monkeypatch):
    monkeypatch.setattr(Assistant, "_answer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        assistant.ask("revenue", asker="ann")
    (record,) = assistant.audit.search()
    assert (record.outcome, record.open["error"], record.asker) == ("error", "INTERNAL", "ann")


def test_tool_runs_are_recorded_also_when_refused(assistant):
    layer = assistant.layer

    def run(name, args, user):
        return run_recorded(
            assistant.audit, name, args, lambda: ToolContext(layer, layer.scope(user)), asker=user
        )

    run("query_metrics", {"metrics": ["revenue"]}, "ann")
    for name, args, user in (
        ("query_metrics", {}, "ann"),
        ("nope", {}, "ann"),
        ("list_metrics", {}, "out"),
    ):
        with pytest.raises(AskmqlError):
            run(name, args, user)
    found = [(r.open["tool"], r.outcome, r.open["error"]) for r in assistant.audit.search()][::-1]
    assert found == [
        ("query_metrics", "answered", ""),
        ("query_metrics", "refused", "BAD_ARGUMENTS"),
        ("nope", "refused", "UNKNOWN_TOOL"),
        ("list_metrics", "denied", "NO_ACCESS"),
    ]


def test_sql_of_analysts_is_recorded_with_its_lane(assistant):
    layer = assistant.layer

    def run(sql, policies):
        scope = company_scope(layer, policies)
        context = ToolContext(layer, scope, asker="ann")
        return run_recorded(assistant.audit, "run_sql", {"sql": sql}, lambda: context, asker="ann")

    def company_scope(layer, may):
        from dataclasses import replace

        return replace(layer.scope("ann"), may_use_sql=may)

    run("SELECT id FROM deals ORDER BY id", policies=True)
    with pytest.raises(AskmqlError):
        run("SELECT id FROM nowhere", policies=True)
    with pytest.raises(AskmqlError):
        run("SELECT id FROM deals", policies=False)
    layer.sql.close()
    found = [(r.open["lane"], r.outcome, r.open.get("rows")) for r in assistant.audit.search()]
    lane = "ungoverned-sql"
    assert found[::-1] == [(lane, "answered", 6), (lane, "refused", None), (lane, "denied", None)]
    first = list(assistant.audit.search())[-1]
    assert first.personal["plan"][0]["args"]["sql"] == "SELECT id FROM deals ORDER BY id"
    assert first.personal["sql"][0].startswith("SELECT")


def test_rest_and_mcp_record_their_tool_runs(assistant):
    from types import SimpleNamespace

    from bots.mcp_server import _Handlers
    from bots.server.rest import run_tool
    from tools import get_tool

    tool = get_tool("query_metrics")
    args = tool.args.model_validate({"metrics": ["revenue"]})
    service = SimpleNamespace(assistant=assistant)
    assert run_tool(service, tool, args, "ann")["data"]["rows"] == [[63.0]]
    with pytest.raises(AskmqlError):
        run_tool(service, tool, args, "out")
    mcp = _Handlers(assistant, lambda _: "ann")
    mcp._call("list_values", {"dimension": "unit"}, "ann")
    mcp._call("ask", {"question": "revenue"}, "ann")
    mcp._read("askmql://metrics/revenue", "ann")
    found = [(r.channel, r.open.get("tool", "ask"), r.outcome) for r in assistant.audit.search()]
    assert found[::-1] == [
        ("rest", "query_metrics", "answered"),
        ("rest", "query_metrics", "denied"),
        ("mcp", "list_values", "answered"),
        ("mcp", "ask", "answered"),
        ("mcp", "describe_metric", "answered"),
    ]


def test_what_a_model_cost_is_recorded(assistant):
    from assistant.recording import recorded
    from assistant.thread import Asked

    turn = Asked("revenue", "en", assistant.layer.scope("ann"), assistant.layer)
    answer = assistant.ask("revenue", asker="ann")
    turn.usage.update(calls=2.0, prompt_tokens=900.0, reply_tokens=40.0, money=0.01)
    turn.model = "some-model"
    recorded(lambda: assistant.audit, turn, answer, "ann", "cli")
    used = {"model": "some-model", "prompt_tokens": 900.0, "completion_tokens": 40.0, "cost": 0.01,
            "calls": 2.0}  # fmt: skip
    assert [r.open.get("usage") for r in assistant.audit.search()] == [used, None]


CHANGES = {
    "open part": "UPDATE audit_records SET entry = replace(entry, 'answered', 'refused') WHERE seq = 3",
    "question": "UPDATE audit_records SET personal = replace(personal, 'leads', 'deals') WHERE seq = 3",
    "asker": "UPDATE audit_records SET asker = 'bob' WHERE seq = 3",
    "who and text": "UPDATE audit_records SET asker = 'bob', personal = replace(personal, 'ann', 'bob') WHERE seq = 3",
    "emptied": "UPDATE audit_records SET asker = NULL, personal = NULL, salt = NULL WHERE seq = 3",
    "half emptied": "UPDATE audit_records SET personal = NULL WHERE seq = 3",
    "dropped": "DELETE FROM audit_records WHERE seq = 3",
    "first dropped": "DELETE FROM audit_records WHERE seq = 1",
    "hash": "UPDATE audit_records SET hash = previous WHERE seq = 3",
    "swapped": "UPDATE audit_records SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_shows(log, change):
    for _ in range(5):
        ask(log)
    assert not log.verify().problem
    execute(log, CHANGES[change])
    assert log.verify().problem


def test_a_lost_end_shows_against_a_noted_head(log):
    for _ in range(3):
        ask(log)
    head = log.verify().head
    ask(log)
    assert not log.verify(head).problem
    execute(log, "DELETE FROM audit_records WHERE seq >= 3")
    assert not log.verify().problem
    assert "ends before" in log.verify(head).problem
    ask(log, question="forged")
    assert "noted as head" in log.verify(head).problem


def test_a_lost_end_shows_against_the_anchor(tmp_path):
    """The head is noted in a file after each record, so that the end can not just be dropped."""
    log = AuditLog(open_state(tmp_path, f"sqlite:///{tmp_path / 'e.db'}"), anchor=tmp_path / "head")
    for _ in range(4):
        ask(log)
    assert (tmp_path / "head").read_text("ascii") == log.verify().head
    for change in ("DELETE FROM audit_records WHERE seq = 4", "DELETE FROM audit_records"):
        execute(log, change)
        assert "ends before record 4" in log.verify().problem
    for _ in range(4):
        ask(log, question="forged")
    assert "noted as head" in log.verify().problem


def test_the_anchor_follows_erasing_and_pruning(tmp_path):
    log = AuditLog(open_state(tmp_path, f"sqlite:///{tmp_path / 'f.db'}"), anchor=tmp_path / "head")
    for asker in ("ann", "bob"):
        ask(log, asker)
    log.erase("ann", by="dpo")
    assert not log.verify().problem
    log.prune(-1, by="ops")
    assert not log.verify().problem
    assert (tmp_path / "head").read_text("ascii").startswith("4:")


def test_with_a_key_nobody_else_can_make_a_chain(log, monkeypatch):
    monkeypatch.setenv("ASKMQL_AUDIT_KEY", "first")
    ask(log)
    assert not log.verify().problem
    monkeypatch.setenv("ASKMQL_AUDIT_KEY", "second")
    assert log.verify().problem


def test_erasing_a_person_leaves_the_chain(log):
    for asker in ("ann", "bob", "ann"):
        ask(log, asker, question=f"{asker} asks")
    assert log.erase("ann", by="dpo") == 2
    assert not log.verify().problem
    assert log.verify().records == 4
    kept = list(log.search())
    assert '"ann"' not in json.dumps([r.as_dict() for r in kept])
    assert [r.asker for r in kept] == ["dpo", None, "bob", None]
    assert log.erase("ann", by="dpo") == 0


def test_pruning_keeps_a_chain_that_verifies(log, monkeypatch):
    import time_machine

    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        ask(log)
        ask(log)
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False):
        ask(log, question="new")
        assert log.prune(30, by="ops") == 2
        assert log.prune(30, by="ops") == 0
    assert not log.verify().problem
    assert [r.seq for r in log.search()] == [4, 3]
    execute(log, "DELETE FROM audit_records WHERE seq = 3")
    assert log.verify().problem


def test_search(log):
    ask(log, "ann", "线索量")
    ask(log, "bob", "Revenue by region")
    log.append(Event("ask", "denied", {}, {"asker": "bob", "question": "payroll"}))
    assert [r.seq for r in log.search(asker="bob")] == [3, 2]
    assert [r.seq for r in log.search(outcome="denied")] == [3]
    assert [r.seq for r in log.search(text="REVENUE")] == [2]
    assert [r.seq for r in log.search(text="线索")] == [1]
    assert [r.seq for r in log.search(limit=1)] == [3]
    assert not list(log.search(since="2999-01-01"))
    assert not list(log.search(until="2000-01-01"))


MINIMISED = [
    ("call 13812345678 please", "call *** please"),
    ("+86 138 1234 5678", "***"),
    ("who is zhang.san@corp.example?", "who is ***?"),
    ("2026-01-01 to 2026-03-31", "2026-01-01 to 2026-03-31"),
    ("CAST('2026-01-01' AS DATE) > 100000", "CAST('2026-01-01' AS DATE) > 100000"),
    ("top 10 of 2026", "top 10 of 2026"),
]


@pytest.mark.parametrize(("text", "kept"), MINIMISED)
def test_numbers_and_addresses_of_people_are_not_kept(text, kept):
    assert minimised(text) == kept


@given(st.text())
def test_minimising_twice_changes_nothing_more(text):
    assert minimised(minimised(text)) == minimised(text)


def test_texts_can_be_left_out(tmp_path):
    log = AuditLog(open_state(tmp_path, f"sqlite:///{tmp_path / 'b.db'}"), texts=False)
    ask(log, question="secret plan")
    (record,) = log.search()
    assert record.personal == {"asker": "ann"}


@pytest.mark.parametrize(("rule", "status"), [("warn", "answered"), ("refuse", "error")])
def test_a_lost_record_is_never_silent(company, tmp_path, monkeypatch, rule, status):
    monkeypatch.setenv("ASKMQL_STATE_URL", f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    config = company.root / "askmql.yml"
    before = config.read_text("utf-8")
    config.write_text(f"{before}audit: {{on_failure: {rule}}}\n", "utf-8")
    try:
        answer = Assistant(company.layer(POLICIES)).ask("revenue", asker="ann")
    finally:
        config.write_text(before, "utf-8")
    assert answer.status == status
    if rule == "warn":
        assert any("not audited" in w for w in answer.warnings)
    else:
        assert answer.error.code == "AUDIT_FAILED"
        assert not answer.tables
        assert "63" not in answer.headline + answer.text


def test_many_writers_one_chain(tmp_path):
    url = f"sqlite:///{tmp_path / 'c.db'}"
    logs = [AuditLog(open_state(tmp_path, url)) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda n: ask(logs[n % 3]), range(60)))
    assert sorted(numbers) == list(range(1, 61))
    assert not logs[0].verify().problem


@pytest.fixture
def command(monkeypatch, capsys):
    """The command line in this process: (output, errors) of one command."""

    def run(root, *words, code):
        monkeypatch.setattr("sys.argv", ["askmql", "--project", str(root), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        return said

    return run


def test_the_commands(company, command, monkeypatch, tmp_path):
    company.layer(POLICIES)
    state = f"sqlite:///{tmp_path / 'd.db'}"
    monkeypatch.setenv("ASKMQL_STATE_URL", state)

    def run(*words, code=0):
        return command(company.root, *words, code=code)[0]

    run("ask", "revenue", "--as", "ann")
    run("tools", "run", "query_metrics", "--args", '{"metrics": ["deals"]}', "--as", "ann")
    run("tools", "run", "query_metrics", "--args", '{"metrics": ["deals"]}', "--as", "out", code=2)
    assert len(run("audit", "search").splitlines()) == 3
    assert "denied" not in run("audit", "search", "--as", "ann")
    exported = [json.loads(line) for line in run("audit", "export").splitlines()]
    assert [r["seq"] for r in exported] == [3, 2, 1]
    head = run("audit", "verify").split()[-1]
    assert run("audit", "erase", "ann", "--yes").startswith("2 records")
    run("audit", "verify", "--head", head)
    assert '"question"' not in run("audit", "export", "--outcome", "answered")
    assert run("audit", "prune") == "0 records deleted\n"
    run("metrics", "list", "--as", "ann")
    run("metrics", "show", "deals", "--as", "ann")
    run("metrics", "search", "deal", "--as", "out", code=2)
    found = [
        json.loads(line) for line in run("audit", "export", "--since", "2026-01-01").splitlines()
    ]
    told = [(r["open"]["tool"], r["outcome"]) for r in found[:3]]
    assert told == [
        ("list_metrics", "denied"),
        ("describe_metric", "answered"),
        ("list_metrics", "answered"),
    ]
    with sa.create_engine(state).begin() as connection:
        connection.execute(sa.text("DELETE FROM audit_records WHERE seq = 2"))
    run("audit", "verify", code=1)


def test_policy_commands(company, command):
    company.layer(POLICIES)

    def run(*words, code=0):
        return "".join(command(company.root, *words, code=code))

    assert (
        json.loads(run("policy", "explain", "ann", "deals", "--format", "json"))["sources"][0][
            "access"
        ]
        == "all"
    )
    assert "role all" in run("policy", "explain", "ann")
    assert "UNKNOWN_USER" in run("policy", "explain", "stranger", code=2)
    assert "UNKNOWN_MODEL" in run("policy", "explain", "ann", "dealz", code=2)
    assert "OK: 2 roles, 2 people" in run("policy", "check")
    company.layer("roles: {a: {tools: {deny: [query_metric]}}}")
    assert "UNKNOWN_TOOL" in run("policy", "check", code=2)
    (company.root / "policies.yml").write_text("roles: {a: {rowz: 1}}", "utf-8")
    assert "policies.yml:1" in run("policy", "check", code=2)
