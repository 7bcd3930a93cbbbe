"""Every tool x random policies x random questions x two users: the answer depends on nothing forbidden.

Beside the company stands a twin of which each user's forbidden rows have been taken out by hand, and
whose hidden columns hold something else. Under the same rights both must give the same answer, word
for word, also when they refuse. What has totals is added up by hand besides.
"""

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from semantic_layer import AskmqlError, SemanticLayer
from semantic_layer.compile.door import MODEL_MARK, SCAN
from semantic_layer.compile.verify import verify
from semantic_layer.errors import CompilationError
from semantic_layer.rights import Policies, scope_for
from tools import TOOLS, ToolContext, get_tool
from tools.plain import plain

DEFINITIONS = Path(__file__).with_name("garden") / "defs.yml"
PROJECT = "timezone: Asia/Shanghai\nlocale: en\ntoday: 2026-06-01\nengine: {path: data.duckdb, threads: 1}\n"
OWNERS = ("ann", "bob", "cyd")
REGIONS = ("North", "South")
CHANNELS = ("fair", "web", "ads")
MODELS = ("first_touch", "last_touch", "linear", "u_shaped", "w_shaped", "time_decay")
TABLES = {
    "staff": "id VARCHAR, name VARCHAR",
    "campaigns": "id VARCHAR, name VARCHAR, channel VARCHAR",
    "accounts": "id VARCHAR, name VARCHAR, owner VARCHAR, region VARCHAR, size VARCHAR",
    "contacts": "id VARCHAR, account_id VARCHAR, human VARCHAR, name VARCHAR, title VARCHAR, phone VARCHAR",
    "leads": "id VARCHAR, contact_id VARCHAR, account_id VARCHAR, owner VARCHAR, channel VARCHAR, "
    "campaign_id VARCHAR, created_at TIMESTAMP, mql_at TIMESTAMP, closed_at TIMESTAMP, reason VARCHAR",
    "touches": "id VARCHAR, contact_id VARCHAR, account_id VARCHAR, touched_at TIMESTAMP, channel VARCHAR, "
    "campaign_id VARCHAR, kind VARCHAR",
    "deals": "id VARCHAR, account_id VARCHAR, lead_id VARCHAR, owner VARCHAR, name VARCHAR, "
    "amount DECIMAL(12,2), stage VARCHAR, opened_on DATE, closed_on DATE, won BOOLEAN",
    "orders": "id VARCHAR, deal_id VARCHAR, account_id VARCHAR, lead_id VARCHAR, owner VARCHAR, "
    "amount DECIMAL(12,2), signed_on DATE, cancelled_on DATE",
    "notes": "id VARCHAR, lead_id VARCHAR, account_id VARCHAR, owner VARCHAR, noted_at TIMESTAMP, text VARCHAR",
    "costs": "id VARCHAR, campaign_id VARCHAR, channel VARCHAR, spent_on DATE, amount DECIMAL(12,2)",
}
SHARED = ("staff", "campaigns", "costs")
PERSONAL = ("name", "phone")


# --- the company --------------------------------------------------------------------------


