"""What touches tell: interests, channels, rhythm, hours, surges. Pure functions."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from tools.leads.facts import MAX_SOURCES, Habits, Hours, Share, Surge, Topic

_SURGE_DAYS, _USUAL_DAYS = 7, 91
_SURGE_LEAST, _SURGE_TIMES = 4, 2.0
_HOURS_WIDE, _HOURS_LEAST, _HOURS_SHARE = 3, 6, 0.4
_WEEKDAY_LEAST, _WEEKDAY_SHARE = 8, 0.35
_TOPIC_HALF_LIFE = 60.0


@dataclass(frozen=True, slots=True)
class Touch:
    """One touch: local wall time, and what it is worth by the scoring rules (1 if none)."""

    id: str
    at: datetime
    kind: str | None = None
    channel: str | None = None
    content: str | None = None
    topic: str | None = None
    worth: float = 1.0


def sources(touches: Iterable[Touch]) -> tuple[str, ...]:
    """Return the ids of the newest touches."""
    newest = sorted(touches, key=lambda t: (t.at, t.id), reverse=True)
    return tuple(f"touch:{t.id}" for t in newest[:MAX_SOURCES])


def topics(touches: Sequence[Touch], as_of: date, most: int = 3) -> tuple[Topic, ...]:
    """Return the strongest interests: worth of touches, halved every 60 days, as shares."""
    weights: defaultdict[str, float] = defaultdict(float)
    by_topic: dict[str, list[Touch]] = {}
    for touch in touches:
        name = touch.topic or touch.content
        if name is None:
            continue
        age = max(0, (as_of - touch.at.date()).days)
        weights[name] += max(touch.worth, 0.1) * 0.5 ** (age / _TOPIC_HALF_LIFE)
        by_topic.setdefault(name, []).append(touch)
    total = math.fsum(weights.values())
    ranked = sorted(weights, key=lambda n: (-weights[n], n))[:most]
    return tuple(_topic(n, weights[n] / total, by_topic[n]) for n in ranked)


def _topic(name: str, share: float, touches: Sequence[Touch]) -> Topic:
    newest = sorted(touches, key=lambda t: (t.at, t.id), reverse=True)
    titles = tuple(dict.fromkeys(t.content for t in newest if t.content))[:2]
    last = newest[0].at.date()
    return Topic(
        topic=name, share=round(share, 2), touches=len(touches), last_on=last, titles=titles,
        sources=sources(touches),
    )  # fmt: skip


def habits(touches: Sequence[Touch], as_of: date) -> Habits | None:
    """Return how a person behaves, or None without any touch."""
    if not touches:
        return None
    ordered = sorted(touches, key=lambda t: (t.at, t.id))
    days = sorted({t.at.date() for t in ordered})
    gaps = [(b - a).days for a, b in pairwise(days)]
    last = ordered[-1]
    counted = Counter(t.channel for t in ordered if t.channel)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    channels = tuple(Share(value=name, touches=count) for name, count in ranked)
    return Habits(
        touches=len(ordered), active_days=len(days), first_on=days[0], last_on=days[-1],
        last_kind=last.kind, last_channel=last.channel, channels=channels[:3],
        gap_days=round(median(gaps)) if len(gaps) > 1 else None,
        hours=_hours(ordered), weekday=_weekday(ordered), surge=_surge(ordered, as_of),
        sources=sources(ordered),
    )  # fmt: skip


def _hours(touches: Sequence[Touch]) -> Hours | None:
    """Return the three hours in a row that hold most touches, if they hold enough."""
    if len(touches) < _HOURS_LEAST:
        return None
    by_hour = Counter(t.at.hour for t in touches)
    starts = range(24 - _HOURS_WIDE + 1)
    held = {s: sum(by_hour[s + i] for i in range(_HOURS_WIDE)) for s in starts}
    start = max(starts, key=lambda s: (held[s], -s))
    if held[start] < _HOURS_SHARE * len(touches):
        return None
    return Hours(start=start, end=start + _HOURS_WIDE, touches=held[start], total=len(touches))


def _weekday(touches: Sequence[Touch]) -> int | None:
    if len(touches) < _WEEKDAY_LEAST:
        return None
    day, count = Counter(t.at.weekday() for t in touches).most_common(1)[0]
    return day if count / len(touches) >= _WEEKDAY_SHARE else None


def _surge(touches: Sequence[Touch], as_of: date) -> Surge | None:
    """Return a surge: at least 4 touches, twice the usual, and two Poisson deviations over."""
    recent_from = as_of - timedelta(days=_SURGE_DAYS - 1)
    usual_from = recent_from - timedelta(days=_USUAL_DAYS)
    recent = [t for t in touches if t.at.date() >= recent_from]
    before = sum(usual_from <= t.at.date() < recent_from for t in touches)
    usual = before * _SURGE_DAYS / _USUAL_DAYS
    enough = max(_SURGE_LEAST, _SURGE_TIMES * usual, usual + 2 * math.sqrt(usual))
    if len(recent) < enough:
        return None
    return Surge(
        days=_SURGE_DAYS, touches=len(recent), usual=round(usual, 1), sources=sources(recent)
    )
