"""`policies.yml`: who may see what. Unknown users and uncovered models are denied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError
from sqlglot import exp

from semantic_layer.errors import DefinitionError, DeniedError, Issue, suggest
from semantic_layer.expressions import parse_fragment
from semantic_layer.loader import Definitions, Source, issues_of, parse_yaml, read_text
from semantic_layer.model import Id, Label, Spec, Text
from semantic_layer.scope import EVERYTHING, Scope


class Role(Spec):
    """What the holders of a role may see.

    `rows` maps a dimension to values, or to `user.<attribute>`. A model that does not
    bind such a dimension is denied, unless it is listed under `shared`.
    """

    label: Label | None = None
    rows: dict[Id, str | tuple[str, ...]] = {}
    shared: tuple[Id, ...] = ()
    denied: tuple[Id, ...] = ()
    hide: dict[Id, tuple[str, ...]] = {}
    nothing: bool = False
    may_use_sql: bool = False
    personal: bool = False
    """May group and filter by dimensions marked `personal`."""


class User(Spec):
    """One person known to the product."""

    name: Label | None = None
    role: str
    attributes: dict[str, tuple[str, ...]] = {}
    email: str = ""
    """Verified by the company; a channel that vouches for the same address means this person."""
    accounts: dict[str, str] = {}
    """Channel -> the person's id there, such as `wecom: zhangsan`."""


class Policies(Spec):
    """The contents of `policies.yml`."""

    version: int = Field(default=1, ge=1, le=1)
    roles: dict[str, Role] = {}
    users: dict[str, User] = {}


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
    issues = _check(policies, definitions, source)
    if issues:
        raise DefinitionError(issues)
    return policies


def _check(policies: Policies, definitions: Definitions, source: Source) -> list[Issue]:
    issues: list[Issue] = []

    def unknown(kind: str, wanted: str, known: Mapping[str, object], *path: str) -> None:
        if wanted not in known:
            message = f"there is no {kind} `{wanted}`"
            code = f"UNKNOWN_{kind.upper()}"
            near = suggest(wanted, known)
            issues.append(Issue(code, message, source.name, source.line(path), candidates=near))

    for name, role in policies.roles.items():
        for dim in role.rows:
            unknown("dimension", dim, definitions.dimensions, "roles", name, "rows", dim)
        for section, models in (("shared", role.shared), ("denied", role.denied)):
            for model in models:
                unknown("model", model, definitions.models, "roles", name, section)
        for model in role.hide:
            unknown("model", model, definitions.models, "roles", name, "hide", model)
    for name, user in policies.users.items():
        unknown("role", user.role, policies.roles, "users", name, "role")
        issues += _missing_attributes(policies, name, user, source)
    return issues + _shared_accounts(policies, source)


def _shared_accounts(policies: Policies, source: Source) -> list[Issue]:
    """Two users who claim one e-mail or account: nobody could say whose rights hold."""
    owner: dict[tuple[str, str], str] = {}
    issues = []
    for name, user in policies.users.items():
        claims = {**user.accounts, **({"email": user.email} if user.email else {})}
        for channel, account in claims.items():
            first = owner.setdefault((channel, account.casefold()), name)
            if first != name:
                message = f"`{name}` and `{first}` have the same {channel} `{account}`"
                line = source.line(("users", name))
                issues.append(Issue("DUPLICATE_ACCOUNT", message, source.name, line))
    return issues


def _missing_attributes(policies: Policies, name: str, user: User, source: Source) -> list[Issue]:
    role = policies.roles.get(user.role)
    wanted = [_attribute(rule) for rule in role.rows.values()] if role else []
    line = source.line(("users", name))
    return [
        Issue(
            "MISSING_ATTRIBUTE",
            f"user `{name}` has no attribute `{attribute}`, which the role needs",
            source.name,
            line,
        )
        for attribute in wanted
        if attribute is not None and attribute not in user.attributes
    ]


def _attribute(rule: str | tuple[str, ...]) -> str | None:
    return (
        rule.removeprefix("user.") if isinstance(rule, str) and rule.startswith("user.") else None
    )


def scope_for(policies: Policies | None, definitions: Definitions, user_id: str | None) -> Scope:
    """Return what a user may see.

    Raises:
        DeniedError: The user is unknown, or may see nothing.
    """
    if policies is None:
        return EVERYTHING
    user = policies.users.get(user_id or "")
    if user is None:
        raise DeniedError(
            "UNKNOWN_USER",
            f"There is no user `{user_id}`." if user_id else "Nobody is named as the asker.",
            hint="Ask your administrator to add you to policies.yml.",
        )
    role = policies.roles[user.role]
    if role.nothing:
        raise DeniedError(
            "NO_ACCESS",
            f"`{user_id}` has no access to any data.",
            hint="Ask your administrator for access.",
        )
    return _scope(role, user, definitions)


def _scope(role: Role, user: User, definitions: Definitions) -> Scope:
    rows: dict[str, tuple[str, ...]] = {}
    denied = set(role.denied)
    allowed = {dim: _values(rule, user) for dim, rule in role.rows.items()}
    for model_id, model in definitions.models.items():
        if model_id in role.shared:
            continue
        missing = [d for d in allowed if d not in model.dims]
        if missing:
            denied.add(model_id)
            continue
        found = tuple(_predicate(model.dims[d], values) for d, values in allowed.items())
        if found:
            rows[model_id] = found
    hidden = {m: frozenset(c) for m, c in role.hide.items()}
    label = _label(role, allowed)
    return Scope(label, rows, hidden, frozenset(denied), allowed, role.personal)


def _values(rule: str | tuple[str, ...], user: User) -> tuple[str, ...]:
    attribute = _attribute(rule)
    if attribute is not None:
        return user.attributes.get(attribute, ())
    return (rule,) if isinstance(rule, str) else rule


def _predicate(fragment: str, values: tuple[str, ...]) -> str:
    """Build `dimension IN (...)` from typed literals; no value means no row."""
    if not values:
        return exp.false().sql("duckdb")
    literals: list[exp.Expr] = [exp.Literal.string(v) for v in values]
    return exp.In(this=exp.Paren(this=parse_fragment(fragment)), expressions=literals).sql("duckdb")


def _label(role: Role, allowed: Mapping[str, tuple[str, ...]]) -> Text:
    shown = ", ".join(v for values in allowed.values() for v in values)
    if shown:
        return Text(en=shown, zh=shown.replace(", ", "、"))
    return role.label or EVERYTHING.label
