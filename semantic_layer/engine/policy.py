"""What the engine itself accepts: one statement that only reads the published tables.

This is the second lock behind the semantic compiler's own guard. DuckDB says SELECT also for
`SHOW`, for a DELETE inside WITH (2.0) and for table functions that read files or run other
SQL, so the parsed tree is checked against allow-lists and not the statement type alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Final, NoReturn

from semantic_layer.engine.errors import FAILED, SYNTAX, UNKNOWN_NAME, EngineError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Statement

Node = dict[str, object]

MAX_SQL: Final = 500_000
_QUERY_NODES: Final = frozenset(
    {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
)
_TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest"})
_SYSTEM_PREFIXES: Final = ("duckdb_", "pragma_", "pg_", "sqlite_")
# Scalars that reach outside the rows: settings, session state, log, catalogue, other SQL.
_FUNCTIONS: Final = frozenset(
    {
        "current_setting", "getvariable", "getenv", "version", "write_log",
        "nextval", "currval", "txid_current",
        "current_catalog", "current_database", "current_schema", "current_schemas",
        "current_query", "current_query_id", "current_connection_id", "current_transaction_id",
        "in_search_path", "shobj_description", "obj_description", "col_description",
        "has_table_privilege", "has_schema_privilege", "has_database_privilege",
        "query", "query_table", "sleep", "sleep_ms",
        "json_execute_serialized_sql", "json_serialize_sql", "json_serialize_plan",
        "json_deserialize_sql",
    }
)  # fmt: skip


def check(cursor: DuckDBPyConnection, sql: str, tables: Set[str]) -> Statement:
    """Return the one statement of `sql`, ready to run, or raise `EngineError`.

    Args:
        cursor: Used for parsing only.
        sql: The text to check.
        tables: Lower-case names of the tables that may be read.
    """
    import duckdb

    if len(sql) > MAX_SQL or "\x00" in sql:
        _refuse("too long, or has a NUL character")
    failure = ""
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as exc:
        failure = str(exc)
    if failure:
        raise EngineError(SYNTAX, detail=failure)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        _refuse("not exactly one SELECT")
    _check_tree(_tree(cursor, statements[0].query.strip().rstrip(";")), tables)
    return statements[0]


def second_opinion(sql: str, tables: Set[str]) -> None:
    """Let DuckDB's own parser judge SQL that another parser has made, without any data.

    Raises:
        EngineError: It is not one SELECT over `tables`.
    """
    import duckdb

    with duckdb.connect(":memory:") as con:
        check(con, sql, tables)


def _tree(cursor: DuckDBPyConnection, sql: str) -> Node:
    row = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    failure = ""
    tree: object = None
    try:
        tree = json.loads(row[0]) if row else None
    except (ValueError, RecursionError) as exc:
        failure = type(exc).__name__
    if not isinstance(tree, dict) or tree.get("error") or len(tree.get("statements", ())) != 1:
        _refuse(f"cannot be serialised {failure}")
    return tree


def _check_tree(tree: object, tables: Set[str]) -> None:
    nodes = list(_nodes(tree))
    names = {str(entry.get("key", "")).lower() for node in nodes for entry in _ctes(node)}
    if any(name.startswith(_SYSTEM_PREFIXES) for name in names):
        # Otherwise a CTE of that name would excuse reading the real system view elsewhere.
        _refuse("CTE with the name of a system view")
    for node in nodes:
        _check_node(node, tables, names)


def _check_node(node: Node, tables: Set[str], ctes: Set[str]) -> None:
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _QUERY_NODES:
        _refuse(f"node {kind}")
    if kind == "BASE_TABLE":
        _check_table(node, tables, ctes)
    elif kind == "TABLE_FUNCTION":
        function = node.get("function")
        name = str(function.get("function_name")).lower() if isinstance(function, dict) else ""
        if name not in _TABLE_FUNCTIONS:
            _refuse("table function")
    elif kind in {"SHOW_REF", "TABLE_REF", "COLUMN_DATA", "DELIM_GET"}:
        _refuse(kind)
    elif node.get("class") == "FUNCTION":
        name = str(node.get("function_name", "")).lower()
        if name in _FUNCTIONS or name.startswith(_SYSTEM_PREFIXES):
            _refuse("function outside the data")


def _check_table(node: Node, tables: Set[str], ctes: Set[str]) -> None:
    name = str(node.get("table_name", "")).lower()
    schema = str(node.get("schema_name", "")).lower()
    if node.get("catalog_name") or schema not in {"", "main"} or node.get("at_clause"):
        _refuse("qualified table")
    if name not in tables and (schema or name not in ctes):
        raise EngineError(UNKNOWN_NAME, detail="table is not in the catalog")


def _ctes(node: Node) -> list[Node]:
    cte_map = node.get("cte_map")
    entries = cte_map.get("map") if isinstance(cte_map, dict) else None
    return [entry for entry in entries or () if isinstance(entry, dict)]


def _nodes(tree: object) -> Iterator[Node]:
    # A stack and not recursion: long AND chains nest deeper than Python's limit.
    stack: list[object] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _refuse(why: str) -> NoReturn:
    message = "Only one query that reads the published tables can be run."
    raise EngineError(FAILED, message, detail=f"refused: {why}")
