"""The sample company's funnel against governed metrics, hand SQL and planted truths."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer import DeniedError, Query, QueryError
from semantic_layer.demo import truths as t
from semantic_layer.query import Filter, TimeRange

Q3 = {"start": "2026-07-01", "end": "2026-10-01", "grain": "quarter"}
ASKERS = ("manager", "manager_east", "lead_east1", "rep_001")


def entered(result: Any) -> dict[str, int]:
    return {row.stage: row.entered for row in result.total}


def codes(result: Any) -> set[str]:
    return {n.code for n in result.notes}


def metric(sample: Any, name: str, asker: str, **parts: Any) -> Any:
    query = Query(metrics=(name,), time=TimeRange.model_validate(Q3), **parts)
    return sample.layer.run(query, sample.layer.scope(asker))


@pytest.mark.parametrize("asker", ASKERS)
def test_event_view_equals_governed_metrics(sample: Any, asker: str) -> None:
    result = sample.run("analyze_funnel", asker, view="event", time=Q3)
    named = {s.id: s.metric for s in result.stages}
    for row in result.total[:-1]:
        ((value,),) = metric(sample, named[row.stage], asker).rows
        assert row.entered == (value or 0), row.stage
    ((cash,),) = metric(sample, named["payment"], asker).rows
    assert result.total[-1].amount == pytest.approx(cash or 0, abs=0.001)


def test_event_view_by_region_equals_governed_metrics(sample: Any) -> None:
    result = sample.run("analyze_funnel", "manager", view="event", time=Q3, by="region")
    for stage, name in (("lead", "leads"), ("sql", "sqls"), ("order", "won_orders")):
        known = dict(metric(sample, name, "manager", dimensions=("region",)).rows)
        assert {r.group: r.entered for r in result.rows if r.stage == stage and r.entered} == known


HAND = """
WITH l AS (
  SELECT lead_id, CAST(created_at + INTERVAL 8 HOUR AS DATE) AS d0,
         CAST(mql_at + INTERVAL 8 HOUR AS DATE) AS d1, CAST(sql_at + INTERVAL 8 HOUR AS DATE) AS d2
  FROM leads WHERE created_at >= TIMESTAMP '2026-06-30 16:00:00' AND created_at < TIMESTAMP '2026-09-30 16:00:00'
), o AS (
  SELECT l.lead_id, p.opportunity_id, p.created_on, p.amount FROM l JOIN opportunities p USING (lead_id)
  WHERE l.d2 IS NOT NULL AND p.created_on >= l.d2
), r AS (
  SELECT o.lead_id, s.order_id, s.opportunity_id, s.signed_on, s.amount FROM o JOIN orders s USING (opportunity_id)
  WHERE s.cancelled_on IS NULL AND s.signed_on >= o.created_on
), y AS (
  SELECT r.lead_id, q.payment_id, q.amount FROM r JOIN payments q
    ON q.order_id IN (SELECT order_id FROM orders z WHERE z.opportunity_id = r.opportunity_id)
   AND q.paid_on >= r.signed_on
)
SELECT (SELECT COUNT(*) FROM l), (SELECT COUNT(d1) FROM l), (SELECT COUNT(d2) FROM l),
       (SELECT COUNT(DISTINCT lead_id) FROM o), (SELECT COUNT(DISTINCT lead_id) FROM r),
       (SELECT COUNT(DISTINCT lead_id) FROM y), (SELECT SUM(amount) FROM o),
       (SELECT COUNT(*) FROM r), (SELECT SUM(amount) FROM r),
       (SELECT SUM(amount) FROM (SELECT DISTINCT payment_id, amount FROM y)),
       (SELECT MEDIAN(date_diff('day', d0, d1)) FROM l), (SELECT QUANTILE_CONT(date_diff('day', d1, d2), 0.9) FROM l)
