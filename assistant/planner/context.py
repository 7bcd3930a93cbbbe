"""What a message without a period of its own takes from the conversation, and what it cannot."""

from __future__ import annotations

import re

from assistant.plan import Note
from assistant.planner.customer_words import SAID
from assistant.planner.parameters import on_credit
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.compile.facts import shared_dimensions
from semantic_layer.compile.parameters import settings

_WHOLE = re.compile(r"全部|所有|总体|整体|全公司|历史|\boverall\b|\ball\b|\bcompany ?wide\b")
_ALONE = re.compile(r"我们|咱们|公司|\b(?:we|our|company)\b")
_CUSTOMERS = re.compile(r"客户|哪|谁|名单|清单|\b(?:customers?|accounts?|which|who)\b")
_THESE = re.compile(
    r"^(?:那么?)?(?:这|那)(?:些|几[个家位名])|^(?:上述|以上这?些)|\b(?:these|those)\b"
)
_ONE = frozenset({"它", "它的", "its"})
_BEGINS = re.compile(
    r"^(?:那么?|and |what (?:is|are|about) )?(?:它|他们|她们|这些|那些|its? |their |these |those )"
)
_LATIN = re.compile(r"[a-z0-9']+")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_MAX_WORDS, _MAX_CHARACTERS = 6, 14
"""A longer message is a question of its own."""
_LEFT_BY_METRIC = frozenset({"stuck", "journey", *SAID})
"""Analyses that a metric said after them leaves."""

_RANKED_ANEW = Note(
    zh="按这个指标重新排名，与上一问选出的不一定相同",
    en="ranked anew by this metric: not always those picked before",
)


def stands_for(folded: str) -> str:
    """Return the words of a message that stand for groups shown before: 这些, those."""
    found = _THESE.search(folded)
    return found.group() if found else ""


def has_context(slots: Slots) -> bool:
    """Whether a question has a condition that the next one may go on with."""
    said = (slots.periods, slots.values, slots.dimensions, slots.thresholds, slots.models)
    return bool(any(said) or slots.grain or slots.unknown)


def goes_on(layer: SemanticLayer, folded: str, now: Slots, before: Slots) -> bool:
    """Whether a message that does not say so continues the question before it.

    A few words that name a metric, an analysis or a model and no period do; those that ask
    for the whole (`overall`, 全部) or bring a breakdown of their own do not.
    """
    if _WHOLE.search(folded) or not _is_short(folded):
        return False
    if now.pronoun:
        return not now.intents - SAID
    if now.periods or _ALONE.search(folded) or not has_context(before):
        return False
    if now.intents & SAID:
        return _same_account(folded, now, before)
    if now.models:
        credited = "influence" in before.intents or on_credit(layer, before)
        return credited and _names_models(now)
    if now.intents == {"stuck"}:
        return now.empty and not now.dimensions
    only = bool(before.values or before.periods or before.dimensions or before.grain)
    return only and _bare(now)


def _is_short(folded: str) -> bool:
    words, characters = len(_LATIN.findall(folded)), len(_CJK.findall(folded))
    return words <= _MAX_WORDS and characters <= _MAX_CHARACTERS


def _bare(now: Slots) -> bool:
    """Whether metrics are named, with values at most."""
    own = (now.dimensions, now.thresholds, now.shifts, now.intents, now.flags, now.denied)
    asked = now.ranked or now.grain or now.direction or now.records or now.who or now.mine
    odd = now.source_stage or now.duration or now.lookback or now.half_life or now.ahead
    return not (now.empty or any(own) or asked or odd)


def _names_models(now: Slots) -> bool:
    own = (now.metrics, now.dimensions, now.values, now.shifts, now.thresholds)
    return not (any(own) or now.flags - {"vs"} or now.ranked or now.intents - {"attribution"})


def _same_account(folded: str, now: Slots, before: Slots) -> bool:
    """`流失风险` after the health of one account is about that account."""
    own = now.values or now.unknown or now.dimensions or now.limit or now.superlative
    asked = bool(before.intents & SAID) and bool(before.unknown or before.values)
    return asked and not own and not _CUSTOMERS.search(folded)


