"""A subscription business that shares nothing with the sample company."""

from __future__ import annotations

from typing import Any

import pytest

GYM = """
version: 1
dimensions:
  town: {label: Town}
  coach: {label: Coach}
  firm: {label: Firm}
models:
  firms: {source: firm_list, key: [firm_no], time: joined_on, dims: {town: town, coach: coach, firm: title}}
  plans: {source: plan_book, key: [plan_no], time: bought_on, joins: {firms: firm_no}, dims: {town: firms.town, coach: firms.coach, firm: firms.title}}
  visits: {source: door_log, time: came, zone: UTC, joins: {firms: firm_no}, dims: {town: firms.town, coach: firms.coach, firm: firms.title}}
  bills: {source: bill_book, key: [bill], time: issued, joins: {firms: firm_no}, dims: {town: firms.town, coach: firms.coach, firm: firms.title}}
  receipts: {source: till, time: paid_on, joins: {bills: bill}, dims: {town: bills.firms.town, coach: bills.firms.coach, firm: bills.firms.title}}
  pleas: {source: help_desk, key: [plea], time: asked, zone: UTC, joins: {firms: firm_no}, dims: {town: firms.town, coach: firms.coach, firm: firms.title}}
metrics:
  plans: {label: Plans, model: plans, agg: count}
roles:
  account: {model: firms, id: firm_no, name: title}
  customer:
    orders: {model: plans, id: plan_no, account: firm_no, at: bought_on, amount: price, product: kind, margin: gain}
    contract: {model: plans, account: firm_no, start: bought_on, end: ends_on}
    usage: {model: visits, account: firm_no, at: came}
    tickets: {model: pleas, account: firm_no, opened: asked, closed: answered, rating: stars, worst: 0, best: 10}
    receivable: {model: bills, id: bill, account: firm_no, amount: owed, at: issued, due: due_on, paid: {model: receipts, of: bill, at: paid_on, amount: amount}}
    owner: coach
    attributes: {town: town}
    cross_sell: {alike: [town], least: 3}
"""

TABLES = """
CREATE TABLE firm_list (firm_no BIGINT, title VARCHAR, town VARCHAR, coach VARCHAR, joined_on DATE);
CREATE TABLE plan_book (plan_no BIGINT, firm_no BIGINT, kind VARCHAR, price DECIMAL(12,2), gain DECIMAL(12,2), bought_on DATE, ends_on DATE);
CREATE TABLE door_log (firm_no BIGINT, came TIMESTAMP);
CREATE TABLE bill_book (bill BIGINT, firm_no BIGINT, owed DECIMAL(12,2), issued DATE, due_on DATE);
CREATE TABLE till (bill BIGINT, paid_on DATE, amount DECIMAL(12,2));
CREATE TABLE help_desk (plea BIGINT, firm_no BIGINT, asked TIMESTAMP, answered TIMESTAMP, stars INTEGER);
"""


@pytest.fixture(scope="session")
def gym_definitions() -> str:
    """The gym's definitions, to be changed."""
    return GYM


@pytest.fixture
def gym(build_company: Any, tmp_path: Any) -> Any:
    """A maker of gyms: give INSERT statements, get the company."""
    count = iter(range(100))

    def make(rows: str = "", definitions: str = GYM) -> Any:
        return build_company(tmp_path / str(next(count)), rows, definitions, TABLES)

    return make
