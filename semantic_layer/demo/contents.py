"""Content assets and what employees share."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    DAY,
    DAYS,
    Draws,
    Ints,
    Shard,
    day_of,
    draw_days,
    draw_seconds,
    ident,
    instant,
    label,
    local_day,
    number,
    rows,
    text,
    write,
)
from semantic_layer.demo.names import TOPICS, person_name

_TYPES = ("白皮书", "案例", "文章", "视频", "电子书")
_TITLES = ("行业趋势报告", "落地实践", "选型指南", "十问十答", "标杆工厂实录", "投资回报测算")
_DEPARTMENTS = ("市场部", "销售部", "售前部", "研发部", "客户成功部", "人力资源部")
EMPLOYEES = 80


@dataclass(frozen=True)
class Contents:
    """Assets by row. Row 0 is the planted whitepaper; the others ascend by publication."""

    kind: Ints
    topic: Ints
    published: Ints

    def draw(self, draws: Draws, day: Ints) -> Ints:
        """Any asset but the planted one, published by the day."""
        known = np.searchsorted(self.published[1:], day, side="right").astype(np.int64)
        return 1 + draws.upto(known)


def make_contents(shard: Shard) -> Contents:
    """Draws the assets of a shard."""
    draws = shard.draws("contents")
    n = shard.n(60, 20)
    published = np.where(rows(n) < n // 2, rows(n) * 8 - 400, (rows(n) - n // 2) * 600 // n - 100)
    published[0] = day_of(truths.HISTORY_START) + 30
    published[1:] = np.sort(published[1:])
    kind = rows(n) % len(_TYPES)
    return Contents(kind, draws.below(len(TOPICS), n), published)


def write_contents(con: duckdb.DuckDBPyConnection, shard: Shard, contents: Contents) -> int:
    """Writes the assets."""
    n = len(contents.kind)
    titles = [
        f"{TOPICS[int(t)]}{_TITLES[i % 6]}（第{i}期）{shard.suffix()}"
        for i, t in enumerate(contents.topic)
    ]
    titles[0] = truths.WHITEPAPER.title + shard.suffix()
    return write(
        con,
        "contents",
        [
            ident("content_id", rows(n), "CT", shard.first("contents"), 4),
            text("title", titles),
            label("content_type", contents.kind, _TYPES),
            label("topic", contents.topic, TOPICS),
            local_day("published_on", contents.published),
        ],
    )


def employee_ids() -> list[str]:
    """Ids of the employees that share content and refer leads."""
    return [f"emp_{i + 1:03d}" for i in range(EMPLOYEES)]


def write_shares(con: duckdb.DuckDBPyConnection, shard: Shard, contents: Contents) -> int:
    """Writes the shares by employees; a few are very active."""
    draws = shard.draws("shares")
    n = shard.n(3_000)
    who = draws.pick(200 // (1 + rows(EMPLOYEES)) + 8, n)
    day = np.sort(draw_days(draws, 0, DAYS - 1, n))
    names = [person_name(950_000 + i) + f"（{i + 1}）" for i in range(EMPLOYEES)]
    return write(
        con,
        "employee_shares",
        [
            ident("share_id", rows(n), "SH", shard.first("employee_shares")),
            label("employee_id", who, employee_ids()),
            label("employee_name", who, names),
            label("department", who % len(_DEPARTMENTS), _DEPARTMENTS),
            ident("content_id", contents.draw(draws, day), "CT", shard.first("contents"), 4),
            instant("shared_at", day * DAY + draw_seconds(draws, n)),
            number("views", draws.below(12, n) * draws.below(12, n)),
        ],
    )
