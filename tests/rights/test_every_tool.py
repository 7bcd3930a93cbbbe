"""Every tool x random policies x random questions x two users: the answer depends on nothing forbidden.

Beside the company stands a twin of which each user's forbidden rows have been taken out by hand, and
whose hidden columns hold something else. Under the same rights both must give the same answer, word
for word, also when they refuse. What has totals is added up by hand besides.
"""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from semantic_layer.rights import Policies, scope_for
from semantic_layer.scope import Scope
from tools import TOOLS

_found = importlib.util.spec_from_file_location(
    "garden_world", Path(__file__).with_name("garden") / "world.py"
)
world = importlib.util.module_from_spec(_found)
_found.loader.exec_module(world)

CHANNELS, FIRMS, LEADS, NAMES, OWNERS, REGIONS, ROWS = (
    world.CHANNELS, world.FIRMS, world.LEADS, world.NAMES, world.OWNERS, world.REGIONS, world.ROWS
)  # fmt: skip
ASKED, SHARED, Desk, at_home, build, permitted = (
    world.ASKED, world.SHARED, world.Desk, world.at_home, world.build, world.permitted
)  # fmt: skip
MODELS = ("first_touch", "last_touch", "linear", "u_shaped", "w_shaped", "time_decay")
METRICS = ("leads", "contacts", "touches", "deals", "revenue", "orders", "buyers", "middle", "order_size",
           "per_lead", "so_far", "growth", "touched", "cost", "top")  # fmt: skip
DIMENSIONS = ("owner", "region", "account", "channel", "campaign", "size", "phone")
DENIABLE = ("costs", "notes", "deals", "touches", "logins", "tickets", "payments")
OF = {"owner": OWNERS, "region": REGIONS, "account": FIRMS, "channel": CHANNELS, "campaign": [f"Campaign {n}" for n in range(4)], "size": "SML", "phone": ["13800000000"]}  # fmt: skip


def maybe(**choices):
    """Return arguments of which each may be left out."""
    return st.fixed_dictionaries({}, optional=choices)


def one(values):
    return st.sampled_from(list(values))


SPANS = one([("2026-01-01", "2026-04-01"), ("2025-09-01", "2026-06-01"), ("2026-05-01", "2026-05-15")])  # fmt: skip
TIMES = SPANS.map(lambda s: {"start": s[0], "end": s[1]})
FILTERS = one(DIMENSIONS).flatmap(
    lambda d: st.lists(one(OF[d]), min_size=1, max_size=2, unique=True).map(
        lambda values: [{"dimension": d, "values": values}]
    )
)
ACCOUNTS = one([*FIRMS, "A3", "Firm", "Firm 1", "Frim 01 bob"])
JOURNEYS = {
    "conversion": one(["opportunity", "order", "order"]),
    "time": TIMES,
    "basis": one(["close", "cohort"]),
    "anchor": one(["close", "lead", "opportunity"]),
    "lookback_days": one([30, 365]),
    "scope": one(["account", "person", "lead"]),
    "filters": FILTERS,
    "touch_filters": FILTERS,
    "marketing_only": st.booleans(),
}


def both(required, optional):
    return st.tuples(required, optional).map(lambda pair: {**pair[0], **pair[1]})


