"""How a share has changed: two governed shares of one metric, held against each other."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Answer, Table, TableColumn
from assistant.compared import days_text
from assistant.narrate import Teller
from assistant.narrated import Row
from semantic_layer.result import Cell

_WORDS = {
    "zh": {
        "share": "{}占比", "prev": "对比期占比", "delta": "变化",
        "edges": "{share}变化最高 {up}，最低 {down}；对比期 {then}；共 {count} 组",
        "group": "{key}（{before} → {now}，{moved}）",
        "one": "{key}，{share} {now}",
    },
    "en": {
        "share": "share of {}", "prev": "share before", "delta": "change",
        "edges": "{share}: change highest in {up}, lowest in {down}; against {then}; {count} groups",
        "group": "{key} ({before} → {now}, {moved})",
        "one": "{key}, {share} {now}",
    },
}  # fmt: skip


def share_changed(answer: Answer, now: Teller, then: Teller) -> Answer:
    """Return the answer about the shares of one period with those of another beside them.

    A group that has no row in one of the periods has a share of nothing there; where a
    whole period is without data, its shares are not known and no change is told.

    Args:
        answer: About the period asked for; one without data stays as it is.
        now: Tells that period.
        then: Tells the one compared with.
    """
    span = then.data.span
    if answer.status != "answered" or span is None:
        return answer
    table = _table(now, then)
    basis = answer.basis
    ends = {"compare_start": str(span.start), "compare_end": str(span.end)}
    time = basis.time.model_copy(update=ends) if basis.time else None
    sql = (*basis.sql, *then.data.sql)
    told = _headline(replace(now, table=table), days_text(span, None, now.lang))
    return answer.model_copy(
        update={
            "headline": told,
            "tables": (table,),
            "charts": (),
            "basis": basis.model_copy(update={"time": time, "sql": sql}),
        }
    )


def _shares(teller: Teller) -> dict[Row, Cell]:
    """Return key -> share, of every group."""
    columns = teller.table.columns
    keys = [i for i, c in enumerate(columns) if c.kind == "dimension"]
    share = columns.index(teller.main())
    return {tuple(row[i] for i in keys): row[share] for row in teller.data.rows}


def _table(now: Teller, then: Teller) -> Table:
    """Return key, share, share before and change in points, the highest change first."""
    shares, before = _shares(now), _shares(then)
    known = any(value is not None for value in before.values())
    rows = []
    for key in dict.fromkeys((*shares, *before)):
        one, other = shares.get(key, 0.0), before.get(key, 0.0) if known else None
        both = isinstance(one, int | float) and isinstance(other, int | float)
        rows.append((*key, one, other, one - other if both else None))  # type: ignore[operator]
    rows.sort(key=lambda row: (row[-1] is None, -(row[-1] or 0.0)))  # type: ignore[operator]
    return Table(name="result", columns=_columns(now), rows=tuple(rows), total_rows=len(rows))


def _columns(teller: Teller) -> tuple[TableColumn, ...]:
    share, words = teller.main(), _WORDS[teller.lang]
    metric = share.name.removesuffix("__share")
    label = next(c.label for c in teller.table.columns if c.name == metric)
    named = {"label": words["share"].format(label), "unit": "%"}
    other = {"label": words["prev"], "unit": "%", "name": f"{share.name}__prev", "kind": "prev"}
    moved = {"label": words["delta"], "unit": "%", "name": f"{share.name}__delta", "kind": "delta"}
    return (
        *(c for c in teller.table.columns if c.kind == "dimension"),
        share.model_copy(update=named),
        share.model_copy(update=other),
        share.model_copy(update={**moved, "additive": False}),
    )


def _headline(teller: Teller, then: str) -> str:
    limited = f" · {teller.limits}" if teller.limits else ""
    where = teller.window() + limited + teller.words("colon")
    rows = teller.table.rows
    focused = [row for row in rows if str(row[0]) in teller.focus]
    if focused:
        parts = (_one(teller, row, then) for row in focused)
        return where + teller.words("sep").join(parts) + teller.words("end")
    compared = [row for row in rows if row[-1] is not None and row[0] is not None]
    if not compared:
        return where + teller.words("none") + teller.words("nothing") + teller.words("end")
    text = _WORDS[teller.lang]["edges"].format(
        share=teller.table.columns[-3].label,
        up=_group(teller, compared[0]),
        down=_group(teller, compared[-1]),
        then=then,
        count=len(rows),
    )
    return where + text + teller.words("end")


def _texts(teller: Teller, row: Row) -> dict[str, str]:
    share, before, moved = teller.table.columns[-3:]
    return {
        "key": teller.key(row),
        "share": share.label,
        "now": teller.text(row, share),
        "before": teller.text(row, before),
        "moved": teller.text(row, moved),
    }


def _group(teller: Teller, row: Row) -> str:
    return _WORDS[teller.lang]["group"].format(**_texts(teller, row))


def _one(teller: Teller, row: Row, then: str) -> str:
    texts = _texts(teller, row)
    text = _WORDS[teller.lang]["one"].format(**texts)
    if row[-1] is None:
        return text + teller.words("nothing")
    return text + teller.words("against").format(
        then=then, before=texts["before"], moved=texts["moved"]
    )
