"""What the roles know of one lead: reads through the rights door, and their rows as facts.

A `..._part` says what is read, its partner turns the rows into facts: so one statement can
carry many reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.convert import cell
from semantic_layer.lead_roles import PersonRole
from semantic_layer.model import Text, TouchpointRole
from tools.base import ToolContext
from tools.leads.facts import Attribute, Colleague, Page
from tools.leads.habits import Touch
from tools.leads.notes import NoteRow
from tools.leads.rows import (
    Part,
    Read,
    Row,
    among,
    as_text,
    fields,
    grouped_by_all,
    lead_role,
    part_of,
    personal,
    read,
    run_parts,
    subquery,
)

TOUCH_DAYS = 365
MAX_TOUCHES = 2_000
ATTRIBUTE = "attribute__"
"""Prefix of a lead's attributes among its columns."""
_COLLEAGUE_DAYS = 180
_MAX_NOTES, _MAX_PAGES, _MAX_COLLEAGUES = 50, 1_000, 1_000
_P, _T = "p", "t"
_PAGE = ("page", "visits", "last_on")


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
    if role is None or record is None or not readable(context, role.model):
        return Person(() if record is None else (str(record),))
    texts = fields(
        {"person": role.id, "name": role.name, "title": role.attributes.get("title"),
         "visitor": role.visitor}
    )  # fmt: skip
    alone, who = _own(context, role, texts, record)
    rows = alone if who is None else _same_human(context, role, texts, who) or alone
    first = next((r for r in rows if str(r["person"]) == str(record)), {})
    records = tuple(sorted(str(r["person"]) for r in rows)) or (str(record),)
    visitors = tuple(sorted(str(r["visitor"]) for r in rows if r.get("visitor") is not None))
    return Person(records, _text(first.get("name")), _text(first.get("title")), visitors)


def _own(
    context: ToolContext, role: PersonRole, texts: Mapping[str, Field], record: object
) -> tuple[tuple[Row, ...], object]:
    """Return one record and the human that it belongs to, if that is known.

    The human is read apart and must be there: with an outer join an engine goes through all
    records, with an inner one it reads those of this person.
    """
    parts = {"own": part_of(context, Read(role.model, texts, {"person": (record,)}))}
    if role.identity is not None:
        known = (f"({role.identity}) IS NOT NULL",)
        named = fields({"person": role.id, "who": role.identity})
        wanted = Read(role.model, named, {"person": (record,)}, where=known, needs=("who",))
        parts["human"] = part_of(context, wanted)
    found = run_parts(context, parts)
    humans = found.get("human", ())
    return found["own"], humans[0]["who"] if humans else None


def _same_human(
    context: ToolContext, role: PersonRole, texts: Mapping[str, Field], who: object
) -> tuple[Row, ...]:
    """Return every record of a human. By itself: an engine that knows the value reads little."""
    both = {**texts, **fields({"who": role.identity})}
    return read(context, Read(role.model, both, {"who": (who,)}, needs=("person",)))


def attributes_of(context: ToolContext, row: Row) -> tuple[Attribute, ...]:
    """Return the attributes of a lead's row that have a value."""
    role, dims = lead_role(context), context.layer.definitions.dimensions
    source = (f"lead:{row['lead']}",)
    out: list[Attribute] = []
    for name, attribute in role.attributes.items():
        value = row.get(ATTRIBUTE + name)
        known = dims.get(name)
        label = attribute.label or (known.label if known else Text(en=name.replace("_", " ")))
        if value is not None:
            out.append(Attribute(id=name, label=label, value=cell(value), sources=source))
    return tuple(out)


def attribute_fields(context: ToolContext) -> dict[str, Field]:
    """Return the columns of a lead's attributes that are not kept from the asker."""
    attributes = lead_role(context).attributes.items()
    kept = kept_attributes(context)
    return {ATTRIBUTE + n: Field(a.column) for n, a in attributes if n not in kept}


def kept_attributes(context: ToolContext) -> tuple[str, ...]:
    """Return the names of attributes that are personal data kept from the asker."""
    return tuple(n for n in lead_role(context).attributes if personal(context, n))


def touches_part(context: ToolContext, people: Sequence[str], as_of: date) -> Part | None:
    """Return the read of marketing touches of the last year, newest first."""
    role = _touch_role(context)
    if role is None or not people:
        return None
    wanted = {"kind": "touch_kind", "channel": "channel", "content": "content", "topic": "content_topic"}  # fmt: skip
    texts = fields(
        {"id": role.id, "person": role.person}
        | {name: role.dims[dim] for name, dim in wanted.items() if dim in role.dims}
    )
    texts["at"] = Field(role.at, "wall")
    texts |= {f"rule__{rule}": Field(when) for rule, (when, _) in _worth(context).items()}
    where = (role.marketing,) if role.marketing else ()
    window = _last(role.at, as_of, TOUCH_DAYS)
    equal = {"person": people}
    most, needs = MAX_TOUCHES + 1, ("id", "at")
    return part_of(context, Read(role.model, texts, equal, "at", most, window, where, needs))


def touches_of(context: ToolContext, rows: Sequence[Row]) -> tuple[tuple[Touch, ...], bool]:
    """Return touches, newest first, and whether some were cut."""
    worth = {f"rule__{rule}": points for rule, (_, points) in _worth(context).items()}
    return tuple(_touch(r, worth) for r in rows[:MAX_TOUCHES]), len(rows) > MAX_TOUCHES


def _touch_role(context: ToolContext) -> TouchpointRole | None:
    role = context.layer.definitions.roles.touchpoint
    if role is None or role.person is None or not readable(context, role.model):
        return None
    return role


