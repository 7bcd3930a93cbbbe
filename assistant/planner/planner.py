"""The lexicon planner: question -> plan, clarification or refusal, with no model.

It answers only when every meaningful word of the question is explained.
"""

from __future__ import annotations

from assistant.plan import (
    Choice,
    Clarification,
    Note,
    Plan,
    Planned,
    ToolCall,
)
from assistant.planner.about import about_itself, is_beside, meant_by
from assistant.planner.apart import apart, may_be_apart
from assistant.planner.becoming import of_which_day, unplaced
from assistant.planner.context import (
    beside_models,
    goes_on,
    has_context,
    refers_to_nothing,
    refit,
    stands_for,
)
from assistant.planner.draft import Ask, Read
from assistant.planner.followup import ANALYSES, continues, merge, says_so
from assistant.planner.forms import settle_forms
from assistant.planner.lexicon import Lexicon, build_lexicon
from assistant.planner.parameters import open_models, settle_bare
from assistant.planner.pieces import Tokens
from assistant.planner.reader import read_slots
from assistant.planner.readings import Reader
from assistant.planner.refusals import (
    names_nobody,
    no_drivers,
    no_metric,
    no_records,
    no_targets,
    unclear,
    unexplained,
)
from assistant.planner.several import (
    elaborates,
    grouped,
    only_names_metrics,
    sentences,
    stands_alone,
)
from assistant.planner.slots import Slots
from assistant.planner.spelling import one_slip
from assistant.planner.standing import NOT_KEPT, NOTHING_BEFORE, carried, is_analysis, told
from assistant.planner.things import count_of_things
from assistant.planner.tokens import tokenise
from assistant.planner.tooling import lacks_touchpoints, takes_name, tool_plan
from assistant.planner.tooling.lead_score import score_plan
from assistant.planner.tooling.leads import level_said
from semantic_layer import DeniedError, Scope, SemanticLayer


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
        parts = self._sentences(pieces) if len(pieces) > 1 else ()
        if not parts and may_be_apart(message):
            parts = apart(*self._parsed(message))
        return parts or (message,)

    def _sentences(self, pieces: tuple[str, ...]) -> tuple[str, ...]:
        """Return the questions among several sentences; nothing where they are one."""
        read = [self._read(p)[0] for p in pieces]
        parts = grouped(pieces, [stands_alone(s) for s in read])
        if len(parts) < 2:
            return ()
        first, *later = (self._read(p)[0] for p in parts)
        one = all(only_names_metrics(s) or elaborates(first, s) for s in later)
        return () if one else parts

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
        try:
            about_score = score_plan(self.layer, question, before, self._read)
        except Ask as ask:
            return Clarification(question=ask.question, examples=ask.candidates)
        if about_score is not None:
            return about_score
        if level_said(self.layer, slots) is not None:
            slots.intents.add("call_first")
            slots.unclear.clear()  # each of them is a part of the level's name
        known = self._replayed(before)
        if refers_to_nothing(folded, slots, known):
            return names_nobody(slots.pronoun)
        now, follows = slots, self._follows(folded, slots, known, beside=beside)
        same_time = beside and not follows and self._share_period(slots, known)
        notes: tuple[Note, ...] = ()
        kept: Note | None = None
        if follows and known is not None:
            slots = self._edited(known, slots, folded)
            settle_bare(self.layer, slots)
            notes = refit(self.layer, slots, now)
            kept = carried(self.layer, slots, now)
        elif not same_time:
            notes = self._apart(folded, now, known)
        planned = self._planned(question, slots, before, follows=follows)
        if same_time:
            notes = (Note(zh="时间沿用上一问", en="the period of the question before is used"),)
        elif kept is not None and is_analysis(planned):
            notes = (kept, *notes)
        return told(planned, notes, follows=follows)

    def _planned(
        self, question: str, slots: Slots, before: tuple[str, ...], *, follows: bool
    ) -> Planned:
        counted = count_of_things(self.layer, slots)
        slots.metrics += [counted] if counted else []
        early = self._early(question, slots, before, follows=follows)
        if early is not None:
            return early
        try:
            settle_forms(self.layer, slots)
            return self._choose(Reader(self.layer, slots).readings(), slots)
        except Ask as ask:
            return Clarification(question=ask.question, examples=ask.candidates, follows=follows)

    def _read(self, question: str) -> tuple[Slots, str]:
        tokens, slots = self._parsed(question)
        open_models(self.layer, slots)
        slots.pronoun = slots.pronoun or stands_for(tokens.folded.text)
        return slots, tokens.folded.text

    def _parsed(self, question: str) -> tuple[Tokens, Slots]:
        ctx = self.layer.context
        tokens = tokenise(
            question,
            self.lexicon,
            today=self.layer.today,
            as_of=ctx.as_of,
            calendar=ctx.calendar,
        )
        return tokens, read_slots(tokens)

    def _follows(
        self, folded: str, now: Slots, known: Slots | None, *, beside: bool = False
    ) -> bool:
        if known is None:
            return False
        return continues(folded, now) or (not beside and goes_on(self.layer, folded, now, known))

    def _edited(self, known: Slots, now: Slots, folded: str) -> Slots:
        out = merge(known, now, folded)
        beside_models(self.layer, out, now, known)
        return out

    def _replayed(self, before: tuple[str, ...]) -> Slots | None:
        """Replay the conversation: each message is an edit of the one before."""
        known: Slots | None = None
        for earlier in before:
            said, text = self._read(earlier)
            follows = self._follows(text, said, known)
            known = self._edited(known, said, text) if known and follows else said
        return known

    def _apart(self, folded: str, now: Slots, known: Slots | None) -> tuple[Note, ...]:
        """Say of a message that could be taken for a follow-up that it is not one."""
        if now.periods or (now.empty and not now.intents & ANALYSES and not now.models):
            return ()
        if known is None:
            return (NOTHING_BEFORE,) if says_so(folded) else ()
        return (NOT_KEPT,) if has_context(known) else ()

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
            return self._respell(question, slots, before) or unexplained(self.lexicon, slots)
        if slots.denied:
            raise DeniedError(
                "METRIC_DENIED",
                "You may not see " + ", ".join(slots.denied) + ".",
                hint="Ask your administrator for access.",
                params={"words": "、".join(slots.denied)},
            )
        if "target" in slots.intents:
            return no_targets()
        settled = self._settled(slots, follows=follows)
        if settled is not None or not slots.unclear:
            return settled
        return unclear(slots)

    def _settled(self, slots: Slots, *, follows: bool) -> Planned | None:
        """Return an analysis, an answer about the product itself, or the refusal of a why."""
        if not slots.unclear:
            analysis = tool_plan(self.layer, slots)
            if analysis is not None:
                return analysis.model_copy(update={"follows": follows})
            slots.unclear += unplaced(self.layer, slots)
        special = None if follows else about_itself(self.layer, self.lexicon, slots, self.plan)
        if special is not None or slots.unclear:
            return special
        if slots.records and not (slots.empty or slots.dimensions or slots.grain or slots.bundles):
            metrics = tuple(slots.metrics) or meant_by(self.layer, slots.ambiguous[0])[:1]
            return no_records(self.layer, metrics)
        if "why" in slots.intents:
            return no_drivers(self.layer, slots)
        return no_metric(self.layer, self.lexicon, slots) if slots.empty else None

    def _share_period(self, slots: Slots, earlier: Slots | None) -> bool:
        """Take over the period of the question before, if this one names none."""
        if earlier is None or slots.empty or slots.intents or slots.periods or slots.shifts:
            return False
        slots.periods, slots.period_texts = earlier.periods, earlier.period_texts
        slots.linked_periods = earlier.linked_periods
        return bool(earlier.periods)

    def _respell(self, question: str, slots: Slots, before: tuple[str, ...]) -> Planned | None:
        """Correct one slip of the keys in a Latin word, if only one word is that near."""
        text, notes = question, []
        for word in slots.unknown:
            found = one_slip(self.lexicon, word)
            if found is None or word not in text:
                return None
            text = text.replace(word, found)
            notes.append(Note(zh=f"「{word}」按「{found}」理解", en=f"“{word}” read as “{found}”"))
        planned = self.plan(text, before)
        if not isinstance(planned, Plan):
            return None
        return planned.model_copy(update={"assumptions": (*notes, *planned.assumptions)})

    def _choose(self, readings: list[Read], slots: Slots) -> Planned:
        plans = [
            Plan(
                calls=tuple(ToolCall(tool="query_metrics", args=a) for a in _args(r)),
                intent="share_change" if r.before else "value",
                assumptions=r.notes,
                focus=r.focus,
                mean=r.mean,
                apart=r.apart,
                ends=r.ends,
                direction=r.direction,
                draw=slots.draw,
                export=slots.export,
            )
            for r in readings
        ]
        if len(plans) == 1:
            return of_which_day(self.layer, slots, plans[0]) or plans[0]
        return Clarification(
            question=Note(
                zh="这个问题有几种理解，您指的是哪一种？",
                en="This can be read in several ways. Which do you mean?",
            ),
            choices=tuple(
                Choice(label=r.label, plan=p) for r, p in zip(readings, plans, strict=True)
            ),
            settles=bool(slots.ambiguous)
            and all(is_beside(self.layer, w) for w in slots.ambiguous),
        )


def _args(read: Read) -> list[dict[str, object]]:
    queries = (read.query, read.before) if read.before else (read.query,)
    return [q.model_dump(mode="json", exclude_defaults=True) for q in queries]
