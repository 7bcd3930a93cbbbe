"""`policies.yml` -> `Policies`, with file and line of every mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from semantic_layer.errors import DefinitionError, Issue, suggest
from semantic_layer.expressions import FragmentError, check_fragment, column_path, columns_in
from semantic_layer.loader import Definitions, Source, issues_of, parse_yaml, read_text
from semantic_layer.rights.spec import Masks, Policies, Role, attribute_of

GROUP = "group"
"""`sees: group`: everything, consolidated."""
Place = tuple[str | int, ...]


def read_policies(path: Path, definitions: Definitions) -> Policies | None:
    """Read `policies.yml`; None when the project has none (everybody sees everything).

    Raises:
        DefinitionError: With file and line of every mistake.
    """
    if not path.is_file():
        return None
    issues: list[Issue] = []
    source = parse_yaml(path.name, read_text(path, path.name), issues)
    if issues:
        raise DefinitionError(issues)
    try:
        policies = Policies.model_validate(source.data or {})
    except ValidationError as error:
        raise DefinitionError(issues_of(error, source)) from None
    issues = _Checker(policies, definitions, source, path.parent).run()
    if issues:
        raise DefinitionError(issues)
    return policies


class _Checker:
    """Walks the policies and collects what refers to nothing."""

    def __init__(
        self, policies: Policies, definitions: Definitions, source: Source, root: Path
    ) -> None:
        self.policies = policies
        self.defs = definitions
        self.source = source
        self.root = root
        self.issues: list[Issue] = []

    def run(self) -> list[Issue]:
        """Return every issue found."""
        for name, role in self.policies.roles.items():
            self._role(role, ("roles", name))
        self._personal()
        self._organisation()
        self._people()
        for name, user in self.policies.users.items():
            self._known("role", user.role, self.policies.roles, ("users", name, "role"))
            self._attributes(name)
        self._shared_accounts()
        self._grants()
        return self.issues

    def _shared_accounts(self) -> None:
        """Two users who claim one e-mail or account: nobody could say whose rights hold."""
        owner: dict[tuple[str, str], str] = {}
        for name, user in self.policies.users.items():
            claims = {**user.accounts, **({"email": user.email} if user.email else {})}
            for channel, account in claims.items():
                first = owner.setdefault((channel, account.casefold()), name)
                if first != name:
                    message = f"`{name}` and `{first}` have the same {channel} `{account}`"
                    self._add("DUPLICATE_ACCOUNT", message, ("users", name))

    def _add(self, code: str, message: str, at: Place, near: Iterable[str] = ()) -> None:
        line = self.source.line(at)
        self.issues.append(Issue(code, message, self.source.name, line, candidates=tuple(near)))

    def _known(self, kind: str, wanted: str, known: Iterable[str], at: Place) -> bool:
        names = list(known)
        if wanted in names:
            return True
        code = f"UNKNOWN_{kind.upper()}"
        self._add(code, f"there is no {kind} `{wanted}`", at, suggest(wanted, names))
        return False

    def _models(self, names: Iterable[str], at: Place) -> None:
        for name in names:
            self._known("model", name, self.defs.models, (*at, name))

    def _dimensions(self, names: Iterable[str], at: Place) -> None:
        for name in names:
            self._known("dimension", name, self.defs.dimensions, (*at, name))

    def _role(self, role: Role, at: Place) -> None:
        self._dimensions(role.rows, (*at, "rows"))
        for key in ("shared", "denied", "hide"):
            self._models(getattr(role, key), (*at, key))
        self._masks(role.mask, (*at, "mask"))
        for key in ("only", "deny"):
            for metric in getattr(role.metrics, key) or ():
                self._known("metric", metric, self.defs.metrics, (*at, "metrics", key))
        for model, rule in role.sources.items():
            place = (*at, "sources", model)
            if self._known("model", model, self.defs.models, place):
                self._dimensions(rule.rows, (*place, "rows"))
                self._bound(model, rule.rows, place)
                self._fragment(model, rule.where, (*place, "where"))
        levels = [GROUP, *(lv.id for lv in self._levels())]
        if role.sees is not None:
            self._known("level", role.sees, levels, (*at, "sees"))

    def _bound(self, model: str, rows: Mapping[str, object], at: Place) -> None:
        for dim in rows:
            if dim in self.defs.dimensions and dim not in self.defs.models[model].dims:
                self._add("DIMENSION_NOT_BOUND", f"model `{model}` does not bind `{dim}`", at)

    def _fragment(self, model: str, text: str | None, at: Place) -> None:
        if text is None:
            return
        try:
            tree = check_fragment(text)
        except FragmentError as error:
            self._add("BAD_EXPRESSION", str(error), at)
            return
        for column in columns_in(tree):
            spec = self.defs.models[model]
            for alias in column_path(column)[0]:
                if not self._known("join", alias, spec.joins, at):
                    break
                spec = self.defs.models[spec.joins[alias].model]

    def _masks(self, masks: Masks, at: Place) -> None:
        for model, columns in masks.items():
            place = (*at, model)
            if not self._known("model", model, self.defs.models, place):
                continue
            for column in columns:
                if column in self.defs.models[model].columns:
                    message = f"`{column}` of `{model}` is computed: mask what it is made of"
                    self._add("MASK_COMPUTED", message, (*place, column))
                elif column in self._keys(model):
                    message = f"`{column}` of `{model}` joins models: hide it, or leave it"
                    self._add("MASK_KEY", message, (*place, column))

    def _keys(self, model: str) -> set[str]:
        spec = self.defs.models[model]
        return {*spec.key, *(c for join in spec.joins.values() for c in join.by)}

    def _personal(self) -> None:
        self._masks(self.policies.personal.columns, ("personal", "columns"))
        self._models(self.policies.personal.models, ("personal", "models"))

    def _levels(self) -> tuple[Any, ...]:
        return self.policies.org.levels if self.policies.org else ()

    def _organisation(self) -> None:
        org = self.policies.org
        if org is None:
            return
        for number, level in enumerate(org.levels):
            self._known(
                "dimension", level.dimension, self.defs.dimensions, ("org", "levels", number)
            )
        if org.source is None:
            self._tree(org.tree, len(org.levels), ("org", "tree"))
            return
        self._models((org.source.model,), ("org", "source"))
        ids = [level.id for level in org.levels]
        for level_id in ids:
            if level_id not in org.source.columns:
                self._add("MISSING_KEY", f"level `{level_id}` has no column", ("org", "source"))
        for level_id in org.source.columns:
            self._known("level", level_id, ids, ("org", "source", "columns", level_id))

    def _tree(self, node: object, depth: int, at: Place) -> None:
        last = depth == 1
        if isinstance(node, dict) and not last:
            for name, child in node.items():
                self._tree(child, depth - 1, (*at, name))
        elif not last or not isinstance(node, list):
            what = "a list of names" if last else "names with what is below them"
            self._add("BAD_TREE", f"here the tree needs {what}", at)

    def _people(self) -> None:
        people, directory = self.policies.people, self.policies.directory
        if people is not None:
            self._models((people.model,), ("people",))
            for stored, role in people.roles.items():
                self._known("role", role, self.policies.roles, ("people", "roles", stored))
        if directory is not None and not (self.root / directory.file).is_file():
            self._add("NO_FILE", f"there is no file `{directory.file}`", ("directory", "file"))

    def _attributes(self, name: str) -> None:
        """Without another origin, every attribute that a role needs must be given here."""
        user = self.policies.users[name]
        role = self.policies.roles.get(user.role)
        if role is None or self.policies.people or self.policies.directory:
            return
        rules = [*role.rows.values(), *_of_sources(role)]
        for attribute in dict.fromkeys(a for r in rules if (a := attribute_of(r)) is not None):
            if attribute not in user.attributes:
                message = f"user `{name}` has no attribute `{attribute}`, which the role needs"
                self._add("MISSING_ATTRIBUTE", message, ("users", name))

    def _grants(self) -> None:
        open_list = self.policies.people is not None or self.policies.directory is not None
        for number, grant in enumerate(self.policies.grants):
            at: Place = ("grants", number)
            self._models(grant.models, (*at, "models"))
            self._dimensions(grant.rows, (*at, "rows"))
            for role in grant.roles:
                self._known("role", role, self.policies.roles, (*at, "roles"))
            if not open_list:
                for user in grant.users:
                    self._known("user", user, self.policies.users, (*at, "users"))
            for model in grant.models:
                if model in self.defs.models:
                    self._bound(model, grant.rows, at)
            if not (grant.users or grant.roles):
                self._add("MISSING_KEY", "a grant needs `users` or `roles`", at)


def _of_sources(role: Role) -> Iterator[str | tuple[str, ...]]:
    for rule in role.sources.values():
        yield from rule.rows.values()
