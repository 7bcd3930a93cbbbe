"""Governed look-ups beside metrics: the values of a dimension, the range of the data."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sqlglot import exp

from semantic_layer.compile.aggregates import union_all
from semantic_layer.compile.context import Context
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.door import quoted
from semantic_layer.compile.plan import make_plan
from semantic_layer.compile.rows import Rows
from semantic_layer.compile.streams import no_time
from semantic_layer.compile.verify import verify
from semantic_layer.engine.base import EngineResult
from semantic_layer.expressions import column_path, parse_fragment
from semantic_layer.query import Query, Value
from semantic_layer.scope import Scope


def values_query(ctx: Context, scope: Scope, dimensions: Iterable[str]) -> str | None:
    """Return SQL that lists (dimension, value) within the scope, or None if nothing has any.

    Each place that a dimension's values come from is read once, through its door.
    A computed model is read only for values that no table stores.
    """
    selects = [s for d in dimensions for s in _selects(ctx, scope, d)]
    if not selects:
        return None
    tree = union_all(selects)
    verify(ctx, scope, tree)
    return to_sql(tree)


def _selects(ctx: Context, scope: Scope, dimension: str) -> list[exp.Select]:
    origins: dict[tuple[str, str], None] = {}
    for model_id, model in ctx.definitions.models.items():
        if dimension in model.dims and model_id not in scope.denied:
            origins.setdefault(_origin(ctx, model_id, model.dims[dimension]))
    stored = [o for o in origins if ctx.model(o[0]).source is not None]
    return [
        _distinct(ctx, scope, dimension, model_id, text)
        for model_id, text in (stored or origins)
        if model_id not in scope.denied
    ]


def _origin(ctx: Context, model_id: str, text: str) -> tuple[str, str]:
    """Follow `alias.column` to the model that stores it."""
    tree = parse_fragment(text)
    if not isinstance(tree, exp.Column):
        return model_id, text
    path, name = column_path(tree)
    for alias in path:
        model_id = ctx.model(model_id).joins[alias].model
    model = ctx.model(model_id)
    if model.source is None:
        found = ctx.origin(model_id, name)
        if found is not None and found[0] in ctx.definitions.models:
            return found
    return model_id, name


def _distinct(ctx: Context, scope: Scope, dimension: str, model_id: str, text: str) -> exp.Select:
    rows = Rows(ctx, scope, model_id)
    value = exp.cast(rows.fragment(text), "VARCHAR")
    name = exp.Literal.string(dimension)
    select = exp.Select(
        expressions=[
            exp.alias_(name, "dimension", quoted=True),
            exp.alias_(value, "value", quoted=True),
        ]
    )
    rows.attach(select)
    return select.distinct(copy=False)


def load_values(path: Path) -> dict[str, tuple[Value, ...]]:
    """Return values kept on disk; nothing when there are none or they cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): tuple(v) for k, v in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save_values(path: Path, values: Mapping[str, tuple[Value, ...]]) -> None:
    """Keep values on disk, readable by the owner only; a full or read-only disk is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(values, file, ensure_ascii=False)
        Path(name).replace(path)
    except OSError:
        return


def bounds_query(ctx: Context, scope: Scope, query: Query) -> str:
    """Return SQL for the first and last local day of the facts behind a query."""
    plain = query.model_copy(
        update={"grain": None, "time": None, "compare": None, "order": (), "limit": None,
                "share": False, "having": (), "filters": (), "dimensions": ()}
    )  # fmt: skip
    plan = make_plan(ctx, plain)
    pairs = {(s.leaves[0].model, s.leaves[0].time) for s in plan.streams}
    selects = [_bounds(ctx, scope, m, t) for m, t in sorted(pairs, key=str) if t is not None]
    if not selects:
        raise no_time(plan.streams[0].leaves[0].model)
    alias = exp.TableAlias(this=exp.to_identifier("b", quoted=True))
    outer = exp.Select(
        expressions=[
            exp.alias_(exp.Min(this=quoted("first_on", "b")), "first_on", quoted=True),
            exp.alias_(exp.Max(this=quoted("last_on", "b")), "last_on", quoted=True),
        ]
    ).from_(exp.Subquery(this=union_all(selects), alias=alias), copy=False)
    verify(ctx, scope, outer)
    return to_sql(outer)


def _bounds(ctx: Context, scope: Scope, model_id: str, text: str) -> exp.Select:
    rows = Rows(ctx, scope, model_id)
    day = exp.cast(rows.time(text).day(), "DATE")
    select = exp.Select(
        expressions=[
            exp.alias_(exp.Min(this=day), "first_on", quoted=True),
            exp.alias_(exp.Max(this=day.copy()), "last_on", quoted=True),
        ]
    )
    rows.attach(select)
    return select


class KnownValues:
    """Values of dimensions, in memory and on disk, one set for each (data, rights, definitions).

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, dict[str, tuple[Value, ...]]] = {}

    def of(self, key: str) -> dict[str, tuple[Value, ...]]:
        """Return what is known under a key: a change of data, rights or definitions misses."""
        name = self._name(key)
        if name not in self._held:
            self._held[name] = load_values(self._folder / name)
        return self._held[name]

    def save(self, key: str) -> None:
        """Keep what is known on disk."""
        save_values(self._folder / self._name(key), self.of(key))

    @staticmethod
    def _name(key: str) -> str:
        return f"values-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def read_values(
    ctx: Context, scope: Scope, dimensions: tuple[str, ...], execute: Callable[[str], EngineResult]
) -> dict[str, tuple[Value, ...]]:
    """Read values in one statement; one by one where together they are too many rows.

    Returns:
        For each dimension every value that the asker may see, sorted.
    """
    statement = values_query(ctx, scope, dimensions)
    read = execute(statement) if statement is not None else None
    if read is not None and read.truncated and len(dimensions) > 1:
        return {d: read_values(ctx, scope, (d,), execute)[d] for d in dimensions}
    found: dict[str, set[str]] = {d: set() for d in dimensions}
    for name, value in read.rows if read is not None else ():
        if value is not None:
            found[str(name)].add(str(value))
    return {
        d: tuple(sorted(values & set(scope.limits[d]) if d in scope.limits else values))
        for d, values in found.items()
    }
