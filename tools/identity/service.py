"""Identity of a project: run it, say how good it is, explain one human, decide by hand."""

from __future__ import annotations

from pathlib import Path

from semantic_layer import QueryError
from semantic_layer.compile.relation import Field
from semantic_layer.convert import cell
from semantic_layer.result import Cell
from tools.base import Result, ToolContext
from tools.identity.decisions import DecisionStore, Kind, settle
from tools.identity.normal import company_key
from tools.identity.pages import pages
from tools.identity.store import IdentityStore, Manual, Progress, RunReport, quiet
from tools.leads.rows import fields, lead_role

_MOST_LEADS = 5_000_000
_SHOWN = 20

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


class Count(Result):
    """How many of one kind."""

    name: str
    count: int


class IdentityReport(Result):
    """How many humans there are, how they were found, how good that is."""

    records: int
    persons: int
    links: tuple[Count, ...]
    conflicts: tuple[Count, ...]
    review: int
    duplicates: Duplicates | None = None
    agreement: Agreement | None = None
    accounts: int = 0
    account_names: int = 0
    """Distinct companies among the accounts once legal forms and branches are left out."""
    runs: int = 0


class Why(Result):
    """One reason why two records are, or may be, one human. Values are masked."""

    a: str
    b: str
    rule: str
    value: str = ""
    probability: float | None = None
    bits: tuple[Count, ...] = ()


class PersonExplained(Result):
    """A human: their records, what links them, what a person should look at."""

    record: str
    person: str
    records: tuple[dict[str, Cell], ...]
    links: tuple[Why, ...]
    proposals: tuple[Why, ...]
    history: tuple[dict[str, Cell], ...]


def store_path(home: Path) -> Path:
    """Return the working file of a project's identity."""
    return home / "identity.duckdb"


def run_identity(context: ToolContext, progress: Progress = quiet) -> RunReport:
    """Load what has changed and link everything; an interrupted load goes on where it was."""
    home = context.layer.project.home
    store = IdentityStore(store_path(home))
    try:
        changed = store.load(pages(context, store.resume_after), progress)
        merged, split = settle(DecisionStore(home).in_force())
        return store.link(Manual(merged, split), changed, progress)
    finally:
        store.close()


