"""Twenty thousand recombined questions: an answer accounts for every word that carries meaning.

The questions are built from known parts, so the test knows what each of them says without reading
it back from the planner. Periods are dates written by hand. Everything is seeded.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from opencc import OpenCC

from assistant.plan import Clarification, Plan, Planned, Refusal
from assistant.planner.normalise import fold_word, has_chinese
from assistant.planner.reader import read_slots
from assistant.planner.tokens import tokenise
from semantic_layer import AskmqlError

if TYPE_CHECKING:
    from assistant import Assistant
    from assistant.planner.lexicon import Sense
    from assistant.planner.planner import LexiconPlanner

COUNT = int(os.environ.get("FUZZ_COUNT", "8_000"))  # after changes of the planner: 20_000
SAMPLE = 250
SHOWN = 12
SEED = 20261028

PERIODS_ZH = {
    "上个月": ("2026-09-01", "2026-10-01"),
    "上季度": ("2026-07-01", "2026-10-01"),
    "去年": ("2025-01-01", "2026-01-01"),
    "今年": ("2026-01-01", "2026-10-28"),
    "本月": ("2026-10-01", "2026-10-28"),
    "2025年": ("2025-01-01", "2026-01-01"),
    "2026年9月": ("2026-09-01", "2026-10-01"),
    "2025年Q4": ("2025-10-01", "2026-01-01"),
    "近30天": ("2026-09-28", "2026-10-28"),
    "近7天": ("2026-10-21", "2026-10-28"),
    "昨天": ("2026-10-27", "2026-10-28"),
    "前天": ("2026-10-26", "2026-10-27"),
    "上周": ("2026-10-19", "2026-10-26"),
    "2026年上半年": ("2026-01-01", "2026-07-01"),
    "2026年5月3日": ("2026-05-03", "2026-05-04"),
    "8月第二周": ("2026-08-10", "2026-08-17"),
    "2026-03-05到2026-04-06": ("2026-03-05", "2026-04-07"),
}
PERIODS_EN = {
    "last month": ("2026-09-01", "2026-10-01"),
    "last quarter": ("2026-07-01", "2026-10-01"),
    "last year": ("2025-01-01", "2026-01-01"),
    "this year": ("2026-01-01", "2026-10-28"),
    "this month": ("2026-10-01", "2026-10-28"),
    "in 2025": ("2025-01-01", "2026-01-01"),
    "in September 2026": ("2026-09-01", "2026-10-01"),
    "in Q4 2025": ("2025-10-01", "2026-01-01"),
    "in the last 30 days": ("2026-09-28", "2026-10-28"),
    "yesterday": ("2026-10-27", "2026-10-28"),
    "last week": ("2026-10-19", "2026-10-26"),
    "from 2026-03-05 to 2026-04-06": ("2026-03-05", "2026-04-07"),
}
PAIRS_ZH = {
    ("2026年9月", "2026年7月"): (("2026-09-01", "2026-10-01"), ("2026-07-01", "2026-08-01")),
    ("2026年Q1", "2025年Q4"): (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01")),
    ("近7天", "前7天"): (("2026-10-21", "2026-10-28"), ("2026-10-14", "2026-10-21")),
    ("近30天", "去年同期"): (("2026-09-28", "2026-10-28"), ("2025-09-28", "2025-10-28")),
    ("上个月", "去年9月"): (("2026-09-01", "2026-10-01"), ("2025-09-01", "2025-10-01")),
    ("2025年", "2024年"): (("2025-01-01", "2026-01-01"), ("2024-01-01", "2025-01-01")),
}
PAIRS_EN = {
    ("last month", "July 2026"): (("2026-09-01", "2026-10-01"), ("2026-07-01", "2026-08-01")),
    ("Q1 2026", "Q4 2025"): (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01")),
    ("2025", "2024"): (("2025-01-01", "2026-01-01"), ("2024-01-01", "2025-01-01")),
}
FILLERS_ZH = ("请问", "麻烦看一下", "帮我查一下", "老板想知道", "您好，", "咱们", "谢谢，")
FILLERS_EN = ("please show me ", "hi, ", "can you give me ", "I would like to know ", "thanks, ")
NOISE = ("！", "。", "…", "~", "😀", "📊 ", "?", "、", "  ", "\n", "（", "）", "——")
SIGNS_ZH = {
    "最高": "order", "最低": "order", "最多的": "order", "从高到低": "order", "排名": "order",
    "占比": "share", "趋势": "grain", "每月": "grain", "按周": "grain",
    "环比": "previous_period", "同比": "previous_year",
    "超过": "having", "低于": "having", "至少": "having", "不到": "having",
    "除了": "negated", "不含": "negated", "没有": "negated", "排除": "negated",
    "增长": "compare", "下降": "compare", "涨幅": "compare",
    "平均": "never", "中位数": "median", "第二高": "never", "预测": "never", "大约一半": "never",
}  # fmt: skip
SIGNS_EN = {
    "highest": "order", "lowest": "order", "ranked": "order", "descending": "order",
    "share": "share", "trend": "grain", "weekly": "grain", "by month": "grain",
    "month over month": "compare", "year over year": "previous_year",
    "above": "having", "at least": "having", "fewer than": "having",
    "excluding": "negated", "without": "negated", "except": "negated",
    "increase": "compare", "dropped": "compare", "growth": "compare",
    "median": "median", "second highest": "never", "forecast": "never", "average": "never",
}  # fmt: skip
CLOSED = ("channel", "region", "province", "industry", "size_band", "team", "campaign_type",
          "product", "order_kind", "channel_group", "business_unit")  # fmt: skip
MEDIANS = {"stage_days": "stage_days_median", "sales_cycle_days_mean": "sales_cycle_days"} | {
    m: m
    for m in ("nurture_days", "sql_cycle_days", "response_hours", "sales_cycle_days",
              "stage_days_median", "resolution_hours")
}  # fmt: skip
"""What is measured -> the metric that is its median."""
HIGH, LOW = {"最高", "最多的", "highest"}, {"最低", "lowest"}
Span = tuple[str, str]


@dataclass
class Said:
    """A question, and what it was built from."""

    text: str = ""
    metrics: set[str] = field(default_factory=set)
    values: list[tuple[str, tuple[Sense, ...]]] = field(default_factory=list)
    without: list[tuple[str, tuple[Sense, ...]]] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    periods: list[Span] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    order: str = ""
    loose: bool = False
    """Pieces in random order: a value may be excluded or not, a dimension may name a filter."""


class Parts:
    """The words of one language, by what they mean."""

    def __init__(self, planner: LexiconPlanner, chinese: bool, pick: random.Random) -> None:
        self.pick = pick
        self.chinese = chinese
        entries = {
            word: tuple(senses)
            for word, senses in planner.lexicon.entries.items()
            if has_chinese(word) == chinese and len(word) > 1
        }
        self.metrics = _only(entries, {"metric"})
        self.dimensions = _only(entries, {"dimension"})
        values = _only(entries, {"value", "group"})
        self.closed = [w for w in values if values[w][0].id in CLOSED and not w.isdigit()]
        self.open = sorted(set(values) - set(self.closed))
        self.values = values
        self.periods = PERIODS_ZH if chinese else PERIODS_EN
        self.pairs = PAIRS_ZH if chinese else PAIRS_EN
        self.fillers = FILLERS_ZH if chinese else FILLERS_EN
        self.signs = SIGNS_ZH if chinese else SIGNS_EN
        self.usable = [
            m
            for m in self.metrics
            if len(self.metrics[m]) == 1 and not m.startswith("累计") and not m.endswith(" order")
        ]  # 本月累计 + 客户数 is as good as 本月 + 累计客户数, `won + order by` as `won order + by`

    def metric(self, said: Said) -> str:
        word = self.pick.choice(self.usable)
        said.metrics.add(self.metrics[word][0].id)
        return word

    def value(self, said: Said, *, without: bool = False) -> str:
        pool = self.open if self.open and self.pick.random() < 0.15 else self.closed
        word = self.pick.choice(pool)
        (said.without if without else said.values).append((word, self.values[word]))
        return word

    def dimension(self, said: Said) -> str:
        word = self.pick.choice(list(self.dimensions))
        said.dimensions.append(self.dimensions[word][0].id)
        return word

    def period(self, said: Said) -> str:
        word = self.pick.choice(list(self.periods))
        said.periods.append(self.periods[word])
        return word

    def pair(self, said: Said) -> tuple[str, str]:
        words = self.pick.choice(list(self.pairs))
        said.periods += self.pairs[words]
        return words

    def number(self, said: Said, low: int = 2, high: int = 90) -> str:
        number = self.pick.randint(low, high)
        said.numbers.append(float(number))
        return str(number)

    def ordering(self, said: Said) -> str:
        word = self.metric(said)
        said.order = self.metrics[word][0].id
        return word

    def negative(self, said: Said) -> str:
        number = self.pick.randint(2, 90)
        said.numbers.append(-number / 100)
        return f"-{number}%"


def _only(entries: dict[str, tuple[Sense, ...]], kinds: set[str]) -> dict[str, tuple[Sense, ...]]:
    return {w: s for w, s in sorted(entries.items()) if {x.kind for x in s} <= kinds}


def structured(parts: Parts) -> Said:
    """A question as people phrase it, from one of the templates."""
    said = Said()
    said.text = (_zh(parts, said) if parts.chinese else _en(parts, said)).strip()
    if parts.pick.random() < 0.3:
        said.text = parts.pick.choice(parts.fillers) + said.text
    if parts.pick.random() < 0.2:
        said.text += parts.pick.choice(NOISE)
    return said


def _zh(p: Parts, s: Said) -> str:
    return p.pick.choice((_zh_plain, _zh_numbers, _zh_periods))(p, s)


def _zh_plain(p: Parts, s: Said) -> str:
    match p.pick.randrange(6):
        case 0:
            return f"{p.period(s)}{p.value(s)}的{p.metric(s)}"
        case 1:
            return f"{p.period(s)}{p.metric(s)}按{p.dimension(s)}"
        case 2:
            without = p.value(s, without=True)
            return f"除了{without}以外，{p.period(s)}各{p.dimension(s)}的{p.metric(s)}"
        case 3:
            return f"{p.value(s)}和{p.value(s)}{p.period(s)}的{p.metric(s)}对比"
        case 4:
            without = p.value(s, without=True)
            return f"不含{without}的{p.period(s)}{p.value(s)}的{p.metric(s)}"
        case _:
            return f"各{p.dimension(s)}{p.period(s)}的{p.metric(s)}和{p.metric(s)}"


def _zh_numbers(p: Parts, s: Said) -> str:
    match p.pick.randrange(7):
        case 0:
            return f"{p.period(s)}{p.metric(s)}超过{p.number(s)}的{p.dimension(s)}"
        case 1:
            return f"{p.period(s)}{p.metric(s)}最高的{p.number(s)}个{p.dimension(s)}"
        case 2:
            return f"{p.period(s)}{p.metric(s)}低于{p.negative(s)}的{p.dimension(s)}"
        case 3:
            count = p.number(s, 2, 20)
            return f"{p.metric(s)}前{count}的{p.dimension(s)}，{p.period(s)}，{p.value(s)}"
        case 4:
            low, high = sorted(p.pick.sample(range(2, 900), 2))
            s.numbers += [low * 1e4, high * 1e4]
            return f"{p.metric(s)}在{low}到{high}万之间的{p.dimension(s)}，{p.period(s)}"
        case 5:
            shown = f"各{p.dimension(s)}{p.period(s)}的{p.metric(s)}"
            return f"{shown}，按{p.ordering(s)}从高到低"
        case _:
            low, high = sorted(p.pick.sample(range(2, 900), 2))
            s.numbers += [low, high]
            return f"{p.metric(s)}在{low}到{high}之间的{p.dimension(s)}，{p.period(s)}"


def _zh_periods(p: Parts, s: Said) -> str:
    first, second = p.pair(s)
    if p.pick.random() < 0.5:
        return f"{first}和{second}的{p.metric(s)}对比"
    return f"{p.value(s)}{first}{p.metric(s)}比{second}"


def _en(p: Parts, s: Said) -> str:
    return p.pick.choice((_en_plain, _en_numbers))(p, s)


def _en_numbers(p: Parts, s: Said) -> str:
    match p.pick.randrange(5):
        case 0:
            return f"top {p.number(s)} {p.dimension(s)} ranked by {p.metric(s)} {p.period(s)}"
        case 1:
            return f"{p.dimension(s)} with {p.metric(s)} above {p.number(s)} {p.period(s)}"
        case 2:
            return f"{p.dimension(s)} with {p.metric(s)} below {p.negative(s)} {p.period(s)}"
        case 3:
            low, high = sorted(p.pick.sample(range(2, 90), 2))
            s.numbers += [low * 1e6, high * 1e6]
            between = f"between {low} and {high} million"
            return f"{p.dimension(s)} with {p.metric(s)} {between} {p.period(s)}"
        case _:
            shown = f"{p.metric(s)} for each {p.dimension(s)} {p.period(s)}"
            return f"{shown}, sorted by {p.ordering(s)}"


def _en_plain(p: Parts, s: Said) -> str:
    match p.pick.randrange(7):
        case 0:
            return f"{p.metric(s)} for {p.value(s)} {p.period(s)}"
        case 1:
            return f"{p.metric(s)} by {p.dimension(s)} {p.period(s)}"
        case 2:
            return f"{p.metric(s)} excluding {p.value(s, without=True)} {p.period(s)}"
        case 3:
            first, second = p.pair(s)
            return f"{p.metric(s)} {first} vs {second}"
        case 4:
            return f"{p.period(s)}, {p.metric(s)} for {p.value(s)} and {p.value(s)}"
        case 5:
            return f"{p.metric(s)} and {p.metric(s)} by {p.dimension(s)}, {p.period(s)}"
        case _:
            return f"{p.metric(s)} from {p.value(s)} {p.period(s)}, not {p.value(s, without=True)}"


def shuffled(parts: Parts) -> Said:
    """Pieces in random order, commas between them so that none can run into the next."""
    said = Said(loose=True)
    makers = (parts.metric, parts.value, parts.value, parts.dimension, parts.period, parts.number)
    count = parts.pick.randint(1, 4)
    chosen = parts.pick.choices(makers, k=count)
    while not parts.chinese and chosen.count(parts.period) > 1:  # `last week, in 2025` is one
        chosen.remove(parts.period)
    pieces = [make(said) for make in (parts.metric, *chosen)]
    for _ in range(parts.pick.randint(0, 2)):
        word = parts.pick.choice(list(parts.signs))
        said.signs.append(word)
        pieces.append(word)
    if parts.pick.random() < 0.3:
        pieces.append(parts.pick.choice(parts.fillers).strip(" ，,"))
    parts.pick.shuffle(pieces)
    comma = "，" if parts.chinese else ", "
    said.text = comma.join(pieces) + parts.pick.choice((*NOISE, "", "", ""))
    return said


# ----------------------------------------------------------------------------------------- invariants


def queries(planned: Planned | None) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every query that may be run for a question, also those offered as a choice."""
    plans: Iterable[Plan] = ()
    if isinstance(planned, Plan):
        plans = (planned,)
    elif isinstance(planned, Clarification):
        plans = (choice.plan for choice in planned.choices)
    for plan in plans:
        if plan.intent == "share_change":  # two shares, of which the second is held against
            now, then = (call.args for call in plan.calls)
            assert {**then, "time": now["time"]} == now
            yield {**now, "compare": {"range": then["time"]}}, plan.focus
            continue
        for call in plan.calls:
            if call.tool == "query_metrics":
                yield call.args, plan.focus


