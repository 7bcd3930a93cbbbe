"""A follow-up is an edit of the slots before it: `那按渠道呢`, `only East China`, `换成上个月`."""

from __future__ import annotations

import re
from copy import deepcopy

from assistant.planner.context import keeps_rows, leave_analysis, pin_rows
from assistant.planner.customer_words import SAID
from assistant.planner.slots import Slots, ValueSlot
from assistant.planner.words import WORDS

_OPENS = re.compile(
    r"^(?:那|再|然后|接着|换成|改成|改为|换|同样|还是|加上|也|what about|how about|and |add |plus |same |now |then |also |instead)"
)
_CLOSES = re.compile(r"(?:呢|instead|as well|too)[?？。.! ]*$")
_ADDS = re.compile(
    r"^(?:再|再加|加上|也|also |and also|add |plus )|(?:(?<![a-z])too|as well|也要|也看看?)[?？。.! ]*$"
)
_UNDO = re.compile(
    r"^(?:撤销|撤回|返回上一步|回到上一个|上一步|undo|go back|back)[。.! ]*$", re.IGNORECASE
)
_PICK = re.compile(r"^(?:第)?([1-9一二三四五])(?:个|种|项)?[。.! ]*$")
ANALYSES = frozenset(
    {"journey", "stuck", "influence", "attribution", "choose_model", "deal_word", *SAID}
)
_STEP_BACK = re.compile(
    r"再(?:往前|上|前)一?个?(?:月|季度?|周|星期|年|天|期)|^(?:那么?|换成|看看?)?(?:它的)?前一个?(?:月|季度?|周|星期|年|天|期)"
    r"|^(?:and |what about |how about |now )?(?:the )?(?:one |(?:previous|prior|preceding) )"
    r"(?:month|quarter|week|year|day|period)s?(?: before| earlier)?[?. ]*$"
    r"|^(?:and |what about |how about |now )?the (?:month|quarter|week|year|day|period) before(?: that)?[?. ]*$"
)
"""Relative to the period under discussion, not to today."""
_INSTEAD = re.compile(r"^(?:换成|改成|改为|换)|instead")
_NUMERALS = {c: i for i, c in enumerate("一二三四五", start=1)}


def is_undo(question: str) -> bool:
    """Whether the message takes the last step back."""
    return bool(_UNDO.match(question.strip()))


def picked(question: str, labels: tuple[str, ...]) -> int | None:
    """Return which of the offered choices a message names: its number or its label."""
    text = question.strip()
    found = _PICK.match(text)
    if found:
        number = int(found[1]) if found[1].isdigit() else _NUMERALS[found[1]]
        return number - 1 if number <= len(labels) else None
    folded = [label.casefold() for label in labels]
    return folded.index(text.casefold()) if text.casefold() in folded else None


def continues(folded: str, slots: Slots) -> bool:
    """Whether a message continues the question before it.

    Without a metric of its own it does; with one, only when it says so (`那MQL呢`).
    """
    said = (slots.dimensions, slots.values, slots.periods, slots.shifts, slots.thresholds)
    if slots.intents & ANALYSES or slots.models:
        return says_so(folded)
    if slots.intents - {"why", "calc", "what_is"}:
        return False
    if slots.empty:
        shown = (
            "why" in slots.intents
            or slots.ahead
            or slots.grain
            or slots.draw
            or slots.export
            or slots.lookback
            or slots.half_life
        )
        return bool(any(said) or shown or slots.ranked or slots.flags or slots.direction)
    return says_so(folded)


def says_so(folded: str) -> bool:
    """Whether a message begins or ends as one that goes on: `那…`, `…呢`, `and …`."""
    return bool(_OPENS.match(folded) or _CLOSES.search(folded))


