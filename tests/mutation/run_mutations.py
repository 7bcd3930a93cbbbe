"""Break the semantic layer on purpose, one line at a time: the trap tests must notice.

Each mutation replaces exact source text in a copy of the package and runs a few trap tests
against the copy. Text that is no longer there is an error: the mutation must follow the code.
To see the table: python tests/mutation/run_mutations.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "semantic_layer"
Edit = tuple[str, str, str]


@dataclass(frozen=True)
class Mutation:
    """Edits (file, text, replacement) and the trap tests that must fail because of them."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one mutation."""

    name: str
    caught: bool
    detail: str
    seconds: float


class SiteMissingError(AssertionError):
    """The text to replace is not in the source exactly once."""


COMPILE = f"{PACKAGE}/compile"
NO_VERIFY: Edit = (f"{COMPILE}/statement.py", "    verify(ctx, scope, tree)\n", "")
SHIFT_RAW = """

def _shifted(time, offsets):
    from semantic_layer.compile.context import TimeKind
    from semantic_layer.compile.rows import shift_date

    day = time.day()
    for offset in offsets:
        day = shift_date(day, offset.count, offset.grain.value)
    return TimeColumn(time.ctx, day, TimeKind.DATE)


def no_time("""

MUTATIONS = (
    Mutation(
        "division without NULLIF",
        ((f"{COMPILE}/leaves.py",
          "expression=safe, typed=True", "expression=safe.this, typed=True"),),
        ("test_division_by_zero.py::test_the_engine_never_sees_inf[ratio]",),
    ),
    Mutation(
        "merge that loses empty keys",
        ((f"{COMPILE}/assemble.py",
          "    return select.group_by(*(quoted(k, source) for k in keys), copy=False) if keys else select",
          "    for k in keys:\n"
          "        select.where(exp.Not(this=exp.Is(this=quoted(k, source), expression=exp.null())), copy=False)\n"
          "    return select.group_by(*(quoted(k, source) for k in keys), copy=False) if keys else select"),),
        ("test_null_keys.py",),
    ),
    Mutation(
        "range before the window",
        ((f"{COMPILE}/streams.py", "history = self.leaves[0].variant.history", "history = False"),),
        ("test_running_total.py::test_history_counts[total-values0]",),
    ),
    Mutation(
        "no period filter at the end",
        ((f"{COMPILE}/assemble.py", "select.where(first, last, copy=False)", "select.where(first, copy=False)"),
         (f"{COMPILE}/plan.py", "        end = ctx.data_end\n", "        pass\n")),
        ("test_periods.py::test_facts_dated_in_the_future_make_no_period",),
    ),
    Mutation(
        "scope predicate dropped, verifier off",
        ((f"{COMPILE}/door.py", "    fragments += scope.rows.get(model_id, ())\n", ""), NO_VERIFY),
        ("test_rights.py::test_only_rows_in_scope_count[scope1-revenue-35.0]",),
    ),
    Mutation(
        "scope predicate dropped, verifier on",
        ((f"{COMPILE}/door.py", "    fragments += scope.rows.get(model_id, ())\n", ""),),
        ("test_rights.py::test_only_rows_in_scope_count[scope1-revenue-35.0]",),
    ),
    Mutation("verifier off", (NO_VERIFY,), ("test_rights.py::test_the_finished_query_is_checked_again",)),
    Mutation(
        "hidden columns shown",
        ((f"{COMPILE}/door.py", "    refuse_hidden(scope, model_id, names)\n", ""),),
        ("test_rights.py::test_hidden_columns_are_refused[accounts-name-parts0-revenue]",
         "test_rights.py::test_denied_models_are_refused"),
    ),
    Mutation(
        "raw facts shifted instead of groups",
        ((f"{COMPILE}/streams.py", 'keys.append(("period", time.period(self.keys.grain)))',
          'keys.append(("period", _shifted(time, self.leaves[0].variant.offset).period(self.keys.grain)))'),
         (f"{COMPILE}/streams.py", "\n\ndef no_time(", SHIFT_RAW),
         (f"{COMPILE}/assemble.py", "period = _forward(period, offset)", "period = period")),
        ("test_offsets.py::test_leap_day",),
    ),
    Mutation(
        "29 February merged into the 28th",
        ((f"{COMPILE}/assemble.py", "    if leap_days:\n", "    if leap_days and False:\n"),),
        ("test_offsets.py::test_leap_day",),
    ),
    Mutation(
        "weeks a year earlier by date",
        ((f"{COMPILE}/comparison.py", "back = timedelta(weeks=52)", "back = timedelta(days=365)"),),
        ("test_offsets.py::test_total_against_earlier_range[time7-previous_year-before7]",),
    ),
    Mutation(
        "running period against a whole one",
        ((f"{COMPILE}/comparison.py", "cut = span.end if span.end < whole.end else whole.end",
          "cut = whole.end"),),
        ("test_offsets.py::test_total_against_earlier_range[time2-previous_period-before2]",),
    ),
    Mutation(
        "joins that lose rows",
        ((f"{COMPILE}/rows.py", 'on=exp.and_(*on), join_type="left"', 'on=exp.and_(*on), join_type="inner"'),),
        ("test_rows_of_models.py::test_values",),
    ),
    Mutation(
        "semi-join that multiplies",
        ((f"{COMPILE}/exists.py", "exp.Select(expressions=columns).distinct(copy=False)",
          "exp.Select(expressions=columns)"),),
        ("test_exists.py::test_each_order_counts_once",),
    ),
    Mutation(
        "not_in loses empty values",
        ((f"{COMPILE}/conditions.py", "return exp.Paren(this=exp.Or(this=empty, expression=absent))",
          "return absent"),),
        ("test_null_keys.py::test_negative_filters_keep_rows_without_a_value",),
    ),
    Mutation(
        "values pasted into SQL",
        ((f"{COMPILE}/conditions.py", "return exp.Literal.string(value)",
          """return exp.var("'" + value + "'")"""),),
        ("test_hostile_text.py::test_values_are_only_values",),
    ),
    Mutation(
        "days begin in UTC",
        ((f"{PACKAGE}/timegrain.py", "datetime.combine(day, time(), tzinfo=self.zone)",
          "datetime.combine(day, time(), tzinfo=UTC)"),),
        ("test_time_zones.py::test_days_by_hand",),
    ),
    Mutation(
        "weeks always begin on Monday",
        ((f"{COMPILE}/rows.py", 'self.ctx.calendar.week_start == "sunday"',
          'self.ctx.calendar.week_start == ""'),),
        ("test_periods.py::test_calendar_of_the_company[week-known0]",),
    ),
    Mutation(
        "fiscal years begin in January",
        ((f"{COMPILE}/rows.py", "months = self.ctx.calendar.fiscal_year_start - 1", "months = 0"),),
        ("test_periods.py::test_calendar_of_the_company",),
    ),
    Mutation(
        "missing dimension not refused",
        ((f"{COMPILE}/plan.py", "        _check_shared(ctx, query, leaf)\n", "        pass\n"),),
        ("test_missing_dimension.py::test_refused_with_names_and_a_way_out",),
    ),
    Mutation(
        "averages may be cumulated",
        ((f"{PACKAGE}/validate/metrics.py",
          "if not isinstance(base, SimpleMetric) or not (rolling or base.agg in _RUNNING):", "if False:"),),
        ("test_load_refusals.py::test_non_additive_cumulative",),
    ),
    Mutation(
        "share over all periods",
        ((f"{COMPILE}/assemble.py",
          'partition = [quoted("period", MERGED)] if plan.keys.grain else []', "partition = []"),),
        ("test_top_and_share.py::test_share_within_each_period",),
    ),
    Mutation(
        "young cohorts counted",
        ((f"{COMPILE}/streams.py", "        if leaf.mature:\n", "        if leaf.mature and False:\n"),),
        ("test_conversion.py::test_drop_leaves_out_those_that_are_too_young",),
    ),
    Mutation(
        "conversions at any time",
        ((f"{COMPILE}/streams.py",
          "            tests.append(exp.LT(this=end.copy(), expression=plus(start.copy(), span)))\n", ""),),
        ("test_conversion.py::test_in_the_period_of_the_cohort[keep-values0]",),
    ),
    Mutation(
        "masks dropped at the door",
        ((f"{COMPILE}/door.py", "return masked(column, kind) if kind else column", "return column"),),
        ("../rights/test_verify.py::test_a_mask_removed_is_noticed",),
    ),
    Mutation(
        "masked columns compared",
        ((f"{COMPILE}/door.py", "    refuse_masked(scope, model_id, names)\n", ""),),
        ("../rights/test_verify.py::test_a_masked_column_is_only_shown",),
    ),
    Mutation(
        "verifier that looks at no condition",
        ((f"{COMPILE}/verify.py", "return _required(ctx, scope, model_id) <= present", "return True"),),
        ("../rights/test_verify.py::test_a_predicate_removed_anywhere_is_noticed",),
    ),
    Mutation(
        "verifier that takes any name of a WITH",
        ((f"{COMPILE}/verify.py", "if name in seen[:upto]:", "if name in seen:"),),
        ("../rights/test_verify.py::test_what_cannot_be_proven_is_refused",),
    ),
    Mutation(
        "readers' rules not united",
        ((f"{PACKAGE}/audience.py", "rows={m: p for m, p in _united([s.rows for s in scopes]).items() if m not in denied}",
          "rows=scopes[0].rows"),),
        ("../rights/test_audience.py::test_readers_of_a_project",),
    ),
    Mutation(
        "closed deals stay open",
        ((f"{COMPILE}/asof.py", "        conditions += _still_open(rows, window)\n", "        pass\n"),),
        ("test_snapshots.py::test_at_the_end_of_each_month[open-values0]",),
    ),
)  # fmt: skip


