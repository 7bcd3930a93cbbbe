"""What all readers of one answer may see: the common part of their scopes, or nothing.

A channel that shows an answer to several people asks with the audience's scope. Where the
readers have nothing in common, or one of them is unknown, the answer belongs in private.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from semantic_layer.errors import DeniedError
from semantic_layer.model import Text
from semantic_layer.scope import Scope

_NOBODY = Text(zh="没有读者", en="there is no reader")
_STRANGER = Text(zh="这里有人没有查看数据的权限", en="somebody here may see no data")
_NOTHING = Text(
    zh="这里的人没有共同的查看范围", en="the people here have no view of the data in common"
)


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers' common scope; None means: answer in private, because of `reason`."""

    scope: Scope | None
    reason: Text | None = None

    @property
    def is_private(self) -> bool:
        """Whether the answer may only go to the asker alone."""
        return self.scope is None


def audience(scopes: Sequence[Scope]) -> Audience:
    """Return what every holder of `scopes` may see; order and repetition do not matter."""
    if not scopes:
        return Audience(None, _NOBODY)
    distinct = list({s.fingerprint: s for s in scopes}.values())
    if len(distinct) == 1:
        return Audience(distinct[0])
    common = sorted(distinct, key=lambda s: s.fingerprint)
    scope = _common(common)
    if any(not values for values in scope.limits.values()):
        return Audience(None, _NOTHING)
    return Audience(scope)


def audience_of(users: Collection[str], scope_of: Callable[[str], Scope]) -> Audience:
    """Return the audience of user ids; one who is unknown makes it private.

    Args:
        users: User ids of everybody who will read the answer.
        scope_of: `SemanticLayer.scope`.
    """
    try:
        scopes = [scope_of(user) for user in sorted(set(users))]
    except DeniedError:
        return Audience(None, _STRANGER)
    return audience(scopes)


def _common(scopes: Sequence[Scope]) -> Scope:
    denied = frozenset().union(*(s.denied for s in scopes))
    return Scope(
        label=_label(scopes),
        rows={m: p for m, p in _united([s.rows for s in scopes]).items() if m not in denied},
        hidden={m: frozenset(c) for m, c in _united([s.hidden for s in scopes]).items()},
        denied=denied,
        limits=_limits([s.limits for s in scopes]),
        personal=all(s.personal for s in scopes),
        masks=_masks([s.masks for s in scopes]),
        metrics=frozenset().union(*(s.metrics for s in scopes)),
        tools_only=_only([s.tools_only for s in scopes]),
        tools=frozenset().union(*(s.tools for s in scopes)),
        may_use_sql=all(s.may_use_sql for s in scopes),
        small_groups=_largest([s.small_groups for s in scopes]),
    )


def _united(rules: Sequence[Mapping[str, Collection[str]]]) -> dict[str, tuple[str, ...]]:
    out: dict[str, dict[str, None]] = {}
    for rule in rules:
        for model, items in rule.items():
            out.setdefault(model, {}).update(dict.fromkeys(sorted(items)))
    return {model: tuple(items) for model, items in out.items()}


def _limits(limits: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for limit in limits:
        for dim, values in limit.items():
            known = out.get(dim)
            out[dim] = tuple(sorted(values if known is None else set(known) & set(values)))
    return out


def _masks(masks: Sequence[Mapping[str, Mapping[str, str]]]) -> dict[str, Mapping[str, str]]:
    """Unite masks; a column that two readers see masked differently is not shown at all."""
    out: dict[str, dict[str, str]] = {}
    for mask in masks:
        for model, columns in mask.items():
            kept = out.setdefault(model, {})
            for column, kind in columns.items():
                kept[column] = kind if kept.get(column, kind) == kind else "all"
    return dict(out)


def _only(tools: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    listed = [t for t in tools if t is not None]
    return frozenset.intersection(*listed) if listed else None


def _largest(limits: Sequence[Mapping[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for limit in limits:
        for model, k in limit.items():
            out[model] = max(k, out.get(model, 0))
    return out


def _label(scopes: Sequence[Scope]) -> Text:
    """Name the common view: what limits it, once each."""
    limited = [s for s in scopes if s.rows or s.limits] or list(scopes)[:1]
    zh = " ∩ ".join(sorted({s.label.get("zh") for s in limited}))
    return Text(zh=zh, en=" ∩ ".join(sorted({s.label.get("en") for s in limited})))