"""


def test_cohort_view_equals_hand_sql(sample: Any) -> None:
    result = sample.run("analyze_funnel", "manager", time=Q3)
    ((*counts, opened, orders, won, paid, median, p90),) = sample.hand(HAND)
    assert [row.entered for row in result.total] == counts
    by_stage = {row.stage: row for row in result.total}
    assert by_stage["opportunity"].amount == pytest.approx(float(opened))
    assert (by_stage["order"].items, by_stage["order"].amount) == (
        orders,
        pytest.approx(float(won)),
    )
    assert by_stage["payment"].amount == pytest.approx(float(paid))
    assert by_stage["lead"].median_days == median
    assert by_stage["mql"].p90_days == pytest.approx(p90)


def test_mql_to_sql_within_days_equals_the_conversion_metric(sample: Any) -> None:
    result = sample.run(
        "analyze_funnel", "manager", stages=("mql", "sql"), time=Q3, within_days=30, by="channel"
    )
    known = dict(metric(sample, "mql_to_sql_rate", "manager", dimensions=("channel",)).rows)
    rates = {r.group: r.rate for r in result.rows if r.stage == "mql"}
    assert rates == {group: pytest.approx(rate) for group, rate in known.items()}


def test_east_china_events(sample: Any) -> None:
    """Planted truth 9, in both views."""
    events = Filter(dimension="campaign_type", values=t.EVENT_TYPES)
    region = Filter(dimension="region", values=(t.EAST_EVENTS.region,))
    e = t.EAST_EVENTS
    for view in ("cohort", "event"):
        result = sample.run(
            "analyze_funnel",
            "manager",
            view=view,
            time=Q3,
            filters=(region, events),
            stages=("lead", "mql", "sql", "opportunity", "order"),
        )
        assert list(entered(result).values()) == [
            e.leads,
            e.mqls,
            e.sqls,
            e.opportunities,
            e.orders,
        ]


def test_stalled_team(sample: Any) -> None:
    """Planted truth 12: one team's open opportunities stand still."""
    result = sample.run(
        "analyze_funnel", "manager", stages=("opportunity", "order"), by="team", stalled_days=30
    )
    rates = {
        row.group: row.stalled / (row.stalled + row.waiting)
        for row in result.rows
        if row.stage == "opportunity"
    }
    assert rates.pop(t.STALLED_TEAM.team) > t.STALLED_TEAM.over
    assert max(rates.values()) < t.STALLED_TEAM.others_under


def test_change_of_mix_is_not_called_a_bottleneck(sample: Any) -> None:
    """Planted truth 13: every region converts better, the whole converts worse."""
    result = sample.run(
        "analyze_funnel",
        "manager",
        stages=("mql", "sql"),
        by="region",
        time=Q3,
        compare="previous_period",
    )
    s = t.SIMPSON
    now = {r.group: (r.entered, r.converted) for r in result.rows if r.stage == "mql"}
    before = {r.group: r.previous for r in result.rows if r.stage == "mql"}
    regions = dict(zip(t.REGIONS, zip(s.q3_mql, s.q3_sql, strict=True), strict=True))
    assert now == regions
    assert [before[g].converted for g in t.REGIONS] == list(s.q2_sql)
    assert (result.total[0].entered, result.total[0].converted) == s.q3_total
    (mix,) = [n for n in result.notes if n.code == "MIX_EXPLAINS"]
    assert mix.params["rate"] > 0 > mix.params["mix"]
    assert mix.params["mix"] + mix.params["rate"] == pytest.approx(
        s.q3_total[1] / s.q3_total[0] - s.q2_total[1] / s.q2_total[0]
    )
    assert mix.params["worse"] == 0
    assert result.bottleneck is not None
    assert not result.bottleneck.is_total
    assert result.bottleneck.versus == "peers"


def test_without_a_split_the_change_of_mix_is_warned_of(sample: Any) -> None:
    result = sample.run(
        "analyze_funnel", "manager", stages=("mql", "sql"), time=Q3, compare="previous_period"
    )
    assert "NOT_SPLIT" in codes(result)


