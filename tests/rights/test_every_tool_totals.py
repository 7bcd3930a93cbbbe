"""What every tool says of the nursery: totals added up by hand, one rule for names, no rule lost."""

import importlib.util
from pathlib import Path

import pytest
from sqlglot import exp

from semantic_layer.compile.door import MODEL_MARK, SCAN
from semantic_layer.compile.verify import verify
from semantic_layer.errors import CompilationError
from semantic_layer.rights import Policies, scope_for
from semantic_layer.scope import Scope
from tools import TOOLS, ToolContext, get_tool
from tools.leads.judgements import judgement_store

_found = importlib.util.spec_from_file_location(
    "garden_world", Path(__file__).with_name("garden") / "world.py"
)
world = importlib.util.module_from_spec(_found)
_found.loader.exec_module(world)

ASKED, FIRMS, LEADS, ROWS, SHARED, Desk, at_home, build, permitted = (
    world.ASKED, world.FIRMS, world.LEADS, world.ROWS, world.SHARED, world.Desk, world.at_home, world.build,
    world.permitted,
)  # fmt: skip
NAMES_OF_TOOLS = {tool.name for tool in TOOLS}


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    layer = build(tmp_path_factory.mktemp("garden") / "project", ROWS)
    yield layer
    layer.sql.close()


# --- totals, added up by hand -------------------------------------------------------------

ROLES = (
    {"owner": ["ann"]},
    {"region": ["North"]},
    {"owner": ["bob", "cyd"], "region": ["South"]},
)


@pytest.fixture(scope="module", params=ROLES, ids=["owner", "region", "both"])
def asker(request, garden):
    """One user's tools, and the rows that the user may see."""
    role = {"rows": request.param, "shared": list(SHARED), "denied": []}
    spec = {k: v for k, v in role.items() if k != "denied"}
    policies = Policies.model_validate({"roles": {"r": spec}, "users": {"u": {"role": "r"}}})
    context = ToolContext(garden, scope_for(policies, garden.definitions, "u"), "en", "u")
    return lambda tool, **args: get_tool(tool).run(args, context), permitted(ROWS, role)


def test_attributed_revenue_is_that_of_the_permitted_orders(asker):
    call, seen = asker
    orders = seen.where("orders", lambda r: r["cancelled_on"] is None)
    for by in ("channel", "campaign", "owner", "account"):
        totals = call("attribute_revenue", by=by).totals
        assert totals.conversions == len(orders)
        assert totals.amount == pytest.approx(sum(r["amount"] for r in orders))


def test_the_funnel_counts_the_permitted_entries(asker):
    call, seen = asker
    wanted = [
        len(seen.where("leads")),
        len(seen.where("leads", lambda r: r["mql_at"])),
        len(seen.where("deals")),
        len(seen.where("orders", lambda r: r["cancelled_on"] is None)),
    ]
    for by in (None, "owner", "region"):
        assert [row.entered for row in call("analyze_funnel", view="event", by=by).total] == wanted


def test_every_permitted_lead_is_scored_and_ranked(asker):
    call, seen = asker
    leads = seen.where("leads")
    scored = call("score_leads", limit=500)
    assert scored.total == len(leads)
    assert {lead.lead for lead in scored.rows} == {r["id"] for r in leads}
    ranked = call("rank_leads", days=3650, limit=200)
    assert ranked.total == len(ranked.rows) > 0
    assert {lead.lead for lead in ranked.rows} <= {r["id"] for r in leads if not r["closed_at"]}


def test_a_journey_has_the_permitted_events(asker):
    call, seen = asker
    for firm in seen.where("accounts"):
        mine = {t: seen.where(t, lambda r: r["account_id"] == firm["id"]) for t in ("touches", "leads", "deals", "orders")}  # fmt: skip  # noqa: B023
        wanted = len(mine["touches"]) + len(mine["leads"]) + len(mine["deals"])
        wanted += sum(r["mql_at"] is not None for r in mine["leads"])
        wanted += sum(r["cancelled_on"] is None for r in mine["orders"])
        assert call("customer_journey", account=firm["name"]).total_events == wanted


