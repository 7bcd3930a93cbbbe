"""Shared machinery of the generator: calendar, seeded integer draws and the table writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEED = 20241101
GENERATOR_VERSION = "1"
HISTORY_START = date(2024, 11, 1)
AS_OF = date(2026, 10, 27)
TODAY = date(2026, 10, 28)
DAY = 86_400
DAYS = (AS_OF - HISTORY_START).days + 1
END = DAYS * DAY
NULL = -(1 << 40)  # below every real instant, day, amount and index
_ORIGIN_DAY = (HISTORY_START - date(1970, 1, 1)).days
_ORIGIN_UTC = _ORIGIN_DAY * DAY - 8 * 3600  # local midnight of the first day, in UTC

# The position is the stream's seed: append only.
STREAMS = (
    "accounts", "contacts", "campaigns", "costs", "members", "ads", "contents", "plan", "funnel",
    "touches", "sessions", "email", "follows", "leads", "opportunities", "stages", "quotes",
    "orders", "payments", "followups", "usage", "tickets", "experiments", "shares", "org",
    "journeys", "calls", "identity",
)  # fmt: skip


def day_of(when: date) -> int:
    """Days from the start of history to a local date."""
    return (when - HISTORY_START).days


@dataclass(frozen=True)
class Draws:
    """Integer-only random draws, the same on every machine."""

    rng: np.random.Generator

    def below(self, bound: int, size: int) -> Ints:
        """Uniform integers in [0, bound)."""
        return self.rng.integers(0, max(1, bound), size=size, dtype=np.int64)

    def upto(self, bounds: Ints) -> Ints:
        """Uniform integers in [0, bounds[i]), by scaling one wide draw."""
        wide = self.below(1 << 30, len(bounds))
        return (wide * np.maximum(bounds, 1)) >> 30

    def chance(self, per_mille: int | Ints, size: int) -> Bools:
        """True with the given probability in thousandths."""
        return self.below(1000, size) < per_mille

    def pick(self, weights: Sequence[int] | Ints, size: int) -> Ints:
        """Indices drawn in proportion to integer weights."""
        total = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(total, self.below(int(total[-1]), size), side="right").astype(
            np.int64
        )

    def sample(self, pool: Ints, size: int) -> Ints:
        """Distinct members of a pool, in drawn order."""
        order = np.argsort(self.below(1 << 60, len(pool)), kind="stable")
        return pool[order[:size]]


@dataclass(frozen=True)
class Shard:
    """One memory-sized slice of the world; scale 1 is one whole shard.

    Attributes:
        number: Position of the shard, 0 first.
        per_mille: Its size in thousandths of the default world.
        base: Rows already written of each table, so ids continue across shards.
    """

    number: int
    per_mille: int
    base: Mapping[str, int]

    def n(self, count: int, least: int = 1) -> int:
        """A default-scale count at this shard's size."""
        return max(least, count * self.per_mille // 1000)

    def draws(self, stream: str) -> Draws:
        """The table's own seeded stream in this shard."""
        key = [SEED, STREAMS.index(stream), self.number]
        return Draws(np.random.Generator(np.random.PCG64(np.random.SeedSequence(key))))

    def first(self, table: str) -> int:
        """How many rows of a table earlier shards wrote."""
        return self.base.get(table, 0)

    def suffix(self) -> str:
        """Marks names of later shards, so the planted names stay unique."""
        return f"·{self.number}" if self.number else ""


@dataclass(frozen=True)
class Col:
    """A column to insert: numpy data and the SQL that turns it into the declared type."""

    name: str
    data: Ints | Bools | pd.Categorical[str] | NDArray[np.object_]
    sql: str


def ident(name: str, index: Ints, prefix: str, base: int = 0, width: int = 6) -> Col:
    """An id column from row indices; negative is NULL."""
    text = f"'{prefix}' || printf('%0{width}d', \"{name}\" + {base + 1})"
    return Col(name, index, f'CASE WHEN "{name}" >= 0 THEN {text} END')


def instant(name: str, local: Ints) -> Col:
    """A UTC timestamp from local seconds since the start of history."""
    sql = f'CASE WHEN "{name}" > {NULL} THEN make_timestamp(("{name}" + {_ORIGIN_UTC})*1000000) END'
    return Col(name, local, sql)


def local_day(name: str, days: Ints) -> Col:
    """A local date from day numbers."""
    sql = f"DATE '1970-01-01' + CAST(\"{name}\" + {_ORIGIN_DAY} AS INTEGER)"
    return Col(name, days, f'CASE WHEN "{name}" > {NULL} THEN {sql} END')


def money(name: str, cents: Ints) -> Col:
    """An amount from integer cents."""
    return Col(name, cents, f'CAST("{name}" / 100.0 AS DECIMAL(18,2))')


def number(name: str, values: Ints) -> Col:
    """An integer column with NULLs."""
    return Col(name, values, f'CASE WHEN "{name}" > {NULL} THEN "{name}" END')


def flag(name: str, values: Bools) -> Col:
    """A boolean column without NULLs."""
    return Col(name, values, f'"{name}"')


def tri(name: str, values: Ints) -> Col:
    """A boolean column: 1, 0 or negative for NULL."""
    return Col(name, values, f'CASE WHEN "{name}" >= 0 THEN "{name}" = 1 END')


def label(name: str, codes: Ints, labels: Sequence[str]) -> Col:
    """A text column from codes into a list of distinct labels; negative is NULL."""
    data = pd.Categorical.from_codes(np.maximum(codes, -1), categories=pd.Index(list(labels)))
    return Col(name, data, f'CAST("{name}" AS VARCHAR)')


def text(name: str, values: Sequence[str | None]) -> Col:
    """A free text column."""
    data = np.empty(len(values), dtype=np.object_)
    data[:] = values
    return Col(name, data, f'CAST("{name}" AS VARCHAR)')


def write(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Col]) -> int:
    """Appends columns to a table and returns the number of rows."""
    frame = pd.DataFrame({column.name: column.data for column in columns})
    if len(frame) == 0:
        return 0
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(column.sql for column in columns)
    con.register("incoming", frame)
    con.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM incoming")  # noqa: S608 - our own names
    con.unregister("incoming")
    return len(frame)


