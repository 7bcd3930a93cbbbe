"""What every check needs: issues with their places, columns and fragments of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from semantic_layer.compile.context import Catalog
from semantic_layer.errors import Issue, suggest
from semantic_layer.expressions import (
    FragmentError,
    check_fragment,
    check_select,
    column_path,
    columns_in,
)
from semantic_layer.loader import Definitions


class Checker:
    """Collects issues, and looks up columns and joins.

    Args:
        definitions: Merged definitions.
        catalog: Tables and columns of the data; without it columns are not checked.
    """

    def __init__(self, definitions: Definitions, catalog: Catalog | None = None) -> None:
        self.defs = definitions
        self.catalog = catalog
        self.issues: list[Issue] = []
        self._fields_cache: dict[str, frozenset[str] | None] = {}

    def add(
        self,
        section: str,
        name: str,
        path: tuple[str | int, ...],
        code: str,
        message: str,
        *,
        hint: str = "",
        candidates: Iterable[str] = (),
    ) -> None:
        """Record an issue at a node's file and line."""
        file, line = self.defs.where(section, name, *path)
        dotted = ".".join(map(str, (section, name, *path)))
        self.issues.append(Issue(code, message, file, line, dotted, hint, tuple(candidates)))

    def known(
        self,
        section: str,
        name: str,
        wanted: str,
        known: Mapping[str, object],
        kind: str,
        *path: str | int,
    ) -> bool:
        """Whether a name exists; an issue if not."""
        if wanted in known:
            return True
        code = f"UNKNOWN_{kind.upper()}"
        message = f"there is no {kind} `{wanted}`"
        self.add(section, name, path, code, message, candidates=suggest(wanted, known))
        return False

    def fields(self, model_id: str) -> frozenset[str] | None:
        """Return the column names of a model, or None when the data is not at hand."""
        if model_id not in self._fields_cache:
            self._fields_cache[model_id] = self._fields(model_id)
        return self._fields_cache[model_id]

    def _fields(self, model_id: str) -> frozenset[str] | None:
        model = self.defs.models[model_id]
        if model.query is not None:
            try:
                tree = check_select(model.query)
            except FragmentError:
                return None
            return frozenset(tree.named_selects) | set(model.columns)
        if model.credit is not None:
            return model.credit.columns | set(model.columns)
        table = (self.catalog or {}).get(model.source or "")
        return frozenset(table) | set(model.columns) if table is not None else None

    def column(
        self, model_id: str, column: str, section: str, name: str, path: tuple[str | int, ...]
    ) -> None:
        """Check that a model has a column; nothing is said where the data is not at hand."""
        fields = self.fields(model_id)
        if fields is not None and column not in fields:
            message = f"{model_id} has no column `{column}`"
            near = suggest(column, fields)
            self.add(section, name, path, "UNKNOWN_COLUMN", message, candidates=near)

    def fragment(
        self, model_id: str, text: str, section: str, name: str, path: tuple[str | int, ...]
    ) -> None:
        """Check a row-level fragment: it parses, and its joins and columns exist."""
        try:
            tree = check_fragment(text)
        except FragmentError as error:
            self.add(section, name, path, "BAD_EXPRESSION", str(error))
            return
        for column in columns_in(tree):
            target = self._follow(model_id, column_path(column)[0], section, name, path)
            if target is not None:
                self.column(target, column.name, section, name, path)

    def _follow(
        self,
        model_id: str,
        joins: tuple[str, ...],
        section: str,
        name: str,
        path: tuple[str | int, ...],
    ) -> str | None:
        """Return the model at the end of a join path; None (and an issue) if it breaks."""
        for alias in joins:
            known = self.defs.models[model_id].joins if model_id in self.defs.models else {}
            if alias not in known:
                message = f"{model_id} has no join `{alias}`"
                near = suggest(alias, known)
                self.add(section, name, path, "UNKNOWN_JOIN", message, candidates=near)
                return None
            model_id = known[alias].model
        return model_id if model_id in self.defs.models else None
