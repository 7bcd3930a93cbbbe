"""The verifier trusts nobody: a query without its rights is refused, however it is dressed."""

import copy

import pytest
from sqlglot import exp, parse_one

from semantic_layer import DeniedError, Query
from semantic_layer.compile.assemble import assemble
from semantic_layer.compile.door import SCAN, predicate
from semantic_layer.compile.plan import make_plan
from semantic_layer.compile.relation import Field
from semantic_layer.compile.verify import conjuncts, verify
from semantic_layer.errors import CompilationError
from semantic_layer.query import Comparison, Filter, TimeRange
from semantic_layer.scope import Scope

SCOPE = Scope(
    rows={
        "deals": ("unit IN ('Pumps')", "people.region = 'North'"),
        "people": ("region = 'North'",),
        "calls": ("owner IN ('ann', 'bob')",),
        "best": ("owner IN ('ann', 'tia')",),
    },
    hidden={"people": frozenset({"email"})},
    masks={"people": {"phone": "phone", "name": "hash"}},
    denied=frozenset({"prices"}),
)
SPAN = TimeRange(start="2026-01-01", end="2026-04-01")
QUERIES = [
    Query(metrics=("revenue",)),
    Query(metrics=("size", "minutes"), dimensions=("owner",), time=SPAN),
    Query(metrics=("revenue",), grain="month", time=SPAN, compare=Comparison(kind="previous_year")),
    Query(
        metrics=("revenue",),
        dimensions=("region",),
        filters=(Filter(dimension="team", values=("P1",)),),
    ),
    Query(metrics=("best",), dimensions=("owner",)),
    Query(metrics=("people",), dimensions=("region",), share=True),
]


@pytest.fixture(scope="module")
def layer(company):
    return company.layer()


def trees(layer):
    for query in QUERIES:
        yield assemble(layer.context, SCOPE, make_plan(layer.context, query))
    yield layer.relation(
        "people", {"p": Field("phone"), "n": Field("name"), "id": Field("id")}, SCOPE
    )
    yield layer.relation("deals", {"p": Field("people.phone"), "amount": Field("amount")}, SCOPE)


def required(layer):
    """Every condition that some scan must carry, as text."""
    out = set()
    for model, texts in SCOPE.rows.items():
        for text in texts:
            out |= conjuncts(predicate(layer.context, SCOPE, model, text))
    return out


def without(where, text):
    """The condition without one of its conjuncts."""
    node = where.this.unnest()
    if isinstance(node, exp.And):
        left, right = (
            without(exp.Where(this=node.this.copy()), text),
            without(exp.Where(this=node.expression.copy()), text),
        )
        return exp.and_(left, right) if left is not None and right is not None else left or right
    return None if node.sql() == text else node


def mutants(layer, tree):
    """Copies of a tree, each without one required condition of one scan."""
    rules = required(layer)
    selects = [
        s
        for s in tree.find_all(exp.Select)
        if s.args.get("from_") and s.args["from_"].this.alias == SCAN
    ]
    for number, select in enumerate(selects):
        where = select.args.get("where")
        for text in sorted(conjuncts(where.this) & rules) if where else ():
            broken = copy.deepcopy(tree)
            victim = [
                s
                for s in broken.find_all(exp.Select)
                if s.args.get("from_") and s.args["from_"].this.alias == SCAN
            ][number]
            rest = without(victim.args["where"], text)
            victim.set("where", exp.Where(this=rest) if rest is not None else None)
            yield text, broken


def test_a_predicate_removed_anywhere_is_noticed(layer):
    count = 0
    for tree in trees(layer):
        verify(layer.context, SCOPE, tree)
        for text, broken in mutants(layer, tree):
            with pytest.raises(CompilationError) as caught:
                verify(layer.context, SCOPE, broken)
            assert caught.value.code == "RIGHTS_NOT_PROVEN", text
            count += 1
    assert count >= 15


def test_a_mask_removed_is_noticed(layer):
    count = 0
    for tree in trees(layer):
        masked = [
            c for c in tree.find_all(exp.Column) if c.table == SCAN and c.name in {"phone", "name"}
        ]
        for number in range(len(masked)):
            broken = copy.deepcopy(tree)
            column = [
                c
                for c in broken.find_all(exp.Column)
                if c.table == SCAN and c.name in {"phone", "name"}
            ][number]
            item = column.find_ancestor(exp.Alias)
            if item is None or item.this is column:
                continue
            item.set("this", column.copy())
            with pytest.raises(CompilationError):
                verify(layer.context, SCOPE, broken)
            count += 1
    assert count


def test_a_masked_column_is_only_shown(layer):
    with pytest.raises(DeniedError):
        layer.relation("people", {"id": Field("id")}, SCOPE, where=["phone = '021'"])


