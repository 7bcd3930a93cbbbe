"""A journey in words: when it began, what it passed through, where it stands."""

from __future__ import annotations

from assistant.answer import Cell, Table, TableColumn
from assistant.tell.remarks import split
from assistant.tell.told import Names, Told, key_column, money_column, value_column
from tools.journey.model import Event, JourneyResult

_WARNED = frozenset(
    {"EVENTS_CUT", "TOUCHES_CUT", "NO_TOUCHPOINTS", "STAGES_NOT_SHOWN", "MATCHED_BY_PART"}
)
_WORDS = {
    "zh": {
        "head": "{name}：{touches} 个触点、{people} 位联系人，历时 {days} 天，{first} 首次触达{how}",
        "stages": "阶段：{stages}", "gap": "最长空窗 {days} 天（{start} 至 {end}）", "end": "。", "list": "、",
        "empty": "没有您能看到的记录", "at": "时间", "day": "第几天", "event": "事件", "person": "联系人",
        "amount": "金额", "touch": "触点", "to": " → ", "how": "（{how}）", "counts": "{dim}：{items}",
        "sep": "；", "someone": "联系人{n}",
    },
    "en": {
        "head": "{name}: {touches} touches, {people} people, over {days} days, first touch on {first}{how}",
        "stages": "Stages: {stages}", "gap": "longest silence {days} days ({start} to {end})", "end": ".",
        "list": ", ", "empty": "nothing is recorded that you may see", "at": "Time", "day": "Day",
        "event": "Event", "person": "Person", "amount": "Amount", "touch": "touch", "to": " → ",
        "how": " ({how})", "counts": "{dim}: {items}", "sep": "; ", "someone": "person {n}",
    },
}  # fmt: skip


def tell_journey(result: JourneyResult, lang: str, names: Names) -> Told:
    """Return a journey with its dated events."""
    w = _WORDS["zh" if lang == "zh" else "en"]
    s = result.summary
    name = result.account or result.id
    assumptions, warnings = split(result.notes, _WARNED, lang)
    if not result.events:
        between = "：" if lang == "zh" else ": "
        return Told(
            headline=f"{name}{between}{w['empty']}{w['end']}",
            is_empty=True,
            assumptions=(*assumptions, *warnings),
        )
    first = s.first_touch or result.events[0]
    how = _how(first, names)
    head = w["head"].format(
        name=name,
        touches=f"{s.touches:,}",
        people=s.people,
        days=s.days,
        first=first.day,
        how=w["how"].format(how=how) if how else "",
    )
    return Told(
        headline=head + w["end"],
        text="\n".join(_lines(result, lang)),
        tables=(_table(result, lang, names),),
        assumptions=assumptions,
        warnings=warnings,
        sql=result.sql,
    )


def _how(event: Event, names: Names) -> str:
    values = [names.value(d, str(v)) for d, v in event.details.items() if v is not None]
    return " · ".join(dict.fromkeys(values[:2]))


def _lines(result: JourneyResult, lang: str) -> list[str]:
    w, s = _WORDS["zh" if lang == "zh" else "en"], result.summary
    marks = [f"{m.label.get(lang)} {m.day}" for m in s.stages]
    lines = [w["stages"].format(stages=w["to"].join(marks)) + w["end"]] if marks else []
    if s.gaps:
        gap = s.gaps[0]
        lines.append(w["gap"].format(days=gap.days, start=gap.start, end=gap.end) + w["end"])
    return lines


def _table(result: JourneyResult, lang: str, names: Names) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    dims = list(dict.fromkeys(d for e in result.events for d in e.details))
    labels = {m.stage: m.label.get(lang) for m in result.summary.stages}
    people = {p.number: p.name or w["someone"].format(n=p.number) for p in result.people}
    money = any(e.amount is not None for e in result.events)
    columns: list[TableColumn] = [key_column("at", w["at"]), value_column("days", w["day"])]
    columns += [key_column("event", w["event"]), key_column("person", w["person"])]
    columns += [key_column(d, d) for d in dims]
    columns += [money_column("amount", w["amount"], names.currency)] if money else []
    rows: list[tuple[Cell, ...]] = []
    for e in result.events:
        what = labels.get(e.stage or "", e.stage) if e.kind == "stage" else w["touch"]
        who = people.get(e.person) if e.person is not None else None
        cells: list[Cell] = [e.at.replace("T", " "), e.days, what, who]
        cells += [e.details.get(d) for d in dims]
        rows.append((*cells, e.amount) if money else tuple(cells))
    return Table(
        name="result", columns=tuple(columns), rows=tuple(rows), total_rows=result.total_events
    )
