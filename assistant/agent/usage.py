"""What models have used: tokens and money by asker and day, and whether more may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assistant.agent.errors import ModelError
from assistant.agent.settings import Limits
from semantic_layer.state import open_state


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one call, or of many.

    Attributes:
        estimated: The provider sent no figures; they are counted from the texts.
    """

    prompt: int = 0
    reply: int = 0
    money: float = 0.0
    calls: int = 0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        """Prompt and reply together."""
        return self.prompt + self.reply

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.reply + other.reply,
            self.money + other.money,
            self.calls + other.calls,
            self.estimated or other.estimated,
        )


class Ledger:
    """Keeps every call and enforces the budgets.

    Args:
        home: Folder of the state; `ASKMQL_STATE_URL` takes its place when set.
        limits: The budgets.
    """

    def __init__(self, home: Path, limits: Limits, url: str | None = None) -> None:
        import sqlalchemy as sa

        self._sa = sa
        self.limits = limits
        self._engine = open_state(home, url)
        meta = sa.MetaData()
        self._calls = sa.Table(
            "llm_usage",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("day", sa.Date, nullable=False, index=True),
            sa.Column("asker", sa.String(200), nullable=False),
            sa.Column("model", sa.String(300), nullable=False),
            sa.Column("prompt", sa.Integer, nullable=False),
            sa.Column("reply", sa.Integer, nullable=False),
            sa.Column("money", sa.Float, nullable=False),
            sa.Column("estimated", sa.Boolean, nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
        )
        meta.create_all(self._engine)

    def record(self, asker: str, model: str, day: date, usage: Usage) -> None:
        """Keep one call."""
        row = {
            "day": day, "asker": asker, "model": model, "prompt": usage.prompt, "reply": usage.reply,
            "money": usage.money, "estimated": usage.estimated, "at": datetime.now(UTC).replace(tzinfo=None),
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(self._calls.insert().values(**row))

    def spent(self, *, asker: str | None = None, day: date | None = None) -> Usage:
        """Return what was used, of one asker or all, on one day or ever."""
        sa, t = self._sa, self._calls
        query = sa.select(
            sa.func.coalesce(sa.func.sum(t.c.prompt), 0),
            sa.func.coalesce(sa.func.sum(t.c.reply), 0),
            sa.func.coalesce(sa.func.sum(t.c.money), 0.0),
            sa.func.count(),
        )
        if asker is not None:
            query = query.where(t.c.asker == asker)
        if day is not None:
            query = query.where(t.c.day == day)
        with self._engine.connect() as connection:
            row = connection.execute(query).one()
        return Usage(int(row[0]), int(row[1]), float(row[2]), int(row[3]))

    def check(self, asker: str, day: date) -> None:
        """Refuse when a budget is spent.

        Raises:
            ModelError: BUDGET_SPENT, naming the budget.
        """
        limits = self.limits
        scopes: tuple[tuple[str, dict[str, Any], float | None, float | None], ...] = (
            ("user_day", {"asker": asker, "day": day}, limits.tokens_per_user_day, limits.money_per_user_day),
            ("day", {"day": day}, limits.tokens_per_day, limits.money_per_day),
            ("total", {}, limits.tokens_total, limits.money_total),
        )  # fmt: skip
        for name, of, tokens, money in scopes:
            if tokens is None and money is None:
                continue
            used = self.spent(**of)
            over = (tokens is not None and used.tokens >= tokens) or (
                money is not None and used.money >= money
            )
            if over:
                raise ModelError("BUDGET_SPENT", _WHICH[name], params={"budget": name})


_WHICH = {
    "user_day": "(your own, of today)",
    "day": "(everybody's, of today)",
    "total": "(the whole budget)",
}


def estimate_tokens(text: str) -> int:
    """Return a careful guess of a text's tokens: one a Chinese character, else one in 3.5."""
    wide = sum(ord(c) > 0x2E7F for c in text)
    return wide + round((len(text) - wide) / 3.5)
