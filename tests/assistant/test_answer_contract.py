"""The JSON object that every channel and every script relies on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant import Assistant
from semantic_layer.demo import truths

KEYS = {
    "status", "question", "lang", "headline", "text", "tables", "charts", "plan", "basis",
    "clarify", "followups", "warnings", "error", "timings_ms", "trace_id",
}  # fmt: skip
BASIS = {
    "lane", "metrics", "filters", "time", "timezone", "as_of", "scope", "assumptions", "sql",
    "definitions_version",
}  # fmt: skip


def test_the_planted_funnel_of_east_china(starforge: Assistant) -> None:
    answer = starforge.ask("展示华东区Q3会议转化数据")
    east = truths.EAST_EVENTS
    assert answer.status == "answered"
    time = answer.basis.time
    assert time is not None
    assert (time.start, time.end, time.complete) == ("2026-07-01", "2026-10-01", True)
    assert answer.tables[0].rows == (
        (
            east.registrations,
            east.attendees,
            east.leads,
            east.mqls,
            east.sqls,
            east.opportunities,
            east.orders,
        ),
    )


def test_json_has_every_key_of_the_contract(starforge: Assistant) -> None:
    data = json.loads(starforge.ask("上季度各渠道线索成本是多少，环比如何").to_json())
    assert set(data) >= KEYS
    assert set(data["basis"]) >= BASIS
    assert data["basis"]["lane"] == "governed-lexicon"
    assert data["tables"][0]["columns"][0]["name"] == "channel"
    assert data["basis"]["time"]["compare_start"] == "2026-04-01"
    assert set(data["timings_ms"]) >= {"understand", "compile", "execute", "present", "total"}
    assert data["basis"]["sql"][0].startswith("WITH")


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("西北三区的线索量", "refused"),
        ("转化率是多少", "clarify"),
        ("2027年的线索量", "empty"),
        ("", "refused"),
        ("CPL怎么算的", "answered"),
    ],
)
def test_statuses(starforge: Assistant, question: str, status: str) -> None:
    assert starforge.ask(question).status == status


@pytest.mark.parametrize("user", ["nobody", "outsider"])
def test_strangers_and_outsiders_are_denied(starforge: Assistant, user: str) -> None:
    answer = starforge.ask("线索量", asker=user)
    assert answer.status == "denied"
    assert answer.tables == ()


def test_a_regional_manager_sees_her_region_and_is_told_so(starforge: Assistant) -> None:
    everything = starforge.ask("2026年Q3的线索量按大区")
    hers = starforge.ask("2026年Q3的线索量按大区", asker="manager_east")
    east = [row for row in everything.tables[0].rows if row[0] == "华东"]
    assert list(hers.tables[0].rows) == east
    assert "华东" in hers.basis.scope
    assert starforge.ask("华南的线索量", asker="manager_east").status == "refused"


def _run(demo_home: Path, *args: str, stdin: str | None = None) -> tuple[int, str]:
    from bots.cli import cli

    result = CliRunner().invoke(cli, list(args), input=stdin, env={"ASKMQL_HOME": str(demo_home)})
    return result.exit_code, result.stdout


def test_the_command_line_prints_one_object_and_batches_in_order(starforge: Assistant) -> None:
    home = starforge.layer.project.home
    project = str(starforge.layer.project.root)
    code, out = _run(home, "--project", project, "ask", "上个月的线索量", "--format", "json")
    assert code == 0
    assert json.loads(out)["status"] == "answered"
    lines = '{"question": "上个月的线索量"}\nnot json\n{"question": "x", "as": "nobody"}\n'
    code, out = _run(home, "--project", project, "ask", "--batch", stdin=lines)
    assert code == 0
    assert [json.loads(line)["status"] for line in out.splitlines()] == [
        "answered",
        "error",
        "denied",
    ]


def test_tools_run_and_compile(starforge: Assistant) -> None:
    home, project = starforge.layer.project.home, str(starforge.layer.project.root)
    query = '{"metrics": ["leads"], "time": {"start": "2026-09-01", "end": "2026-10-01"}}'
    code, out = _run(home, "--project", project, "tools", "run", "query_metrics", "--args", query)
    assert code == 0
    (count,) = json.loads(out)["result"]["data"]["rows"][0]
    assert f"{count:,}" in starforge.ask("上个月的线索量").headline
    code, out = _run(home, "--project", project, "compile", "--query", query, "--dialect", "spark")
    assert code == 0
    assert "`leads`" in out
