"""The tools' arguments as a model sees them: small JSON schemas, with periods as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tools import ToolDef, get_tool

PERIOD = "The asker's own words for the period, quoted from the question. Never dates of yours."
_PERIOD_MODELS = frozenset({"TimeRange"})
_DROPPED = frozenset({"title", "default", "minLength", "maxLength", "exclusiveMaximum"})


_LONGEST_LIST = 12
_MOST_IDS = 6


@lru_cache(maxsize=64)
def tool_schema(name: str, *, strict: bool = False) -> dict[str, Any]:
    """Return a tool's argument schema, inlined, with nothing else allowed. Not to be changed.

    Args:
        name: The tool.
        strict: Every field required and null where it may be left out, as providers demand who
            guarantee the schema. Else such fields are optional: shorter to read and to write.
    """
    tool: ToolDef[Any] = get_tool(name)
    raw = tool.args.model_json_schema()
    schema: dict[str, Any] = _inlined(raw, raw.get("$defs", {}))
    schema.pop("$defs", None)
    schema.pop("description", None)
    return schema if strict else _loose(schema)


def _loose(node: Any) -> Any:  # noqa: ANN401 - JSON can be anything
    """The same schema without nulls, and with an end to every list."""
    if isinstance(node, list):
        return [_loose(n) for n in node]
    if not isinstance(node, dict):
        return node
    out = {k: _loose(v) for k, v in node.items()}
    if isinstance(node.get("properties"), dict):
        out["required"] = [k for k, v in node["properties"].items() if not _may_be_null(v)]
    kinds = out.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        left = [k for k in kinds if k != "null"]
        out["type"] = left[0] if len(left) == 1 else left
    if isinstance(out.get("enum"), list):
        out["enum"] = [e for e in out["enum"] if e is not None]
    return out | {"maxItems": _LONGEST_LIST} if out.get("type") == "array" else out


def _may_be_null(field: dict[str, Any]) -> bool:
    kinds = field.get("type")
    options = field.get("anyOf") or ()
    return (isinstance(kinds, list) and "null" in kinds) or {"type": "null"} in options


def limited(schema: dict[str, Any], ids: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a schema in which the fields of these names take only these ids, and few.

    Args:
        schema: Of a tool.
        ids: Name of a field, of one id or a list of ids -> the ids.
    """
    return {key: _limited(key, value, ids) for key, value in schema.items()}


def _limited(key: str, node: Any, ids: Mapping[str, Sequence[str]]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return [_limited("", n, ids) for n in node]
    if not isinstance(node, dict):
        return node
    if ids.get(key) and node.get("type") == "string":
        return {**node, "enum": list(ids[key])}
    if ids.get(key) and node.get("type") == "array" and node["items"].get("type") == "string":
        items = {**node["items"], "enum": list(ids[key])}
        return {**node, "items": items, "maxItems": _MOST_IDS}
    return {k: _limited(k, v, ids) for k, v in node.items()}


def signature(schema: dict[str, Any]) -> str:
    """Return a schema in one line, for a model that is not shown the schema itself."""
    if "enum" in schema:
        return "|".join(str(e) for e in schema["enum"] if e is not None)
    kind = schema.get("type")
    if kind == "array":
        return f"[{signature(schema['items'])}]"
    if "properties" in schema:
        needed = set(schema.get("required", ()))
        parts = (f"{k}{'' if k in needed else '?'}: {signature(v)}" for k, v in schema["properties"].items())  # fmt: skip
        return "{" + ", ".join(parts) + "}"
    if schema.get("description") == PERIOD:
        return "words of the question"
    return (
        "/".join(k for k in kind if k != "null") if isinstance(kind, list) else str(kind or "any")
    )


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
