"""The command line over a folder of CSV files that is not the sample company."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLINIC = Path(__file__).resolve().parent.parent / "projects" / "clinic"
KEYS = {
    "status", "question", "lang", "headline", "text", "tables", "charts", "plan", "basis", "clarify",
    "followups", "warnings", "error", "timings_ms", "trace_id",
}  # fmt: skip
BASIS_KEYS = {
    "lane", "metrics", "filters", "time", "timezone", "as_of", "scope", "assumptions", "sql", "definitions_version",
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("csv") / "clinic"
    shutil.copytree(CLINIC, root, ignore=shutil.ignore_patterns("__pycache__"))
    runpy.run_path(str(root / "make_data.py"))["make"](root / "data")
    return root


def run(project: Path, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from bots.cli import main; main()",
        "--project",
        str(project),
        *args,
    ]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=root,
        check=False,
    )


def test_json_answer_is_one_object_with_the_contract_keys(project: Path) -> None:
    done = run(project, "ask", "revenue by region in 2025", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) >= KEYS
    assert set(answer["basis"]) >= BASIS_KEYS
    assert answer["status"] == "answered"
    (table,) = answer["tables"]
    assert set(table) >= {"name", "columns", "rows", "total_rows"}
    assert set(table["columns"][0]) >= {"name", "label", "type", "unit"}
    assert table["columns"][1]["unit"] == "USD"
    assert answer["basis"]["time"] == {
        **answer["basis"]["time"],
        "start": "2025-01-01",
        "end": "2026-01-01",
        "complete": True,
    }


@pytest.mark.parametrize(
    ("question", "user", "status"),
    [
        ("revenue in Gotham", "rosa", "refused"),
        ("volume last month", "rosa", "clarify"),
        ("revenue last month", "temp", "denied"),
        ("revenue in 2019", "rosa", "empty"),
    ],
)
def test_no_number_on_purpose_is_exit_code_0(
    project: Path, question: str, user: str, status: str
) -> None:
    done = run(project, "ask", question, "--as", user, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, status)


def test_usage_and_definition_errors_are_exit_code_2(project: Path, tmp_path: Path) -> None:
    assert run(project, "ask").returncode == 2
    assert run(tmp_path, "ask", "revenue").returncode == 2
    assert run(project, "ask", "revenue", "--today", "yesterday").returncode == 2
    broken = tmp_path / "broken"
    shutil.copytree(project, broken, ignore=shutil.ignore_patterns(".askmql"))
    path = broken / "semantic_layer" / "metrics.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("expr: wait_minutes", "expr: wait_minuets"),
        encoding="utf-8",
    )
    done = run(broken, "ask", "revenue last month", "--format", "json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "metrics.yml" in done.stderr
    assert "wait_minutes" in done.stderr


def test_batch_answers_line_by_line_in_order(project: Path) -> None:
    lines = [
        {"question": "visits last week", "as": "rosa"},
        {"question": "visits last week", "as": "temp"},
        {"query": "no question"},
        {"question": "visits last week", "today": "2026-03-11"},
    ]
    done = run(
        project, "ask", "--batch", stdin="\n".join([*map(json.dumps, lines), "not json"]) + "\n"
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["status"] for a in answers] == ["answered", "denied", "error", "answered", "error"]
    assert answers[0]["basis"]["time"]["start"] == "2026-03-08"
    assert answers[3]["basis"]["time"]["start"] == "2026-03-01"


def test_text_and_markdown_name_dates_and_money(project: Path) -> None:
    for form in ("text", "markdown"):
        done = run(project, "ask", "revenue last month", "--format", form)
        assert done.returncode == 0, done.stderr
        assert "2026-02-01" in done.stdout
        assert "$" in done.stdout
        assert "¥" not in done.stdout


def test_other_commands_read_the_project(project: Path) -> None:
    assert run(project, "validate").returncode == 0
    shown = run(project, "metrics", "list")
    assert "no-show rate" in shown.stdout
    assert "CPL" not in shown.stdout
    sql = run(
        project,
        "compile",
        "--query",
        json.dumps({"metrics": ["visits"], "dimensions": ["region"]}),
        "--dialect",
        "postgres",
    )
    assert sql.returncode == 0, sql.stderr
    assert "SELECT" in sql.stdout.upper()
    said = run(project, "time", "FY26 Q2", "--format", "json")
    assert json.loads(said.stdout)["start"] == "2025-10-01"
