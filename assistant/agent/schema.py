"""The tools' arguments as a model sees them: small strict JSON schemas, with periods as words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tools import ToolDef, get_tool

PERIOD = "The asker's own words for the period, quoted from the question. Never dates of yours."
_PERIOD_MODELS = frozenset({"TimeRange"})
_DROPPED = frozenset({"title", "default", "minLength", "maxLength", "exclusiveMaximum"})


@lru_cache(maxsize=64)
def _schema(name: str) -> dict[str, Any]:
    tool: ToolDef[Any] = get_tool(name)
    raw = tool.args.model_json_schema()
    schema: dict[str, Any] = _inlined(raw, raw.get("$defs", {}))
    schema.pop("$defs", None)
    schema.pop("description", None)
    return schema


def tool_schema(name: str) -> dict[str, Any]:
    """Return a tool's argument schema: inlined, every field required, nothing else allowed."""
    return _schema(name)


def _inlined(node: Any, models: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON can be anything
    if isinstance(node, list):
        return [_inlined(n, models) for n in node]
    if not isinstance(node, dict):
        return node
    reference = str(node.get("$ref", "")).rpartition("/")[2]
    if reference in _PERIOD_MODELS:
        return {"type": "string", "description": PERIOD}
    if reference:
        merged = {**models[reference], **{k: v for k, v in node.items() if k != "$ref"}}
        merged.pop("description", None)
        return _inlined(merged, models)
    out = {k: _inlined(v, models) for k, v in node.items() if k not in _DROPPED or k == "$defs"}
    return _strict(_flat(out), node)


def _flat(node: dict[str, Any]) -> dict[str, Any]:
    """`anyOf: [X, null]` as one type where the schema language allows it."""
    options = node.get("anyOf")
    if not isinstance(options, list):
        return node
    rest = {k: v for k, v in node.items() if k != "anyOf"}
    simple = [o["type"] for o in options if set(o) == {"type"}]
    if len(simple) == len(options):
        return {"type": list(dict.fromkeys(simple)), **rest}
    real = [o for o in options if o != {"type": "null"}]
    if len(real) == 1 and len(options) == 2 and isinstance(real[0].get("type"), str):
        merged = {**rest, **real[0], "type": [real[0]["type"], "null"]}
        if "enum" in merged:
            merged["enum"] = [*merged["enum"], None]
        return merged
    return node


def _strict(node: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    properties = node.get("properties")
    if not isinstance(properties, dict):
        return node
    optional = set(properties) - set(raw.get("required", ()))
    for name in optional:
        properties[name] = _nullable(properties[name])
    return {**node, "properties": properties, "required": list(properties), "additionalProperties": False}  # fmt: skip


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    kind = field.get("type")
    if isinstance(kind, str):
        out = {**field, "type": [kind, "null"]}
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
        return out
    return field


def period_paths(name: str) -> tuple[tuple[str, ...], ...]:
    """Return where a tool's arguments hold periods."""
    return tuple(_paths(tool_schema(name), ()))


def _paths(node: dict[str, Any], at: tuple[str, ...]) -> list[tuple[str, ...]]:
    if node.get("description") == PERIOD:
        return [at]
    found = []
    for key, child in (node.get("properties") or {}).items():
        found += _paths(child, (*at, key))
    return found


def without_nulls(args: Any) -> Any:  # noqa: ANN401 - JSON can be anything
    """Return arguments without the nulls that strict schemas make models write."""
    if isinstance(args, dict):
        return {k: without_nulls(v) for k, v in args.items() if v is not None}
    if isinstance(args, list):
        return [without_nulls(a) for a in args]
    return args
