"""Names of metrics, dimensions, values and models."""

from __future__ import annotations

from assistant.planner.lexicon import Sense
from assistant.planner.pieces import Token
from assistant.planner.read.state import JOINING, LISTING, ReadState
from assistant.planner.slots import ValueSlot

_EACH = frozenset(
    {"各", "每个", "每一个", "每家", "每种", "每类", "各个", "each", "every", "per", "by each",
     "for each", "for every", "in each", "of each", "from each"}
)  # fmt: skip
_COUNTED = ("metric", "unit", "ambiguous", "bundle", "denied")
_BY = frozenset({"按", "按照", "依", "根据", "by"})


def read_name(state: ReadState, i: int, token: Token) -> None:
    """Take a name as metric, dimension or value, by what stands before it."""
    metrics, dims = token.of("metric"), token.of("dimension")
    values, groups, bundles = token.of("value"), token.of("group"), token.of("bundle")
    ranked = state.slots.superlative is not None and not state.slots.dimensions and not values
    asked = state.by or state.which or state.lacking is not None or ranked
    if dims and (asked or not (metrics or values or groups or bundles)):
        _dimension(state, i, token, dims[0])
    elif metrics and not (values and state.slots.metrics and not _more_metrics(state, i)):
        _metric(state, token, metrics)
    elif bundles:
        _by_head(state, token)
        _refuse_negated(state, token)
        state.slots.bundles.append(bundles[0].id)
        state.last = "metric"
    elif values or groups:
        _value(state, i, values, groups, token.text)
    elif dims:
        _dimension(state, i, token, dims[0])
    state.which = False


def _more_metrics(state: ReadState, i: int) -> bool:
    before = state.items[i - 1] if i else None
    return before is not None and before.word() == "and" and state.last == "metric"


def _refuse_negated(state: ReadState, token: Token) -> None:
    """`leads without opportunities` subtracts something: nothing here can do that."""
    pending = state.negate or state.lacking
    if pending is not None:
        state.slots.unclear.append(f"{pending} {token.text}")
        state.negate = state.lacking = None


def _by_head(state: ReadState, token: Token) -> None:
    """`各渠道ROI` groups by channel although 渠道ROI is one name."""
    sorts = state.by_text in _BY and bool(state.slots.metrics)  # 按渠道ROI从高到低
    if state.by and token.heads and not sorts:
        if token.heads[0].id not in state.slots.dimensions:
            state.slots.dimensions.append(token.heads[0].id)
        state.by = False


def _metric(state: ReadState, token: Token, senses: tuple[Sense, ...]) -> None:
    _by_head(state, token)
    _refuse_negated(state, token)
    state.slots.heads += [h.id for h in token.heads]
    name = senses[0].id
    state.mentions.append(name)
    glued = state.metric_end is not None and not (state.lasting or _joined(state, token))
    if state.by and state.slots.metrics and state.last == "metric":
        state.per = (state.slots.metrics[-1], name)
    elif glued and name not in state.slots.metrics:
        state.slots.unclear.append(token.text)
    if state.last == "number" and state.slots.thresholds[-1].metric is None:
        state.slots.thresholds[-1].metric = name  # `more than 100 leads`
    before = [t for t in state.items if t.end <= token.start]
    if name in state.slots.metrics and before and before[-1].word() in LISTING:
        state.repeated.append(state.said(token))
    if name not in state.slots.metrics:
        state.slots.metrics.append(name)
        state.slots.metric_senses.append(senses)
    if state.by:
        state.slots.order_metric = name
        state.by = False
    state.metric_end = token.end
    state.last = "metric"
    state.mark("m")


def _joined(state: ReadState, token: Token) -> bool:
    """Whether two metrics are listed side by side, not one of the other."""
    end = state.metric_end or 0
    between = [t for t in state.items if end <= t.start and t.end <= token.start]
    if any(t.kind != "senses" or t.word() != "fill" for t in between):
        return True
    gap = state.folded[end : token.start]
    return bool(JOINING.search(gap))


