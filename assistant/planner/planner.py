"""The lexicon planner: question -> plan, clarification or refusal, with no model.

It answers only when every meaningful word of the question is explained.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from assistant.plan import (
    Choice,
    Clarification,
    Note,
    Plan,
    Planned,
    Refusal,
    ToolCall,
)
from assistant.planner.draft import Ask, Read
from assistant.planner.followup import continues, merge
from assistant.planner.lexicon import Lexicon, build_lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.parameters import on_credit, only_a_model, open_models, settle_bare
from assistant.planner.reader import read_slots
from assistant.planner.readings import Reader
from assistant.planner.several import (
    elaborates,
    grouped,
    only_names_metrics,
    sentences,
    stands_alone,
)
from assistant.planner.slots import Slots
from assistant.planner.tokens import tokenise
from assistant.planner.tooling import lacks_touchpoints, takes_name, tool_plan
from semantic_layer import DeniedError, Scope, SemanticLayer
from semantic_layer.compile.facts import shared_dimensions

_NEAR = 60.0
_HOW_MANY = re.compile(r"有?多少个?|几个|几家|how many")


class LexiconPlanner:
    """Plans questions of one asker.

    Args:
        layer: The semantic layer.
        scope: The asker's rights: nothing outside them is in the lexicon.
    """

    def __init__(self, layer: SemanticLayer, scope: Scope) -> None:
        self.layer = layer
        self.scope = scope
        self.lexicon: Lexicon = build_lexicon(layer, scope)

    def questions(self, message: str) -> tuple[str, ...]:
        """Return the questions of a message, in order; mostly there is one."""
        pieces = sentences(message)
        if len(pieces) < 2:
            return (message,)
        read = [self._read(p)[0] for p in pieces]
        parts = grouped(pieces, [stands_alone(s) for s in read])
        if len(parts) < 2:
            return (message,)
        first, *later = (self._read(p)[0] for p in parts)
        one = all(only_names_metrics(s) or elaborates(first, s) for s in later)
        return (message,) if one else parts

    def plan(self, question: str, before: tuple[str, ...] = (), *, beside: bool = False) -> Planned:
        """Plan one question, or a follow-up of the questions `before` it (oldest first).

        Args:
            question: As typed.
            before: The questions that it may continue.
            beside: It stands in one message with the question before it, whose period
                holds unless it names its own.

        Raises:
            DeniedError: It names a metric that the asker may not see.
        """
        slots, folded = self._read(question)
        follows = bool(before) and (
            continues(folded, slots) or (only_a_model(slots) and self._on_credit(before))
        )
        same_time = beside and not follows and self._share_period(slots, before)
        if follows:
            slots = self._merged(before, slots, folded)
            settle_bare(self.layer, slots)
        early = self._early(question, slots, before, follows=follows)
        if early is not None:
            return early
        try:
            planned = self._choose(Reader(self.layer, slots).readings(), slots)
        except Ask as ask:
            return Clarification(question=ask.question, examples=ask.candidates)
        if same_time and isinstance(planned, Plan):
            note = Note(zh="时间沿用上一问", en="the period of the question before is used")
            planned = planned.model_copy(update={"assumptions": (note, *planned.assumptions)})
        return planned.model_copy(update={"follows": follows}) if follows else planned

    def _read(self, question: str) -> tuple[Slots, str]:
        ctx = self.layer.context
        tokens = tokenise(
            question,
            self.lexicon,
            today=self.layer.today,
            as_of=ctx.as_of,
            calendar=ctx.calendar,
        )
        slots = read_slots(tokens)
        open_models(self.layer, slots)
        return slots, tokens.folded.text

    def _on_credit(self, before: tuple[str, ...]) -> bool:
        return on_credit(self.layer, self._merged(before[:-1], *self._read(before[-1])))

    def _merged(self, before: tuple[str, ...], slots: Slots, folded: str) -> Slots:
        """Replay the conversation: each message is an edit of the one before."""
        known: Slots | None = None
        for earlier in before:
            said, text = self._read(earlier)
            known = merge(known, said, text) if known and continues(text, said) else said
        return merge(known, slots, folded) if known else slots

    def _early(
        self, question: str, slots: Slots, before: tuple[str, ...], *, follows: bool
    ) -> Planned | None:
        """Return what is settled before any query is built; None to go on.

        Raises:
            DeniedError: A metric is named that the asker may not see.
        """
        impossible = lacks_touchpoints(self.layer, slots)
        if impossible is not None:
            return impossible
        if slots.unknown and not takes_name(slots):
            return self._respell(question, slots, before) or self._unexplained(slots)
        if slots.denied:
            raise DeniedError(
                "METRIC_DENIED",
                "You may not see " + ", ".join(slots.denied) + ".",
                hint="Ask your administrator for access.",
                params={"words": "、".join(slots.denied)},
            )
        settled = self._settled(slots, follows=follows)
        if settled is not None or not slots.unclear:
            return settled
        return _unclear(slots)

    def _settled(self, slots: Slots, *, follows: bool) -> Planned | None:
        """Return an analysis, an answer about the product itself, or the refusal of a why."""
        if not slots.unclear:
            analysis = tool_plan(self.layer, slots)
            if analysis is not None:
                return analysis.model_copy(update={"follows": follows})
        special = None if follows else self._special(slots)
        if special is not None or slots.unclear:
            return special
        if slots.records and not (slots.empty or slots.dimensions or slots.grain or slots.bundles):
            return self._no_records(slots)
        if slots.pronoun and follows and slots.ranked:
            return _names_nobody(slots.pronoun)
        if "why" in slots.intents:
            return _no_drivers(self.layer, slots)
        return self._no_metric(slots) if slots.empty else None

    def _share_period(self, slots: Slots, before: tuple[str, ...]) -> bool:
        """Take over the period of the question before, if this one names none."""
        if not before or slots.empty or slots.intents or slots.periods or slots.shifts:
            return False
        earlier = self._merged(before[:-1], *self._read(before[-1]))
        slots.periods, slots.period_texts = earlier.periods, earlier.period_texts
        slots.linked_periods = earlier.linked_periods
        return bool(earlier.periods)

    def _respell(self, question: str, slots: Slots, before: tuple[str, ...]) -> Planned | None:
        """Correct one slip of the keys in a Latin word, if only one word is that near."""
        text, notes = question, []
        for word in slots.unknown:
            found = self._one_slip(word)
            if found is None or word not in text:
                return None
            text = text.replace(word, found)
            notes.append(Note(zh=f"「{word}」按「{found}」理解", en=f"“{word}” read as “{found}”"))
        planned = self.plan(text, before)
        if not isinstance(planned, Plan):
            return None
        return planned.model_copy(update={"assumptions": (*notes, *planned.assumptions)})

    def _one_slip(self, word: str) -> str | None:
        folded = fold_word(word)
        if len(folded) < 5 or not (folded.isascii() and folded.isalpha()):
            return None
        if folded.endswith(("ed", "ing")):  # a verb, not a slip: attended is no attendee
            return None
        known = [
            w
            for w, senses in self.lexicon.entries.items()
            if w.isascii()
            and w not in {folded + "s", folded.removesuffix("s")}
            and abs(len(w) - len(folded)) <= 1
            and any(s.kind in {"metric", "dimension", "bundle", "ambiguous"} for s in senses)
        ]
        near = {w for w in known if OSA.distance(folded, w, score_cutoff=1) <= 1}
        stems = {w.removesuffix("s") for w in near}
        return min(near, key=len) if len(stems) == 1 else None

    def _choose(self, readings: list[Read], slots: Slots) -> Planned:
        plans = [
            Plan(
                calls=(ToolCall(tool="query_metrics", args=_args(r)),),
                assumptions=r.notes,
                focus=r.focus,
                draw=slots.draw,
                export=slots.export,
            )
            for r in readings
        ]
        if len(plans) == 1:
            return plans[0]
        return Clarification(
            question=Note(
                zh="这个问题有几种理解，您指的是哪一种？",
                en="This can be read in several ways. Which do you mean?",
            ),
            choices=tuple(
                Choice(label=r.label, plan=p) for r, p in zip(readings, plans, strict=True)
            ),
            settles=bool(slots.ambiguous) and all(map(self._is_beside, slots.ambiguous)),
        )

    # --- questions about the product itself -------------------------------------------

    def _special(self, slots: Slots) -> Planned | None:
        intents = slots.intents
        bare = slots.empty and not slots.values
        if "fresh" in intents and slots.empty:
            return _call("describe_data", intent="data")
        plain = not (
            slots.periods
            or slots.dimensions
            or slots.values
            or slots.flags
            or slots.shifts
            or slots.ranked
        )
        if "why" in intents and not slots.empty:
            return _no_drivers(self.layer, slots)
        asked = "define" in intents or (bool(intents & {"what_is", "calc"}) and plain)
        named = [*slots.metrics, *(m for w in slots.ambiguous for m in self._meant(w))]
        if asked and named and not slots.periods:
            calls = tuple(ToolCall(tool="describe_metric", args={"metric": m}) for m in named)
            return Plan(calls=calls, intent="define")
        if "metric_word" in intents and bare:
            return _call("list_metrics", intent="list")
        if "dimension_word" in intents and bare:
            return _call("describe_data", intent="ability")
        busy = slots.periods or slots.ranked or slots.flags or slots.compares or slots.thresholds
        counted = self._counted(slots)
        if counted is not None:
            return counted
        if slots.dimensions and bare and not busy:
            return _call("list_values", {"dimension": slots.dimensions[0]}, intent="values")
        idle = bare and not slots.dimensions and not slots.periods
        if idle and intents & {"help", "greet", "list"}:
            return _call("describe_data", intent="ability")
        return None

    def _counted(self, slots: Slots) -> Planned | None:
        """`有多少客户` asks for 客户数 where that is known, not for a list of names."""
        if len(slots.dimensions) != 1 or not slots.empty or not _HOW_MANY.search(slots.text):
            return None
        label = self.layer.definitions.dimensions[slots.dimensions[0]].label
        if f"{label.get('zh')}数" in slots.text:
            return None
        for word in (f"{label.get('zh')}数", f"number of {label.get('en')}s"):
            if fold_word(word) in self.lexicon.entries:
                text = _HOW_MANY.sub(" ", slots.text).replace(fold_word(label.get("zh")), word)
                return self.plan(text)
        return None

    def _is_beside(self, word: str) -> bool:
        """Whether an ambiguous word is declared to be told by what stands beside it."""
        known = self.layer.definitions.ambiguous
        return any(item.beside for said, item in known.items() if fold_word(said) == word)

    def _no_records(self, slots: Slots) -> Clarification:
        """Records are not listed here: a count in their place would be another answer."""
        metrics = tuple(slots.metrics) or self._meant(slots.ambiguous[0])[:1]
        dims = self.layer.definitions.dimensions
        shared = shared_dimensions(self.layer.context, metrics)[:6]
        return Clarification(
            question=Note(
                zh="这里不列出逐条明细，只给统计数字；可以按下面的维度看：",
                en="Single records are not listed here, only figures; they can be broken down by:",
            ),
            examples=tuple(
                Note(zh=dims[d].label.get("zh"), en=dims[d].label.get("en")) for d in shared
            ),
        )

    def _meant(self, word: str) -> tuple[str, ...]:
        """Return the metrics that an ambiguous word may mean."""
        for said, item in self.layer.definitions.ambiguous.items():
            if fold_word(said) == word:
                return item.metrics
        return ()

    # --- what was not understood ------------------------------------------------------

    def _unexplained(self, slots: Slots) -> Refusal:
        words = tuple(dict.fromkeys(slots.unknown))
        near: list[str] = []
        for word in words:
            near += [n for n in self._nearest(word) if n not in near]
        shown = "」「".join(words)
        return Refusal(
            code="NOT_UNDERSTOOD",
            message=Note(
                zh=f"没有理解「{shown}」，所以没有计算，以免答非所问。",
                en="I did not understand "
                + ", ".join(f"“{w}”" for w in words)
                + ", so nothing was computed.",
            ),
            hint=Note(
                zh="换个说法，或去掉这个词再问。" if not near else "是不是想问：" + "、".join(near),
                en="Rephrase, or leave it out." if not near else "Did you mean: " + ", ".join(near),
            ),
            candidates=tuple(near[:5]),
        )

    def _nearest(self, word: str) -> tuple[str, ...]:
        known = self.lexicon.named("metric", "dimension", "value", "bundle")
        found = process.extract(
            fold_word(word), known, scorer=fuzz.ratio, limit=3, score_cutoff=_NEAR
        )
        return tuple(match for match, _, _ in found)

    def _no_metric(self, slots: Slots) -> Clarification:
        known = {
            i
            for senses in self.lexicon.entries.values()
            for s in senses
            if s.kind == "metric"
            for i in (s.id,)
        }
        defs = self.layer.definitions
        level = [m for name, m in defs.metrics.items() if name in known and m.level != "what"]
        labels = tuple(Note(zh=m.label.get("zh"), en=m.label.get("en")) for m in level[:6])
        what = [v.text for v in slots.values]
        return Clarification(
            question=Note(
                zh=f"想看{'、'.join(what) + '的' if what else ''}哪个指标？",
                en=f"Which metric{' of ' + ', '.join(what) if what else ''} do you want?",
            ),
            examples=labels,
        )


def _unclear(slots: Slots) -> Refusal:
    words = tuple(dict.fromkeys(slots.unclear))
    return Refusal(
        code="NOT_CERTAIN",
        message=Note(
            zh=f"不确定「{'」「'.join(words)}」在这里的意思，所以没有计算，以免答非所问。",
            en="I am not certain what "
            + ", ".join(f"“{w}”" for w in words)
            + " means here, so nothing was computed.",
        ),
        hint=Note(zh="换个说法，或拆成两个问题。", en="Rephrase it, or ask two questions."),
    )


def _names_nobody(word: str) -> Clarification:
    return Clarification(
        question=Note(
            zh=f"「{word}」指哪一个？请写出名称再问。",
            en=f"“{word}”: of which one? Please name it.",
        )
    )


def _no_drivers(layer: SemanticLayer, slots: Slots) -> Refusal:
    """Say that causes cannot be analysed, and what comes nearest for this metric."""
    name = next(iter(slots.metrics), "")
    metric = layer.definitions.metrics.get(name)
    dims = shared_dimensions(layer.context, (name,)) if metric else ()
    message = Note(zh="还不能分析原因。", en="Explaining why is not possible yet.")
    if metric is None or not dims:
        hint = Note(zh="可以先看它的环比。", en="Compare it with an earlier period instead.")
        return Refusal(code="NO_DRIVER_ANALYSIS", message=message, hint=hint)
    by, label = layer.definitions.dimensions[dims[0]].label, metric.label
    return Refusal(
        code="NO_DRIVER_ANALYSIS",
        message=message,
        hint=Note(
            zh=f"可以先拆开比较，例如：上个月各{by.get('zh')}{label.get('zh')}环比",
            en=f"Compare its parts instead, for example: {label.get('en')} by {by.get('en')} last month MoM",
        ),
    )


def _args(read: Read) -> dict[str, object]:
    return read.query.model_dump(mode="json", exclude_defaults=True)


def _call(tool: str, args: dict[str, object] | None = None, *, intent: str) -> Plan:
    return Plan(calls=(ToolCall(tool=tool, args=args or {}),), intent=intent)
