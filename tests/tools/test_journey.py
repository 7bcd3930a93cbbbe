"""Journeys: order, rights, masks, namesakes, and a company with other tables."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer import DeniedError, QueryError

ACCOUNT = "河北华捷化工实业有限公司"

AGENCY = """
version: 1
dimensions:
  way: {label: Way}
  title: {label: Title}
models:
  firms: {source: firm_list, key: [firm], dims: {title: label}}
  folk: {source: folk_list, key: [folk], joins: {firms: firm}}
  calls: {source: call_log, key: [ring], time: rang, zone: UTC, dims: {way: way}}
  asks: {source: ask_book, key: [ask], time: asked, zone: UTC}
  sales: {source: sale_book, key: [ask, line], time: sold_on}
metrics:
  asks: {label: Asks, model: asks, agg: count}
roles:
  touchpoint: {model: calls, id: ring, at: rang, person: folk, marketing: paid, dims: {way: way}}
  stages:
    - {id: ask, label: Ask, model: asks, at: asked, lead: ask, person: folk, account: firm}
    - {id: sale, label: Sale, model: sales, at: sold_on, amount: price, void: undone_on, lead: ask}
  account: {model: firms, id: firm, name: label}
  person: {model: folk, id: folk, name: full_name, account: firm, identity: same_as, attributes: {job: job}, personal: {mobile: mobile}}
"""
AGENCY_TABLES = """
CREATE TABLE firm_list (firm INTEGER, label VARCHAR);
CREATE TABLE folk_list (folk INTEGER, firm INTEGER, full_name VARCHAR, same_as VARCHAR, job VARCHAR, mobile VARCHAR);
CREATE TABLE call_log (ring BIGINT, rang TIMESTAMP, folk INTEGER, way VARCHAR, paid BOOLEAN);
CREATE TABLE ask_book (ask INTEGER, asked TIMESTAMP, folk INTEGER, firm INTEGER);
CREATE TABLE sale_book (ask INTEGER, line INTEGER, sold_on DATE, price DECIMAL(9,2), undone_on DATE);
"""
AGENCY_ROWS = """
INSERT INTO firm_list VALUES (1, 'Oak Mill'), (2, 'Oak Barn'), (3, 'Elm Forge'), (4, 'Elm Forge');
INSERT INTO folk_list VALUES (1, 1, 'Ana Reed', 'h1', 'buyer', '555-1'), (2, 1, 'A. Reed', 'h1', 'buyer', '555-2'),
  (3, 1, 'Bo Lind', NULL, 'owner', '555-3'), (4, 2, 'Bo Lind', NULL, 'owner', '555-4');
INSERT INTO call_log VALUES (1, '2026-01-05 15:00:00', 1, 'mail', TRUE), (2, '2026-01-06 05:59:59', 2, 'fair', TRUE),
  (10, '2026-02-20 15:00:00', 3, 'phone', FALSE), (9, '2026-02-20 15:00:00', 1, 'mail', TRUE), (11, '2026-03-01 15:00:00', 4, 'mail', TRUE);
