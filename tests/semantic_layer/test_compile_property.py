"""Random questions over a random star schema against a brute-force reading in plain Python.

Nothing here is SQL: rows are lists of dictionaries, groups are dictionaries, and each metric is
computed from its facts for each group alone. 1,000 examples over four random databases.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer import QueryError, SemanticLayer
from semantic_layer.compile.facts import leaf_models
from semantic_layer.query import Query
from semantic_layer.scope import Scope

Row = dict[str, Any]
FIRST, DAYS = date(2023, 11, 20), 140  # a 29 February inside
TEXTS = ["a", "b", "B%", "it's", None]
REGIONS = ["East", "West", None]

DEFS = """
dimensions: {k: {label: K}, region: {label: Region}, tier: {label: Tier, type: number}}
models:
  f1: {source: f1, time: moment, zone: UTC, joins: {d: d_id}, dims: {k: k, region: d.region, tier: d.tier}}
  f2: {source: f2, time: day, joins: {d: d_id}, dims: {k: k, region: d.region, tier: d.tier}}
  f3: {source: f3, time: day, joins: {d: d_id}, dims: {k: k, region: d.region, tier: d.tier}}
  d: {source: d, key: [id]}
metrics:
  c1: {model: f1, agg: count, label: C1}
  s1: {model: f1, agg: sum, expr: x, label: S1}
  a1: {model: f1, agg: avg, expr: x, label: A1}
  lo1: {model: f1, agg: min, expr: x, label: Lo1}
  u1: {model: f1, agg: count_distinct, expr: person, label: U1}
  big1: {model: f1, agg: sum, expr: x, filter: x > 2, label: Big1}
  c2: {model: f2, agg: count, label: C2}
  s2: {model: f2, agg: sum, expr: x, label: S2}
  z2: {model: f2, agg: sum, expr: x, empty: zero, label: Z2}
  hi2: {model: f2, agg: max, expr: x, label: Hi2}
  m2: {model: f2, agg: median, expr: x, label: M2}
  c3: {model: f3, agg: count, expr: x, label: C3}
  u3: {model: f3, agg: count_distinct, expr: person, label: U3}
  r11: {type: ratio, numerator: s1, denominator: c1, label: R11}
  r21: {type: ratio, numerator: s2, denominator: c1, label: R21}
  r13: {type: ratio, numerator: c1, denominator: c3, label: R13}
  d12: {type: derived, expr: s1 + s2, label: D12}
  d23: {type: derived, expr: c2 - c3, label: D23}
  dx: {type: derived, expr: s2 * 2 / c3, label: Dx}
  t1: {type: cumulative, of: c1, label: T1}
  t2: {type: cumulative, of: s2, label: T2}
