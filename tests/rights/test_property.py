"""Random policies x random calls of every tool x two users: nothing of the one's in the other's.

The permitted rows are worked out by hand from the tables, and every number is added up from
them; every text of a forbidden row is a canary that may not occur in any answer.
"""

import json
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer import AskmqlError
from semantic_layer.rights import Policies, scope_for
from tools import TOOLS, ToolContext, get_tool
from tools.plain import plain

OWNERS = ("ann", "bob", "cyd", "tia")
REGIONS = ("North", "South")
METRICS = {
    "revenue": "deals",
    "deals": "deals",
    "people": "people",
    "minutes": "calls",
    "best": "best",
}
DIMENSIONS = ("owner", "region", "unit", "team")


@pytest.fixture(scope="module")
def world(company):
    layer = company.layer()
    tables = {}
    for name in ("staff", "people", "deals", "calls", "prices"):
        cursor = company.con.execute(f"SELECT * FROM {name}")
        names = [c[0] for c in cursor.description]
        tables[name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    yield layer, tables
    layer.sql.close()


@st.composite
def rules(draw):
    """A role: which owners, perhaps which region, what is denied, hidden and masked."""
    owners = draw(st.lists(st.sampled_from(OWNERS), unique=True, max_size=3))
    role = {"rows": {"owner": owners}, "shared": ["prices"] if draw(st.booleans()) else []}
    if draw(st.booleans()):
        role["rows"]["owner"] = draw(st.sampled_from(OWNERS))
    if draw(st.booleans()):
        role["sources"] = {
            "people": {"rows": {"region": [draw(st.sampled_from(REGIONS))], "owner": owners}}
        }
    role["denied"] = draw(
        st.lists(st.sampled_from(["calls", "staff", "people"]), unique=True, max_size=1)
    )
    if draw(st.booleans()):
        role["hide"] = {"people": ["email"]}
        role["mask"] = {"people": {"name": "all", "phone": "phone"}}
    role["may_use_sql"] = draw(st.booleans())
    role["tools"] = {
        "deny": draw(st.lists(st.sampled_from(["list_values", "run_sql"]), max_size=1))
    }
    return role


def permitted(tables, role):
    """Rows of each table that the role opens; None where the model is denied."""
    general = role["rows"]["owner"]
    general = (general,) if isinstance(general, str) else tuple(general)
    key = {"staff": "id", "people": "owner", "deals": "owner", "calls": "owner"}
    out = {}
    for name, rows in tables.items():
        if name in role["denied"] or (name == "prices" and name not in role["shared"]):
            out[name] = None
        elif name == "prices":
            out[name] = rows
        elif name == "people" and "sources" in role:
            rule = role["sources"]["people"]["rows"]
            out[name] = [
                r for r in rows if r["owner"] in rule["owner"] and r["region"] in rule["region"]
            ]
        else:
            out[name] = [r for r in rows if r[key[name]] in general]
    return out


def brute(allowed, metric, dims):
    """The rows of a query, added up by hand; None where it must be refused."""
    people = {r["id"]: r for r in allowed["people"] or ()}
    staff = {r["id"]: r for r in allowed["staff"] or ()}
    table = {"best": "deals"}.get(METRICS[metric], METRICS[metric])
    groups = defaultdict(list)
    for row in allowed[table]:
        found = {
            "owner": row["owner"],
            "unit": row.get("unit"),
            "team": staff.get(row["owner"], {}).get("team"),
            "region": people.get(row.get("person_id"), row).get("region"),
        }
        groups[tuple(found[d] for d in dims)].append(row)
    return {key: _value(metric, rows) for key, rows in groups.items()}


def _value(metric, rows):
    if metric in {"deals", "people"}:
        return len(rows)
    if metric == "best":
        totals = defaultdict(float)
        for row in rows:
            totals[row["owner"]] += float(row["amount"])
        return max(totals.values())
    return float(sum(r["amount" if metric == "revenue" else "minutes"] for r in rows))


def canaries(tables, allowed):
    """Texts of forbidden rows that stand in no permitted row of any table."""

    def texts(rows):
        return {
            str(v) for r in rows or () for k, v in r.items() if isinstance(v, str) and k != "region"
        }

    everything = set().union(*(texts(rows) for rows in tables.values()))
    visible = set().union(*(texts(rows) for rows in allowed.values()))
    return everything - visible


CALLS = {
    "query_metrics": lambda p: {"metrics": [p["metric"]], "dimensions": p["dims"]},
    "list_values": lambda p: {"dimension": p["dims"][0] if p["dims"] else "owner"},
    "list_metrics": lambda p: {},
    "describe_metric": lambda p: {"metric": p["metric"]},
    "describe_data": lambda p: {},
    "run_sql": lambda p: {"sql": f"SELECT * FROM {p['table']}"},
}


def called(layer, scope, tool, parts):
    """Return what a tool says to a user, as data; a refusal is an answer too."""
    args = CALLS.get(tool, lambda p: {})(parts)
    try:
        return plain(get_tool(tool).run(args, ToolContext(layer, scope, "en"))), None
    except AskmqlError as error:
        return None, error


PARTS = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(sorted(METRICS)),
        "dims": st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=2),
        "table": st.sampled_from(
            ["people", "deals", "calls", "staff", "prices", "best", "contacts_again"]
        ),
    }
)


