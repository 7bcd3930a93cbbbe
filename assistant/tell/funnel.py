"""A funnel in words: how many came how far, and the step that loses most."""

from __future__ import annotations

from datetime import timedelta

from assistant.answer import Cell, Chart, Table, TableColumn, TimeBasis
from assistant.formatting import show
from assistant.tell.remarks import split
from assistant.tell.told import Names, Told, key_column, money_column, value_column, window_text
from tools.funnel.model import Bottleneck, FunnelResult, FunnelRow

_WARNED = frozenset(
    {
        "IMMATURE",
        "MIX_EXPLAINS",
        "GROUPS_CUT",
        "OUT_OF_ORDER",
        "STAGE_SKIPPED",
        "ITEMS_OVERLAP",
        "AMOUNT_HIDDEN",
    }
)
_WORDS = {
    "zh": {
        "cohort": "进入的{first}", "event": "各阶段当期进入数", "steps": "{window}{view}：{chain}；整体转化 {rate}",
        "stuck": "瓶颈：{where}{a} → {b}，转化 {rate}，而{versus}为 {usual}，约少 {missing} 个（p={p}）",
        "lasts": "；从{a}到{b}中位 {days} 天", "longest": "，最长 {top}（{high} 天），最短 {bottom}（{low} 天）", "no_stuck": "没有明显的瓶颈：{reason}", "history": "自身历史", "peers": "其他组", "end": "。",
        "none": "（无）", "stage": "阶段", "entered": "进入", "rate": "到下一步", "rate_from_first": "占首步",
        "median_days": "中位天数", "p90_days": "P90天数", "waiting": "进行中", "stalled": "停滞", "closed": "关闭",
        "amount": "金额", "previous": "对比期进入", "previous_rate": "对比期到下一步", "empty": "没有进入漏斗的记录",
        "no step is significantly worse": "没有哪一步显著变差",
        "there is nothing to compare with: name a period or a dimension": "没有可比对象，请指定时间段或维度",
        "few": "样本太少，两边都要有足够数量才能判断", "sep": "；", "group": "", "at": "{group}的",
    },
    "en": {
        "cohort": "{first} entered", "event": "entries of each stage in the period",
        "steps": "{window}, {view}: {chain}; overall {rate}",
        "stuck": "Bottleneck: {where}{a} → {b} converts {rate}, against {usual} in {versus}, about {missing} fewer (p={p})",
        "lasts": "; median {days} days from {a} to {b}",
        "longest": ", longest {top} ({high} days), shortest {bottom} ({low} days)",
        "no_stuck": "No clear bottleneck: {reason}", "history": "its own history", "peers": "the other groups",
        "end": ".", "none": "(none)", "stage": "Stage", "entered": "Entered", "rate": "To next",
        "rate_from_first": "Of first", "median_days": "Median days", "p90_days": "P90 days",
        "waiting": "Open", "stalled": "Stalled", "closed": "Closed", "amount": "Amount",
        "previous": "Entered before", "previous_rate": "To next before",
        "empty": "nothing entered the funnel", "few": "too few items on one side to tell",
        "sep": "; ", "group": "", "at": "{group}: ",
    },
}  # fmt: skip
_COUNTS = ("waiting", "stalled", "closed")


def tell_funnel(result: FunnelResult, lang: str, names: Names) -> Told:
    """Return a funnel with its bottleneck."""
    w = _WORDS["zh" if lang == "zh" else "en"]
    labels = {s.id: s.label.get(lang) for s in result.stages}
    entered = result.total[0].entered if result.total else 0
    period = result.period
    time = TimeBasis(
        start=period.start.isoformat() if period else None,
        end=period.end.isoformat() if period else None,
    )
    if not entered:
        window = _window(result, lang)
        return Told(
            headline=f"{window}：{w['empty']}{w['end']}"
            if lang == "zh"
            else f"{window}: {w['empty']}.",
            is_empty=True,
            time=time,
            sql=result.sql,
        )
    table = _table(result, lang, names.currency)
    counts = _counts(result, labels)
    chart = Chart(
        mark="funnel",
        table="stages",
        x="",
        y=tuple(labels),
        title=" → ".join((next(iter(labels.values())), list(labels.values())[-1])),
        alt=" → ".join(labels.values()),
    )
    assumptions, warnings = split(result.notes, _WARNED, lang)
    drawn = result.by is None and len(labels) >= 3 and result.view == "cohort"
    return Told(
        headline=_headline(result, lang, labels, names),
        text=_bottleneck(result, lang, labels, names),
        tables=(table, counts) if drawn else (table,),
        charts=(chart,) if drawn else (),
        assumptions=assumptions,
        warnings=warnings,
        time=time,
        sql=result.sql,
    )


def _pct(value: Cell, lang: str) -> str:
    return show(value, unit="%", pattern="", lang=lang, kind="value")


def _window(result: FunnelResult, lang: str) -> str:
    if result.period is None:
        return window_text(None, None, lang)
    return window_text(result.period.start, result.period.end - timedelta(days=1), lang)


