"""Random true statements pass the gate; the same with one thing changed do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from assistant.answer import Answer
from assistant.grounding import check, evidence_of

TODAY = date(2026, 10, 28)
NAMES = {
    "zh": ("北区", "南区", "东区", "西区", "中区", "海外"),
    "en": ("Harbor", "Ridge", "Meadow", "Canyon", "Delta", "Summit"),
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")


@dataclass(frozen=True)
class Said:
    """A true statement, and what it becomes when one thing in it is changed."""

    true: str
    wrong: tuple[str, ...]


def keyed(lang: str, now: list[int], before: list[int]) -> Answer:
    """Orders by area of September 2026, against August."""
    label = {"zh": ("片区", "出货量"), "en": ("Area", "Shipments")}[lang]
    rows = [[n, a, b, a - b, a / b - 1] for n, a, b in zip(NAMES[lang], now, before, strict=False)]
    columns = [
        {"name": "area", "label": label[0], "type": "string", "kind": "dimension"},
        {"name": "shipped", "label": label[1], "type": "number", "unit": "CNY", "kind": "value", "additive": True},
        *({"name": f"shipped__{k}", "label": k, "type": "number", "unit": u, "kind": k} for k, u in (("prev", "CNY"), ("delta", "CNY"), ("pct", "%"))),
    ]  # fmt: skip
    time = {"start": "2026-09-01", "end": "2026-10-01", "compare_start": "2026-08-01", "compare_end": "2026-09-01"}  # fmt: skip
    return _answer(lang, columns, rows, {"dimensions": ["area"], "time": time})


def monthly(lang: str, cells: list[int]) -> Answer:
    """Orders by month from January 2026 on."""
    rows = [[f"2026-{i + 1:02d}-01", c] for i, c in enumerate(cells)]
    columns = [
        {"name": "period", "label": "时间" if lang == "zh" else "Period", "type": "date", "kind": "time"},
        {"name": "shipped", "label": "出货量" if lang == "zh" else "Shipments", "type": "number", "unit": "CNY", "kind": "value", "additive": True},
    ]  # fmt: skip
    end = f"2026-{len(cells) + 1:02d}-01"
    return _answer(lang, columns, rows, {"time": {"start": "2026-01-01", "end": end, "grain": "month"}})  # fmt: skip


def _answer(lang: str, columns: list[dict], rows: list[list], basis: dict) -> Answer:  # type: ignore[type-arg]
    table = {"name": "result", "columns": columns, "rows": rows, "total_rows": len(rows)}
    return Answer.model_validate(
        {"status": "answered", "question": "?", "lang": lang, "tables": [table], "basis": {**basis, "as_of": "2026-10-27"}}
    )  # fmt: skip


def money(value: float, lang: str) -> str:
    return f"{value / 1e4:.2f} 万元" if lang == "zh" else f"¥{value / 1e3:.2f}K"


def much(value: float, lang: str) -> str:
    """The same digits, ten thousand times as much."""
    return f"{value / 1e4:.2f} 亿元" if lang == "zh" else f"¥{value / 1e2:.1f}M"


def of_areas(lang: str, now: list[int], before: list[int]) -> Iterator[Said]:
    """Values, changes, ranks, shares, differences and multiples of areas."""
    names = NAMES[lang][: len(now)]
    zh = lang == "zh"
    order = sorted(range(len(now)), key=lambda i: -now[i])
    first, second, last = order[0], order[1], order[-1]
    a, b, z = names[first], names[second], names[last]
    total = sum(now)
    x, y = money(now[first], lang), money(now[second], lang)
    if zh:
        yield Said(
            f"{a}最高，出货量为 {x}。",
            (
                f"{z}最高，出货量为 {x}。",
                f"{a}最低，出货量为 {x}。",
                f"{a}最高，出货量为 {much(now[first], lang)}。",
            ),
        )
        yield Said(
            f"{b}以 {y}排名第二。",
            (
                f"{b}以 {y}排名第三。",
                f"{a}以 {y}排名第二。",
                f"{b}以 {now[second] / 1e4:.2f} 家排名第二。",
            ),
        )
        yield Said(
            f"各片区合计 {money(total, lang)}。",
            (f"各片区合计 {much(total, lang)}。", f"各片区合计 {money(total * 1.3, lang)}。"),
        )
        yield Said(
            f"{a}占 {now[first] / total:.1%}。",
            (f"{z}占 {now[first] / total:.1%}。", f"{a}占 {now[first] / total + 0.07:.1%}。"),
        )
        yield Said(
            f"{a}比{z}多 {money(now[first] - now[last], lang)}。",
            (
                f"{a}比{z}少 {money(now[first] - now[last], lang)}。",
                f"{z}比{a}多 {money(now[first] - now[last], lang)}。",
            ),
        )
        yield Said(
            f"{a}是{z}的 {now[first] / now[last]:.2f} 倍。",
            (
                f"{z}是{a}的 {now[first] / now[last]:.2f} 倍。",
                f"{a}是{z}的 {now[first] / now[last] * 1.4:.2f} 倍。",
            ),
        )
        yield Said(
            f"{a}、{b}分别为 {x}和 {y}。",
            (f"{b}、{a}分别为 {x}和 {y}。", f"{a}、{b}分别为 {y}和 {x}。"),
        )
    else:
        yield Said(
            f"{a} was the highest at {x}.",
            (
                f"{z} was the highest at {x}.",
                f"{a} was the lowest at {x}.",
                f"{a} was the highest at {much(now[first], lang)}.",
            ),
        )
        yield Said(
            f"{b} ranked second with {y}.",
            (
                f"{b} ranked third with {y}.",
                f"{a} ranked second with {y}.",
                f"{b} ranked second with {now[second] / 1e3:.2f}%.",
            ),
        )
        yield Said(
            f"Shipments totalled {money(total, lang)}.",
            (
                f"Shipments totalled {much(total, lang)}.",
                f"Shipments totalled {money(total * 1.3, lang)}.",
            ),
        )
        yield Said(
            f"{a} accounts for {now[first] / total:.1%} of shipments.",
            (
                f"{z} accounts for {now[first] / total:.1%} of shipments.",
                f"{a} accounts for {now[first] / total + 0.07:.1%} of shipments.",
            ),
        )
        yield Said(
            f"{a} was {money(now[first] - now[last], lang)} higher than {z}.",
            (
                f"{a} was {money(now[first] - now[last], lang)} lower than {z}.",
                f"{z} was {money(now[first] - now[last], lang)} higher than {a}.",
            ),
        )
        yield Said(
            f"{a} was {now[first] / now[last]:.2f} times {z}.",
            (
                f"{z} was {now[first] / now[last]:.2f} times {a}.",
                f"{a} was {now[first] / now[last] * 1.4:.2f} times {z}.",
            ),
        )
        yield Said(
            f"{a} and {b} recorded {x} and {y} respectively.",
            (
                f"{b} and {a} recorded {x} and {y} respectively.",
                f"{a} and {b} recorded {y} and {x} respectively.",
            ),
        )
    yield from of_changes(lang, names, now, before)


def of_changes(
    lang: str, names: tuple[str, ...], now: list[int], before: list[int]
) -> Iterator[Said]:
    """How an area changed, and how many went which way."""
    i = max(range(len(now)), key=lambda k: abs(now[k] / before[k] - 1))
    rise, rate = now[i] > before[i], f"{abs(now[i] / before[i] - 1):.1%}"
    old, new, gap = (
        money(before[i], lang),
        money(now[i], lang),
        money(abs(now[i] - before[i]), lang),
    )
    up = sum(1 for a, b in zip(now, before, strict=True) if a > b)
    name = names[i]
    if lang == "zh":
        went, other = ("上升", "下降") if rise else ("下降", "上升")
        yield Said(
            f"{name}环比{went} {rate}。",
            (
                f"{name}环比{other} {rate}。",
                f"{name}同比{went} {rate}。",
                f"{name}环比{went} {rate[:-1]} 个百分点。",
            ),
        )
        yield Said(
            f"{name}从 {old}{'增至' if rise else '降至'} {new}。",
            (
                f"{name}从 {new}{'增至' if rise else '降至'} {old}。",
                f"{name}从 {old}{'降至' if rise else '增至'} {new}。",
            ),
        )
        yield Said(
            f"{name}较 8 月{'增加' if rise else '减少'} {gap}。",
            (
                f"{name}较 7 月{'增加' if rise else '减少'} {gap}。",
                f"{name}较 2025 年 8 月{'增加' if rise else '减少'} {gap}。",
                f"{name}较 8 月{'减少' if rise else '增加'} {gap}。",
            ),
        )
        if up:
            yield Said(
                f"{len(now)} 个片区中有 {up} 个上升。",
                (
                    f"{len(now)} 个片区中有 {up + 1} 个上升。",
                    f"{len(now) + 1} 个片区中有 {up} 个上升。",
                ),
            )
    else:
        went, other = ("rose", "fell") if rise else ("fell", "rose")
        yield Said(
            f"{name} {went} {rate} month over month.",
            (
                f"{name} {other} {rate} month over month.",
                f"{name} {went} {rate} year over year.",
                f"{name} {went} {rate[:-1]} points month over month.",
            ),
        )
        yield Said(
            f"{name} {went} from {old} to {new}.",
            (f"{name} {went} from {new} to {old}.", f"{name} {other} from {old} to {new}."),
        )
        yield Said(
            f"{name} {went} by {gap} compared with August.",
            (
                f"{name} {went} by {gap} compared with July.",
                f"{name} {went} by {gap} compared with August 2025.",
                f"{name} {other} by {gap} compared with August.",
            ),
        )
        if up:
            yield Said(
                f"{up} of the {len(now)} areas rose.",
                (
                    f"{up + 1} of the {len(now)} areas rose.",
                    f"{up} of the {len(now) + 1} areas rose.",
                ),
            )


def of_months(lang: str, cells: list[int]) -> Iterator[Said]:
    """Peaks, steps, sums, averages and bounds of a series."""
    high, low = cells.index(max(cells)), cells.index(min(cells))
    step = max(range(1, len(cells)), key=lambda i: abs(cells[i] / cells[i - 1] - 1))
    rise, rate = cells[step] > cells[step - 1], f"{abs(cells[step] / cells[step - 1] - 1):.1%}"
    top, mean, quarter = (
        money(cells[high], lang),
        money(sum(cells) / len(cells), lang),
        sum(cells[:3]),
    )
    if lang == "zh":
        m = [f"{i + 1} 月" for i in range(len(cells))]
        went, other = ("增长", "下降") if rise else ("下降", "增长")
        yield Said(
            f"出货量在 {m[high]}达到最高，为 {top}。",
            (
                f"出货量在 {m[low]}达到最高，为 {top}。",
                f"出货量在 {m[high]}达到最低，为 {top}。",
                f"出货量在 2025 年 {m[high]}达到最高，为 {top}。",
            ),
        )
        yield Said(
            f"{m[step]}环比{went} {rate}。",
            (f"{m[step]}环比{other} {rate}。", f"{m[step]}环比{went} {rate[:-1]} 个百分点。"),
        )
        yield Said(
            f"一季度合计 {money(quarter, lang)}。",
            (
                f"一季度合计 {much(quarter, lang)}。",
                f"二季度合计 {money(quarter, lang)}。",
                f"2025 年一季度合计 {money(quarter, lang)}。",
            ),
        )
        yield Said(
            f"月均出货量 {mean}。",
            (f"月均出货量 {money(sum(cells), lang)}。", f"日均出货量 {mean}。"),
        )
    else:
        m = list(MONTHS)
        went, other = ("rose", "fell") if rise else ("fell", "rose")
        yield Said(
            f"Shipments peaked in {m[high]} at {top}.",
            (
                f"Shipments peaked in {m[low]} at {top}.",
                f"Shipments bottomed in {m[high]} at {top}.",
                f"Shipments peaked in {m[high]} 2025 at {top}.",
            ),
        )
        yield Said(
            f"In {m[step]} shipments {went} {rate} month over month.",
            (
                f"In {m[step]} shipments {other} {rate} month over month.",
                f"In {m[step]} shipments {went} {rate[:-1]} points.",
            ),
        )
        yield Said(
            f"The first quarter totalled {money(quarter, lang)}.",
            (
                f"The first quarter totalled {much(quarter, lang)}.",
                f"The second quarter totalled {money(quarter, lang)}.",
                f"The first quarter of 2025 totalled {money(quarter, lang)}.",
            ),
        )
        yield Said(
            f"Shipments averaged {mean} a month.",
            (
                f"Shipments averaged {money(sum(cells), lang)} a month.",
                f"Shipments averaged {much(sum(cells) / len(cells), lang)} a month.",
            ),
        )


def apart(values: list[int]) -> bool:
    """Whether no two values can be taken for each other when rounded."""
    ordered = sorted(values)
    return all(b > 1.04 * a for a, b in pairwise(ordered))


def _cells(least: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(120_000, 990_000), min_size=least, max_size=most).filter(apart)


#: Shrinking a statement takes minutes and says no more than the statement itself.
fast = settings(max_examples=30, phases=(Phase.explicit, Phase.generate))
langs = st.sampled_from(("zh", "en"))


def _hold(said: Iterator[Said], answer: Answer) -> None:
    evidence = evidence_of(answer, today=TODAY)
    for one in said:
        assert check(one.true, evidence) == (), one.true
        passed = [w for w in one.wrong if not check(w, evidence)]
        assert passed == [], one.true


@fast
@given(lang=langs, data=st.data(), now=_cells(3, 6))
def test_statements_about_groups(lang: str, data: st.DataObject, now: list[int]):
    moved = st.lists(st.sampled_from((0.55, 0.71, 0.86, 1.17, 1.38, 1.9)), min_size=len(now), max_size=len(now), unique=True)  # fmt: skip
    before = [round(n / f) for n, f in zip(now, data.draw(moved), strict=True)]
    _hold(of_areas(lang, now, before), keyed(lang, now, before))


@fast
@given(lang=langs, cells=_cells(6, 9))
def test_statements_about_a_series(lang: str, cells: list[int]):
    _hold(of_months(lang, cells), monthly(lang, cells))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_of_statement_is_made(lang: str):
    """The templates above are not left out by a condition."""
    now, before = [300_000, 420_000, 610_000], [260_000, 500_000, 400_000]
    assert len(list(of_areas(lang, now, before))) == 11
    assert len(list(of_months(lang, [*now, 200_000, 250_000, 720_000]))) == 4
