"""Credits to touches in words: who carried the revenue, under which model, and how models differ."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answer import Cell, Chart, Mark, Table, TableColumn, TimeBasis
from assistant.formatting import show
from assistant.tell.remarks import split
from assistant.tell.told import Names, Told, key_column, money_column, value_column, window_text
from tools.attribution.contract import (
    AttributionResult,
    Credit,
    Evidence,
    GroupRow,
    Recommendation,
)

_WARNED = frozenset(
    {"PARTIAL", "SMALL_GROUPS", "COST_PART", "COST_DENIED", "NO_COST_BY", "SPLIT_VIEW",
     "MAY_BE_NEGATIVE", "MILESTONE_GAPS", "NO_ANCHOR", "CUT"}
)  # fmt: skip
_NAMED = 3
_WHOLE = 1000
"""From this amount on cents are left out of sentences; tables keep them."""
_LISTED = 40
_LOOSE = 0.1
"""Distance of fitted weights from what the journeys show, above which they say little."""
_WORDS = {
    "zh": {
        "amount": "归因金额", "count": "归因转化数", "share": "占比", "rank": "名次变化", "cost": "费用",
        "roi": "ROI", "touched": "触达转化", "none": "（无）", "unattributed": "（未归因）", "other": "其他",
        "colon": "：", "list": "、", "end": "。", "sep": "；",
        "head": "{window} · {conversion}{total}，{n} 笔，{coverage} 有触点 — {model}：{top}",
        "pair": "{name} {value}（{share}）", "rest": "未归因 {value}",
        "moved": "{name} {model}第 {rank} 名（{share}），{other}第 {then} 名（{before}）",
        "versus": "各模型差异（占比总差）：{pairs}", "empty": "这段时间没有可归因的{conversion}",
        "deal": "{id}（{day}{amount}）共 {n} 个触点 — {model}：{top}", "no_touch": "{id} 没有触点，记为未归因",
        "touch": "序号", "at": "时间", "before": "提前天数", "weight": "权重", "roles": "角色",
    },
    "en": {
        "amount": "attributed", "count": "attributed conversions", "share": "share",
        "rank": "places", "cost": "Cost", "roi": "ROI", "touched": "Touched", "none": "(none)",
        "unattributed": "(unattributed)", "other": "Other", "colon": ": ", "list": ", ", "end": ".",
        "sep": "; ",
        "head": "{window} · {conversion} {total}, {n} of them, {coverage} with touches — {model}: {top}",
        "pair": "{name} {value} ({share})", "rest": "unattributed {value}",
        "moved": "{name} {model} no. {rank} ({share}), {other} no. {then} ({before})",
        "versus": "difference between models (total variation): {pairs}",
        "empty": "there is no {conversion} to attribute in this period",
        "deal": "{id} ({day}{amount}) had {n} touches — {model}: {top}",
        "no_touch": "{id} has no touch: unattributed",
        "touch": "No.", "at": "Time", "before": "Days before", "weight": "weight", "roles": "Roles",
    },
}  # fmt: skip


class _Teller:
    def __init__(self, result: AttributionResult, lang: str, names: Names) -> None:
        self.r = result
        self.names = names
        self.lang = lang
        self.w = _WORDS["zh" if lang == "zh" else "en"]
        self.unit = result.currency if result.measure == "amount" else ""

    def value(self, credit: Credit) -> float:
        return (credit.amount or 0.0) if self.r.measure == "amount" else credit.conversions

    def text(self, value: Cell, unit: str) -> str:
        if unit == self.r.currency and isinstance(value, float) and abs(value) >= _WHOLE:
            value = round(value)
        return show(value, unit=unit, pattern="", lang=self.lang, kind="value")

    def name(self, row: GroupRow) -> str:
        """Return what a row is called."""
        named = self.names.value(self.r.by, row.group)
        return named if row.kind == "group" else self.w[row.kind]

    # --- sentences --------------------------------------------------------------------

    def headline(self) -> str:
        r, w = self.r, self.w
        window = window_text(*_inclusive(r.span), self.lang)
        if not r.totals.conversions:
            return (
                window
                + w["colon"]
                + w["empty"].format(conversion=r.conversion_label.get(self.lang))
                + w["end"]
            )
        main = r.models[0]
        total = self.text(r.totals.amount, r.currency) if r.totals.amount is not None else ""
        text = w["head"].format(
            window=window,
            conversion=r.conversion_label.get(self.lang),
            total=total,
            n=f"{r.totals.conversions:,}",
            coverage=self.text(r.totals.coverage, "%"),
            model=main.label.get(self.lang),
            top=w["list"].join(self._top(main.id)),
        )
        more = (
            [
                w["rest"].format(
                    value=self.text(self.value(r.unattributed.models[main.id]), self.unit)
                )
            ]
            if r.unattributed
            else []
        )
        return w["sep"].join([text, *more, *self._moved()]) + w["end"]

    def _top(self, model: str) -> Iterator[str]:
        ranked = [x for x in self.r.rows if x.kind == "group" and x.models[model].rank is not None]
        for row in sorted(ranked, key=lambda x: x.models[model].rank or 0)[:_NAMED]:
            credit = row.models[model]
            yield self.w["pair"].format(
                name=self.name(row),
                value=self.text(self.value(credit), self.unit),
                share=self.text(credit.share, "%"),
            )

    def _moved(self) -> Iterator[str]:
        """Name the group whose share differs most between the first model and another."""
        r = self.r
        if len(r.models) < 2:
            return
        first = r.models[0]
        spread = [
            (abs((row.models[m.id].share or 0) - (row.models[first.id].share or 0)), row, m)
            for row in r.rows
            for m in r.models[1:]
            if row.kind == "group"
            and row.models[m.id].rank is not None
            and row.models[first.id].rank is not None
        ]
        if not spread:
            return
        _, row, other = max(spread, key=lambda item: item[0])
        now, then = row.models[first.id], row.models[other.id]
        yield self.w["moved"].format(
            name=self.name(row),
            model=first.label.get(self.lang),
            rank=now.rank,
            share=self.text(now.share, "%"),
            other=other.label.get(self.lang),
            then=then.rank,
            before=self.text(then.share, "%"),
        )

    def lines(self) -> list[str]:
        """Return what follows the headline."""
        labels = {m.id: m.label.get(self.lang) for m in self.r.models}
        arrow = " ↔ "
        pairs = [
            f"{labels[d.a]}{arrow}{labels[d.b]} {self.text(d.total_variation, '%')}"
            for d in self.r.distances
        ]
        return [self.w["versus"].format(pairs=self.w["list"].join(pairs))] if pairs else []

    # --- tables -----------------------------------------------------------------------

    def table(self) -> Table:
        """Return groups with each model's credit, cost and ROI; the unattributed row last."""
        r, w = self.r, self.w
        columns = [key_column(r.by, r.by_label.get(self.lang))]
        several = len(r.models) > 1
        for i, model in enumerate(r.models):
            label = model.label.get(self.lang)
            own = w[r.measure]
            columns.append(money_column(f"{model.id}__{r.measure}", f"{label} {own}", self.unit))
            columns.append(
                value_column(
                    f"{model.id}__share", f"{label} {w['share']}" if several else w["share"], "%"
                )
            )
            if i:
                columns.append(value_column(f"{model.id}__rank_change", f"{label} {w['rank']}"))
            if self.has_cost:
                columns.append(
                    value_column(
                        f"{model.id}__roi", f"{label} {w['roi']}" if several else w["roi"], "%"
                    )
                )
        columns.append(value_column("touched", w["touched"]))
        columns += [money_column("cost", w["cost"], r.currency)] if self.has_cost else []
        shown = (*r.rows, *((r.unattributed,) if r.unattributed else ()))
        rows = tuple(tuple(self._row(row)) for row in shown)
        return Table(
            name="result",
            columns=tuple(columns),
            rows=rows,
            total_rows=r.total_groups + (r.unattributed is not None),
        )

    @property
    def has_cost(self) -> bool:
        """Whether any group has a cost beside it."""
        return any(row.cost is not None for row in self.r.rows)

    def _row(self, row: GroupRow) -> list[Cell]:
        out: list[Cell] = [row.group if row.kind == "group" else self.w[row.kind]]
        for i, model in enumerate(self.r.models):
            credit = row.models[model.id]
            out += [self.value(credit), credit.share]
            out += [credit.rank_change] if i else []
            out += [credit.roi] if self.has_cost else []
        return [*out, row.touched, *([row.cost] if self.has_cost else [])]

    def chart(self, table: Table) -> Chart | None:
        """Return bars of each model's credit."""
        r = self.r
        if not r.rows or len(r.rows) > _LISTED:
            return None
        y = tuple(f"{m.id}__{r.measure}" for m in r.models)
        title = self.w["list"].join(m.label.get(self.lang) for m in r.models)
        mark: Mark = "grouped_bar" if len(y) > 1 else "bar"
        top = self.w["list"].join(self._top(r.models[0].id))
        return Chart(
            mark=mark,
            table=table.name,
            x=r.by,
            y=y,
            unit=self.unit,
            title=f"{title} {self.w[r.measure]}",
            alt=top,
        )


