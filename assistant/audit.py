"""The audit: one record per question or tool run, chained so that a change shows.

A record has an open part (when, channel, lane, outcome, rights, counts, times) and a personal
part (who, the question, plan, SQL). Each hash covers the hash before, the open part and a
salted digest of the personal part; so a person can be erased and the chain still holds.
Erasing and pruning are themselves records, and what is missing without one is tampering.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assistant.audit_chain import (
    START,
    Verdict,
    Walk,
    canonical,
    chained,
    digest,
    note_head,
    noted_head,
)
from semantic_layer import AskmqlError
from semantic_layer.state import make_tables

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Row

_TRIES = 8
_NUMBERS = re.compile(r"(?<![\d.])\+?\d[\d -]{5,}\d(?![\d.])")
_ADDRESSES = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_DATES = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it is recorded.

    Attributes:
        kind: `ask`, `tool`, `erase` or `prune`.
        outcome: Status of the answer.
        open: What may be kept for good: counts, times, fingerprints, codes.
        personal: Who asked and what; can be erased.
    """

    kind: str
    outcome: str
    open: Mapping[str, Any]
    personal: Mapping[str, Any]
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as stored."""

    seq: int
    at: str
    kind: str
    outcome: str
    channel: str
    open: Mapping[str, Any]
    asker: str | None
    personal: Mapping[str, Any] | None
    hash: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form of an export."""
        return {name: getattr(self, name) for name in Record.__slots__}


def minimised(text: str) -> str:
    """Return a text without telephone numbers and e-mail addresses; dates stay."""
    hidden = _ADDRESSES.sub("***", text) if "@" in text else text
    return _NUMBERS.sub(lambda m: m[0] if _DATES.search(m[0]) else "***", hidden)