@settings(max_examples=60)
@given(st.lists(rules(), min_size=2, max_size=2), PARTS)
def test_nothing_of_one_user_in_the_answer_of_another(world, roles, parts):
    layer, tables = world
    policies = Policies.model_validate(
        {
            "roles": dict(zip("ab", roles, strict=True)),
            "users": {"a": {"role": "a"}, "b": {"role": "b"}},
        }
    )
    for user, role in zip("ab", roles, strict=True):
        scope = scope_for(policies, layer.definitions, user)
        allowed = permitted(tables, role)
        secret = canaries(tables, allowed)
        for tool in TOOLS:
            found, error = called(layer, scope, tool.name, parts)
            if tool.name in role["tools"]["deny"]:
                assert error is not None
                assert error.code == "TOOL_DENIED"
            text = json.dumps(_shown(tool.name, found, error), default=str, ensure_ascii=False)
            told = {c for c in secret if f'"{c}"' in text}
            assert not told, (tool.name, parts)
        _check_numbers(layer, scope, allowed, parts)
        _check_sql(layer, scope, role, allowed, parts)


def _shown(tool, found, error):
    """What a user reads, without the echo of the definitions and of the asker's own words."""
    if error is not None:
        return [error.message, error.hint, error.candidates]
    if tool in {"query_metrics", "run_sql"}:
        return found.get("data", found)["rows"]
    return found["values"] if tool == "list_values" else []


def _check_numbers(layer, scope, allowed, parts):
    found, error = called(layer, scope, "query_metrics", parts)
    if error is not None:
        assert error.code in {"DENIED", "COLUMN_DENIED", "COLUMN_MASKED", "DIMENSION_NOT_SHARED"}
        return
    expected = brute(allowed, parts["metric"], parts["dims"])
    rows = {tuple(r[:-1]): r[-1] for r in found["data"]["rows"]}
    if not parts["dims"] and not expected:
        assert set(rows.values()) <= {None, 0}
        return
    assert rows == expected


def _check_sql(layer, scope, role, allowed, parts):
    if "run_sql" in role["tools"]["deny"] or parts["table"] not in allowed:
        return
    found, error = called(layer, scope, "run_sql", parts)
    if error is not None:
        assert error.code == ("UNKNOWN_TABLE" if role["may_use_sql"] else "SQL_DENIED")
        assert not role["may_use_sql"] or allowed[parts["table"]] is None
        return
    column = found["columns"].index("id")
    assert sorted(str(r[column]) for r in found["rows"]) == sorted(
        str(r["id"]) for r in allowed[parts["table"]]
    )
