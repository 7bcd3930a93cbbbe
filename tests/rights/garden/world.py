"""A nursery of which everything is known: its rows, who may see which, and a desk to ask at."""

import json
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from semantic_layer import AskmqlError, SemanticLayer
from tools import ToolContext, get_tool
from tools.plain import plain

DEFINITIONS = Path(__file__).with_name("defs.yml")
PROJECT = "timezone: Asia/Shanghai\nlocale: en\ntoday: 2026-06-01\nengine: {path: data.duckdb, threads: 1}\n"
OWNERS = ("ann", "bob", "cyd")
REGIONS = ("North", "South")
CHANNELS = ("fair", "web", "ads")
PRODUCTS = ("Fern", "Maple", "Rose", "Sage")
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
    "amount DECIMAL(12,2), signed_on DATE, cancelled_on DATE, product VARCHAR",
    "logins": "id VARCHAR, account_id VARCHAR, day DATE, times INTEGER",
    "tickets": "id VARCHAR, account_id VARCHAR, owner VARCHAR, opened_on DATE, closed_on DATE, rating INTEGER",
    "payments": "id VARCHAR, account_id VARCHAR, order_id VARCHAR, paid_on DATE, amount DECIMAL(12,2)",
    "notes": "id VARCHAR, lead_id VARCHAR, account_id VARCHAR, owner VARCHAR, noted_at TIMESTAMP, text VARCHAR",
    "costs": "id VARCHAR, campaign_id VARCHAR, channel VARCHAR, spent_on DATE, amount DECIMAL(12,2)",
}
SHARED = ("staff", "campaigns", "costs")


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
    _serve(random.Random(7), rows, day)
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
        rows["orders"].append((f"O{n}-{i}", f"D{n}-{i}", f"A{n}", lead, owner, amount - 1, signed, cancelled, PRODUCTS[(n + i) % 4]))  # fmt: skip


def _serve(rng, rows, day):
    """What follows a sale: more orders, payments, use, tickets; a firm's seller is mostly its owner."""
    for n, (firm, _, owner, *_) in enumerate(rows["accounts"]):
        for i in range(n % 3):
            rows["orders"].append((f"O{n}-r{i}", None, firm, None, rng.choice([owner, owner, "cyd"]), 400 + 29 * n + i + 0.5, date(2025, 9 + i, 5 + n), None, PRODUCTS[(n * 3 + i) % 4]))  # fmt: skip
        for i in range(n % 5 * 2):
            rows["logins"].append((f"U{n}-{i}", firm, day(), 1 + rng.randint(0, 6)))
        for i in range(n % 4):
            opened = day()
            closed = day(opened, 30) if rng.random() < 0.6 else None
            rows["tickets"].append((f"S{n}-{i}", firm, rng.choice(OWNERS), opened, closed, closed and rng.randint(1, 5)))  # fmt: skip
    for order in rows["orders"]:
        if rng.random() < 0.6:
            share = rng.choice([1, 0.5])
            rows["payments"].append((f"P{order[0]}", order[2], order[0], day(order[6], 40), order[5] * share))  # fmt: skip


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
    return at_home(SemanticLayer.load(root), root / "home")


# --- who may see what ---------------------------------------------------------------------


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
    "logins": 1,
    "tickets": 1,
    "payments": 1,
}
"""Where a row names its account, whose region and (unless it has one of its own) owner it has."""
OWN = {"accounts": 2, "leads": 3, "deals": 3, "orders": 4, "notes": 3, "tickets": 2}


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


ROWS = grow()
FIRMS = [row[1] for row in ROWS["accounts"]]
NAMES = sorted({row[3] for row in ROWS["contacts"]})
LEADS = [row[0] for row in ROWS["leads"]]
# --- asking -------------------------------------------------------------------------------

NOT_COMPARED = {"sql", "timings_ms", "elapsed_ms", "said_on"}
"""How and when it was found out, not what: the text of SQL has the asker's own rules in it."""


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
    """The same company with a state of its own, whatever home the environment names."""
    other = SemanticLayer(replace(layer.project, home=home), layer.definitions, layer.engine)
    other._lanes = [layer.sql]
    return other


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
    "account_health": {},
    "predict_customers": {},
    "customer_value": {},
    "suggest_cross_sell": {},
    "find_dormant_customers": {},
    "summarize_account": {"account": FIRMS[1]},
    "describe_method": {"topic": "attribution"},
}
SAYS_NO_ROWS = {"list_metrics", "describe_metric", "describe_method", "describe_data"}
