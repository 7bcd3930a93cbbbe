"""What to say beside the numbers: warnings that must not be missed, questions to go on with."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.compared import rows_of, unequal
from assistant.conditions import limits_text
from assistant.crediting import asked_model
from semantic_layer import Scope, SemanticLayer
from semantic_layer.compile.facts import is_additive, leaf_models, shared_dimensions
from semantic_layer.expressions import check_fragment, column_path, columns_in
from semantic_layer.model import ConversionMetric
from semantic_layer.query import Query
from semantic_layer.result import ResultSet


def warnings_of(layer: SemanticLayer, query: Query, data: ResultSet, lang: str) -> tuple[str, ...]:
    """Return every limit of the numbers: partial periods, cut rows, overlaps, young cohorts."""
    zh = lang == "zh"
    out: list[str] = []
    as_of = layer.context.as_of
    if data.partial:
        out.append(
            f"时间段未满，只到 {as_of}"
            if zh
            else f"The period is not complete: data through {as_of}"
        )
        if query.compare is not None and query.compare.kind != "range":
            out.append("对比期按同样天数截取" if zh else "The earlier period is cut like for like")
    out += unequal(query, data, rows_of(layer.context, query, data), lang)
    if data.clipped and data.span is not None:
        final = data.span.end - timedelta(days=1)
        out.append(
            f"首尾周期只含 {data.span.start} 至 {final} 之内的天"
            if zh
            else f"The first and last periods hold only days from {data.span.start} to {final}"
        )
    if (
        query.limit is not None
        and data.total_rows > len(data.rows)
        and not query.other
        and (query.per or not query.grain)
    ):
        out.append(
            f"共 {data.total_rows} 组，只显示 {len(data.rows)} 组"
            if zh
            else f"{data.total_rows} groups, {len(data.rows)} shown"
        )
        if query.per:
            out.append(f"每组内取前 {query.limit} 名" if zh else f"Top {query.limit} in each group")
    if data.suppressed:
        out.append(
            f"{data.suppressed} 组人数过少，为保护个人信息不显示数值"
            if zh
            else f"{data.suppressed} groups have too few people: their values are withheld"
        )
    if data.capped:
        out.append("结果超过行数上限，已截断" if zh else "The result was cut at the row cap")
    for metric_id in query.metrics:
        out += _metric_warnings(layer, query, data, metric_id, zh=zh)
    return tuple(dict.fromkeys(out))


def unseen(scope: Scope, query: Query, data: ResultSet) -> bool:
    """Whether a limited asker asked for named things and there is nothing of them in view."""
    if not scope.rows or not any(f.op == "in" for f in query.filters):
        return False
    values = [i for i, c in enumerate(data.columns) if c.kind == "value"]
    return all(not row[i] for row in data.rows for i in values)


def scope_warnings(layer: SemanticLayer, scope: Scope, query: Query, lang: str) -> tuple[str, ...]:
    """Say that the numbers are of the asker's own view, and what that hides."""
    if not scope.rows:
        return ()
    zh = lang == "zh"
    label = scope.label.get(lang)
    out = [f"只含您的查看范围：{label}" if zh else f"Your own view only: {label}"]
    if any(_crosses(layer, scope, query, d) for d in _dimensions(query)):
        out.append(
            "属于范围之外的记录的属性显示为空"
            if zh
            else "Attributes of records outside your view are shown as empty"
        )
    return tuple(out)


def _dimensions(query: Query) -> tuple[str, ...]:
    return (*query.dimensions, *(f.dimension for f in query.filters))


def _crosses(layer: SemanticLayer, scope: Scope, query: Query, dimension: str) -> bool:
    """Whether a dimension is read through a join to a model that the scope cuts."""
    models = frozenset().union(*(leaf_models(layer.context, m) for m in query.metrics))
    for model_id in models:
        model = layer.definitions.models[model_id]
        text = model.dims.get(dimension)
        if text is None:
            continue
        for column in columns_in(check_fragment(text)):
            target = model
            for alias in column_path(column)[0]:
                joined = target.joins[alias].model
                if joined in scope.rows:
                    return True
                target = layer.definitions.models[joined]
    return False