INSERT INTO ask_book VALUES (5, '2026-02-20 15:00:00', 1, 1), (6, '2026-02-21 15:00:00', 4, 2);
INSERT INTO sale_book VALUES (5, 1, '2026-02-20', 10.10, NULL), (5, 2, '2026-03-05', 20.20, NULL), (5, 3, '2026-03-06', 99, '2026-03-07');
"""


@pytest.fixture
def agency(studio: Any) -> Any:
    return studio(AGENCY_ROWS, AGENCY, AGENCY_TABLES)


def codes(result: Any) -> set[str]:
    return {n.code for n in result.notes}


def refusal(company: Any, asker: str | None = None, **args: Any) -> QueryError:
    with pytest.raises(QueryError) as caught:
        company.run("customer_journey", asker, **args)
    return caught.value


# --- another company ----------------------------------------------------------------------


def test_person_across_records_channels_and_stages(agency: Any) -> None:
    """Ties: touches by their key, then stages; what is known by date only ends its day."""
    result = agency.run("customer_journey", person="Ana Reed")
    assert [(e.kind, e.stage, e.item, e.at) for e in result.events] == [
        ("touch", None, "1", "2026-01-05 09:00:00"),
        ("touch", None, "2", "2026-01-05 23:59:59"),
        ("touch", None, "9", "2026-02-20 09:00:00"),
        ("stage", "ask", "5", "2026-02-20 09:00:00"),
        ("stage", "sale", "5/1", "2026-02-20"),
        ("stage", "sale", "5/2", "2026-03-05"),
    ]
    assert [e.days for e in result.events] == [0, 0, 46, 46, 46, 59]
    assert result.account == "Oak Mill"
    (person,) = result.people
    assert (person.records, person.name, person.attributes) == (
        ("1", "2"),
        "Ana Reed",  # without policies everybody sees everything
        {"job": "buyer"},
    )
    assert result.summary.counts == {"way": (("mail", 2), ("fair", 1))}
    ask, sale = result.summary.stages
    assert (ask.days_since_first, sale.days_since_previous, sale.items, sale.amount) == (
        0,
        0,
        2,
        30.3,
    )
    assert sale.last_touch is not None
    assert sale.last_touch.item == "9"
    assert [(g.start, g.end, g.days) for g in result.summary.gaps] == [
        ("2026-01-05", "2026-02-20", 46)
    ]
    assert "VOID_EXCLUDED" in codes(result)


def test_account_by_its_people_where_touches_know_no_account(agency: Any) -> None:
    result = agency.run("customer_journey", account="Oak Mill")
    assert [e.item for e in result.events] == ["1", "2", "9", "10", "5"]
    assert [(p.number, p.records) for p in result.people] == [(1, ("1", "2")), (2, ("3",))]
    (blind,) = [n for n in result.notes if n.code == "STAGES_NOT_SHOWN"]
    assert [stage.en for stage in blind.params["stages"]] == ["Sale"]


def test_touches_that_nothing_ties_to_the_account(studio: Any) -> None:
    loose = AGENCY.replace("account: firm, identity: same_as", "identity: same_as")
    office = studio(AGENCY_ROWS, loose, AGENCY_TABLES)
    assert refusal(office, account="Oak Mill").code == "TOUCHES_NOT_LINKED"


def test_lead_by_number(agency: Any) -> None:
    result = agency.run("customer_journey", lead="6")
    assert [e.item for e in result.events] == ["6", "11"]


def test_marketing_only_leaves_out_sales_calls(agency: Any) -> None:
    result = agency.run("customer_journey", person="3", marketing_only=True)
    assert result.events == ()
    assert {"NO_EVENTS", "MARKETING_ONLY"} <= codes(result)
    assert len(agency.run("customer_journey", person="3").events) == 1


def test_personal_data_only_where_it_is_open(agency: Any) -> None:
    (agency.layer.project.root / "policies.yml").write_text(
        "version: 1\n"
        "roles: {open: {personal: true}, shut: {}, blind: {hide: {folk: [full_name], sales: [price]}}}\n"
        "users: {ola: {role: open}, sam: {role: shut}, bea: {role: blind}}\n",
        encoding="utf-8",
    )
    seen = {
        u: agency.run("customer_journey", u, person="1").people[0] for u in ("ola", "sam", "bea")
    }
    assert (seen["ola"].name, seen["ola"].attributes["mobile"]) == ("Ana Reed", "555-1")
    assert (seen["sam"].name, "mobile" in seen["sam"].attributes) == ("A**", False)
    assert seen["bea"].name is None
    amounts = [e.amount for e in agency.run("customer_journey", "bea", person="1").events]
    assert set(amounts) == {None}
    assert isinstance(refusal(agency, "bea", person="Ana Reed"), DeniedError)


def test_namesakes_are_asked_back_with_their_company(agency: Any) -> None:
    error = refusal(agency, person="Bo Lind")
    assert error.code == "AMBIGUOUS_PERSON"
    assert error.candidates == ("3 (Oak Mill)", "4 (Oak Barn)")
    error = refusal(agency, account="Elm Forge")
    assert (error.code, error.candidates) == (
        "AMBIGUOUS_ACCOUNT",
        ("3 (Elm Forge)", "4 (Elm Forge)"),
    )


def test_part_of_a_name_is_taken_only_when_it_is_one(agency: Any) -> None:
    assert refusal(agency, account="oak").code == "AMBIGUOUS_ACCOUNT"
    error = refusal(agency, account="Oak Mil1")
    assert error.code == "UNKNOWN_ACCOUNT"
    assert error.candidates[0] == "Oak Mill"


def test_names_of_people_are_never_offered(agency: Any) -> None:
    error = refusal(agency, person="Ana Red")
    assert (error.code, error.candidates) == ("UNKNOWN_PERSON", ())
    assert refusal(agency, lead="77").code == "UNKNOWN_LEAD"


def test_a_name_is_a_value_and_not_sql(agency: Any) -> None:
    assert refusal(agency, account="x' OR '1'='1").code == "UNKNOWN_ACCOUNT"
    assert refusal(agency, lead="5) OR (1=1").code == "UNKNOWN_LEAD"


def test_exactly_one_subject(agency: Any) -> None:
    assert refusal(agency).code == "BAD_ARGUMENTS"
    assert refusal(agency, account="Oak Mill", lead="5").code == "BAD_ARGUMENTS"


def test_a_period_of_nothing(agency: Any) -> None:
    result = agency.run(
        "customer_journey", person="1", time={"start": "2020-01-01", "end": "2020-02-01"}
    )
    assert (result.events, result.summary.first_touch, result.people) == ((), None, ())
    assert "NO_EVENTS" in codes(result)


def test_a_person_attribute_may_not_be_open_and_personal(studio: Any) -> None:
    from semantic_layer import DefinitionError

    wrong = AGENCY.replace("personal: {mobile", "personal: {job: mobile, mobile")
    with pytest.raises(DefinitionError, match="both open and personal"):
        studio(AGENCY_ROWS, wrong, AGENCY_TABLES)


# --- the sample company -------------------------------------------------------------------


def test_every_touch_and_stage_of_an_account(sample: Any) -> None:
    result = sample.run("customer_journey", "manager", account=ACCOUNT, limit=5000)
    ((touches, stages, orders),) = sample.hand(f"""
      WITH a AS (SELECT account_id FROM accounts WHERE name = '{ACCOUNT}')
      SELECT (SELECT COUNT(*) FROM touchpoints SEMI JOIN a USING (account_id)),
        (SELECT COUNT(created_at) + COUNT(mql_at) + COUNT(sql_at) FROM leads SEMI JOIN a USING (account_id))
        + (SELECT COUNT(*) FROM opportunities SEMI JOIN a USING (account_id))
        + (SELECT COUNT(*) FROM orders SEMI JOIN a USING (account_id) WHERE cancelled_on IS NULL)
        + (SELECT COUNT(*) FROM payments SEMI JOIN a USING (account_id)),
        (SELECT SUM(amount) FROM orders SEMI JOIN a USING (account_id) WHERE cancelled_on IS NULL)""")
    assert (result.summary.touches, result.summary.stage_events) == (touches, stages)
    assert {m.stage: m.amount for m in result.summary.stages}["order"] == float(orders)
    assert [e.day for e in result.events] == sorted(e.day for e in result.events)
    ((people,),) = sample.hand(f"""
      SELECT COUNT(DISTINCT person_id) FROM touchpoints t JOIN identities USING (contact_id)
      WHERE account_id IN (SELECT account_id FROM accounts WHERE name = '{ACCOUNT}')""")
    assert result.summary.people == people
    names = dict(sample.hand("SELECT contact_id, name FROM contacts"))
    assert all(p.name == names[p.records[0]] for p in result.people)
    assert sum(p.touches for p in result.people) == touches


def test_cut_is_said_and_the_summary_holds_all(sample: Any) -> None:
    whole = sample.run("customer_journey", "manager", account=ACCOUNT, limit=5000)
    cut = sample.run("customer_journey", "manager", account=ACCOUNT, limit=10)
    assert cut.events == whole.events[-10:]
    assert cut.summary == whole.summary
    assert "EVENTS_CUT" in codes(cut)
    assert "EVENTS_CUT" not in codes(whole)


def test_own_accounts_only(sample: Any) -> None:
    ((own, foreign),) = sample.hand(
        "SELECT MIN(account_id) FILTER (WHERE owner_id = 'rep_001'), "
        "MIN(account_id) FILTER (WHERE owner_id <> 'rep_001') FROM accounts SEMI JOIN touchpoints USING (account_id)"
    )
    assert sample.run("customer_journey", "rep_001", account=own).total_events > 0
    assert refusal(sample, "rep_001", account=foreign).code == "UNKNOWN_ACCOUNT"
    ((lead, contact),) = sample.hand(
        "SELECT MIN(lead_id), MIN(contact_id) FROM leads WHERE owner_id <> 'rep_001' "
        "AND account_id IN (SELECT account_id FROM accounts WHERE owner_id <> 'rep_001')"
    )
    assert refusal(sample, "rep_001", lead=lead).code == "UNKNOWN_LEAD"
    assert refusal(sample, "rep_001", person=contact).code == "UNKNOWN_PERSON"
    assert isinstance(refusal_of_nobody(sample), DeniedError)


def refusal_of_nobody(sample: Any) -> Exception:
    with pytest.raises(DeniedError) as caught:
        sample.run("customer_journey", "outsider", account=ACCOUNT)
    return caught.value


def test_candidates_stay_within_the_view(sample: Any) -> None:
    error = refusal(sample, "manager_east", account=ACCOUNT)
    ((count,),) = sample.hand(
        f"SELECT COUNT(*) FROM accounts WHERE region = '华东' AND name IN {error.candidates}"
    )
    assert count == len(error.candidates) > 0


def test_hidden_names_are_absent(sample: Any) -> None:
    result = sample.run("customer_journey", "analyst", account=ACCOUNT)
    assert {p.name for p in result.people} == {None}
    assert isinstance(refusal(sample, "analyst", person="唐子"), DeniedError)
    named = refusal(sample, "manager", person="唐子")
    assert named.code == "AMBIGUOUS_PERSON"
    assert "有限公司" in "".join(named.candidates)