def test_customers_are_added_up_from_the_permitted_orders(asker):
    call, seen = asker
    orders = seen.where("orders", lambda r: r["cancelled_on"] is None)
    firms = {r["account_id"] for r in orders}
    spent = {f: sum(r["amount"] for r in orders if r["account_id"] == f) for f in firms}
    healthy = call("account_health", limit=200)
    assert {row.account: row.revenue for row in healthy.rows} == spent
    value = call("customer_value", limit=200)
    assert {row.account: row.value for row in value.rows} == spent
    assert value.value == sum(c.value for c in value.cohorts) == sum(spent.values())
    assert call("find_dormant_customers").customers == len(firms)
    assert call("suggest_cross_sell").customers == len(firms)
    assert call("predict_customers", goal="repurchase").total == len(firms)


def test_a_forecast_learns_from_the_permitted_orders(garden, tmp_path, monkeypatch):
    """Every method, as far as the arithmetic: the twin says the same to the last cent."""
    monkeypatch.setattr("tools.customers.value.tool.LEAST_REPEATERS", 2)
    role = {"rows": {"owner": ["ann", "bob"]}, "shared": list(SHARED)}
    policies = Policies.model_validate({"roles": {"r": role}, "users": {"u": {"role": "r"}}})
    scope = scope_for(policies, garden.definitions, "u")
    twin = build(tmp_path / "twin", permitted(ROWS, {**role, "denied": []}).rows)
    args = {"view": "predicted", "days": 60}
    mine = Desk(garden, scope).ask("customer_value", args)[0]
    assert '"backtest": {' in mine
    assert mine == Desk(twin, scope).ask("customer_value", args)[0]
    assert mine != Desk(garden, Scope()).ask("customer_value", args)[0]
    twin.sql.close()


# --- what colleagues have written --------------------------------------------------------

JUDGING = [
    *(("summarize_lead", {"lead": lead}) for lead in LEADS),
    ("score_leads", {"days": 900, "limit": 200}),
    ("rank_leads", {"days": 900, "limit": 200}),
    ("rank_leads", {"days": 900, "limit": 2}),
    ("judge_lead", {"lead": "L0-0", "comment": "mine"}),
]


def test_a_judgement_of_a_lead_out_of_view_is_not_told(garden, tmp_path):
    """Colleagues have judged every lead twice; the twin knows of judgements of permitted leads."""
    role = {"rows": {"owner": ["ann"]}, "shared": list(SHARED)}
    policies = Policies.model_validate({"roles": {"r": role}, "users": {"u": {"role": "r"}}})
    scope = scope_for(policies, garden.definitions, "u")
    seen = permitted(ROWS, {**role, "denied": []})
    mine = {row["id"] for row in seen.where("leads")}
    twin = build(tmp_path / "twin", seen.rows)
    homes = {at_home(garden, tmp_path / "home"): LEADS, twin: [i for i in LEADS if i in mine]}
    for layer, judged in homes.items():
        store = judgement_store(layer.project.home)
        for author in ("bob", "cyd"):
            for lead in judged:
                store.add(lead, author, f"{author} on {lead}", 90.0 - LEADS.index(lead))
    whole, other = (Desk(layer, scope) for layer in homes)
    said = [whole.ask(tool, args)[0] for tool, args in JUDGING]
    assert said == [other.ask(tool, args)[0] for tool, args in JUDGING]
    twin.sql.close()
    for lead in LEADS:
        assert (f"cyd on {lead}" in "".join(said)) == (lead in mine), lead


# --- one rule for a person's name ---------------------------------------------------------

