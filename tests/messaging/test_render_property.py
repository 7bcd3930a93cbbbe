"""Whatever the answer holds: no limit is broken, nothing raises, headline and basis stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answer import (
    Answer,
    Basis,
    Chart,
    Clarify,
    ClarifyChoice,
    ErrorInfo,
    Table,
    TableColumn,
    TimeBasis,
)
from bots.render.measure import cut, utf8, utf16
from bots.render.told import headline
from bots.simulators.slack.rules import problems
from bots.slack.render import CLASSIC, Caps, Context, Message, render
from bots.wecom import limits
from bots.wecom.render import render as render_wecom
from bots.wecom.split import split

SAMPLES = ["本月线索 1,284 条，环比 +8.3%", "👩‍👩‍👧‍👦", "שלום עולם", "é" * 3, "<!channel> & <@U1>", "| a | b |", "", "```", "\N{RIGHT-TO-LEFT OVERRIDE}x", "万" * 700, "[x](http://e.invalid) <@all> @all <font color='red'>"]  # fmt: skip
texts = st.one_of(
    st.sampled_from(SAMPLES),
    st.text(max_size=60),
    st.text(alphabet="数据华东🙂a<&\n", max_size=4000),
)
names = st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(["华东" * 20, "区域", "<b>"]))
cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([10**30, -(10**400), 1e308, 5e-324]),
    st.floats(allow_nan=True), names,
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, name: str) -> Table:
    wide = draw(st.integers(1, 24))
    long = draw(st.sampled_from([0, 1, 2, 9, 60, 500]))
    columns = tuple(
        TableColumn(
            name=f"c{i}",
            label=draw(names),
            type="string" if i == 0 else "number",
            kind=draw(st.sampled_from(["dimension", "time"])) if i == 0 else "value",
            unit=draw(st.sampled_from(["", "%", "CNY", "lead"])),
            additive=draw(st.booleans()),
        )
        for i in range(wide)
    )
    pool = draw(st.lists(cells, min_size=3, max_size=7))
    shift = draw(st.integers(0, 5))
    rows = tuple(
        tuple(f"{pool[r % len(pool)]}{r}" if i == 0 else pool[(r * shift + i) % len(pool)] for i in range(wide))
        for r in range(long)
    )  # fmt: skip
    return Table(name=name, columns=columns, rows=rows, total_rows=long + draw(st.integers(0, 900)))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    found = tuple(draw(tables(f"t{i}")) for i in range(draw(st.integers(0, 3))))
    charts = tuple(
        Chart(
            mark=draw(st.sampled_from(["line", "bar", "grouped_bar", "stacked_bar", "pie", "histogram", "funnel"])),
            table=t.name,
            x="" if draw(st.booleans()) else t.columns[0].name,
            y=tuple(c.name for c in t.columns[1:3]),
            title=draw(texts),
            alt=draw(texts),
        )
        for t in found
    )  # fmt: skip
    metric = {"id": "m", "label": draw(names), "formula": draw(texts), "basis": draw(texts)}
    return Answer(
        status=draw(
            st.sampled_from(["answered", "clarify", "refused", "denied", "empty", "error"])
        ),
        question=draw(texts),
        lang=draw(st.sampled_from(["zh", "en"])),
        headline=draw(texts),
        text=draw(texts),
        tables=found,
        charts=charts,
        basis=Basis(
            metrics=(metric,) * draw(st.integers(0, 4)),
            as_of="2026-10-27",
            timezone="Asia/Shanghai",
            scope=draw(names),
            time=TimeBasis(start="2026-01-01", grain=draw(st.sampled_from([None, "month"]))),
            sql=("SELECT 1",),
            assumptions=(draw(texts),),
        ),
        clarify=Clarify(
            question=draw(texts),
            choices=tuple(
                ClarifyChoice(label=draw(texts), value=draw(names))
                for _ in range(draw(st.integers(0, 30)))
            ),
        ),
        followups=tuple(draw(st.lists(texts, max_size=5))),
        warnings=tuple(draw(st.lists(texts, max_size=4))),
        error=ErrorInfo(code="X", message=draw(texts), hint=draw(texts)),
    )


def strings(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(strings(v) for v in value.values())
    if isinstance(value, list | tuple):
        return " ".join(strings(v) for v in value)
    return str(value)


def flat(text: str) -> str:
    return "".join(text.split())


CONTEXT = Context("ans-1", asker="U1", web_url="https://example.invalid/a/ans-1")


@pytest.mark.parametrize("caps", [Caps(), Caps(tables="table"), CLASSIC], ids=["2026", "table", "classic"])  # fmt: skip
@settings(max_examples=60)
@given(answers())
def test_slack_keeps_every_limit_and_the_point(caps: Caps, answer: Answer):
    message = render(answer, CONTEXT, caps)
    payload = {
        "text": message.text,
        "blocks": json.loads(json.dumps(message.blocks, allow_nan=False)),
    }
    assert problems(payload, native=caps.charts) == ("", [])
    assert 0 < utf16(message.text) <= 4_000
    first = "".join(e["text"] for e in message.blocks[0]["elements"][0]["elements"])
    assert first == cut(headline(answer), 1_500)
    assert "2026-10-27" in strings(message.blocks[1:])
    assert "2026-10-27" in message.text
    assert "<!channel>" not in message.text
    assert "<@" not in message.text


@pytest.mark.parametrize("surface", limits.SURFACES.values(), ids=limits.SURFACES)
@settings(max_examples=60)
@given(answers())
def test_wecom_keeps_every_limit_and_the_point(surface: limits.Surface, answer: Answer):
    messages = render_wecom(answer, "ans-1", surface, web_url="https://example.invalid/a")
    written = [m for m in messages if m.kind == "markdown"]
    assert 1 <= len(written) <= surface.parts
    assert all(0 < utf8(m.content) <= surface.markdown for m in written)
    assert "2026-10-27" in written[-1].content
    opening = flat(headline(answer))[:8].replace("<", "＜")
    assert opening[:1] in flat(written[0].content).replace("<", "＜")
    text = "\n".join(m.content for m in written)
    assert "<@" not in text
    assert "<font" not in text
    for message in messages:
        if message.card is not None:
            check_card(message.card)
    assert len({m.key for m in messages}) == len(messages)


def check_card(card: dict[str, Any]) -> None:
    assert len(card["main_title"]["title"]) <= 26
    assert len(card["main_title"].get("desc", "")) <= 30
    rows = card.get("horizontal_content_list", [])
    assert len(rows) <= 6
    assert all(0 < len(r["keyname"]) <= 5 and len(r["value"]) <= 26 for r in rows)
    buttons = card.get("button_list", [])
    assert len(buttons) <= 6
    assert all(0 < len(b["text"]) <= 10 and utf8(b["key"]) <= 1024 for b in buttons)
    if card["card_type"] == "button_interaction":
        assert buttons
    else:
        assert card["card_action"]["url"]


@settings(max_examples=200)
@given(st.text(alphabet="数a🙂|\n`- ", max_size=3000), st.integers(64, 400))
def test_split_never_exceeds_and_never_loses_a_character(text: str, limit: int):
    parts, lost = split(text, limit, parts=10**6)
    assert not lost
    assert all(utf8(p) <= limit for p in parts)
    # A repeated table header or fence may add; nothing else may go.
    for char in "数a🙂":
        assert "".join(parts).count(char) >= text.count(char)


@settings(max_examples=300)
@given(st.text(max_size=80), st.integers(0, 60))
def test_cut_fits_in_every_measure(text: str, limit: int):
    for measure in (utf8, utf16):
        short = cut(text, limit, measure)
        assert measure(short) <= limit
        assert short == text or measure(text) > limit


def test_a_family_of_emoji_is_not_torn():
    assert cut("ab👩‍👩‍👧‍👦cd", 9) == "ab…"


def test_keys_do_not_depend_on_the_run():
    answer = Answer(status="answered", question="q", lang="en", headline="1 lead")
    assert render(answer, CONTEXT) == render(answer, CONTEXT)
    assert isinstance(render(answer, CONTEXT), Message)
