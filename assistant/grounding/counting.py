"""Counts of things, ranks, and lengths of time that a text may state."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.metrics import listed, metrics_at, ranked_by, together
from assistant.grounding.numerals import Numeral
from assistant.grounding.ranking import SIGNS, of_past
from assistant.grounding.steps import compared_steps
from assistant.grounding.subjects import role_of, rows_with, subject
from assistant.grounding.thresholds import beyond, side

_COUNTING = frozenset({"人", "个", "组", "项", "种", "大", "类", "家", "名", "位", "场", "篇"})
_APART = 6
_IN_ALL = frozenset({"共", "共有", "一共", "总共", "共计"})
_SHOWN = frozenset({"shown", "listed", "displayed", "显示", "列出", "展示", "所列", "所示"})
_COUNTED = frozenset({"groups", "group", "categories", "category", "rows", "periods", "metrics", "of", "out", "指标", "维度", "分组", "here", "points", "区", "地", "队", "处", "都", "均"})  # fmt: skip


def counts(clause: Clause, evidence: Evidence, sheet: Sheet, place: int) -> set[int]:
    """Return the numbers of things that the number at `place` may count."""
    known = _of_list(clause, sheet, place)
    if known is not None:
        return {known}
    about = subject(clause, place, evidence, sheet)
    within = about.rows if about.role == "rows" else sheet.rows
    whole = sum(1 for r in within if r.period and facts.is_whole(r, evidence))
    if any("complete" in t.claims for t in clause.tokens[place + 1 : place + 2]):
        return {whole}
    out = _of_things(clause, sheet)
    if any(t.text in _SHOWN for t in clause.tokens):
        out.add(len(sheet.rows))
    if clause.says("complete"):
        out.add(whole)
    good = SIGNS.get(sheet.values[0].good, 0) if sheet.values else 0
    for claim, sign in (("up", 1), ("down", -1), ("good", good), ("bad", -good), *_held(clause)):
        if sign and clause.says(claim):
            out |= {_moved(sheet.rows, sheet, sign), _moved(_named_rows(sheet), sheet, sign)}
    return out - {0} if not clause.says("up", "down") else out


def _of_list(clause: Clause, sheet: Sheet, place: int) -> int | None:
    """`共 60 组，只显示 5 组`: of a cut list, what all and what shown says; None for other words."""
    left = {t.text for t in clause.tokens[max(0, place - 2) : place]}
    right = {t.text for t in clause.tokens[place + 1 : place + 4]}
    if sheet.whole or not (left | right) & (_SHOWN | _IN_ALL):
        return None
    if (left | right) & _SHOWN:
        return len(sheet.rows)
    return sheet.total_rows if left & _IN_ALL else None


def _of_things(clause: Clause, sheet: Sheet) -> set[int]:
    """How many groups there are, are named, are left, or have a value."""
    named = len(_named_rows(sheet))
    bare = clause.says("only") and not has_bound(clause)
    out = {sheet.total_rows} if bare else {len(sheet.rows), sheet.total_rows}
    if any(n.kind == "dimension" for t in clause.tokens for n in t.names):
        out.add(sheet.total_rows if bare and not sheet.whole else named)
    keys = {k for _, k in clause.groups()} or set(clause.before.topic.keys)
    out |= {len(keys)} if keys else set()
    if clause.says("rest"):
        out.add(named - len(keys))
    if len(sheet.values) > 1:
        out.add(len(sheet.values))
    for _, metric in clause.metrics() if sheet.whole else ():
        out.add(sum(1 for r in _named_rows(sheet) if r.cells.get((metric, "value"))))
    return out


def _held(clause: Clause) -> tuple[tuple[str, int], ...]:
    """`five teams are lower than a year ago`: held against the compared period."""
    back = any(t.shift for t in clause.tokens) or clause.says("prev")
    return (("high", 1), ("low", -1)) if back else ()


def part_of(clause: Clause) -> int | None:
    """The place of N in `N of the M regions rose`, `M 个大区中有 N 个上升`; None if nothing is so counted."""
    if clause.groups() or not (clause.says("up", "down", "good", "bad") or has_bound(clause)):
        return None
    places = [
        i for i, t in enumerate(clause.tokens)
        if t.number and t.number.unit in {"", "classifier"} and t.number.value == int(t.number.value)
        and not side(clause, i) and (t.number.word in _COUNTING or not t.number.word)
    ]  # fmt: skip
    if len(places) != 2 or places[1] - places[0] > _APART:
        return None
    between = {t.text for t in clause.tokens[places[0] + 1 : places[1]]}
    if between & {"of", "of the", "out"}:
        return places[0]
    return places[1] if between & {"中", "里", "有", "中有", "只有", "仅有"} else None


def parts(clause: Clause, place: int, sheet: Sheet) -> set[int]:
    """Return how many groups do what the clause says: rise, fall, or lie beyond its bound."""
    out = {len(beyond(clause, i, sheet)) for i in range(len(clause.tokens)) if side(clause, i)}
    good = SIGNS.get(sheet.values[0].good, 0) if sheet.values else 0
    signs = {"up": 1, "down": -1, "good": good, "bad": -good}
    numbers = {t.number.value for t in clause.tokens if t.number}
    every = len(sheet.rows) in numbers  # `12 of the 13 rows`: also the one without a name
    if not out:
        out = {
            sum(1 for s in compared_steps(clause, place, sheet, whole=every) if s.goes(sign))
            for claim, sign in signs.items()
            if sign and clause.says(claim)
        }
    return out


def has_bound(clause: Clause) -> bool:
    """Return whether a number of the clause is a bound."""
    return any(t.number and side(clause, i) for i, t in enumerate(clause.tokens))


def _named_rows(sheet: Sheet) -> list[Row]:
    return [r for r in sheet.rows if not facts.is_empty(r)]


def _moved(rows: Sequence[Row], sheet: Sheet, sign: int) -> int:
    """How many groups went one way."""
    return sum(
        1
        for r in rows
        for v in sheet.values[:1]
        if (d := r.cells.get((v.metric, "delta"))) is not None and d * sign > 0
    )


def counts_to(clause: Clause, place: int, number: Numeral, count: int) -> bool:
    """Return whether a number with its unit counts that many groups."""
    if number.value != count or number.sign or _is_difference(clause, place):
        return False
    if _is_value_of(clause, place):
        return False
    if clause.says("up", "down") and count in {0}:
        return False
    named = _things_next(clause, place) or _names_next(clause, place, count)
    if number.unit == "classifier":
        return number.word in _COUNTING and not _is_of_metric(clause, place)
    return number.unit == "" and named


def _is_difference(clause: Clause, place: int) -> bool:
    """`比 A 少 5 个`: an amount, where a comparison stands before it."""
    left = clause.tokens[place - 1] if place else None
    return left is not None and clause.says("than") and bool(left.claims & {"high", "low"})


def _is_value_of(clause: Clause, place: int) -> bool:
    """`曹若磊 60 个`, `分别为 60 个、58 个`: what a name has, and no count of names."""
    left = clause.tokens[place - 1] if place else None
    named = left is not None and any(n.kind == "key" for n in left.names)
    things = any(
        n.kind == "dimension" for t in clause.tokens[place + 1 : place + 2] for n in t.names
    )
    return (named and not things and len(clause.groups()) < 2) or (
        clause.says("resp") and len([t for t in clause.tokens if t.number]) > 1 and not things
    )


def _is_of_metric(clause: Clause, place: int) -> bool:
    """`60 个商机`: of what is measured, where no things stand behind it: `5 个线索渠道`."""
    kinds = [{n.kind for n in t.names} for t in clause.tokens[place + 1 : place + 3]]
    return bool(kinds) and "metric" in kinds[0] and not any("dimension" in k for k in kinds)


def _names_next(clause: Clause, place: int, count: int) -> bool:
    """`fell in two, A and B`: as many names stand right behind a count."""
    behind = clause.tokens[place + 1 : place + 2]
    return count == len(clause.groups()) and any(n.kind == "key" for t in behind for n in t.names)


def _things_next(clause: Clause, place: int) -> bool:
    """Whether things stand behind a count: `seven named regions`, `these five`."""
    left = clause.tokens[place - 1] if place else None
    if left is not None and left.text in {"the", "these", "those", "all", "这", "all of the"}:
        return True
    for token in clause.tokens[place + 1 : place + 4]:
        if any(n.kind == "dimension" for n in token.names) or token.text in _COUNTED | _SHOWN:
            return True
        if token.claims or token.number or any(n.kind == "metric" for n in token.names):
            return False
    return False


def is_length(clause: Clause, number: Numeral, evidence: Evidence, sheet: Sheet) -> bool:
    """`连续 12 个月`, `27 天`: the length of the window or of the series."""
    if number.unit != "duration" or any(v.measure == "duration" for v in sheet.values):
        return False
    if clause.says("mono"):
        return False
    series = [r for r in sheet.rows if r.period]
    if evidence.grain is not None and evidence.grain.value == number.word and series:
        return number.value in {
            len({r.period for r in series}),
            *_named_periods(clause, evidence, sheet),
        }
    return evidence.window is not None and number.word == "day" and number.value == evidence.window.days  # fmt: skip


def _named_periods(clause: Clause, evidence: Evidence, sheet: Sheet) -> set[int]:
    """How many periods are listed (`5 月和 6 月两个月`), or make up the one that is named."""
    own = [role_of(p, evidence, sheet) for _, p in clause.periods()]
    spans = own or [role_of(p, evidence, sheet) for p in clause.before.topic.periods]
    singles = {r.period for role, rows in spans if role == "row" for r in rows}
    wholes = [{r.period for r in rows} for role, rows in spans if role in {"rows", "now"}]
    return {len(singles), *map(len, wholes)} - {0}


def has_top(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, number: Numeral) -> bool:
    """`the top two are A and B`: as many rows are shown, and those named are they."""
    count = int(number.value)
    told = [k for i, k in clause.groups() if i > place]
    if not 0 < count <= len(sheet.rows):
        return False
    if any(t.text in _SHOWN for t in clause.tokens) and not sheet.whole and not clause.groups():
        return count == len(sheet.rows)
    first = [k for _, k in clause.groups()]
    told = told or (first if len(set(first)) == count and not clause.says("sum", "avg") else [])
    if not told or clause.says("than", "rest"):
        return True
    if len(told) > 1 and len(set(told)) != count and not _is_among(clause, place):
        return False
    rows = facts.ranked(sheet, metrics_at(clause, place, sheet)[0].metric)
    best = rows[:count] if number.sign > 0 else rows[-count:]
    return all(any(r is b for b in best) for r in rows_with(sheet, tuple(told), evidence))


def _is_among(clause: Clause, place: int) -> bool:
    """`前五名中只有 A 和 B`, `of the top five, A and B`: only some of them are named."""
    left = clause.tokens[place - 2 : place] if place > 1 else clause.tokens[:place]
    behind = clause.tokens[place + 1 : place + 4]
    among = {t.text for t in behind} & {"中", "里", "内", "当中", "之中", "其中"}
    return bool(among) or clause.says("only") or any(t.text in {"of", "among"} for t in left)


def _holder(clause: Clause, place: int) -> str | None:
    """`排在第四的 A`, `the third-largest, behind A`: whose rank it is, where it is not the nearest name."""
    names = dict(clause.groups())
    if place + 2 in names and clause.tokens[place + 1].text == "的":
        return names[place + 2]
    first = min(names, default=-1)
    ahead = {t.text for t in clause.tokens[place:first]} if place < first else set()
    if ahead & {"behind", "after", "trailing"} and len(clause.before.topic.keys) == 1:
        return clause.before.topic.keys[0]
    return None


def has_rank(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, number: Numeral) -> bool:
    """Return whether the row that is meant has the rank that is said."""
    own = [k for _, k in clause.groups()]
    ranks = sum(1 for t in clause.tokens if t.number and t.number.unit == "rank")
    told = list(clause.before.heard.keys[-ranks:]) if ranks > 1 else list(clause.before.topic.keys)
    named = listed(clause, place, own or told)
    named = named or _holder(clause, place)
    rows_meant = (
        rows_with(sheet, (named,), evidence)
        if named
        else subject(clause, place, evidence, sheet).rows
    )
    if len(rows_meant) != 1 or not sheet.keyed or of_past(clause, evidence, sheet):
        return False
    every = together(clause, place, sheet)
    test = all if every else any
    return test(
        _is_at(clause, place, rows_meant[0], value, evidence, sheet)
        for value in every or ranked_by(clause, place, rows_meant, sheet)
    )


def _is_at(
    clause: Clause, place: int, row: Row, value: Value, evidence: Evidence, sheet: Sheet
) -> bool:
    """Whether a row has the rank at a place by one metric, behind those that were told ahead of it."""
    number, near = clause.tokens[place].number, clause.tokens[max(0, place - 1) : place + 2]
    rows = facts.ranked(sheet, value.metric)
    if number is None:
        return False
    if number.sign < 0 or any(t.claims & {"min", "low"} for t in near):
        rows = rows[::-1]
    cells = [r.cells[(value.metric, "value")] for r in rows]
    mine = row.cells.get((value.metric, "value"))
    held = mine is not None and mine in cells and cells.index(mine) + 1 == number.value
    return held and _are_ahead(clause, rows[: int(number.value) - 1], evidence, sheet)


def _are_ahead(clause: Clause, above: list[Row], evidence: Evidence, sheet: Sheet) -> bool:
    """`在 A 之后，B 排第二`: whether A ranks above."""
    told = (r for k in clause.before.manner.behind for r in rows_with(sheet, (k,), evidence))
    return all(any(r is a for a in above) for r in told)
