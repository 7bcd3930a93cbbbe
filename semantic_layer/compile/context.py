"""What the compiler knows besides the query: definitions, calendar, as-of, column types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from sqlglot import exp

from semantic_layer.credit.spec import TOUCH_ID, CreditSettings
from semantic_layer.errors import QueryError
from semantic_layer.expressions import FragmentError, check_fragment, check_select, column_path
from semantic_layer.loader import Definitions
from semantic_layer.model import Model
from semantic_layer.timegrain import Calendar

Catalog = Mapping[str, Mapping[str, str]]
"""Table -> column -> upper-case SQL type, as the engine describes it."""


class TimeKind(Enum):
    """How a time column is stored."""

    DATE = "date"
    LOCAL = "local"
    UTC = "utc"
    ZONED = "zoned"
    TEXT = "text"


@dataclass(frozen=True)
class Context:
    """Everything fixed that compilation depends on."""

    definitions: Definitions
    calendar: Calendar
    as_of: date
    catalog: Catalog = field(default_factory=dict)
    credit: CreditSettings = field(default_factory=CreditSettings)

    def model(self, model_id: str) -> Model:
        """Return a model by id."""
        return self.definitions.models[model_id]

    @property
    def data_end(self) -> date:
        """The day after the last complete day of data."""
        return self.as_of + timedelta(days=1)

    def column_type(self, model_id: str, column: str) -> str:
        """Return the upper-case SQL type of a column, or "" when it is not known."""
        model = self.model(model_id)
        if column in model.types:
            return model.types[column].upper()
        if column in model.columns:
            return self._fragment_type(model_id, model.columns[column])
        if model.source is not None:
            return self.catalog.get(model.source, {}).get(column, "").upper()
        if model.credit is not None:
            found = self.credited_fragment(model_id, column)
            return self._fragment_type(*found) if found else ""
        return self._query_type(model, column)

    def credited_fragment(self, model_id: str, column: str) -> tuple[str, str] | None:
        """Return (model, fragment) behind a column of credited rows that is read, not computed."""
        credit, roles = self.model(model_id).credit, self.definitions.roles
        stage = next((s for s in roles.stages if credit and s.id == credit.conversion), None)
        touch = roles.touchpoint
        if credit is None or stage is None or touch is None:
            return None
        touched = {**credit.touch, TOUCH_ID: touch.id}
        if column in touched:
            return touch.model, touched[column]
        return (stage.model, credit.take[column]) if column in credit.take else None

    def _fragment_type(self, model_id: str, text: str) -> str:
        try:
            tree = check_fragment(text)
        except FragmentError:
            return ""
        if isinstance(tree, exp.Cast):
            return tree.to.sql("duckdb").upper()
        return self._path_type(model_id, tree) if isinstance(tree, exp.Column) else ""

    def _path_type(self, model_id: str, column: exp.Column) -> str:
        path, name = column_path(column)
        for alias in path:
            join = self.model(model_id).joins.get(alias)
            if join is None:
                return ""
            model_id = join.model
        return self.column_type(model_id, name)

    def _query_type(self, model: Model, column: str) -> str:
        tree = check_select(model.query or "")
        found = _origin(tree, column)
        if found is None:
            return ""
        target, name = found
        return self.column_type(target, name) if target in self.definitions.models else ""

    def origin(self, model_id: str, column: str) -> tuple[str, str] | None:
        """Return (model, column) that a computed model's column is a plain copy of."""
        credited = self.credited_fragment(model_id, column)
        if credited is not None:
            tree = check_fragment(credited[1])
            plain = isinstance(tree, exp.Column) and not column_path(tree)[0]
            return (credited[0], tree.name) if plain else None
        query = self.model(model_id).query
        return _origin(check_select(query), column) if query else None

    def time_kind(self, model_id: str, text: str) -> TimeKind:
        """Return how the time fragment `text` of a model is stored."""
        tree = check_fragment(text)
        kind = self._fragment_type(model_id, text)
        if isinstance(tree, exp.Column):
            kind = self._path_type(model_id, tree)
        if kind == "DATE":
            return TimeKind.DATE
        if "WITH TIME ZONE" in kind or kind == "TIMESTAMPTZ":
            return TimeKind.ZONED
        if kind in {"VARCHAR", "TEXT", "STRING"}:
            return TimeKind.TEXT
        zone = self._zone(model_id, tree)
        return TimeKind.UTC if zone not in {None, self.calendar.timezone} else TimeKind.LOCAL

    def _zone(self, model_id: str, tree: exp.Expr) -> str | None:
        model = self.model(model_id)
        if isinstance(tree, exp.Column):
            for alias in column_path(tree)[0]:
                model = self.model(model.joins[alias].model)
        if model.zone not in {None, "UTC", self.calendar.timezone}:
            raise QueryError(
                "ZONE_UNSUPPORTED",
                f"model {model_id} stores its times in {model.zone}",
                hint=f"Store them in UTC or in {self.calendar.timezone}.",
            )
        return model.zone


def _origin(tree: exp.Query, column: str) -> tuple[str, str] | None:
    """Return (model, column) that a query's output column is a plain copy of."""
    ctes = {cte.alias: cte.this for cte in tree.ctes}
    select = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    for item in select.selects:
        if item.alias_or_name != column:
            continue
        inner = item.unalias()
        if isinstance(inner, exp.Max | exp.Min):
            inner = inner.this
        if not isinstance(inner, exp.Column):
            return None
        for table in select.find_all(exp.Table):
            if table.alias_or_name == inner.table:
                if table.name in ctes:
                    return _origin(ctes[table.name], inner.name)
                return table.name, inner.name
    return None