def _headline(result: FunnelResult, lang: str, labels: dict[str, str], names: Names) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    parts = [f"{labels[result.total[0].stage]} {result.total[0].entered:,}"]
    for before, row in zip(result.total, result.total[1:], strict=False):
        parts.append(
            f"{labels[row.stage]} {row.entered:,}（{_pct(before.rate, lang)}）"
            if lang == "zh"
            else f"{labels[row.stage]} {row.entered:,} ({_pct(before.rate, lang)})"
        )
    first = labels[result.total[0].stage]
    view = w[result.view].format(first=first if lang == "zh" or first.isupper() else first.lower())
    return w["steps"].format(
        window=_window(result, lang),
        view=view,
        chain=" → ".join(parts),
        rate=_pct(result.total[-1].rate_from_first, lang),
    ) + _lasts(result, lang, labels, names) + w["end"]  # fmt: skip


def _lasts(result: FunnelResult, lang: str, labels: dict[str, str], names: Names) -> str:
    """Of two stages also how long it takes: with more, each step has its own in the table."""
    days = result.total[0].median_days
    if len(result.total) != 2 or days is None:
        return ""
    a, b = (labels[row.stage] for row in result.total)
    w = _WORDS["zh" if lang == "zh" else "en"]
    return w["lasts"].format(a=a, b=b, days=f"{days:,.1f}") + _longest(result, lang, names)


def _longest(result: FunnelResult, lang: str, names: Names) -> str:
    """Return which group takes longest for the one step, and which the least."""
    known = [
        (r.median_days, names.value(result.by, str(r.group)))
        for r in result.rows
        if result.by and r.median_days is not None and r.group is not None
    ]
    if len(known) < 2:
        return ""
    (low, bottom), (high, top) = min(known), max(known)
    return _WORDS["zh" if lang == "zh" else "en"]["longest"].format(
        top=top, high=f"{high:,.1f}", bottom=bottom, low=f"{low:,.1f}"
    )


def _bottleneck(result: FunnelResult, lang: str, labels: dict[str, str], names: Names) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    found = result.bottleneck
    if found is None:
        reason = result.bottleneck_reason
        shown = w.get(reason, reason if lang != "zh" else w["few"])
        return w["no_stuck"].format(reason=shown) + w["end"]
    group = w["none"] if found.group is None else str(found.group)
    if result.by and found.group is not None:
        group = names.value(result.by, group)
    return _stuck(found, lang, labels, group) + w["end"]


def _stuck(found: Bottleneck, lang: str, labels: dict[str, str], group: str) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    return w["stuck"].format(
        where="" if found.is_total else w["at"].format(group=group),
        a=labels[found.stage],
        b=labels[found.next_stage],
        rate=_pct(found.rate, lang),
        versus=w[found.versus],
        usual=_pct(found.reference_rate, lang),
        missing=f"{found.missing:,.0f}",
        p=f"{found.p_value:.2g}",
    )


def _table(result: FunnelResult, lang: str, currency: str) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    labels = {s.id: s.label.get(lang) for s in result.stages}
    rows = result.rows if result.by else result.total
    compared = any(r.previous is not None for r in rows)
    columns: list[TableColumn] = [key_column(result.by, result.by)] if result.by else []
    columns += [key_column("stage", w["stage"]), value_column("entered", w["entered"])]
    columns += [value_column(n, w[n], "%") for n in ("rate", "rate_from_first")]
    columns += [value_column(n, w[n]) for n in ("median_days", "p90_days")]
    live = [n for n in _COUNTS if any(getattr(r, n) is not None for r in rows)]
    columns += [value_column(n, w[n]) for n in live]
    money = any(r.amount is not None for r in rows)
    columns += [money_column("amount", w["amount"], currency)] if money else []
    if compared:
        columns += [
            value_column("previous", w["previous"]),
            value_column("previous_rate", w["previous_rate"], "%"),
        ]
    cells = tuple(_row(r, result, labels, live, money=money, compared=compared) for r in rows)
    return Table(name="result", columns=tuple(columns), rows=cells, total_rows=len(cells))


def _row(
    row: FunnelRow,
    result: FunnelResult,
    labels: dict[str, str],
    live: list[str],
    *,
    money: bool,
    compared: bool,
) -> tuple[Cell, ...]:
    out: list[Cell] = [row.group] if result.by else []
    out += [
        labels[row.stage],
        row.entered,
        row.rate,
        row.rate_from_first,
        row.median_days,
        row.p90_days,
    ]
    out += [getattr(row, n) for n in live]
    out += [row.amount] if money else []
    if compared:
        past = row.previous
        out += [past.entered if past else None, past.rate if past else None]
    return tuple(out)


def _counts(result: FunnelResult, labels: dict[str, str]) -> Table:
    """Return one row with a column per stage: what a funnel chart is drawn from."""
    columns = tuple(value_column(s, label) for s, label in labels.items())
    row = tuple(r.entered for r in result.total)
    return Table(name="stages", columns=columns, rows=(row,), total_rows=1)
