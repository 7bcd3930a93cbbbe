"""The one pipeline: understand -> plan -> run tools -> present, with a receipt."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from assistant.answer import (
    Answer,
    Basis,
    Clarify,
    ClarifyChoice,
    ErrorInfo,
    Table,
    TimeBasis,
)
from assistant.audit import AuditLog
from assistant.conditions import condition_text, limits_text
from assistant.crediting import convention
from assistant.events import Listener, Progress, nobody
from assistant.formatting import show
from assistant.joined import joined
from assistant.messages import localise
from assistant.narrate import Teller
from assistant.plan import Choice, Clarification, Plan, Planned, Refusal, ToolCall
from assistant.planner.normalise import has_chinese
from assistant.planner.planner import LexiconPlanner
from assistant.present import drawn, table_of, titled
from assistant.progress import report
from assistant.recording import open_audit, recorded
from assistant.router import PlannerName, Router, Way
from assistant.store import ConversationStore
from assistant.suggest import (
    followups,
    history_warnings,
    resolved,
    scope_warnings,
    unseen,
    warnings_of,
)
from assistant.tell import tell
from assistant.thread import Asked, Thread, offered_plan
from semantic_layer import AskmqlError, DeniedError, QueryError, Scope, SemanticLayer
from semantic_layer.engine import EngineError
from semantic_layer.query import Filter, MetricFilter, Query
from tools import Result, ToolContext, get_tool
from tools.catalog import formula
from tools.query_metrics import MetricsResult

_PLANNERS = 32


class Assistant:
    """Answers questions about one project.

    Example:
        >>> Assistant.load().ask("上季度各渠道线索成本")
    """

    def __init__(self, layer: SemanticLayer) -> None:
        self.layer = layer
        self._planners: OrderedDict[tuple[str, date, str], LexiconPlanner] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, directory: str | Path | None = None, *, today: date | None = None) -> Assistant:
        """Load a project folder (default: here, else the sample company).

        Raises:
            DefinitionError: The definitions have mistakes.
            AskmqlError: There is no project, or its data cannot be opened.
        """
        return cls(SemanticLayer.load(directory, today=today))

    def ask(
        self,
        question: str,
        *,
        asker: str | None = None,
        planner: PlannerName = "auto",
        today: date | None = None,
        conversation: str | None = None,
        channel: str = "",
        choice: ClarifyChoice | None = None,
        tell: Listener = nobody,
        cancelled: threading.Event | None = None,
    ) -> Answer:
        """Answer one question with the asker's own rights. Never raises for a question.

        Args:
            question: Chinese, English or both.
            asker: User id of policies.yml; None is the project's default user.
            planner: Which lane may answer.
            today: The day of asking, for replay.
            conversation: Id under which follow-up questions are understood; turns are
                stored per asker.
            channel: Where it was asked, for the audit.
            choice: The reading that the asker picked, of an answer that put the question
                back; it is run anew, with the rights of this asker.
            tell: Hears what is being done, as it happens.
            cancelled: Set from another thread when nobody waits any more.
        """
        begin = time.perf_counter()
        lang = self._language(question)
        layer = self.layer
        if today is not None and today != self.layer.today:
            layer = self.layer.at(today)
        asked_by = asker or layer.project.config.default_user
        turn = Asked(question, lang, Scope(), layer, asker=asked_by)
        try:
            turn.scope = layer.scope(asker)
            thread = Thread(self.store, conversation, asker or "") if conversation else None
            way = Way(planner, asker or "", conversation, tell, cancelled)
            answer = self._answer(turn, way, thread, choice)
        except EngineError as error:
            failure = AskmqlError(error.code, error.message, hint=error.hint)
            answer = _failed(turn, failure, "error")
        except DeniedError as error:
            answer = _failed(turn, error, "denied")
        except QueryError as error:
            answer = _failed(turn, error, "refused")
        except AskmqlError as error:
            answer = _failed(turn, error, "error")
        except Exception:
            recorded(lambda: self.audit, turn, _broken(turn), asker, channel)
            raise
        total = (time.perf_counter() - begin) * 1000
        answer = answer.model_copy(
            update={
                "timings_ms": {k: round(v, 2) for k, v in {**turn.timings, "total": total}.items()},
                "trace_id": uuid.uuid4().hex[:16],
            }
        )
        return recorded(lambda: self.audit, turn, answer, asker, channel)

    def _language(self, question: str) -> Literal["zh", "en"]:
        """The language of the question; of the company when it has no letters."""
        if has_chinese(question):
            return "zh"
        latin = any(c.isascii() and c.isalpha() for c in question)
        return "en" if latin else self.layer.project.config.locale

    @cached_property
    def store(self) -> ConversationStore:
        """Where conversations are kept."""
        return ConversationStore(self.layer.project.home)

    @cached_property
    def audit(self) -> AuditLog:
        """The record of who asked what."""
        return open_audit(self.layer.project)

    @cached_property
    def router(self) -> Router:
        """Chooses the lane of a question."""
        return Router(self.layer.project)

    def _answer(
        self, turn: Asked, way: Way, thread: Thread | None, choice: ClarifyChoice | None
    ) -> Answer:
        if not turn.question.strip():
            message = "问题是空的。" if turn.lang == "zh" else "The question is empty."
            raise QueryError("EMPTY_QUESTION", message, hint="What do you want to know?")
        report("understand")
        lexicon = self.planner(turn.layer, turn.scope)
        if choice is not None and choice.plan:
            return self._chosen(turn, thread, choice)
        parts = lexicon.questions(turn.question)
        if len(parts) == 1 or way.planner == "llm":
            return self._answer_one(turn, way, lexicon, thread)
        answers: list[Answer] = []
        for i, part in enumerate(parts):
            one = replace(turn, question=part, timings={})
            answers.append(self._answer_part(one, way, lexicon, thread, parts[:i]))
            for name, spent in one.timings.items():
                turn.timings[name] = turn.timings.get(name, 0.0) + spent
        return joined(turn.question, answers)

    def _chosen(self, turn: Asked, thread: Thread | None, choice: ClarifyChoice) -> Answer:
        """Run the reading that the asker picked."""
        planned = thread.choose(choice) if thread else offered_plan(choice)
        answer = self.carry_out(planned, turn)
        if thread is not None:
            thread.remember(turn, planned, answer)
        return answer

    def _answer_part(
        self,
        turn: Asked,
        way: Way,
        lexicon: LexiconPlanner,
        thread: Thread | None,
        before: tuple[str, ...],
    ) -> Answer:
        """Answer one question of several: what fails does not take the others with it."""
        try:
            return self._answer_one(turn, way, lexicon, thread, before)
        except DeniedError as error:
            return _failed(turn, error, "denied")
        except QueryError as error:
            return _failed(turn, error, "refused")

    def _answer_one(
        self,
        turn: Asked,
        way: Way,
        lexicon: LexiconPlanner,
        thread: Thread | None,
        before: tuple[str, ...] = (),
    ) -> Answer:
        begin = time.perf_counter()
        beside = bool(before)

        def by_lexicon() -> Planned:
            if thread is not None:
                return thread.plan(lexicon, turn, beside=beside)
            return lexicon.plan(turn.question, before, beside=beside)

        planned = self.router.route(turn, way, lexicon, by_lexicon)
        spent = (time.perf_counter() - begin) * 1000
        turn.timings["understand"] = spent - turn.timings.get("model", 0.0)
        way.tell(Progress("looking_up", _tools(planned)))
        answer = self.router.prose(turn, way, self.carry_out(planned, turn))
        if not self.router.remember(turn, way, planned) and thread is not None:
            thread.remember(turn, planned, answer)
        way.tell(Progress("done"))
        return _accounted(answer, turn)

    def planner(self, layer: SemanticLayer, scope: Scope) -> LexiconPlanner:
        """Return the asker's planner; its lexicon is kept while rights and data stay the same."""
        data = layer.engine.fingerprint() if layer.engine else ""
        key = (scope.fingerprint, layer.today, data)
        with self._lock:
            if key not in self._planners:
                self._planners[key] = LexiconPlanner(layer, scope)
            self._planners.move_to_end(key)
            while len(self._planners) > _PLANNERS:
                self._planners.popitem(last=False)
            return self._planners[key]

    def run(self, call: ToolCall, question: str, scope: Scope) -> Answer:
        """Answer a question by a call that is already known."""
        turn = Asked(question, self._language(question), scope, self.layer)
        return self.carry_out(Plan(calls=(call,)), turn)

    # --- carrying out -----------------------------------------------------------------

    def carry_out(self, planned: Planned, turn: Asked) -> Answer:
        """Run a plan, put a question back, or say what was not understood."""
        match planned:
            case Refusal():
                return _refused(turn, planned)
            case Clarification():
                return self._clarify(turn, planned)
            case Plan():
                return self._run(turn, planned)

    def _run(self, turn: Asked, plan: Plan) -> Answer:
        context = ToolContext(turn.layer, turn.scope, turn.lang, asker=turn.asker)
        begin = time.perf_counter()
        report("run")
        results = [get_tool(call.tool).run(call.args, context) for call in plan.calls]
        ran = (time.perf_counter() - begin) * 1000
        compiled = sum(
            r.data.timings_ms.get("compile", 0.0) for r in results if isinstance(r, MetricsResult)
        )
        turn.timings["compile"] = compiled
        turn.timings["execute"] = ran - compiled
        begin = time.perf_counter()
        report("present")
        answer = _handed_over(self._present(turn, plan, results))
        turn.timings["present"] = (time.perf_counter() - begin) * 1000
        return answer

    def _clarify(self, turn: Asked, asked: Clarification) -> Answer:
        """Run the readings: if they agree, or one alone has an answer, do not ask."""
        answers, denied = self._readings(turn, asked)
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
            basis=_basis(turn),
        )

    def _readings(
        self, turn: Asked, asked: Clarification
    ) -> tuple[list[tuple[Choice, Answer]], bool]:
        """Run every reading; those that cannot be computed fall away unless none can.

        Returns:
            The readings that ran, and whether one of them was denied: then nothing may be
            settled for the asker, who may have meant just that one.
        """
        answers, failures = [], []
        for choice in asked.choices:
            try:
                answers.append((choice, self._run(turn, choice.plan)))
            except QueryError as error:
                failures.append(error)
        if failures and not answers:
            raise failures[0]
        return answers, any(isinstance(e, DeniedError) for e in failures)

    # --- presenting -------------------------------------------------------------------

    def _present(self, turn: Asked, plan: Plan, results: list[Result]) -> Answer:
        calls = tuple(call.model_dump(mode="json") for call in plan.calls)
        first = results[0]
        if isinstance(first, MetricsResult):
            return _metrics_answer(turn, plan, first, calls)
        told = [
            tell(r, turn.lang, turn.layer.definitions, turn.layer.project.config.currency)
            for r in results
        ]
        basis = _basis(turn).model_copy(
            update={
                "assumptions": (
                    *(n.get(turn.lang) for n in plan.assumptions),
                    *(a for t in told for a in t.assumptions),
                ),
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
            text="\n\n".join(
                [told[0].text, *(f"{t.headline}\n{t.text}" for t in told[1:])]
            ).strip(),
            tables=tuple(t for x in told for t in x.tables),
            charts=() if plan.draw == "table" else tuple(c for x in told for c in x.charts),
            plan=calls,
            basis=basis,
            followups=ability or tuple(f for t in told for f in t.followups),
            warnings=tuple(dict.fromkeys(w for t in told for w in t.warnings)),
            export=plan.export,
        )


def _handed_over(answer: Answer) -> Answer:
    """Say where the file is that was asked for: each channel has its own way to give it."""
    if not answer.export:
        return answer
    note = (
        f"导出：网页和聊天里点「导出」；命令行加 --out 文件名.{answer.export}。"
        if answer.lang == "zh"
        else f"Export: use the export button of the page or chat, or --out NAME.{answer.export}."
    )
    return answer.model_copy(update={"text": "\n".join(t for t in (answer.text, note) if t)})


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


def _tools(planned: Planned) -> tuple[str, ...]:
    return tuple(c.tool for c in planned.calls) if isinstance(planned, Plan) else ()


def _accounted(answer: Answer, turn: Asked) -> Answer:
    """Add what a model has used, and why it could not help."""
    if not turn.usage and not turn.warnings:
        return answer
    basis = answer.basis.model_copy(update={"usage": dict(turn.usage)})
    warnings = (*answer.warnings, *turn.warnings)
    return answer.model_copy(update={"basis": basis, "warnings": warnings})


def _metrics_answer(
    turn: Asked, plan: Plan, result: MetricsResult, calls: tuple[dict[str, Any], ...]
) -> Answer:
    data, query, lang = result.data, result.query, turn.lang
    as_of = turn.layer.context.as_of
    table = table_of(data, turn.layer.definitions, lang, "result")
    first = turn.layer.first_day(query, turn.scope) if data.span is not None else None
    limits = limits_text(turn.layer.definitions, query, lang)
    teller = Teller(table, data, query, lang, as_of, plan.focus, first, limits)
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
        basis=_metrics_basis(turn, plan, result),
        followups=followups(turn.layer, query, lang),
        export=plan.export,
        warnings=(
            *((unable,) if unable else ()),
            *scope_warnings(turn.layer, turn.scope, query, lang),
            *history_warnings(data, first, lang),
            *warnings_of(turn.layer, query, data, lang),
        ),
    )


