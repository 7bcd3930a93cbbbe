"""Which metric a number is of."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.formatting import UNITS_ZH
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Row, Sheet, Value
from assistant.grounding.numerals import Numeral
from assistant.grounding.units import in_unit

_BY = frozenset({"by", "with", "on", "in", "under", "of"})

_OF_ALL = _BY | {"the", "all", "of the total", "of all", "total", "all of the", "of the"}
_AND = frozenset({"versus", "vs", "vs.", "to", "against", "and", "和", "与", "及", "以及"})


def metrics_at(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """The metrics that a number may be of: those it stands beside, in its unit."""
    beside = _beside(clause, place, sheet)
    number = clause.tokens[place].number
    if number is not None and number.unit in {"percent", "points"}:
        return _rates(clause, beside, sheet)
    if number is None or number.unit not in {"money", "duration", "classifier"}:
        return beside
    fitting = [v for v in sheet.values if in_unit(number, v.measure, v.unit)]
    rates = [v for v in fitting if "/" in v.unit]
    if len(rates) == 1 and number.unit == "money" and each_thing(clause, place) is not None:
        return rates  # `官网每条线索约 120 元`
    if len(fitting) == 1 and _is_taken(clause, place, beside, sheet):
        return fitting
    if any(v in fitting for v in beside):
        return [v for v in beside if v in fitting]
    named = dict(clause.metrics()).get(place + 1)
    labels = place + 2 < len(clause.tokens) and clause.tokens[place + 2].number is not None
    if named is not None and not labels and any(v.metric == named for v in beside):
        return beside  # `1,430 个线索`: of what stands right behind it
    totals = [v for v in fitting if "/" not in v.unit]
    if len(totals) == 1 and place and clause.tokens[place - 1].text == "for":
        return totals  # `9,575 clicks for ¥77,006`
    if any(i < place for i, _ in clause.metrics()):
        return beside
    return fitting if len(fitting) == 1 else beside


def each_thing(clause: Clause, place: int) -> str | None:
    """Return the thing of `每条线索约 120 元` before an amount; empty if it is not told, None without `每`."""
    j, thing = place - 1, ""
    while j >= 0 and ("approx" in clause.tokens[j].claims or clause.tokens[j].text in _BEING):
        j -= 1
    if j > 0 and any(n.kind == "metric" for n in clause.tokens[j].names):
        j, thing = j - 1, clause.tokens[j].text
    each = j >= 0 and clause.tokens[j].text.startswith("每") and clause.tokens[j].period is None
    return thing if each else None


_BEING = frozenset({"为", "是", "成本", "的", "花费", "需", "要", "花"})


def _is_taken(clause: Clause, place: int, beside: list[Value], sheet: Sheet) -> bool:
    """`129 won orders and ¥22.1M`: the metric beside a number has another number of its own."""
    named = [i for i, m in clause.metrics() if any(v.metric == m for v in beside) and i < place]
    if not named:
        return False
    others = [
        clause.tokens[i]
        for i in (named[-1] - 1, named[-1] + 1)
        if 0 <= i < len(clause.tokens) and i != place
    ]
    return any(t.number and in_unit(t.number, v.measure, v.unit) for t in others for v in beside)


def _rates(clause: Clause, beside: list[Value], sheet: Sheet) -> list[Value]:
    """For a rate: a rate that the clause names; where it names nothing, the only one there is."""
    if any(v.measure == "percent" for v in beside) and len(beside) < len(sheet.values):
        return beside
    rates = [v for v in sheet.values if v.measure == "percent"]
    named = {m for _, m in clause.metrics()}
    chosen = [v for v in rates if v.metric in named]
    if not named and len(beside) == len(sheet.values) and len(rates) == 1:
        chosen = rates
    return [*chosen, *(v for v in beside if v not in chosen)]


def _beside(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """The metrics that a number may be of: right behind it, else named last before, else any."""
    known = {v.metric: v for v in sheet.values}
    named = [(i, m) for i, m in clause.metrics() if m in known]
    ahead = place + 1
    while text_at(clause, ahead) in _OF_ALL:
        ahead += 1
    behind = [
        m
        for i, m in named
        if i == ahead and not _is_label_of_next(clause, place) and _may_be(clause, place, known[m])
    ]
    before = [m for i, m in named if i < place]
    after = [m for i, m in named if i > place]
    in_turn = listed(clause, place, [m for _, m in named] or _all_in_turn(clause, sheet))
    if in_turn is not None:
        return [known[in_turn]]
    facet = _facet(clause, place) if not behind else None
    if facet in known and not named:
        return [known[facet]]
    made = [m for i, m in named if i > place and _becomes(clause, place, i)]
    for chosen in (behind, made[:1], before[-1:], after[:1]):
        if chosen:
            return [known[m] for m in chosen]
    carried = [known[m] for m in clause.before.topic.metrics if m in known]
    return _in_its_unit(clause, place, sheet) or carried or list(sheet.values)


def ranked_by(clause: Clause, place: int, rows: Sequence[Row], sheet: Sheet) -> list[Value]:
    """Return by which metric a superlative or a rank at a place may rank the rows that are meant.

    By the one that the clause names; else by the one whose figure it tells of the rows, else by
    the one that was spoken of last, else by the first of the table.
    """
    found = metrics_at(clause, place, sheet)
    if clause.tokens[place].text in _PRICED:
        money = [v for v in (found if clause.metrics() else sheet.values) if v.measure == "money"]
        return sorted(money, key=lambda v: "/" not in v.unit)[:1]
    if len(found) < 2 or clause.metrics():
        return found
    told = [v for v in found if any(_tells(t.number, v, rows) for t in clause.tokens)]
    carried = any(m in {v.metric for v in found} for m in clause.before.topic.metrics)
    return told or (found[-1:] if carried else found[:1])


#: Superlatives of what something costs.
_PRICED = frozenset({"最贵", "最便宜", "最为昂贵", "cheapest", "the cheapest", "costliest", "the costliest", "priciest", "dearest", "most expensive", "the most expensive", "least expensive", "the least expensive"})  # fmt: skip


def _tells(number: Numeral | None, value: Value, rows: Sequence[Row]) -> bool:
    """Whether a number is what one of the rows has of a metric."""
    if number is None or number.unit in _PLACES or not in_unit(number, value.measure, value.unit):
        return False
    cells = [c for r in rows if (c := r.cells.get((value.metric, "value"))) is not None]
    return any(abs(c - number.value) <= number.slack for c in cells)


def together(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """`A 的 X 和 Y 均排第一`: the metrics that one statement is made of; none where it is of one."""
    named = [i for i, _ in clause.metrics() if i < place]
    if (
        not clause.metrics()
        and clause.says("all")
        and not clause.groups()
        and len(clause.before.topic.keys) == 1
    ):
        carried = [v for m in clause.before.topic.metrics for v in sheet.values if v.metric == m]
        return carried if len(carried) > 1 else []  # `A 有 124 条 MQL、66 条 SQL，均为最高`
    if len(named) < 2 or not clause.says("all"):
        return []
    between = clause.tokens[named[-2] + 1 : named[-1]]
    joined = all(t.text in _AND - {"to", "versus", "vs", "against"} for t in between)
    known = {v.metric: v for v in sheet.values}
    names = dict(clause.metrics())
    return [known[names[i]] for i in named[-2:] if names[i] in known] if joined else []


def _is_label_of_next(clause: Clause, place: int) -> bool:
    """`线索 2,450 条、MQL 776 条`: each name stands before its number."""
    tokens = clause.tokens
    labelled = place > 0 and any(n.kind == "metric" for n in tokens[place - 1].names)
    return labelled and place + 2 < len(tokens) and tokens[place + 2].number is not None


#: Classifiers of whatever is named behind them: `324 个订单`.
ANY_THING = frozenset({"个", "位", "名", "家", "笔"})
_BECOME = frozenset({"成为", "转为", "转成", "转化为", "转化成", "变为", "变成", "became", "become", "becoming", "turned into", "turn into", "accepted", "converted", "qualified", "到", "进入"})  # fmt: skip


def _becomes(clause: Clause, place: int, metric: int) -> bool:
    """`MQL 中有 1,038 条成为 SQL`: what becomes something is counted as that."""
    between = clause.tokens[place + 1 : metric]
    return any(t.text in _BECOME for t in between) and not any(t.number or t.names for t in between)


def _may_be(clause: Clause, place: int, value: Value) -> bool:
    """Whether the number at a place is in the unit of a metric, as far as it has one."""
    number = clause.tokens[place].number
    if number is None or number.unit not in {"money", "duration", "classifier"}:
        return True
    anything = number.word in ANY_THING and value.measure == "count"
    return anything or in_unit(number, value.measure, value.unit)


def text_at(clause: Clause, place: int) -> str:
    """Return the word at a place; empty behind the end."""
    return clause.tokens[place].text if place < len(clause.tokens) else ""


def _facet(clause: Clause, place: int) -> str | None:
    """The amount by the model that is named: `by first touch` behind a number, else before it."""
    found = clause.facets()
    ahead = [f for i, f in found if i == place + 2 and clause.tokens[place + 1].text in _BY]
    before = [f for i, f in found if i < place]
    return next(
        iter((*ahead, *reversed(before), *(f for _, f in found))), clause.before.topic.facet
    )


def _in_its_unit(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """`324 单` where no metric is named: the one metric that is counted in 单."""
    number = clause.tokens[place].number
    if number is None or number.unit != "classifier" or len(sheet.rows) > 1:
        return []
    found = [v for v in sheet.values if UNITS_ZH.get(v.unit) == number.word]
    return found if len(found) == 1 else []


def _all_in_turn(clause: Clause, sheet: Sheet) -> list[str]:
    """The metrics of a single row in their order, where the text names none of them or of others."""
    alone = len(sheet.rows) == 1 and not clause.groups() and not clause.periods()
    return [v.metric for v in sheet.values] if alone else []


_PLACES = frozenset({"rank", "top"})


def listed(clause: Clause, place: int, names: list[str]) -> str | None:
    """`A and B are 1 and 2 respectively`: the name in the same position as the number."""
    mine = clause.tokens[place].number
    if mine is None:
        return None
    ranked = mine.unit in _PLACES
    numbers = [
        i for i, t in enumerate(clause.tokens) if t.number and (t.number.unit in _PLACES) == ranked
    ]
    if len(names) != len(numbers) or len(names) < 2:
        return None
    between = clause.tokens[numbers[0] : numbers[-1] + 1]
    if not clause.says("resp") and any(t.number is None and t.text not in _AND for t in between):
        return None
    return names[numbers.index(place)]
