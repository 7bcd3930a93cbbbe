"""Leads and customers in Slack and WeCom: the point first, buttons that go on, rights that hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Assistant
from bots.render.measure import clean, one_line, utf8
from bots.render.told import body, headline
from bots.simulators.slack.rules import problems
from bots.simulators.wecom.state import Company as State
from bots.simulators.wecom.state import check
from bots.slack.blocks import spans
from bots.slack.render import Caps, Context, render
from bots.web.view import view_of
from bots.wecom import limits
from bots.wecom.render import render as render_wecom

LEAD = "介绍一下线索 L000123"
CALLS = "先跟进谁"
ASKED = {
    LEAD: "summarize_lead",
    "summarize lead L000123": "summarize_lead",
    CALLS: "rank_leads",
    "who should I call first": "rank_leads",
    "有哪些沉睡客户": "find_dormant_customers",
    "健康度最低的客户": "account_health",
    "介绍一下客户 A002517": "summarize_account",
}


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(company: Assistant) -> Ask:
    """Asks, and keeps the answers: several tests look at the same ones."""
    return cache(lambda question, asker="manager": company.ask(question, asker=asker))


def strings(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(strings(v) for v in value.values())
    if isinstance(value, list | tuple):
        return " ".join(strings(v) for v in value)
    return str(value)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("question", ASKED)
def test_slack_shows_who_it_is_about_and_then_the_rest(ask: Ask, question: str):
    answer = ask(question)
    assert answer.status == "answered"
    assert answer.plan[0]["tool"] == ASKED[question]
    message = render(answer, Context("a1", asker="U1"))
    payload = {"text": message.text, "blocks": json.loads(json.dumps(message.blocks))}
    assert problems(payload, native=True) == ("", [])
    pieces = message.blocks[0]["elements"][0]["elements"]
    assert "".join(p["text"] for p in pieces) == headline(answer)
    assert answer.headline.startswith(headline(answer))
    assert flat(answer.headline + answer.text) in flat(message.text)
    buttons = [e for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    offered = [e for e in buttons if e["action_id"].startswith("askmql.followup")]
    assert [e["text"]["text"] for e in offered] == list(answer.followups[:3])
    assert all(e["visible_to_user_ids"] == ["U1"] for e in offered)


@pytest.mark.parametrize("surface", limits.SURFACES.values(), ids=limits.SURFACES)
@pytest.mark.parametrize("question", ASKED)
def test_wecom_shows_who_it_is_about_within_every_limit(
    ask: Ask, question: str, surface: limits.Surface
):
    answer = ask(question)
    texts = [m for m in render_wecom(answer, "a1", surface) if m.kind == "markdown"]
    assert headline(answer)[:20] in texts[0].content.splitlines()[0]
    assert all(utf8(m.content) <= surface.markdown for m in texts)
    cards = [m.card for m in render_wecom(answer, "a1", surface) if m.kind == "card"]
    assert len(cards) == bool(answer.followups and surface.buttons)
    for card in cards:
        sent = {"msgtype": "template_card", "template_card": card}
        assert check("bot", sent, State(time.time)) == (0, "ok")


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        (CALLS, "summarize_lead"),
        ("who should I call first", "summarize_lead"),
        ("有哪些沉睡客户", "summarize_account"),
    ],
)
def test_a_list_goes_on_to_each_of_its_first(ask: Ask, question: str, tool: str):
    answer = ask(question)
    first = [str(row[0]) for row in answer.tables[0].rows[:3]]
    assert [f.split()[-1] for f in answer.followups] == first
    one = ask(answer.followups[0])
    assert (one.status, one.plan[0]["tool"]) == ("answered", tool)
    assert (one.lang, one.followups) == (answer.lang, ())


def test_the_buttons_of_wecom_name_whole_numbers(ask: Ask):
    answer = ask(CALLS)
    (card,) = (m.card for m in render_wecom(answer, "a1", limits.BOT) if m.kind == "card")
    assert card is not None
    shown = [b["text"].removeprefix("…") for b in card["button_list"]]
    assert shown == [str(row[0]) for row in answer.tables[0].rows[:3]]


def names_of(answer: Answer) -> set[str]:
    table = answer.tables[0]
    at = [c.name for c in table.columns].index("name")
    return {str(row[at]) for row in table.rows if row[at]}


@pytest.mark.parametrize("question", [LEAD, CALLS])
def test_whose_rights_hide_names_sees_none_in_any_message(ask: Ask, question: str):
    names = names_of(ask(CALLS))
    who = ask(LEAD).headline.split("，")[0]
    answer = ask(question, "analyst")
    assert answer.status == "answered"
    slack = render(answer, Context("a1"), Caps())
    said = [strings(slack.blocks), slack.text]
    for surface in limits.SURFACES.values():
        said += [strings((m.content, m.card)) for m in render_wecom(answer, "a1", surface)]
    assert names
    assert not [n for n in {*names, who} for text in said if n in text]


@pytest.mark.parametrize("question", [LEAD, CALLS, "有哪些沉睡客户"])
def test_the_page_begins_with_the_point_and_has_a_receipt(ask: Ask, question: str):
    answer = ask(question)
    view = view_of("a1", answer)
    assert view.headline == headline(answer)
    assert flat("".join(view.paragraphs)) == flat(body(answer))
    receipt = " ".join(text for _, text in view.receipt)
    assert answer.basis.as_of in receipt
    assert answer.basis.scope in receipt
    assert all(a in receipt for a in answer.basis.assumptions)


def test_what_was_not_computed_has_no_receipt(ask: Ask):
    assert view_of("a1", ask("帮我算一下火星的利润")).receipt == ()


def test_a_lead_of_another_team_is_not_shown(ask: Ask):
    answer = ask(LEAD, "rep_001")
    assert answer.status != "answered"
    who = ask(LEAD).headline.split("，")[0]
    assert who not in strings(render(answer, Context("a1")).blocks)


def test_numbers_and_dates_are_bold_and_ids_are_not():
    said = "客户（A002517）在2026-10-27下单 ¥51,614.5 万，环比 -3.1%，L7"
    bold = [p["text"] for p in spans(said) if p.get("style")]
    assert bold == ["2026-10-27", "¥51,614.5 万", "-3.1%"]
    assert "".join(p["text"] for p in spans(said)) == said


@given(
    st.text(alphabet="数据AB。！？.!? 1，", max_size=300),
    st.text(alphabet="线索 ab。\n", max_size=60),
)
def test_a_long_headline_is_parted_and_nothing_is_lost(head: str, text: str):
    answer = Answer(status="answered", question="q", lang="zh", headline=head, text=text)
    whole = one_line(head) or "回答"
    assert flat(headline(answer) + body(answer)) == flat(whole + clean(text))
    assert whole.startswith(headline(answer))