def rows(n: int) -> Ints:
    """Row numbers 0..n-1."""
    return np.arange(n, dtype=np.int64)


def full(n: int, value: int) -> Ints:
    """A constant integer column."""
    return np.full(n, value, dtype=np.int64)


def ints(values: Sequence[int]) -> Ints:
    """A sequence as an integer array."""
    return np.asarray(values, dtype=np.int64)


_WEEKDAY = ints((110, 115, 112, 108, 100, 35, 25))
_MONTH = ints((0, 85, 55, 115, 108, 104, 106, 96, 98, 110, 95, 112, 104))


def day_weights() -> Ints:
    """Demand by local day: growth, season and weekday."""
    days = rows(DAYS)
    dates = np.datetime64(HISTORY_START, "D") + days
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    weekday = (days + HISTORY_START.weekday()) % 7
    return (700 + days) * _WEEKDAY[weekday] * _MONTH[month] // 100


WEIGHTS = day_weights()
_HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 5, 12, 14, 11, 5, 8, 13, 13, 11, 8, 4, 4, 5, 3, 1, 0)


def draw_days(draws: Draws, first: int, last: int, size: int) -> Ints:
    """Local days in [first, last], in proportion to demand."""
    return draws.pick(WEIGHTS[first : last + 1], size) + first


def draw_seconds(draws: Draws, size: int) -> Ints:
    """Seconds of the local day, mostly in working hours."""
    return draws.pick(_HOURS, size) * 3600 + draws.below(3600, size)


_AMOUNTS = ints((20, 26, 32, 38, 45, 52, 60, 68, 78, 90, 104, 120, 140, 165, 195, 230, 275, 335,
                 420, 560, 800))  # fmt: skip


def draw_amounts(draws: Draws, size: int) -> Ints:
    """Deal sizes in yuan, 20k to 800k, long-tailed, from an integer quantile table."""
    step, part = draws.below(20, size), draws.below(1000, size)
    low, high = _AMOUNTS[step], _AMOUNTS[step + 1]
    return (low * 1000 + (high - low) * part) // 100 * 100
