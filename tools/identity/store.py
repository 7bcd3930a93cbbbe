"""The working database of identity resolution: one DuckDB file, bounded memory, resumable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.base import Result
from tools.identity import sql
from tools.identity.pages import RawRecord, normal
from tools.identity.weights import Pattern, estimate

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int], None]
"""Called with what is being done and how many records are through."""
LINK_FROM, REVIEW_FROM = 0.99, 0.5
"""Probabilities from which a pair is linked, or shown to a person."""
_ROUNDS = 100


class RunReport(Result):
    """What one run did."""

    run: int
    records: int
    changed: int
    persons: int
    linked: int
    review: int
    moved: int
    """Records whose person is another than after the last run."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Manual:
    """What people decided: pairs that are one human, records that stand alone."""

    merged: Sequence[tuple[str, str]] = ()
    split: Sequence[str] = ()


def quiet(what: str, records: int) -> None:
    """Report to nobody."""


class IdentityStore:
    """Loads records, links them, keeps who is who.

    Args:
        path: The working file; made if it is needed. It can be rebuilt from the source.
        memory: Most memory that the linking uses.
    """

    def __init__(self, path: Path, memory: str = "1GB") -> None:
        import duckdb

        path.parent.mkdir(parents=True, exist_ok=True)
        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": 2,
            "preserve_insertion_order": False,
        }
        self.con: duckdb.DuckDBPyConnection = duckdb.connect(str(path), config=limits)
        for statement in sql.TABLES:
            self.con.execute(statement)

    def close(self) -> None:
        """Close the file."""
        self.con.close()

    # --- loading ----------------------------------------------------------------------

    @property
    def resume_after(self) -> str:
        """The last id that an interrupted run has loaded; empty when none was."""
        return self._state("after") or ""

    def load(self, pages: Iterable[Sequence[RawRecord]], progress: Progress = quiet) -> int:
        """Load pages of records, each in one transaction; return how many had changed."""
        changed = int(self._state("changed") or 0)
        done = self._count("SELECT count(*) FROM seen")
        for page in pages:
            self.con.execute("BEGIN")
            changed += self._load_page(page)
            self._keep("after", page[-1].id)
            self._keep("changed", str(changed))
            self.con.execute("COMMIT")
            done += len(page)
            progress("load", done)
        self.con.execute("BEGIN")
        for statement in sql.FORGET_GONE:
            self.con.execute(statement)
        self.con.execute("DELETE FROM state WHERE name IN ('after', 'changed')")
        self.con.execute("COMMIT")
        return changed

    def _load_page(self, page: Sequence[RawRecord]) -> int:
        ids = [record.id for record in page]
        stored = "SELECT id, digest FROM records WHERE id IN (SELECT unnest(?))"
        known = {row[0]: row[1] for row in self.rows(stored, [ids])}
        digests = {record.id: record.digest for record in page}
        fresh = [record for record in page if known.get(record.id) != digests[record.id]]
        self.insert("seen", [(i,) for i in ids])
        if not fresh:
            return 0
        again = [record.id for record in fresh]
        self.con.execute("DELETE FROM records WHERE id IN (SELECT unnest(?))", [again])
        self.con.execute("DELETE FROM keys WHERE record IN (SELECT unnest(?))", [again])
        made = [normal(record, digests[record.id]) for record in fresh]
        self.insert("records", [row for row, _ in made])
        self.insert("keys", [key for _, keys in made for key in keys])
        return len(fresh)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return every row of a fixed statement."""
        found: list[tuple[Any, ...]] = self.con.execute(statement, list(values)).fetchall()
        return found

    def insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Append rows to a working table, in the order of its columns."""
        import pandas as pd

        if rows:
            frame = pd.DataFrame(rows, columns=[f"c{i}" for i in range(len(rows[0]))])
            self.con.register("page", frame)
            self.con.table("page").insert_into(table)
            self.con.unregister("page")

    # --- linking ----------------------------------------------------------------------

    def link(self, manual: Manual, changed: int = 0, progress: Progress = quiet) -> RunReport:
        """Decide anew who is who, and publish it in one transaction.

        Args:
            manual: Decisions of people, which no rule overrules.
            changed: Records that the load found changed, for the report.
            progress: Told about each step.
        """
        begin = time.perf_counter()
        self._decisions(manual)
        total = self._count("SELECT count(*) FROM records")
        progress("keys", total)
        for statement in (
            sql.VALUES,
            sql.CONFLICTS,
            sql.KEY_LINKS,
            sql.WITHOUT_SPLIT,
            sql.MANUAL_LINKS,
        ):
            self.con.execute(statement)
        self._components(progress)
        progress("names", total)
        self._propose(total)
        self.con.execute(sql.PROBABLE_LINKS)
        self._components(progress)
        return self._publish(total, changed, begin, progress)

    def _decisions(self, manual: Manual) -> None:
        self.con.execute("CREATE OR REPLACE TABLE merged_pairs (a VARCHAR, b VARCHAR)")
        self.con.execute("CREATE OR REPLACE TABLE split_records (record VARCHAR)")
        self.insert("merged_pairs", [tuple(pair) for pair in manual.merged])
        self.insert("split_records", [(record,) for record in manual.split])

    def _components(self, progress: Progress) -> None:
        """Give every record the least id that it is connected to."""
        self.con.execute(sql.LABELS)
        for turn in range(_ROUNDS):
            self.con.execute(sql.PROPAGATE)
            changed = self._count(sql.CHANGED)
            self.con.execute(sql.SWAP)
            progress("components", turn + 1)
            if not changed:
                break
        self.con.execute(sql.PERSONS)

    def _propose(self, records: int) -> None:
        self.con.execute(sql.CANDIDATES)
        patterns = [Pattern(*row) for row in self.rows(sql.PATTERNS)]
        chance = self.rows(sql.CHANCE)[0]
        both = float(chance[1] or 0)
        same = float(chance[0] or 0) / both if both else 0.0
        weights = estimate(patterns, same, records)
        self.con.execute(
            "CREATE OR REPLACE TABLE weights (name_level INTEGER, company_level INTEGER, title_level INTEGER,"
            " name DOUBLE, company DOUBLE, title DOUBLE, prior DOUBLE)"
        )
        rows = [
            (
                w.pattern.name,
                w.pattern.company,
                w.pattern.title,
                w.name,
                w.company,
                w.title,
                w.prior,
            )
            for w in weights
        ]
        self.insert("weights", rows)
        self.con.execute(sql.SCORED)
        self.con.execute(sql.DECIDE, [LINK_FROM, REVIEW_FROM])

    def _publish(self, total: int, changed: int, begin: float, progress: Progress) -> RunReport:
        now = datetime.now(UTC).replace(tzinfo=None)
        run = self._count("SELECT coalesce(max(run), 0) + 1 FROM runs")
        self.con.execute("BEGIN")
        self.con.execute(sql.HISTORY, [run, now])
        self.con.execute(sql.PUBLISH)
        report = RunReport(
            run=run, records=total, changed=changed,
            persons=self._count("SELECT count(DISTINCT person) FROM persons"),
            linked=self._count("SELECT count(*) FROM persons WHERE record <> person"),
            review=self._count("SELECT count(*) FROM proposals WHERE decision = 'review'"),
            moved=self._moved(run),
            seconds=round(time.perf_counter() - begin, 2),
        )  # fmt: skip
        self.insert(
            "runs",
            [
                (
                    run,
                    now,
                    total,
                    report.changed,
                    report.persons,
                    report.linked,
                    report.review,
                    report.seconds,
                )
            ],
        )
        self.con.execute("COMMIT")
        progress("done", total)
        return report

    def _moved(self, run: int) -> int:
        statement = "SELECT count(*) FROM history WHERE run = ? AND was IS NOT NULL"
        return int(self.rows(statement, [run])[0][0])

    # --- small things -----------------------------------------------------------------

    def _count(self, statement: str) -> int:
        return int(self.rows(statement)[0][0])

    def _state(self, name: str) -> str | None:
        rows = self.rows("SELECT value FROM state WHERE name = ?", [name])
        return str(rows[0][0]) if rows else None

    def _keep(self, name: str, value: str) -> None:
        self.con.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", [name, value])
