"""Answers about the catalogue itself: definitions, lists, the state of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistant.answer import Table, TableColumn
from assistant.crediting import told_convention
from assistant.formatting import key_text
from assistant.tell.methods import tell_method
from assistant.tell.told import Told
from tools import Result
from tools.catalog import DataDescription, MetricDescription, MetricList, ValueList
from tools.methods import MethodDescription
from tools.run_sql import SqlResult


def _columns(*labels: tuple[str, str]) -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(name=n, label=label, type="string", kind="dimension") for n, label in labels
    )


def _list(result: MetricList, lang: str) -> Told:
    rows = tuple((m.id, m.label.get(lang), m.unit, m.description) for m in result.metrics)
    labels = (
        ("指标", "名称", "单位", "说明")
        if lang == "zh"
        else ("Metric", "Name", "Unit", "Description")
    )
    table = Table(
        name="metrics",
        columns=_columns(*zip(("id", "label", "unit", "description"), labels, strict=True)),
        rows=rows,
        total_rows=len(rows),
    )
    head = (
        f"共有 {len(rows)} 个指标可以问。"
        if lang == "zh"
        else f"{len(rows)} metrics can be asked for."
    )
    return Told(head, tables=(table,))


def _describe(result: MetricDescription, lang: str) -> Told:
    entry = result.entry
    basis = told_convention(result.basis, result.credit, lang)
    names = "、".join(entry.synonyms) if lang == "zh" else ", ".join(entry.synonyms)
    if lang == "zh":
        lines = [
            entry.description,
            f"公式：{result.formula}",
            f"口径：{basis}" if basis else "",
            f"也叫：{names}" if names else "",
            f"可按维度：{'、'.join(result.dimensions)}",
            f"单位：{entry.unit or '—'}；负责人：{result.owner or '—'}；认证等级：{result.tier}",
        ]
        return Told(
            f"{entry.label.zh or entry.label.en}（{entry.id}）", "\n".join(x for x in lines if x)
        )
    lines = [
        entry.description,
        f"Formula: {result.formula}",
        f"Convention: {basis}" if basis else "",
        f"Also called: {names}" if names else "",
        f"Dimensions: {', '.join(result.dimensions)}",
        f"Unit: {entry.unit or '—'}; owner: {result.owner or '—'}; tier: {result.tier}",
    ]
    return Told(f"{entry.label.get('en')} ({entry.id})", "\n".join(x for x in lines if x))


def _values(result: ValueList, lang: str) -> Told:
    label = result.label.get(lang)
    shown = [key_text(v, lang) for v in result.values]
    table = Table(
        name=result.dimension,
        columns=_columns((result.dimension, label)),
        rows=tuple((v,) for v in shown),
        total_rows=result.total,
    )
    cut = len(shown) < result.total
    if lang == "zh":
        head = f"{label}共有 {result.total} 个" + (
            f"，显示前 {len(shown)} 个。" if cut else "：" + "、".join(shown) + "。"
        )
    else:
        head = f"{label}: {result.total} values" + (
            f", first {len(shown)} shown." if cut else ": " + ", ".join(shown) + "."
        )
    return Told(head, tables=(table,))


def _data(result: DataDescription, lang: str) -> Told:
    if lang == "zh":
        return Told(
            f"数据完整截至 {result.as_of}（{result.timezone}）。",
            f"今天按 {result.today} 计算。可以问 {result.metrics} 个指标，按 {result.dimensions} 个维度拆分、筛选、比较、排名。\n"
            f"例如：{'；'.join(result.examples)}；有哪些指标。",
        )
    return Told(
        f"Data is complete through {result.as_of} ({result.timezone}).",
        f"Today is taken as {result.today}. {result.metrics} metrics can be asked for, by {result.dimensions} dimensions.\n"
        f"For example: {'; '.join(result.examples)}; what metrics are there.",
    )


def _sql(result: SqlResult, lang: str) -> Told:
    """Rows of analysts' SQL, marked as ungoverned before anything else is said."""
    columns = tuple(_sql_column(*c) for c in zip(result.columns, result.types, strict=True))
    table = Table(name="sql", columns=columns, rows=result.rows, total_rows=len(result.rows))
    label, count = result.label.get(lang), len(result.rows)
    head = f"【{label}】查询得到 {count} 行。" if lang == "zh" else f"[{label}] {count} rows."
    return Told(head, "\n".join(note.get(lang) for note in result.notes), (table,))


def _sql_column(name: str, kind: str) -> TableColumn:
    number = kind.startswith(_NUMBERS)
    return TableColumn(
        name=name,
        label=name,
        type="number" if number else "string",
        kind="value" if number else "dimension",
    )


_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "U", "FLOAT", "DOUBLE", "DECIMAL")
CATALOGUE: dict[type[Result], Callable[[Any, str], Told]] = {
    MetricList: _list,
    MetricDescription: _describe,
    ValueList: _values,
    DataDescription: _data,
    SqlResult: _sql,
    MethodDescription: tell_method,
}