def merge(before: Slots, now: Slots, folded: str) -> Slots:
    """Return the earlier slots with what the follow-up says changed, the rest kept."""
    out = deepcopy(before)
    out.unknown, out.unclear, out.denied = now.unknown, now.unclear, now.denied
    out.intents = now.intents or (before.intents & ANALYSES)
    if now.intents == {"why"}:
        out.intents = now.intents | (before.intents & SAID)
    if "stuck" in out.intents:
        out.unknown = [w for w in now.unknown if w not in WORDS["stage_word"]]
    if out.intents & SAID and not now.unknown:
        out.unknown = list(before.unknown)  # the account under discussion
    leave_analysis(out, now, before, folded)
    rows = keeps_rows(before, now)
    if rows:
        pin_rows(out, before)
    adds = bool(_ADDS.search(folded)) or rows
    kept = [m for m in out.models if m not in now.models] if adds else []
    out.models = [*kept, *now.models] if now.models else out.models
    out.bare_models = now.bare_models or out.bare_models
    out.lookback = now.lookback or out.lookback
    out.half_life = now.half_life or out.half_life
    out.ahead = now.ahead or out.ahead
    _metrics(out, now, adds=adds)
    _dimensions(out, now, adds=adds)
    _values(out, now, adds=adds)
    out.empty_dimensions += now.empty_dimensions
    _time(out, now, folded)
    _ranking(out, now)
    if _INSTEAD.search(folded):
        _swapped(out, now)
    out.thresholds = now.thresholds or out.thresholds
    out.flags |= now.flags
    out.direction = now.direction or out.direction
    out.which |= now.which
    out.who = now.who or out.who
    out.mine |= now.mine
    out.pronoun = now.pronoun
    out.draw, out.export = now.draw or out.draw, now.export
    out.total = now.total or (out.total and not now.values)
    return out


def _metrics(out: Slots, now: Slots, *, adds: bool) -> None:
    if now.empty:
        return
    if adds:
        for name, senses in zip(now.metrics, now.metric_senses, strict=True):
            if name not in out.metrics:
                out.metrics.append(name)
                out.metric_senses.append(senses)
        out.bundles += [b for b in now.bundles if b not in out.bundles]
        return
    out.metrics, out.metric_senses = now.metrics, now.metric_senses
    out.source_stage, out.became, out.duration = now.source_stage, now.became, now.duration
    out.bundles, out.ambiguous = now.bundles, now.ambiguous
    out.order_metric, out.per, out.thresholds = now.order_metric, now.per, []


def _dimensions(out: Slots, now: Slots, *, adds: bool) -> None:
    if not now.dimensions:
        return
    if adds:
        out.dimensions += [d for d in now.dimensions if d not in out.dimensions]
        return
    out.dimensions = now.dimensions
    out.limit = out.limit_desc = out.superlative = None


def _values(out: Slots, now: Slots, *, adds: bool) -> None:
    """Values replace those of the same dimension, or join them; an exclusion takes one out."""
    named = [v for v in now.values if not v.negate]
    dims = set() if adds else {s.id for v in named for s in v.senses}
    out.values = [v for v in out.values if not {s.id for s in v.senses} & dims] + named
    for new in (v for v in now.values if v.negate):
        kept = [v for v in out.values if v.negate or not _stored(v) & _stored(new)]
        out.values = kept if len(kept) < len(out.values) else [*out.values, new]


def _swapped(out: Slots, now: Slots) -> None:
    """`by month instead` of by region: one breakdown takes the place of the other."""
    if now.grain is not None and not now.dimensions:
        out.dimensions = []
    elif now.dimensions and now.grain is None:
        out.grain = None


def _stored(slot: ValueSlot) -> set[object]:
    return {v for s in slot.senses for v in s.values}


def _time(out: Slots, now: Slots, folded: str) -> None:
    named = len(now.periods) + len(now.shifts) == 1 and not now.flags & {"vs"}
    if named and len(out.periods) == 1 and _STEP_BACK.search(folded):
        out.steps_back += 1
        return
    if now.periods:
        out.steps_back = 0
        out.periods, out.linked_periods = now.periods, now.linked_periods
        out.period_texts = now.period_texts
        out.shifts = [s for s in out.shifts if s.period is None]
        out.which_period = False
    if now.shifts:
        out.shifts, out.relative_shift = now.shifts, now.relative_shift
        out.flags.discard("trend")
    if now.grain is not None:
        out.grain, out.which_period = now.grain, now.which_period


def _ranking(out: Slots, now: Slots) -> None:
    if now.limit is not None:
        out.limit, out.limit_desc = now.limit, now.limit_desc
        out.superlative = now.superlative
    elif now.superlative is not None:
        out.superlative, out.limit = now.superlative, None
        out.contrast = now.contrast
    if now.flags & {"asc", "desc"}:
        out.flags -= {"asc", "desc"}
