"""Writes the library's Parquet files into a folder; the same files on every run."""

from __future__ import annotations

import random
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

FIRST, LAST = date(2024, 1, 1), date(2026, 3, 17)
BRANCHES = (
    ("001", "总馆", "江岸区"),
    ("002", "滨江分馆", "江岸区"),
    ("003", "光谷分馆", "洪山区"),
    ("004", "沌口分馆", "汉阳区"),
    ("005", "少儿馆", "洪山区"),
)
CATEGORIES = {
    "文学": ("活着", "围城", "平凡的世界", "百年孤独"),
    "历史": ("万历十五年", "明朝那些事儿", "1984"),
    "计算机": ("算法导论", "流畅的Python"),
    "少儿": ("小王子", "窗边的小豆豆", "夏洛的网"),
    "艺术": ("艺术的故事", "美的历程"),
}
CARDS = ("成人证", "学生证", "老年证")
ACTIVITIES = ("讲座", "读书会", "亲子阅读")


def _save(
    folder: Path, name: str, columns: str, rows: list[tuple[object, ...]], types: str
) -> None:
    """One table; `types` has one SQL type per column, so that dates are dates and ids are text."""
    frame = pd.DataFrame(rows, columns=columns.split(), dtype=object)
    with duckdb.connect() as con:
        con.register("frame", frame)
        casts = ", ".join(
            f'CAST("{c}" AS {t}) AS "{c}"'
            for c, t in zip(columns.split(), types.split(), strict=True)
        )
        target = str(folder / f"{name}.parquet").replace("'", "''")
        con.execute(f"COPY (SELECT {casts} FROM frame) TO '{target}' (FORMAT parquet)")


def make(folder: Path) -> None:
    """Write every table."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(19260817)
    span = (LAST - FIRST).days
    books: list[tuple[object, ...]] = []
    for category, titles in CATEGORIES.items():
        for title in titles:
            for _ in range(rng.randint(4, 14)):
                bought = (
                    FIRST
                    - timedelta(days=rng.randint(0, 900))
                    + timedelta(days=rng.randint(0, 600))
                )
                weeded = (
                    FIRST + timedelta(days=rng.randint(500, span)) if rng.random() < 0.1 else None
                )
                books.append(
                    (
                        f"{len(books) + 1:08d}",
                        title,
                        category,
                        rng.choice(BRANCHES)[0],
                        bought,
                        weeded,
                    )
                )
    readers: list[tuple[object, ...]] = [
        (
            f"{n:06d}",
            rng.choices((*CARDS, None), (6, 3, 2, 1))[0],
            rng.choice(BRANCHES)[0],
            FIRST + timedelta(days=rng.randint(0, span)),
        )
        for n in range(1, 601)
    ]
    loans: list[tuple[object, ...]] = []
    for n in range(1, 4001):
        day = FIRST + timedelta(days=int(span * rng.random() ** 0.7))
        due = day + timedelta(days=30)
        back: date | None = day + timedelta(
            days=rng.choices((7, 20, 29, 33, 45, 70), (3, 5, 6, 2, 1, 1))[0]
        )
        back = back if back and back <= LAST and rng.random() < 0.98 else None
        fine = round(max((back - due).days, 0) * 0.2, 2) if back else None
        who = rng.choice(readers)[0] if rng.random() < 0.98 else "999999"
        book = rng.choice(books)[0] if rng.random() < 0.98 else "99999999"
        branch = rng.choices([b[0] for b in BRANCHES], [9, 4, 5, 3, 5])[0]
        loans.append((n, who, book, branch, day.isoformat(), due, back, fine))
    events: list[tuple[object, ...]] = []
    for n in range(1, 301):
        at = datetime.combine(FIRST + timedelta(days=rng.randint(0, span)), datetime.min.time())
        at += timedelta(hours=rng.randint(9, 20))
        seen = rng.randint(5, 120) if rng.random() < 0.95 else None
        events.append((n, rng.choice(BRANCHES)[0], rng.choice(ACTIVITIES), at, seen))
    _save(folder, "分馆", "馆号 馆名 城区", list(BRANCHES), "VARCHAR VARCHAR VARCHAR")
    _save(
        folder,
        "馆藏",
        "条码 书名 类别 所属分馆 入藏日期 剔旧日期",
        books,
        "VARCHAR VARCHAR VARCHAR VARCHAR DATE DATE",
    )
    _save(folder, "读者", "证号 证类 办证分馆 办证日期", readers, "VARCHAR VARCHAR VARCHAR DATE")
    _save(folder, "借阅记录", "流水号 证号 条码 借出分馆 借阅日期 应还日期 归还日期 逾期费", loans,
          "BIGINT VARCHAR VARCHAR VARCHAR VARCHAR DATE DATE DOUBLE")  # fmt: skip
    _save(
        folder,
        "活动报名",
        "报名号 分馆 活动类型 活动时间 到场人数",
        events,
        "BIGINT VARCHAR VARCHAR TIMESTAMP INTEGER",
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]))
