"""Reads what the roles know of one lead, through the rights door, as typed rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from semantic_layer.compile.relation import Field, Window
from semantic_layer.convert import cell
from semantic_layer.model import Text
from tools.base import ToolContext
from tools.leads.facts import Attribute, Colleague, Page, Stage
from tools.leads.habits import Touch
from tools.leads.notes import NoteRow
from tools.leads.rows import Read, Row, fields, lead_role, personal, read

TOUCH_DAYS = 365
MAX_TOUCHES = 2_000
_COLLEAGUE_DAYS = 180
_MAX_NOTES = 50


@dataclass(frozen=True, slots=True)
class Person:
    """The human behind a lead: all of their records."""

    records: tuple[str, ...]
    name: str | None = None
    title: str | None = None
    visitors: tuple[str, ...] = ()


def readable(context: ToolContext, model: str | None) -> bool:
    """Whether a role's model exists for the asker."""
    return model is not None and model not in context.scope.denied


def read_person(context: ToolContext, record: object) -> Person:
    """Return the human whose record this is."""
    role = context.layer.definitions.roles.person
    own = (str(record),) if record is not None else ()
    if role is None or not own or not readable(context, role.model):
        return Person(own)
    texts = fields(
        {"person": role.id, "name": role.name, "title": role.attributes.get("title"), "who": role.identity,
         "visitor": role.visitor}
    )  # fmt: skip
    rows = read(context, Read(role.model, texts, {"person": own}))
    first = rows[0] if rows else {}
    if first.get("who") is not None:
        rows = read(context, Read(role.model, texts, {"who": (first["who"],)}))
    records = tuple(sorted(str(r["person"]) for r in rows)) or own
    visitors = tuple(str(r["visitor"]) for r in rows if r.get("visitor") is not None)
    return Person(records, _text(first.get("name")), _text(first.get("title")), visitors)


def read_attributes(
    context: ToolContext, lead: str
) -> tuple[tuple[Attribute, ...], tuple[str, ...]]:
    """Return the attributes that have a value, and the names of those kept from the asker."""
    role = lead_role(context)
    open_ones = {n: a for n, a in role.attributes.items() if not personal(context, n)}
    texts = {"lead": Field(role.id)} | {n: Field(a.column) for n, a in open_ones.items()}
    rows = read(context, Read(role.model, texts, {"lead": (lead,)}))
    row: Row = rows[0] if rows else {}
    dims = context.layer.definitions.dimensions
    out: list[Attribute] = []
    for name, attribute in open_ones.items():
        known = dims.get(name)
        label = attribute.label or (known.label if known else Text(en=name.replace("_", " ")))
        if row.get(name) is not None:
            source = (f"lead:{lead}",)
            out.append(Attribute(id=name, label=label, value=cell(row[name]), sources=source))
    kept = tuple(n for n in role.attributes if n not in open_ones)
    return tuple(out), kept


def read_touches(
    context: ToolContext, people: Sequence[str], as_of: date
) -> tuple[tuple[Touch, ...], bool]:
    """Return marketing touches of the last year, newest first, and whether some were cut."""
    role = context.layer.definitions.roles.touchpoint
    if role is None or role.person is None or not people or not readable(context, role.model):
        return (), False
    wanted = {
        "kind": "touch_kind",
        "channel": "channel",
        "content": "content",
        "topic": "content_topic",
    }
    texts = fields(
        {"id": role.id, "person": role.person}
        | {name: role.dims[dim] for name, dim in wanted.items() if dim in role.dims}
    )
    texts["at"] = Field(role.at, "wall")
    scoring = context.layer.definitions.scoring
    rules = scoring.behaviours if scoring else ()
    texts |= {f"rule__{rule.id}": Field(rule.when) for rule in rules}
    window = Window(role.at, as_of - timedelta(days=TOUCH_DAYS - 1), as_of + timedelta(days=1))
    where = (role.marketing,) if role.marketing else ()
    rows = read(
        context,
        Read(role.model, texts, {"person": people}, "at", MAX_TOUCHES + 1, window, where),
    )
    worth = {f"rule__{rule.id}": rule.points for rule in rules}
    return tuple(_touch(r, worth) for r in rows[:MAX_TOUCHES]), len(rows) > MAX_TOUCHES


def _touch(row: Row, worth: dict[str, float]) -> Touch:
    at = row["at"]
    if not isinstance(at, datetime):
        message = "a touchpoint's time is not a time"
        raise TypeError(message)
    points = [worth[n] for n in worth if row[n]]
    return Touch(
        id=str(row["id"]), at=at, kind=_text(row.get("kind")), channel=_text(row.get("channel")),
        content=_text(row.get("content")), topic=_text(row.get("topic")),
        worth=max(points) if points else 1.0,
    )  # fmt: skip


