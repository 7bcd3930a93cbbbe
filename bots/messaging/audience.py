"""May a group see an answer? Only if everybody there may see at least what the asker sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from semantic_layer import AskmqlError, Scope, SemanticLayer


@dataclass(frozen=True)
class Audience:
    """Where an answer may appear.

    Attributes:
        place: `here`, or `private`: to the asker alone.
        reason: Stable word for logs and tests.
    """

    place: Literal["here", "private"]
    reason: str


def audience_scope(
    layer: SemanticLayer, asker: str | None, members: Iterable[str] | None
) -> Audience:
    """Decide where an answer to `asker` may appear.

    Args:
        layer: Whose rights count.
        asker: User id of policies.yml; None where there are no policies.
        members: User ids of everybody in the group; None when any of them is unknown.

    Returns:
        `here` only if every member's view covers the asker's: a group never sees more than
        its least privileged member, and a stranger in it sees nothing.
    """
    if layer.policies is None:
        return Audience("here", "no policies")
    if members is None:
        return Audience("private", "unknown member")
    mine = layer.scope(asker)
    for member in set(members):
        try:
            theirs = layer.scope(member)
        except AskmqlError:
            return Audience("private", "member without access")
        if not covers(theirs, mine):
            return Audience("private", "member sees less")
    return Audience("here", "all may see")


def covers(wide: Scope, narrow: Scope) -> bool:
    """Whether everything that `narrow` shows is shown by `wide` too; False when in doubt.

    Rights are compared as they are compiled: fewer predicates, fewer hidden columns and fewer
    denied models show more.
    """
    return (
        wide.denied <= narrow.denied
        and _rows_cover(wide.rows, narrow)
        and all(cols <= narrow.hidden.get(m, frozenset()) for m, cols in _open(wide.hidden, narrow))
        and all(
            d in narrow.limits and set(narrow.limits[d]) <= set(values)
            for d, values in wide.limits.items()
        )
        and (wide.personal or not narrow.personal)
        and _names_cover(wide, narrow)
    )


def _names_cover(wide: Scope, narrow: Scope) -> bool:
    """Whether masks, names, tools and small groups of `wide` withhold nothing more."""
    masked = (
        narrow.masks.get(m, {}).get(c) == kind or c in narrow.hidden.get(m, frozenset())
        for m, columns in wide.masks.items()
        if m not in narrow.denied
        for c, kind in columns.items()
    )
    only = wide.tools_only is None or (
        narrow.tools_only is not None and narrow.tools_only <= wide.tools_only
    )
    return (
        all(masked)
        and only
        and wide.metrics <= narrow.metrics
        and wide.tools <= narrow.tools
        and (wide.may_use_sql or not narrow.may_use_sql)
        and all(k <= narrow.small_groups.get(m, 1) for m, k in wide.small_groups.items())
    )


def _rows_cover(rows: Mapping[str, tuple[str, ...]], narrow: Scope) -> bool:
    return all(
        set(kept) <= set(narrow.rows.get(m, ()))
        for m, kept in rows.items()
        if m not in narrow.denied
    )


def _open(
    hidden: Mapping[str, frozenset[str]], narrow: Scope
) -> Iterable[tuple[str, frozenset[str]]]:
    return ((m, cols) for m, cols in hidden.items() if m not in narrow.denied)
