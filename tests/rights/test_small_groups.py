"""Groups of few people: nothing in one answer, nor beside the answer for everybody, tells of them."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer import DeniedError, Filter, Query, SemanticLayer
from semantic_layer.compile.relation import Field
from semantic_layer.compile.small_groups import withheld
from semantic_layer.query import MetricFilter, Order, TimeRange

K = 3
DEFINITIONS = """
dimensions: {town: {label: Town}, team: {label: Team}, size: {label: Size}}
models:
  patients: {source: patients, key: [id], time: born_on, dims: {town: town, team: team}}
  visits: {source: visits, key: [id], joins: {patients: patient_id}, dims: {town: patients.town}}
metrics:
  patients: {model: patients, agg: count, label: Patients}
  cost: {model: patients, agg: sum, expr: cost, label: Cost}
  mean: {model: patients, agg: avg, expr: cost, label: Mean}
  women: {model: patients, agg: count, filter: woman, label: Women}
  share_of_women: {type: ratio, numerator: women, denominator: patients, label: Share of women}
  so_far: {type: cumulative, of: cost, label: So far}
"""
POLICIES = """
personal: {models: [patients], k: 3}
roles: {all: {}}
users: {a: {role: all}}
"""
# (town, team, people): town C has two people, and B and D the next fewest.
GROUPS = [("A", "x", 5), ("A", "y", 6), ("B", "x", 4), ("C", "x", 2), ("D", "y", 7), ("E", "x", 3), ("E", "y", 3)]  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    root = tmp_path_factory.mktemp("clinic")
    (root / "semantic_layer").mkdir()
    (root / "semantic_layer" / "defs.yml").write_text(DEFINITIONS, "utf-8")
    (root / "askmql.yml").write_text(
        "timezone: UTC\ntoday: 2026-06-01\nengine: {path: data.duckdb, threads: 1}\n", "utf-8"
    )
    (root / "policies.yml").write_text(POLICIES, "utf-8")
    with duckdb.connect(str(root / "data.duckdb")) as con:
        con.execute("CREATE TABLE patients (id INT, town TEXT, team TEXT, cost INT, woman BOOL, born_on DATE)")  # fmt: skip
        number = 0
        for town, team, people in GROUPS:
            for i in range(people):
                number += 1
                row = [number, town, team, 2**number, i % 2 == 0, f"2026-0{1 + number % 4}-03"]
                con.execute("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?)", row)
        con.execute("CREATE TABLE visits AS SELECT id, id AS patient_id FROM patients")
    return SemanticLayer.load(root)


def run(clinic, *metrics, **parts):
    return clinic.run(Query(metrics=metrics, **parts), clinic.scope("a"))


# --- one answer ---------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12, unique=True),
    st.data(),
)
def test_what_is_withheld_cannot_be_had_by_subtraction(keys, data):
    """In the whole and along each axis: nothing, or two groups of k people together, or all."""
    size = st.one_of(st.none(), st.integers(1, 9))
    counts = data.draw(st.lists(size, min_size=len(keys), max_size=len(keys)))
    k = data.draw(st.integers(2, 6))
    out = withheld(counts, keys, k)
    assert out >= {i for i, n in enumerate(counts) if n is not None and n < k}
    lines = [list(range(len(keys)))]
    for part in (0, 1):
        lines += [[i for i, x in enumerate(keys) if x[1 - part] == v] for v in {x[1 - part] for x in keys}]  # fmt: skip
    for line in lines:
        inside = [i for i in line if i in out]
        rest = [i for i in line if i not in out and counts[i]]
        enough = len(inside) >= 2 and sum(counts[i] or 0 for i in inside) >= k
        assert not inside or enough or not rest


@given(st.lists(st.one_of(st.none(), st.integers(5, 9)), max_size=9))
def test_nothing_is_withheld_where_no_group_is_small(counts):
    assert withheld(counts, [(str(i),) for i in range(len(counts))], 5) == set()


def test_the_smallest_other_group_goes_with_the_one(clinic):
    found = run(clinic, "cost", dimensions=("town",))
    assert {row[0] for row in found.rows if row[1] is None} == {"C", "B"}
    assert found.suppressed == 2
    # The same one whatever is asked first: else two answers together would tell.
    other = run(clinic, "mean", "cost", dimensions=("town",))
    assert {row[0] for row in other.rows if row[1] is None} == {"C", "B"}
    assert all(v is None for row in other.rows if row[0] in "BC" for v in row[1:])


@pytest.mark.parametrize("by", ["cost", "town", "patients"])
@pytest.mark.parametrize("desc", [True, False])
def test_a_rank_tells_nothing(clinic, by, desc):
    """The withheld stand last in the order of their names, wherever their value would put them."""
    found = run(clinic, "cost", "patients", dimensions=("town",), order=(Order(by=by, desc=desc),))
    assert [row[0] for row in found.rows][-2:] == ["B", "C"]


def test_a_cut_list_does_not_show_the_one_that_is_left(clinic):
    """Were the list cut first, the total less the five shown would be the sixth."""
    found = run(clinic, "cost", dimensions=("town",), limit=4, order=(Order(by="cost"),))
    assert found.total_rows == 5
    shown = [row[0] for row in found.rows if row[1] is not None]
    assert "B" not in shown
    assert "C" not in shown


def test_both_axes_of_a_table(clinic):
    found = run(clinic, "cost", dimensions=("town", "team"))
    hidden = {row[:2] for row in found.rows if row[2] is None}
    assert ("C", "x") in hidden
    assert len([h for h in hidden if h[1] == "x"]) >= 2  # the team's total can be asked for


@pytest.mark.parametrize("metric", ["share_of_women", "women"])
def test_parts_of_a_ratio_count_too(clinic, metric):
    rows = {row[0]: row[1] for row in run(clinic, metric, dimensions=("town",)).rows}
    assert rows["C"] is None


def test_conditions_never_single_a_group_out(clinic):
    """For every bound, what is shown leaves two groups of three people or more unknown."""
    for op in ("lt", "gte"):
        for power in range(31):
            having = (MetricFilter(metric="cost", op=op, value=float(2**power)),)
            rows = run(clinic, "cost", dimensions=("town",), having=having).rows
            shown = {row[0] for row in rows}
            assert "C" not in shown
            assert len(shown) < 4
            assert all(row[1] is not None for row in rows)


def test_running_totals_and_ranks_within_groups_are_refused(clinic):
    year = TimeRange.model_validate({"start": "2026-01-01", "end": "2026-06-01"})
    for parts in (
        {"metrics": ("so_far",), "time": year, "grain": "month"},
        {"metrics": ("cost",), "dimensions": ("town", "team"), "per": ("team",), "limit": 1},
    ):
        with pytest.raises(DeniedError) as caught:
            clinic.run(Query(**parts), clinic.scope("a"))
        assert caught.value.code == "SMALL_GROUPS_ONLY"


# --- beside the answer for everybody ------------------------------------------------------

NARROW = [
    (Filter(dimension="town", values=("C",)),),
    (Filter(dimension="town", op="not_in", values=("C",)),),
    (Filter(dimension="town", op="not_in", values=("A", "C")),),
    (Filter(dimension="town", values=("A", "C")),),
    (Filter(dimension="town", values=("A", "B", "D", "E")),),
    (Filter(dimension="town", op="not_in", values=("C",)),),
    (Filter(dimension="team", values=("x",)), Filter(dimension="town", op="not_in", values=("C",))),
    (Filter(dimension="town", values=("E", "C")), Filter(dimension="team", values=("x",))),
]


@pytest.mark.parametrize("filters", NARROW)
def test_filters_that_single_out_few_are_withheld(clinic, filters):
    found = run(clinic, "cost", filters=filters)
    assert [row[-1] for row in found.rows] == [None]
    assert found.notes == ("SMALL_GROUPS",)
    assert found.suppressed == 1


@pytest.mark.parametrize(
    "filters",
    [
        (Filter(dimension="town", values=("A",)),),
        (Filter(dimension="team", values=("x",)),),
        (Filter(dimension="town", op="not_in", values=("A",)),),
    ],
)
def test_filters_that_leave_out_many_are_answered(clinic, filters):
    found = run(clinic, "cost", filters=filters)
    assert found.rows[0][0] is not None
    assert found.suppressed == 0


def test_people_are_not_listed_through_another_model(clinic):
    scope = clinic.scope("a")
    clinic.relation("visits", {"id": Field("id")}, scope)
    with pytest.raises(DeniedError) as caught:
        clinic.relation("visits", {"id": Field("id"), "cost": Field("patients.cost")}, scope)
    assert caught.value.code == "ROWS_OF_PEOPLE"


def test_what_was_withheld_is_in_the_audit(clinic, tmp_path, monkeypatch):
    """The alarm for questions that are safe one by one and not together."""
    from assistant import Assistant

    monkeypatch.setenv("ASKMQL_STATE_URL", f"sqlite:///{tmp_path / 's.db'}")
    assistant = Assistant(clinic)
    assistant.ask("patients by town", asker="a")
    assistant.ask("patients", asker="a")
    (record,) = assistant.audit.search(withheld=True)
    assert (record.open["withheld"], record.asker) == (2, "a")
