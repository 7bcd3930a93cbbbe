"""`askmql schema`: JSON Schema of the YAML, for editors."""

from __future__ import annotations

import json

import click


@click.command()
@click.option(
    "--of",
    "which",
    type=click.Choice(["definitions", "project", "policies"]),
    default="definitions",
)
def command(which: str) -> None:
    """Print the JSON Schema of the definition files (or of askmql.yml, policies.yml)."""
    from pydantic import BaseModel

    from semantic_layer.model import DefinitionFile
    from semantic_layer.project import ProjectConfig
    from semantic_layer.rights import Policies

    models: dict[str, type[BaseModel]] = {
        "definitions": DefinitionFile,
        "project": ProjectConfig,
        "policies": Policies,
    }
    click.echo(json.dumps(models[which].model_json_schema(), ensure_ascii=False, indent=2))