def copy_package(to: Path) -> None:
    """Copy the package without the sample company; cached bytecode of unchanged files is welcome."""
    ignore = shutil.ignore_patterns("*.duckdb", ".askmql", "demo")
    shutil.copytree(ROOT / PACKAGE, to / PACKAGE, ignore=ignore)


def apply(mutation: Mutation, root: Path) -> None:
    """Apply every edit, each at a place that exists exactly once.

    Raises:
        SiteMissingError: The source has moved on; the mutation must follow.
    """
    for name, old, new in mutation.edits:
        path = root / name
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if text.count(old) != 1:
            msg = f"{mutation.name}: found {text.count(old)} times in {name}, not once: {old!r}"
            raise SiteMissingError(msg)
        path.write_text(text.replace(old, new), encoding="utf-8")


def run_traps(root: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run trap tests against the package below `root`."""
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PYTEST_ADDOPTS", None)
    start = (
        f"import sys, pytest, {PACKAGE} as p; assert p.__file__.startswith({str(root)!r}), p.__file__;"
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    command = [sys.executable, "-c", start, *options, "--rootdir", str(ROOT)]
    paths = [str(ROOT / "tests" / "traps" / test) for test in tests]
    return subprocess.run(
        [*command, *paths],
        env=env,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def try_mutation(mutation: Mutation) -> Outcome:
    """Run one mutation's tests on a mutated copy."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="askmql-mutant-") as folder:
        root = Path(folder)
        copy_package(root)
        apply(mutation, root)
        done = run_traps(root, mutation.tests)
    failed = re.search(r"(\d+) failed", done.stdout)
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()[-300:]])[-1]
    caught = done.returncode == 1 and failed is not None
    return Outcome(mutation.name, caught, last, time.perf_counter() - begin)


def baseline() -> subprocess.CompletedProcess[str]:
    """Run every named test on an unchanged copy: all must pass."""
    tests = dict.fromkeys(test for mutation in MUTATIONS for test in mutation.tests)
    with tempfile.TemporaryDirectory(prefix="askmql-mutant-") as folder:
        copy_package(Path(folder))
        return run_traps(Path(folder), tests)


def try_all(workers: int = 2) -> list[Outcome]:
    """Try every mutation."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(try_mutation, MUTATIONS))


def main() -> int:
    """Print the table; 1 when a mutation survived."""
    before = baseline()
    sys.stdout.write(before.stdout if before.returncode else "unchanged: all pass\n")
    outcomes = try_all()
    for outcome in outcomes:
        verdict = "caught  " if outcome.caught else "SURVIVED"
        sys.stdout.write(
            f"{verdict} {outcome.name:40} {outcome.seconds:5.1f} s  {outcome.detail}\n"
        )
    return 0 if before.returncode == 0 and all(o.caught for o in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
