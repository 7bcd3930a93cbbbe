"""SQL written by an analyst: guarded, within the asker's rights, and marked as ungoverned."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import AskmqlError
from semantic_layer.engine import EngineError
from semantic_layer.model import Text
from semantic_layer.result import Cell
from tools.base import Result, ToolContext, ToolDef

LANE = "ungoverned-sql"
LABEL = Text(en="Ungoverned SQL", zh="未治理")
TIMEOUT_S = 10.0


class RunSqlArgs(BaseModel):
    """One SELECT over the models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sql: str = Field(
        description="One SELECT in DuckDB's dialect; tables are model ids.", max_length=20_000
    )
    limit: int = Field(default=1000, ge=1, le=10_000, description="Rows to return at most.")


class SqlResult(Result):
    """Rows of an ungoverned query: no metric definition stands behind these numbers."""

    lane: str = LANE
    label: Text = LABEL
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool
    models: tuple[str, ...]
    sql: str
    notes: tuple[Text, ...]


def _run(args: RunSqlArgs, context: ToolContext) -> SqlResult:
    layer, scope = context.layer, context.scope
    guarded = layer.sql.guard(layer.context, scope, args.sql, args.limit)
    failure: AskmqlError | None = None
    try:
        found = layer.sql.run(guarded, args.limit, TIMEOUT_S)
    except EngineError as error:
        failure = AskmqlError(error.code, error.message, hint=error.hint)
    if failure is not None:
        raise failure
    return SqlResult(
        columns=found.columns,
        types=found.types,
        rows=found.rows,  # type: ignore[arg-type]  # cells already: they came as JSON
        truncated=found.truncated,
        models=guarded.models,
        sql=guarded.sql,
        notes=tuple(_notes(guarded.masked, args.limit, truncated=found.truncated)),
    )


def _notes(masked: tuple[str, ...], limit: int, *, truncated: bool) -> list[Text]:
    notes = [
        Text(
            zh="未治理：这是分析师自己写的 SQL，口径未经认证，不可用于日报和告警。",
            en="Ungoverned: SQL written by an analyst, without certified definitions.",
        )
    ]
    if masked:
        names = ", ".join(masked)
        notes.append(Text(zh=f"已脱敏：{names}", en=f"Shown masked: {names}"))
    if truncated:
        notes.append(Text(zh=f"只取了前 {limit} 行", en=f"Only the first {limit} rows"))
    return notes


RUN_SQL = ToolDef(
    name="run_sql",
    summary="Run one guarded, read-only SELECT over the models (analysts only; ungoverned).",
    args=RunSqlArgs,
    function=_run,
)