def keeps_rows(before: Slots, now: Slots) -> bool:
    """Whether 他们, 这些渠道 stand for groups that a rank or a threshold has picked."""
    picked = before.thresholds or before.limit
    several = now.pronoun and now.pronoun not in _ONE
    shown = bool(before.metrics) and not before.intents
    return bool(picked and several and shown and not now.empty)


def pin_rows(out: Slots, before: Slots) -> None:
    """Keep what picked the groups on the metric that picked them, whatever is added."""
    first = before.order_metric or before.metrics[0]
    for threshold in out.thresholds:
        threshold.metric = threshold.metric or first
    if before.ranked:
        out.order_metric = first


def leave_analysis(out: Slots, now: Slots, before: Slots, folded: str) -> None:
    """Change between metrics and analyses without what belongs to the other only."""
    entered = now.intents & ({"stuck"} | SAID)
    if entered and now.empty and not before.intents & entered:
        out.metrics, out.metric_senses, out.thresholds = [], [], []
        out.bundles, out.ambiguous, out.per = [], [], None
    if now.empty or now.intents:
        return
    out.intents -= _LEFT_BY_METRIC
    if not re.match(r"只|仅|only |just ", folded):
        out.intents -= {"influence"}


def beside_models(layer: SemanticLayer, out: Slots, now: Slots, before: Slots) -> None:
    """`compare with first touch` sets a model beside the one that was used."""
    if "vs" not in now.flags or not now.models:
        return
    impact = "influence" in before.intents
    if impact or on_credit(layer, before):
        usual = [] if impact else [settings(layer.context, None).model]
        used = before.models or usual
        out.models = list(dict.fromkeys((*used, *now.models)))
        out.flags.discard("vs")


def refers_to_nothing(folded: str, now: Slots, before: Slots | None) -> bool:
    """Whether a pronoun stands for what no earlier question names."""
    if not now.pronoun:
        return False
    if before is None:
        return bool(_BEGINS.match(folded))
    if now.intents & SAID or before.intents & SAID:
        return not _account_known(now, before)
    if now.pronoun in _ONE:
        named = [v for v in before.values if not v.negate]
        return before.ranked or (not now.empty and len(named) != 1)
    if before.intents or (before.ranked and not keeps_rows(before, now)):
        return True
    if keeps_rows(before, now):
        settled = before.order_metric or all(t.metric for t in before.thresholds)
        return len(before.metrics) != 1 and not settled
    known = {*before.dimensions, *(s.id for v in before.values for s in v.senses)}
    return not set(now.dimensions) <= known or not (known or now.empty)


def _account_known(now: Slots, before: Slots) -> bool:
    """Whether the accounts spoken of can be named again; only other analyses of them can."""
    one = now.pronoun in _ONE
    if not now.empty and not now.intents & SAID:
        return bool(before.values) and not (before.unknown or before.ranked)
    return bool(before.values or (one and before.unknown)) and not before.ranked


def refit(layer: SemanticLayer, slots: Slots, now: Slots) -> tuple[Note, ...]:
    """Leave out breakdowns kept from before that a new metric does not know.

    Returns:
        What was left out, and that a ranking kept from before is made anew.
    """
    if now.empty or now.dimensions or not slots.metrics or slots.thresholds:
        return ()
    if slots.ranked:
        anew = not now.ranked and slots.metrics == now.metrics
        return (_RANKED_ANEW,) if anew else ()
    shared = shared_dimensions(layer.context, tuple(slots.metrics))
    lost = [d for d in slots.dimensions if d not in shared]
    slots.dimensions = [d for d in slots.dimensions if d in shared]
    labels = [layer.definitions.dimensions[d].label for d in lost]
    return tuple(
        Note(
            zh=f"这个指标没有「{t.get('zh')}」，不再按它拆分",
            en=f"this metric has no {t.get('en').lower()}: not broken down by it",
        )
        for t in labels
    )
