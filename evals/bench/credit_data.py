"""Made-up touches and deals as Parquet, alike on every machine: what attribution is timed on.

`python -m evals.bench.credit_data FOLDER TOUCHES` writes them: a process inherits the peak memory of
the one that starts it, so the bench itself must stay small.

Six touches an account on average; 35 % of the accounts buy, some twice; about 28 % of the touches lie
in the 90 days before a deal; 2 % of the deals have no touch; ties in time; no order of rows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PER_ACCOUNT = 6
CHANNELS = 12
CAMPAIGNS = 204
DEFINITIONS = """
version: 1
dimensions: {channel: {label: Channel}, campaign: {label: Campaign}}
models:
  touches:
    source: touches
    key: [touch_id]
    time: touched_at
    types: {touch_id: BIGINT, touched_at: TIMESTAMP}
    dims: {channel: channel, campaign: campaign}
  deals: {source: deals, key: [deal_id], time: closed_at, types: {closed_at: TIMESTAMP, lead_at: TIMESTAMP, opened_at: TIMESTAMP}}
roles:
  touchpoint: {model: touches, id: touch_id, at: touched_at, account: account_id}
  stages:
    - id: order
      label: Order
      model: deals
      at: closed_at
      amount: amount
      account: account_id
      milestones: {lead: lead_at, opportunity: opened_at}
"""
PAIRS = (
    "FROM deals d JOIN touches t ON t.account_id = d.account_id "
    "AND t.touched_at <= d.closed_at AND t.touched_at >= d.closed_at - INTERVAL 90 DAY"
)
"""The touches of each deal, by hand."""

_CLOSE = "TIMESTAMP '2024-04-01' + to_seconds((hash({a}, 2) % 54000000)::BIGINT)"
_TOUCHES = """
SELECT i AS touch_id, 'acc' || lpad(a::VARCHAR, 9, '0') AS account_id,
  'ch' || lpad((hash(i, 3) % {channels})::VARCHAR, 2, '0') AS channel,
  'campaign ' || (hash(i, 4) % {campaigns}) AS campaign,
  date_trunc('minute', CASE WHEN hash(a, 1) % 100 < 35 AND hash(i, 5) % 100 < 82
    THEN {close} + INTERVAL 10 DAY - to_seconds((hash(i, 6) % 9000000)::BIGINT)
    ELSE TIMESTAMP '2024-01-01' + to_seconds((hash(i, 7) % 63072000)::BIGINT) END) AS touched_at
FROM (SELECT i, hash(i, 8) % {accounts} AS a FROM range({rows}) r(i)) ORDER BY hash(i, 9)
"""
_DEALS = """
SELECT d AS deal_id, 'acc' || lpad((CASE WHEN hash(d, 10) % 100 < 2 THEN a + {accounts} ELSE a END)::VARCHAR, 9, '0') AS account_id,
  c - to_seconds((hash(d, 11) % 7000000)::BIGINT) AS lead_at, c - to_seconds((hash(d, 12) % 3000000)::BIGINT) AS opened_at,
  c AS closed_at, ((hash(d, 13) % 5000000) / 100)::DECIMAL(18, 2) AS amount
FROM (SELECT a * 2 + n AS d, a, {close} + to_days((n * 60)::INTEGER) AS c
  FROM range({accounts}) r(a), range(2) s(n)
  WHERE hash(a, 1) % 100 < 35 AND (n = 0 OR hash(a, 14) % 100 < 7)) ORDER BY hash(d, 15)
"""


def write(folder: Path, touches: int) -> None:
    """Write `touches.parquet` and `deals.parquet`."""
    parts = {
        "rows": touches,
        "accounts": max(touches // PER_ACCOUNT, 1),
        "channels": CHANNELS,
        "campaigns": CAMPAIGNS,
        "close": _CLOSE.format(a="a"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with _open() as con:
        for name, text in (("touches", _TOUCHES), ("deals", _DEALS)):
            sql = text.format(**parts)
            target = (folder / f"{name}.parquet").as_posix()
            con.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet)")


def connect(folder: Path) -> DuckDBPyConnection:
    """Return a connection that sees the files that exist as tables."""
    con = _open()
    for name in ("touches", "deals"):
        path = folder / f"{name}.parquet"
        if not path.exists():
            continue
        con.execute(f"CREATE VIEW {name} AS FROM '{path.as_posix()}'")
    return con


def _open() -> DuckDBPyConnection:
    import duckdb

    con = duckdb.connect(config={"threads": 2})
    con.execute("SET enable_progress_bar = false")  # it would stand among the results
    return con


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
