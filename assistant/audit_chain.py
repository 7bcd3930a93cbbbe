"""The chain of the audit: what each record's hash covers, and how the whole is judged."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Row

KEY_VARIABLE = "ASKMQL_AUDIT_KEY"
"""With a key the chain is an HMAC: who can write the table still cannot forge it."""
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds; `problem` names the first record that does not."""

    records: int
    head: str
    problem: str = ""


@dataclass
class Walk:
    """Steps along the chain and remembers what the end must be judged by."""

    head: str | None
    count: int = 0
    problem: str = ""
    seen: str = ""
    first: tuple[int, str] | None = None
    next: tuple[int, str] = (1, START)
    erased: set[int] = field(default_factory=set)
    bare: list[int] = field(default_factory=list)
    pruned: dict[int, str] = field(default_factory=dict)

    def step(self, row: Row[Any]) -> None:
        """Judge one record in the light of those before."""
        if self.first is None:
            self.first = self.next = (row.seq, row.previous)
        self.problem = _flaw(row, *self.next)
        if self.problem:
            return
        entry = json.loads(row.entry)
        self.erased.update(entry.get("erased", ()))
        if entry["kind"] == "prune":
            self.pruned[entry["upto"]] = entry["last"]
        if row.personal is None:
            self.bare.append(row.seq)
        self.count += 1
        self.next = (row.seq + 1, row.hash)
        self.seen = f"{row.seq}:{row.hash}"
        if self.head and self.head.startswith(f"{row.seq}:") and self.head != self.seen:
            self.problem = f"record {row.seq} is not the one noted as head"

    def verdict(self) -> Verdict:
        """Judge the whole: a lost beginning, emptied records, a lost end."""
        return Verdict(self.count, self.seen, self.problem or self._missing())

    def _missing(self) -> str:
        start, previous = self.first or (1, START)
        if previous != START and self.pruned.get(start - 1) != previous:
            return f"records before {start} are missing"
        gone = [number for number in self.bare if number not in self.erased]
        if gone:
            return f"record {gone[0]} was emptied without an erasure"
        noted = int(self.head.split(":")[0]) if self.head else 0
        return f"the chain ends before record {noted}" if noted >= self.next[0] else ""


def canonical(value: object) -> str:
    """Return JSON that is the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest(salt: str, personal: str) -> str:
    """Return the salted hash of a personal part: it tells nothing once the salt is gone."""
    return hashlib.sha256(f"{salt}\0{personal}".encode()).hexdigest()


def chained(row: Mapping[str, Any]) -> str:
    """Return the hash of a record: over the one before, its number, open part and digest."""
    parts = (row["previous"], str(row["seq"]), row["entry"], row["digest"])
    text = "\0".join(parts).encode()
    key = os.environ.get(KEY_VARIABLE)
    if key:
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
    return hashlib.sha256(text).hexdigest()


def note_head(anchor: Path | None, number: int, head: str) -> None:
    """Note the newest record in a file; another process may have noted a newer one."""
    if anchor is None:
        return
    known = noted_head(anchor)
    if known and int(known.split(":")[0]) >= number:
        return
    anchor.parent.mkdir(parents=True, exist_ok=True)
    beside = anchor.with_name(f"{anchor.name}.{os.getpid()}-{threading.get_ident()}")
    beside.write_text(f"{number}:{head}", encoding="ascii")
    beside.replace(anchor)


def noted_head(anchor: Path | None) -> str | None:
    """Return what the anchor file says, if there is one."""
    if anchor is None or not anchor.is_file():
        return None
    text = anchor.read_text(encoding="ascii").strip()
    return text if text.split(":")[0].isdigit() else None


def _flaw(row: Row[Any], expected: int, previous: str) -> str:
    """Return what is wrong with a record, if anything."""
    if row.seq != expected or row.previous != previous:
        return f"records are missing before {row.seq}"
    if not hmac.compare_digest(row.hash, chained(row._asdict())):
        return f"record {row.seq} was changed"
    if row.personal is None:
        return f"record {row.seq} is half erased" if row.asker or row.salt else ""
    same = hmac.compare_digest(row.digest, digest(row.salt or "", row.personal))
    if not same or json.loads(row.personal)["asker"] != row.asker:
        return f"the personal part of record {row.seq} was changed"
    return ""
