"""Traps 1-13: which touches count, in which order, for whom. Each has misled some published tool."""

from __future__ import annotations

import pytest

from assistant.tell.remarks import remark
from semantic_layer import QueryError

ONE = "('d', 'a', NULL, NULL, '2025-03-01 12:00:00', 100, 'won', '')"


def touch(n: int, at: str, channel: str | None = None, who: str = "a", person: str = "p") -> str:
    name = "NULL" if channel is None else f"'{channel}'"
    return f"({n}, '{who}', '{person}', '{at}', {name}, 'x')"


def test_trap_01_touch_after_the_conversion_earns_nothing(journeys):
    """One tool gave a touch ten days after the conversion all of last click."""
    world = journeys(
        ", ".join(
            [
                touch(1, "2025-02-01", "mail"),
                touch(2, "2025-03-11", "expo"),
                touch(3, "2025-03-01 12:00:01", "call"),
            ]
        ),
        ONE,
    )
    assert world.table("last_touch", by="medium") == {"mail": 100.0, "(unattributed)": 0.0}


def test_trap_01_the_same_second_counts(journeys):
    world = journeys(touch(1, "2025-03-01 12:00:00", "mail"), ONE)
    assert world.table("last_touch", by="medium")["mail"] == 100


@pytest.mark.parametrize(
    ("at", "counts"), [("2025-02-19 12:00:00", True), ("2025-02-19 11:59:59", False)]
)
def test_trap_02_lookback_is_a_closed_interval_in_seconds(journeys, at, counts):
    """Ten days are 864,000 seconds, not ten midnights."""
    world = journeys(touch(1, at, "mail"), ONE)
    found = world.table("first_touch", by="medium", lookback_days=10)
    assert found.get("mail", 0) == (100 if counts else 0)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ("2025-03-01 23:59:59", True),
        ("2025-03-02 00:00:00", False),
        ("2025-02-19 00:00:00", True),
        ("2025-02-18 23:59:59", False),
    ],
)
def test_trap_03_a_date_lasts_until_the_end_of_its_day(journeys, at, counts):
    """CRM close dates have no time; at midnight they would drop that day's touches."""
    deal = "('d', 'a', NULL, NULL, '2025-03-01', 100, 'won', '')"
    world = journeys(touch(1, at, "mail"), deal, close_type="DATE")
    result = world.credit(by="medium", lookback_days=10)
    assert result.totals.attributed_conversions == int(counts)
    assert "WHOLE_DAYS" in [n.code for n in result.notes]


def test_trap_03_the_day_ends_in_the_companys_zone(journeys, definitions):
    """15:59 UTC is the last minute of the day in Shanghai."""
    deal = "('d', 'a', NULL, NULL, '2025-03-01', 100, 'won', '')"
    touches = ", ".join(
        [touch(1, "2025-03-01 15:59:59", "in"), touch(2, "2025-03-01 16:00:00", "out")]
    )
    text = definitions.replace("    time: ts\n", "    time: ts\n    zone: UTC\n", 1)
    world = journeys(
        touches, deal, close_type="DATE", definitions=text, config="timezone: Asia/Shanghai"
    )
    assert world.table("last_touch", by="medium") == {"in": 100.0, "(unattributed)": 0.0}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_trap_04_ties_are_broken_by_touch_id(journeys, order):
    names = {1: "first", 2: "middle", 3: "last"}
    rows = ", ".join(touch(n, "2025-02-01", names[n]) for n in order)
    world = journeys(rows, ONE)
    found = world.table("u_shaped", by="medium")
    assert found == {"first": 40.0, "middle": 20.0, "last": 40.0, "(unattributed)": 0.0}


RULES = (
    "first_touch",
    "last_touch",
    "linear",
    "u_shaped",
    "u_lead",
    "u_lead_50",
    "j_shaped",
    "inverse_j",
    "w_shaped",
    "full_path",
    "time_decay",
    "shapley",
)


def test_trap_05_one_touch_takes_all_in_every_model(journeys):
    world = journeys(touch(1, "2025-02-01", "mail"), ONE)
    result = world.credit(models=list(RULES), by="medium")
    assert [result.rows[0].models[m].amount for m in RULES] == [100.0] * len(RULES)


@pytest.mark.parametrize(
    ("model", "first"), [("u_shaped", 50), ("j_shaped", 25), ("inverse_j", 75), ("linear", 50)]
)
def test_trap_05_two_touches(journeys, model, first):
    world = journeys(", ".join([touch(1, "2025-02-01", "a"), touch(2, "2025-02-02", "b")]), ONE)
    assert world.table(model, by="medium") == {"a": first, "b": 100 - first, "(unattributed)": 0.0}


def test_trap_05_custom_weights_at_one_end_lose_nothing(journeys):
    """0/0/1 made conversions vanish in one tool."""
    world = journeys(", ".join([touch(1, "2025-02-01", "a"), touch(2, "2025-02-02", "b")]), ONE)
    found = world.table("custom", by="medium", weights={"first": 0, "middle": 0, "last": 1})
    assert found == {"b": 100.0, "a": 0.0, "(unattributed)": 0.0}


def test_trap_06_w_without_a_milestone_or_middle(journeys):
    """The missing role is dropped, so is a middle without touches, and the rest scaled to 1."""
    deal = "('d', 'a', NULL, '2025-02-02', '2025-03-01', 90, 'won', '')"
    world = journeys(", ".join([touch(1, "2025-02-01", "a"), touch(2, "2025-02-02", "b")]), deal)
    result = world.credit(models=["w_shaped"], by="medium")
    assert {r.group: r.models["w_shaped"].amount for r in result.rows} == {"a": 45.0, "b": 45.0}
    assert "MILESTONE_GAPS" in [n.code for n in result.notes]


