"""Slots -> queries: one `Query` per reading, with the assumptions that were made."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

from assistant.plan import Note
from assistant.planner.averages import averaged
from assistant.planner.draft import Ask, Draft, Read, named, some_dimensions
from assistant.planner.lexicon import Sense
from assistant.planner.normalise import fold_word
from assistant.planner.parameters import parameters_of
from assistant.planner.parts import parts_of, share_before
from assistant.planner.ranks import Ranks
from assistant.planner.several_periods import check_comparison
from assistant.planner.slots import ENDS, Slots, ValueSlot
from assistant.planner.when import When
from assistant.planner.whole import only_whole
from semantic_layer import Filter, Query, SemanticLayer
from semantic_layer.compile.facts import leaf_models, shared_dimensions
from semantic_layer.model import RatioMetric
from semantic_layer.query import Value

_MAX_READINGS = 4

_LISTED = re.compile(r"[,，、;；/&+和与及]| and | or ")
_APART = re.compile(
    r"差多少|差了多少|相差|差距|差值|[多少高低](?:了|出)?多少|(?:增加|减少|变化)了?多少|\bdifference\b|\bapart\b"
    r"|\bhow (?:many|much) (?:more|fewer|less|higher|lower)\b"
)
"""Asks by how much two values differ."""


class Reader:
    """Builds every reading of the slots.

    Args:
        layer: Definitions, calendar and as-of.
        slots: What the question says.
    """

    def __init__(self, layer: SemanticLayer, slots: Slots) -> None:
        self.layer = layer
        self.ctx = layer.context
        self.slots = slots
        self.when = When(layer, slots)
        self.ranks = Ranks(layer, slots)
        self.values = slots.values

    def readings(self) -> list[Read]:
        """Return the readings, most natural first.

        Raises:
            Ask: Something is missing that cannot be assumed.
            QueryError: A combination has no meaning.
        """
        return [
            self._finish(draft)
            for metrics, label in self._metric_readings()
            for draft in self._value_readings(metrics, label)
        ][:_MAX_READINGS]

    # --- metrics ----------------------------------------------------------------------

    def _metric_readings(self) -> list[tuple[tuple[str, ...], Note]]:
        slots, defs = self.slots, self.layer.definitions
        fixed = [self._ratio(*slots.per)] if slots.per else list(slots.metrics)
        for bundle in slots.bundles:
            fixed += [m for m in defs.bundles[bundle].metrics if m not in fixed]
        options = [[s.id for s in senses] for senses in slots.metric_senses if len(senses) > 1] + [
            list(self._beside(word, fixed))
            for word in self._ambiguous_words()
            if not self._says_again(word, fixed)
        ]
        if not options:
            return [(tuple(fixed), named(self.layer, tuple(fixed)))]
        swappable = {s[0].id for s in slots.metric_senses if len(s) > 1}
        base = [m for m in fixed if m not in swappable]
        out = []
        for combo in (c for c in product(*options) if len(set(c)) == len(c)):
            metrics = tuple(dict.fromkeys((*base, *combo)))
            out.append((metrics, named(self.layer, combo)))
        return out

    def _ratio(self, top: str, bottom: str) -> str:
        """`spend per MQL` is the ratio metric of the two, if there is one."""
        metrics = self.layer.definitions.metrics
        for name, metric in metrics.items():
            if not isinstance(metric, RatioMetric) or metric.hidden:
                continue
            if (metric.numerator, metric.denominator) == (top, bottom):
                return name
        labels = named(self.layer, (top, bottom))
        raise Ask(
            Note(
                zh=f"没有「{labels.zh.replace('、', '」除以「')}」这个指标。想分别看这两个指标吗？",
                en=f"There is no metric “{labels.en.replace(', ', ' per ')}”. Do you want the two separately?",
            )
        )

    def _beside(self, word: str, fixed: list[str]) -> tuple[str, ...]:
        """`曝光和点击率` means the click rate of what is shown, not of e-mails."""
        options = self._ambiguous(word)
        said = next(w for w in self.layer.definitions.ambiguous if fold_word(w) == word)
        if not self.layer.definitions.ambiguous[said].beside or not fixed:
            return options
        near = frozenset().union(*(leaf_models(self.ctx, m) for m in fixed))
        same = tuple(m for m in options if leaf_models(self.ctx, m) & near)
        return same if len(same) == 1 else options

    def _ambiguous_words(self) -> list[str]:
        """Return the ambiguous words, without those that another one continues.

        贡献了多少收入 asks for one thing: where two words can mean the same metric and are not
        listed side by side, the later one says what is counted.
        """
        words = self.slots.ambiguous
        kept = []
        for i, word in enumerate(words):
            after = words[i + 1] if i + 1 < len(words) else ""
            between = self.slots.text.partition(word)[2].partition(after)[0] if after else ""
            same = set(self._ambiguous(word)) & set(self._ambiguous(after))
            if not (after and same and not _LISTED.search(between)):
                kept.append(word)
        return kept

    def _says_again(self, word: str, fixed: list[str]) -> bool:
        """Whether a word only names the kind of the metric beside it: MQL转SQL的转化率."""
        before, _, after = self.slots.text.partition(word)
        beside = before.endswith("的") or after.startswith((" from ", " of ", " between "))
        return beside and len(set(fixed) & set(self._ambiguous(word))) == 1

    def _ambiguous(self, word: str) -> tuple[str, ...]:
        for said, item in self.layer.definitions.ambiguous.items():
            if fold_word(said) == word:
                return item.metrics
        return ()

    # --- values -----------------------------------------------------------------------

    def _value_readings(self, metrics: tuple[str, ...], label: Note) -> list[Draft]:
        shared = shared_dimensions(self.ctx, metrics)
        self.values = [
            v for v in self.slots.values if not v.optional or any(s.id in shared for s in v.senses)
        ]
        choices = [self._dims_of(slot, shared) for slot in self.values]
        drafts = []
        for combo in product(*choices):
            named = _reading_label(self.layer, label, choices, combo)
            draft = Draft(metrics, named, list(self.slots.dimensions))
            self._person(draft, shared)
            self._bundle_filters(draft)
            self._filters(draft, combo)
            drafts.append(draft)
        return drafts

    def _person(self, draft: Draft, shared: tuple[str, ...]) -> None:
        """谁 and who ask by the first dimension of people that the metrics share."""
        dims = self.layer.definitions.dimensions
        if not self.slots.who or draft.dimensions or self.slots.contrast:
            return
        if len(self.slots.metrics) > 1:
            raise Ask(
                Note(
                    zh=f"「{self.slots.who}」指的是谁？请写出按哪个维度看。",
                    en=f"“{self.slots.who}”: by which dimension do you want it?",
                )
            )
        people = [d for d in dims if dims[d].person and d in shared]
        if not people:
            return
        label = dims[people[0]].label
        draft.dimensions.append(people[0])
        draft.notes.append(
            Note(
                zh=f"「{self.slots.who}」按{label.get('zh')}理解",
                en=f"“{self.slots.who}” read as {label.get('en').lower()}",
            )
        )

    def _dims_of(self, slot: ValueSlot, shared: tuple[str, ...]) -> list[Sense]:
        """Which dimensions a value may belong to: those that every metric knows, if any."""
        by_dim: dict[str, Sense] = {}
        for sense in slot.senses:
            known = by_dim.get(sense.id)
            values = sense.values if known is None else tuple({*known.values, *sense.values})
            by_dim[sense.id] = replace(sense, values=tuple(sorted(values, key=str)))
        usable = [s for d, s in by_dim.items() if d in shared]
        asked = [s for s in usable if s.id in self.slots.dimensions]
        return asked[:1] or usable or list(by_dim.values())[:1]

    def _bundle_filters(self, draft: Draft) -> None:
        named = {s.id for slot in self.slots.values for s in slot.senses}
        for bundle in self.slots.bundles:
            for dim, values in self.layer.definitions.bundles[bundle].filters.items():
                if dim not in named:
                    draft.filters.append(Filter(dimension=dim, values=values))
                    shown = "、".join(values)
                    draft.notes.append(
                        Note(zh=f"限于{shown}", en=f"limited to {', '.join(values)}")
                    )

    def _filters(self, draft: Draft, combo: tuple[Sense, ...]) -> None:
        wanted: dict[tuple[str, str], list[Value]] = {}
        several: dict[str, int] = {}
        parts = parts_of(self.layer, self.slots, self.values, combo)
        for i, (slot, sense) in enumerate(zip(self.values, combo, strict=True)):
            op = "part" if i in parts else "not_in" if slot.negate else "in"
            held = wanted.setdefault((sense.id, op), [])
            held += [v for v in sense.values if v not in held]
            if not slot.negate and not slot.group:
                several[sense.id] = several.get(sense.id, 0) + 1
        # Told in this order: `不含头条，付费广告` would read as without both.
        for (dim, op), values in sorted(wanted.items(), key=lambda w: w[0][1] == "not_in"):
            if op == "part":
                if dim not in draft.dimensions:
                    draft.dimensions.append(dim)
                draft.focus += [str(v) for v in values]
                continue
            draft.filters.append(
                Filter.model_validate({"dimension": dim, "op": op, "values": tuple(values)})
            )
        for dim in self.slots.empty_dimensions:
            draft.filters.append(Filter(dimension=dim, op="is_null"))
        if self.slots.total or parts:
            return
        for dim, count in several.items():
            if count > 1 and dim not in draft.dimensions:
                draft.dimensions.append(dim)

    # --- time -------------------------------------------------------------------------

    def _finish(self, draft: Draft) -> Read:
        self.when.time(draft)
        self.when.grain(draft)
        before = share_before(self.layer, self.slots, draft)
        if "share" in self.slots.flags and not draft.dimensions:
            raise Ask(
                Note(zh="按什么看占比？", en="The share of what?"),
                some_dimensions(self.layer, draft),
            )
        order, limit = self.ranks.order(draft)
        per = self.ranks.groups(draft) if limit is not None else ()
        only_whole(self.layer, draft, order, limit, per)
        if limit is not None and "share" not in self.slots.flags:
            self.ranks.named_only(draft)
            if not order[0].desc and "__" not in order[0].by:
                self.ranks.tell_absent(draft, order[0].by)
        for noun in self.slots.nouns:
            draft.notes.append(
                Note(zh=f"「{noun}」按泛指理解，没有按它拆分", en=f"“{noun}” taken as a plain noun")
            )
        check_comparison(self.slots, draft)
        mean = averaged(self.layer, self.slots, draft)
        if self.slots.mine:
            draft.notes.append(Note(zh="“我的”按您的查看范围理解", en="“my” read as your own view"))
        query = Query(
            metrics=draft.metrics,
            dimensions=tuple(draft.dimensions),
            grain=draft.grain,
            time=draft.time,
            filters=tuple(draft.filters),
            having=tuple(self.ranks.having(draft)),
            compare=draft.compare,
            parameters=parameters_of(self.layer, self.slots, draft.metrics),
            order=order,
            limit=limit,
            per=per,
            share="share" in self.slots.flags,
            fill=True if mean else None,
        )
        return Read(
            query,
            draft.label,
            tuple(draft.notes),
            tuple(draft.focus),
            mean,
            apart=draft.compare is not None and bool(_APART.search(self.slots.text)),
            ends=self.slots.limit or 0 if ENDS in self.slots.flags else 0,
            direction=self.slots.direction,
            before=query.model_copy(update={"time": before}) if before else None,
        )


def _reading_label(
    layer: SemanticLayer, label: Note, choices: list[list[Sense]], combo: tuple[Sense, ...]
) -> Note:
    open_dims = [s.id for options, s in zip(choices, combo, strict=True) if len(options) > 1]
    if not open_dims:
        return label
    texts = [layer.definitions.dimensions[d].label for d in open_dims]
    zh = "、".join(t.get("zh") for t in texts)
    en = ", ".join(t.get("en") for t in texts)
    return Note(zh=f"{label.zh}（按{zh}理解）", en=f"{label.en} (read as {en})")
