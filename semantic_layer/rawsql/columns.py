"""What of the models exists for an asker who writes SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.expressions import check_fragment, check_select, column_path
from semantic_layer.scope import Scope


@dataclass(frozen=True, slots=True)
class Shown:
    """A model and its columns: folded name -> own spelling."""

    model: str
    columns: Mapping[str, str]


def shown_models(ctx: Context, scope: Scope) -> dict[str, Shown]:
    """Return what can be named in FROM: model ids, and tables that one model alone reads.

    Denied models and rows about people (for who may only see groups) do not exist.
    """
    out: dict[str, Shown] = {}
    tables: dict[str, list[str]] = {}
    for model_id, model in ctx.definitions.models.items():
        if model.source is not None:
            tables.setdefault(model.source.casefold(), []).append(model_id)
        if model_id in scope.denied or model_id in scope.small_groups:
            continue
        hidden = {c.casefold() for c in scope.hidden.get(model_id, ())}
        names = {c.casefold(): c for c in _columns(ctx, model_id) if c.casefold() not in hidden}
        out[model_id.casefold()] = Shown(model_id, names)
    for table, owners in tables.items():
        if len(owners) == 1 and owners[0].casefold() in out:
            out.setdefault(table, out[owners[0].casefold()])
    return out


def _columns(ctx: Context, model_id: str) -> list[str]:
    model = ctx.model(model_id)
    if model.source is not None:
        return list(ctx.catalog.get(model.source, {}))
    if model.credit is not None:
        return sorted(model.credit.columns)
    return [name for name in check_select(model.query or "").named_selects if name != "*"]


def masked_columns(ctx: Context, scope: Scope) -> dict[str, dict[str, str]]:
    """Return the masks of a scope, with the columns behind personal dimensions.

    Outside SQL such a dimension is refused; here its column would be a way around.
    """
    masks = {model: dict(columns) for model, columns in scope.masks.items()}
    if scope.personal:
        return masks
    for model_id, column in _behind_personal(ctx):
        masks.setdefault(model_id, {}).setdefault(column, "all")
    return masks


def _behind_personal(ctx: Context) -> Iterator[tuple[str, str]]:
    personal = {name for name, dim in ctx.definitions.dimensions.items() if dim.personal}
    for model_id, model in ctx.definitions.models.items():
        for name in personal & model.dims.keys():
            for column in check_fragment(model.dims[name]).find_all(exp.Column):
                owner = model_id
                path, stored = column_path(column)
                for alias in path:
                    owner = ctx.model(owner).joins[alias].model
                yield owner, stored
