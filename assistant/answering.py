"""Results of tools as one answer: headline, tables, charts and the basis."""

from __future__ import annotations

from typing import Any

from assistant.answer import Answer
from assistant.basis import basis_of, metrics_basis
from assistant.compared import rows_of
from assistant.conditions import limits_text, tool_conditions
from assistant.crediting import named_model
from assistant.narrate import Teller
from assistant.plan import Plan
from assistant.present import drawn, table_of, titled
from assistant.share_change import share_changed
from assistant.suggest import followups, history_warnings, scope_warnings, unseen, warnings_of
from assistant.tell import limited, tell
from assistant.thread import Asked
from tools import Result, get_tool
from tools.query_metrics import MetricsResult

_OWN_VIEW = {"zh": "（您可见的部分）", "en": " (what you may see)"}
"""Beside a condition: 华东一队 of one who sees only a part of it is not the whole team."""


def presented(turn: Asked, plan: Plan, results: list[Result]) -> Answer:
    """Word the results of a plan's calls, in the order of the calls."""
    calls = tuple(call.model_dump(mode="json") for call in plan.calls)
    first = results[0]
    if isinstance(first, MetricsResult) and plan.intent == "share_change":
        then = next(r for r in results[1:] if isinstance(r, MetricsResult))
        answer = metrics_answer(turn, plan, first, calls)
        return share_changed(answer, *(_teller(turn, plan, r) for r in (first, then)))
    if isinstance(first, MetricsResult):
        return metrics_answer(turn, plan, first, calls)
    definitions, lang = turn.layer.definitions, turn.lang
    limits = [
        tool_conditions(definitions, get_tool(c.tool).parse(c.args), lang) for c in plan.calls
    ]
    told = [
        limited(tell(r, lang, definitions, turn.layer.project.config.currency), call, of, lang)
        for r, call, of in zip(results, plan.calls, limits, strict=True)
    ]
    turn.facts = told[0].facts
    basis = basis_of(turn).model_copy(
        update={
            "assumptions": (
                *(n.get(turn.lang) for n in plan.assumptions),
                *(a for t in told for a in t.assumptions),
            ),
            "filters": tuple(f for of in limits for f in of),
            "time": told[0].time,
            "rows": sum(len(t.rows) for t in told[0].tables[:1]),
            "sql": tuple(s for t in told for s in t.sql),
        }
    )
    ability = turn.layer.project.config.tour[:3] if plan.intent == "ability" else ()
    return Answer(
        status="empty" if all(t.is_empty for t in told) else "answered",
        question=turn.question,
        lang=turn.lang,
        headline=told[0].headline,
        text="\n\n".join([told[0].text, *(f"{t.headline}\n{t.text}" for t in told[1:])]).strip(),
        tables=tuple(t for x in told for t in x.tables),
        charts=() if plan.draw == "table" else tuple(c for x in told for c in x.charts),
        plan=calls,
        basis=basis,
        followups=ability or tuple(f for t in told for f in t.followups),
        warnings=tuple(dict.fromkeys(w for t in told for w in t.warnings)),
        export=plan.export,
    )


def metrics_answer(
    turn: Asked, plan: Plan, result: MetricsResult, calls: tuple[dict[str, Any], ...]
) -> Answer:
    """Answer with metrics: a headline, the table, and a chart where one helps."""
    data, query, lang = result.data, result.query, turn.lang
    as_of = turn.layer.context.as_of
    teller = _teller(turn, plan, result)
    table, first, limits = teller.table, teller.first_day, teller.limits
    values = [i for i, c in enumerate(data.columns) if c.kind == "value"]
    blank = all(row[i] is None for row in data.rows for i in values)
    blank |= data.span is not None and data.span.start > as_of
    blank |= data.span is not None and first is not None and data.span.end <= first
    blank |= unseen(turn.scope, query, data)
    chart, unable = (None, "") if blank else drawn(table, query, teller.extremes(), plan.draw, lang)
    chart = titled(chart, limits)
    return Answer(
        status="empty" if blank else "answered",
        question=turn.question,
        lang=lang,
        headline=teller.headline(),
        tables=(table,),
        charts=(chart,) if chart else (),
        plan=calls,
        basis=metrics_basis(turn, plan, result),
        followups=followups(turn.layer, query, lang),
        export=plan.export,
        warnings=(
            *((unable,) if unable else ()),
            *scope_warnings(turn.layer, turn.scope, query, lang),
            *history_warnings(data, first, lang),
            *warnings_of(turn.layer, query, data, lang),
        ),
    )


def _teller(turn: Asked, plan: Plan, result: MetricsResult) -> Teller:
    data, query, lang, layer = result.data, result.query, turn.lang, turn.layer
    limits = limits_text(layer.definitions, query, lang)
    if limits and turn.scope.rows:
        limits += _OWN_VIEW[lang]
    return Teller(
        table=named_model(layer, query, table_of(data, layer.definitions, lang, "result"), lang),
        data=data,
        query=query,
        lang=lang,
        as_of=layer.context.as_of,
        focus=plan.focus,
        first_day=layer.first_day(query, turn.scope) if data.span is not None else None,
        limits=limits,
        periods=rows_of(layer.context, query, data),
        mean=plan.mean,
        apart=plan.apart or any(o.by.endswith("__delta") for o in query.order),
        ends_told=plan.ends,
        direction=plan.direction,
    )


def handed_over(answer: Answer) -> Answer:
    """Say where the file is that was asked for: each channel has its own way to give it."""
    if not answer.export:
        return answer
    note = (
        f"导出：网页和聊天里点「导出」；命令行加 --out 文件名.{answer.export}。"
        if answer.lang == "zh"
        else f"Export: use the export button of the page or chat, or --out NAME.{answer.export}."
    )
    return answer.model_copy(update={"text": "\n".join(t for t in (answer.text, note) if t)})
