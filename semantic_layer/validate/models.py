"""Checks of models."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic_layer.errors import suggest
from semantic_layer.expressions import (
    FragmentError,
    check_fragment,
    check_select,
    column_path,
    columns_in,
)
from semantic_layer.model import (
    Model,
)
from semantic_layer.validate.checker import Checker
from semantic_layer.validate.credit import check_credit
from semantic_layer.validate.cycles import find_cycles


def check_models(checker: Checker) -> None:
    """Check sources, queries, joins and columns of every model."""
    for name, model in checker.defs.models.items():
        _model(checker, name, model)
    _column_cycles(checker)
    _query_cycles(checker)


def _model(checker: Checker, name: str, model: Model) -> None:
    if model.source is not None and checker.catalog is not None:
        _source(checker, name, model.source)
    if model.query is not None:
        _query(checker, name, model.query)
    if model.credit is not None:
        check_credit(checker, name, model.credit)
    _joins(checker, name, model)
    for dim, text in model.dims.items():
        checker.known("models", name, dim, checker.defs.dimensions, "dimension", "dims", dim)
        checker.fragment(name, text, "models", name, ("dims", dim))
    for column, text in model.columns.items():
        checker.fragment(name, text, "models", name, ("columns", column))
    for column in model.key:
        checker.column(name, column, "models", name, ("key",))
    for key_name, fragment in (("time", model.time), ("filter", model.filter)):
        if fragment is not None:
            checker.fragment(name, fragment, "models", name, (key_name,))


def _joins(checker: Checker, name: str, model: Model) -> None:
    for alias, join in model.joins.items():
        if not checker.known(
            "models", name, join.model, checker.defs.models, "model", "joins", alias
        ):
            continue
        key = checker.defs.models[join.model].key
        if len(key) != len(join.by):
            message = f"join `{alias}` gives {len(join.by)} column(s), the key of {join.model} has {len(key)}"
            hint = f"Declare `key` in {join.model}." if not key else ""
            checker.add("models", name, ("joins", alias), "JOIN_KEY", message, hint=hint)
        for column in join.by:
            checker.column(name, column, "models", name, ("joins", alias))


def _source(checker: Checker, name: str, source: str) -> None:
    if source not in (checker.catalog or {}):
        message = f"the data has no table `{source}`"
        near = suggest(source, checker.catalog or {})
        checker.add("models", name, ("source",), "UNKNOWN_TABLE", message, candidates=near)


def _query(checker: Checker, name: str, text: str) -> None:
    try:
        tree = check_select(text)
    except FragmentError as error:
        checker.add("models", name, ("query",), "BAD_EXPRESSION", str(error))
        return
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for shadow in sorted(ctes & (set(checker.defs.models) | _sources(checker))):
        message = f"`{shadow}` is a model or table; a WITH part needs a name of its own"
        checker.add("models", name, ("query",), "CTE_NAME", message)
    for table in tree.find_all(exp.Table):
        if table.db or table.catalog:
            message = f"`{table.sql()}`: name a model, not a qualified table"
            checker.add("models", name, ("query",), "UNKNOWN_MODEL", message)
        elif table.name not in ctes:
            checker.known("models", name, table.name, checker.defs.models, "model", "query")
    for column in columns_in(tree):
        if not column.table and not _is_alias(column):
            message = f"column `{column.name}` needs its alias (`alias.{column.name}`)"
            checker.add("models", name, ("query",), "UNQUALIFIED_COLUMN", message)
    if any(_is_star(s) for q in tree.find_all(exp.Select) for s in q.selects):
        checker.add("models", name, ("query",), "STAR", "list the columns instead of `*`")
    _query_columns(checker, name, tree)


def _sources(checker: Checker) -> set[str]:
    return {m.source for m in checker.defs.models.values() if m.source}


def _query_columns(checker: Checker, name: str, tree: exp.Expr) -> None:
    """Columns that a query reads from models must exist there."""
    for select in tree.find_all(exp.Select):
        clauses = [select.args.get("from_"), *(select.args.get("joins") or [])]
        tables = [c.this for c in clauses if c is not None and isinstance(c.this, exp.Table)]
        known = {t.alias_or_name: t.name for t in tables if t.name in checker.defs.models}
        for column in select.find_all(exp.Column):
            model = known.get(column.table)
            inside = column.find_ancestor(exp.Select) is select
            if model is not None and model != name and inside:
                checker.column(model, column.name, "models", name, ("query",))


def _column_cycles(checker: Checker) -> None:
    """Computed columns may read each other, over joins too, but not in a circle."""
    graph: dict[str, tuple[str, ...]] = {}
    for name, model in checker.defs.models.items():
        for column, text in model.columns.items():
            graph[f"{name}.{column}"] = tuple(_reads(checker, name, text))
    for cycle in find_cycles(graph):
        name, _, column = cycle[0].partition(".")
        message = "computed columns refer to each other: " + " -> ".join(cycle)
        checker.add("models", name, ("columns", column), "CYCLE", message)


def _reads(checker: Checker, model_id: str, text: str) -> Iterator[str]:
    try:
        tree = check_fragment(text)
    except FragmentError:
        return
    for reference in columns_in(tree):
        target = model_id
        for alias in column_path(reference)[0]:
            model = checker.defs.models.get(target)
            join = model.joins.get(alias) if model else None
            target = join.model if join else ""
        model = checker.defs.models.get(target)
        if model is not None and reference.name in model.columns:
            yield f"{target}.{reference.name}"


def _query_cycles(checker: Checker) -> None:
    graph: dict[str, tuple[str, ...]] = {}
    for name, model in checker.defs.models.items():
        try:
            tree = check_select(model.query) if model.query else None
        except FragmentError:
            tree = None
        tables = [t.name for t in tree.find_all(exp.Table)] if tree is not None else []
        graph[name] = tuple(t for t in tables if t in checker.defs.models)
    for cycle in find_cycles(graph):
        message = "queries read each other: " + " -> ".join(cycle)
        checker.add("models", cycle[0], ("query",), "CYCLE", message)


def _is_star(item: exp.Expr) -> bool:
    """Whether a projection is `*` or `alias.*` (COUNT(*) is not)."""
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )


def _is_alias(column: exp.Column) -> bool:
    """Whether an unqualified name is an ORDER BY or literal-like alias of its own SELECT."""
    select = column.find_ancestor(exp.Select)
    return (
        select is not None
        and column.name in select.named_selects
        and bool(column.find_ancestor(exp.Order))
    )
