"""Attributed metrics under any model: the same figures as attribute_revenue, at another company too."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from semantic_layer import Query, QueryError
from semantic_layer.credit.spec import RULES
from semantic_layer.errors import DefinitionError
from semantic_layer.query import Comparison, Parameters, TimeRange

CREDITED = """
  credit_of_deals:
    credit: {conversion: signed, take: [opp_id, close_ts, status, note], touch: {medium: channel, push: campaign}}
    time: close_ts
    dims:
      medium: CASE WHEN touch_id IS NULL THEN '(unattributed)' ELSE medium END
      push: push
      state: status
metrics:
  earned:
    {label: Earned, model: credit_of_deals, agg: sum, expr: credit, parameters: [model, lookback_days, half_life_days]}
  helped: {label: Helped, model: credit_of_deals, agg: sum, expr: share, parameters: [model, lookback_days]}
  earned_last: {label: Earned last, model: credit_of_deals, agg: sum, expr: credit_last_touch}
  booked: {label: Booked, model: deals, agg: sum, expr: net, filter: status = 'won'}
  paid: {label: Paid, model: money, agg: sum, expr: paid}
  gain: {type: derived, label: Gain, expr: (earned - paid) / paid}
roles:
"""


@pytest.fixture(scope="module")
def other(tiny_with):
    """The worked example, asked through metrics."""
    return tiny_with(lambda text: text.replace("roles:\n", CREDITED.lstrip("\n"), 1))


def ask(company: Any, metric: str, *by: str, time: TimeRange | None = None, **given: Any) -> dict:
    """Group -> value."""
    parameters = Parameters(**given) if given else None
    query = Query(metrics=(metric,), dimensions=by, parameters=parameters, time=time)
    return {row[0]: row[-1] and float(row[-1]) for row in company.layer.run(query).rows}


@pytest.mark.parametrize("model", RULES)
@pytest.mark.parametrize(("metric", "of"), [("earned", "amount"), ("helped", "conversions")])
@pytest.mark.parametrize("lookback", [None, 10])
def test_a_metric_gives_what_the_tool_gives(other, model, metric, of, lookback) -> None:
    given = {"model": model} | ({"lookback_days": lookback} if lookback else {})
    told = other.table(model, of, by="medium", **({"lookback_days": lookback} if lookback else {}))
    found = ask(other, metric, "medium", **given)
    named = {("(none)" if k is None else k): v for k, v in found.items()}
    assert {k: v for k, v in named.items() if v} == pytest.approx(
        {k: v for k, v in told.items() if v}, abs=1e-6
    )


@pytest.mark.parametrize("model", RULES)
def test_credits_add_up_to_what_was_booked_to_the_cent(other, model) -> None:
    (booked,) = ask(other, "booked").values()
    (earned,) = ask(other, "earned", model=model).values()
    assert earned == booked
    assert round(sum(ask(other, "earned", "medium", model=model).values()), 2) == booked


def test_the_default_is_the_companys_and_a_fixed_metric_stays_fixed(other) -> None:
    assert ask(other, "earned", "medium") == ask(other, "earned", "medium", model="u_shaped")
    assert ask(other, "earned_last", "medium") == ask(other, "earned", "medium", model="last_touch")
    assert ask(other, "earned", "medium", model="first_touch") != ask(other, "earned", "medium")


def test_a_model_reaches_the_parts_of_a_derived_metric(other) -> None:
    for model in ("first_touch", "last_touch"):
        earned, paid = ask(other, "earned", "medium", model=model), ask(other, "paid", "medium")
        gain = ask(other, "gain", "medium", model=model)
        assert gain["email"] == pytest.approx((earned["email"] - paid["email"]) / paid["email"])
        assert gain["event"] is None  # nothing was paid


def test_a_model_goes_with_comparisons_and_ranking(other) -> None:
    january = TimeRange(start=date(2025, 1, 1), end=date(2025, 2, 1))
    query = Query(
        metrics=("earned",),
        dimensions=("medium",),
        time=january,
        compare=Comparison(),
        limit=2,
        parameters=Parameters(model="linear"),
    )
    found = other.layer.run(query)
    alone = ask(other, "earned", "medium", time=january, model="linear")
    best = sorted(alone.values(), reverse=True)[:2]
    assert [float(v) for v in found.column("earned")] == best


@pytest.mark.parametrize(
    ("metric", "given", "code", "candidate"),
    [
        ("booked", {"model": "linear"}, "PARAMETER_NOT_TAKEN", "earned"),
        ("earned_last", {"model": "linear"}, "PARAMETER_NOT_TAKEN", "earned"),
        ("helped", {"half_life_days": 3}, "PARAMETER_NOT_TAKEN", "earned"),
        ("earned", {"model": "liner"}, "UNKNOWN_MODEL", "linear"),
        ("earned", {"model": "markov"}, "MODEL_IS_LEARNED", "linear"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_way_out(
    other, metric, given, code, candidate
) -> None:
    with pytest.raises(QueryError) as caught:
        ask(other, metric, **given)
    assert caught.value.code == code
    assert candidate in caught.value.candidates


def test_a_milestone_the_data_lacks_is_refused(tiny_with) -> None:
    def without(text: str) -> str:
        text = text.replace("roles:\n", CREDITED.lstrip("\n"), 1)
        return text.replace("      milestones: {lead: lead_ts, opportunity: opp_ts}\n", "")

    company = tiny_with(without)
    assert ask(company, "earned", model="linear")
    with pytest.raises(QueryError) as caught:
        ask(company, "earned", model="w_shaped")
    assert caught.value.code == "NO_MILESTONE"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("conversion: signed", "conversion: won", "UNKNOWN_STAGE"),
        ("touch: {medium: channel,", "touch: {medium: chanel,", "UNKNOWN_COLUMN"),
        ("take: [opp_id,", "take: [medium, opp_id,", "DUPLICATE_ID"),
        ("expr: share, parameters: [model, lookback_days]", "expr: share", "PARAMETER_MISSING"),
        ("filter: status = 'won'", "parameters: [model]", "PARAMETER_NOT_TAKEN"),
    ],
)
def test_definitions_that_cannot_hold_are_found(tiny_with, old, new, code) -> None:
    def broken(text: str) -> str:
        return text.replace("roles:\n", CREDITED.lstrip("\n").replace(old, new), 1)

    with pytest.raises(DefinitionError) as caught:
        tiny_with(broken)
    assert code in {issue.code for issue in caught.value.issues}
