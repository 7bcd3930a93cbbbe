"""How good an identity run is: duplicate leads before and after, agreement with what is stored."""

from __future__ import annotations

from semantic_layer.compile.relation import Field
from tools.base import Result, ToolContext
from tools.identity.normal import company_key
from tools.identity.store import IdentityStore
from tools.leads.rows import fields, lead_role

_MOST_LEADS = 5_000_000

_PAIRS = """
WITH paired AS (SELECT p.person AS ours, s.person AS theirs FROM persons AS p JOIN stored AS s USING (record)),
sizes AS (
  SELECT (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM paired GROUP BY ours)) AS ours,
         (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM paired GROUP BY theirs)) AS theirs,
         (SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM paired GROUP BY ours, theirs)) AS same
)
SELECT same / nullif(ours, 0), same / nullif(theirs, 0), ours, theirs FROM sizes
"""
_DUPLICATES = """
SELECT count(*), count(l.original), count(*) FILTER (l.original IS NOT NULL AND x.person IS DISTINCT FROM y.person)
FROM lead_rows AS l LEFT JOIN lead_rows AS o ON o.lead = l.original
LEFT JOIN persons AS x ON x.record = l.record LEFT JOIN persons AS y ON y.record = o.record
"""
_REPEATS = """
WITH ordered AS (
  SELECT l.made_at, lag(l.made_at) OVER (PARTITION BY p.person ORDER BY l.made_at, l.lead) AS before
  FROM lead_rows AS l JOIN persons AS p ON p.record = l.record
)
SELECT count(*) FILTER (made_at - before <= INTERVAL 90 DAY) FROM ordered
"""


class Agreement(Result):
    """Pairs of records that are one human here, against those of the stored identity."""

    precision: float | None
    recall: float | None
    pairs: int
    stored_pairs: int


class Duplicates(Result):
    """Leads that repeat an earlier lead: flagged in the data, and what identity leaves of them."""

    leads: int
    flagged: int
    unresolved: int
    """Flagged leads whose human is not recognised as that of the original."""
    repeats: int
    """Leads of a human who had another one in the 90 days before."""

    @property
    def before(self) -> float:
        """Duplicate rate of the raw leads."""
        return self.flagged / self.leads if self.leads else 0.0

    @property
    def after(self) -> float:
        """Duplicate rate that remains after identity resolution."""
        return self.unresolved / self.leads if self.leads else 0.0


def duplicates_of(context: ToolContext, store: IdentityStore) -> Duplicates | None:
    """Return duplicate leads before and after; None without a lead role."""
    role = context.layer.definitions.roles.lead
    if role is None or role.person is None:
        return None
    texts = fields({"lead": role.id, "record": role.person, "original": role.duplicate_of})
    texts["at"] = Field(lead_role(context).at, "wall")
    tree = context.layer.relation(role.model, texts, context.scope)
    found = context.layer.run_tree(tree, context.scope, max_rows=_MOST_LEADS)
    place = {name: found.columns.index(name) for name in texts}
    rows = [
        tuple(row[place[n]] if n in place else None for n in ("lead", "record", "original", "at"))
        for row in found.rows
    ]
    store.con.execute(
        "CREATE OR REPLACE TEMP TABLE lead_rows (lead VARCHAR, record VARCHAR, original VARCHAR, made_at TIMESTAMP)"
    )
    store.insert("lead_rows", rows)
    leads, flagged, unresolved = store.rows(_DUPLICATES)[0]
    return Duplicates(
        leads=leads, flagged=flagged, unresolved=unresolved, repeats=store.rows(_REPEATS)[0][0]
    )


def agreement_of(context: ToolContext, store: IdentityStore) -> Agreement | None:
    """Return how pairs agree with the stored identity; None where none is stored."""
    role, identity = (
        context.layer.definitions.roles.person,
        context.layer.definitions.roles.identity,
    )
    if role is None or role.identity is None or identity is None or role.model != identity.model:
        return None
    tree = context.layer.relation(
        role.model, fields({"record": role.id, "person": role.identity}), context.scope
    )
    found = context.layer.run_tree(tree, context.scope, max_rows=_MOST_LEADS)
    store.con.execute("CREATE OR REPLACE TEMP TABLE stored (record VARCHAR, person VARCHAR)")
    store.insert("stored", list(found.rows))
    precision, recall, ours, theirs = store.rows(_PAIRS)[0]
    return Agreement(
        precision=precision, recall=recall, pairs=int(ours or 0), stored_pairs=int(theirs or 0)
    )


def account_names_of(context: ToolContext) -> tuple[int, int]:
    """Return how many accounts there are, and how many distinct company names."""
    role = context.layer.definitions.roles.account
    if role is None or role.model in context.scope.denied:
        return 0, 0
    tree = context.layer.relation(
        role.model, fields({"account": role.id, "name": role.name}), context.scope
    )
    rows = context.layer.run_tree(tree, context.scope, max_rows=_MOST_LEADS).rows
    return len(rows), len({company_key(str(name)) or str(account) for account, name in rows})