SWITCHES = {
    "default": ({}, {}, "masked"),
    "switched on": ({"names": "shown"}, {}, "shown"),
    "role on": ({}, {"names": "shown"}, "shown"),
    "role off": ({"names": "shown"}, {"names": "masked"}, "masked"),
    "personal": ({}, {"personal": True}, "shown"),
    "sales": ({}, {"preset": "sales"}, "shown"),
    "hidden": ({"names": "shown"}, {"hide": {"contacts": ["name"]}}, "hidden"),
    "other mask": ({"names": "shown"}, {"mask": {"contacts": {"name": "all"}}}, "other mask"),
}
NAMING = {
    "customer_journey": {"account": FIRMS[2]},
    "summarize_lead": {"lead": "L2-0"},
    "summarize_account": {"account": FIRMS[2]},
    "score_leads": {"limit": 500},
    "rank_leads": {"days": 3650, "limit": 200},
    "run_sql": {"sql": "SELECT c.name FROM contacts c JOIN leads l ON l.contact_id = c.id"},
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_name_is_shown_in_one_way_by_every_tool(garden, switch):
    everywhere, role, wanted = SWITCHES[switch]
    policies = Policies.model_validate(
        {"personal": everywhere, "roles": {"r": {"may_use_sql": True, **role}}, "users": {"u": {"role": "r"}}}
    )  # fmt: skip
    desk = Desk(garden, scope_for(policies, garden.definitions, "u"))
    stored = {row[3] for row in ROWS["contacts"]}
    for tool in sorted(NAMES_OF_TOOLS - {"judge_lead"}):
        said = desk.ask(tool, {**ASKED, **NAMING}.get(tool, {"metric": "leads"} if tool == "describe_metric" else {}))[1]  # fmt: skip
        full = {name for name in stored if f'"{name}"' in said}
        masked = {"masked": '"P**"' in said, "other mask": '"***"' in said}
        if tool not in NAMING or wanted != "shown":
            assert not full, tool
        else:
            assert full, tool
        if tool in NAMING:
            assert masked == {k: k == wanted for k in masked}, (tool, said[:300])


# --- the verifier, over every tree that a tool builds -------------------------------------

VERIFIERS = (
    "semantic_layer.layer.verify",
    "semantic_layer.compile.statement.verify",
    "semantic_layer.values.verify",
    "semantic_layer.rawsql.guard.verify",
)


def scans(tree):
    """The scans that carry conditions: SELECT ... FROM a table (or a model's query) WHERE ..."""
    found = (s for s in tree.find_all(exp.Select) if s.args.get("from_") and s.args.get("where"))
    return [s for s in found if s.args["from_"].this.alias == SCAN]


def test_a_rule_taken_out_of_any_tree_of_any_tool_is_noticed(garden, tmp_path, monkeypatch):
    """The whole WHERE, and each half of it, of every scan that must carry a rule."""
    spec = {"rows": {"owner": ["ann"], "region": ["North"]}, "shared": list(SHARED), "may_use_sql": True}  # fmt: skip
    policies = Policies.model_validate({"roles": {"r": spec}, "users": {"u": {"role": "r"}}})
    scope = scope_for(policies, garden.definitions, "u")
    built = []
    for place in VERIFIERS:
        monkeypatch.setattr(place, lambda ctx, rights, tree: built.append((ctx, rights, tree)))
    counts = {}
    for tool in sorted(NAMES_OF_TOOLS - world.SAYS_NO_ROWS):
        built.clear()
        Desk(at_home(garden, tmp_path), scope).ask(tool, ASKED[tool])
        counts[tool] = sum(_noticed(*one_built) for one_built in built)
    assert min(counts.values()) > 0, counts
    assert sum(counts.values()) >= 100, counts


def _noticed(ctx, rights, tree):
    """Count the mutants of a tree, each of which must be refused."""
    verify(ctx, rights, tree)
    count = 0
    for number, scan in enumerate(scans(tree)):
        parts = [exp.true(), *(p for p in (scan.args["where"].this.args.get("expression"),) if p)]
        for part in parts if _is_ruled(rights, scan) else ():
            broken = tree.copy()
            scans(broken)[number].set("where", exp.Where(this=part.copy()))
            with pytest.raises(CompilationError):
                verify(ctx, rights, broken)
            count += 1
    return count


def _is_ruled(rights, scan):
    """Whether the scan is of a model with rules; the door notes which model it scans."""
    named = scan.args["from_"].this.meta.get(MODEL_MARK)
    return bool(rights.rows.get(named))
