"""Rankings, limits and conditions of the slots -> order, limit and having of the query."""

from __future__ import annotations

from assistant.formatting import symbol
from assistant.plan import Note
from assistant.planner.counting import counted_metric, off_edge
from assistant.planner.draft import Ask, Draft, named, some_dimensions
from assistant.planner.slots import ENDS, PERIODS, Slots, Threshold
from semantic_layer import Filter, MetricFilter, Order, SemanticLayer
from semantic_layer.compile.facts import shared_dimensions
from semantic_layer.model import RatioMetric, SimpleMetric


class Ranks:
    """Reads order and conditions for a draft.

    Args:
        layer: The definitions.
        slots: What the question says.
    """

    def __init__(self, layer: SemanticLayer, slots: Slots) -> None:
        self.layer = layer
        self.slots = slots

    def order(self, draft: Draft) -> tuple[tuple[Order, ...], int | None]:
        """Return the sort keys and the limit.

        Raises:
            Ask: There is nothing to rank, or it is not clear within which groups.
        """
        slots = self.slots
        if not slots.ranked:
            return (), None
        if not draft.dimensions and draft.grain is None:
            draft.dimensions += self._own_dimension(draft)
        self._check_ranking(draft)
        if ENDS in slots.flags:
            return self._both_ends(draft), None
        by = slots.order_metric if slots.order_metric in draft.metrics else draft.metrics[0]
        moving = slots.direction or slots.flags & {"delta", "rate"}
        if draft.compare is not None and moving and slots.superlative in {"fast", "slow"}:
            by = f"{by}__pct"
        elif draft.compare is not None and slots.direction:
            by = f"{by}__delta"
        elif draft.compare is not None and slots.flags & {"delta", "rate"}:
            by = f"{by}__{self._moved(by)}"
        elif "share" in slots.flags:
            by = f"{by}__share"
        limit = slots.limit
        single = slots.which or slots.which_period or len(draft.dimensions) == 1
        single |= not draft.dimensions and not slots.each_period  # lowest win rate by quarter
        single |= bool(self.groups(draft))
        if limit is None and slots.superlative and single and not slots.contrast:
            limit = 1
        return (Order(by=by, desc=self._descending(by)),), limit

    def _both_ends(self, draft: Draft) -> tuple[Order, ...]:
        """Everything is shown, and its ends are told: in order, if a number of rows is said.

        Raises:
            Ask: The ends are those of a change, or of several keys at once.
        """
        if self.slots.limit is None:
            return ()
        keys = len(draft.dimensions) + (draft.grain is not None)
        if keys != 1 or draft.compare is not None or "share" in self.slots.flags:
            raise Ask(
                Note(
                    zh="最高和最低请分两次问，例如「线索最多的 3 个渠道」。",
                    en="Please ask for the highest and the lowest one after the other.",
                )
            )
        self.named_only(draft)
        by = self.slots.order_metric
        chosen = by if by in draft.metrics and by else draft.metrics[0]
        self.tell_absent(draft, chosen)
        return (Order(by=chosen),)

    def _moved(self, metric: str) -> str:
        """Growth of a rate is told in points; a growth rate is one of anything."""
        points = "growth" in self.slots.flags and self._is_rate(metric)
        return "pct" if "rate" in self.slots.flags and not points else "delta"

    def _is_rate(self, metric: str) -> bool:
        return self.layer.definitions.metrics[metric].unit == "%"

    def _own_dimension(self, draft: Draft) -> list[str]:
        """A ranking of 员工推广次数 without more is one of 员工."""
        shared = shared_dimensions(self.layer.context, draft.metrics)
        found = [d for d in dict.fromkeys(self.slots.heads) if d in shared]
        return found if len(found) == 1 else []

    def _check_ranking(self, draft: Draft) -> None:
        """Refuse rankings of nothing, and those whose groups are not clear."""
        if not draft.dimensions and draft.grain is None:
            raise Ask(
                Note(
                    zh="要按什么排名？",
                    en="Rank what?",
                ),
                some_dimensions(self.layer, draft),
            )
        cut = self.slots.limit or self.slots.superlative
        if self.slots.bundles and cut and not self.slots.metrics:
            raise Ask(
                Note(zh="按哪个指标排名？", en="Rank by which metric?"),
                tuple(named(self.layer, (m,)) for m in draft.metrics[:6]),
            )
        if cut and len(draft.dimensions) > 1 and not self.groups(draft):
            raise Ask(
                Note(
                    zh="在哪个维度的每一组内排名？例如「每个地区线索最多的渠道」。",
                    en="Rank within each of which? For example “the top channel in each region”.",
                ),
                tuple(self._label(d) for d in draft.dimensions),
            )
        self._check_adjective(draft)

    def groups(self, draft: Draft) -> tuple[str, ...]:
        """Return the keys within each of which the ranking is meant; none: over everything."""
        slots = self.slots
        if not (slots.limit or slots.superlative) or not draft.dimensions:
            return ()
        each = tuple(d for d in draft.dimensions if d in slots.each)
        if len(draft.dimensions) > 1 and len(each) == len(draft.dimensions) - 1:
            return (*each, "period") if slots.each_period and draft.grain else each
        if len(draft.dimensions) != 1 or draft.grain is None:
            return ()
        if slots.which_period and each:  # 各渠道哪个月线索最少: the periods are ranked
            return each
        return ("period",) if slots.each_period else ()

    def _label(self, dimension: str) -> Note:
        label = self.layer.definitions.dimensions[dimension].label
        return Note(zh=label.get("zh"), en=label.get("en"))

    def _check_adjective(self, draft: Draft) -> None:
        """Cheap, dear, fast and slow say something of costs and durations only."""
        slots = self.slots
        word = slots.superlative
        if word not in {"dear", "cheap", "fast", "slow"}:
            return
        changing = slots.direction or slots.flags & {"delta", "rate"}
        if word in {"fast", "slow"} and changing:
            return
        name = slots.order_metric or draft.metrics[0]
        metric = self.layer.definitions.metrics[name]
        timed = metric.unit in {"day", "hour", "minute"}
        if metric.good == "down" and timed == (word in {"fast", "slow"}):
            return
        if word in {"dear", "cheap"} and self._by_cost(draft, name):
            return
        label = named(self.layer, (name,))
        raise Ask(
            Note(
                zh=f"「{label.zh}」没有贵贱快慢之分，请用最高/最低。",
                en=f"“{label.en}” is not cheap, dear, fast or slow; say highest or lowest.",
            )
        )

    def _by_cost(self, draft: Draft, name: str) -> bool:
        """The most expensive leads are those with the highest cost per lead, if there is one."""
        defs = self.layer.definitions.metrics
        costs = [
            m
            for m, d in defs.items()
            if isinstance(d, RatioMetric)
            and d.denominator == name
            and d.good == "down"
            and symbol(d.unit)
            and not d.hidden
        ]
        named_one = [m for m in costs if m in draft.metrics]
        chosen = named_one or costs
        if len(chosen) != 1:
            return False
        kept = (m for m in draft.metrics if m not in {name, chosen[0]})
        draft.metrics = (chosen[0], *kept)
        label, cost = named(self.layer, (name,)), named(self.layer, (chosen[0],))
        word = "最贵的" if self.slots.superlative == "dear" else "最便宜的"
        draft.notes.append(
            Note(zh=f"{word}{label.zh}按「{cost.zh}」比较", en=f"{label.en} compared by {cost.en}")
        )
        return True

    def named_only(self, draft: Draft) -> None:
        """A ranking is of named things: rows without a name are left out, and that is said."""
        for dim in draft.dimensions:
            if any(f.dimension == dim and f.op == "in" for f in draft.filters):
                continue
            draft.filters.append(Filter(dimension=dim, op="not_null"))
            label = self.layer.definitions.dimensions[dim].label
            draft.notes.append(
                Note(
                    zh=f"没有{label.get('zh')}的记录不参与排名",
                    en=f"rows with no {label.get('en').lower()} are not ranked",
                )
            )

    def tell_absent(self, draft: Draft, by: str) -> None:
        """A group without any rows has no row to be the lowest: that is said."""
        metric = self.layer.definitions.metrics[by]
        counts = isinstance(metric, SimpleMetric) and metric.agg.startswith("count")
        if draft.dimensions and (counts or getattr(metric, "empty", None) == "zero"):
            zh, en = metric.label.get("zh"), metric.label.get("en").lower()
            note = Note(
                zh=f"期内没有{zh}的不在排名里", en=f"those with no {en} at all are not ranked"
            )
            draft.notes.append(note)

    def _descending(self, by: str) -> bool:
        slots = self.slots
        good_down = self.layer.definitions.metrics[by.split("__")[0]].good == "down"
        if slots.superlative in {"best", "worst"}:
            return (slots.superlative == "best") != good_down
        if "asc" in slots.flags:
            return False
        if slots.superlative is not None:
            return self._superlative_desc(by)
        if slots.direction and slots.limit_desc is not False:
            return slots.direction > 0
        if slots.limit_desc is not None:
            return slots.limit_desc
        return "asc" not in slots.flags

    def _superlative_desc(self, by: str) -> bool:
        word, falling = self.slots.superlative, self.slots.direction < 0
        if by.endswith("__pct") and word in {"fast", "slow"}:
            return (word == "fast") != falling
        return (word in {"top", "dear", "slow"}) != falling

    def having(self, draft: Draft) -> list[MetricFilter]:
        """Return the conditions on metrics, on their change or on their share."""
        out = [self._threshold(draft, item) for item in self.slots.thresholds]
        slots, by_time = self.slots, draft.grain is not None and not draft.dimensions
        period = by_time and (slots.which_period or PERIODS in slots.flags)
        selects = ((slots.which and draft.dimensions) or period) and not slots.ranked
        if slots.direction and selects and draft.compare is not None and not out:
            op = "gt" if slots.direction > 0 else "lt"
            out.append(
                MetricFilter.model_validate(
                    {"metric": draft.metrics[0], "of": "delta", "op": op, "value": 0}
                )
            )
        return out

    def _threshold(self, draft: Draft, item: Threshold) -> MetricFilter:
        off = None if draft.dimensions or draft.grain else off_edge(self.layer, draft, item)
        if off is not None:
            raise off
        if item.counter:
            metric = counted_metric(self.layer, draft, item)
        else:
            metric = item.metric or draft.metrics[0]
        if not draft.dimensions and draft.grain is None:
            raise Ask(
                Note(zh="按什么来筛选？", en="Filter what?"),
                some_dimensions(self.layer, draft),
            )
        of, sign = self._measured(draft, item)
        rate = of == "value"
        if rate and item.percent and self.layer.definitions.metrics[metric].unit != "%":
            label = named(self.layer, (metric,))
            raise Ask(
                Note(
                    zh=f"「{label.zh}」不是比率：百分比是指占比，还是指变化？",
                    en=f"“{label.en}” is no rate: is the percentage a share or a change?",
                )
            )
        value = (
            self._scaled(draft, metric, item.value, percent=item.percent) if rate else item.value
        )
        upper = item.upper
        if upper is not None and rate:
            upper = self._scaled(draft, metric, upper, percent=item.percent)
        op = item.op
        if sign < 0:  # `fell more than 20%` is a change below -20%
            flipped = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
            op, value = flipped.get(op, op), -value
        data = {"metric": metric, "of": of, "op": op, "value": value, "upper": upper}
        return MetricFilter.model_validate(data)

    def _measured(self, draft: Draft, item: Threshold) -> tuple[str, int]:
        """Whether a condition is on the value, its change, or its share."""
        slots = self.slots
        changing = slots.direction or slots.flags & {"delta", "rate"}
        if draft.compare is not None and changing:
            sign = -1 if slots.direction < 0 else 1
            return ("pct" if item.percent or "rate" in slots.flags else "delta"), sign
        return ("share" if "share" in slots.flags and item.percent else "value"), 1

    def _scaled(self, draft: Draft, metric: str, value: float, *, percent: bool) -> float:
        rate = self._is_rate(metric)
        if rate and not percent and value > 1:
            draft.notes.append(
                Note(zh=f"{value:g} 按 {value:g}% 理解", en=f"{value:g} read as {value:g}%")
            )
            return value / 100
        return value
