"""What is said and shown of credits: the headline, the table of groups and the bars."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answer import Cell, Chart, Mark, Table
from assistant.formatting import show
from assistant.tell.told import Names, key_column, money_column, value_column, window_text
from tools.attribution.contract import AttributionResult, Credit, GroupRow

LISTED_BEST = 3
_WHOLE = 1000
"""From this amount on cents are left out of sentences; tables keep them."""
_LISTED = 40
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


class Teller:
    """Words, units and names for one result in one language."""

    def __init__(self, result: AttributionResult, lang: str, names: Names) -> None:
        self.r = result
        self.names = names
        self.lang = lang
        self.w = _WORDS["zh" if lang == "zh" else "en"]
        self.unit = result.currency if result.measure == "amount" else ""

    def value(self, credit: Credit) -> float:
        """Return a credit in the measure of the result."""
        return (credit.amount or 0.0) if self.r.measure == "amount" else credit.conversions

    def text(self, value: Cell, unit: str) -> str:
        """Return a value as it stands in a sentence: large amounts without cents."""
        if unit == self.r.currency and isinstance(value, float) and abs(value) >= _WHOLE:
            value = round(value)
        return show(value, unit=unit, pattern="", lang=self.lang, kind="value")

    def name(self, row: GroupRow) -> str:
        """Return what a row is called."""
        named = self.names.value(self.r.by, row.group)
        return named if row.kind == "group" else self.w[row.kind]

    # --- sentences --------------------------------------------------------------------

    def headline(self) -> str:
        """Return the sentence that answers: the total, the best groups, and who moved most."""
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
        for row in sorted(ranked, key=lambda x: x.models[model].rank or 0)[:LISTED_BEST]:
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


def _inclusive(span: tuple[object, object]) -> tuple[object, object]:
    from datetime import date, timedelta

    start, end = span
    return start, end - timedelta(days=1) if isinstance(end, date) else end