SQL = one(
    [
        "SELECT * FROM orders", "SELECT id, name, phone FROM contacts", "SELECT * FROM big",
        "SELECT a.region, count(*) AS n FROM leads l JOIN accounts a ON a.id = l.account_id GROUP BY 1 ORDER BY 1",
        "SELECT count(*) AS n FROM touches t WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.account_id = t.account_id)",
        "SELECT owner, sum(amount) AS s, rank() OVER (ORDER BY sum(amount) DESC) AS r FROM deals GROUP BY owner ORDER BY r",
        "SELECT text FROM notes ORDER BY id", "SELECT sum(amount) AS s FROM costs",
        "SELECT l.id, o.amount FROM leads l FULL JOIN orders o ON o.lead_id = l.id ORDER BY 1, 2",
        "SELECT id FROM contacts WHERE phone LIKE '138%'", "SELECT nothing FROM leads",
    ]
)  # fmt: skip
GENERATORS = {
    "query_metrics": both(
        st.lists(one(METRICS), min_size=1, max_size=2, unique=True).map(lambda m: {"metrics": m}),
        maybe(
            dimensions=st.lists(one(DIMENSIONS), max_size=2, unique=True),
            filters=FILTERS,
            time=TIMES,
            grain=one(["month", "quarter"]),
            compare=st.just({"kind": "previous_period"}),
            share=st.just(True),
            limit=one([1, 3]),
        ),
    ),
    "list_metrics": maybe(search=one(["revenue", "ann", "Firm 01"]), level=one(["why", "what"])),
    "describe_metric": one([*METRICS, "no such"]).map(lambda m: {"metric": m}),
    "describe_method": one(["attribution", "health"]).map(lambda t: {"topic": t}),
    "list_values": both(
        one(DIMENSIONS).map(lambda d: {"dimension": d}),
        maybe(search=one(["Firm 0", "N", "138"]), limit=one([1, 50])),
    ),
    "describe_data": st.just({}),
    "attribute_revenue": maybe(
        **JOURNEYS,
        models=st.lists(one(MODELS), min_size=1, max_size=2, unique=True),
        by=one(["channel", "campaign", "owner", "account"]),
        measure=one(["amount", "count"]),
        groups=st.lists(one([*CHANNELS, *FIRMS[:4], "nobody"]), max_size=1),
        limit=one([1, 5]),
        explain=one([row[0] for row in ROWS["orders"]]),
        recommend=st.booleans(),
    ),
    "campaign_impact": both(
        one([*OF["campaign"], "Campaign 9"]).map(lambda c: {"campaign": c}),
        maybe(
            **{k: v for k, v in JOURNEYS.items() if k != "anchor"},
            models=one(MODELS),
            limit=one([0, 3]),
        ),
    ),
    "analyze_funnel": maybe(
        stages=one([["lead", "order"], ["lead", "mql", "opportunity"], ["opportunity", "order"]]),
        view=one(["cohort", "event"]),
        by=one(DIMENSIONS),
        time=TIMES,
        filters=FILTERS,
        within_days=one([30, 200]),
        compare=one(["previous_period", "previous_year"]),
        stalled_days=one([10]),
        limit=one([1, 50]),
    ),
    "customer_journey": both(
        st.one_of(
            one([*FIRMS, "Firm", "A3", "Frim 01 bob"]).map(lambda v: {"account": v}),
            one([*NAMES, "C1-0", "Persn 011"]).map(lambda v: {"person": v}),
            one([*LEADS, "L99-0"]).map(lambda v: {"lead": v}),
        ),
        maybe(time=TIMES, limit=one([1, 200]), marketing_only=st.booleans()),
    ),
    "run_sql": both(SQL.map(lambda s: {"sql": s}), maybe(limit=one([2, 500]))),
    "summarize_lead": both(
        one([*LEADS, *NAMES, "nobody"]).map(lambda v: {"lead": v}),
        maybe(company=one([*FIRMS, "Firm"])),
    ),
    "score_leads": maybe(
        leads=st.lists(one(LEADS), max_size=3, unique=True),
        owner=one([*OWNERS, "Seller Ann", "zoe"]),
        level=one(["hot", "warm", "no"]),
        days=one([30, 900]),
        limit=one([2, 100]),
    ),
    "rank_leads": maybe(
        owner=one([*OWNERS, "Seller Bob"]),
        level=one(["hot", "warm"]),
        days=one([60, 900]),
        limit=one([2, 100]),
    ),
    "judge_lead": both(
        one([*LEADS, *NAMES]).map(lambda v: {"lead": v, "comment": "worth a call"}),
        maybe(score=one([1.0, 90.0, 1000.0])),
    ),
    "account_health": maybe(
        account=ACCOUNTS,
        filters=FILTERS,
        order=one(["worst", "best"]),
        expiring_days=one([30, 400]),
        band=one(["good", "watch", "poor"]),
        limit=one([2, 100]),
        explain=st.booleans(),
    ),
    "predict_customers": maybe(
        goal=one(["churn", "repurchase"]), account=ACCOUNTS, filters=FILTERS, limit=one([2, 100])
    ),
    "customer_value": maybe(
        view=one(["historic", "predicted"]),
        account=ACCOUNTS,
        filters=FILTERS,
        days=one([28, 365]),
        limit=one([2, 100]),
    ),
    "suggest_cross_sell": st.one_of(
        maybe(account=ACCOUNTS, limit=one([2, 100])),
        maybe(product=one([*world.PRODUCTS, "Ros"]), filters=FILTERS, limit=one([2, 100])),
    ),
    "find_dormant_customers": maybe(
        account=ACCOUNTS, filters=FILTERS, days=one([1, 60]), limit=one([2, 100])
    ),
    "summarize_account": ACCOUNTS.map(lambda a: {"account": a}),
}


