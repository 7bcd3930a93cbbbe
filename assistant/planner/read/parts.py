"""Which of the values around a word of share is the part, and which the whole.

`[whole] [part] 占 [whole] 的比例`, `[part]'s share of [whole]`, `share of [part] in [whole]`,
`what share of [whole] came from [part]`. Where the words leave it open, it stays open: the
word of share is then unclear, and the question is not answered.
"""

from __future__ import annotations

from assistant.planner.normalise import is_latin
from assistant.planner.pieces import Token
from assistant.planner.read.state import JOINING, LISTING, ReadState
from assistant.planner.slots import ValueSlot

Placed = tuple[int, ValueSlot]
"""A value with the index of its token."""

_INFIX = "占"
_OF_ANOTHER = frozenset({_INFIX, "percentage of", "percent of", "share of", "proportion of"})
_PERCENT = frozenset(
    {
        "百分之多少",
        "百分之几",
        "百分比",
        "percent",
        "percentage",
        "what percent of",
        "what percentage of",
    }
)
"""Words of share that are also how a change is told."""
_OWNING = frozenset({"'s", "as", "as a", "as an", "a", "an", "s"})
_WITHIN = frozenset({"in", "of", "within", "among", "out", "out of"})
_MARKERS = frozenset({"are", "is", "was", "were", "do", "does", "did"})
_CAME = ("came", "come", "coming", "comes")


def percent_of_change(state: ReadState) -> None:
    """`增长了百分之几` asks for the change in percent, and for no share."""
    slots = state.slots
    said = {token.text for token in state.items if token.word() == "share"}
    changing = slots.direction or slots.flags & {"delta", "rate"}
    if changing and said and said <= _PERCENT:
        slots.flags = (slots.flags - {"share"}) | {"rate"}


def part_of_another(state: ReadState) -> None:
    """`回款占订单金额的比例` divides one metric by another: that is no share of groups."""
    slots = state.slots
    shares = [t for t in state.items if t.word() == "share" and t.text in _OF_ANOTHER]
    if not shares or len(slots.metrics) != 2 or "share" not in slots.flags:
        return
    said = [t for t in state.items if {s.id for s in t.of("metric")} & set(slots.metrics)]
    if len(said) == 2 and said[0].end <= shares[0].start and shares[0].end <= said[1].start:
        slots.per = (slots.metrics[0], slots.metrics[1])
        slots.flags.discard("share")


def settle_parts(state: ReadState) -> None:
    """Mark each value as part or whole of the share asked for, if one is."""
    shares = [i for i, token in enumerate(state.items) if token.word() == "share"]
    placed = [(i, slot) for i, slot in state.placed if not slot.negate]
    if "share" not in state.slots.flags or not shares or not placed or "place" in state.slots.flags:
        return
    at = shares[0]
    if _twice(state, shares, placed):
        state.slots.unclear.append(state.said(state.items[shares[-1]]))
        return
    english = is_latin(state.items[at].text[0])
    parts = (_english if english else _chinese)(state, at, placed)
    if parts is None:
        state.slots.unclear.append(state.said(state.items[at]))
        return
    for _, slot in placed:
        slot.role = "part" if any(slot is p for _, p in parts) else "base"


def _twice(state: ReadState, shares: list[int], placed: list[Placed]) -> bool:
    """`百度占比和华东占比` are two shares; `占…的比例` is one."""
    closes = state.items[shares[0]].text == _INFIX
    rest = [i for i in shares[1:] if not closes or state.items[i].text == _INFIX]
    return any(shares[0] < at < i for at, _ in placed for i in rest)


def _chinese(state: ReadState, at: int, placed: list[Placed]) -> list[Placed] | None:
    before = [p for p in placed if p[0] < at]
    after = [p for p in placed if p[0] > at]
    infix = state.items[at].text == _INFIX
    if state.grouped:
        return _of_groups(state, at, before, infix=infix)
    held = _held_in(state, before)
    if before and not after:
        return held or _run(state, before)
    run = _run(state, before)
    if before:  # 华东百度占付费广告: which of the two?
        return held or (run if len(run) == len(before) else None)
    return after if len(after) == 1 and not infix else None


def _of_groups(
    state: ReadState, at: int, before: list[Placed], *, infix: bool
) -> list[Placed] | None:
    """With a breakdown named: 华东各渠道占比 is within 华东, 各渠道百度占比 is not certain."""
    ahead = [i for i in state.grouped if i < at]
    if not before:
        return []
    if not ahead:
        return before if infix else None
    if max(ahead) > before[-1][0]:
        return []
    said = state.dims_at[max(ahead)]
    run = _run(state, before)
    return run if any(s.id == said for s in run[0][1].senses) else None


def _held_in(state: ReadState, before: list[Placed]) -> list[Placed]:
    """`百度线索在付费广告中的占比`: what stands before 在 is the part."""
    for i, token in enumerate(state.items):
        left = [p for p in before if p[0] < i]
        if token.text == "在" and left and len(left) < len(before):
            return _run(state, left)
    return []


def _english(state: ReadState, at: int, placed: list[Placed]) -> list[Placed] | None:
    before = [p for p in placed if p[0] < at]
    after = [p for p in placed if p[0] > at]
    if before and _owns(state, before[-1][0], at):
        return _run(state, before)
    marked = _marked(state, at, after)
    if marked:
        return marked
    if state.grouped:
        return []
    head = _run(state, after, first=True)
    if head and _within(state, at, head):
        return head
    run = _run(state, placed)
    return run if len(run) == len(placed) else None


def _owns(state: ReadState, i: int, at: int) -> bool:
    """`Baidu's share`, `Baidu lead share`, `Baidu leads as a share`."""
    between = state.items[i + 1 : at]
    plain = all(_owning(token) for token in between)
    gap = state.folded[state.items[i].end : state.items[at].start]
    return plain and not JOINING.search(gap)


def _owning(token: Token) -> bool:
    return token.text in _OWNING or token.time is not None or bool(token.of("metric"))


def _marked(state: ReadState, at: int, after: list[Placed]) -> list[Placed]:
    """`what share of East China leads came from Baidu`: what follows the verb is the part."""
    for i in range(len(state.items) - 1, at, -1):
        text = state.items[i].text
        beyond = [p for p in after if p[0] > i]
        if beyond and (text in _MARKERS or text.startswith(_CAME)):
            return _run(state, beyond, first=True)
    return []


def _within(state: ReadState, at: int, head: list[Placed]) -> bool:
    """`share of East China in Baidu leads`, the part right after the word and a whole after it."""
    between = state.items[at + 1 : head[0][0]]
    following = state.items[head[-1][0] + 1 : head[-1][0] + 2]
    return all(t.text == "the" for t in between) and any(t.text in _WITHIN for t in following)


def _run(state: ReadState, placed: list[Placed], *, first: bool = False) -> list[Placed]:
    """The values listed together at the end, or at the beginning, of those given."""
    ordered = placed if first else placed[::-1]
    out = ordered[:1]
    for item in ordered[1:]:
        low, high = sorted((out[-1], item), key=lambda p: p[0])
        if not _listed(state, low, high):
            break
        out.append(item)
    return sorted(out, key=lambda p: p[0])


def _listed(state: ReadState, low: Placed, high: Placed) -> bool:
    between = state.items[low[0] + 1 : high[0]]
    alike = {s.id for s in low[1].senses} & {s.id for s in high[1].senses}
    if low[1].group != high[1].group or not alike:
        return False
    return all(token.word() in LISTING for token in between)
