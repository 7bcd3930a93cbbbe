"""Which columns hold the names of people: `roles.person.name`, down to what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic_layer.expressions import check_fragment, column_path
from semantic_layer.loader import Definitions


def name_columns(definitions: Definitions) -> tuple[tuple[str, str], ...]:
    """Return (model, column) of everything that a person's name is made of.

    A column that is a key cannot be masked, and is left out: the id is shown as it is.
    """
    role = definitions.roles.person
    if role is None or role.model not in definitions.models:
        return ()
    found = dict.fromkeys(_stored(definitions, role.model, role.name))
    return tuple((m, c) for m, c in found if c not in _keys(definitions, m))


def _stored(definitions: Definitions, model_id: str, text: str) -> Iterator[tuple[str, str]]:
    for column in check_fragment(text).find_all(exp.Column):
        path, name = column_path(column)
        owner = model_id
        for alias in path:
            owner = definitions.models[owner].joins[alias].model
        computed = definitions.models[owner].columns.get(name)
        if computed is None:
            yield owner, name
        else:
            yield from _stored(definitions, owner, computed)


def _keys(definitions: Definitions, model_id: str) -> set[str]:
    model = definitions.models[model_id]
    return {*model.key, *(c for join in model.joins.values() for c in join.by)}
