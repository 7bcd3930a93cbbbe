"""`Policies` + a person -> `Scope`. Whatever cannot be decided is denied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from semantic_layer.compile.facts import references
from semantic_layer.errors import DeniedError
from semantic_layer.expressions import parse_fragment
from semantic_layer.loader import Definitions
from semantic_layer.model import Model, Text
from semantic_layer.rights.names import name_columns
from semantic_layer.rights.people import Person, Roster, below, find_person, node_of, paths_of
from semantic_layer.rights.read import GROUP
from semantic_layer.rights.spec import Choice, Grant, Policies, Role, Rows, attribute_of
from semantic_layer.scope import EVERYTHING, Scope

Allowed = dict[str, tuple[str, ...]]
"""Dimension -> permitted values."""


def scope_for(
    policies: Policies | None,
    definitions: Definitions,
    user_id: str | None,
    *,
    roster: Roster | None = None,
    today: date | None = None,
) -> Scope:
    """Return what a user may see.

    Args:
        policies: None when the project has none: everybody sees everything.
        definitions: The models and metrics that rules apply to.
        user_id: The asker.
        roster: People and organisation from a directory or from the data.
        today: The day on which grants are judged; without it, dated grants do not hold.

    Raises:
        DeniedError: The user is unknown, or may see nothing.
    """
    if policies is None:
        return EVERYTHING
    roster = roster or Roster()
    person = find_person(policies, roster, user_id) if user_id else None
    if person is None or person.role not in policies.roles:
        raise DeniedError(
            "UNKNOWN_USER",
            f"There is no user `{user_id}`." if user_id else "Nobody is named as the asker.",
            hint="Ask your administrator to add you to policies.yml.",
        )
    role = policies.roles[person.role]
    if role.nothing:
        raise DeniedError(
            "NO_ACCESS",
            f"`{user_id}` has no access to any data.",
            hint="Ask your administrator for access.",
        )
    paths = roster.paths or paths_of(policies.org)
    return _Builder(policies, definitions, person, role, paths, today).scope()


@dataclass(frozen=True)
class _Builder:
    policies: Policies
    definitions: Definitions
    person: Person
    role: Role
    paths: Sequence[tuple[str | None, ...]]
    today: date | None

    def scope(self) -> Scope:
        """Return the scope of the person."""
        rows: dict[str, tuple[str, ...]] = {}
        denied = set(self.role.denied)
        for model_id, model in self.definitions.models.items():
            if model_id in denied or model_id in self.role.shared:
                continue
            own = self._own(model_id, model)
            granted = [self._all(model, self._values(g.rows)) for g in self._grants(model_id)]
            if own is None and not granted:
                denied.add(model_id)
            elif own != ():
                rows[model_id] = _either(own, granted)
        personal = self.policies.personal
        opened = self.role.personal
        return Scope(
            label=self._label(),
            rows=rows,
            hidden=self._hidden(),
            denied=frozenset(denied),
            limits=self._limits(),
            personal=opened,
            masks=self._masks(),
            metrics=_denied_metrics(self.role.metrics, self.definitions),
            tools_only=_only(self.role.tools),
            tools=frozenset(self.role.tools.deny),
            may_use_sql=self.role.may_use_sql,
            small_groups={} if opened else dict.fromkeys(self._alike(personal.models), personal.k),
        )

    def _alike(self, model_ids: Collection[str]) -> list[str]:
        """Return models and every other model of the same table: a rule is about the table."""
        models = self.definitions.models
        tables = {models[m].source for m in model_ids} - {None}
        return [m for m in models if m in model_ids or models[m].source in tables]

    def _hidden(self) -> dict[str, frozenset[str]]:
        hidden: dict[str, frozenset[str]] = {}
        for model_id, columns in self.role.hide.items():
            for each in self._alike((model_id,)):
                hidden[each] = hidden.get(each, frozenset()).union(columns)
        return hidden

    def _own(self, model_id: str, model: Model) -> tuple[str, ...] | None:
        """Return the predicates of the person's own view; None when the model cannot tell."""
        rule = self.role.sources.get(model_id)
        if rule is not None:
            found = self._all(model, self._values(rule.rows))
            return (*found, rule.where) if rule.where else found
        allowed = self._values(self.role.rows)
        if any(d not in model.dims for d in allowed):
            return None
        place = self._place(model)
        if place is None:
            return None
        return (*self._all(model, allowed), *place)

    def _place(self, model: Model) -> tuple[str, ...] | None:
        """Return the limit of the organisation by the widest level that the model binds."""
        for level, dim in self._view():
            if dim in model.dims:
                return (_predicate(model.dims[dim], level),)
        return () if self._everything() else None

    def _everything(self) -> bool:
        return self.role.sees in {None, GROUP}

    def _view(self) -> list[tuple[tuple[str, ...], str]]:
        """Return (names, dimension) of the person's own level and of those below."""
        org = self.policies.org
        if org is None or self._everything():
            return []
        ids = [level.id for level in org.levels]
        own = ids.index(str(self.role.sees))
        nodes = self._nodes(own, ids[own])
        out = [(nodes, org.levels[own].dimension)]
        for number in range(own + 1, len(ids)):
            names = below(self.paths, own, frozenset(nodes), number)
            out.append((names, org.levels[number].dimension))
        return out

    def _nodes(self, level: int, name: str) -> tuple[str, ...]:
        given = self.person.attributes.get(name)
        return given if given is not None else node_of(self.paths, self.person.id, level)

    def _grants(self, model_id: str) -> list[Grant]:
        return [
            g
            for g in self.policies.grants
            if model_id in g.models
            and (self.person.id in g.users or self.person.role in g.roles)
            and (g.until is None or (self.today is not None and self.today < g.until))
        ]

    def _values(self, rules: Rows) -> Allowed:
        return {dim: self._rule(rule) for dim, rule in rules.items()}

    def _rule(self, rule: str | tuple[str, ...]) -> tuple[str, ...]:
        attribute = attribute_of(rule)
        if attribute is not None:
            return self.person.attributes.get(attribute, ())
        return (rule,) if isinstance(rule, str) else rule

    def _all(self, model: Model, allowed: Allowed) -> tuple[str, ...]:
        return tuple(_predicate(model.dims[d], values) for d, values in allowed.items())

    def _limits(self) -> Allowed:
        """Return the values that exist for the person; a grant opens its own values too."""
        limits = self._values(self.role.rows)
        limits.update({dim: names for names, dim in self._view()})
        for grant in (g for m in self.definitions.models for g in self._grants(m)):
            opened = self._values(grant.rows)
            for dim in list(limits):
                if dim in opened:
                    limits[dim] = tuple(dict.fromkeys((*limits[dim], *opened[dim])))
                else:
                    del limits[dim]  # any value of it may stand in a granted row
        return limits

    def _masks(self) -> dict[str, Mapping[str, str]]:
        masks: dict[str, dict[str, str]] = {}
        defaults = {} if self.role.personal else self.policies.personal.columns
        for origin in (defaults, self.role.mask):
            for model_id, columns in origin.items():
                for each in self._alike((model_id,)):
                    masks.setdefault(each, {}).update(columns)
        for model_id, column in () if self._names_people() else name_columns(self.definitions):
            for each in self._alike((model_id,)):
                masks.setdefault(each, {}).setdefault(column, "name")
        return dict(masks)

    def _names_people(self) -> bool:
        """Whether people are named in full: the one switch for every tool."""
        return self.role.personal or (self.role.names or self.policies.personal.names) == "shown"

    def _label(self) -> Text:
        allowed = [*self._values(self.role.rows).values(), *(n for n, _ in self._view()[:1])]
        shown = [v for values in allowed for v in values]
        if not shown:
            return self.role.label or EVERYTHING.label
        return Text(en=", ".join(shown), zh="、".join(shown))