"""


# --- the data ---------------------------------------------------------------------------


class Star:
    """The rows in Python, and the product over the same rows."""

    def __init__(self, seed: int, facts: dict[str, list[Row]], dims: dict[int, Row]) -> None:
        self.seed = seed
        self.facts = facts
        self.dims = dims
        self.layer: SemanticLayer | None = None

    def __repr__(self) -> str:
        return f"random_star({self.seed})"


def random_star(seed: int) -> Star:
    rng = random.Random(seed)
    dims = {
        i: {"id": i, "region": rng.choice(REGIONS), "tier": rng.choice([1, 2, 3, None])}
        for i in range(1, 5)
    }
    facts = {
        name: [fact(rng, name) for _ in range(rng.randint(40, 90))] for name in ("f1", "f2", "f3")
    }
    for rows in facts.values():
        rows += [dict(row) for row in rng.sample(rows, 6)]  # duplicates count
    return Star(seed, facts, dims)


def fact(rng: random.Random, name: str) -> Row:
    day = None if rng.random() < 0.05 else FIRST + timedelta(days=rng.randrange(DAYS))
    moment = None
    if day is not None and name == "f1":  # the stored instant is UTC, eight hours behind
        local = datetime(day.year, day.month, day.day) + timedelta(minutes=rng.randrange(1440))  # noqa: DTZ001
        moment = local - timedelta(hours=8)
    return {
        "k": rng.choice(TEXTS),
        "d_id": rng.choice([1, 2, 3, 4, 77, None]),
        "x": rng.choice([None, -2, 0, 0, 1, 2, 3, 5]),
        "person": rng.choice([None, "p", "q", "r"]),
        "day": day,
        "moment": moment,
    }


def write(star: Star, root: Path) -> None:
    (root / "semantic_layer").mkdir()
    (root / "semantic_layer" / "defs.yml").write_text(DEFS, encoding="utf-8")
    config = "today: 2030-01-01\ntimezone: Asia/Shanghai\nengine: {path: d.duckdb, threads: 1}\n"
    (root / "askmql.yml").write_text(config, encoding="utf-8")
    with duckdb.connect(str(root / "d.duckdb")) as con:
        con.execute("CREATE TABLE d (id INTEGER, region VARCHAR, tier INTEGER)")
        con.executemany(
            "INSERT INTO d VALUES (?, ?, ?)", [list(r.values()) for r in star.dims.values()]
        )
        for name, rows in star.facts.items():
            con.execute(
                f"CREATE TABLE {name} (k VARCHAR, d_id INTEGER, x INTEGER, person VARCHAR, day DATE,"
                " moment TIMESTAMP)"
            )
            con.executemany(
                f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?, ?)", [list(r.values()) for r in rows]
            )


@pytest.fixture(scope="module", params=range(4))
def star(request, tmp_path_factory) -> Star:
    made = random_star(request.param)
    root = tmp_path_factory.mktemp("star")
    write(made, root)
    made.layer = SemanticLayer.load(root)
    return made


# --- the questions ----------------------------------------------------------------------

SIMPLE = ["c1", "s1", "a1", "lo1", "u1", "big1", "c2", "s2", "z2", "hi2", "m2", "c3", "u3"]
METRICS = [*SIMPLE, "r11", "r21", "r13", "d12", "d23", "dx"]
RIGHTS: dict[str, list[tuple[str, Callable[[Row, Row], bool | None]]]] = {
    "f1": [
        ("k = 'a'", lambda r, d: r["k"] == "a"),
        ("d.region = 'East' OR k = 'b'", lambda r, d: d.get("region") == "East" or r["k"] == "b"),
        ("NOT k = 'a'", lambda r, d: r["k"] not in (None, "a")),
    ],
    "f2": [
        ("d.region = 'West'", lambda r, d: d.get("region") == "West"),
        ("k IN ('a', 'it''s')", lambda r, d: r["k"] in ("a", "it's")),
        ("x + 1 > 1", lambda r, d: (r["x"] or 0) > 0),
    ],
    "f3": [("d.tier >= 2 OR d.region = 'East'",
            lambda r, d: (d.get("tier") or 0) >= 2 or d.get("region") == "East")],
    "d": [("tier < 3", lambda r, d: r["tier"] is not None and r["tier"] < 3),
          ("region = 'East'", lambda r, d: r["region"] == "East")],
}  # fmt: skip


def filters() -> st.SearchStrategy[Row]:
    words = st.sampled_from(["a", "b", "B%", "it's", "East", "%", "'", "zzz"])
    many = st.lists(st.one_of(words, st.none()), min_size=1, max_size=3).map(tuple)
    text = st.sampled_from(["k", "region"])
    listed = st.builds(
        lambda dim, op, values: {"dimension": dim, "op": op, "values": values},
        text, st.sampled_from(["in", "not_in"]), many,
    )  # fmt: skip
    like = st.builds(
        lambda dim, op, word: {"dimension": dim, "op": op, "values": (word,)},
        text, st.sampled_from(["contains", "not_contains"]), words,
    )  # fmt: skip
    empty = st.builds(
        lambda dim, op: {"dimension": dim, "op": op},
        st.sampled_from(["k", "region", "tier"]), st.sampled_from(["is_null", "not_null"]),
    )  # fmt: skip
    number = st.builds(
        lambda op, n: {"dimension": "tier", "op": op, "values": (n,)},
        st.sampled_from(["gt", "gte", "lt", "lte", "in", "not_in"]), st.integers(0, 4),
    )  # fmt: skip
    pair = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
        lambda p: {"dimension": "tier", "op": "between", "values": p}
    )
    return st.one_of(listed, like, empty, number, pair)


FILTERS = st.lists(filters(), max_size=2)


MONTHS = [date(2023, 11, 1), date(2023, 12, 1), *(date(2024, m, 1) for m in range(1, 6))]


@st.composite
def questions(draw) -> tuple[Row, dict[str, list[int]]]:
    grain = draw(st.sampled_from([None, None, "day", "week", "month", "quarter"]))
    names = METRICS if grain is None else [*METRICS, "t1", "t2"]
    metrics = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)))
    dims = tuple(draw(st.lists(st.sampled_from(["k", "region", "tier"]), max_size=2, unique=True)))
    compare = draw(st.sampled_from([None, None, "previous_period", "previous_year"]))
    time = draw_time(draw, grain, compare)
    query: Row = {
        "metrics": metrics,
        "dimensions": dims,
        "grain": grain,
        "time": time,
        "filters": tuple(draw(FILTERS)),
        "compare": {"kind": compare} if compare else None,
    }
    if draw(st.booleans()):
        by = draw(st.sampled_from([*metrics, *dims, *(["time"] if grain else [])]))
        query["order"] = ({"by": by, "desc": draw(st.booleans())},)
    if draw(st.integers(0, 3)) == 0:
        metric = draw(st.sampled_from(METRICS))
        op = draw(st.sampled_from(["gt", "gte", "lt", "lte", "eq", "ne"]))
        query["having"] = ({"metric": metric, "op": op, "value": draw(st.integers(-2, 8))},)
    if (grain is None or not dims) and draw(st.booleans()):
        query["limit"] = draw(st.integers(1, 6))
    rights = {
        model: draw(
            st.lists(st.integers(0, len(rules) - 1), max_size=1 if model == "d" else 2, unique=True)
        )
        for model, rules in RIGHTS.items()
        if draw(st.integers(0, 2)) == 0
    }
    return query, {m: picked for m, picked in rights.items() if picked}


def draw_time(draw, grain: str | None, compare: str | None) -> Row | None:
    if grain is None and compare is None and draw(st.integers(0, 2)) == 0:
        return None
    if compare is not None:  # whole months: what other ranges mean is told in tests/traps
        first = draw(st.integers(0, len(MONTHS) - 2))
        last = draw(st.integers(first + 1, len(MONTHS) - 1))
        return {"start": MONTHS[first], "end": MONTHS[last]}
    start = FIRST + timedelta(days=draw(st.integers(-10, DAYS)))
    return {"start": start, "end": start + timedelta(days=draw(st.integers(1, 90)))}


# --- the brute force --------------------------------------------------------------------


def month_shift(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def floor(day: date, grain: str | None) -> date | None:
    if grain is None:
        return None
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return {
        "day": day,
        "month": day.replace(day=1),
        "quarter": date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
    }[grain]


def matches(value: Any, item: Row) -> bool:
    op, values = item["op"], item.get("values", ())
    known = [v for v in values if v is not None]
    match op:
        case "is_null":
            return value is None
        case "not_null":
            return value is not None
        case "in":
            return value in values
        case "not_in":
            return value not in values
        case "contains":
            return value is not None and any(v.lower() in value.lower() for v in known)
        case "not_contains":
            return value is None or not any(v.lower() in value.lower() for v in known)
        case "between":
            return value is not None and known[0] <= value <= known[1]
    if value is None:
        return False
    return compared(op, value, known[0])


def compared(op: str, a: Any, b: Any) -> bool:
    return {"gt": a > b, "gte": a >= b, "lt": a < b, "lte": a <= b, "eq": a == b, "ne": a != b}[op]


def visible(star: Star, rights: dict[str, list[int]]) -> dict[str, list[Row]]:
    """Facts in scope, with the dimension record in scope merged in (else nothing)."""

    def allowed(model: str, row: Row, record: Row) -> bool:
        return all(RIGHTS[model][i][1](row, record) for i in rights.get(model, ()))

    records = {i: r for i, r in star.dims.items() if allowed("d", r, {})}
    out: dict[str, list[Row]] = {}
    for name, rows in star.facts.items():
        joined = [(row, records.get(row["d_id"], {})) for row in rows]
        out[name] = [
            {**row, "region": record.get("region"), "tier": record.get("tier")}
            for row, record in joined
            if allowed(name, row, record)
        ]
    return out


LEAVES: dict[str, tuple[str, ...]] = {
    "r11": ("s1", "c1"), "r21": ("s2", "c1"), "r13": ("c1", "c3"), "d12": ("s1", "s2"),
    "d23": ("c2", "c3"), "dx": ("s2", "c3"), "t1": ("c1",), "t2": ("s2",),
}  # fmt: skip


def leaf(name: str, rows: list[Row]) -> Any:
    xs = [r["x"] for r in rows if r["x"] is not None]
    people = {r["person"] for r in rows} - {None}
    big = [x for x in xs if x > 2]
    match name:
        case "c1" | "c2":
            return len(rows)
        case "c3":
            return len(xs)
        case "u1" | "u3":
            return len(people)
        case "big1":
            return sum(big) if big else None
    if not xs:
        return None
    middle = sorted(xs)
    half = (middle[(len(xs) - 1) // 2] + middle[len(xs) // 2]) / 2
    return {"s1": sum(xs), "s2": sum(xs), "z2": sum(xs), "a1": sum(xs) / len(xs), "lo1": min(xs),
            "hi2": max(xs), "m2": half}[name]  # fmt: skip


def over(top: Any, bottom: Any) -> Any:
    return top / bottom if top is not None and bottom not in (None, 0) else None


def plus(a: Any, b: Any) -> Any:
    return None if a is None and b is None else (a or 0) + (b or 0)


def metric(name: str, get: Callable[[str], Any]) -> Any:
    match name:
        case "r11" | "r21" | "r13":
            return over(*map(get, LEAVES[name]))
        case "d12":
            return plus(get("s1"), get("s2"))
        case "d23":
            return get("c2") - get("c3")
        case "dx":
            return over(None if get("s2") is None else get("s2") * 2, get("c3"))
        case "z2":
            return get("z2") or 0
    return get(name)


class Brute:
    """One question, answered group by group."""

    def __init__(self, star: Star, query: Row, rights: dict[str, list[int]]) -> None:
        self.query = query
        self.rows = visible(star, rights)
        self.time = query["time"]
        self.grain = query["grain"]
        asked = [*query["metrics"], *(h["metric"] for h in query.get("having", ()))]
        self.asked = list(dict.fromkeys(asked))
        self.columns = {}
        self.series("", self.facts(self.time, None))
        if query["compare"]:
            before, shift = self.earlier()
            self.series("__prev", self.facts(before, shift))

    def earlier(self) -> tuple[Row, Callable[[date], date | None]]:
        start, end = self.time["start"], self.time["end"]
        year = self.query["compare"]["kind"] == "previous_year"
        if self.grain is None:
            months = 12 if year else (end.year - start.year) * 12 + end.month - start.month
            span = {"start": month_shift(start, -months), "end": month_shift(end, -months)}
            return span, lambda day: day
        if self.grain == "week" or (self.grain == "day" and not year):
            step = timedelta(days=364 if year else 7 if self.grain == "week" else 1)
            return {"start": start - step, "end": end - step}, lambda day: day + step
        months = 12 if year else 3 if self.grain == "quarter" else 1
        span = {"start": month_shift(start, -months), "end": month_shift(end, -months)}

        def forward(period: date) -> date | None:
            leap = self.grain == "day" and (period.month, period.day) == (2, 29)
            return None if leap else month_shift(period, months)

        return span, forward

    def facts(
        self, span: Row | None, shift: Callable[[date], date | None] | None
    ) -> dict[str, Any]:
        """Model -> [(key, row, is history only)] of the rows that count for a range."""
        out: dict[str, list[tuple[tuple, Row, bool]]] = {}
        for name, rows in self.rows.items():
            out[name] = []
            for row in rows:
                day = row["day"]
                wanted = day is not None and (span is None or day < span["end"])
                if not wanted or not all(
                    matches(row[f["dimension"]], f) for f in self.query["filters"]
                ):
                    continue
                history = span is not None and day < span["start"]
                period = floor(day, self.grain)
                period = shift(period) if shift and period else period
                if self.grain and period is None:
                    continue
                key = tuple(row[d] for d in self.query["dimensions"])
                out[name].append(((key, period), row, history))
        return out

    def series(self, suffix: str, facts: dict[str, Any]) -> None:
        leaves = {part for name in self.asked for part in LEAVES.get(name, (name,))}
        running = {n for n in self.asked if n in ("t1", "t2")}
        plain = {part for n in self.asked if n not in running for part in LEAVES.get(n, (n,))}
        table: dict[str, dict[tuple, list[Row]]] = {n: {} for n in leaves}
        ever: dict[str, dict[tuple, list[Row]]] = {n: {} for n in running}
        for name in leaves:
            for key, row, history in facts["f" + name[-1]]:
                if not history and name in plain and self.counted(name, row, plain):
                    table[name].setdefault(key, []).append(row)
        for name in running:
            for key, row, _ in facts["f" + name[-1]]:
                ever[name].setdefault(key, []).append(row)
        self.columns[suffix] = (table, ever)

    @staticmethod
    def counted(name: str, row: Row, plain: Iterable[str]) -> bool:
        """A stream whose only leaf has a filter holds only that leaf's rows."""
        alone = {p for p in plain if p[-1] == "1"} == {"big1"}
        return not (alone and name == "big1") or (row["x"] is not None and row["x"] > 2)

    def keys(self) -> list[tuple]:
        found: dict[tuple, None] = {}
        for table, ever in self.columns.values():
            for groups in (*table.values(), *ever.values()):
                found.update(dict.fromkeys(groups))
        if not self.query["dimensions"] and self.grain is None:
            found[(), None] = None
        if self.grain is None:
            return list(found)
        periods = self.periods()
        windowed = any(ever for _, ever in self.columns.values())
        if windowed or not self.query["dimensions"]:
            groups = {key for key, _ in found} if self.query["dimensions"] else {()}
            found.update(dict.fromkeys((g, p) for g in groups for p in periods))
        return [key for key in found if periods[0] <= key[1] <= periods[-1]]

    def periods(self) -> list[date]:
        days = (self.time["end"] - self.time["start"]).days
        starts = {floor(self.time["start"] + timedelta(days=i), self.grain) for i in range(days)}
        return sorted(p for p in starts if p is not None)

    def value(self, name: str, suffix: str, key: tuple) -> Any:
        table, ever = self.columns[suffix]
        if name in ("t1", "t2"):
            group, period = key
            rows = [
                r for (g, p), rs in ever[name].items() if g == group and p <= period for r in rs
            ]
            return leaf(LEAVES[name][0], rows)
        return metric(name, lambda part: leaf(part, table[part].get(key, [])))

    def answer(self) -> tuple[list[tuple], int]:
        out = []
        for key in self.keys():
            cells: Row = dict(zip(self.query["dimensions"], key[0], strict=True))
            if self.grain:
                cells["period"] = key[1].isoformat()
            for name in self.asked:
                cells[name] = now = self.value(name, "", key)
                if self.query["compare"]:
                    before = self.value(name, "__prev", key)
                    delta = None if now is None or before is None else now - before
                    pct = over(delta, abs(before)) if before is not None else None
                    cells |= {f"{name}__prev": before, f"{name}__delta": delta, f"{name}__pct": pct}
            out.append(cells)
        for item in self.query.get("having", ()):
            out = [
                c for c in out
                if c[item["metric"]] is not None and compared(item["op"], c[item["metric"]], item["value"])
            ]  # fmt: skip
        self.sort(out)
        hidden = set(self.asked) - set(self.query["metrics"])
        rows = [tuple(v for n, v in c.items() if n.split("__")[0] not in hidden) for c in out]
        return rows[: self.query.get("limit")], len(rows)

    def sort(self, out: list[Row]) -> None:
        keys = [*self.query["dimensions"], *(["period"] if self.grain else [])]
        order = [
            (o["by"].replace("time", "period"), o["desc"]) for o in self.query.get("order", ())
        ]
        if not order and self.grain:
            order = [("period", False)]
        elif not order and keys:
            order = [(self.query["metrics"][0], True)]
        named = {name for name, _ in order}
        for name, desc in reversed([*order, *((k, False) for k in keys if k not in named)]):
            known = [c for c in out if c[name] is not None]
            known.sort(key=lambda c: c[name], reverse=desc)
            out[:] = [*known, *(c for c in out if c[name] is None)]


