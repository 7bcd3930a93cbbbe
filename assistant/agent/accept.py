"""Checks a model's call: ids, rights, periods and conditions, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.agent.additions import Asked, in_asked_order
from assistant.agent.catalogue import found_in, named_in
from assistant.agent.conditions import as_stored
from assistant.agent.figures import bounded, check_figures, limited
from assistant.agent.left_out import check_left_out
from assistant.agent.omissions import check_heeded, dropped
from assistant.agent.schema import period_paths, without_nulls
from assistant.agent.tidying import tidy
from assistant.grounding.evidence import fold
from assistant.plan import Note, ToolCall
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.pieces import Tokens
from assistant.planner.reader import read_slots
from assistant.planner.slots import Slots
from assistant.planner.tokens import tokenise
from assistant.timeparse import Reading, TimeMatch, parse_period
from semantic_layer import Query, QueryError, Scope, SemanticLayer
from semantic_layer.compile.facts import references, shared_dimensions
from semantic_layer.errors import suggest
from tools import ToolContext, get_tool
from tools.catalog import visible_metrics

_HINTED = frozenset({Reading.CALENDAR, Reading.TO_DATE, Reading.FISCAL})


@dataclass
class Acceptor:
    """Turns a model's call into one of ours, or says what is wrong with it.

    Attributes:
        question: As asked; `before` is what a follow-up continues.
        approved: A human approved the call for this question: its meaning is not questioned.
        notes: What was assumed on the way.
    """

    layer: SemanticLayer
    scope: Scope
    lexicon: Lexicon
    question: str
    before: ToolCall | None = None
    approved: bool = False
    notes: list[Note] = field(default_factory=list)

    def accept(self, name: str, args: dict[str, Any]) -> ToolCall:
        """Return the checked call.

        Raises:
            QueryError: With code, hint and candidates, for the model to correct itself.
        """
        self.notes = []
        tool = get_tool(name)
        plain: dict[str, Any] = without_nulls(args)
        for path in period_paths(tool.name):
            self._resolve(plain, path)
        parsed = tool.parse(tidy(plain) if tool.name == "query_metrics" else plain)
        if isinstance(parsed, Query):
            parsed = self._checked(parsed)
        dumped = parsed.model_dump(mode="json", exclude_defaults=True)
        return ToolCall(tool=tool.name, args=dumped)

    def _checked(self, query: Query) -> Query:
        """Return the query as the question means it; a follow-up says only what changes."""
        is_open = self.before is None and not self.approved
        if is_open:
            query, notes = Asked(self.slots, self.lexicon).only(query)
            self.notes += notes
        query = as_stored(self.layer, self.scope, self.lexicon, query)
        self._periods(query)
        if is_open:
            query = bounded(self.slots, limited(self.question, query, self.slots))
            check_figures(self.question, query)
            query = in_asked_order(self.slots, query, self.layer.definitions.metrics)
        self._named(query)
        self._known(query)
        if is_open:
            self._few(query)
            check_left_out(self.slots, query)
            check_heeded(self._tokens.items, self.slots, query, self.layer)
            self._whole(query)
        return query

    def knows(self, words: str) -> bool:
        """Whether the catalogue or the time contract has something for all of these words."""
        if self._time_of(words) is not None:
            return True
        named = {fold_word(word) for word, _ in found_in(self.lexicon, words)}
        return fold_word(words) in named

    @cached_property
    def _tokens(self) -> Tokens:
        ctx, today = self.layer.context, self.layer.today
        return tokenise(
            self.question, self.lexicon, today=today, as_of=ctx.as_of, calendar=ctx.calendar
        )

    @cached_property
    def slots(self) -> Slots:
        """What the question says, as the lexicon reads it."""
        return read_slots(self._tokens)

    def said(self) -> tuple[TimeMatch, ...]:
        """Return every period, comparison and breakdown by time that the question says.

        As words, not as characters: 上个月中大型企业 says last month, and not the middle of it.
        """
        return tuple(t.time for t in self._tokens.items if t.time is not None)

    def _time_of(self, phrase: str) -> TimeMatch | None:
        ctx = self.layer.context
        return parse_period(phrase, today=self.layer.today, as_of=ctx.as_of, calendar=ctx.calendar)

    def _known(self, query: Query) -> None:
        """Refuse unknown names, and combinations that cannot be computed."""
        visible = visible_metrics(ToolContext(self.layer, self.scope))
        unknown = [m for m in query.metrics if m not in visible]
        if unknown:
            raise QueryError(
                "UNKNOWN_METRIC",
                f"There is no metric `{unknown[0]}`.",
                candidates=suggest(unknown[0], visible),
            )
        plain = not (query.having or query.order or query.share or query.compare or query.grain)
        shared = shared_dimensions(self.layer.context, query.metrics)
        if not plain or {*query.dimensions, *(f.dimension for f in query.filters)} - {*shared}:
            self.layer.compile(query, self.scope)  # the run compiles again: only where it may fail

    def _few(self, query: Query) -> None:
        """Refuse a list of metrics around the one that the question names."""
        named = {s.id for _, s in found_in(self.lexicon, self.question) if s.kind == "metric"}
        more = [m for m in query.metrics if m not in named]
        if len(more) > 1 and named & {*query.metrics}:
            raise QueryError(
                "METRICS_NOT_SAID",
                f"The question does not ask for {', '.join(more)}.",
                hint="Use only the metrics that it asks for.",
            )

    def _whole(self, query: Query) -> None:
        """Refuse a call that leaves out a metric or dimension which the question names.

        A metric also counts as used where another one that is asked for is computed from it.
        """
        known = self.layer.definitions.metrics
        asked = {*query.metrics, *(h.metric for h in query.having), *(o.by for o in query.order)}
        used = asked.union(*(references(known[m]) for m in asked if m in known))
        used |= {*query.dimensions, *(f.dimension for f in query.filters)}
        nouns = {fold_word(noun) for noun in self.slots.nouns}
        for word, ids, what in named_in(self.lexicon, self.question):
            if ids & used:
                continue
            if fold_word(word) not in nouns:
                raise dropped(word, what)
            self.notes.append(
                Note(zh=f"「{word}」按泛指理解，没有按它拆分", en=f"“{word}” taken as a plain noun")
            )

    # --- periods ----------------------------------------------------------------------

    def _resolve(self, args: dict[str, Any], path: tuple[str, ...]) -> None:
        """Replace a quoted phrase by the dates that the time contract gives it."""
        holder: Any = args
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        phrase = holder.get(path[-1]) if isinstance(holder, dict) else None
        if phrase is None:
            return
        found = self._read(str(phrase), main=path == ("time",))
        if found is None:
            del holder[path[-1]]
            return
        if found.period is not None:
            grain = found.period.grain if found.period.reading in _HINTED else None
            holder[path[-1]] = {
                "start": found.period.start,
                "end": found.period.end,
                "grain": grain,
            }
            if found.period.note_zh:
                self.notes.append(Note(zh=found.period.note_zh, en=found.period.note_en))
            return
        del holder[path[-1]]
        if found.shift is not None and found.shift.kind != "span":
            args.setdefault("compare", {"kind": found.shift.kind})

    def _read(self, phrase: str, *, main: bool) -> TimeMatch | None:
        said = _squeezed(self.question)
        quoted = _squeezed(phrase) in said or self._kept(phrase)
        found = self._time_of(phrase)
        dated = found is not None and (found.period or found.shift)
        meant = self._meant(phrase) if main and not (quoted and dated) else None
        if meant is not None:
            return meant
        if main and not quoted and self._says_none():
            self.notes.append(
                Note(
                    zh=f"模型给出的时间「{phrase}」不在问题里，没有使用",
                    en=f"the model's period “{phrase}” is not in the question and was not used",
                )
            )
            return None
        if not quoted:
            raise QueryError(
                "PERIOD_NOT_SAID",
                f"The question does not say {phrase!r}.",
                hint="Quote the period from the question word for word, or use null.",
            )
        if found is None:
            raise QueryError(
                "PERIOD_UNREADABLE", f"{phrase!r} is no period.", hint="Quote the period alone."
            )
        return found

    def _meant(self, phrase: str) -> TimeMatch | None:
        """`last_month`, `quarter`: the period that the question says, if it says only one.

        Words that name no period, or the same dates in other words, can mean nothing else;
        other dates are a contradiction.
        """
        said, read = self._only_period(), self._time_of(phrase.replace("_", " "))
        if said is None or said.period is None:
            return None
        if read is not None and (
            read.shift or (read.period and read.period.range != said.period.range)
        ):
            return None
        return said

    def _only_period(self) -> TimeMatch | None:
        """The period of the question, where it says exactly one and compares with none."""
        dated = [m for m in self.said() if m.period is not None or (m.shift and m.shift.period)]
        return dated[0] if len(dated) == 1 and dated[0].period is not None else None

    def _says_none(self) -> bool:
        """Whether the question says no period at all, and continues none."""
        return self.before is None and not any(m.period or m.shift for m in self.said())

    def _kept(self, phrase: str) -> bool:
        """Whether a follow-up repeats the dates of the question before it."""
        return self.before is not None and phrase[:10] in str(self.before.args.get("time", ""))

    def _periods(self, query: Query) -> None:
        """Refuse a call that leaves a period or comparison of the question out."""
        for match in self.said():
            if match.period is not None and match.period.range not in _spans(query):
                raise dropped(match.text, "period")
            if match.shift is not None and query.compare is None:
                raise dropped(match.text, "comparison")
            if match.grain is not None and query.grain is None:
                raise dropped(match.text, "breakdown by time")

    # --- conditions -------------------------------------------------------------------

    def _named(self, query: Query) -> None:
        """Say which named values are not used, and which used ones were not named."""
        hits = [(w, s) for w, s in found_in(self.lexicon, self.question) if s.kind in {"value", "group"}]  # fmt: skip
        words: dict[str, list[frozenset[str]]] = {}
        for word, sense in hits:
            words.setdefault(word, []).append(frozenset(map(str, sense.values)))
        used = {str(v) for f in query.filters for v in f.values}
        for word, meanings in words.items():
            if not any(values <= used for values in meanings):  # 西部 is 西北 and 西南
                raise dropped(word, "condition")
        said = frozenset[str]().union(*(m for meanings in words.values() for m in meanings))
        for value in sorted(used - said):
            if self.before is None and fold_word(value) not in fold_word(self.question):
                self.notes.append(
                    Note(
                        zh=f"按模型的理解加了条件「{value}」",
                        en=f"the model read “{value}” as a condition",
                    )
                )


def _spans(query: Query) -> set[object]:
    """The spans that a query uses; open ones count as None."""
    other = query.compare.range if query.compare else None
    return {t.span for t in (query.time, other) if t is not None}


def _squeezed(text: str) -> str:
    return "".join(fold(text).split())
