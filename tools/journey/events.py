"""The dated events of a subject: touches and stage entries, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce

from sqlglot import exp

from semantic_layer import DeniedError, QueryError, TimeRange
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.convert import cell
from semantic_layer.model import StageRole, TouchpointRole
from semantic_layer.result import Cell
from tools.journey.lookup import Subject
from tools.journey.reading import Reader, Row, as_text, one_of

MOST_TOUCHES = 20_000  # a journey that nobody can read; the cut is said


@dataclass(frozen=True, slots=True)
class Raw:
    """One event before it is numbered and shown.

    Attributes:
        at: Local instant by which events are ordered; the end of the day for a mere date.
        rank: -1 for touches, else the number of the stage: ties go in this order.
    """

    at: datetime
    rank: int
    item: str
    precise: bool
    person: str | None
    amount: Cell
    details: dict[str, Cell] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """Local date."""
        return self.at.date()

    @property
    def order(self) -> tuple[datetime, int, str]:
        """A total order: time, touches before stages, key."""
        return self.at, self.rank, self.item.rjust(24)


@dataclass(frozen=True, slots=True)
class Found:
    """Events, and what is missing among them.

    Attributes:
        blind: Stages (ids) that cannot be tied to the subject, or may not be seen.
        by_account: Touches are those of the whole account, for want of the person.
        cut: There were more touches than are read.
    """

    events: tuple[Raw, ...]
    blind: tuple[str, ...] = ()
    by_account: bool = False
    cut: bool = False


def _window(at: str, time: TimeRange | None) -> Window | None:
    return Window(at, time.start, time.end) if time is not None else None


# --- touches ------------------------------------------------------------------------------


def read_touches(
    reader: Reader,
    role: TouchpointRole,
    subject: Subject,
    time: TimeRange | None,
    *,
    marketing: bool,
) -> Found:
    """Return the touches of a subject.

    Raises:
        QueryError: Marketing is asked for and not declared, or nothing ties touches to it.
        DeniedError: The asker may not see touches.
    """
    if marketing and role.marketing is None:
        raise QueryError(
            "NO_MARKETING_FLAG",
            "This company does not declare which touches are marketing.",
            hint="Declare `roles.touchpoint.marketing`, or ask for all touches.",
        )
    name, values = _touch_key(role, subject)
    key = role.person if name == "person" else role.account
    optional = {"person": role.person, "account": role.account, **role.dims}
    fields = {"id": Field(role.id), "at": Field(role.at, "wall_end"), "key": Field(key or role.id)}
    extra = {n: Field(t) for n, t in optional.items() if t is not None}
    fields |= {"lo": Field(role.at, "wall")} | reader.visible(role.model, extra)
    where = (role.marketing,) if marketing and role.marketing else ()
    window = _window(role.at, time)
    tree = reader.select(role.model, fields, [one_of("key", values)], where=where, window=window)
    latest = [exp.Ordered(this=quoted(n), desc=True) for n in ("at", "id")]
    tree = tree.order_by(*latest, copy=False).limit(MOST_TOUCHES, copy=False)
    rows, _ = reader.rows(tree)
    dims = [d for d in role.dims if d in fields]
    events = tuple(_touch(row, at, dims) for row in rows if isinstance(at := row["at"], datetime))
    by_account = name == "account" and subject.kind != "account"
    return Found(events, by_account=by_account, cut=len(rows) == MOST_TOUCHES)


def _touch_key(role: TouchpointRole, subject: Subject) -> tuple[str, Sequence[str]]:
    if subject.kind != "account" and role.person is not None and subject.persons:
        return "person", subject.persons
    if role.account is not None and subject.account is not None:
        return "account", (subject.account,)
    if role.person is not None and subject.persons:
        return "person", subject.persons
    raise QueryError(
        "TOUCHES_NOT_LINKED",
        f"Nothing ties touches to this {subject.kind}.",
        hint="Declare `person` or `account` in `roles.touchpoint`.",
    )


def _touch(row: Row, at: datetime, dims: Sequence[str]) -> Raw:
    person = row.get("person")
    details = {d: cell(row[d]) for d in dims if row[d] is not None}
    name = None if person is None else str(person)
    return Raw(at, -1, str(row["id"]), row["lo"] == at, name, None, details)


# --- stages -------------------------------------------------------------------------------


def read_stages(
    reader: Reader, stages: Sequence[StageRole], subject: Subject, time: TimeRange | None
) -> Found:
    """Return the stage entries of a subject, cancelled items left out."""
    trees: list[exp.Query] = []
    blind: list[str] = []
    for number, stage in enumerate(stages):
        try:
            tree = _stage(reader, stage, number, subject, time)
        except DeniedError:
            tree = None
        if tree is None:
            blind.append(stage.id)
        else:
            trees.append(tree)
    if not trees:
        return Found((), tuple(blind))
    union = reduce(lambda a, b: exp.Union(this=a, expression=b, distinct=False), trees)
    rows, cut = reader.rows(union)
    return Found(tuple(_entries(rows)), tuple(blind), cut=cut)


def _stage_key(stage: StageRole, subject: Subject) -> tuple[str, Sequence[str]] | None:
    if subject.kind == "account" and stage.account and subject.account:
        return stage.account, (subject.account,)
    if subject.kind == "person" and stage.person:
        return stage.person, subject.persons
    if subject.kind != "account" and stage.lead and subject.leads:
        return stage.lead, subject.leads
    return None


def _stage(
    reader: Reader, stage: StageRole, number: int, subject: Subject, time: TimeRange | None
) -> exp.Select | None:
    key = _stage_key(stage, subject)
    if key is None:
        return None
    item = reader.layer.context.model(stage.model).key
    fields = {
        "at": Field(stage.at, "wall_end"),
        "lo": Field(stage.at, "wall"),
        "key": Field(key[0]),
        **{f"item_{i}": Field(column) for i, column in enumerate(item)},
    }
    extra = {"person": stage.person, "amount": stage.amount}
    optional = {n: Field(t) for n, t in extra.items() if t is not None}
    fields |= reader.visible(stage.model, optional)
    if stage.void is not None:
        fields["void"] = Field(stage.void)
    where = (stage.filter,) if stage.filter else ()
    source = reader.select(
        stage.model, fields, [one_of("key", key[1])], where=where, window=_window(stage.at, time)
    )
    return _shaped(source, fields, number, len(item))


def _shaped(source: exp.Select, fields: dict[str, Field], number: int, keys: int) -> exp.Select:
    """Give every stage the same columns, so that they can stand under one another."""
    row, slash = "stage_rows", exp.Literal.string("/")

    def column(name: str) -> exp.Expr:
        return quoted(name, row) if name in fields else exp.null()

    parts = [column(f"item_{i}") for i in range(keys)]
    item = parts[0]
    for part in parts[1:]:
        item = exp.DPipe(
            this=exp.DPipe(this=as_text(item), expression=slash), expression=as_text(part)
        )
    columns = {
        "rank": exp.Literal.number(number),
        "at": column("at"),
        "lo": column("lo"),
        "item": as_text(item),
        "person": as_text(column("person")),
        "amount": column("amount"),
    }
    shown = [exp.alias_(value, name, quoted=True) for name, value in columns.items()]
    tree = exp.Select(expressions=shown).from_(source.subquery(row), copy=False)
    tests: list[exp.Expr] = [exp.Not(this=exp.Is(this=column("at"), expression=exp.null()))]
    if "void" in fields:
        tests.append(exp.Is(this=column("void"), expression=exp.null()))
    return tree.where(*tests, copy=False)


def _entries(rows: Sequence[Row]) -> Iterator[Raw]:
    for row in rows:
        at, rank = row["at"], row["rank"]
        if isinstance(at, datetime) and isinstance(rank, int):
            person = None if row["person"] is None else str(row["person"])
            amount = cell(row["amount"])
            yield Raw(at, rank, str(row["item"]), row["lo"] == at, person, amount)