def test_trap_06_roles_on_one_touch_add(journeys):
    deal = "('d', 'a', '2025-02-01', '2025-02-01', '2025-03-01', 100, 'won', '')"
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate("abc", 1))
    found = journeys(rows, deal).table("w_shaped", by="medium")
    assert found == {"a": 90.0, "b": 5.0, "c": 5.0, "(unattributed)": 0.0}


@pytest.mark.parametrize(("middle", "late"), [("all", 5.0), ("before_opp", 0.0)])
def test_trap_06_the_middle_of_the_w_may_end_at_the_opportunity(journeys, middle, late):
    deal = "('d', 'a', '2025-02-03', '2025-02-04', '2025-03-01', 100, 'won', '')"
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate("abcde", 1))
    found = journeys(rows, deal).table("w_shaped", by="medium", middle=middle)
    assert (found["e"], found["b"]) == (late, 10 - late)


def test_trap_07_three_meanings_of_u_are_told_apart(journeys):
    deal = "('d', 'a', '2025-02-02', NULL, '2025-03-01', 100, 'won', '')"
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate("abc", 1))
    world = journeys(rows, deal)
    got = {}
    for model in ("u_shaped", "u_lead", "u_lead_50"):
        result = world.credit(models=[model], by="medium")
        got[model] = {r.group: r.models[model].amount for r in result.rows}
        said = [remark(n, "en") for n in result.notes if n.code == "MODEL"]
        assert len(said) == 1
        assert "first" in said[0]
    assert got == {
        "u_shaped": {"a": 40, "b": 20, "c": 40},
        "u_lead": {"a": 40, "b": 40, "c": 20},
        "u_lead_50": {"a": 50, "b": 50, "c": 0},
    }


def test_trap_08_a_repeated_channel_is_credited_per_touch(journeys):
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate("aab", 1))
    world = journeys(rows, ONE)
    assert world.table("linear", by="medium")["a"] == pytest.approx(66.67)
    assert world.table("shapley", by="medium")["a"] == 50  # per distinct channel, by definition


def test_trap_09_conversions_without_touches_are_shown(journeys):
    deals = (
        ONE
        + ", ('e', 'nobody', NULL, NULL, '2025-03-01', 40, 'won', ''), ('f', NULL, NULL, NULL, '2025-03-01', 2, 'won', '')"
    )
    result = journeys(touch(1, "2025-02-01", "mail"), deals).credit(by="medium")
    assert result.unattributed.models["u_shaped"].amount == 42
    assert result.unattributed.touched == 2
    assert result.totals.coverage == pytest.approx(100 / 142)


def test_trap_10_a_touch_without_channel_is_a_group(journeys):
    rows = ", ".join([touch(1, "2025-02-01"), touch(2, "2025-02-02", "mail")])
    result = journeys(rows, ONE).credit(models=["linear"], by="medium")
    assert {r.group: (r.kind, r.models["linear"].amount) for r in result.rows} == {
        "(none)": ("none", 50.0),
        "mail": ("group", 50.0),
    }


@pytest.mark.parametrize(
    ("path", "winner"), [(("direct", "mail", "direct"), "mail"), (("direct", "direct"), "direct")]
)
def test_trap_10_last_non_direct(journeys, path, winner):
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate(path, 1))
    assert journeys(rows, ONE).table("last_non_direct", by="medium")[winner] == 100


def test_trap_11_all_contacts_of_the_account(journeys):
    rows = ", ".join(
        [touch(1, "2025-02-01", "a", person="p"), touch(2, "2025-02-02", "b", person="q")]
    )
    assert journeys(rows, ONE).table("linear", by="medium") == {
        "a": 50.0,
        "b": 50.0,
        "(unattributed)": 0.0,
    }


def test_trap_11_a_scope_that_the_stage_lacks_is_refused(journeys):
    with pytest.raises(QueryError, match="cannot be matched by person") as error:
        journeys(touch(1, "2025-02-01", "a"), ONE).credit(by="medium", scope="person")
    assert error.value.candidates == ("account",)


def test_trap_12_touches_count_for_each_deal_of_the_account(journeys):
    deals = ONE + ", ('e', 'a', NULL, NULL, '2025-03-05', 50, 'won', '')"
    result = journeys(touch(1, "2025-02-01", "mail"), deals).credit(by="medium")
    assert result.rows[0].models["u_shaped"].amount == 150
    assert [n.params for n in result.notes if n.code == "REUSED"] == [{"count": 1}]


def test_trap_13_the_anchor_moves_window_and_last_touch(journeys):
    deal = "('d', 'a', '2025-02-02', '2025-02-03', '2025-03-01', 100, 'won', '')"
    rows = ", ".join(touch(n, f"2025-02-0{n}", c) for n, c in enumerate("abcd", 1))
    world = journeys(rows, deal)
    last = {
        anchor: max(
            (v, k) for k, v in world.table("last_touch", by="medium", anchor=anchor).items()
        )[1]
        for anchor in ("lead", "opportunity", "close")
    }
    assert last == {"lead": "b", "opportunity": "c", "close": "d"}


def test_trap_13_a_deal_without_the_anchor_is_unattributed_and_said(journeys):
    result = journeys(touch(1, "2025-02-01", "a"), ONE).credit(by="medium", anchor="opportunity")
    assert result.unattributed.touched == 1
    assert "NO_ANCHOR" in [n.code for n in result.notes]