OPEN = Scope(
    rows={"calls": ("owner = 'ann'",)},
    denied=frozenset({"prices"}),
    hidden={"people": frozenset({"email"})},
)
DOOR = "(SELECT src.minutes AS minutes FROM calls AS src WHERE src.owner = 'ann') AS t"
DRESSED = {
    "bare": "SELECT minutes FROM calls",
    "no rights": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src) AS t",
    "rights outside": "SELECT t.minutes FROM (SELECT src.minutes, src.owner FROM calls AS src) AS t WHERE t.owner = 'ann'",
    "rights in OR": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE src.owner = 'ann' OR TRUE) AS t",
    "rights in NOT": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE NOT src.owner = 'ann') AS t",
    "rights in HAVING": "SELECT t.m FROM (SELECT src.minutes AS m FROM calls AS src GROUP BY src.minutes HAVING MAX(src.owner) = 'ann') AS t",
    "rights of another name": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE x.owner = 'ann') AS t",
    "other value": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE src.owner = 'bob') AS t",
    "second table beside": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src, calls AS c WHERE src.owner = 'ann') AS t",
    "joined beside": "SELECT t.m FROM (SELECT src.minutes AS m FROM calls AS src JOIN calls AS d ON TRUE WHERE src.owner = 'ann') AS t",
    "union": f"SELECT t.minutes FROM {DOOR} UNION ALL SELECT minutes FROM calls",
    "union inside": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE src.owner = 'ann' UNION ALL SELECT src.minutes FROM calls AS src) AS t",
    "subquery value": f"SELECT t.minutes, (SELECT MAX(minutes) FROM calls) AS x FROM {DOOR}",
    "subquery condition": f"SELECT t.minutes FROM {DOOR} WHERE EXISTS (SELECT 1 FROM calls AS c WHERE c.owner = 'bob')",
    "order by": f"SELECT t.minutes FROM {DOOR} ORDER BY (SELECT MAX(minutes) FROM calls)",
    "lateral": f"SELECT t.minutes FROM {DOOR}, LATERAL (SELECT minutes FROM calls) AS l",
    "cte": "WITH c AS (SELECT minutes FROM calls) SELECT c.minutes FROM c",
    "cte elsewhere": f"SELECT t.minutes FROM {DOOR} WHERE t.minutes IN (WITH calls AS (SELECT 1 AS minutes) SELECT minutes FROM calls) OR t.minutes IN (SELECT minutes FROM calls)",
    "cte later": "WITH a AS (SELECT minutes FROM calls), calls AS (SELECT 1 AS minutes) SELECT a.minutes FROM a",
    "cte of itself": "WITH calls AS (SELECT minutes FROM calls) SELECT minutes FROM calls",
    "scan of a cte": f"WITH calls AS (SELECT 1 AS minutes, 'ann' AS owner) SELECT t.minutes FROM {DOOR}",
    "recursive": f"WITH RECURSIVE r AS (SELECT t.minutes FROM {DOOR} UNION ALL SELECT minutes FROM r) SELECT minutes FROM r",
    "schema": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM main.calls AS src WHERE src.owner = 'ann') AS t",
    "upper case": "SELECT minutes FROM CALLS",
    "undeclared": "SELECT t.a FROM (SELECT src.a AS a FROM other AS src) AS t",
    "denied": "SELECT t.price FROM (SELECT src.price AS price FROM prices AS src) AS t",
    "hidden": "SELECT t.email FROM (SELECT src.email AS email FROM people AS src) AS t",
    "hidden, upper case": "SELECT t.e FROM (SELECT src.EMAIL AS e FROM people AS src) AS t",
    "hidden, computed": "SELECT t.e FROM (SELECT LENGTH(src.email) AS e FROM people AS src) AS t",
    "star": "SELECT t.email FROM (SELECT * FROM people AS src) AS t",
    "star of the scan": "SELECT t.email FROM (SELECT src.* FROM people AS src) AS t",
    "sample": "SELECT t.minutes FROM (SELECT src.minutes AS minutes FROM calls AS src TABLESAMPLE (10 PERCENT) WHERE src.owner = 'ann') AS t",
    "pivot": "SELECT * FROM (SELECT src.minutes AS minutes FROM calls AS src WHERE src.owner = 'ann') AS t PIVOT (COUNT(*) FOR minutes IN (1))",
    "window": "SELECT t.m FROM (SELECT SUM(src.minutes) OVER () AS m FROM calls AS src WHERE src.owner = 'ann') AS t",
    "file": "SELECT t.a FROM read_csv('x.csv') AS t",
    "table function": "SELECT t.a FROM (SELECT src.a AS a FROM glob('*') AS src) AS t",
    "query as a model": "SELECT t.a FROM (SELECT src.a AS a FROM (SELECT minutes AS a FROM calls) AS src) AS t",
    "values as a model": "SELECT t.a FROM (SELECT src.a AS a FROM (SELECT 1 AS a) AS src) AS t",
    "parameter": f"SELECT t.minutes FROM {DOOR} WHERE t.minutes = $1",
}


def quoted(sql):
    tree = parse_one(sql, dialect="duckdb")
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", True)
    return tree


@pytest.mark.parametrize("dress", DRESSED)
def test_what_cannot_be_proven_is_refused(layer, dress):
    tree = quoted(DRESSED[dress])
    with pytest.raises(CompilationError) as caught:
        verify(layer.context, OPEN, tree)
    assert caught.value.code == "RIGHTS_NOT_PROVEN"


PROVEN = [
    f"WITH calls AS (SELECT t.minutes FROM {DOOR}) SELECT c.minutes FROM calls AS c",
    f"SELECT t.minutes FROM {DOOR}",
    f"WITH c AS (SELECT t.minutes FROM {DOOR}), d AS (SELECT c.minutes FROM c) SELECT d.minutes FROM d",
    f"SELECT t.minutes FROM {DOOR} WHERE t.minutes IN (SELECT t.minutes FROM {DOOR})",
    f"WITH C AS (SELECT t.minutes FROM {DOOR}) SELECT c.minutes FROM c UNION ALL SELECT t.minutes FROM {DOOR}",
    "SELECT t.id FROM (SELECT src.id AS id FROM people AS src) AS t",
]


@pytest.mark.parametrize("sql", PROVEN)
def test_what_is_within_the_rights_passes(layer, sql):
    verify(layer.context, OPEN, quoted(sql))
