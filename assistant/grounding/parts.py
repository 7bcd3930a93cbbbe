"""Pieces of the names of a result that may be said on their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from assistant.grounding.english import plural
from assistant.grounding.evidence import Name, fold

if TYPE_CHECKING:
    from assistant.answer import Table
    from semantic_layer.loader import Definitions


def parts_of(tables: Iterable[Table]) -> frozenset[str]:
    """`cycle` of `Mean sales cycle`, `归因` of `U型 归因金额`."""
    tables = tuple(tables)
    out = set(_CREDITED) if any(map(shares_of, tables)) else set()
    labels = (c.label for t in tables for c in t.columns if c.kind != "time")
    for label in (fold(part) for whole in labels for part in whole.split()):
        out.update({label} if re.search(r"[\u4e00-\u9fff]", label) else ())
        words = re.findall(r"[a-z]{4,}", label)
        out.update(*((w, f"{w}s") for w in words))
        for run in re.findall(r"[\u4e00-\u9fff]{4,}", label):
            out.update((run[:2], run[-2:]))
    return frozenset(out)


#: What is attributed to touchpoints.
_CREDITED = ("订单", "收入", "成交", "功劳", "权重", "revenue", "credit", "orders", "deals", "won")
#: What a metric's name ends in: `到会` of 到会数, `订单` of 订单金额.
_MEASURED = re.compile(r"(?:总?[数量额率]|金额|次数|人数|时长|天数|成本|费用)$")


def stems_of(words: Iterable[str]) -> frozenset[str]:
    """What metrics are measures of: `lead`, `leads` and `rate` of `Lead to MQL rate`."""
    out: set[str] = set()
    for word in words:
        stem = _MEASURED.sub("", word)
        if len(stem) > 1 and not stem.isascii():
            out.add(stem)
        for part in re.findall(r"[a-z]{3,}", word):
            out.update((part, plural(part), part.removesuffix("s")))
    return frozenset(out)


def counted_things(tables: Iterable[Table], definitions: Definitions | None) -> set[str]:
    """What is counted: the label of the metric that counts the unit, 线索量 of `lead`."""
    units = {c.unit for t in tables for c in t.columns if c.kind == "value" and c.unit}
    metrics = definitions.metrics if definitions else {}
    labels = [m.label for u in units if (m := metrics.get(plural(u.split("/")[-1]))) is not None]
    return {fold(word) for label in labels for word in (label.zh, label.en) if word}


def stems_of_labels(tables: Iterable[Table]) -> dict[str, frozenset[str]]:
    """Pieces of the labels of metrics, with the metrics whose labels hold them."""
    out: dict[str, set[str]] = {}
    for table in tables:
        for column in table.columns:
            if column.kind == "value":
                for stem in stems_of((fold(column.label),)):
                    out.setdefault(stem, set()).add(column.name)
    return {stem: frozenset(metrics) for stem, metrics in out.items()}


def shared_names(keys: Mapping[str, Name]) -> dict[str, tuple[Name, ...]]:
    """Parts that the names of several rows share: `East` of `East team 1` and `East team 2`."""
    found: dict[tuple[str, str], set[Name]] = {}
    for word, name in keys.items():
        pieces = set(re.findall(r"[a-z]{3,}", word))
        pieces |= {word[:n] for n in range(2, len(word)) if not word[:n].isascii()}
        for piece in pieces - set(keys):
            found.setdefault((name.id.split("=")[0], piece), set()).add(name)
    sizes = {d: len({n for n in keys.values() if n.id.startswith(f"{d}=")}) for d, _ in found}
    return {
        piece: tuple(sorted(names, key=lambda n: n.id))
        for (dimension, piece), names in found.items()
        if 1 < len(names) < sizes[dimension]
    }


def without_value(called: Iterable[str]) -> set[str]:
    """What the group without a value is called: `no region`, `未填行业`."""
    zh = {
        f"{no}{w}"
        for w in called
        if not w.isascii()
        for no in (
            "未填",
            "没有",
            "无",
            "未知",
            "不明",
            "未归属",
            "未填写",
            "没有填写",
            "没有填",
            "未记录",
        )
    }
    en = {
        f"{no} {w}"
        for w in called
        if w.isascii()
        for no in (
            "no",
            "without an assigned",
            "with no assigned",
            "no assigned",
            "without a named",
            "without any",
            "without a",
            "without an",
            "without",
            "unknown",
            "unassigned",
            "no named",
            "with no",
            "missing",
        )
    }
    return zh | en


def shares_of(table: Table) -> dict[str, str]:
    """Column of shares -> the column of amounts beside it that they are shares of (`x__share`)."""
    names = [c.name for c in table.columns if c.kind == "value"]
    return {
        n: m for n in names for m in names if n.endswith("__share") and m == f"{n[:-7]}__amount"
    }
