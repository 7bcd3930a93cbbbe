"""Companies whose journeys are known by heart: other tables, other words than the sample's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer import SemanticLayer
from tools import ToolContext, get_tool

DATA = Path(__file__).parent / "data"

DEFINITIONS = """
dimensions:
  medium: {label: Medium}
  push: {label: Push, parent: medium}
  contact: {label: Contact, personal: true}
  state: {label: State}
  note: {label: Note}
models:
  contacts_made:
    source: hits
    key: [touch_id]
    time: ts
    dims: {medium: channel, push: campaign, contact: contact_id}
  deals:
    source: deals
    key: [opp_id]
    time: close_ts
    columns: {net: "CASE WHEN status = 'refunded' THEN 0 ELSE amount END"}
    dims: {state: status, note: note}
  money:
    source: spend
    time: spent_on
    dims: {medium: channel}
roles:
  touchpoint:
    model: contacts_made
    id: touch_id
    at: ts
    person: contact_id
    account: account_id
    direct: channel = 'direct'
    dims: {medium: channel}
  stages:
    - id: signed
      label: Signed
      kind: order
      model: deals
      at: close_ts
      amount: net
      filter: status = 'won'
      account: account_id
      milestones: {lead: lead_ts, opportunity: opp_ts}
  cost:
    - {model: money, amount: paid, at: spent_on}
"""

TABLES = """
CREATE TABLE hits AS SELECT touch_id::BIGINT AS touch_id, account_id, contact_id, ts::TIMESTAMP AS ts,
  channel, campaign FROM read_csv('{data}/tiny_touch.csv', all_varchar = true);
CREATE TABLE deals AS SELECT opp_id, account_id, lead_ts::TIMESTAMP AS lead_ts,
  opp_ts::TIMESTAMP AS opp_ts, close_ts::TIMESTAMP AS close_ts, amount::DECIMAL(18,2) AS amount,
  status, note FROM read_csv('{data}/tiny_opp.csv', all_varchar = true);
CREATE TABLE spend (channel VARCHAR, spent_on DATE, paid DECIMAL(18,2));
INSERT INTO spend VALUES ('email', '2025-01-05', 1000), ('event', '2025-01-06', 0),
  ('radio', '2025-01-07', 500);
"""


class Company:
    """A project on disk and its tools."""

    def __init__(self, root: Path, tables: str, definitions: str, config: str = "") -> None:
        (root / "semantic_layer").mkdir(parents=True)
        settings = "timezone: UTC\n" if "timezone" not in config else ""
        settings += "today: 2027-01-01\n" if "today" not in config else ""
        text = f"{settings}engine: {{path: data.duckdb, threads: 1}}\n{config}\n"
        (root / "askmql.yml").write_text(text, encoding="utf-8")
        (root / "semantic_layer" / "all.yml").write_text(definitions, encoding="utf-8")
        with duckdb.connect(str(root / "data.duckdb")) as con:
            con.execute(tables)
        self.layer = SemanticLayer.load(root)

    def run(self, tool: str, user: str | None = None, /, **args: Any) -> Any:
        context = ToolContext(self.layer, self.layer.scope(user), lang="en")
        return get_tool(tool).run(args, context)

    def credit(self, **args: Any) -> Any:
        return self.run("attribute_revenue", **args)

    def table(self, model: str, of: str = "amount", **args: Any) -> dict[str, float]:
        """Group -> credit under one model, the unattributed row included."""
        result = self.credit(models=[model], **args)
        rows = [*result.rows, *([result.unattributed] if result.unattributed else [])]
        model_id = result.models[0].id
        return {row.group: getattr(row.models[model_id], of) for row in rows}

    def weights(self, conversion: str, model: str, **args: Any) -> dict[str, float]:
        """Touch id -> weight of one conversion."""
        evidence = self.credit(models=[model], explain=conversion, **args).evidence
        return {t.touch_id: next(iter(t.weights.values())) for t in evidence.touches}


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Company]:
    """Build a company of hand-made tables."""

    def build(tables: str, definitions: str = DEFINITIONS, config: str = "") -> Company:
        return Company(tmp_path_factory.mktemp("company") / "project", tables, definitions, config)

    return build


@pytest.fixture(scope="session")
def tiny(company: Callable[..., Company]) -> Company:
    """The worked example: 56 touches, 19 deals, each a trap."""
    config = "attribution: {lookback_days: 90}"
    return company(TABLES.replace("{data}", DATA.as_posix()), DEFINITIONS, config)


@pytest.fixture(scope="session")
def tiny_with(company: Callable[..., Company]) -> Callable[..., Company]:
    """Build the worked example with other definitions: a function of the usual ones."""

    def build(edit: Callable[[str], str]) -> Company:
        config = "attribution: {lookback_days: 90}"
        return company(TABLES.replace("{data}", DATA.as_posix()), edit(DEFINITIONS), config)

    return build


@pytest.fixture(scope="session")
def journeys(company: Callable[..., Company]) -> Callable[..., Company]:
    """Build a company of journeys: (touches, deals) as literal SQL rows."""

    def build(touches: str, deals: str, **parts: str) -> Company:
        tables = f"""
CREATE TABLE hits AS SELECT * FROM (VALUES {touches})
  t(touch_id, account_id, contact_id, ts, channel, campaign);
ALTER TABLE hits ALTER ts TYPE TIMESTAMP;
CREATE TABLE deals AS SELECT * FROM (VALUES {deals})
  t(opp_id, account_id, lead_ts, opp_ts, close_ts, amount, status, note);
ALTER TABLE deals ALTER lead_ts TYPE TIMESTAMP; ALTER TABLE deals ALTER opp_ts TYPE TIMESTAMP;
ALTER TABLE deals ALTER close_ts TYPE {parts.pop("close_type", "TIMESTAMP")};
ALTER TABLE deals ALTER amount TYPE DECIMAL(18, 4);
CREATE TABLE spend (channel VARCHAR, spent_on DATE, paid DECIMAL(18,2));
{parts.pop("more", "")}
"""
        return company(tables, **parts)

    return build


@pytest.fixture(scope="session")
def definitions() -> str:
    """The definitions of the hand-made companies, to be varied."""
    return DEFINITIONS
