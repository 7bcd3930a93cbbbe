"""`askmql policy`: what a user may see and why; whether the policies hold together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bots.commands.common import load_layer, today_option

if TYPE_CHECKING:
    from datetime import date

    from semantic_layer import SemanticLayer
    from semantic_layer.rights.explain import UserView


@click.group()
def command() -> None:
    """Explain what a user may see, or check the policies."""


@command.command()
@click.argument("user")
@click.argument("source", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@today_option
@click.pass_obj
def explain(
    project: Path | None, user: str, source: str | None, form: str, today: date | None
) -> None:
    """Show what USER may see, of every model or of SOURCE."""
    from semantic_layer.errors import QueryError, suggest

    layer = load_layer(project, today)
    models = layer.definitions.models
    if source is not None and source not in models:
        near = suggest(source, models)
        raise QueryError("UNKNOWN_MODEL", f"There is no model `{source}`.", candidates=near)
    view = user_view(layer, user)
    if source is not None:
        kept = tuple(s for s in view.sources if s.model == source)
        view = view.model_copy(update={"sources": kept})
    click.echo(view.model_dump_json(indent=2) if form == "json" else _text(view))


def user_view(layer: SemanticLayer, user: str) -> UserView:
    """Return what a user may see.

    Raises:
        DeniedError: The user is unknown or may see nothing.
    """
    from semantic_layer.rights.explain import UserView, sources_of

    scope = layer.scope(user)
    person = layer.people.get(user)
    only = tuple(sorted(scope.tools_only)) if scope.tools_only is not None else None
    return UserView(
        user=user,
        role=person.role if person else "",
        origin=person.origin if person else "no policies.yml: everybody sees everything",
        attributes=dict(person.attributes) if person else {},
        view=scope.label.get(layer.project.config.locale),
        sources=sources_of(scope, layer.definitions),
        denied_metrics=tuple(sorted(scope.metrics)),
        denied_tools=tuple(sorted(scope.tools)),
        only_tools=only,
        may_use_sql=scope.may_use_sql,
        personal=scope.personal,
        fingerprint=scope.fingerprint,
    )


def _text(view: UserView) -> str:
    lines = [
        f"{view.user}: role {view.role or '-'} (from {view.origin}), sees {view.view}",
        *(f"  {k} = {', '.join(v) or '(nothing)'}" for k, v in view.attributes.items()),
        f"  SQL: {_yes(view.may_use_sql)}; personal data: {_yes(view.personal)}",
    ]
    for title, names in (
        ("metrics not open", view.denied_metrics),
        ("tools not open", view.denied_tools),
        ("only these tools", view.only_tools),
    ):
        if names:
            lines.append(f"  {title}: {', '.join(names)}")
    for source in view.sources:
        notes = [*source.rows]
        notes += [f"hidden: {', '.join(source.hidden)}"] if source.hidden else []
        notes += [f"masked: {c} ({k})" for c, k in source.masked.items()]
        notes += [f"groups of {source.least_group} or more"] if source.least_group else []
        lines.append(f"  {source.model:<22} {source.access:<7} {' AND '.join(notes)}".rstrip())
    return "\n".join(lines)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


@command.command()
@today_option
@click.pass_obj
def check(project: Path | None, today: date | None) -> None:
    """Check the policies against definitions, tools and people; exit 2 when there is a mistake."""
    from semantic_layer import DefinitionError

    try:
        layer = load_layer(project, today)
        policies = layer.policies
        if policies is None:
            click.echo("There is no policies.yml: everybody sees everything.")
            return
        mistakes, remarks = list(unknown_tools(layer)), list(remarks_of(layer))
        summary = f"OK: {len(policies.roles)} roles, {len(layer.people)} people"
    except DefinitionError as error:
        mistakes, remarks, summary = [str(issue) for issue in error.issues], [], ""
    for line in mistakes:
        click.echo(line, err=True)
    for line in remarks:
        click.echo(f"note: {line}")
    if mistakes:
        sys.exit(2)
    click.echo(summary)


def unknown_tools(layer: SemanticLayer) -> Iterator[str]:
    """Yield a line for each tool that a role names and that there is not."""
    from semantic_layer.errors import suggest
    from tools import TOOLS

    known = {tool.name for tool in TOOLS}
    roles = layer.policies.roles if layer.policies is not None else {}
    for name, role in roles.items():
        for tool in (*(role.tools.only or ()), *role.tools.deny):
            if tool not in known and tool not in _PLANNED:
                near = " / ".join(suggest(tool, known))
                yield f"UNKNOWN_TOOL: role `{name}` names `{tool}`" + (f"; {near}?" if near else "")


_PLANNED = frozenset({"suggest_budget"})
"""Named by a preset before every edition has it."""


def remarks_of(layer: SemanticLayer) -> Iterator[str]:
    """Yield what is allowed but probably not meant: people who see nothing of anything."""
    from semantic_layer import DeniedError

    for user in layer.people:
        try:
            sources = user_view(layer, user).sources
        except DeniedError as error:
            yield f"{user}: {error.message}"
            continue
        if all(s.access in {"none", "denied"} for s in sources):
            yield f"{user}: no row of any model is left; is an attribute missing?"