def faults(said: Said, query: dict[str, Any], focus: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Say what the query does not account for."""
    wanted = {MEDIANS.get(m, m) for m in said.metrics} if _median(said) else said.metrics
    if set(query["metrics"]) != wanted:
        yield "metric", f"{query['metrics']} for {sorted(said.metrics)}"
    ops = ("in", "not_in") if said.loose else ("in",)
    for word, senses in said.values:
        if not _held(query, focus, senses, ops):
            yield "value", word
    for word, senses in said.without:
        if not _held(query, (), senses, ("not_in",)):
            yield "negated value", word
    missing = set(said.dimensions) - set(query.get("dimensions", ()))
    if missing and not said.loose:
        yield "dimension", f"{sorted(missing)}"
    for span in said.periods:
        if not _covered(query, span) and not _whole_ones(query, span):
            yield "period", f"{span} in {query.get('time')} {query.get('compare')}"
    yield from _marks(said, query)


def _median(said: Said) -> bool:
    return bool({"中位数", "median"} & set(said.signs))


def _whole_ones(query: dict[str, Any], span: Span) -> bool:
    """Whether the lowest of several periods is sought among the whole ones of a span."""
    order, time = query.get("order") or [{}], query.get("time") or {}
    lowest = bool(query.get("grain")) and "limit" in query and order[0].get("desc") is False
    return lowest and span[0] <= str(time["start"]) < str(time["end"]) <= span[1]


def _marks(said: Said, query: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = _numbers(query)
    if said.loose:
        known += [-n for n in known]  # `fell by 25` is a change of -25
    for number in said.numbers:
        if not any(abs(number / scale - n) < 1e-9 for n in known for scale in (1, 100)):
            yield "number", f"{number:g} in {known}"
    both_ends = bool(HIGH & set(said.signs)) and bool(LOW & set(said.signs))
    for word in said.signs:
        if both_ends and word in HIGH | LOW:  # everything is shown, and both ends are told
            continue
        if not _traced(query, {**SIGNS_ZH, **SIGNS_EN}[word]):
            yield "word", word
    order = [item["by"] for item in query.get("order", ())]
    if said.order and order != [said.order]:
        yield "order", f"{order}, not {said.order}"


def _held(
    query: dict[str, Any], focus: tuple[str, ...], senses: tuple[Sense, ...], ops: tuple[str, ...]
) -> bool:
    for sense in senses:
        if focus and {str(v) for v in sense.values} & set(focus):
            return True
        for item in query.get("filters", ()):
            if item["dimension"] != sense.id or item.get("op", "in") not in ops:
                continue
            if set(sense.values) <= set(item.get("values", ())):
                return True
    return False


def _covered(query: dict[str, Any], span: Span) -> bool:
    compare = query.get("compare")
    main = query.get("time") or {}
    if (main.get("start"), main.get("end")) == span:
        return True
    if compare is None or not main.get("start"):
        return False
    other = compare.get("range")
    if other:
        return (other.get("start"), other.get("end")) == span
    if compare.get("kind") == "previous_year":
        year = int(main["start"][:4]) - 1
        return span[0] == f"{year}{main['start'][4:]}"
    return bool(span[1] == main["start"])


def _numbers(query: dict[str, Any]) -> list[float]:
    out = [float(query["limit"])] if query.get("limit") else []
    for item in query.get("having", ()):
        out += [item["value"]] + ([item["upper"]] if item.get("upper") is not None else [])
    return out


def _traced(query: dict[str, Any], sign: str) -> bool:
    compare = query.get("compare")
    match sign:
        case "order":
            return bool(query.get("order"))
        case "share" | "having" | "grain":
            return bool(query.get(sign))
        case "compare":
            return compare is not None
        case "previous_year":
            return compare is not None and compare.get("kind", sign) == sign
        case "previous_period":
            return compare is not None and compare.get("kind", sign) == sign
        case "negated":
            ops = {item.get("op", "in") for item in query.get("filters", ())}
            return bool(ops & {"not_in", "is_null"})
        case "median":
            return set(query["metrics"]) <= set(MEDIANS.values())
        case _:
            return False


# ----------------------------------------------------------------------------------------------- runs


@pytest.fixture(scope="module")
def planner(starforge: Assistant) -> LexiconPlanner:
    return starforge.planner(starforge.layer, starforge.layer.scope(None))


@pytest.fixture(scope="module")
def alien(planner: LexiconPlanner) -> dict[bool, list[str]]:
    """Words that cannot mean anything: characters and syllables of no known word."""
    used = {c for word in planner.lexicon.entries for c in word}
    used |= set(
        "年月日周季度天旬初中底末零一二三四五六七八九十百千万亿成第上下前后近去今本每各至到"
    )
    pick = random.Random(SEED)
    chars = [chr(c) for c in range(0x5F00, 0x9000) if chr(c) not in used]
    chars = [c for c in chars if fold_word(c) not in used]
    chinese = ["".join(pick.choices(chars, k=pick.randint(1, 3))) for _ in range(300)]
    latin = ["".join(pick.choices("bfgjkqvwxz", k=pick.randint(6, 9))) for _ in range(300)]
    return {True: chinese, False: latin}


def understand(planner: LexiconPlanner, text: str) -> Planned | None:
    """Plan; a question that is refused with an error is not answered."""
    try:
        return planner.plan(text)
    except AskmqlError:
        return None


@pytest.fixture(scope="module")
def asked(planner: LexiconPlanner) -> list[Said]:
    pick = random.Random(SEED)
    both = {zh: Parts(planner, zh, pick) for zh in (True, False)}
    makers = (structured, structured, shuffled)
    return [pick.choice(makers)(both[pick.random() < 0.6]) for _ in range(COUNT)]


def test_an_answer_accounts_for_every_part(planner: LexiconPlanner, asked: list[Said]) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    answered = 0
    for said in asked:
        try:
            planned = understand(planner, said.text)
        except Exception as error:  # what is tested
            found["raises"].append(f"{said.text!r}: {error!r}")
            continue
        for query, focus in queries(planned):
            answered += 1
            for kind, why in faults(said, query, focus):
                found[kind].append(f"{said.text!r}: {why}")
    assert answered > COUNT / 20, f"only {answered} queries: the fuzz tests nothing"
    shown = [
        f"{kind}: {len(bad)} of {COUNT}\n  " + "\n  ".join(sorted(bad, key=len)[:SHOWN])
        for kind, bad in sorted(found.items())
    ]
    assert not shown, "\n".join(shown)


def test_a_nonsense_word_prevents_an_answer(
    planner: LexiconPlanner, asked: list[Said], alien: dict[bool, list[str]]
) -> None:
    pick = random.Random(SEED + 1)
    context = planner.layer.context
    bad = []
    for i, said in enumerate(pick.sample(asked, COUNT // 3)):
        cuts = [j for j, c in enumerate(said.text) if c in " ，,、的"] + [0, len(said.text)]
        at, word = pick.choice(cuts), pick.choice(alien[pick.random() < 0.5])
        gap = " " if word.isascii() else ""
        text = f"{said.text[:at]}{gap}{word}{gap}{said.text[at:]}"
        tokens = tokenise(
            text,
            planner.lexicon,
            today=planner.layer.today,
            as_of=context.as_of,
            calendar=context.calendar,
        )
        slots = read_slots(tokens)
        if not (slots.unknown or slots.unclear):
            bad.append(f"{text!r}: {word!r} was not noticed")
        elif i < SAMPLE and not isinstance(understand(planner, text), Refusal | type(None)):
            bad.append(f"{text!r}: planned in spite of {word!r}")
    assert not bad, f"{len(bad)}:\n" + "\n".join(sorted(bad, key=len)[:SHOWN])


def test_a_sample_goes_through_the_whole_pipeline(starforge: Assistant, asked: list[Said]) -> None:
    pick = random.Random(SEED + 2)
    bad = []
    for said in pick.sample(asked, SAMPLE):
        answer = starforge.ask(said.text)
        if answer.status == "error" or not answer.headline:
            bad.append(f"{said.text!r}: {answer.status} {answer.error.code} {answer.error.message}")
    assert not bad, "\n".join(bad[:SHOWN])


def test_rubbish_is_never_answered_with_a_number(planner: LexiconPlanner) -> None:
    pick = random.Random(SEED + 3)
    letters = "abcxyz0189 -+%/\\\"'()[]{}<>=;:,.?!@#$^&*_|~`\t\0\u200b\ufeff\u202e，。？！😀🇨🇳é漢字線索\ud7ff"
    for _ in range(200):
        text = "".join(pick.choices(letters, k=pick.randint(0, 40)))
        if text.strip():
            assert not list(queries(understand(planner, text))), repr(text)


# ---------------------------------------------------------------------------------------- metamorphic

BASE_ZH = [
    ("上季度", "各渠道线索量"),
    ("上个月", "百度和头条的线索成本"),
    ("2025年", "华东的赢单率"),
    ("今年", "除了续约以外的订单金额按大区"),
    ("去年", "线索量最多的3个渠道"),
    ("近30天", "MQL数超过20的渠道"),
    ("上个月", "线索量环比"),
    ("上季度", "订单金额同比"),
    ("2026年上半年", "每月商机数"),
    ("上季度", "各渠道线索占比"),
    ("今年", "高端装备行业的商机金额"),
    ("上周", "公众号新增关注"),
    ("2025年Q4", "华东一队的客单价"),
    ("今年", "到会率在40%到60%之间的活动类型"),
    ("上季度", "哪个大区的赢单率最低"),
]
BASE_EN = [
    ("last quarter", "leads by channel"),
    ("last month", "cost per lead for Baidu and Toutiao"),
    ("in 2025", "win rate in East China"),
    ("this year", "won revenue by region excluding renewals"),
    ("last year", "top 3 channels by leads"),
    ("in the last 30 days", "channels with MQLs above 20"),
    ("last month", "month over month leads"),
    ("in the first half of 2026", "opportunities by month"),
    ("last quarter", "share of leads by channel"),
    ("last week", "WeChat new followers"),
]


def plan_of(planner: LexiconPlanner, text: str) -> object:
    """What a question means: the calls and the focus; the assumptions may be worded otherwise."""
    planned = understand(planner, text)
    assert isinstance(planned, Plan), (text, planned)
    return [c.model_dump() for c in planned.calls], planned.focus


def _wide(text: str) -> str:
    return "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text
    )


def _variants(when: str, what: str) -> Iterator[str]:
    zh = has_chinese(what)
    comma = "，" if zh else ", "
    plain = when + what if zh else f"{what} {when}"
    yield f"{when}{comma}{what}"
    yield f"{what}{comma}{when}"
    yield _wide(plain)
    yield plain.upper()
    yield plain.lower()
    yield f"  {plain}\n"
    yield f"📊 {plain} 😀！"
    if zh:
        yield OpenCC("s2t").convert(plain)
        yield OpenCC("s2tw").convert(plain)
        yield OpenCC("s2hk").convert(plain)
        yield f"请问{plain}是多少？"
        yield f"麻烦帮我看一下，{plain}，谢谢"
        yield f"老板想知道{plain}怎么样"
        yield f"查一下{plain}"
        yield f"看下{plain}"
        yield f"统计一下{plain}吧"
    else:
        yield plain.title()
        yield f"Please show me {plain}, thanks!"
        yield f"Hi, can you tell me the {plain}?"
        yield f"what are the {plain}"
        yield f"{when}: {what}"


@pytest.mark.parametrize(("when", "what"), BASE_ZH + BASE_EN)
def test_the_wrapping_does_not_change_the_meaning(
    planner: LexiconPlanner, when: str, what: str
) -> None:
    expected = plan_of(planner, when + what if has_chinese(what) else f"{what} {when}")
    bad = []
    for text in _variants(when, what):
        planned = understand(planner, text)
        if not isinstance(planned, Plan):
            bad.append(f"{text!r}: {planned!r}"[:200])
        elif plan_of(planner, text) != expected:
            bad.append(f"{text!r}: {plan_of(planner, text)} != {expected}")
    assert not bad, "\n".join(bad)


def test_a_verb_before_a_period_is_not_part_of_it(planner: LexiconPlanner) -> None:
    bad = []
    verbs = (
        "看下",
        "查下",
        "统计下",
        "汇总下",
        "帮忙看下",
        "麻烦看下",
        "说下",
        "查一下",
        "统计一下",
    )
    periods = {
        "9月": ("2026-09-01", "2026-10-01"),
        "3月": ("2026-03-01", "2026-04-01"),
        "三季度": ("2026-07-01", "2026-10-01"),
        "2025年": ("2025-01-01", "2026-01-01"),
        "2026年上半年": ("2026-01-01", "2026-07-01"),
        "8月第二周": ("2026-08-10", "2026-08-17"),
    }
    for verb in verbs:
        for when, span in periods.items():
            planned = understand(planner, f"{verb}{when}线索量")
            read = [q["time"] for q, _ in queries(planned)]
            if [(t["start"], t["end"]) for t in read] != [span]:
                bad.append(f"{verb}{when}: {read or planned}"[:160])
    assert not bad, "\n".join(bad)
