"""Carrying out what was understood: run a plan, or put the question back."""

from __future__ import annotations

import time

from assistant.answer import Answer, Clarify, ClarifyChoice, Table
from assistant.answering import handed_over, presented
from assistant.basis import basis_of
from assistant.formatting import show
from assistant.offers import offered
from assistant.plan import Choice, Clarification, Plan, Planned, Refusal
from assistant.thread import Asked
from assistant.unanswered import refused
from semantic_layer import DeniedError, QueryError
from tools import ToolContext, get_tool
from tools.query_metrics import MetricsResult


def carry_out(planned: Planned, turn: Asked) -> Answer:
    """Run a plan, put a question back, or say what was not understood."""
    match planned:
        case Refusal():
            return refused(turn, planned)
        case Clarification():
            return _clarify(turn, planned)
        case Plan():
            try:
                return _run(turn, planned)
            except QueryError as error:
                answer = offered(turn, planned, error)
                if answer is None:
                    raise
                return answer


def _run(turn: Asked, plan: Plan) -> Answer:
    context = ToolContext(turn.layer, turn.scope, turn.lang, asker=turn.asker)
    begin = time.perf_counter()
    results = [get_tool(call.tool).run(call.args, context) for call in plan.calls]
    ran = (time.perf_counter() - begin) * 1000
    turn.withheld += sum(r.data.suppressed for r in results if isinstance(r, MetricsResult))
    compiled = sum(
        r.data.timings_ms.get("compile", 0.0) for r in results if isinstance(r, MetricsResult)
    )
    turn.timings["compile"] = compiled
    turn.timings["execute"] = ran - compiled
    begin = time.perf_counter()
    answer = handed_over(presented(turn, plan, results))
    turn.timings["present"] = (time.perf_counter() - begin) * 1000
    return answer


def _clarify(turn: Asked, asked: Clarification) -> Answer:
    """Run the readings: if they agree, or one alone has an answer, do not ask."""
    answers, denied = _readings(turn, asked)
    rows = {a.tables[0].rows if a.tables else () for _, a in answers}
    agree = len(answers) == len(asked.choices) and len(rows) == 1
    if answers and agree and answers[0][1].status == "answered":
        return _settled(turn, *answers[0], others=())
    full = [(c, a) for c, a in answers if a.status == "answered"]
    if len(full) == 1 and asked.settles and not denied:
        kept = full[0][0]
        return _settled(turn, *full[0], others=tuple(c for c in asked.choices if c is not kept))
    choices = tuple(
        ClarifyChoice(
            label=c.label.get(turn.lang),
            value=_one_value(a, turn.lang),
            plan=tuple(call.model_dump(mode="json") for call in c.plan.calls),
        )
        for c, a in answers
    ) or tuple(ClarifyChoice(label=e.get(turn.lang)) for e in asked.examples)
    question = asked.question.get(turn.lang)
    return Answer(
        status="clarify",
        question=turn.question,
        lang=turn.lang,
        headline=question,
        clarify=Clarify(question=question, choices=choices),
        basis=basis_of(turn),
    )


def _readings(turn: Asked, asked: Clarification) -> tuple[list[tuple[Choice, Answer]], bool]:
    """Run every reading; those that cannot be computed fall away unless none can.

    Returns:
        The readings that ran, and whether one of them was denied: then nothing may be
        settled for the asker, who may have meant just that one.
    """
    answers, failures = [], []
    for choice in asked.choices:
        try:
            answers.append((choice, _run(turn, choice.plan)))
        except QueryError as error:
            failures.append(error)
    if failures and not answers:
        raise failures[0]
    return answers, any(isinstance(e, DeniedError) for e in failures)


def _settled(turn: Asked, choice: Choice, answer: Answer, others: tuple[Choice, ...]) -> Answer:
    """Answer an ambiguous question by one reading, and say so."""
    zh = turn.lang == "zh"
    label = choice.label.get(turn.lang)
    if others:
        rest = ("、" if zh else ", ").join(c.label.get(turn.lang) for c in others)
        note = (
            f"按「{label}」回答；「{rest}」在这里没有数据或不能这样拆分"
            if zh
            else f"answered as {label}; {rest} has no data here, or not by this"
        )
    else:
        note = (
            f"各种理解的结果相同，按「{label}」回答"
            if zh
            else f"all readings agree; answered as {label}"
        )
    assumed = (*answer.basis.assumptions, note)
    return answer.model_copy(
        update={"basis": answer.basis.model_copy(update={"assumptions": assumed})}
    )


def _one_value(answer: Answer, lang: str) -> str:
    """Return the value of a one-row answer for a choice button, else its row count."""
    table: Table | None = answer.tables[0] if answer.tables else None
    if table is None or not table.rows:
        return ""
    numbers = [i for i, c in enumerate(table.columns) if c.kind == "value"]
    if len(table.rows) > 1:
        return f"{len(table.rows)} 行" if lang == "zh" else f"{len(table.rows)} rows"
    return "；".join(
        show(
            table.rows[0][i], unit=table.columns[i].unit, pattern=table.columns[i].format, lang=lang
        )
        for i in numbers
    )
