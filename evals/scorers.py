"""What a case expects, and the verdict on what the assistant did with it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from semantic_layer import Query

Status = Literal["answered", "clarify", "refused", "denied", "empty", "error"]
ANSWERS: frozenset[str] = frozenset({"answered", "empty"})
GROUP = "group:"
_UNORDERED = ("metrics", "dimensions")


class Verdict(StrEnum):
    """How a case went, from best to worst."""

    RIGHT = "right"
    OTHER = "other"
    """Rightly not answered, yet in another way than wanted (refused instead of asked back)."""
    REFUSED = "refused"
    """Not answered although it could be."""
    WRONG = "wrong"
    """Answered something else than was asked."""
    MUST_NOT = "must_not"
    """Answered although no answer may be given."""


class Spec(BaseModel):
    """Base of the parts of a case file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Expect(Spec):
    """The contract of one question."""

    status: tuple[Status, ...] = ("answered",)
    tool: str | None = None
    """Absent: query_metrics where a query is expected, else any."""
    args: dict[str, Any] = Field(default_factory=dict)
    """Arguments of tools other than query_metrics that must be there."""
    query: dict[str, Any] | None = None
    also: tuple[dict[str, Any], ...] = ()
    """Other queries that a careful reader would accept."""

    @field_validator("status", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _readable(self) -> Expect:
        for query in (self.query or {"metrics": ["any"]}, *self.also):
            canonical(query)
        return self

    @property
    def answerable(self) -> bool:
        """Whether some kind of answer is expected."""
        return bool(ANSWERS.intersection(self.status))


class Case(Spec):
    """One question and what must come of it."""

    q: str
    group: str | None = None
    """Cases of one group say the same thing in other words."""
    user: str | None = None
    expect: Expect
    tags: tuple[str, ...] = ()

    @property
    def paraphrases(self) -> str | None:
        """The group's name, which a tag `group:NAME` may give as well."""
        named = (tag.removeprefix(GROUP) for tag in self.tags if tag.startswith(GROUP))
        return self.group or next(named, None)

    @property
    def key(self) -> str:
        """Name of the case in the baseline."""
        return f"{self.user or ''}|{self.q}"


@dataclass(frozen=True, slots=True)
class Seen:
    """The parts of an answer that are scored."""

    status: str
    plan: tuple[dict[str, Any], ...] = ()
    headline: str = ""
    error: str = ""
    choices: tuple[str, ...] = ()
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scored case."""

    case: Case
    seen: Seen
    verdict: Verdict
    why: tuple[str, ...] = ()


def canonical(query: dict[str, Any]) -> dict[str, Any]:
    """Return a query in the one form in which equal questions are equal.

    Accepts the short form of case files: `compare: {kind, start, end}`.

    Raises:
        ValidationError: It is not a query.
    """
    said = dict(query)
    compare = said.get("compare")
    if isinstance(compare, dict) and ("start" in compare or "end" in compare):
        span = {key: compare[key] for key in ("start", "end") if key in compare}
        said["compare"] = {"kind": compare.get("kind", "range"), "range": span}
    out = Query.model_validate(said).model_dump(mode="json", exclude={"fill"})
    for part in (out["time"], (out["compare"] or {}).get("range")):
        if part:
            del part["grain"]
    for name in _UNORDERED:
        out[name] = sorted(out[name])
    out["filters"] = _filters(out)
    out["having"] = sorted(out["having"], key=_text)
    return {key: value for key, value in out.items() if value not in (None, [], False)}


def _filters(query: dict[str, Any]) -> list[dict[str, Any]]:
    kept = []
    for item in query["filters"]:
        ranked = query["limit"] is not None and item["dimension"] in query["dimensions"]
        if item["op"] == "not_null" and ranked:
            continue
        if item["op"] != "between":
            item["values"] = sorted(item["values"], key=_text)
        kept.append(item)
    return sorted(kept, key=_text)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def differences(got: dict[str, Any], want: dict[str, Any]) -> tuple[str, ...]:
    """Say in which parts two canonical queries differ."""
    return tuple(
        f"{key}: got {_text(got.get(key))}, want {_text(want.get(key))}"
        for key in sorted(got.keys() | want.keys())
        if got.get(key) != want.get(key)
    )


def judge(case: Case, seen: Seen) -> Outcome:
    """Compare what was done with what was expected."""
    expect = case.expect
    answered = seen.status in ANSWERS
    if not answered:
        if seen.status in expect.status:
            return Outcome(case, seen, Verdict.RIGHT)
        verdict = Verdict.REFUSED if expect.answerable else Verdict.OTHER
        return Outcome(case, seen, verdict, (f"status: got {seen.status}",))
    if not expect.answerable:
        return Outcome(case, seen, Verdict.MUST_NOT, (f"status: got {seen.status}",))
    why = _plan_faults(expect, seen)
    if not why and seen.status not in expect.status:
        why = (f"status: got {seen.status}",)
    return Outcome(case, seen, Verdict.WRONG if why else Verdict.RIGHT, why)


def _plan_faults(expect: Expect, seen: Seen) -> tuple[str, ...]:
    wanted = expect.tool or ("query_metrics" if expect.query else None)
    if wanted is None:
        return ()
    tools = [call["tool"] for call in seen.plan]
    if tools != [wanted]:
        return (f"tools: got {tools}, want {wanted}",)
    args = seen.plan[0]["args"]
    if wanted != "query_metrics":
        return tuple(
            f"{key}: got {args.get(key)!r}, want {value!r}"
            for key, value in expect.args.items()
            if args.get(key) != value
        )
    if expect.query is None:
        return ()
    try:
        got = canonical(args)
    except ValidationError as error:
        return (f"the plan is no query: {error}",)
    if any(got == canonical(other) for other in expect.also):
        return ()
    return differences(got, canonical(expect.query))


def meaning(seen: Seen) -> str:
    """Return what an answer says it means; equal for equal readings, '' for no answer."""
    if seen.status not in ANSWERS:
        return ""
    calls = [
        {
            "tool": call["tool"],
            "args": canonical(call["args"]) if call["tool"] == "query_metrics" else call["args"],
        }
        for call in seen.plan
    ]
    return _text(calls)


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """Whether all members of a paraphrase group were read alike."""

    group: str
    members: tuple[Outcome, ...]
    readings: int

    @property
    def same(self) -> bool:
        """Whether there is one reading, or none at all."""
        return self.readings == 1


def groups_of(outcomes: Iterable[Outcome]) -> tuple[GroupOutcome, ...]:
    """Collect the paraphrase groups; members that were not answered count as a reading."""
    members: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if name := outcome.case.paraphrases:
            members.setdefault(name, []).append(outcome)
    return tuple(
        GroupOutcome(name, tuple(found), len({meaning(o.seen) for o in found}))
        for name, found in members.items()
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; 0 for nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
