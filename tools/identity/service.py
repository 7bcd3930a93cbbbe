"""Identity of a project: run it, say how good it is, explain one human, decide by hand."""

from __future__ import annotations

from pathlib import Path

from semantic_layer import QueryError
from semantic_layer.convert import cell
from semantic_layer.result import Cell
from tools.base import Result, ToolContext
from tools.identity.decisions import DecisionStore, Kind, settle
from tools.identity.pages import pages
from tools.identity.quality import (
    Agreement,
    Duplicates,
    account_names_of,
    agreement_of,
    duplicates_of,
)
from tools.identity.store import IdentityStore, Manual, Progress, RunReport, quiet

_SHOWN = 20


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
        accounts, names = account_names_of(context)
        return IdentityReport(
            records=_one(store, "SELECT count(*) FROM persons"),
            persons=_one(store, "SELECT count(DISTINCT person) FROM persons"),
            links=tuple(Count(name=n, count=c) for n, c in links),
            conflicts=tuple(Count(name=n, count=c) for n, c in conflicts),
            review=_one(store, "SELECT count(*) FROM proposals WHERE decision = 'review'"),
            duplicates=duplicates_of(context, store),
            agreement=agreement_of(context, store),
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
