"""`policies.yml` becomes scopes: organisation, people from data, masks, grants, small groups."""

import pytest

from semantic_layer import DefinitionError, DeniedError, Query, QueryError
from semantic_layer.compile.relation import Field
from semantic_layer.query import MetricFilter
from tools import ToolContext, get_tool

ORG = """
personal:
  columns: {people: {name: name, phone: phone, email: email}}
org:
  levels: [{id: unit, dimension: unit}, {id: team, dimension: team}, {id: person, dimension: owner}]
  source: {model: staff, columns: {unit: unit, team: team, person: id}}
people:
  model: staff
  id: id
  name: name
  role: job
  roles: {head: head, unit head: unit_head, lead: lead, rep: rep}
  attributes: {unit: unit, team: team}
roles:
  head: {preset: manager, sees: group}
  unit_head: {preset: manager, sees: unit, shared: [prices]}
  lead: {sees: team}
  rep: {preset: sales, sees: person}
  analyst: {preset: analyst}
  admin: {preset: admin}
users:
  amy: {role: analyst}
  adm: {role: admin}
"""
GRANT = """
grants:
  - {users: [una], rows: {owner: [cyd]}, models: [deals], reason: joint project}
  - {roles: [rep], rows: {owner: [cyd]}, models: [calls], until: 2026-06-01, reason: over}
  - {roles: [lead], rows: {owner: [cyd]}, models: [calls], until: 2026-06-02, reason: last day}
"""


def value(layer, user, metric):
    return layer.run(Query(metrics=(metric,)), layer.scope(user)).rows[0][0]


VIEWS = [
    ("boss", "revenue", 63.0),
    ("una", "revenue", 39.0),
    ("ulf", "revenue", 24.0),
    ("una", "minutes", 15),  # calls know only the owner: all of the unit's people
    ("ulf", "minutes", 11),
    ("tia", "revenue", 35.0),
    ("ann", "revenue", 3.0),
    ("cyd", "revenue", 24.0),
    ("una", "prices", 13.0),
    ("ann", "best", 3.0),
    ("una", "people", 4),
]


@pytest.mark.parametrize(("user", "metric", "expected"), VIEWS)
def test_units_see_their_own_and_the_group_everything(company, user, metric, expected):
    assert value(company.layer(ORG), user, metric) == expected


@pytest.mark.parametrize("user", ["tmp", "nobody", "", None])
def test_whoever_has_no_role_is_nobody(company, user):
    with pytest.raises(DeniedError) as caught:
        company.layer(ORG).scope(user)
    assert caught.value.code == "UNKNOWN_USER"


def test_a_model_without_any_level_is_denied(company):
    layer = company.layer(ORG)
    with pytest.raises(DeniedError):
        value(layer, "ann", "prices")


def test_a_tree_in_the_file_is_the_same_tree(company):
    tree = "tree: {Pumps: {P1: [ann, tia], P2: [bob]}, Valves: {V1: [cyd]}}"
    text = ORG.replace(
        "source: {model: staff, columns: {unit: unit, team: team, person: id}}", tree
    )
    layer, other = company.layer(text), company.layer(ORG)
    for user, metric, _ in VIEWS:
        assert value(layer, user, metric) == value(other, user, metric)


def test_grants_open_named_models_until_their_day(company):
    layer = company.layer(ORG + GRANT)
    assert value(layer, "una", "revenue") == 39.0 + 24.0
    assert value(layer, "una", "minutes") == 15
    assert value(layer, "ann", "minutes") == 8
    assert value(layer, "tia", "minutes") == 8 + 11
    assert value(layer, "ann", "revenue") == 3.0
    assert "cyd" in layer.values("owner", layer.scope("una"))
    assert "cyd" not in layer.values("owner", layer.scope("ann"))


def test_people_of_a_directory(company):
    (company.root / "people.csv").write_text(
        "user,role,area\nnia,region,North;East\nsam,region,\n", "utf-8"
    )
    policies = """
    directory: {file: people.csv, attributes: {region: area}}
    roles: {region: {rows: {region: user.region}}}
    users: {sam2: {role: region}}
    """
    layer = company.layer(policies)
    assert value(layer, "nia", "people") == 4
    assert value(layer, "sam", "people") == 0
    assert value(layer, "sam2", "people") == 0  # no attribute anywhere: no row, not all rows
    (company.root / "people.csv").write_text(
        "user,role,area\nnia,boss,North\nnia,region,\n", "utf-8"
    )
    with pytest.raises(DefinitionError) as caught:
        company.layer(policies).scope("nia")
    assert {i.code for i in caught.value.issues} == {"UNKNOWN_ROLE", "DUPLICATE_ID"}


