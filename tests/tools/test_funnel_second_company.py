"""A lettings office with other tables, other keys and another zone; and rows made to trip.

Chicago is UTC-6 in winter, UTC-5 from 8 March 2026; the last complete day is 19 March 2026.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer import DefinitionError, QueryError
from semantic_layer.query import Filter

FEBRUARY = {"start": "2026-02-01", "end": "2026-03-01", "grain": "month"}
END = date(2026, 3, 20)


def table(result: Any) -> list[tuple]:
    return [(r.stage, r.entered, r.converted, r.items) for r in result.total]


def codes(result: Any) -> set[str]:
    return {n.code for n in result.notes}


def test_three_stages_by_different_keys(studio: Any) -> None:
    office = studio("""
    INSERT INTO enquiry_log VALUES (1, 'ann', '2026-02-03 15:00:00', 'web', 'A', NULL),
      (2, 'bob', '2026-02-04 15:00:00', 'web', 'A', '2026-02-20'),
      (3, 'cid', '2026-02-05 15:00:00', 'walk', 'B', NULL), (4, 'dot', '2026-02-06 15:00:00', 'walk', NULL, NULL);
    INSERT INTO viewing_book VALUES (1, 1, 'ann', '2026-02-03', 'A'), (1, 2, 'ann', '2026-02-09', 'A'),
      (3, 1, 'cid', '2026-02-15', 'B');
    INSERT INTO lease_book VALUES (70, 'ann', '2026-02-13', 900.10, NULL), (71, 'ann', '2026-02-14', 100.20, NULL),
      (72, 'cid', '2026-02-20', 500, '2026-02-21');
    """)
    result = office.run("analyze_funnel", time=FEBRUARY, by="source", stalled_days=10)
    assert table(result) == [("asked", 4, 2, 4), ("saw", 2, 1, 3), ("signed", 1, None, 2)]
    asked, saw, signed = result.total
    assert (asked.median_days, asked.closed, asked.stalled, asked.waiting) == (5.0, 1, 1, 0)
    assert saw.median_days == 10.0
    assert signed.amount == 1000.3
    assert {(r.group, r.stage): r.entered for r in result.rows}["walk", "saw"] == 1
    assert {"LOOSE_LINK", "VOID_EXCLUDED"} <= codes(result)


def test_a_date_on_the_day_of_an_instant_counts(studio: Any) -> None:
    """The viewing has no time: on the day of the enquiry it is after it, the day before it is not."""
    office = studio("""
    INSERT INTO enquiry_log VALUES (1, 'ann', '2026-02-04 05:59:59', 'web', 'A', NULL),
      (2, 'bob', '2026-02-04 06:00:00', 'web', 'A', NULL);
    INSERT INTO viewing_book VALUES (1, 1, 'ann', '2026-02-03', 'A'), (2, 1, 'bob', '2026-02-03', 'A');
    """)
    result = office.run("analyze_funnel", stages=("asked", "saw"), time=FEBRUARY)
    assert table(result) == [("asked", 2, 1, 2), ("saw", 1, None, 1)]
    (late,) = [n for n in result.notes if n.code == "OUT_OF_ORDER"]
    assert late.params["count"] == 1


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        ("2026-02-01 05:59:59", False),  # 31 January, 23:59:59 in Chicago
        ("2026-02-01 06:00:00", True),
        ("2026-03-01 05:59:59", True),
        ("2026-03-01 06:00:00", False),
    ],
)
def test_local_midnight_cuts_the_period(studio: Any, instant: str, inside: bool) -> None:
    office = studio(f"INSERT INTO enquiry_log VALUES (1, 'a', '{instant}', 'web', 'A', NULL);")
    for view in ("cohort", "event"):
        result = office.run("analyze_funnel", time=FEBRUARY, view=view)
        assert result.total[0].entered == int(inside)


def test_ties_of_dates_convert_in_no_days(studio: Any) -> None:
    office = studio("""
    INSERT INTO enquiry_log VALUES (1, 'ann', '2026-02-03 15:00:00', 'web', 'A', NULL);
    INSERT INTO viewing_book VALUES (1, 1, 'ann', '2026-02-03', 'A'), (1, 2, 'ann', '2026-02-03', 'A');
    INSERT INTO lease_book VALUES (7, 'ann', '2026-02-03', 10, NULL);
    """)
    result = office.run("analyze_funnel", time=FEBRUARY)
    assert table(result) == [("asked", 1, 1, 1), ("saw", 1, 1, 2), ("signed", 1, None, 1)]
    assert [r.median_days for r in result.total] == [0.0, 0.0, None]


def test_two_enquiries_of_one_guest_share_a_lease_without_multiplying_it(studio: Any) -> None:
    office = studio("""
    INSERT INTO enquiry_log VALUES (1, 'ann', '2026-02-03 15:00:00', 'web', 'A', NULL),
      (2, 'ann', '2026-02-03 16:00:00', 'walk', 'A', NULL);
    INSERT INTO viewing_book VALUES (1, 1, 'ann', '2026-02-04', 'A'), (2, 1, 'ann', '2026-02-05', 'A');
    INSERT INTO lease_book VALUES (7, 'ann', '2026-02-08', 10, NULL);
    """)
    result = office.run("analyze_funnel", time=FEBRUARY, by="source")
    assert table(result) == [("asked", 2, 2, 2), ("saw", 2, 2, 2), ("signed", 2, None, 1)]
    assert result.total[-1].amount == 10
    assert "ITEMS_OVERLAP" in codes(result)


def test_no_stages_declared(studio: Any) -> None:
    bare = """
    version: 1
    models: {enquiries: {source: enquiry_log, key: [enquiry_no], time: arrived}}
    metrics: {enquiries: {label: Enquiries, model: enquiries, agg: count}}
    """
    office = studio(definitions=bare)
    with pytest.raises(QueryError) as caught:
        office.run("analyze_funnel")
    assert caught.value.code == "NO_STAGES"
    with pytest.raises(QueryError) as caught:
        office.run("customer_journey", account="x")
    assert caught.value.code == "NO_TOUCHPOINTS"


def test_stages_without_a_common_key(studio: Any, definitions: str) -> None:
    text = definitions.replace("void: void_on, person: guest", "void: void_on")
    with pytest.raises(QueryError) as caught:
        studio(definitions=text).run("analyze_funnel")
    assert caught.value.code == "STAGES_NOT_LINKED"


def test_a_stage_given_twice_is_a_mistake_of_the_definitions(studio: Any, definitions: str) -> None:
    text = definitions.replace("id: signed,", "id: saw,")
    with pytest.raises(DefinitionError, match="given twice"):
        studio(definitions=text)


def test_personal_dimension_is_refused(studio: Any) -> None:
    office = studio()
    (office.layer.project.root / "policies.yml").write_text(
        "version: 1\nroles: {clerk: {}}\nusers: {kim: {role: clerk}}\n", encoding="utf-8"
    )
    for args in (
        {"by": "guest_name"},
        {"filters": (Filter(dimension="guest_name", values=("a",)),)},
    ):
        with pytest.raises(QueryError) as caught:
            office.run("analyze_funnel", "kim", **args)
        assert caught.value.code == "PERSONAL_DATA"


def test_too_few_items_for_a_bottleneck(studio: Any) -> None:
    rows = ", ".join(f"({i}, 'g{i}', '2026-02-03 15:00:00', 'web', 'A', NULL)" for i in range(29))
    result = studio(f"INSERT INTO enquiry_log VALUES {rows};").run("analyze_funnel", time=FEBRUARY)
    assert result.bottleneck is None
    assert result.bottleneck_reason.startswith("too few items")


def _cohort(month: int, n: int, seen: int, source: str = "web") -> str:
    base = month * 1000 + (500 if source != "web" else 0)
    asked = ", ".join(
        f"({base + i}, 'g{base + i}', '2026-{month:02d}-03 15:00:00', '{source}', 'A', NULL)"
        for i in range(n)
    )
    saw = ", ".join(f"({base + i}, 1, 'g', '2026-{month:02d}-05', 'A')" for i in range(seen))
    return f"INSERT INTO enquiry_log VALUES {asked}; INSERT INTO viewing_book VALUES {saw};"


def test_a_step_far_below_its_own_history_is_the_bottleneck(studio: Any) -> None:
    office = studio(_cohort(1, 100, 60) + _cohort(2, 100, 30))
    result = office.run("analyze_funnel", stages=("asked", "saw"), time=FEBRUARY)
    found = result.bottleneck
    assert (found.stage, found.next_stage, found.versus, found.is_total) == (
        "asked",
        "saw",
        "history",
        True,
    )
    assert (found.converted, found.reference_converted, found.reference_entered) == (30, 60, 100)
    assert found.missing == pytest.approx(30)
    assert found.loss == pytest.approx(0.5)
    assert found.p_value < 0.05 / found.tests


def test_a_better_step_is_no_bottleneck(studio: Any) -> None:
    office = studio(_cohort(1, 100, 30) + _cohort(2, 100, 60))
    result = office.run("analyze_funnel", stages=("asked", "saw"), time=FEBRUARY)
    assert result.bottleneck is None
    assert result.bottleneck_reason == "no step is significantly worse"


def test_a_group_below_its_peers_is_the_bottleneck(studio: Any) -> None:
    office = studio(_cohort(2, 100, 60) + _cohort(2, 100, 25, "walk"))
    result = office.run("analyze_funnel", stages=("asked", "saw"), by="source")
    assert (result.bottleneck.group, result.bottleneck.versus) == ("walk", "peers")
    assert result.bottleneck.test == "two-proportion z"


# --- any rows, against a reading in plain Python ------------------------------------------

CHICAGO = ZoneInfo("America/Chicago")
SOURCES = ["web", "walk", None]


def make_rows(seed: int) -> dict[str, list[tuple]]:
    dice = random.Random(seed)
    start = datetime(2026, 1, 10)  # noqa: DTZ001 - UTC, as stored

    def instant() -> datetime:
        return start + timedelta(hours=dice.randint(0, 70 * 24))

    def day(low: int = 0) -> date:
        return date(2026, 1, 10) + timedelta(days=dice.randint(low, 72))

    guests = [f"g{i}" for i in range(12)] + [None]
    asked = [
        (i, dice.choice(guests), instant(), dice.choice(SOURCES), "A", dice.choice([None, day()]))
        for i in range(60)
    ]
    saw = [
        (dice.choice([dice.randint(0, 70), None]), i, dice.choice(guests), day(), "A")
        for i in range(70)
    ]
    signed = [
        (i, dice.choice(guests), day(20), dice.randint(1, 9), dice.choice([None, None, day()]))
        for i in range(15)
    ]
    return {"enquiry_log": asked, "viewing_book": saw, "lease_book": signed}


def inserts(rows: dict[str, list[tuple]]) -> str:
    def text(value: object) -> str:
        return "NULL" if value is None else repr(value) if isinstance(value, int) else f"'{value}'"

    lines = []
    for name, items in rows.items():
        values = ", ".join("(" + ", ".join(map(text, row)) + ")" for row in items)
        lines.append(f"INSERT INTO {name} VALUES {values};")
    return "".join(lines)


def local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(CHICAGO).replace(tzinfo=None)


def edge(day: date, *, last: bool) -> datetime:
    at = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local
    return at + timedelta(days=1, microseconds=-1) if last else at


def reading(rows: dict[str, list[tuple]], start: date, end: date, within: int | None) -> dict:
    """(group, stage) -> (entered, converted, days to next, items, amount), groups and None-total."""
    reached: dict[tuple, list[date | None]] = {}
    items: dict[tuple, set] = defaultdict(set)
    for number, _, moment, source, _, _ in rows["enquiry_log"]:
        at = local(moment)
        if not start <= at.date() < min(end, END):
            continue
        limit = at.date() + timedelta(days=within) if within else END
        seen = [r for r in rows["viewing_book"] if r[0] == number and edge(r[3], last=True) >= at
                and r[3] < limit]  # fmt: skip
        leases = {
            r for r in rows["lease_book"] for v in seen
            if r[4] is None and v[2] is not None and r[1] == v[2] and r[2] >= v[3] and r[2] < limit
        }  # fmt: skip
        days = [at.date(), *(min((d for d in found if d < END), default=None)
                             for found in ([r[3] for r in seen], [r[2] for r in leases]))]  # fmt: skip
        reached[number, source] = days
        for k, found in enumerate(([number], [r[:2] for r in seen if r[3] < END],
                                   [r for r in leases if r[2] < END])):  # fmt: skip
            items["all", k] |= set(found)
            items[source, k] |= set(found)
    return {"reached": reached, "items": items}


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory, build_company: Any) -> list[tuple]:
    out = []
    for seed in range(4):
        rows = make_rows(seed)
        shuffled = {n: random.Random(seed).sample(r, len(r)) for n, r in rows.items()}
        root = tmp_path_factory.mktemp(f"office{seed}")
        pair = [build_company(root / n, inserts(r)) for n, r in (("a", rows), ("b", shuffled))]
        out.append((rows, *pair))
    return out


@pytest.mark.slow
@settings(max_examples=25)
@given(
    seed=st.integers(0, 3),
    first=st.dates(date(2026, 1, 1), date(2026, 3, 25)),
    days=st.integers(1, 90),
    within=st.none() | st.integers(1, 60),
)
def test_any_cohort_equals_a_reading_in_python(
    offices: list[tuple], seed: int, first: date, days: int, within: int | None
) -> None:
    rows, office, shuffled = offices[seed]
    last = first + timedelta(days=days)
    args = {"time": {"start": first, "end": last}, "within_days": within, "by": "source"}
    result = office.run("analyze_funnel", **args)
    assert shuffled.run("analyze_funnel", **args) == result, "the order of rows must not matter"
    known = reading(rows, first, last, within)
    for group in ("all", *{s for _, s in known["reached"]}):
        mine = [d for (_, s), d in known["reached"].items() if group in ("all", s)]
        shown = result.total if group == "all" else [r for r in result.rows if r.group == group]
        for k, row in enumerate(shown):
            assert row.entered == sum(d[k] is not None for d in mine)
            assert row.items == len(known["items"][group, k])
            if k < 2:
                assert row.converted == shown[k + 1].entered <= row.entered
                steps = sorted((d[k + 1] - d[k]).days for d in mine if d[k + 1] is not None)
                middle = len(steps) // 2
                median = (steps[middle] + steps[~middle]) / 2 if steps else None
                assert row.median_days == median
                if row.stalled is not None:
                    assert row.waiting + row.stalled + row.closed + row.converted == row.entered
    amount = sum(r[3] for r in known["items"]["all", 2])
    assert result.total[2].amount == amount


@pytest.mark.slow
@settings(max_examples=15)
@given(
    seed=st.integers(0, 3),
    first=st.dates(date(2026, 1, 1), date(2026, 3, 25)),
    days=st.integers(1, 90),
)
def test_any_event_view_counts_each_stage_alone(
    offices: list[tuple], seed: int, first: date, days: int
) -> None:
    rows, office, shuffled = offices[seed]
    last = first + timedelta(days=days)
    args = {"view": "event", "time": {"start": first, "end": last}}
    result = office.run("analyze_funnel", **args)
    assert shuffled.run("analyze_funnel", **args) == result
    stop = min(last, END)
    assert [r.entered for r in result.total] == [
        sum(first <= local(r[2]).date() < stop for r in rows["enquiry_log"]),
        sum(first <= r[3] < stop for r in rows["viewing_book"]),
        sum(first <= r[2] < stop and r[4] is None for r in rows["lease_book"]),
    ]
