"""Leads asked about as a salesperson asks: hot ones, one by number, why this score, which namesake."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("question", ["这周我的高意向线索", "my hot leads this week"])
def test_hot_leads_of_a_period(starforge, question):
    answer = starforge.ask(question)
    assert answer.status == "answered"
    (call,) = answer.plan
    assert call["tool"] == "rank_leads"
    assert call["args"]["level"] == "sql"
    assert call["args"]["time"] == {"start": "2026-10-26", "end": "2026-10-28"}
    created = [c.name for c in answer.tables[0].columns].index("created")
    assert all("2026-10-26" <= row[created] <= "2026-10-27" for row in answer.tables[0].rows)


def test_a_bare_number_finds_the_one_lead_of_that_number(starforge):
    answer = starforge.ask("summarize lead 1024")
    assert answer.status == "answered"
    assert "L001024" in answer.headline


def test_why_the_score_follows_the_lead_under_discussion(starforge):
    starforge.ask("介绍一下线索 L035000", conversation="why-1")
    answer = starforge.ask("为什么他的分数这么高", conversation="why-1")
    assert answer.plan[0]["args"] == {"lead": "L035000", "about": "score"}
    assert "得分来自" in answer.text
    assert "官网访问" not in answer.text


def test_why_the_score_of_nobody_asks_back(starforge):
    assert starforge.ask("为什么他的分数这么高").status == "clarify"


def test_namesakes_are_offered_and_one_can_be_chosen(starforge):
    answer = starforge.ask("介绍一下线索 王静", conversation="namesake")
    assert answer.status == "clarify"
    assert len(answer.clarify.choices) > 1
    chosen = starforge.ask("1", conversation="namesake")
    assert chosen.status == "answered"
    assert answer.clarify.choices[0].label.split()[-1] in chosen.headline
