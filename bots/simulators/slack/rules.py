"""What Slack refuses in a message: checked here from the payload alone, in Slack's own terms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

_COUNTED: Final = frozenset({"text", "title", "label", "name", "caption", "alt_text"})
_TOTAL: Final = 13_200
_MAX_TEXT: Final = 40_000
_KNOWN: Final = frozenset(
    {
        "rich_text", "section", "context", "actions", "divider", "header", "image", "table",
        "data_table", "data_visualization", "context_actions", "markdown", "input", "alert",
        "card", "carousel", "container", "task_card", "plan", "file", "video",
    }
)  # fmt: skip


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def problems(payload: dict[str, Any], *, native: bool = True) -> tuple[str, list[str]]:
    """Return Slack's error code, or "", and the messages with JSON pointers.

    Args:
        payload: `text` and `blocks` of a message.
        native: The workspace knows the blocks of 2026.
    """
    blocks = payload.get("blocks") or []
    text = payload.get("text") or ""
    if not blocks and not text:
        return "no_text", []
    if len(blocks) > 50:
        return "invalid_blocks", ["no more than 50 items allowed [json-pointer:/blocks]"]
    found = [
        f"{m} [json-pointer:/blocks/{i}{p}]" for i, b in enumerate(blocks) for p, m in _block(b)
    ]
    found += _across(blocks)
    if not native:
        found += [
            f"unsupported type: {b.get('type')} [json-pointer:/blocks/{i}/type]"
            for i, b in enumerate(blocks)
            if b.get("type") in {"data_table", "data_visualization", "context_actions"}
        ]
    if found:
        return "invalid_blocks", found
    if counted(blocks) > _TOTAL:
        return "msg_blocks_too_long", []
    return ("msg_too_long", []) if units(text) > _MAX_TEXT else ("", [])


def counted(value: Any) -> int:  # noqa: ANN401 - JSON can be anything
    """Return how many characters count towards the message's total."""
    if isinstance(value, dict):
        return sum(
            units(v) if k in _COUNTED and isinstance(v, str) else counted(v)
            for k, v in value.items()
        )
    return sum(counted(v) for v in value) if isinstance(value, list) else 0


def _across(blocks: list[dict[str, Any]]) -> list[str]:
    kinds = [b.get("type") for b in blocks]
    out = []
    if kinds.count("data_visualization") > 2:
        out.append("no more than 2 data_visualization blocks [json-pointer:/blocks]")
    if kinds.count("table") + kinds.count("data_table") > 1:
        out.append("only one table allowed [json-pointer:/blocks]")
    ids = [e.get("action_id") for b in blocks for e in b.get("elements", []) if "action_id" in e]
    if len(ids) != len(set(ids)):
        out.append("action_id must be unique [json-pointer:/blocks]")
    return out


