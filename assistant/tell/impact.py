"""A campaign's impact in words: what it influenced, at what cost, and beside whom."""

from __future__ import annotations

from assistant.answer import Cell, Chart, Table
from assistant.formatting import show
from assistant.tell.remarks import split
from assistant.tell.told import Names, Told, key_column, money_column, value_column
from tools.attribution.impact_contract import ImpactResult, StageImpact, ValueImpact

_WARNED = frozenset(
    {"PARTIAL", "SMALL", "COST_PART", "COST_DENIED", "SPLIT_VIEW", "MATURING", "OVERLAP"}
)
_WORDS = {
    "zh": {
        "part": "{n} 个{stage}{amount}（直接 {direct}，间接 {indirect}）", "money": " {value}", "list": "、",
        "head": "{value} 影响了 {parts}{cost}", "cost": "；费用 {cost}，{model}归因ROI {roi}",
        "chain": "其线索：{steps}", "none": "{value} 在这个范围内没有影响任何转化", "end": "。",
        "peers": "同类型共 {n} 个活动可比", "stage": "阶段", "influenced": "影响数", "direct": "直接",
        "indirect": "间接", "amount": "影响金额", "direct_amount": "直接金额", "indirect_amount": "间接金额",
        "value": "活动", "leads": "数量", "rate": "占线索", "step_rate": "上一步转化", "maturity": "已成熟",
        "cost_label": "费用", "roi": "ROI", "together": "合计（去重）", "name": "对象", "credit": "归因金额",
    },
    "en": {
        "part": "{n} {stage}{amount} ({direct} directly, {indirect} indirectly)", "money": " of {value}",
        "list": ", ", "head": "{value} influenced {parts}{cost}",
        "cost": "; cost {cost}, {model} ROI {roi}", "chain": "its leads: {steps}",
        "none": "{value} influenced nothing in this range", "end": ".",
        "peers": "{n} campaigns of the same type to compare with", "stage": "Stage",
        "influenced": "Influenced", "direct": "Direct", "indirect": "Indirect",
        "amount": "Influenced amount", "direct_amount": "Direct amount",
        "indirect_amount": "Indirect amount", "value": "Campaign", "leads": "Number",
        "rate": "Of leads", "step_rate": "Of step before", "maturity": "Matured",
        "cost_label": "Cost", "roi": "ROI", "together": "Together, each once", "name": "Name",
        "credit": "Attributed",
    },
}  # fmt: skip


def tell_impact(result: ImpactResult, lang: str, names: Names) -> Told:
    """Return the impact of one or several campaigns."""
    w = _WORDS["zh" if lang == "zh" else "en"]
    tables = [_stages(result, lang), _chain(result, lang)]
    if result.peers:
        tables.append(_peers(result, lang))
    tables = [t for t in tables if t.rows]
    lines = [_chain_line(v, lang) for v in result.values if v.chain]
    if result.peer_count:
        lines.append(w["peers"].format(n=result.peer_count) + w["end"])
    influenced = any(s.influenced for v in result.values for s in v.stages)
    chart = (
        Chart(
            mark="bar", table="result", x="stage", y=("influenced",), title=w["influenced"], alt=""
        )
        if influenced and len(result.values) == 1
        else None
    )
    assumptions, warnings = split(result.notes, _WARNED, lang)
    return Told(
        headline="\n".join(
            _head(result, v, names.value(result.dimension, v.value), lang) for v in result.values
        ),
        text="\n".join(lines),
        tables=tuple(tables),
        charts=(chart,) if chart else (),
        assumptions=assumptions,
        warnings=warnings,
        is_empty=not influenced,
    )


def _text(value: Cell, unit: str, lang: str) -> str:
    return show(value, unit=unit, pattern="", lang=lang, kind="value")


def _head(result: ImpactResult, value: ValueImpact, name: str, lang: str) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    parts = [_part(s, result.currency, lang) for s in value.stages if s.influenced]
    if not parts:
        return w["none"].format(value=name) + w["end"]
    cost = ""
    if value.cost is not None and value.roi:
        model, roi = next(iter(value.roi.items()))
        from semantic_layer.credit.models import MODELS

        label = MODELS[model].label.get(lang) if model in MODELS else model
        cost = w["cost"].format(
            cost=_text(value.cost, result.currency, lang), model=label, roi=_text(roi, "%", lang)
        )
    return w["head"].format(value=name, parts=w["list"].join(parts), cost=cost) + w["end"]


def _part(stage: StageImpact, currency: str, lang: str) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    amount = w["money"].format(value=_text(stage.amount, currency, lang)) if stage.amount else ""
    label = stage.label.get(lang)
    if lang != "zh" and stage.influenced != 1 and not label.isupper():
        label = label[:-1] + "ies" if label.endswith("y") else label + "s"
    return w["part"].format(
        n=f"{stage.influenced:,}",
        stage=label if lang == "zh" else label if label.isupper() else label.lower(),
        amount=amount,
        direct=stage.direct,
        indirect=stage.indirect,
    )


def _chain_line(value: ValueImpact, lang: str) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    steps = " → ".join(f"{s.label.get(lang)} {s.leads:,}" for s in value.chain)
    return w["chain"].format(steps=steps) + w["end"]


def _stages(result: ImpactResult, lang: str) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    money = [
        money_column(n, w[n], result.currency)
        for n in ("amount", "direct_amount", "indirect_amount")
    ]
    columns = (
        key_column(result.dimension, result.dimension_label.get(lang)),
        key_column("stage", w["stage"]),
        *(value_column(n, w[n]) for n in ("influenced", "direct", "indirect")),
        *money,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            v.value,
            s.label.get(lang),
            s.influenced,
            s.direct,
            s.indirect,
            s.amount,
            s.direct_amount,
            s.indirect_amount,
        )
        for v in result.values
        for s in v.stages
    ]
    if len(result.values) > 1:
        labels = {s.stage: s.label.get(lang) for v in result.values for s in v.stages}
        rows += [
            (
                w["together"],
                labels.get(stage, stage),
                d.influenced,
                None,
                None,
                d.amount,
                None,
                None,
            )
            for stage, d in result.together.items()
        ]
    return Table(name="result", columns=columns, rows=tuple(rows), total_rows=len(rows))


def _chain(result: ImpactResult, lang: str) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    columns = (
        key_column(result.dimension, result.dimension_label.get(lang)),
        key_column("stage", w["stage"]),
        value_column("leads", w["leads"]),
        *(value_column(n, w[n], "%") for n in ("rate", "step_rate", "maturity")),
    )
    rows = tuple(
        (v.value, s.label.get(lang), s.leads, s.rate, s.step_rate, s.maturity)
        for v in result.values
        for s in v.chain
    )
    return Table(name="chain", columns=columns, rows=rows, total_rows=len(rows))


def _peers(result: ImpactResult, lang: str) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    labels = {s.stage: s.label.get(lang) for v in result.values for s in v.stages}
    columns = (
        key_column(result.dimension, result.dimension_label.get(lang)),
        *(
            value_column(f"influenced_{s}", f"{label} {w['influenced']}")
            for s, label in labels.items()
        ),
        money_column("attributed", w["credit"], result.currency),
        money_column("cost", w["cost_label"], result.currency),
        value_column("roi", w["roi"], "%"),
    )
    rows = tuple(
        (p.value, *(p.influenced.get(s) for s in labels), p.attributed, p.cost, p.roi)
        for p in result.peers
    )
    return Table(name="peers", columns=columns, rows=rows, total_rows=result.peer_count)
