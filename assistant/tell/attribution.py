"""Credits to touches in words: who carried the revenue, under which model, and how models differ."""

from __future__ import annotations

from assistant.answer import Cell, Table, TableColumn, TimeBasis
from assistant.tell.credit_advice import advice
from assistant.tell.credit_table import LISTED_BEST, Teller
from assistant.tell.remarks import split
from assistant.tell.told import Names, Told, key_column, value_column
from tools.attribution.contract import AttributionResult, Evidence

_WARNED = frozenset(
    {"PARTIAL", "SMALL_GROUPS", "COST_PART", "COST_DENIED", "NO_COST_BY", "SPLIT_VIEW",
     "MAY_BE_NEGATIVE", "MILESTONE_GAPS", "NO_ANCHOR", "CUT"}
)  # fmt: skip


def tell_attribution(result: AttributionResult, lang: str, names: Names) -> Told:
    """Return an attribution, the evidence of one conversion, or a recommended model."""
    kept = _trusted(result)
    if kept is None:
        return _too_small(result, lang)
    left_out = [_small_text(result, lang)] if kept.models != result.models else []
    result = kept
    teller = Teller(result, lang, names)
    table = teller.table()
    chart = teller.chart(table)
    headline, tables, text = teller.headline(), (table,), teller.lines()
    if result.evidence is not None:
        headline = _deal(teller, result.evidence)
        tables = (_touches(teller, result.evidence),)
        chart, text = None, []
    if result.recommendation is not None:
        text = [*advice(teller, result.recommendation), *text]
        headline, *text = text
    start, end = result.span
    assumptions, warnings = split(result.notes, _WARNED, lang)
    return Told(
        headline=headline,
        text="\n".join(text),
        tables=tables,
        charts=(chart,) if chart else (),
        assumptions=assumptions,
        warnings=(*left_out, *warnings),
        time=TimeBasis(
            start=start.isoformat() if start else None,
            end=end.isoformat() if end else None,
            complete=not any(n.code == "PARTIAL" for n in result.notes),
        ),
        sql=result.sql,
        is_empty=not result.totals.conversions,
    )


def _trusted(result: AttributionResult) -> AttributionResult | None:
    """Leave out models that learn from journeys where there are too few; None: no model is left."""
    from semantic_layer.credit.models import MODELS

    if not any(n.code == "SMALL" for n in result.notes):
        return result
    kept = tuple(m for m in result.models if not (m.id in MODELS and MODELS[m.id].data_driven))
    ids = {m.id for m in kept}
    near = tuple(d for d in result.distances if {d.a, d.b} <= ids)
    return result.model_copy(update={"models": kept, "distances": near}) if kept else None


def _too_small(result: AttributionResult, lang: str) -> Told:
    """Say so, in place of numbers that would not hold."""
    return Told(headline=_small_text(result, lang), is_empty=True, sql=result.sql)


def _small_text(result: AttributionResult, lang: str) -> str:
    from semantic_layer.credit.models import MODELS

    small = next(n for n in result.notes if n.code == "SMALL")
    learned = [m for m in result.models if m.id in MODELS and MODELS[m.id].data_driven]
    models = ", ".join(m.label.get(lang) for m in learned)
    texts = {
        "zh": "{models}要从大量旅程里学习，这里只有 {count} 次转化（至少需要 {least} 次），所以不给出数字。"
        "放宽时间范围，或改用U型、线性等按位置的模型。",
        "en": "{models} learns from many journeys; here are only {count} conversions ({least} are needed), "
        "so no numbers are given. Widen the period, or use a model by position such as U-shaped or linear.",
    }
    return texts["zh" if lang == "zh" else "en"].format(models=models, **small.params)


def _deal(teller: Teller, found: Evidence) -> str:
    w, r = teller.w, teller.r
    if not found.touches:
        return w["no_touch"].format(id=found.conversion_id) + w["end"]
    model = r.models[0]
    groups = found.groups.get(model.id) or _by_group(teller, found, model.id)
    ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))[:LISTED_BEST]
    amount = (
        f"{w['list']}{teller.text(found.amount, r.currency)}" if found.amount is not None else ""
    )
    top = w["list"].join(f"{name} {teller.text(weight, '%')}" for name, weight in ranked)
    return w["deal"].format(
        id=found.conversion_id,
        day=found.converted_at.date(),
        amount=amount,
        n=len(found.touches),
        model=model.label.get(teller.lang),
        top=top,
    ) + w["end"]  # fmt: skip


def _by_group(teller: Teller, found: Evidence, model: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for touch in found.touches:
        said = touch.dimensions.get(teller.r.by)
        name = teller.names.value(teller.r.by, said) if said else teller.w["none"]
        out[name] = out.get(name, 0.0) + touch.weights.get(model, 0.0)
    return out


def _touches(teller: Teller, found: Evidence) -> Table:
    w, r = teller.w, teller.r
    dims = list(dict.fromkeys(d for t in found.touches for d in t.dimensions))
    columns: list[TableColumn] = [
        key_column("position", w["touch"]),
        key_column("touched_at", w["at"]),
    ]
    columns.append(value_column("days_before", w["before"]))
    columns += [key_column(d, r.by_label.get(teller.lang) if d == r.by else d) for d in dims]
    columns.append(key_column("roles", w["roles"]))
    for model in r.models:
        label = model.label.get(teller.lang)
        columns.append(value_column(f"{model.id}__weight", f"{label} {w['weight']}", "%"))
        columns.append(value_column(f"{model.id}__amount", f"{label} {w['amount']}", r.currency))
    rows: list[tuple[Cell, ...]] = []
    for t in found.touches:
        cells: list[Cell] = [str(t.position), t.touched_at.isoformat(sep=" ", timespec="minutes")]
        cells += [round(t.days_before, 2), *(t.dimensions.get(d) for d in dims), ", ".join(t.roles)]
        for model in r.models:
            cells += [t.weights.get(model.id), t.amounts.get(model.id)]
        rows.append(tuple(cells))
    return Table(name="evidence", columns=tuple(columns), rows=tuple(rows), total_rows=len(rows))