def test_row_rules_of_one_source_replace_the_general_one(company):
    policies = """
    roles:
      north: {rows: {region: [North]}, shared: [calls], sources: {deals: {rows: {unit: [Pumps]}, where: amount < 30}}}
    users: {a: {role: north}}
    """
    layer = company.layer(policies)
    assert value(layer, "a", "revenue") == 7.0
    assert value(layer, "a", "people") == 4


def listed(layer, user, *columns, model="people"):
    scope = layer.scope(user)
    tree = layer.relation(model, {c: Field(c) for c in columns}, scope)
    return sorted(layer.run_tree(tree, scope).rows, key=str)


def test_masked_columns_show_a_pattern(company):
    layer = company.layer(ORG)
    rows = listed(layer, "ann", "name", "phone", "email")
    assert rows == [
        ("L**", "139*****79", "l***@b.example"),
        ("张**", "138*****78", "z***@a.example"),
    ]
    assert (None, None, None) in listed(layer, "cyd", "name", "phone", "email")
    assert listed(layer, "bob", "phone", "email")[1] == ("136*****71", "q***@d.example")
    assert listed(layer, "bob", "phone", "email")[0] == ("***", "***")
    assert listed(layer, "adm", "phone")[0] == ("021",)
    assert ("138*****78",) in listed(layer, "boss", "people.phone", model="deals")


def test_another_model_of_the_same_table_is_masked_too(company):
    layer = company.layer(ORG)
    assert ("138*****78",) in listed(layer, "amy", "phone", model="contacts_again")


def test_pseudonyms_are_equal_for_equal_values_and_keep_the_key(company, monkeypatch):
    layer = company.layer(ORG.replace("phone: phone", "phone: hash"))
    scope = layer.scope("amy")
    tree = layer.relation("people", {"phone": Field("phone")}, scope)
    from semantic_layer.compile.masks import pseudonym_key

    key = pseudonym_key(layer.project.home)
    assert key not in tree.sql("duckdb")
    found = [r[0] for r in layer.run_tree(tree, scope).rows]
    assert found == [r[0] for r in layer.run_tree(tree, scope).rows]
    known = [f for f in found if f]
    assert len(set(known)) == 5
    assert all(len(f) == 16 and not f.startswith("13") for f in known)
    import hashlib

    assert hashlib.sha256(f"{key}13812345678".encode()).hexdigest()[:16] in known
    assert hashlib.sha256(b"13812345678").hexdigest()[:16] not in known


USES = [
    lambda layer, s: layer.run(Query(metrics=("phones",)), s),
    lambda layer, s: layer.relation("people", {"x": Field("LENGTH(phone)")}, s),
    lambda layer, s: layer.relation("people", {"x": Field("known")}, s),
    lambda layer, s: layer.relation("people", {"id": Field("id")}, s, where=["phone = '021'"]),
    lambda layer, s: layer.relation("deals", {"id": Field("id")}, s, where=["people.phone > '13'"]),
    lambda layer, s: layer.relation("people", {"p": Field("phone"), "q": Field("phone || ''")}, s),
]


@pytest.mark.parametrize("use", USES)
def test_masked_columns_are_only_shown(company, use):
    layer = company.layer(ORG)
    with pytest.raises(DeniedError) as caught:
        use(layer, layer.scope("boss"))
    assert caught.value.code == "COLUMN_MASKED"
    use(layer, layer.scope("adm"))


def test_metric_and_tool_rules(company):
    layer = company.layer("""
    roles:
      a: {metrics: {deny: [revenue]}, tools: {deny: [list_values]}}
      b: {metrics: {only: [size]}, tools: {only: [query_metrics, list_metrics]}}
    users: {a: {role: a}, b: {role: b}}
    """)
    for user, open_, shut in (
        ("a", "deals", ("revenue", "size")),
        ("b", "size", ("revenue", "deals")),
    ):
        scope = layer.scope(user)
        context = ToolContext(layer, scope)
        layer.run(Query(metrics=(open_,)), scope)
        for metric in shut:
            for query in (
                Query(metrics=(metric,)),
                Query(metrics=(open_,), having=(MetricFilter(metric=metric, op="gt", value=0),)),
            ):
                with pytest.raises(DeniedError) as caught:
                    layer.run(query, scope)
                assert caught.value.code == "METRIC_DENIED"
        listed_ids = {m.id for m in get_tool("list_metrics").run({}, context).metrics}
        assert open_ in listed_ids
        assert not listed_ids & set(shut)
        with pytest.raises(DeniedError) as caught:
            get_tool("list_values").run({"dimension": "unit"}, context)
        assert caught.value.code == "TOOL_DENIED"


SMALL = """
personal: {models: [people], k: 3}
roles: {all: {}, open: {personal: true}}
users: {a: {role: all}, o: {role: open}}
"""