def tell_attribution(result: AttributionResult, lang: str, names: Names) -> Told:
    """Return an attribution, the evidence of one conversion, or a recommended model."""
    kept = _trusted(result)
    if kept is None:
        return _too_small(result, lang)
    left_out = [_small_text(result, lang)] if kept.models != result.models else []
    result = kept
    teller = _Teller(result, lang, names)
    table = teller.table()
    chart = teller.chart(table)
    headline, tables, text = teller.headline(), (table,), teller.lines()
    if result.evidence is not None:
        headline = _deal(teller, result.evidence)
        tables = (_touches(teller, result.evidence),)
        chart, text = None, []
    if result.recommendation is not None:
        text = [*_advice(teller, result.recommendation), *text]
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


def _inclusive(span: tuple[object, object]) -> tuple[object, object]:
    from datetime import date, timedelta

    start, end = span
    return start, end - timedelta(days=1) if isinstance(end, date) else end


# --- one conversion -------------------------------------------------------------------------


def _deal(teller: _Teller, found: Evidence) -> str:
    w, r = teller.w, teller.r
    if not found.touches:
        return w["no_touch"].format(id=found.conversion_id) + w["end"]
    model = r.models[0]
    groups = found.groups.get(model.id) or _by_group(teller, found, model.id)
    ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
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


