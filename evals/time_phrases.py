"""Scores the time parser on a folder of phrase files: `python -m evals.time_phrases DIR`.

Every row is read with the phrase alone; a row is right when the range is one of its `accept`.
The reference day counts as data, as in the sources, so periods "to date" include it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from assistant.timeparse import parse_period


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scored row."""

    row: dict[str, Any]
    start: str | None
    end: str | None
    right: bool


def score(row: dict[str, Any]) -> Outcome:
    """Read one row's phrase and compare it with the accepted ranges."""
    today = date.fromisoformat(row["ref"])
    match = parse_period(row["phrase"], today=today, as_of=today)
    period = match.period if match else None
    start = period.start.isoformat() if period and period.start else None
    end = period.end.isoformat() if period and period.end else None
    right = period is not None and [start, end] in row["accept"]
    return Outcome(row, start, end, right)


def load(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every `*_zh.jsonl` and `*_en.jsonl` of a folder by language."""
    out: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        lang = path.stem.rsplit("_", 1)[-1]
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        out.setdefault(lang, []).extend(rows)
    return out


def accuracy(outcomes: list[Outcome], *, core: bool) -> float:
    """Return the share of right rows."""
    rows = [o for o in outcomes if o.row["core"] or not core]
    return sum(o.right for o in rows) / max(len(rows), 1)


def report(lang: str, outcomes: list[Outcome]) -> None:
    """Print one language's accuracy by kind and its misses."""
    core, every = accuracy(outcomes, core=True), accuracy(outcomes, core=False)
    click.echo(f"== {lang}: core {core:.1%}, all {every:.1%} of {len(outcomes)} rows")
    seen, right = Counter[str](), Counter[str]()
    for outcome in outcomes:
        seen[outcome.row["kind"]] += 1
        right[outcome.row["kind"]] += outcome.right
    click.echo("   " + ", ".join(f"{kind} {right[kind]}/{seen[kind]}" for kind in sorted(seen)))
    for outcome in outcomes:
        if not outcome.right:
            row = outcome.row
            mark = "core" if row["core"] else "    "
            click.echo(
                f"   {mark} {row['kind']:8} {row['phrase']!r} at {row['ref']}: "
                f"{outcome.start}..{outcome.end}, accepted {row['accept']}"
            )


def main(folder: str) -> None:
    """Score every file of `folder`."""
    for lang, rows in load(Path(folder)).items():
        report(lang, [score(row) for row in rows])


if __name__ == "__main__":
    main(sys.argv[1])
