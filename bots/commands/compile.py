"""`askmql compile`: the SQL of a query, for any engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from bots.commands.common import load_layer, today_option, user_option


@click.command()
@click.option(
    "--query", required=True, help='JSON, e.g. {"metrics": ["cpl"], "dimensions": ["channel"]}.'
)
@click.option(
    "--dialect",
    default="duckdb",
    help="duckdb, clickhouse, spark, postgres, trino, bigquery, snowflake.",
)
@user_option
@today_option
@click.pass_obj
def command(
    project: Path | None, query: str, dialect: str, user: str | None, today: date | None
) -> None:
    """Print the SQL of a --query without running it, rights included."""
    from pydantic import ValidationError

    from semantic_layer import Query

    layer = load_layer(project, today)
    try:
        parsed = Query.model_validate_json(query)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise click.UsageError(
            f"--query: {first['msg']}" + (f" (at {where})" if where else "")
        ) from None
    click.echo(layer.compile(parsed, layer.scope(user), dialect=dialect, pretty=True).sql)
