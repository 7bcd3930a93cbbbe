"""Every metric agrees with SQL that was written by hand, from its business definition alone.

The cases are in the YAML files beside this one. A case has a `query` for the semantic layer and a
`check_query` for the sample company's tables. Its columns are the dimensions, then the period (its
first day) if there is a grain, then the metrics; rows may come in any order. Whoever changes a
`check_query` because the product disagrees must show in the definition that the SQL was wrong.

`rel_tol` loosens the comparison for credits in whole cents: half a cent may be rounded either way.
"""

from __future__ import annotations

import math
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

HERE = Path(__file__).resolve().parent
REL_TOL = 1e-9
ABS_TOL = 1e-12  # a difference of two equal numbers
COMPARED = ("", "__prev", "__delta", "__pct")


def _load_cases():
    for path in sorted(HERE.glob("*.yml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}-{case['name']}")


CASES = list(_load_cases())


@pytest.fixture(scope="session")
def truth_home(demo_db, tmp_path_factory):
    """A home of its own: DuckDB refuses two configurations of one file in one process."""
    home = tmp_path_factory.mktemp("truth")
    shutil.copyfile(demo_db, home / "sample.duckdb")
    return home


@pytest.fixture(scope="session")
def layer(truth_home):
    from semantic_layer import SemanticLayer

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(truth_home))
        return SemanticLayer.load()


@pytest.fixture(scope="session")
def tables(demo_db):
    with duckdb.connect(str(demo_db), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("case", CASES)
def test_truth(case, layer, tables):
    from semantic_layer import Query

    query = case["query"]
    expected = tables.execute(case["check_query"]).fetchall()
    assert expected, "the check query found nothing, so it checks nothing"
    result = layer.run(Query(**query))
    names = [column.name for column in result.columns]
    assert len(names) == len(expected[0]), f"columns {names}"
    for position, name in _column_names(query).items():
        assert names[position] == name, f"columns {names}"

    keys = len(query.get("dimensions", ())) + ("grain" in query)
    want = _by_key(expected, keys)
    got = _by_key(result.rows, keys)
    assert got.keys() == want.keys(), (
        f"missing {want.keys() - got.keys()}, surplus {got.keys() - want.keys()}"
    )
    tolerance = case.get("rel_tol", REL_TOL)
    wrong = [
        f"{key} {name}: product {mine}, by hand {theirs}"
        for key in want
        for name, mine, theirs in zip(names[keys:], got[key], want[key], strict=True)
        if not _same(mine, theirs, tolerance)
    ]
    assert not wrong, "\n".join(wrong)


def test_names_are_unique():
    names = [case.values[0]["name"] for case in CASES]
    assert len(names) == len(set(names))


def _column_names(query):
    """Position and name of the columns whose names are a contract; the period's is not."""
    dimensions = query.get("dimensions", [])
    names = dict(enumerate(dimensions))
    position = len(dimensions) + ("grain" in query)
    for metric in query["metrics"]:
        names[position] = metric
        if "compare" in query:
            for offset, suffix in enumerate(COMPARED):
                names[position + offset] = metric + suffix
        position += len(COMPARED) if "compare" in query else 1 + bool(query.get("share"))
    return names


def _by_key(rows, keys):
    found = {}
    for row in rows:
        cells = [_plain(cell) for cell in row]
        key = tuple(cells[:keys])
        assert key not in found, f"group {key} twice"
        found[key] = cells[keys:]
    return found


def _plain(cell):
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.time() != cell.min.time() else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def _same(mine, theirs, tolerance):
    if mine is None or theirs is None or isinstance(mine, str) or isinstance(theirs, str):
        return mine == theirs
    return math.isclose(mine, theirs, rel_tol=tolerance, abs_tol=ABS_TOL)
