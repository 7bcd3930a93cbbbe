"""The shipped question cases, run against the sample company, and the scoring itself."""

from __future__ import annotations

import json
import shutil

import pytest
from pydantic import ValidationError

from evals.report import MOST_WRONG, baseline_of, changes_from, line_of, summarise
from evals.run import load_cases, main, run_cases
from evals.scorers import Case, Seen, Verdict, canonical, groups_of, judge, percentile

LEADS = {"metrics": ["leads"]}


@pytest.fixture(scope="session")
def eval_home(demo_db, tmp_path_factory):
    """A home of its own: DuckDB refuses two configurations of one file in one process."""
    home = tmp_path_factory.mktemp("evals")
    shutil.copyfile(demo_db, home / "sample.duckdb")
    return home


@pytest.fixture(scope="session")
def outcomes(eval_home):
    from assistant import Assistant

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(eval_home))
        patch.chdir(eval_home)
        return run_cases(Assistant.load(), load_cases())


def _told(outcomes, *verdicts):
    return "\n".join(
        f"{o.verdict.value}: {o.case.q} | {'; '.join(o.why)}"
        for o in outcomes
        if o.verdict in verdicts
    )


@pytest.mark.slow
def test_nothing_is_answered_that_must_not_be(outcomes):
    violations = _told(outcomes, Verdict.MUST_NOT)
    assert not violations, violations


@pytest.mark.slow
def test_next_to_nothing_is_answered_wrongly(outcomes):
    total = line_of("all", outcomes)
    assert total.wrong <= MOST_WRONG * total.cases, _told(outcomes, Verdict.WRONG)


@pytest.mark.slow
def test_most_questions_are_answered(outcomes):
    total = line_of("all", outcomes)
    assert total.right >= 0.9 * total.cases, _told(outcomes, Verdict.REFUSED)


@pytest.mark.slow
def test_nothing_fails(outcomes):
    failed = [o.case.q for o in outcomes if o.seen.status == "error"]
    assert not failed


@pytest.mark.slow
def test_main_prints_one_json_object(eval_home, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ASKMQL_HOME", str(eval_home))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "one.yml"
    file.write_text(
        "- {q: 上个月天气线索量, expect: {status: refused}, tags: [zh]}\n", encoding="utf-8"
    )
    baseline = tmp_path / "baseline.json"
    args = ["--cases", str(file), "--json", "--baseline", str(baseline)]
    assert main([*args, "--update-baseline"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["passed"]
    assert out["summary"]["total"]["right"] == 1
    assert json.loads(baseline.read_text(encoding="utf-8")) == {"|上个月天气线索量": "right"}


def test_there_are_many_cases_in_both_languages():
    cases = load_cases()
    assert len([c for c in cases if any("\u4e00" <= x <= "\u9fff" for x in c.q)]) >= 200
    assert len({c.paraphrases for c in cases if c.paraphrases}) >= 25


# --- scoring ---------------------------------------------------------------------------------


def _case(q="线索量", **expect):
    return Case.model_validate({"q": q, "expect": expect})


def _seen(args, status="answered", tool="query_metrics"):
    return Seen(status, ({"tool": tool, "args": args},))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"metrics": ["mqls", "leads"]}, {"metrics": ["leads", "mqls"]}),
        (
            {**LEADS, "time": {"start": "2026-09-01", "end": "2026-10-01", "grain": "month"}},
            {**LEADS, "time": {"start": "2026-09-01", "end": "2026-10-01"}},
        ),
        (
            {**LEADS, "filters": [{"dimension": "channel", "values": ["百度", "头条"]}]},
            {
                **LEADS,
                "filters": [{"dimension": "channel", "op": "in", "values": ["头条", "百度"]}],
            },
        ),
        (
            {**LEADS, "compare": {"kind": "range", "start": "2026-08-01", "end": "2026-09-01"}},
            {
                **LEADS,
                "compare": {
                    "kind": "range",
                    "range": {"start": "2026-08-01", "end": "2026-09-01", "grain": "month"},
                },
            },
        ),
        (
            {
                **LEADS,
                "dimensions": ["channel"],
                "limit": 1,
                "filters": [{"dimension": "channel", "op": "not_null"}],
            },
            {**LEADS, "dimensions": ["channel"], "limit": 1},
        ),
        ({**LEADS, "compare": {}}, {**LEADS, "compare": {"kind": "previous_period"}}),
        ({**LEADS, "fill": True}, LEADS),
    ],
)
def test_equal_questions_are_equal(left, right):
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize(
    "other",
    [
        {**LEADS, "grain": "day"},
        {**LEADS, "limit": 3},
        {**LEADS, "share": True},
        {**LEADS, "compare": {"kind": "previous_year"}},
        {**LEADS, "filters": [{"dimension": "channel", "op": "not_in", "values": ["百度"]}]},
        {**LEADS, "filters": [{"dimension": "channel", "op": "not_null"}]},
        {**LEADS, "order": [{"by": "leads"}]},
    ],
)
def test_whatever_changes_the_answer_counts(other):
    assert judge(_case(query=LEADS), _seen(other)).verdict is Verdict.WRONG
    assert judge(_case(query=LEADS, also=[other]), _seen(other)).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("wanted", "got", "verdict"),
    [
        ("answered", "answered", Verdict.RIGHT),
        ("answered", "refused", Verdict.REFUSED),
        ("answered", "empty", Verdict.WRONG),
        (["answered", "empty"], "empty", Verdict.RIGHT),
        ("refused", "answered", Verdict.MUST_NOT),
        ("refused", "empty", Verdict.MUST_NOT),
        ("refused", "clarify", Verdict.OTHER),
        (["refused", "clarify"], "clarify", Verdict.RIGHT),
        ("denied", "denied", Verdict.RIGHT),
    ],
)
def test_verdicts(wanted, got, verdict):
    assert judge(_case(status=wanted, query=LEADS), _seen(LEADS, got)).verdict is verdict