def history_warnings(data: ResultSet, first: date | None, lang: str) -> tuple[str, ...]:
    """Say so when a period, or the one compared with, begins before the data does."""
    zh = lang == "zh"
    out: list[str] = []
    if first is None or data.span is None:
        return ()
    if data.span.start < first < data.span.end:
        out.append(f"数据从 {first} 开始，之前没有" if zh else f"Data begins on {first}")
    if data.previous is not None and data.previous.start < first:
        out.append(
            f"数据从 {first} 开始，对比期不完整"
            if zh
            else f"Data begins on {first}: the earlier period is not fully covered"
        )
    return tuple(out)


def _metric_warnings(
    layer: SemanticLayer, query: Query, data: ResultSet, metric_id: str, *, zh: bool
) -> list[str]:
    metric = layer.definitions.metrics[metric_id]
    label = metric.label.get("zh" if zh else "en")
    out: list[str] = []
    overlapping = [d for d in query.dimensions if d in metric.overlap]
    if overlapping and not is_additive(layer.context, metric_id, query.dimensions):
        out.append(
            f"「{label}」各组有重叠，不能相加"
            if zh
            else f"Groups of {label} overlap: do not add them up"
        )
    if isinstance(metric, ConversionMetric) and metric.within and metric.immature == "flag":
        mature = layer.context.calendar.add(
            layer.context.data_end, -metric.within.count, metric.within.grain
        )
        if data.span is None or data.span.end > mature:
            out.append(
                f"{mature} 之后进入的人群还不满 {metric.within.get('zh')}，转化率还会上升"
                if zh
                else f"Those who entered from {mature} on have not had {metric.within} yet: the rate will rise"
            )
    return out


def resolved(layer: SemanticLayer, query: Query, lang: str) -> str:
    """Return a follow-up's query in words: what it came to be after the edit."""
    defs = layer.definitions
    parts = ["、".join(defs.metrics[m].label.get(lang) for m in query.metrics)]
    by = "按" if lang == "zh" else "by "
    parts += [f"{by}{defs.dimensions[d].label.get(lang)}" for d in query.dimensions]
    limits = limits_text(defs, query, lang)
    asked = asked_model(layer, query, lang)
    parts += [p for p in (limits, asked) if p]
    if query.time is not None:
        whole = query.time.start is None and query.time.end is None
        span = f"[{query.time.start or '…'}, {query.time.end or '…'})"
        parts.append(("全部时间" if lang == "zh" else "all time") if whole else span)
    head = "接上一问，理解为：" if lang == "zh" else "continuing: "
    return head + " · ".join(parts)


def followups(layer: SemanticLayer, query: Query, lang: str) -> tuple[str, ...]:
    """Return questions that can be asked next, in words the planner understands."""
    metric = layer.definitions.metrics[query.metrics[0]].label.get(lang)
    window = _window(query, lang)
    known = layer.definitions.dimensions
    parents = {known[d].parent for d in known}
    dims = [
        d
        for d in shared_dimensions(layer.context, query.metrics)
        if d not in query.dimensions and d not in parents
    ]
    labels = [layer.definitions.dimensions[d].label.get(lang) for d in dims[:2]]
    if lang == "zh":
        out = [f"{window}{metric}按{label}" for label in labels]
        return (*out, f"{window}{metric}趋势") if query.grain is None else tuple(out)
    out = [f"{metric} by {label}{window}" for label in labels]
    return (*out, f"{metric} trend{window}") if query.grain is None else tuple(out)


def _window(query: Query, lang: str) -> str:
    span = query.time.span if query.time else None
    if span is None:
        return ""
    last = span.end - timedelta(days=1)
    return f"{span.start}至{last}" if lang == "zh" else f" from {span.start} to {last}"
