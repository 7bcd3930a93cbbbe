"""The notes of an attribution: assumptions, treatment of awkward rows, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic_layer.query import Filter
from semantic_layer.timegrain import TimeGrain
from tools.attribution.bindings import Binding, is_dated_only
from tools.attribution.compute import Attribution
from tools.attribution.contract import AttributeArgs, Totals
from tools.attribution.costs import Costs
from tools.attribution.counts import counts
from tools.attribution.driven import LEAST_CONVERSIONS, LEAST_GROUP
from tools.attribution.notes import Note, note
from tools.attribution.tables import NONE
from tools.base import ToolContext

_WORDS = {
    "zh": {
        "account": "客户（全部联系人）", "person": "转化本人", "lead": "线索对应的联系人",
        "close": "转化时", "lead_anchor": "留资时", "opportunity_anchor": "商机创建时",
        "basis_close": "按转化期间", "basis_cohort": "按触点期间",
        "lead_milestone": "留资", "opportunity_milestone": "商机创建",
    },
    "en": {
        "account": "account (all contacts)", "person": "converting person",
        "lead": "the lead's person", "close": "the conversion", "lead_anchor": "lead creation",
        "opportunity_anchor": "opportunity creation", "basis_close": "converted in the period",
        "basis_cohort": "touched in the period", "lead_milestone": "lead creation",
        "opportunity_milestone": "opportunity creation",
    },
}  # fmt: skip


def remarks(
    args: AttributeArgs,
    done: Attribution,
    totals: Totals,
    costs: Costs,
    context: ToolContext,
) -> Iterator[Note]:
    """Yield everything that must be said beside the numbers."""
    lang, binding = context.lang, done.journeys.binding
    yield _assumptions(done, totals, context)
    for model in done.method.models:
        label, meaning = model.label.get(lang), model.meaning.get(lang)
        yield note("MODEL", lang, label=label, meaning=meaning)
    if any(m.raw == "time_decay" for m in done.method.models):
        yield note("HALF_LIFE", lang, days=f"{done.method.half_life_days:g}")
    yield from _period(args, context)
    yield from _rows(args, binding, context)
    yield from _gaps(done, context)
    yield from done.learned.notes
    yield from _volume(done, context)
    yield from costs.notes
    yield from _money(done, costs, context)
    shown = len(args.groups) if args.groups else len(done.credited.groups)
    if args.limit and shown > args.limit:
        yield note("CUT", lang, count=shown - args.limit)


def _assumptions(done: Attribution, totals: Totals, context: ToolContext) -> Note:
    binding, lang, whole = done.journeys.binding, context.lang, done.credited
    words = _WORDS["zh" if lang == "zh" else "en"]
    part = f"{totals.coverage:.1%}" if totals.coverage is not None else "-"
    anchor = binding.args.anchor
    return note(
        "ASSUMPTIONS",
        lang,
        models=", ".join(m.label.get(lang) for m in done.method.models),
        conversion=binding.stage.label.get(lang),
        scope=words[binding.whose],
        anchor=words["close" if anchor == "close" else f"{anchor}_anchor"],
        lookback=binding.lookback_days,
        basis=words[f"basis_{binding.args.basis}"],
        n=whole.conversions,
        coverage=part,
    )


def _period(args: AttributeArgs, context: ToolContext) -> Iterator[Note]:
    time, lang = args.time, context.lang
    if time is None:
        yield note("ALL_TIME", lang)
        return
    layer = context.layer.context
    last = layer.calendar.add(time.end, -1, TimeGrain.DAY) if time.end else layer.as_of
    start = time.start.isoformat() if time.start else "-"
    yield note("PERIOD", lang, start=start, end=last.isoformat())
    if time.end is None or time.end > layer.data_end:
        yield note("PARTIAL", lang, as_of=layer.as_of.isoformat())
    if args.basis == "cohort":
        yield note("COHORT", lang)


def _rows(args: AttributeArgs, binding: Binding, context: ToolContext) -> Iterator[Note]:
    lang = context.lang
    if args.filters:
        yield note("FILTERS", lang, filters=said(args.filters, context))
    if args.touch_filters:
        yield note("TOUCHES_ONLY", lang, filters=said(args.touch_filters, context))
    if not args.marketing_only and binding.touch.marketing:
        yield note("ALL_TOUCHES", lang)
    if is_dated_only(binding, context):
        yield note("WHOLE_DAYS", lang)
    if binding.stage.journey_end:
        stage, end = binding.stage.label.get(lang), binding.stage.journey_end
        yield note("JOURNEY_END", lang, stage=stage, field=end)
    if binding.touch.model in context.scope.rows:
        yield note("SPLIT_VIEW", lang)


def said(filters: Sequence[Filter], context: ToolContext) -> str:
    """Return filters in words."""
    dims = context.layer.definitions.dimensions
    parts = []
    for f in filters:
        label = dims[f.dimension].label.get(context.lang)
        parts.append(f"{label} {f.op} {', '.join(map(str, f.values))}".strip())
    return "; ".join(parts)


def _gaps(done: Attribution, context: ToolContext) -> Iterator[Note]:
    binding, lang = done.journeys.binding, context.lang
    words = _WORDS["zh" if lang == "zh" else "en"]
    found = counts(done.journeys, has_amount=done.has_amount)
    if binding.stage.void:
        stage = binding.stage.label.get(lang)
        yield note("VOID", lang, field=binding.stage.void, stage=stage, count=found.void)
    for milestone, missing in found.missing.items():
        if missing and milestone == binding.args.anchor:
            anchor = words[f"{milestone}_milestone"]
            yield note("NO_ANCHOR", lang, count=missing, anchor=anchor)
        elif missing:
            name = words[f"{milestone}_milestone"]
            yield note("MILESTONE_GAPS", lang, count=missing, milestone=name)
    if found.reused:
        yield note("REUSED", lang, count=found.reused)
    if found.is_rounded:
        yield note("ROUNDED", lang)


def _volume(done: Attribution, context: ToolContext) -> Iterator[Note]:
    if not any(m.data_driven for m in done.method.models):
        return
    count = done.credited.conversions - done.credited.rest
    if count < LEAST_CONVERSIONS:
        yield note("SMALL", context.lang, count=count, least=LEAST_CONVERSIONS)
    few = [g for g, c in done.credited.groups.items() if c.touched < LEAST_GROUP]
    if few:
        names = sorted(NONE if g is None else g for g in few)
        shown = ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")  # noqa: PLR2004 - a readable list
        yield note("SMALL_GROUPS", context.lang, groups=shown, least=LEAST_GROUP)


def _money(done: Attribution, costs: Costs, context: ToolContext) -> Iterator[Note]:
    if costs.by_group is None:
        return
    yield note("COST_PERIOD", context.lang)
    free = [g for g in done.credited.groups if not costs.by_group.get(g)]
    if free:
        yield note("COST_ZERO", context.lang, count=len(free))