def _worth(context: ToolContext) -> dict[str, tuple[str, float]]:
    """Return each behaviour rule's condition and points."""
    scoring = context.layer.definitions.scoring
    return {r.id: (r.when, r.points) for r in (scoring.behaviours if scoring else ())}


def _last(at: str, as_of: date, days: int) -> Window:
    return Window(at, as_of - timedelta(days=days - 1), as_of + timedelta(days=1))


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


def notes_part(context: ToolContext, lead: str) -> Part | None:
    """Return the read of the lead's newest notes, newest first."""
    role = lead_role(context).notes
    if role is None or not readable(context, role.model):
        return None
    texts = fields(
        {"id": role.id, "lead": role.lead, "text": role.text, "author": role.author, "method": role.method}
    )  # fmt: skip
    texts["at"] = Field(role.at, "wall")
    what = Read(role.model, texts, {"lead": (lead,)}, "at", _MAX_NOTES, needs=("id", "at"))
    return part_of(context, what)


def notes_of(rows: Sequence[Row]) -> tuple[NoteRow, ...]:
    """Return notes, newest first."""
    return tuple(
        NoteRow(str(r["id"]), str(r["text"] or ""), r["at"].date(), _text(r.get("author")), _text(r.get("method")))
        for r in rows
        if isinstance(r["at"], datetime)
    )  # fmt: skip


def pages_part(context: ToolContext, visitors: Sequence[str], as_of: date) -> Part | None:
    """Return the read of pages opened in the last year, with visits and the last day."""
    role = lead_role(context).pages
    if role is None or not visitors or not readable(context, role.model):
        return None
    texts = fields({"visitor": role.visitor, "page": role.page})
    texts["on"] = Field(role.at, "day")
    window = _last(role.at, as_of, TOUCH_DAYS)
    visits = part_of(
        context, Read(role.model, texts, {"visitor": visitors}, window=window, needs=("page", "on"))
    )
    if visits is None:
        return None
    page = quoted("page", _T)
    tree = _counted(exp.select(page), "visits").from_(subquery(visits.tree, _T))
    tree = tree.where(exp.Not(this=exp.Is(this=page.copy(), expression=exp.null())), copy=False)
    return Part(tree.group_by(page.copy(), copy=False).limit(_MAX_PAGES), _PAGE)


def _counted(tree: exp.Select, name: str) -> exp.Select:
    """Add how many rows there are, and the newest day."""
    count, last = exp.Count(this=exp.Star()), exp.Max(this=quoted("on", _T))
    return tree.select(
        exp.alias_(count, name, quoted=True), exp.alias_(last, "last_on", quoted=True), copy=False
    )


def pages_of(rows: Sequence[Row], visitors: Sequence[str]) -> tuple[Page, ...]:
    """Return the pages that were opened most."""
    found = tuple(f"visitor:{v}" for v in visitors)
    pages = [
        Page(page=str(r["page"]), visits=int(str(r["visits"])), last_on=r["last_on"], sources=found)
        for r in rows
        if isinstance(r["last_on"], date)
    ]
    return tuple(sorted(pages, key=lambda p: (-p.visits, p.page))[:3])


def colleagues_part(
    context: ToolContext, account: object, own: Sequence[str], as_of: date
) -> Part | None:
    """Return the read of the account's other people who were active in the last half year."""
    role, touch = context.layer.definitions.roles.person, _touch_role(context)
    if role is None or role.account is None or touch is None or account is None:
        return None
    if not readable(context, role.model):
        return None
    texts = fields(
        {"person": role.id, "account": role.account, "name": role.name, "title": role.attributes.get("title"),
         "who": role.identity}
    )  # fmt: skip
    seen = fields({"person": touch.person}) | {"on": Field(touch.at, "day")}
    where = (touch.marketing,) if touch.marketing else ()
    window = _last(touch.at, as_of, _COLLEAGUE_DAYS)
    people = part_of(context, Read(role.model, texts, {"account": (account,)}))
    touches = part_of(
        context, Read(touch.model, seen, {}, window=window, where=where, needs=("person", "on"))
    )
    if people is None or touches is None:
        return None
    everybody = exp.Column(this=exp.Star(), table=exp.to_identifier(_P, quoted=True))
    same = exp.EQ(this=as_text("person", _P), expression=as_text("person", _T))
    tree = _counted(exp.select(everybody), "touches").from_(subquery(people.tree, _P))
    tree = tree.join(subquery(touches.tree, _T), on=same, join_type="inner", copy=False)
    tree = tree.where(exp.Not(this=among(quoted("person", _P), own)), copy=False)
    return Part(grouped_by_all(tree).limit(_MAX_COLLEAGUES), (*people.names, "touches", "last_on"))


def colleagues_of(rows: Sequence[Row]) -> tuple[Colleague, ...]:
    """Return the most active colleagues, one entry for each human."""
    humans: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: str(r["person"])):
        humans.setdefault(str(row.get("who") or row["person"]), []).append(row)
    found = [_colleague(records) for records in humans.values()]
    return tuple(sorted(found, key=lambda c: (-c.touches, c.person))[:3])


def read_colleagues(
    context: ToolContext, account: object, own: Sequence[str], as_of: date
) -> tuple[Colleague, ...]:
    """Return the account's other active people, read by themselves."""
    part = colleagues_part(context, account, own, as_of)
    return colleagues_of(run_parts(context, {"colleagues": part})["colleagues"])


def _colleague(records: Sequence[Row]) -> Colleague:
    first, person = records[0], str(records[0]["person"])
    days = [r["last_on"] for r in records]
    return Colleague(
        person=person, name=_text(first.get("name")), title=_text(first.get("title")),
        touches=sum(int(str(r["touches"])) for r in records),
        last_on=max(d for d in days if isinstance(d, date)), sources=(f"person:{person}",),
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)
