"""The health score of a snapshot. Pure.

score = sum of weight * part / sum of weight, over the parts that can be judged; each part is
0 (lost) to 100 (well) by straight lines between the thresholds of the definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from semantic_layer.customer_roles import CustomerRole, HealthSpec, PartName
from semantic_layer.scoring import days_of
from tools.customers.facts import Band, HealthPart, HealthReason, MissingPart, ReasonKind
from tools.customers.snapshot import BEFORE_DAYS, NOW_DAYS, Snapshot

_FULL = 100.0
_LEVEL = 0.1
"""A change of use up to this share is none."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The score of one snapshot, unrounded, with its parts.

    Attributes:
        score: None when no part can be judged.
    """

    score: float | None
    parts: tuple[HealthPart, ...]
    missing: tuple[MissingPart, ...]


def judge(snapshot: Snapshot, role: CustomerRole, absent: Collection[PartName] = ()) -> Judged:
    """Return the score of a snapshot.

    Args:
        snapshot: How the customer stood.
        role: For the weights, thresholds and the scale of ratings.
        absent: Parts that are not declared or not open to the asker.
    """
    found: list[tuple[PartName, float, tuple[HealthReason, ...]]] = []
    missing: list[MissingPart] = []
    for name in role.health.weights:
        if name in absent:
            continue
        part = _PARTS[name](snapshot, role)
        if part is None:
            missing.append(MissingPart(name=name, why="no_data"))
        else:
            found.append((name, *part))
    weights = role.health.weights
    whole = sum(weights[name] for name, _, _ in found)
    parts = tuple(
        HealthPart(
            name=name, score=round(score, 1), weight=round(weights[name] / whole, 4), reasons=why,
            sources=(f"account:{snapshot.account}",),
        )
        for name, score, why in found
    )  # fmt: skip
    total = sum(weights[name] * score for name, score, _ in found) / whole if found else None
    return Judged(total, parts, tuple(missing))


def band(score: float, spec: HealthSpec) -> Band:
    """Return which band a score is in."""
    if score >= spec.good:
        return "good"
    return "poor" if score < spec.poor else "watch"


def fall(value: float, full: float, nothing: float) -> float:
    """Return 100 up to `full`, 0 from `nothing` on, a straight line between them."""
    if nothing <= full:
        return _FULL if value <= full else 0.0
    return _FULL * min(1.0, max(0.0, (nothing - value) / (nothing - full)))


Part = tuple[float, tuple[HealthReason, ...]]


def _usage(s: Snapshot, role: CustomerRole) -> Part | None:
    """Half how fresh the last use is, half use of the last 30 days against the usual."""
    spec, source = role.health, (f"account:{s.account}",)
    fresh, lost = days_of(spec.used_fresh), days_of(spec.used_lost)
    if s.last_used is None:
        waited = s.since(s.first_order)
        if waited <= NOW_DAYS:
            return None
        reason = HealthReason(
            kind="never_used", costs=True, on=s.first_order, days=waited, sources=source
        )
        return 0.0, (reason,)
    days = s.since(s.last_used)
    score = fall(days, fresh, lost)
    seen = HealthReason(
        kind="used_last", costs=days > fresh, on=s.last_used, days=days, sources=source
    )
    usual = s.used_before * NOW_DAYS / (BEFORE_DAYS - NOW_DAYS)
    if usual <= 0 or s.since(s.first_order) < BEFORE_DAYS:
        return score, (seen,)
    change = s.used_now / usual - 1
    kind: ReasonKind = (
        "usage_same" if abs(change) <= _LEVEL else "usage_rose" if change > 0 else "usage_fell"
    )
    moved = HealthReason(
        kind=kind, costs=kind == "usage_fell", value=round(s.used_now, 1), was=round(usual, 1),
        days=NOW_DAYS, sources=source,
    )  # fmt: skip
    part = (score + _FULL * min(1.0, s.used_now / usual)) / 2
    return part, _worst_first((seen, moved))


def _tickets(s: Snapshot, role: CustomerRole) -> Part | None:
    """The mean rating on its scale, less a price for every open ticket."""
    tickets, spec, source = role.tickets, role.health, (f"account:{s.account}",)
    if tickets is None or not (s.rated or s.open):
        return None
    score, reasons = _FULL, []
    if s.rated and s.rating is not None:
        share = (s.rating - tickets.worst) / (tickets.best - tickets.worst)
        score = _FULL * min(1.0, max(0.0, share))
        reasons.append(
            HealthReason(kind="rated", costs=score < spec.good, value=round(s.rating, 2), was=tickets.best,
                         count=s.rated, days=days_of(spec.tickets_within), sources=source)
        )  # fmt: skip
    if s.open:
        price = spec.late_cost * (s.open_late + (s.open - s.open_late) / 2)
        score = max(0.0, score - price)
        oldest = s.since(s.oldest_open) if s.oldest_open else None
        kind: ReasonKind = "tickets_late" if s.open_late else "tickets_open"
        reasons.append(
            HealthReason(kind=kind, costs=price > 0, count=s.open, on=s.oldest_open, days=oldest, sources=source)
        )  # fmt: skip
    return score, _worst_first(reasons)


def _payments(s: Snapshot, role: CustomerRole) -> Part | None:
    """Full when everything due is paid, nothing when `unpaid_limit` of it is overdue."""
    if s.due <= 0:
        return None
    share, source = s.overdue / s.due, (f"account:{s.account}",)
    score = fall(share, 0.0, role.health.unpaid_limit)
    if s.overdue <= 0 or s.overdue_since is None:
        return score, (
            HealthReason(kind="paid", costs=False, value=round(s.due, 2), sources=source),
        )
    reason = HealthReason(
        kind="overdue", costs=True, value=round(s.overdue, 2), was=round(s.due, 2), on=s.overdue_since,
        days=s.since(s.overdue_since), sources=source,
    )  # fmt: skip
    return score, (reason,)


def _contract(s: Snapshot, role: CustomerRole) -> Part | None:
    """Full while the contract runs long enough, nothing once it has ended."""
    if s.contract_end is None:
        return None
    left, safe = -s.since(s.contract_end), days_of(role.health.safe)
    kind: ReasonKind = "ends" if left >= 0 else "ended"
    reason = HealthReason(
        kind=kind, costs=left < safe, on=s.contract_end, days=abs(left),
        sources=(f"account:{s.account}",),
    )  # fmt: skip
    return _FULL * min(1.0, max(0.0, left / safe)), (reason,)


def _engagement(s: Snapshot, role: CustomerRole) -> Part | None:
    """How fresh the last touch of marketing or sales is."""
    spec, source = role.health, (f"account:{s.account}",)
    if s.last_touch is None:
        return 0.0, (HealthReason(kind="never_touched", costs=True, sources=source),)
    days, fresh = s.since(s.last_touch), days_of(spec.touched_fresh)
    costs = days > fresh
    reason = HealthReason(
        kind="silent" if costs else "touched", costs=costs, on=s.last_touch, days=days,
        count=s.touches, sources=source,
    )  # fmt: skip
    return fall(days, fresh, days_of(spec.touched_lost)), (reason,)


def _worst_first(reasons: Sequence[HealthReason]) -> tuple[HealthReason, ...]:
    return tuple(sorted(reasons, key=lambda r: not r.costs))


_PARTS: dict[PartName, Callable[[Snapshot, CustomerRole], Part | None]] = {
    "usage": _usage,
    "tickets": _tickets,
    "payments": _payments,
    "contract": _contract,
    "engagement": _engagement,
}