def test_earlier_cohorts_get_no_more_time(sample: Any) -> None:
    """A running month is compared with as many days of the month before, followed as long."""
    running = {"start": "2026-10-01", "end": "2026-11-01", "grain": "month"}
    result = sample.run(
        "analyze_funnel", "manager", stages=("lead", "mql"), time=running, compare="previous_period"
    )
    ((leads, mqls),) = sample.hand(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE mql_at < TIMESTAMP '2026-09-26 16:00:00' + INTERVAL 1 DAY) "
        "FROM leads WHERE created_at >= TIMESTAMP '2026-08-31 16:00:00' AND created_at < TIMESTAMP '2026-09-27 16:00:00'"
    )
    past = result.total[0].previous
    assert (past.entered, past.converted) == (leads, mqls)


def test_groups_add_up_to_the_total(sample: Any) -> None:
    result = sample.run("analyze_funnel", "manager", time=Q3, by="channel")
    for total in result.total:
        rows = [r for r in result.rows if r.stage == total.stage]
        for field in ("entered", "items", "converted", "waiting", "stalled", "closed", "amount"):
            if getattr(total, field) is not None:
                assert sum(getattr(r, field) or 0 for r in rows) == pytest.approx(
                    getattr(total, field)
                )


def test_cut_groups_are_said(sample: Any) -> None:
    result = sample.run("analyze_funnel", "manager", time=Q3, by="campaign", limit=3)
    assert len({r.group for r in result.rows}) == 3
    assert "GROUPS_CUT" in codes(result)
    assert result.groups > 3


def test_smaller_view_smaller_funnel(sample: Any) -> None:
    sizes = [sample.run("analyze_funnel", asker, time=Q3).total[0].entered for asker in ASKERS]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)
    with pytest.raises(DeniedError):
        sample.run("analyze_funnel", "outsider")


def test_what_the_chain_cannot_hold_is_said(sample: Any) -> None:
    result = sample.run("analyze_funnel", "manager")
    notes = {
        (n.code, str(getattr(n.params.get("stage"), "en", ""))): n.params.get("count")
        for n in result.notes
    }
    ((loose,),) = sample.hand("SELECT COUNT(*) FROM opportunities WHERE lead_id IS NULL")
    assert notes["UNLINKED", "Opportunity"] == loose
    assert notes["STAGE_SKIPPED", "Opportunity"] == 2
    assert {"ALL_TIME", "COHORT_VIEW", "LINKS", "VOID_EXCLUDED"} <= codes(result)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"stages": ("lead", "sqll")}, "UNKNOWN_STAGE"),
        ({"stages": ("sql", "mql")}, "STAGE_ORDER"),
        ({"stages": ("sql",)}, "ONE_STAGE"),
        ({"stages": ("sql", "sql")}, "BAD_ARGUMENTS"),
        ({"by": "colour"}, "UNKNOWN_DIMENSION"),
        ({"by": "product"}, "DIMENSION_NOT_IN_FUNNEL"),
        ({"by": "keyword", "view": "event"}, "DIMENSION_NOT_IN_FUNNEL"),
        ({"compare": "previous_year"}, "COMPARE_NEEDS_PERIOD"),
        ({"period": "2026"}, "BAD_ARGUMENTS"),
    ],
)
def test_clear_refusals(sample: Any, args: dict, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        sample.run("analyze_funnel", "manager", **args)
    assert caught.value.code == code


def test_empty_window(sample: Any) -> None:
    future = {"start": "2027-01-01", "end": "2027-02-01"}
    for view in ("cohort", "event"):
        result = sample.run("analyze_funnel", "manager", view=view, time=future)
        assert set(entered(result).values()) == {0}
        assert all(row.rate is None for row in result.total)
        assert result.bottleneck is None
        assert result.bottleneck_reason