def grow():
    """Return every table's rows; names and amounts of a row occur nowhere else."""
    rng = random.Random(6)
    begin = date(2025, 9, 1)

    def day(after=begin, most=240):
        return min(after + timedelta(days=rng.randint(0, most)), date(2026, 5, 30))

    rows = {name: [] for name in TABLES}
    rows["staff"] = [(o, f"Seller {o.title()}") for o in OWNERS]
    rows["campaigns"] = [(f"M{n}", f"Campaign {n}", CHANNELS[n % 3]) for n in range(4)]
    rows["costs"] = [(f"K{n}", f"M{n % 4}", CHANNELS[n % 4 % 3], day(), 100 + n) for n in range(8)]
    for n in range(14):
        owner, region = OWNERS[n % 3], REGIONS[n // 7]
        rows["accounts"].append((f"A{n}", f"Firm {n:02d} {owner}", owner, region, "SML"[n % 3]))
        for i in range(2):
            human = f"H{n}" if n % 2 else f"H{n}-{i}"
            contact = f"C{n}-{i}"
            name = "Li Lei" if n in {0, 1, 8} and not i else f"Person {n:02d}{i}"
            rows["contacts"].append((contact, f"A{n}", human, name, "buyer", f"138{n:04d}{i:04d}"))
        for i in range(rng.randint(1, 5)):
            kind = rng.choice(["form", "visit", "call", "open"])
            rows["touches"].append(
                (f"T{n}-{i}", f"C{n}-{i % 2}", f"A{n}", _noon(day()), rng.choice(CHANNELS),
                 rng.choice(["M0", "M1", "M2", "M3", None]), kind)
            )  # fmt: skip
        for i in range(rng.randint(1, 2)):
            _lead(rng, rows, n, i, owner if rng.random() < 0.8 else rng.choice(OWNERS), day)
    return rows


def _noon(day):
    return f"{day} 09:30:00"


def _lead(rng, rows, n, i, owner, day):
    lead, born = f"L{n}-{i}", day()
    mql = day(born, 20) if rng.random() < 0.7 else None
    closed = day(born, 90) if rng.random() < 0.25 else None
    rows["leads"].append(
        (lead, f"C{n}-{i}", f"A{n}", owner, rng.choice(CHANNELS), rng.choice(["M0", "M1", None]),
         _noon(born), mql and _noon(mql), closed and _noon(closed), closed and f"reason {lead}")
    )  # fmt: skip
    rows["notes"].append((f"N{n}-{i}", lead, f"A{n}", owner, _noon(day(born, 30)), f"They need {lead} urgently, budget is {1000 + n * 10 + i} thousand"))  # fmt: skip
    if mql is None or rng.random() < 0.2:
        return
    opened, amount = day(mql, 30), 1000 + 37 * n + i + 0.25
    won = rng.random() < 0.7
    signed = day(opened, 60)
    rows["deals"].append((f"D{n}-{i}", f"A{n}", lead, owner, f"Deal {n}-{i}", amount, "won" if won else "open", opened, signed if won else None, won))  # fmt: skip
    if won:
        cancelled = day(signed, 10) if rng.random() < 0.15 else None
        rows["orders"].append((f"O{n}-{i}", f"D{n}-{i}", f"A{n}", lead, owner, amount - 1, signed, cancelled))  # fmt: skip


def build(root, rows):
    """Write a project with these rows."""
    (root / "semantic_layer").mkdir(parents=True)
    (root / "askmql.yml").write_text(PROJECT, "utf-8")
    (root / "semantic_layer" / "defs.yml").write_bytes(DEFINITIONS.read_bytes())
    with duckdb.connect(str(root / "data.duckdb")) as con:
        for name, columns in TABLES.items():
            con.execute(f"CREATE TABLE {name} ({columns})")
            if rows[name]:
                marks = ", ".join("?" * len(columns.split(", ")))
                con.executemany(f"INSERT INTO {name} VALUES ({marks})", rows[name])
    return SemanticLayer.load(root)


# --- who may see what ---------------------------------------------------------------------


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
    denied = draw(st.lists(st.sampled_from(["costs", "notes", "deals", "touches"]), max_size=1))
    role["denied"] = denied
    column = draw(st.sampled_from([None, "hide", "mask"]))
    if column == "hide":
        role["hide"] = {"contacts": list(PERSONAL), "orders": ["amount"]}
    elif column == "mask":
        role["mask"] = {"contacts": {"name": "all", "phone": "all"}}
    role["personal"] = column is None and draw(st.booleans())
    role["may_use_sql"] = draw(st.booleans())
    role["tools"] = {"deny": draw(st.lists(st.sampled_from(sorted(GENERATORS)), max_size=1))}
    role["metrics"] = {"deny": draw(st.lists(st.sampled_from(["revenue", "leads"]), max_size=1))}
    return role


@dataclass(frozen=True)
class Seen:
    """What a role opens of one company, worked out by hand."""

    rows: dict

    def where(self, table, test=lambda _: True):
        """Return the permitted rows of a table that pass a test, as dicts."""
        names = [c.split()[0] for c in TABLES[table].split(", ")]
        found = (dict(zip(names, row, strict=True)) for row in self.rows[table])
        return [row for row in found if test(row)]


PLACE = {
    "accounts": 0,
    "contacts": 1,
    "leads": 2,
    "touches": 2,
    "deals": 1,
    "orders": 2,
    "notes": 2,
}
"""Where a row names its account, whose region and (unless it has one of its own) owner it has."""
OWN = {"accounts": 2, "leads": 3, "deals": 3, "orders": 4, "notes": 3}


def permitted(rows, role):
    """Return the twin's rows: without forbidden ones, and with other values in hidden columns."""
    firms = {row[0]: row for row in rows["accounts"]}
    visible = {i for i, row in firms.items() if _opens(role["rows"], row[2], row[3])}
    out = {name: list(rows[name]) for name in SHARED}
    for name, place in PLACE.items():
        out[name] = [r for r in rows[name] if _may_see(role, name, r, firms[r[place]], visible)]
    out |= {name: [] for name in role["denied"]}
    if "hide" in role or "mask" in role:
        out["contacts"] = [(*r[:3], f"Other {r[0]}", r[4], "000") for r in out["contacts"]]
    if "hide" in role:
        out["orders"] = [(*r[:5], 7, *r[6:]) for r in out["orders"]]
    return Seen(out)


def _opens(rule, owner, region):
    return owner in rule.get("owner", [owner]) and region in rule.get("region", [region])


def _may_see(role, name, row, firm, visible):
    own = row[OWN[name]] if name in OWN else firm[2]
    special = role.get("sources", {}).get(name)
    if special is not None:
        return _opens(special["rows"], own, firm[3]) and row[5] < 1300
    # A condition on a joined model looks through that model's own rule.
    by_firm = name not in OWN or "region" in role["rows"]
    return _opens(role["rows"], own, firm[3]) and (firm[0] in visible or not by_firm)


# --- what is asked ------------------------------------------------------------------------

ROWS = grow()
FIRMS = [row[1] for row in ROWS["accounts"]]
NAMES = sorted({row[3] for row in ROWS["contacts"]})
LEADS = [row[0] for row in ROWS["leads"]]
METRICS = ("leads", "contacts", "touches", "deals", "revenue", "orders", "buyers", "middle", "order_size",
           "per_lead", "so_far", "growth", "touched", "cost", "top")  # fmt: skip
DIMENSIONS = ("owner", "region", "account", "channel", "campaign", "size", "phone")
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
}
NOT_COMPARED = {"sql", "timings_ms", "elapsed_ms"}
"""How it was found out, not what: the text has the asker's own rules in it."""