def close(found: tuple, wanted: tuple) -> bool:
    def same(a: Any, b: Any) -> bool:
        if isinstance(a, float) or isinstance(b, float):
            return a is not None and b is not None and abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))
        return bool(a == b) and (a is None) == (b is None)

    return len(found) == len(wanted) and all(map(same, found, wanted))


def mixes_views(star, metrics, scope):
    """A ratio over one limited and one unlimited fact compares two different companies."""
    reads = [leaf_models(star.layer.context, m) for m in metrics]
    return any(r & set(scope.rows) not in (set(), r) for r in reads if scope.rows)


@settings(max_examples=250)
@given(asked=questions())
def test_equals_brute_force(star, asked):
    query, rights = asked
    scope = Scope(rows={m: tuple(RIGHTS[m][i][0] for i in picked) for m, picked in rights.items()})
    if mixes_views(star, query["metrics"], scope):
        with pytest.raises(QueryError) as refused:
            star.layer.run(Query(**query), scope)
        assert refused.value.code == "VIEWS_DIFFER"
        return
    result = star.layer.run(Query(**query), scope)
    wanted, total = Brute(star, query, rights).answer()
    assert len(result.rows) == len(wanted), (result.sql[-1], wanted)
    for found, row in zip(result.rows, wanted, strict=True):
        assert close(found, row), (found, row)
    assert result.total_rows == total