def _either(own: tuple[str, ...] | None, granted: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return own predicates, or one predicate: own rows or those of a grant."""
    if not granted:
        return own or ()
    ways = [w for w in ((own,) if own else ()) if w] + granted
    trees = [exp.and_(*(parse_fragment(text) for text in way)) for way in ways]
    return (exp.or_(*trees).sql("duckdb"),)


def _predicate(fragment: str, values: tuple[str, ...]) -> str:
    """Build `dimension IN (...)` from typed literals; no value means no row."""
    if not values:
        return exp.false().sql("duckdb")
    literals: list[exp.Expr] = [exp.Literal.string(v) for v in values]
    return exp.In(this=exp.Paren(this=parse_fragment(fragment)), expressions=literals).sql("duckdb")


def _only(choice: Choice) -> frozenset[str] | None:
    return frozenset(choice.only) if choice.only is not None else None


def _denied_metrics(choice: Choice, definitions: Definitions) -> frozenset[str]:
    """Return the metrics that may not be asked for, with those that a denied one shows in."""
    metrics = definitions.metrics
    denied = {m for m in metrics if choice.denies(m)}
    if choice.only is not None:
        return frozenset(denied)
    spread = True
    while spread:
        more = {
            m for m in metrics if m not in denied and denied.intersection(references(metrics[m]))
        }
        denied |= more
        spread = bool(more)
    return frozenset(denied)
