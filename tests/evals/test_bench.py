"""The bench runs, compares right answers and reports honestly. Nothing here is about speed."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from assistant import Assistant
from evals.bench import asking, compiling, executing, leads, report, star
from evals.bench.company import CATALOG_TYPES, files
from evals.bench.measure import Measure, fresh, interleaved_ms, percentile
from semantic_layer.compile import compile_query
from semantic_layer.loader import read_files
from semantic_layer.scope import EVERYTHING
from semantic_layer.validate import validate


def test_the_generated_company_is_valid_and_of_the_promised_size():
    definitions = read_files(files(7))
    catalog = {f"fact_{n}": CATALOG_TYPES for n in range(7)}
    assert validate(definitions, catalog) == ()
    assert len(definitions.models) == 7
    assert len(definitions.metrics) == 7 * 11


def test_compiling_is_measured_cold_and_warm():
    measures = compiling.measure(quick=True)
    assert len({m.name for m in measures}) == len(measures) == 5
    assert all(m.value > 0 and m.goal for m in measures)


@pytest.fixture
def small_star():
    con = duckdb.connect()
    star.build(con, 2_000)
    yield con
    con.close()


def test_star_definitions_fit_the_data(small_star):
    definitions = read_files({"star.yml": star.DEFINITIONS})
    columns = small_star.execute("SELECT table_name, column_name, data_type FROM duckdb_columns()")
    catalog: dict[str, dict[str, str]] = {}
    for table, column, kind in columns.fetchall():
        if table in star.CATALOG:
            catalog.setdefault(table, {})[column] = kind
    assert catalog == star.CATALOG
    assert validate(definitions, catalog) == ()


@pytest.mark.parametrize("question", star.QUESTIONS, ids=lambda q: q.name)
def test_hand_sql_has_the_same_rows(small_star, question):
    ours = compile_query(compiling.star_context(), question.query, EVERYTHING).sql
    rows = small_star.execute(ours).fetchall()
    assert rows
    assert any(row[-1] for row in rows)
    assert executing.same(rows, small_star.execute(question.hand).fetchall())


def test_star_data_has_its_traps(small_star):
    def channels(table: str) -> set[str | None]:
        return {
            r[0] for r in small_star.execute(f"SELECT DISTINCT channel FROM {table}").fetchall()
        }

    assert None in channels("leads") & channels("ad_spend")
    assert "Podcast" in channels("ad_spend") - channels("leads")
    assert "Organic" in channels("leads") - channels("ad_spend")


def test_different_rows_are_told_apart():
    assert executing.same([("a", Decimal("1.50"), None)], [("a", 1.5, None)])
    assert not executing.same([("a", 1.5)], [("a", 1.6)])
    assert not executing.same([("a", 1.5)], [("a", None)])
    assert not executing.same([("a", 1), ("b", 2)], [("b", 2), ("a", 1)])
    assert not executing.same([], [(1,)])


def test_execution_is_measured_on_small_data():
    measures = executing.measure(quick=True)
    assert len(measures) == len(star.QUESTIONS)
    assert all(math.isfinite(m.value) and m.value > 0 for m in measures)


@pytest.fixture
def star_project(tmp_path: Path) -> Path:
    (tmp_path / "semantic_layer").mkdir()
    (tmp_path / "semantic_layer" / "star.yml").write_text(star.DEFINITIONS, encoding="utf-8")
    config = "engine: {kind: duckdb, path: star.duckdb}\ntoday: 2026-01-01\n"
    (tmp_path / "askmql.yml").write_text(config, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "star.duckdb")) as con:
        star.build(con, 2_000)
    return tmp_path


def test_questions_are_measured_in_a_warm_process(star_project):
    assistant = Assistant.load(star_project)
    measures = asking.asked(assistant, ("去年各渠道线索量", "CPL by month in 2025", "火星"), 1)
    found = {m.name.strip(): m for m in measures}
    assert {"ask, warm p50", "ask, warm p95", "understand p50", "present p50"} <= set(found)
    assert "2 answered" in found["ask, warm p50"].note
    assert found["ask, warm p50"].value <= found["ask, warm p95"].value
    assert found["ask, warm p95"].value <= found["ask, warm slowest"].value
    assistant.layer.engine.close()


def test_there_are_enough_questions_in_both_languages():
    assert len(set(asking.QUESTIONS)) == len(asking.QUESTIONS) >= 40
    assert sum(q.isascii() for q in asking.QUESTIONS) >= 10


def test_a_failing_process_is_told():
    with pytest.raises(RuntimeError, match="no such thing"):
        fresh(["-c", "raise SystemExit('no such thing')"])


def test_helpers_count_right():
    assert percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert percentile([5, 1, 3, 2, 4], 0.95) == 5
    seen: list[str] = []
    times = interleaved_ms((lambda: seen.append("a"), lambda: seen.append("b")), 2)
    assert seen == ["a", "b", "b", "a"]
    assert len(times) == 2


SOME = (
    Measure("fast", 2.0, "ms", 4.0),
    Measure("slow", 9.0, "ms", 3.0, "why"),
    Measure("wrong", math.inf, "x hand", 1.3),
    Measure("  part", 1.0, "ms"),
)


def test_a_report_says_what_is_met(capsys):
    assert [m.met for m in SOME] == [True, False, False, None]
    report.show(SOME)
    out = capsys.readouterr().out
    assert "Missed: slow, wrong" in out
    report.show(SOME[:1])
    assert "Every goal is met." in capsys.readouterr().out


def test_json_is_strict(capsys):
    report.show(SOME, as_json=True)
    rows = json.loads(capsys.readouterr().out, parse_constant=lambda c: pytest.fail(c))
    assert [(r["measure"], r["ratio"], r["met"]) for r in rows] == [
        ("fast", 0.5, True),
        ("slow", 3.0, False),
        ("wrong", None, False),
        ("part", None, None),
    ]


def test_the_command_runs_the_bench(monkeypatch):
    import evals.bench
    from bots.commands import bench

    monkeypatch.setattr(bench, "ensure_data", lambda _: None)
    monkeypatch.setattr(
        evals.bench, "run", lambda *, quick, only: SOME[: 1 + quick * (only == "semantic")]
    )
    done = CliRunner().invoke(bench.command, ["semantic", "--json", "--quick"])
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)) == 2


def test_summaries_are_timed_for_who_sees_all_and_who_sees_little(demo_db, tmp_path, monkeypatch):
    (tmp_path / "sample.duckdb").hardlink_to(demo_db)
    monkeypatch.setenv("ASKMQL_HOME", str(tmp_path))
    monkeypatch.setattr(leads, "_QUICK", 2)
    monkeypatch.setattr(leads, "_WARM_UP", 1)
    measures = leads.measure(quick=True)
    assert [m.name for m in measures[::2]] == ["summarize_lead, p95", "summarize_account, p95"] * 2
    assert {m.goal for m in measures[::2]} == {300.0}
    assert "2 of 40,000" in measures[0].note
    assert "rep_001" in measures[4].note
    assert all(cpu.value > 0 for cpu in measures[1::2])
