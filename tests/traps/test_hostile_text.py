"""Labels never reach SQL, and values reach it only as typed literals.

Full-width and ASCII parentheses in a Chinese metric name break SuperSonic's parser (#2324).
"""

import json

import pytest

EVIL = "成本（含税）\"; DROP TABLE f; --' OR 1=1 /* 🚀 ( \uff07 `"
VALUES = [
    "O'Brien", "'; DROP TABLE f; --", "100%", "a_b", "back\\slash", "\\'", 'say "hi"', "（全角）",
    "🚀", "--", "/* x */", "{x}", "$1", "?", ":p", "a\nb", "", " ", "NULL", "null", "1 OR 1=1",
    "%s", "\u200b", "é", "e\u0301",
]  # fmt: skip


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


WORD = json.dumps(EVIL, ensure_ascii=False)
DEFS = f"""
dimensions:
  k: {{label: {{en: {WORD}, zh: {WORD}}}, synonyms: [{WORD}, "x'); --"]}}
models:
  f: {{source: f, label: {WORD}, description: {WORD}, dims: {{k: k}}}}
metrics:
  cnt: {{model: f, agg: count, label: "2 {WORD[1:]}, description: {WORD}, unit: "'; --"}}
"""


@pytest.fixture(scope="module")
def world(build):
    rows = ", ".join(f"({i}, {literal(v)})" for i, v in enumerate(VALUES))
    return build(f"CREATE TABLE f AS SELECT * FROM (VALUES {rows}, (-1, NULL)) t(id, k)", DEFS)


def test_labels_stay_out_of_sql(world):
    sql = world.sql("cnt", by=["k"], share=True)
    assert not any(part in sql for part in ("DROP", "成本", "（", "🚀", "--", ";", "/*"))
    assert world.one("cnt") == len(VALUES) + 1


@pytest.mark.parametrize("value", VALUES)
def test_values_are_only_values(world, value):
    def count(op, *values):
        return world.one("cnt", filters=({"dimension": "k", "op": op, "values": values},))

    assert count("in", value) == 1
    assert count("not_in", value) == len(VALUES)
    assert count("between", value, value) == 1
    containing = sum(value.lower() in v.lower() for v in VALUES)
    assert count("contains", value) == containing
    assert count("not_contains", value) == len(VALUES) + 1 - containing
    assert (
        count("gte", value)
        == world.hand(f"SELECT count(*) FROM f WHERE k >= {literal(value)}")[0][0]
    )


def test_values_come_back_as_they_are(world):
    assert {r[0] for r in world.ask("cnt", by=["k"])} == {*VALUES, None}


def test_values_are_kept_in_top_lists(world):
    rows = world.ask("cnt", by=["k"], limit=5, other=True, order=({"by": "k"},))
    assert rows[-1] == ("__other__", len(VALUES) - 4)


@pytest.mark.parametrize("name", ["k' OR '1'='1", 'k"', "k; --", "cnt", "K"])
def test_names_are_looked_up_and_never_pasted(world, name):
    from semantic_layer.errors import QueryError

    with pytest.raises(QueryError):
        world.ask("cnt", by=[name])


def test_table_and_column_names_are_quoted(build):
    world = build(
        'CREATE TABLE "订单 (新)" AS SELECT 1 AS "金额""x", \'a\' AS "select", DATE \'2026-01-01\' AS "日期"',
        """
dimensions: {k: {label: Key}}
models:
  f: {source: "订单 (新)", time: 日期, dims: {k: '"select"'}}
metrics:
  total: {model: f, agg: sum, expr: '"金额""x"', label: Total}
""",
    )
    assert world.ask("total", by=["k"], grain="year") == [("a", "2026-01-01", 1)]


# Names that the compiler uses for its own CTEs and columns.
@pytest.mark.parametrize("table", ["m", "r", "u", "g", "s0", "s1", "src", "t", "s0_at"])
def test_a_table_may_have_any_name(build, table):
    world = build(
        f"CREATE TABLE {table} AS SELECT 1 AS id, 'a' AS k, DATE '2026-01-15' AS day",
        f"""
dimensions: {{k: {{label: Key}}}}
models: {{f: {{source: {table}, key: [id], time: day, dims: {{k: k}}}}}}
metrics:
  cnt: {{model: f, agg: count, label: Count}}
  fresh: {{type: snapshot, model: f, agg: count, within: 30 days, label: Fresh}}
""",
    )
    span = ("2026-01-01", "2026-02-01")
    assert world.ask("cnt", "fresh", by=["k"], grain="month", time=span) == [
        ("a", "2026-01-01", 1, 1)
    ]
    assert world.ask("cnt", by=["k"]) == [("a", 1)]


@pytest.mark.parametrize("dim", ["period", "per", "cnt", "cnt__prev", "upto_day", "value", "one"])
def test_a_dimension_may_have_any_name_or_is_refused(build, dim):
    from semantic_layer.errors import DefinitionError

    try:
        world = build(
            "CREATE TABLE f AS SELECT 1 AS id, 'a' AS k, DATE '2026-01-01' AS day",
            f"""
dimensions: {{{dim}: {{label: Key}}}}
models: {{f: {{source: f, key: [id], time: day, dims: {{{dim}: k}}}}}}
metrics:
  cnt: {{model: f, agg: count, label: Count}}
  once: {{model: f, agg: count, per: id, label: Once}}
""",
        )
    except DefinitionError:
        return
    span = ("2026-01-01", "2026-02-01", "month")
    parts = {"by": [dim], "grain": "month", "time": span, "compare": "previous_period"}
    rows = world.ask("cnt", "once", **parts)
    assert rows == [("a", "2026-01-01", 1, 0, 1, None, 1, None, None, None)] or rows == [
        ("a", "2026-01-01", 1, 0, 1, None, 1, 0, 1, None)
    ]