@st.composite
def rules(draw):
    """A role: rows by owner or region or both, one model by a rule of its own, columns, tools."""
    owners = draw(st.lists(st.sampled_from(OWNERS), min_size=1, max_size=2, unique=True))
    rows = {"owner": owners}
    if draw(st.booleans()):
        rows = {"region": [draw(st.sampled_from(REGIONS))]}
    elif draw(st.booleans()):
        rows["region"] = [draw(st.sampled_from(REGIONS))]
    role = {"rows": rows, "shared": list(SHARED)}
    if draw(st.integers(0, 3)) == 0:
        role["sources"] = {"orders": {"rows": {"owner": owners}, "where": "amount < 1300"}}
    denied = draw(st.lists(st.sampled_from(DENIABLE), max_size=1))
    role["denied"] = denied
    column = draw(st.sampled_from([None, "hide", "mask"]))
    if column == "hide":
        role["hide"] = {"contacts": ["name", "phone"], "orders": ["amount"]}
    elif column == "mask":
        role["mask"] = {"contacts": {"name": "all", "phone": "all"}}
    role["personal"] = column is None and draw(st.booleans())
    role["may_use_sql"] = draw(st.booleans())
    role["tools"] = {"deny": draw(st.lists(st.sampled_from(sorted(GENERATORS)), max_size=1))}
    role["metrics"] = {"deny": draw(st.lists(st.sampled_from(["revenue", "leads"]), max_size=1))}
    return role


def test_every_tool_is_called_with_arguments_of_its_own():
    """A new tool fails here until it has a generator above."""
    assert set(GENERATORS) == {tool.name for tool in TOOLS}


@given(st.data())
@settings(max_examples=30, phases=[Phase.generate])
def test_the_arguments_are_valid(data):
    for tool in TOOLS:
        tool.args.model_validate(data.draw(GENERATORS[tool.name], label=tool.name))


# --- the answer depends on what is permitted alone ----------------------------------------


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    layer = build(tmp_path_factory.mktemp("garden") / "project", ROWS)
    yield layer
    layer.sql.close()


def texts(rows):
    return {
        v
        for items in rows.values()
        for row in items
        for v in row
        if isinstance(v, str) and len(v) > 1
    }


@pytest.mark.slow
@settings(max_examples=7, phases=[Phase.generate])  # to shrink a failure takes minutes
@given(st.tuples(rules(), rules()), st.fixed_dictionaries(GENERATORS))
def test_no_answer_depends_on_what_is_forbidden(garden, tmp_path_factory, roles, calls):
    named = dict(zip("ab", roles, strict=True))
    policies = Policies.model_validate({"roles": named, "users": {u: {"role": u} for u in named}})
    for user, role in named.items():
        scope = scope_for(policies, garden.definitions, user)
        seen = permitted(ROWS, role)
        root = tmp_path_factory.mktemp("twin")
        twin = build(root / "project", seen.rows)
        whole = Desk(at_home(garden, root / "home"), scope)
        secret = texts(ROWS) - texts(seen.rows)
        try:
            for tool, args in calls.items():
                mine, all_of_it = whole.ask(tool, args)
                assert mine == Desk(twin, scope).ask(tool, args)[0], (tool, args, role)
                asked = json.dumps(args, ensure_ascii=False)
                told = {s for s in secret if f'"{s}"' in all_of_it and s not in asked}
                assert not told, (tool, args, role)
                if tool in role["tools"]["deny"]:
                    assert '"TOOL_DENIED"' in mine
        finally:
            twin.sql.close()


@pytest.fixture(scope="module")
def ann(garden, tmp_path_factory):
    """The company and its twin before one user, whose rules are given by hand."""
    role = {"rows": {"owner": ["ann"]}, "denied": []}
    twin = build(tmp_path_factory.mktemp("ann") / "project", permitted(ROWS, role).rows)
    yield twin
    twin.sql.close()


@pytest.mark.parametrize("tool", sorted(GENERATORS.keys() - world.SAYS_NO_ROWS))
def test_a_lost_rule_would_be_noticed(garden, ann, tmp_path, tool):
    """The twin is worth something: without rules each tool that reads rows answers otherwise."""
    blind = Scope(may_use_sql=True)
    whole = Desk(at_home(garden, tmp_path), blind)
    assert whole.ask(tool, ASKED[tool])[0] != Desk(ann, blind).ask(tool, ASKED[tool])[0]