def test_every_tool_is_called_with_arguments_of_its_own():
    """A new tool fails here until it has a generator above."""
    assert set(GENERATORS) == {tool.name for tool in TOOLS}


@given(st.data())
@settings(max_examples=30)
def test_the_arguments_are_valid(data):
    for tool in TOOLS:
        tool.args.model_validate(data.draw(GENERATORS[tool.name], label=tool.name))


# --- the answer depends on what is permitted alone ----------------------------------------


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    layer = build(tmp_path_factory.mktemp("garden") / "project", ROWS)
    yield layer
    layer.sql.close()


@dataclass(frozen=True)
class Desk:
    """One user before one company."""

    layer: SemanticLayer
    scope: object

    def ask(self, tool, args):
        """Return what the tool says, as text without the SQL, and with it."""
        try:
            found = plain(get_tool(tool).run(args, ToolContext(self.layer, self.scope, "en", "me")))
        except AskmqlError as error:
            found = {
                "code": error.code,
                "said": [str(error), error.hint, *error.candidates, error.params],
            }
        return _written(_without(found)), _written(found)


def _written(found):
    return json.dumps(found, ensure_ascii=False, sort_keys=True, default=str)


def _without(found):
    """Drop how it was found out."""
    if isinstance(found, dict):
        return {k: _without(v) for k, v in found.items() if k not in NOT_COMPARED}
    return [_without(v) for v in found] if isinstance(found, list) else found


def at_home(layer, home):
    """The same company with a state of its own."""
    from dataclasses import replace

    other = SemanticLayer(replace(layer.project, home=home), layer.definitions, layer.engine)
    other._lanes = [layer.sql]
    return other


def texts(rows):
    return {
        v
        for items in rows.values()
        for row in items
        for v in row
        if isinstance(v, str) and len(v) > 1
    }


@settings(max_examples=12)
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


ASKED = {
    "query_metrics": {"metrics": ["revenue", "contacts"]},
    "list_values": {"dimension": "account"},
    "attribute_revenue": {},
    "campaign_impact": {"campaign": "Campaign 0"},
    "analyze_funnel": {},
    "customer_journey": {"account": FIRMS[1]},
    "run_sql": {"sql": "SELECT * FROM orders"},
    "summarize_lead": {"lead": "L1-0"},
    "score_leads": {},
    "rank_leads": {},
    "judge_lead": {"lead": "L1-0", "comment": "x"},
}
SAYS_NO_ROWS = {"list_metrics", "describe_metric", "describe_data"}


@pytest.fixture(scope="module")
def ann(garden, tmp_path_factory):
    """The company and its twin before one user, whose rules are given by hand."""
    role = {"rows": {"owner": ["ann"]}, "denied": []}
    twin = build(tmp_path_factory.mktemp("ann") / "project", permitted(ROWS, role).rows)
    yield twin
    twin.sql.close()


@pytest.mark.parametrize("tool", sorted(GENERATORS.keys() - SAYS_NO_ROWS))
def test_a_lost_rule_would_be_noticed(garden, ann, tmp_path, tool):
    """The twin is worth something: without rules each tool that reads rows answers otherwise."""
    from semantic_layer.scope import Scope

    blind = Scope(may_use_sql=True)
    whole = Desk(at_home(garden, tmp_path), blind)
    assert whole.ask(tool, ASKED[tool])[0] != Desk(ann, blind).ask(tool, ASKED[tool])[0]


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
    for tool in sorted(GENERATORS.keys() - {"judge_lead"}):
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
    for tool in sorted(GENERATORS.keys() - SAYS_NO_ROWS):
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
