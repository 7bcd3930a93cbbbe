"""Plain text, mail and page of any answer: never an error, headline and basis always there."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.answer import Answer, Basis, Chart, Clarify, ClarifyChoice, Table, TableColumn
from bots.render.email import to_email, to_email_html
from bots.render.html import to_page
from bots.render.plain import to_plain
from bots.web.view import MAX_ROWS, tile_of, view_of

WORDS = st.text(
    st.sampled_from("线索 成本aZ09<>&\"'%—🙂👩‍👩‍👧‍👦שלוםمرحبا\u202e\n\t，。{}"),
    min_size=1,
    max_size=60,
).filter(str.strip)
NUMBERS = st.none() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    kinds = draw(st.lists(st.sampled_from(["dimension", "value", "time"]), min_size=1, max_size=5))
    columns = tuple(
        TableColumn(
            name=f"c{i}",
            label=draw(WORDS),
            type={"value": "number", "time": "date"}.get(kind, "string"),
            kind=kind,
            unit=draw(st.sampled_from(["", "%", "CNY", "lead"])) if kind == "value" else "",
        )
        for i, kind in enumerate(kinds)
    )
    cells = {"value": NUMBERS, "time": st.none() | st.just("2026-01-01"), "dimension": WORDS}
    few = draw(st.lists(st.tuples(*(cells[k] for k in kinds)), max_size=6))
    rows = tuple(few) * draw(st.sampled_from([1, 1, 100]))
    table = Table(
        name="r", columns=columns, rows=rows, total_rows=len(rows) + draw(st.integers(0, 9))
    )
    values = tuple(c.name for c in columns if c.kind == "value")
    keys = [c.name for c in columns if c.kind != "value"]
    chart = Chart(mark="bar", table="r", x=(keys or [""])[0], y=values, title=draw(WORDS))
    return Answer(
        status=draw(
            st.sampled_from(["answered", "clarify", "refused", "denied", "empty", "error"])
        ),
        question=draw(WORDS),
        lang=draw(st.sampled_from(["zh", "en"])),
        headline=draw(WORDS),
        text=draw(WORDS),
        tables=(table,),
        charts=(chart,) if keys and values else (),
        clarify=Clarify(choices=(ClarifyChoice(label=draw(WORDS), value="1"),)),
        warnings=(draw(WORDS),),
        followups=(draw(WORDS),),
        basis=Basis(as_of="2026-10-27", scope="SCOPE", timezone="Asia/Shanghai"),
    )


@given(answers())
def test_headline_and_basis_are_never_lost(answer: Answer) -> None:
    html = to_email_html(answer)
    for text in (to_plain(answer), unescape(html), unescape(to_page(answer))):
        assert answer.headline in text
        assert "SCOPE" in text
    assert "<script" not in html
    assert len(html) < 100_000


@given(answers())
def test_what_is_cut_is_said(answer: Answer) -> None:
    total = max(answer.tables[0].total_rows, len(answer.tables[0].rows))
    if answer.status == "answered" and len(answer.tables[0].rows) > 30:
        assert str(total) in to_plain(answer)
        assert str(total) in to_email_html(answer)
    view = view_of("id", answer)
    hidden = len(answer.tables[0].rows) - MAX_ROWS
    if view.tables and hidden > 0:
        assert str(hidden) in view.tables[0].note


@given(answers())
def test_tile_of_any_answer(answer: Answer) -> None:
    tile = tile_of(answer)
    assert tile.headline == answer.headline
    assert all(0 <= row.share <= 100 for row in tile.rows)


def test_mail_has_text_html_and_the_chart(starforge: Assistant) -> None:
    answer = starforge.ask("上季度各渠道线索成本")
    sent = to_email(answer, to="reader@example.com", sender="bot@example.com").as_bytes()
    mail = message_from_bytes(sent, policy=email.policy.default)
    assert mail["Subject"] == answer.headline[:120]
    text, html, picture = [p for p in mail.walk() if not p.is_multipart()]
    assert "线下活动" in text.get_content()
    assert "cid:chart" in html.get_content()
    assert picture["Content-ID"] == "<chart>"
    assert picture.get_content().startswith(b"\x89PNG")


def test_columns_line_up_with_wide_characters(starforge: Assistant) -> None:
    text = to_plain(starforge.ask("上季度各渠道线索成本"))
    lines = [line for line in text.splitlines() if line.endswith(("¥2,475.55", "¥139.26"))]
    assert len(lines) == 2
    assert lines == ["线下活动  ¥2,475.55", "官网        ¥139.26"]