def report_identity(context: ToolContext) -> IdentityReport:
    """Return what the last run found.

    Raises:
        QueryError: Identity has not been run.
    """
    store = _open(context)
    try:
        links = store.rows("SELECT rule, count(*) FROM links GROUP BY 1 ORDER BY 2 DESC, 1")
        conflicts = store.rows(
            "SELECT reason, count(*) FROM conflicts GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        accounts, names = _accounts(context)
        return IdentityReport(
            records=_one(store, "SELECT count(*) FROM persons"),
            persons=_one(store, "SELECT count(DISTINCT person) FROM persons"),
            links=tuple(Count(name=n, count=c) for n, c in links),
            conflicts=tuple(Count(name=n, count=c) for n, c in conflicts),
            review=_one(store, "SELECT count(*) FROM proposals WHERE decision = 'review'"),
            duplicates=_duplicates(context, store),
            agreement=_agreement(context, store),
            accounts=accounts, account_names=names,
            runs=_one(store, "SELECT count(*) FROM runs"),
        )  # fmt: skip
    finally:
        store.close()


def explain_identity(context: ToolContext, record: str) -> PersonExplained:
    """Return why a record belongs to whom it does.

    Raises:
        QueryError: Identity has not been run, or does not know the record.
    """
    store = _open(context)
    try:
        found = store.rows("SELECT person FROM persons WHERE record = ?", [record])
        if not found:
            raise QueryError(
                "UNKNOWN_RECORD",
                f"There is no record `{record}`.",
                hint="Run `askmql identity run` first.",
            )
        person = str(found[0][0])
        records = _dicts(store, """SELECT r.id, r.name, r.title, r.source, r.made_at FROM persons AS p
            JOIN records AS r ON r.id = p.record WHERE p.person = ? ORDER BY r.made_at, r.id""", [person])  # fmt: skip
        links = store.rows(
            """SELECT l.a, l.b, l.rule, l.value, l.probability FROM links AS l JOIN persons AS p ON p.record = l.b
               WHERE p.person = ? ORDER BY ALL""", [person])  # fmt: skip
        proposals = store.rows(
            """SELECT a, b, decision, probability, name_weight, company_weight, title_weight, conflict
               FROM proposals WHERE (a = ? OR b = ?) AND decision <> 'no' ORDER BY probability DESC""",
            [person, person])  # fmt: skip
        history = _dicts(
            store,
            "SELECT run, run_at, record, was, is_now FROM history WHERE record = ? ORDER BY run",
            [record],
        )
        return PersonExplained(
            record=record, person=person, records=records,
            links=tuple(Why(a=a, b=b, rule=r, value=mask(v), probability=p) for a, b, r, v, p in links),
            proposals=tuple(_proposal(row) for row in proposals), history=history,
        )  # fmt: skip
    finally:
        store.close()


def decide(context: ToolContext, kind: Kind, records: tuple[str, ...], comment: str) -> int:
    """Keep a decision and return its number; the next run obeys it.

    Raises:
        QueryError: A record is unknown, or nobody decides.
    """
    if not context.asker:
        raise QueryError("NO_AUTHOR", "It is not known who decides.", hint="Use `--as`.")
    store = _open(context)
    try:
        for record in records:
            if not _one(store, "SELECT count(*) FROM records WHERE id = ?", [record]):
                raise QueryError("UNKNOWN_RECORD", f"There is no record `{record}`.")
    finally:
        store.close()
    second = records[1] if len(records) > 1 else ""
    return DecisionStore(context.layer.project.home).add(
        kind, records[0], second, context.asker, comment
    )


def mask(value: str) -> str:
    """Return a phone, mailbox or id with its middle hidden."""
    if not value:
        return ""
    local, at, domain = value.partition("@")
    kept = max(1, len(local) // 4)
    return f"{local[:kept]}****{'' if at else local[-kept:]}{at}{domain}"


def _proposal(row: tuple[object, ...]) -> Why:
    a, b, decision, probability, name, company, title, conflict = row
    rule = f"{decision}: different phones or mailboxes" if conflict else str(decision)
    bits = (("name", name), ("company", company), ("title", title))
    shown = tuple(Count(name=n, count=round(float(str(w)))) for n, w in bits)
    return Why(a=str(a), b=str(b), rule=rule, probability=float(str(probability)), bits=shown)


def _open(context: ToolContext) -> IdentityStore:
    path = store_path(context.layer.project.home)
    if not path.exists():
        raise QueryError(
            "NO_IDENTITY", "Identity has not been run.", hint="Run `askmql identity run`."
        )
    return IdentityStore(path)


def _one(store: IdentityStore, statement: str, values: list[object] | None = None) -> int:
    rows = store.rows(statement, values or [])
    return int(str(rows[0][0])) if rows and rows[0][0] is not None else 0


def _dicts(
    store: IdentityStore, statement: str, values: list[object]
) -> tuple[dict[str, Cell], ...]:
    found = store.con.execute(statement, values)
    names = [item[0] for item in found.description]
    rows = found.fetchall()[:_SHOWN]
    return tuple({n: cell(v) for n, v in zip(names, row, strict=True)} for row in rows)


def _duplicates(context: ToolContext, store: IdentityStore) -> Duplicates | None:
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
        leads=leads, flagged=flagged, unresolved=unresolved, repeats=_one(store, _REPEATS)
    )


def _agreement(context: ToolContext, store: IdentityStore) -> Agreement | None:
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


def _accounts(context: ToolContext) -> tuple[int, int]:
    role = context.layer.definitions.roles.account
    if role is None or role.model in context.scope.denied:
        return 0, 0
    tree = context.layer.relation(
        role.model, fields({"account": role.id, "name": role.name}), context.scope
    )
    rows = context.layer.run_tree(tree, context.scope, max_rows=_MOST_LEADS).rows
    return len(rows), len({company_key(str(name)) or str(account) for account, name in rows})
