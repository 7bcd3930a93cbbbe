"""Several readers see what all of them may see, and not a row more."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer import AskmqlError, DeniedError, Query
from semantic_layer.audience import audience, audience_of
from semantic_layer.compile.relation import Field
from semantic_layer.scope import Scope

MODELS = ("deals", "calls", "people")
PREDICATES = {
    "deals": ("unit = 'Pumps'", "amount > 3", "owner IN ('ann', 'cyd')", "people.region = 'North'"),
    "calls": ("owner = 'ann'", "minutes > 4", "owner IN ('ann', 'bob') OR minutes = 11"),
    "people": ("region = 'North'", "id < 5", "owner <> 'bob'"),
}
NAMES = {"deals": "amount", "calls": "minutes", "people": "name"}


@st.composite
def scopes(draw):
    def some(items):
        return draw(st.sets(st.sampled_from(items), max_size=2))

    rows = {m: tuple(sorted(some(PREDICATES[m]))) for m in some(MODELS)}
    only = draw(st.none() | st.sets(st.sampled_from(["query_metrics", "list_metrics"])))
    kinds = st.sampled_from(["all", "name", "hash"])
    return Scope(
        rows={m: p for m, p in rows.items() if p},
        hidden={m: frozenset({NAMES[m]}) for m in some(MODELS)},
        denied=frozenset(some(MODELS)) if draw(st.booleans()) else frozenset(),
        masks={m: {NAMES[m]: draw(kinds)} for m in some(MODELS)},
        personal=draw(st.booleans()),
        metrics=frozenset(some(["revenue", "minutes"])),
        tools=frozenset(some(["run_sql", "list_values"])),
        tools_only=frozenset(only) if only is not None else None,
        may_use_sql=draw(st.booleans()),
        small_groups={m: draw(st.integers(2, 9)) for m in some(["people"])},
    )


@pytest.fixture(scope="module")
def layer(company):
    return company.layer()


def ids(layer, scope, model):
    """Keys of the visible rows; None when the model is not there."""
    try:
        tree = layer.relation(model, {"id": Field("id")}, scope, suppresses=True)
    except DeniedError:
        return None
    return {row[0] for row in layer.run_tree(tree, scope).rows}


@given(st.lists(scopes(), min_size=1, max_size=4))
def test_rows_are_those_that_everybody_sees(layer, readers):
    found = audience(readers).scope
    for model in MODELS:
        each = [ids(layer, s, model) for s in readers]
        expected = None if None in each else set.intersection(*each)
        assert ids(layer, found, model) == expected


@given(st.lists(scopes(), min_size=1, max_size=4), st.randoms())
def test_order_and_repetition_do_not_matter(readers, random):
    found = audience(readers).scope
    again = [*readers, random.choice(readers)]
    random.shuffle(again)
    assert audience(again).scope.fingerprint == found.fingerprint
    assert audience([found, *readers]).scope.fingerprint == found.fingerprint


@given(st.lists(scopes(), min_size=1, max_size=4))
def test_nobody_gains_a_right(readers):
    found = audience(readers).scope
    for scope in readers:
        assert found.denied >= scope.denied
        assert found.metrics >= scope.metrics
        assert not (found.personal and not scope.personal)
        assert not (found.may_use_sql and not scope.may_use_sql)
        for tool in ("query_metrics", "list_metrics", "run_sql", "list_values"):
            assert found.denies_tool(tool) or not scope.denies_tool(tool)
        for model, columns in scope.hidden.items():
            assert found.hidden[model] >= columns
        for model, columns in scope.masks.items():
            for column, kind in columns.items():
                assert found.masks[model][column] in {kind, "all"}
        for model, k in scope.small_groups.items():
            assert found.small_groups[model] >= k


POLICIES = """
roles: {unit: {rows: {owner: user.people}, shared: [prices]}, all: {}, none: {nothing: true}}
users:
  a: {role: unit, attributes: {people: [ann, bob]}}
  b: {role: unit, attributes: {people: [bob, cyd]}}
  c: {role: unit, attributes: {people: [cyd]}}
  boss: {role: all}
  out: {role: none}
"""


def test_readers_of_a_project(company):
    layer = company.layer(POLICIES)

    def revenue(*users):
        found = audience_of(users, layer.scope)
        assert (found.scope is None) == found.is_private
        if found.is_private:
            return found.reason.en
        return layer.run(Query(metrics=("revenue",)), found.scope).rows[0][0]

    assert revenue("boss") == 63.0
    assert revenue("boss", "a") == revenue("a") == 7.0
    assert revenue("a", "b") == 4.0
    assert "no view" in revenue("a", "c")
    assert "may see no data" in revenue("boss", "out")
    assert "may see no data" in revenue("boss", "stranger")
    assert "no reader" in revenue()


def test_every_pair_of_the_sample_company(starforge_layer):
    """The common figure of two people is at most that of either."""
    layer = starforge_layer
    users = ["admin", "analyst", "manager", "manager_east", "lead_east1", "rep_001"]
    query = Query(metrics=("leads",))

    def leads(scope):
        try:
            return layer.run(query, scope).rows[0][0]
        except AskmqlError:
            return 0

    for one, other in combinations(users, 2):
        found = audience_of((one, other), layer.scope)
        assert not found.is_private
        assert leads(found.scope) <= min(leads(layer.scope(u)) for u in (one, other))
    assert audience_of(("rep_001", "outsider"), layer.scope).is_private