def _metrics_basis(turn: Asked, plan: Plan, result: MetricsResult) -> Basis:
    data, query, layer = result.data, result.query, turn.layer
    metrics = []
    for metric_id in query.metrics:
        metric = layer.definitions.metrics[metric_id]
        metrics.append(
            {
                "id": metric_id,
                "label": metric.label.get(turn.lang),
                "formula": formula(metric, layer.definitions, turn.lang),
                "description": metric.description,
                "basis": convention(layer, metric_id, turn.lang, query.parameters),
                "unit": metric.unit,
                "tier": metric.tier,
                "owner": metric.owner,
            }
        )
    conditions: tuple[Filter | MetricFilter, ...] = (*query.filters, *query.having)
    span, previous = data.span, data.previous
    time_basis = TimeBasis(
        start=span.start.isoformat() if span else _iso(query.time.start if query.time else None),
        end=span.end.isoformat() if span else _iso(query.time.end if query.time else None),
        grain=query.grain.value if query.grain else None,
        complete=not data.partial,
        column=", ".join(dict.fromkeys(data.time_columns.values())) or None,
        compare_start=previous.start.isoformat() if previous else None,
        compare_end=previous.end.isoformat() if previous else None,
    )
    return _basis(turn).model_copy(
        update={
            "metrics": tuple(metrics),
            "dimensions": query.dimensions,
            "filters": tuple(
                {
                    **item.model_dump(mode="json", exclude_none=isinstance(item, MetricFilter)),
                    "text": condition_text(layer.definitions, item, turn.lang),
                }
                for item in conditions
            ),
            "time": time_basis,
            "assumptions": (
                *((resolved(layer, query, turn.lang),) if plan.follows else ()),
                *(n.get(turn.lang) for n in plan.assumptions),
            ),
            "rows": len(data.rows),
            "sql": data.sql,
        }
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _basis(turn: Asked) -> Basis:
    layer = turn.layer
    return Basis(
        lane=turn.lane,
        timezone=layer.context.calendar.timezone,
        as_of=layer.context.as_of.isoformat(),
        scope=turn.scope.label.get(turn.lang),
        definitions_version=layer.version,
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


def _refused(turn: Asked, refusal: Refusal) -> Answer:
    message, hint = refusal.message.get(turn.lang), refusal.hint.get(turn.lang)
    return Answer(
        status="refused",
        question=turn.question,
        lang=turn.lang,
        headline=message,
        text=hint,
        basis=_basis(turn),
        error=ErrorInfo(
            code=refusal.code, message=message, hint=hint, candidates=refusal.candidates
        ),
    )


def _broken(turn: Asked) -> Answer:
    """What the audit keeps of a question on which the product itself failed."""
    error = ErrorInfo(code="INTERNAL", message="unexpected failure")
    return Answer(status="error", question=turn.question, lang=turn.lang, error=error)


def _failed(
    turn: Asked, error: AskmqlError, status: Literal["denied", "refused", "error"]
) -> Answer:
    message, hint = localise(error, turn.layer.definitions, turn.lang)
    return Answer(
        status=status,
        question=turn.question,
        lang=turn.lang,
        headline=message,
        text=hint,
        basis=_basis(turn),
        error=ErrorInfo(code=error.code, message=message, hint=hint, candidates=error.candidates),
    )


__all__ = ["Assistant", "Query"]