def test_small_groups_lose_their_values_and_say_so(company):
    layer = company.layer(SMALL)
    query = Query(metrics=("people",), dimensions=("region",))
    opened = layer.run(query, layer.scope("o"))
    assert sorted(opened.rows) == [("North", 4), ("South", 2)]
    shown = layer.run(query, layer.scope("a"))
    assert sorted(shown.rows) == [("North", None), ("South", None)]  # one alone could be subtracted
    assert shown.suppressed == 2
    assert shown.notes == ("SMALL_GROUPS",)
    assert layer.run(Query(metrics=("people",)), layer.scope("a")).rows == ((6,),)


def test_a_condition_tells_nothing_of_a_small_group(company):
    layer = company.layer(SMALL)
    for op, bound in (("lt", 3), ("eq", 2), ("gt", 1)):
        having = (MetricFilter(metric="people", op=op, value=bound),)
        query = Query(metrics=("people",), dimensions=("region",), having=having)
        found = layer.run(query, layer.scope("a")).rows
        assert "South" not in [row[0] for row in found]


def test_rows_of_people_are_not_listed(company):
    layer = company.layer(SMALL)
    with pytest.raises(DeniedError) as caught:
        layer.relation("people", {"id": Field("id")}, layer.scope("a"))
    assert caught.value.code == "ROWS_OF_PEOPLE"
    layer.relation("people", {"id": Field("id")}, layer.scope("a"), suppresses=True)


MISTAKES = [
    ("roles: {a: {rows: {regio: [x]}}}", "UNKNOWN_DIMENSION"),
    ("roles: {a: {shared: [deal]}}", "UNKNOWN_MODEL"),
    ("roles: {a: {sees: unit}}", "UNKNOWN_LEVEL"),
    ("roles: {a: {preset: king}}", "BAD_CHOICE"),
    ("roles: {a: {mask: {people: {phone: fone}}}}", "BAD_CHOICE"),
    ("roles: {a: {mask: {people: {id: hash}}}}", "MASK_KEY"),
    ("roles: {a: {mask: {people: {owner: hash}}}}", "MASK_KEY"),
    ("roles: {a: {mask: {people: {known: all}}}}", "MASK_COMPUTED"),
    ("roles: {a: {metrics: {deny: [revenu]}}}", "UNKNOWN_METRIC"),
    ("roles: {a: {sources: {calls: {rows: {region: [x]}}}}}", "DIMENSION_NOT_BOUND"),
    ("roles: {a: {sources: {deals: {where: 'amount > (SELECT 1)'}}}}", "BAD_EXPRESSION"),
    ("roles: {a: {sources: {deals: {where: 'peopel.region = 1'}}}}", "UNKNOWN_JOIN"),
    ("personal: {models: [peple]}", "UNKNOWN_MODEL"),
    ("org: {levels: [{id: unit, dimension: unit}]}", "BAD_VALUE"),
    (
        "org: {levels: [{id: u, dimension: unit}, {id: p, dimension: owner}], tree: {a: {b: c}}}",
        "BAD_TREE",
    ),
    (
        "org: {levels: [{id: u, dimension: unit}], source: {model: staff, columns: {x: unit}}}",
        "MISSING_KEY",
    ),
    ("people: {model: staff, id: id, role: job, roles: {head: boss}}", "UNKNOWN_ROLE"),
    ("directory: {file: none.csv}", "NO_FILE"),
    ("users: {a: {role: b}}", "UNKNOWN_ROLE"),
    ("roles: {a: {rows: {unit: user.unit}}}\nusers: {a: {role: a}}", "MISSING_ATTRIBUTE"),
    ("grants: [{users: [x], rows: {unit: [a]}, models: [deals], reason: r}]", "UNKNOWN_USER"),
    ("grants: [{rows: {unit: [a]}, models: [deals], reason: r}]", "MISSING_KEY"),
    ("roles: {a: {may_use_sq: true}}", "UNKNOWN_KEY"),
]


@pytest.mark.parametrize(("text", "code"), MISTAKES)
def test_mistakes_have_a_line(company, text, code):
    with pytest.raises(DefinitionError) as caught:
        company.layer(text)
    codes = {i.code: i for i in caught.value.issues}
    assert code in codes
    assert codes[code].file == "policies.yml"
    assert codes[code].line >= 1


def test_denied_metric_parts_are_no_way_in(company):
    """A metric that contains a denied one would tell it: revenue = size x deals."""
    layer = company.layer("roles: {a: {metrics: {deny: [deals]}}}\nusers: {a: {role: a}}")
    with pytest.raises(QueryError):
        layer.run(Query(metrics=("size",)), layer.scope("a"))