def read_notes(context: ToolContext, lead: str) -> tuple[NoteRow, ...]:
    """Return the lead's newest notes, newest first."""
    role = lead_role(context).notes
    if role is None or not readable(context, role.model):
        return ()
    texts = fields(
        {
            "id": role.id,
            "lead": role.lead,
            "text": role.text,
            "author": role.author,
            "method": role.method,
        }
    )
    texts["at"] = Field(role.at, "wall")
    rows = read(context, Read(role.model, texts, {"lead": (lead,)}, order="at", limit=_MAX_NOTES))
    return tuple(
        NoteRow(
            str(r["id"]),
            str(r["text"] or ""),
            r["at"].date(),
            _text(r.get("author")),
            _text(r.get("method")),
        )
        for r in rows
        if isinstance(r["at"], datetime)
    )


def read_pages(context: ToolContext, visitors: Sequence[str], as_of: date) -> tuple[Page, ...]:
    """Return the pages that the person opened in the last year, most visited first."""
    role = lead_role(context).pages
    if role is None or not visitors or not readable(context, role.model):
        return ()
    texts = fields({"visitor": role.visitor, "page": role.page})
    texts["on"] = Field(role.at, "day")
    window = Window(role.at, as_of - timedelta(days=TOUCH_DAYS - 1), as_of + timedelta(days=1))
    rows = read(context, Read(role.model, texts, {"visitor": visitors}, window=window))
    days: dict[str, list[date]] = {}
    for row in rows:
        if row["page"] is not None and isinstance(row["on"], date):
            days.setdefault(str(row["page"]), []).append(row["on"])
    ranked = sorted(days.items(), key=lambda item: (-len(item[1]), item[0]))[:3]
    found = tuple(f"visitor:{v}" for v in visitors)
    return tuple(Page(page=p, visits=len(on), last_on=max(on), sources=found) for p, on in ranked)


def read_colleagues(
    context: ToolContext, account: object, own: Sequence[str], as_of: date
) -> tuple[Colleague, ...]:
    """Return the account's other people who were active in the last half year."""
    role, touch = context.layer.definitions.roles.person, context.layer.definitions.roles.touchpoint
    if role is None or role.account is None or touch is None or touch.person is None:
        return ()
    if account is None or not readable(context, role.model) or not readable(context, touch.model):
        return ()
    texts = fields(
        {"person": role.id, "account": role.account, "name": role.name, "title": role.attributes.get("title"),
         "who": role.identity}
    )  # fmt: skip
    people = read(context, Read(role.model, texts, {"account": (account,)}))
    others = {str(p["person"]): p for p in people if str(p["person"]) not in own}
    if not others:
        return ()
    seen = fields({"person": touch.person, "id": touch.id})
    seen["on"] = Field(touch.at, "day")
    window = Window(
        touch.at, as_of - timedelta(days=_COLLEAGUE_DAYS - 1), as_of + timedelta(days=1)
    )
    where = (touch.marketing,) if touch.marketing else ()
    rows = read(
        context, Read(touch.model, seen, {"person": tuple(others)}, window=window, where=where)
    )
    days: dict[str, list[date]] = {}
    first: dict[str, Row] = {}
    for row in rows:
        person = others[str(row["person"])]
        who = str(person.get("who") or person["person"])
        first.setdefault(who, person)
        if isinstance(row["on"], date):
            days.setdefault(who, []).append(row["on"])
    found = [_colleague(first[who], on) for who, on in days.items()]
    return tuple(sorted(found, key=lambda c: (-c.touches, c.person))[:3])


def _colleague(row: Row, days: Sequence[date]) -> Colleague:
    person = str(row["person"])
    return Colleague(
        person=person, name=_text(row.get("name")), title=_text(row.get("title")),
        touches=len(days), last_on=max(days), sources=(f"person:{person}",),
    )  # fmt: skip


def read_stage(context: ToolContext, lead: str) -> Stage | None:
    """Return the furthest stage that the lead itself has reached."""
    by_model: dict[tuple[str, str], list[int]] = {}
    stages = context.layer.definitions.roles.stages
    for place, stage in enumerate(stages):
        if stage.lead is not None and readable(context, stage.model):
            by_model.setdefault((stage.model, stage.lead), []).append(place)
    best: tuple[int, date] | None = None
    for (model, link), places in by_model.items():
        texts = {"lead": Field(link)}
        for place in places:
            texts[f"at_{place}"] = Field(stages[place].at, "day")
            texts |= {
                f"{name}_{place}": Field(text)
                for name, text in (("void", stages[place].void), ("if", stages[place].filter))
                if text is not None
            }
        for row in read(context, Read(model, texts, {"lead": (lead,)})):
            for place in places:
                reached = _reached(row, place)
                if reached is not None and (best is None or place > best[0]):
                    best = (place, reached)
    if best is None:
        return None
    stage = stages[best[0]]
    return Stage(id=stage.id, label=stage.label, since=best[1], sources=(f"lead:{lead}",))


def _reached(row: Row, place: int) -> date | None:
    at = row.get(f"at_{place}")
    if row.get(f"void_{place}") is not None or row.get(f"if_{place}", True) is not True:
        return None
    return at if isinstance(at, date) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