def _by_group(teller: _Teller, found: Evidence, model: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for touch in found.touches:
        said = touch.dimensions.get(teller.r.by)
        name = teller.names.value(teller.r.by, said) if said else teller.w["none"]
        out[name] = out.get(name, 0.0) + touch.weights.get(model, 0.0)
    return out


def _touches(teller: _Teller, found: Evidence) -> Table:
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


# --- advice ---------------------------------------------------------------------------------


_ADVICE = {
    "zh": {
        "scored": "建议使用{model}：在 {n} 个完整季度上与马尔可夫链的分配平均相差 {best}{others}。",
        "others": "，没有别的模型再接近 {margin} 以上（{list}）", "other": "{model} {distance}",
        "loose": "相差都较大，任何按位置的模型都只能作参考。",
        "cycle": "建议使用{model}：完整季度不足 {least} 个，无法比较各模型，只按转化周期判断。",
        "facts": "转化周期中位数 {cycle} 天，{several} 的转化有多个触点。",
        "custom": "自定义权重更好：{weights}。按留出季度检验，比{model}再接近 {gain}。",
        "plain": "自定义权重没有通过留出季度检验（{gain}，至少需要 {margin}），不建议使用。",
        "stable": "各季度结论一致。", "shaky": "各季度差异较大，建议每季度复盘。",
        "unknown": "季度不足，暂不能判断稳定性。", "better": "再接近 {gain}", "worse": "反而差 {gain}",
    },
    "en": {
        "scored": "Recommended: {model}. Over {n} full quarters its shares are on average {best} from the Markov chain's{others}.",
        "others": "; no other model is nearer by {margin} ({list})", "other": "{model} {distance}",
        "loose": "All are far off: a model by position is for orientation only.",
        "cycle": "Recommended: {model}. Fewer than {least} full quarters, so models cannot be compared; this follows the cycle alone.",
        "facts": "Median cycle {cycle} days; {several} of conversions have several touches.",
        "custom": "Custom weights do better: {weights}. On held-out quarters they are {gain} nearer than {model}.",
        "plain": "Custom weights did not pass on held-out quarters ({gain}; {margin} wanted): not recommended.",
        "stable": "The quarters agree.", "shaky": "The quarters differ: review every quarter.",
        "unknown": "Too few quarters to judge stability.", "better": "{gain} nearer", "worse": "{gain} further off",
    },
}  # fmt: skip
_ENDS = {"first": ("首个", "first"), "middle": ("中间", "middle"), "last": ("末个", "last")}


def _advice(teller: _Teller, found: Recommendation) -> list[str]:
    from semantic_layer.credit.models import find_model
    from tools.attribution.recommend import LEAST_QUARTERS, MARGIN

    zh = teller.lang == "zh"
    w = _ADVICE["zh" if zh else "en"]
    model = find_model(found.model).label.get(teller.lang)
    cycle = "—" if found.median_cycle_days is None else f"{found.median_cycle_days:.0f}"
    facts = w["facts"].format(cycle=cycle, several=teller.text(found.several_touches_share, "%"))
    stable = w[{True: "stable", False: "shaky", None: "unknown"}[found.is_stable]]
    if not found.quarters or found.gain is None:
        return [w["cycle"].format(model=model, least=LEAST_QUARTERS), facts, stable]
    best = teller.text(found.distances[found.model], "%")
    margin = teller.text(MARGIN, "%")
    ranked = sorted(found.distances.items(), key=lambda item: item[1])
    others = teller.w["list"].join(
        w["other"].format(
            model=find_model(name).label.get(teller.lang), distance=teller.text(distance, "%")
        )
        for name, distance in ranked
        if name != found.model
    )
    said = w["others"].format(margin=margin, list=others)
    lines = [w["scored"].format(model=model, n=len(found.quarters), best=best, others=said), facts]
    lines += [w["loose"]] if found.distances[found.model] > _LOOSE else []
    gain = teller.text(abs(found.gain), "%")
    if found.is_custom_better:
        weights = teller.w["list"].join(
            f"{_ENDS[end][not zh]} {teller.text(weight, '%')}"
            for end, weight in found.weights.items()
        )
        lines.append(w["custom"].format(weights=weights, model=model, gain=gain))
    else:
        side = w["better" if found.gain > 0 else "worse"].format(gain=gain)
        lines.append(w["plain"].format(gain=side, margin=margin))
    return [*lines, stable]