def test_a_second_call_is_not_what_was_asked():
    twice = Seen("answered", ({"tool": "query_metrics", "args": LEADS},) * 2)
    assert judge(_case(query=LEADS), twice).verdict is Verdict.WRONG


def test_other_tools_are_known_by_their_arguments():
    case = _case(tool="describe_metric", args={"metric": "cpl"})
    right, wrong = ({"metric": m} for m in ("cpl", "cac"))
    assert judge(case, _seen(right, tool="describe_metric")).verdict is Verdict.RIGHT
    assert judge(case, _seen(wrong, tool="describe_metric")).verdict is Verdict.WRONG


def test_a_misspelt_expectation_is_an_error():
    with pytest.raises(ValidationError):
        _case(query={"metrics": ["leads"], "dimension": ["channel"]})
    with pytest.raises(ValidationError):
        _case(qurey=LEADS)


def test_groups_tell_one_reading_from_two():
    cases = [Case.model_validate({"q": q, "group": "g", "expect": {"query": LEADS}}) for q in "abc"]
    same = [judge(case, _seen(LEADS)) for case in cases]
    assert groups_of(same)[0].same
    split = [*same[:2], judge(cases[2], Seen("refused"))]
    assert not groups_of(split)[0].same
    summary = summarise(split)
    assert (summary.groups, summary.groups_same) == (1, 0)


def test_a_run_fails_with_one_answer_that_must_not_be():
    good = [judge(_case(query=LEADS), _seen(LEADS))] * 1000
    bad = judge(_case(q="天气", status="refused"), _seen(LEADS))
    assert summarise(good).passed
    assert not summarise([*good, bad]).passed


def test_changes_are_told_in_both_directions():
    before = judge(_case(query=LEADS), _seen(LEADS))
    after = judge(_case(query=LEADS), _seen({"metrics": ["mqls"]}))
    assert changes_from(baseline_of([before]), [before]) == []
    assert changes_from(baseline_of([before]), [after]) == ["worse  right -> wrong: 线索量"]
    assert changes_from(baseline_of([after]), [before]) == ["better wrong -> right: 线索量"]


def test_percentiles():
    assert percentile([], 0.5) == 0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95