class AuditLog:
    """Appends to the audit table and reads it.

    Args:
        engine: The state database.
        texts: Keep questions, plans and SQL.
        anchor: File beside the database in which the head is noted after each record; a chain
            that lost its end does not reach it. The log of a test needs none.
    """

    def __init__(self, engine: Engine, *, texts: bool = True, anchor: Path | None = None) -> None:
        import sqlalchemy as sa

        self._sa = sa
        self._engine = engine
        self._texts = texts
        self._anchor = anchor
        self._lock = threading.Lock()
        meta = sa.MetaData()
        self._t = sa.Table(
            "audit_records",
            meta,
            sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("entry", sa.Text, nullable=False),
            sa.Column("asker", sa.String(200), index=True),
            sa.Column("personal", sa.Text),
            sa.Column("salt", sa.String(32)),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("previous", sa.String(64), nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
        )
        t = self._t
        self._insert_row = t.insert()
        self._last_row = sa.select(t.c.seq, t.c.hash).order_by(t.c.seq.desc()).limit(1)
        make_tables(meta, engine)

    # --- writing ----------------------------------------------------------------------

    def append(self, event: Event) -> int:
        """Record an event; return its number.

        Raises:
            AskmqlError: AUDIT_FAILED, whatever the database said.
        """
        with self._lock:
            return self._tried(event)

    def _tried(self, event: Event) -> int:
        problem = ""
        for _ in range(_TRIES):
            try:
                with self._engine.begin() as connection:
                    number, head = self._insert(connection, event)
                note_head(self._anchor, number, head)
            except self._sa.exc.IntegrityError:
                problem = "another process was faster"
            except (self._sa.exc.SQLAlchemyError, OSError) as error:
                problem = type(error).__name__
                break
            else:
                return number
        raise AskmqlError(
            "AUDIT_FAILED",
            f"The audit record could not be written ({problem}).",
            hint="Check the state database.",
        )

    def _insert(self, connection: Connection, event: Event) -> tuple[int, str]:
        last = connection.execute(self._last_row).first()
        number, previous = (last.seq + 1, last.hash) if last else (1, START)
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "kind": event.kind,
            "outcome": event.outcome,
            "channel": event.channel,
            **event.open,
        }
        asker = str(event.personal.get("asker") or "")[:200]
        personal = canonical(self._kept({**event.personal, "asker": asker}))
        salt = secrets.token_hex(16)
        row = {
            "seq": number,
            "entry": canonical(entry),
            "asker": asker,
            "personal": personal,
            "salt": salt,
            "digest": digest(salt, personal),
            "previous": previous,
        }
        head = chained(row)
        connection.execute(self._insert_row, {**row, "hash": head})
        return int(number), head

    def _kept(self, personal: Mapping[str, Any]) -> dict[str, Any]:
        if not self._texts:
            return {"asker": personal.get("asker")}
        return {k: v if k == "asker" else _clean(v) for k, v in personal.items()}

    # --- reading ----------------------------------------------------------------------

    def search(
        self,
        *,
        asker: str | None = None,
        since: str | None = None,
        until: str | None = None,
        outcome: str | None = None,
        text: str | None = None,
        withheld: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Yield records that meet every condition, newest first.

        Args:
            asker: User id.
            since: First instant, ISO 8601 in UTC; a date alone is its midnight.
            until: First instant that is too late.
            outcome: Status of the answer.
            text: Words in the question, plan or SQL, in any case.
            withheld: Only answers in which small groups of people were withheld.
            limit: How many at most.
        """
        t = self._t
        query = self._sa.select(t).order_by(t.c.seq.desc())
        if asker is not None:
            query = query.where(t.c.asker == asker)
        count = 0
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                record = _record(row)
                if not _meets(record, since, until, outcome, text) or (
                    withheld and not record.open.get("withheld")
                ):
                    continue
                yield record
                count += 1
                if limit is not None and count >= limit:
                    return

    def verify(self, head: str | None = None) -> Verdict:
        """Walk the chain from its beginning.

        Args:
            head: `number:hash` noted earlier and elsewhere; it must still be there, or the
                end of the chain was cut off. Without it, what the anchor file says.
        """
        walk = Walk(head or noted_head(self._anchor))
        with self._engine.connect() as connection:
            for row in connection.execute(self._sa.select(self._t).order_by(self._t.c.seq)):
                walk.step(row)
                if walk.problem:
                    break
        return walk.verdict()

    # --- forgetting -------------------------------------------------------------------

    def erase(self, asker: str, by: str) -> int:
        """Empty the personal part of a person's records; the chain still verifies.

        Returns:
            How many records were emptied; none leaves no trace of the request.
        """
        t = self._t
        mine = t.c.asker == asker
        with self._lock, self._engine.begin() as connection:
            found = [row.seq for row in connection.execute(self._sa.select(t.c.seq).where(mine))]
            if found:
                event = Event("erase", "done", {"erased": found}, {"asker": by})
                number, head = self._insert(connection, event)
                emptied = {"asker": None, "personal": None, "salt": None}
                mine_before = mine & (t.c.seq < number)
                connection.execute(t.update().where(mine_before).values(**emptied))
        if found:
            note_head(self._anchor, number, head)
        return len(found)

    def prune(self, keep_days: int, by: str) -> int:
        """Delete records older than `keep_days`; return how many."""
        edge = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat(timespec="milliseconds")
        t = self._t
        last: Row[Any] | None = None
        with self._lock, self._engine.begin() as connection:
            count = 0
            for row in connection.execute(self._sa.select(t).order_by(t.c.seq)):
                if json.loads(row.entry)["at"] >= edge:
                    break
                last, count = row, count + 1
            if last is not None:
                told = {"upto": last.seq, "last": last.hash}
                number, head = self._insert(connection, Event("prune", "done", told, {"asker": by}))
                connection.execute(t.delete().where(t.c.seq <= last.seq))
        if last is not None:
            note_head(self._anchor, number, head)
        return count


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return minimised(value)
    if isinstance(value, Mapping):
        return {str(k): _clean(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [_clean(v) for v in value]
    return value


def _record(row: Row[Any]) -> Record:
    entry = json.loads(row.entry)
    named = {key: str(entry.pop(key)) for key in ("at", "kind", "outcome", "channel")}
    personal = json.loads(row.personal) if row.personal is not None else None
    return Record(
        seq=row.seq, **named, open=entry, asker=row.asker, personal=personal, hash=row.hash
    )


def _meets(
    record: Record, since: str | None, until: str | None, outcome: str | None, text: str | None
) -> bool:
    if (since and record.at < since) or (until and record.at >= until):
        return False
    if outcome and record.outcome != outcome:
        return False
    return not text or text.casefold() in canonical(record.personal).casefold()