def _block(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = block.get("type")
    if kind not in _KNOWN:
        yield "/type", f"unsupported type: {kind}"
        return
    check = _CHECKS.get(str(kind))
    if check is not None:
        yield from check(block)


def _text(value: Any, limit: int, pointer: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str) or not text:
        yield pointer, "must be more than 0 characters"
    elif units(text) > limit:
        yield pointer, f"must be less than {limit + 1} characters"


def _section(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _text(block.get("text"), 3_000, "/text/text")


def _header(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _text(block.get("text"), 150, "/text/text")


def _rich(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not block.get("elements"):
        yield "/elements", "must have items"
    for i, part in enumerate(block.get("elements", [])):
        if not part.get("elements"):
            yield f"/elements/{i}/elements", "must have items"
        for j, piece in enumerate(part.get("elements", [])):
            if piece.get("type") == "text" and not piece.get("text"):
                yield f"/elements/{i}/elements/{j}/text", "must be more than 0 characters"


def _context(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    items = block.get("elements", [])
    if not 1 <= len(items) <= 10:
        yield "/elements", "must have between 1 and 10 items"
    for i, item in enumerate(items):
        yield from _text(item.get("text"), 3_000, f"/elements/{i}/text")


def _actions(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    items = block.get("elements", [])
    if not 1 <= len(items) <= 25:
        yield "/elements", "must have between 1 and 25 items"
    for i, item in enumerate(items):
        at = f"/elements/{i}"
        yield from _text(item.get("text"), 75, f"{at}/text/text")
        if units(item.get("value", "")) > 2_000:
            yield f"{at}/value", "must be less than 2001 characters"
        if units(item.get("action_id", "")) > 255:
            yield f"{at}/action_id", "must be less than 256 characters"
        if units(item.get("accessibility_label", "")) > 75:
            yield f"{at}/accessibility_label", "must be less than 76 characters"
        if len(item.get("visible_to_user_ids", [])) > 10:
            yield f"{at}/visible_to_user_ids", "no more than 10 items allowed"


def _feedback(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    items = block.get("elements", [])
    if not 1 <= len(items) <= 5:
        yield "/elements", "must have between 1 and 5 items"
    for i, item in enumerate(items):
        if item.get("type") != "feedback_buttons":
            continue
        for name in ("positive_button", "negative_button"):
            yield from _text(item.get(name, {}).get("text"), 75, f"/elements/{i}/{name}/text")


def _image(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _text(block.get("alt_text"), 2_000, "/alt_text")


def _table(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    native = block.get("type") == "data_table"
    rows = block.get("rows", [])
    most = 101 if native else 100
    if not (2 if native else 1) <= len(rows) <= most:
        yield "/rows", f"must have between 2 and {most} items"
    if len({len(r) for r in rows}) != 1 or not 1 <= len(rows[0]) <= 20:
        yield "/rows", "every row must have the same 1 to 20 cells"
    if sum(units(str(c.get("text", ""))) for r in rows for c in r) > 10_000:
        yield "/rows", "must be less than 10001 characters"
    if native:
        yield from _text(block.get("caption"), 10_000, "/caption")
        if not 1 <= block.get("page_size", 5) <= 100:
            yield "/page_size", "must be between 1 and 100"
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            yield from _cell(cell, i, f"/rows/{i}/{j}")


def _cell(cell: dict[str, Any], row: int, at: str) -> Iterator[tuple[str, str]]:
    kind = cell.get("type")
    if kind not in {"raw_text", "raw_number", "rich_text"} or (row == 0 and kind == "rich_text"):
        yield f"{at}/type", f"unsupported type: {kind}"
    if kind == "raw_text":
        yield from _text(cell.get("text"), 10_000, f"{at}/text")
    if kind == "raw_number" and not _is_finite(cell.get("value")):
        yield f"{at}/value", "must be a number"


def _is_finite(value: Any) -> bool:  # noqa: ANN401 - JSON can be anything
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _chart(block: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _text(block.get("title"), 50, "/title")
    chart = block.get("chart", {})
    if chart.get("type") == "pie":
        yield from _pie(chart)
        return
    if chart.get("type") not in {"line", "bar", "area"}:
        yield "/chart/type", f"unsupported type: {chart.get('type')}"
    axes = chart.get("axis_config", {})
    labels = axes.get("categories", [])
    if not 1 <= len(labels) <= 20 or len(set(labels)) < len(labels):
        yield "/chart/axis_config/categories", "must have between 1 and 20 different items"
    for i, label in enumerate(labels):
        yield from _text(label, 20, f"/chart/axis_config/categories/{i}")
    for name in {"x_label", "y_label"} & set(axes):
        yield from _text(axes[name], 50, f"/chart/axis_config/{name}")
    yield from _series(chart.get("series", []), labels)


def _series(series: list[dict[str, Any]], labels: list[str]) -> Iterator[tuple[str, str]]:
    if not 1 <= len(series) <= 12 or len({s.get("name") for s in series}) < len(series):
        yield "/chart/series", "must have between 1 and 12 items of different names"
    for i, one in enumerate(series):
        yield from _text(one.get("name"), 20, f"/chart/series/{i}/name")
        points = one.get("data", [])
        if [p.get("label") for p in points] != labels:
            yield f"/chart/series/{i}/data", "must have one point for every category"
        if not all(_is_finite(p.get("value")) for p in points):
            yield f"/chart/series/{i}/data", "values must be numbers"


def _pie(chart: dict[str, Any]) -> Iterator[tuple[str, str]]:
    parts = chart.get("segments", [])
    if not 1 <= len(parts) <= 12:
        yield "/chart/segments", "must have between 1 and 12 items"
    for i, part in enumerate(parts):
        yield from _text(part.get("label"), 20, f"/chart/segments/{i}/label")
        if not _is_finite(part.get("value")) or part["value"] <= 0:
            yield f"/chart/segments/{i}/value", "must be more than 0"


_CHECKS = {
    "rich_text": _rich,
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _feedback,
    "image": _image,
    "table": _table,
    "data_table": _table,
    "data_visualization": _chart,
}
