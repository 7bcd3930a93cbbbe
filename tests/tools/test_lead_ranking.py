"""Rule scores, call lists and what salespeople say themselves."""

from __future__ import annotations

import pytest

from semantic_layer import QueryError
from semantic_layer.loader import read_files
from semantic_layer.validate import validate
from tools import get_tool


def run(name, context, **args):
    return get_tool(name).run(args, context)


def test_distribution_counts_every_visible_lead(ask_as, hand):
    for user, where in (("manager", "true"), ("rep_001", "owner_id = 'rep_001'")):
        found = run("score_leads", ask_as(user), limit=1)
        ((leads,),) = hand(f"SELECT count(*) FROM leads WHERE {where}")
        assert found.total == leads == sum(x.leads for x in found.levels)


def test_scores_are_sorted_and_bounded(ask_as):
    rows = run("score_leads", ask_as(), limit=50).rows
    scores = [r.score.score for r in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 100 for s in scores)


def test_level_needs_what_it_requires(ask_as):
    """`sql` requires two of form, download, attend, wecom, however many points there are."""
    rows = run("score_leads", ask_as(), level="sql", limit=50).rows
    assert rows
    for row in rows:
        held = {r.rule for r in row.score.reasons} & {"form", "download", "attend", "wecom"}
        assert len(held) >= 2
        assert row.score.score >= 50


def test_unknown_level_is_refused(ask_as):
    with pytest.raises(QueryError) as error:
        run("rank_leads", ask_as(), level="hot")
    assert error.value.code == "UNKNOWN_LEVEL"
    assert set(error.value.candidates) == {"sql", "mql"}


def test_call_list_has_only_open_leads_without_a_deal(ask_as, hand):
    rows = run("rank_leads", ask_as(), limit=100).rows
    for row in rows:
        ((gone, twin, deals),) = hand(
            """SELECT disqualified_at, duplicate_of, (SELECT count(*) FROM opportunities o WHERE o.lead_id = l.lead_id)
               FROM leads l WHERE lead_id = ?""",
            row.lead,
        )
        assert (gone, twin, deals) == (None, None, 0)
    priorities = [r.priority for r in rows]
    assert priorities == sorted(priorities, reverse=True)


def test_call_list_by_owner(ask_as, hand):
    ((name,),) = hand("SELECT name FROM org WHERE person_id = 'rep_001'")
    by_id = run("rank_leads", ask_as(), owner="rep_001")
    assert {r.owner for r in by_id.rows} == {name}
    mine = run("rank_leads", ask_as("rep_001"))
    assert [r.lead for r in mine.rows] == [r.lead for r in by_id.rows]


def test_own_score_lifts_a_lead_and_is_shown(ask_as):
    context = ask_as("rep_001")
    last = run("rank_leads", context, limit=60).rows[-1]
    run("judge_lead", context, lead=last.lead, comment="老板已口头同意", score=100)
    first = run("rank_leads", context, limit=3).rows[0]
    assert first.lead == last.lead
    assert "judged" in first.flags
    assert first.score.judgement is not None
    assert first.score.judgement.comment == "老板已口头同意"
    assert first.score.judgement.author == "rep_001"
    assert first.score.score == last.score.score  # the rules' own score stays as it is
    summary = run("summarize_lead", context, lead=last.lead)
    assert summary.score.judgement.score == 100


def test_judgement_beyond_the_scale_is_refused(ask_as):
    with pytest.raises(QueryError):
        run("judge_lead", ask_as(), lead="L035000", comment="x", score=101)


def test_nobody_judges_a_lead_they_cannot_see(ask_as, hand):
    ((other,),) = hand("SELECT lead_id FROM leads WHERE owner_id <> 'rep_001' ORDER BY 1 LIMIT 1")
    with pytest.raises(QueryError) as error:
        run("judge_lead", ask_as("rep_001"), lead=other, comment="x")
    assert error.value.code == "LEAD_NOT_FOUND"


BASE = """\
dimensions: {channel: {label: Channel}}
models:
  leads: {source: leads, key: [id], dims: {channel: channel}}
roles:
  lead: {model: leads, id: id, at: created_at}
scoring:
"""


def issues(body: str) -> list[tuple[str, int]]:
    from semantic_layer.errors import DefinitionError

    try:
        found = validate(
            read_files({"s.yml": BASE + body}),
            {"leads": {"id": "BIGINT", "created_at": "TIMESTAMP", "channel": "VARCHAR"}},
        )
    except DefinitionError as error:
        found = error.issues
    return [(i.code, i.line) for i in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  attributes: []\n", []),
        (
            "  attributes:\n    - {id: a, label: A, when: chanel = 'x', points: 1}\n",
            [("UNKNOWN_COLUMN", 8)],
        ),
        (
            "  attributes:\n    - {id: a, label: A, when: 'channel =', points: 1}\n",
            [("BAD_EXPRESSION", 8)],
        ),
        (
            "  behaviours:\n    - {id: a, label: A, when: channel = 'x', points: 1}\n",
            [("MISSING_ROLE", 7)],
        ),
        ("  model: {outcome: won, within: 90 days}\n", [("MISSING_ROLE", 7)]),
    ],
)
def test_scoring_mistakes_have_a_line(body, expected):
    assert issues(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "  levels:\n    - {id: hot, label: Hot}\n",
        "  levels:\n    - {id: hot, label: Hot, any_of: {at_least: 2, of: [a]}}\n",
        "  levels:\n    - {id: hot, label: Hot, any_of: {at_least: 1, of: [nobody]}}\n",
        "  attributes:\n    - {id: a, label: A, when: 'true', points: 1}\n    - {id: a, label: A, when: 'true', points: 1}\n",
    ],
)
def test_levels_that_can_never_hold_are_refused(body):
    assert [code for code, _ in issues(body)] != []
