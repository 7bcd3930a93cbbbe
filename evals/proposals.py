"""How well a model reads questions, field by field, from the calls that it proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.agent.schema import period_paths, without_nulls
from assistant.planner.normalise import fold_word, has_chinese
from assistant.timeparse import parse_period
from evals.scorers import Case, canonical
from semantic_layer import SemanticLayer

FIELDS = ("metric", "dimension", "filter", "time", "comparison", "whole plan")
_OF = {"metric": "metrics", "dimension": "dimensions", "filter": "filters", "time": "time", "comparison": "compare"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """One call as the model made it.

    Attributes:
        args: Periods in them are the model's words, or dates where the call was accepted.
    """

    tool: str
    args: dict[str, Any]


def right_fields(case: Case, proposal: Proposal | None, layer: SemanticLayer) -> frozenset[str]:
    """Return the fields of FIELDS in which a proposal says what the case expects.

    A case may accept several queries: the one that agrees most counts.
    """
    if proposal is None or proposal.tool != "query_metrics" or case.expect.query is None:
        return frozenset()
    got = _plain(proposal.args, layer)
    wanted = (case.expect.query, *case.expect.also)
    return max((frozenset(_right(got, canonical(w))) for w in wanted), key=len)


def _right(got: dict[str, Any], want: dict[str, Any]) -> Iterator[str]:
    for name, key in _OF.items():
        if _part(got, key) == _part(want, key):
            yield name
    try:
        whole = canonical(got) == want
    except ValueError:
        whole = False
    if whole:
        yield "whole plan"


def _part(query: dict[str, Any], key: str) -> object:
    """One field in a form in which equal meanings are equal; a malformed one equals none."""
    found = query.get(key) or ()
    try:
        match key:
            case "metrics" | "dimensions":
                return frozenset(found)
            case "filters":
                return frozenset(_condition(f) for f in found)
            case "time":
                return (found["start"], found["end"]) if found else ()
            case _:
                span = (found.get("range") or {}) if found else {}
                return (found.get("kind"), span.get("start"), span.get("end")) if found else ()
    except (TypeError, KeyError, AttributeError):
        return None


def _condition(item: dict[str, Any]) -> tuple[object, ...]:
    values = frozenset(fold_word(str(v)) for v in item.get("values") or ())
    return item["dimension"], item.get("op") or "in", values


def _plain(args: dict[str, Any], layer: SemanticLayer) -> dict[str, Any]:
    """Return arguments with dates in place of the model's words for periods."""
    out: dict[str, Any] = without_nulls(args)
    for path in period_paths("query_metrics"):
        holder: Any = out
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        phrase = holder.get(path[-1]) if isinstance(holder, dict) else None
        if isinstance(phrase, str):
            holder[path[-1]] = _dates(phrase, layer)
    return out


def _dates(phrase: str, layer: SemanticLayer) -> dict[str, object]:
    ctx = layer.context
    found = parse_period(phrase, today=layer.today, as_of=ctx.as_of, calendar=ctx.calendar)
    if found is None or found.period is None:
        return {"start": phrase, "end": phrase}
    start, end = found.period.start, found.period.end
    return {"start": start and start.isoformat(), "end": end and end.isoformat()}


def spread(cases: Iterable[Case], count: int) -> tuple[Case, ...]:
    """Return a sample of the questions with one known query, as many in each language."""
    usable = [c for c in cases if c.expect.query and c.expect.answerable and not c.user]
    halves = [[c for c in usable if has_chinese(c.q) is zh] for zh in (True, False)]
    picked = [_evenly(half, (count + i) // 2) for i, half in enumerate(halves)]
    longest = max(map(len, picked), default=0)
    return tuple(half[i] for i in range(longest) for half in picked if i < len(half))


def _evenly(items: list[Case], count: int) -> list[Case]:
    count = min(count, len(items))
    return [items[i * len(items) // count] for i in range(count)] if count else []


def scores(
    cases: Iterable[Case], proposals: dict[str, Proposal], layer: SemanticLayer
) -> dict[str, tuple[int, int]]:
    """Return field -> (right, of): of all questions that were asked, answered or not."""
    asked = tuple(cases)
    right: Counter[str] = Counter()
    for case in asked:
        right.update(right_fields(case, proposals.get(case.key), layer))
    return {name: (right[name], len(asked)) for name in FIELDS}
