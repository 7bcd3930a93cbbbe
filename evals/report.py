"""Tables, JSON and the difference from the last accepted run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.planner.normalise import has_chinese
from evals.scorers import GROUP, GroupOutcome, Outcome, Verdict, groups_of, percentile

MOST_WRONG = 0.005


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary."""

    name: str
    cases: int
    right: int
    wrong: int
    refused: int
    other: int
    must_not: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All lines of a run."""

    total: Line
    languages: tuple[Line, ...]
    tags: tuple[Line, ...]
    groups: int
    groups_same: int

    @property
    def passed(self) -> bool:
        """Whether nothing was answered that must not be, and next to nothing wrongly."""
        return not self.total.must_not and self.total.wrong <= MOST_WRONG * self.total.cases


def line_of(name: str, outcomes: Sequence[Outcome]) -> Line:
    """Count the verdicts of some cases."""
    seen = Counter(o.verdict for o in outcomes)
    times = [o.seen.ms for o in outcomes]
    return Line(
        name=name,
        cases=len(outcomes),
        right=seen[Verdict.RIGHT],
        wrong=seen[Verdict.WRONG],
        refused=seen[Verdict.REFUSED],
        other=seen[Verdict.OTHER],
        must_not=seen[Verdict.MUST_NOT],
        p50_ms=round(percentile(times, 0.50), 1),
        p95_ms=round(percentile(times, 0.95), 1),
    )


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """Return the figures of a run."""
    by_language: dict[str, list[Outcome]] = {}
    by_tag: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        language = "zh" if has_chinese(outcome.case.q) else "en"
        by_language.setdefault(language, []).append(outcome)
        for tag in outcome.case.tags:
            if tag.startswith(GROUP):
                continue
            by_tag.setdefault(tag, []).append(outcome)
    groups = groups_of(outcomes)
    return Summary(
        total=line_of("all", outcomes),
        languages=tuple(line_of(k, v) for k, v in sorted(by_language.items())),
        tags=tuple(line_of(k, v) for k, v in sorted(by_tag.items())),
        groups=len(groups),
        groups_same=sum(g.same for g in groups),
    )


def as_text(summary: Summary, outcomes: Sequence[Outcome], changes: Sequence[str] = ()) -> str:
    """Return the report that people read: table, misreadings, changes."""
    out = [
        f"{'':16}{'cases':>6}{'right':>8}{'wrong':>8}{'refused':>9}{'other':>7}"
        f"{'must-not':>10}{'p50 ms':>9}{'p95 ms':>9}"
    ]
    out.extend(_row(line) for line in (summary.total, *summary.languages, *summary.tags))
    out.append(f"paraphrase groups read alike: {summary.groups_same} of {summary.groups}")
    out.extend(_misreadings(outcomes))
    out.extend(_split_groups(groups_of(outcomes)))
    if changes:
        out += ["", "changes from the baseline:", *changes]
    out += ["", "passed" if summary.passed else "FAILED"]
    return "\n".join(out)


def _row(line: Line) -> str:
    share = 100 / max(line.cases, 1)
    return (
        f"{line.name:16}{line.cases:>6}{line.right * share:>7.1f}%{line.wrong * share:>7.1f}%"
        f"{line.refused * share:>8.1f}%{line.other * share:>6.1f}%{line.must_not:>10}"
        f"{line.p50_ms:>9.1f}{line.p95_ms:>9.1f}"
    )


def _misreadings(outcomes: Iterable[Outcome]) -> list[str]:
    out = []
    worst_first = list(Verdict)[::-1]
    missed = [o for o in outcomes if o.verdict is not Verdict.RIGHT]
    for outcome in sorted(missed, key=lambda o: worst_first.index(o.verdict)):
        asker = f" (as {outcome.case.user})" if outcome.case.user else ""
        out.append(f"\n{outcome.verdict.value.upper()} {outcome.case.q}{asker}")
        out.extend(f"    {reason}" for reason in outcome.why)
        said = outcome.seen.headline or outcome.seen.error
        if said:
            out.append(f"    said: {said[:120]}")
    return out


def _split_groups(groups: Iterable[GroupOutcome]) -> list[str]:
    out = []
    for group in groups:
        if not group.same:
            out.append(f"\nSPLIT {group.group}: {group.readings} readings")
            out.extend(f"    {o.verdict.value:8} {o.case.q}" for o in group.members)
    return out


def as_json(
    summary: Summary, outcomes: Sequence[Outcome], changes: Sequence[str]
) -> dict[str, Any]:
    """Return the whole run for machines."""
    return {
        "passed": summary.passed,
        "summary": asdict(summary),
        "changes": list(changes),
        "groups": [
            {"group": g.group, "same": g.same, "readings": g.readings} for g in groups_of(outcomes)
        ],
        "cases": [
            {
                "q": o.case.q,
                "user": o.case.user,
                "tags": list(o.case.tags),
                "verdict": o.verdict.value,
                "why": list(o.why),
                "seen": asdict(o.seen),
            }
            for o in outcomes
        ],
    }


def baseline_of(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return the verdict of every case, to compare the next run with."""
    return {o.case.key: o.verdict.value for o in outcomes}


def changes_from(baseline: dict[str, str], outcomes: Iterable[Outcome]) -> list[str]:
    """Say which cases got better or worse since the baseline."""
    rank = [v.value for v in Verdict]
    out = []
    for outcome in outcomes:
        before, now = baseline.get(outcome.case.key), outcome.verdict.value
        if before in rank and before != now:
            sign = "worse " if rank.index(now) > rank.index(before) else "better"
            out.append(f"{sign} {before} -> {now}: {outcome.case.q}")
    return sorted(out, reverse=True)
