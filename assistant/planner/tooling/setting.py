"""What the analyses share: period, stages, filters, and the refusal of what they cannot take."""

from __future__ import annotations

from dataclasses import replace

from assistant.plan import Note
from assistant.planner.draft import Ask, Draft
from assistant.planner.normalise import fold_word
from assistant.planner.slots import Slots, ValueSlot
from assistant.planner.when import When
from semantic_layer import Filter, SemanticLayer, TimeRange
from semantic_layer.compile.facts import leaf_models
from semantic_layer.model import StageRole


class Setting:
    """The slots of one question with the company's roles.

    Args:
        layer: Definitions and calendar.
        slots: What was said.
    """

    def __init__(self, layer: SemanticLayer, slots: Slots) -> None:
        self.layer = layer
        self.slots = slots
        self.roles = layer.definitions.roles
        self.notes: list[Note] = []
        self.compare: str | None = None

    # --- period -----------------------------------------------------------------------

    def time(self, *, compare: bool = False) -> dict[str, object] | None:
        """Return the period as arguments; a comparison only where the tool can make one.

        Raises:
            Ask: The period is not clear, or a comparison is asked for that the tool has not.
        """
        draft = Draft((), Note(zh="", en=""))
        plain = Slots(
            periods=self.slots.periods,
            period_texts=self.slots.period_texts,
            linked_periods=self.slots.linked_periods,
            shifts=self.slots.shifts,
            relative_shift=self.slots.relative_shift,
            flags=self.slots.flags - {"vs", "share", "rank", "desc", "asc"},
            direction=self.slots.direction,
        )
        When(self.layer, plain).time(draft)
        self.notes += draft.notes
        if draft.compare is not None:
            if not compare or draft.compare.kind == "range":
                raise _cannot("对比另一个时间段", "compare with another period")
            self.compare = draft.compare.kind
        time = draft.time
        if time is None:
            return None
        return _plain(TimeRange(start=time.start, end=time.end))

    def refuse(self, *, ranked: bool = False, grain: bool = False) -> None:
        """Refuse conditions that would leave no trace in the tool's arguments.

        Raises:
            Ask: With the first of them.
        """
        slots = self.slots
        if slots.thresholds:
            raise _cannot("按数值筛选", "filter by a value")
        if slots.empty_dimensions:
            raise _cannot("按空值筛选", "filter by what is empty")
        if (slots.grain is not None or "trend" in slots.flags) and not grain:
            raise _cannot("按时间拆分", "be broken down by time")
        backwards = (
            slots.superlative in {"bottom", "worst", "cheap", "slow"} or "asc" in slots.flags
        )
        if backwards or (slots.ranked and not ranked and not slots.which):
            raise _cannot("这样排序", "be sorted that way")

    # --- stages -----------------------------------------------------------------------

    def stages(self) -> tuple[StageRole, ...]:
        """Return the stages that the question's metrics stand for, in declared order."""
        named = list(self.slots.metrics)
        for bundle in self.slots.bundles:
            named += self.layer.definitions.bundles[bundle].metrics
        found = [s for s in self.roles.stages if s.metric in named]
        return tuple(found)

    def stage_of(self, metric: str) -> StageRole | None:
        """Return the one stage whose table a metric is made of, if there is just one."""
        models = leaf_models(self.layer.context, metric)
        exact = [s for s in self.roles.stages if s.metric == metric]
        same = exact or [s for s in self.roles.stages if s.model in models]
        return same[0] if len(same) == 1 else None

    # --- names ------------------------------------------------------------------------

    def filters(self, slots: list[ValueSlot], model: str) -> list[dict[str, object]]:
        """Return named values as filters on a model.

        Raises:
            Ask: A value belongs to no dimension of the model.
        """
        out: dict[tuple[str, bool], list[object]] = {}
        for slot in slots:
            dim = self.dimension_of(slot, self.layer.context.model(model).dims)
            if dim is None:
                raise _cannot(f"按「{slot.text}」筛选", f"be limited to “{slot.text}”")
            held = out.setdefault((dim, slot.negate), [])
            held += [v for s in slot.senses if s.id == dim for v in s.values if v not in held]
        return [
            _plain(Filter(dimension=d, op="not_in" if negate else "in", values=tuple(v)))  # type: ignore[arg-type]
            for (d, negate), v in out.items()
        ]

    def dimension_of(self, slot: ValueSlot, dims: object) -> str | None:
        """Return the dimension among `dims` that a value belongs to: an asked one first."""
        known = [s.id for s in slot.senses if s.id in dims]  # type: ignore[operator]
        asked = [d for d in known if d in self.slots.dimensions]
        return next(iter(asked or known), None)

    def word_metrics(self, word: str) -> tuple[str, ...]:
        """Return the metrics an ambiguous word may mean."""
        for said, item in self.layer.definitions.ambiguous.items():
            if fold_word(said) == word:
                return item.metrics
        return ()

    def without(self, *kept: ValueSlot) -> list[ValueSlot]:
        """Return the named values except some."""
        return [v for v in self.slots.values if not any(v is k for k in kept)]


def _cannot(zh: str, en: str) -> Ask:
    return Ask(
        Note(
            zh=f"这个分析还不能{zh}；去掉这个条件再问，或分开问。",
            en=f"This analysis cannot {en}; leave that out, or ask for it apart.",
        )
    )


def _plain(part: TimeRange | Filter) -> dict[str, object]:
    data: dict[str, object] = part.model_dump(mode="json", exclude_defaults=True)
    return data


def as_slot(slot: ValueSlot, dimension: str) -> ValueSlot:
    """Return a value read as one of a given dimension."""
    return replace(slot, senses=tuple(s for s in slot.senses if s.id == dimension))