def _dimension(state: ReadState, i: int, token: Token, sense: Sense) -> None:
    if state.lacking is not None:
        state.slots.empty_dimensions.append(sense.id)
        state.lacking = None
        return
    if state.negate is not None:
        state.slots.unclear.append(f"{state.negate} {token.text}")
        state.negate = None
        return
    if not (state.by or state.which) and _names_filter(state, i, sense.id):
        return
    before = state.items[i - 1] if i else None
    named = before is not None and any(before.of(k) for k in ("value", "group", "dimension"))
    free = not (state.by or state.which)
    if named and free and before is not None and _heads(state, before, token):
        state.slots.nouns.append(state.said(token))  # 各行业客户: customers in general
        return
    if sense.id not in state.slots.dimensions:
        state.slots.dimensions.append(sense.id)
    state.dims_at[i] = sense.id
    if state.by and state.by_text in _EACH:
        state.slots.each.append(sense.id)
    if state.next_word(i) != "and":
        state.by = False
    state.last = "dimension"
    state.mark("d")


def _heads(state: ReadState, before: Token, token: Token) -> bool:
    """Whether a dimension is the noun of the value before it: 各行业客户, paid vs owned channels."""
    if before.end == token.start:
        return True
    held = any(t.word() == "vs" for t in state.items) and len(state.run) > 1
    return held and not state.folded[before.end : token.start].strip()


def _names_filter(state: ReadState, i: int, dim: str) -> bool:
    """`百度渠道`, `region 华东`: the word only says which dimension the value is of."""
    for j in (i - 1, i + 1, i + 2):
        if not 0 <= j < len(state.items):
            continue
        token = state.items[j]
        same = [s for s in token.senses if s.kind in {"value", "group"} and s.id == dim]
        if j == i - 1 and _excluded_before(state, j, state.items[i]):
            continue
        if same and (j != i + 2 or state.items[i + 1].word() in {"fill", "only", "not"}):
            for slot in state.slots.values:
                if slot.text == state.said(token):
                    slot.senses = tuple(same)
            return True
    return False


def _excluded_before(state: ReadState, j: int, token: Token) -> bool:
    """`除了展会，活动类型的…`: the comma ends the exclusion, and the breakdown begins."""
    out = any(at == j and slot.negate for at, slot in state.placed)
    return out and bool(JOINING.search(state.folded[state.items[j].end : token.start]))


def _value(
    state: ReadState, i: int, values: tuple[Sense, ...], groups: tuple[Sense, ...], text: str
) -> None:
    if state.lacking is not None:
        state.negate, state.lacking = state.lacking, None
    joined = i > 0 and state.items[i - 1].word() in LISTING | {"vs", "than"}
    if state.last != "value":
        state.run = []
    elif joined and state.run:
        dims = {s.id for s in state.run[-1].senses}
        if not dims & {s.id for s in values or groups}:
            state.slots.unclear.append(text)  # `from Baidu and webinars`: both, or either?
    said = state.said(state.items[i])
    slot = ValueSlot(values or groups, said, state.negate is not None, group=not values)
    state.run.append(slot)
    state.slots.values.append(slot)
    state.placed.append((i, slot))
    state.mark("v")
    if state.next_word(i) not in LISTING and not state.listed(i):
        state.negate = None
    state.last = "value"
    state.by = False


def read_new(state: ReadState, i: int, token: Token) -> None:
    """`new leads` are leads; `new` is a value where the metric knows it; `new channels` is open."""
    rest = (t for t in state.items[i + 1 :] if not t.of("value") and t.word() != "fill")
    following = next(rest, None)
    counted = following is not None and any(following.of(kind) for kind in _COUNTED)
    grouped = following is not None and bool(following.of("dimension"))
    if not counted and (grouped or not token.of("value")):
        state.slots.unknown.append(state.said(token))
    elif token.of("value"):
        slot = ValueSlot(token.of("value"), state.said(token), optional=counted)
        state.slots.values.append(slot)
        state.placed.append((i, slot))


def read_unit(state: ReadState, i: int, token: Token) -> None:
    """One of the things a metric counts: `spend per opportunity`, but not `largest order`."""
    counted = state.next_word(i) in {"trend", "draw_line", "vary"}  # lead trend
    if counted or state.lasting or (state.by and state.last == "metric"):
        _metric(state, token, token.of("unit"))
    else:
        state.slots.unknown.append(state.said(token))


def read_model(state: ReadState, token: Token) -> None:
    """An attribution model; a bare 首次 is one only if the question is about attribution."""
    named = token.of("model") or token.of("bare_model")
    if state.comparator_text == "under":  # under time decay: no value is meant
        state.comparator = None
    if named[0].id not in state.slots.models:
        state.slots.models.append(named[0].id)
    if not token.of("model"):
        state.slots.bare_models.append(token.text)
