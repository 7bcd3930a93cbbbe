"""Which step loses significantly more than its own history, or than its peers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semantic_layer.model import StageRole
from semantic_layer.result import Cell
from tools.funnel.counts import Counts, Series, Step
from tools.funnel.model import Bottleneck, Versus
from tools.funnel.significance import compare

LEAST = 30  # items on either side: below it a rate says little, whatever the test says
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Mix:
    """A step whose total fell although its groups did not: the mix of groups changed.

    Attributes:
        rate_effect: What the groups' own rates contribute to the change of the total.
        mix_effect: What their shares contribute; both add up to the change exactly.
        worse: Groups with enough items whose own rate fell.
    """

    k: int
    before: float
    now: float
    rate_effect: float
    mix_effect: float
    worse: int


@dataclass(frozen=True, slots=True)
class _Case:
    """One test: `x` of `n` went on, against `y` of `m`; `whole` went on in all groups."""

    k: int
    group: Cell
    is_total: bool
    versus: Versus
    n: int
    x: int
    m: int
    y: int
    whole: int

    @property
    def missing(self) -> float:
        return self.n * (self.y / self.m) - self.x

    @property
    def loss(self) -> float:
        return self.missing / (self.whole + self.missing)


@dataclass(frozen=True, slots=True)
class Finding:
    """The bottleneck, or None with the reason, in English."""

    bottleneck: Bottleneck | None
    reason: str


def find_bottleneck(
    counts: Counts,
    stages: Sequence[StageRole],
    periods: int,
    mixes: Sequence[Mix],
    whole: Series | None = None,
) -> Finding:
    """Return the step with the largest significant loss.

    Args:
        counts: A cohort's counts; period 0 is asked, the others are history.
        stages: The chain.
        periods: How many periods were counted.
        mixes: Steps whose total must not be blamed: their groups did not fall.
        whole: Of a part (one channel), everything that it is a part of.
    """
    blameless = {mix.k for mix in mixes}
    cases = [
        case
        for case in _cases(counts, len(stages) - 1, periods, whole)
        if not (case.is_total and case.k in blameless)
    ]
    if not cases:
        return Finding(None, _nothing_to_compare(counts, periods))
    tested = [(case, compare(case.x, case.n, case.y, case.m)) for case in cases]
    bad = [(c, v) for c, v in tested if c.missing > 0 and v.p_value * len(cases) < LEVEL]
    if not bad:
        return Finding(None, "no step is significantly worse")
    case, verdict = max(bad, key=lambda item: item[0].loss)
    found = Bottleneck(
        stage=stages[case.k].id,
        next_stage=stages[case.k + 1].id,
        group=case.group,
        is_total=case.is_total,
        versus=case.versus,
        entered=case.n,
        converted=case.x,
        rate=case.x / case.n,
        reference_entered=case.m,
        reference_converted=case.y,
        reference_rate=case.y / case.m,
        missing=round(case.missing, 6),
        loss=case.loss,
        test=verdict.test,
        p_value=verdict.p_value,
        tests=len(cases),
    )
    return Finding(found, "")


def _nothing_to_compare(counts: Counts, periods: int) -> str:
    if periods < 2 and not counts.groups:
        return "there is nothing to compare with: name a period or a dimension"
    return f"too few items: a step needs {LEAST} on both sides of the comparison"


def _cases(counts: Counts, steps: int, periods: int, of: Series | None) -> Iterator[_Case]:
    for k in range(steps):
        whole = counts.total.step(k).converted
        yield from _against_history(None, counts.total, k, periods, whole, is_total=True)
        if of is not None:
            yield from _against_peers(None, counts.total, of, k, is_total=True)
        for group, series in counts.groups.items():
            yield from _against_history(group, series, k, periods, whole)
            if len(counts.groups) > 1:
                yield from _against_peers(group, series, counts.total, k)


def _against_history(
    group: Cell, series: Series, k: int, periods: int, whole: int, *, is_total: bool = False
) -> Iterator[_Case]:
    m, y = _past(series, k, periods)
    now = series.step(k)
    if min(now.entered, m) >= LEAST:
        yield _Case(k, group, is_total, "history", now.entered, now.converted, m, y, whole)


def _past(series: Series, k: int, periods: int) -> tuple[int, int]:
    past = [series.step(k, p) for p in range(1, periods)]
    return sum(s.entered for s in past), sum(s.converted for s in past)


def _against_peers(
    group: Cell, series: Series, total: Series, k: int, *, is_total: bool = False
) -> Iterator[_Case]:
    own, all_ = series.step(k), total.step(k)
    m, y = all_.entered - own.entered, all_.converted - own.converted
    if min(own.entered, m) >= LEAST:
        yield _Case(k, group, is_total, "peers", own.entered, own.converted, m, y, all_.converted)


def find_mixes(counts: Counts, steps: int, periods: int) -> tuple[Mix, ...]:
    """Return the steps whose total fell while the groups' own rates, together, did not.

    The change of the total is the sum over groups of (mean share x change of rate) and of
    (mean rate x change of share); a group seen in one period only counts as mix.
    """
    found = (_mix(counts, k, periods) for k in range(steps))
    return tuple(mix for mix in found if mix is not None)


def _mix(counts: Counts, k: int, periods: int) -> Mix | None:
    now, (m, y) = counts.total.step(k), _past(counts.total, k, periods)
    if min(now.entered, m) < LEAST or len(counts.groups) < 2:
        return None
    before, after = y / m, now.converted / now.entered
    pairs = [_pair(s.step(k), _past(s, k, periods), now.entered, m) for s in counts.groups.values()]
    both = [pair for pair in pairs if pair is not None]
    rate_effect = sum((w0 + w1) / 2 * (r1 - r0) for r0, r1, w0, w1, _ in both)
    if after >= before or rate_effect < 0:
        return None
    worse = sum(1 for r0, r1, _, _, enough in both if enough and r1 < r0)
    return Mix(k, before, after, rate_effect, after - before - rate_effect, worse)


def _pair(
    now: Step, past: tuple[int, int], n: int, m: int
) -> tuple[float, float, float, float, bool] | None:
    entered, converted = past
    if not now.entered or not entered:
        return None
    enough = min(now.entered, entered) >= LEAST
    rates = converted / entered, now.converted / now.entered
    return (*rates, entered / m, now.entered / n, enough)
