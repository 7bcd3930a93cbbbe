"""Accounts at days, and what dated rows say of each up to its day: one tree per source.

A *spine* is a SELECT with the columns `account` (text) and `at` (DATE). Rows of a source
count for a spine row when they are of its account and not later than its day, so that the
same trees tell how things are today, how they were, and what was known before an outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import interval, literal_date
from semantic_layer.credit.nodes import col, is_null, named, select_from, subquery, when
from semantic_layer.customer_roles import OrdersRole
from semantic_layer.errors import suggest
from semantic_layer.query import Filter
from semantic_layer.scoring import days_of
from semantic_layer.spec import Span
from tools.base import ToolContext
from tools.customers.roles import account_role
from tools.journey.reading import as_text
from tools.leads.rows import Row, among

ACCOUNT, AT, DAY, VOID = "account", "at", "day", "void"
SPINE, ROWS = "s", "r"
MOST_ROWS = 2_000_000
Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Source:
    """Dated rows of accounts.

    Attributes:
        fields: Output columns; `account` and `day` among them.
        where: Fragments that must hold.
        window: Restriction to local days, so that old rows are never read.
    """

    model: str
    fields: Mapping[str, Field]
    where: tuple[str, ...] = ()
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts: these ids (empty: all), kept by filters on the account's dimensions."""

    accounts: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()


def conditions(*texts: str | None) -> tuple[str, ...]:
    """Return the fragments that are given."""
    return tuple(t for t in texts if t is not None)


def read_source(context: ToolContext, source: Source) -> exp.Select:
    """Return a source's rows through the door, the account as text.

    Raises:
        DeniedError: The model, or a column, does not exist for the asker.
    """
    inner = context.layer.relation(
        source.model, source.fields, context.scope, where=source.where, window=source.window
    )
    columns = [
        named(as_text(col(n, ROWS)) if n == ACCOUNT else col(n, ROWS), n) for n in source.fields
    ]
    return select_from(subquery(inner, ROWS), columns)


def orders_source(role: OrdersRole) -> Source:
    """Return valid and cancelled orders with their day, amount, margin and product."""
    fields = {
        "id": Field(role.id),
        ACCOUNT: Field(role.account),
        DAY: Field(role.at, "day"),
        "amount": Field(role.amount),
    }
    optional = {"margin": role.margin, "product": role.product}
    fields |= {n: Field(t) for n, t in optional.items() if t is not None}
    if role.void is not None:
        fields[VOID] = Field(role.void, "day")
    return Source(role.model, fields, conditions(role.filter))


def stands(source: Source, at: exp.Expr) -> list[exp.Expr]:
    """Return the tests that a row had not been cancelled by a day."""
    if VOID not in source.fields:
        return []
    later = exp.GT(this=col(VOID, ROWS), expression=at)
    return [exp.Paren(this=exp.Or(this=is_null(col(VOID, ROWS)), expression=later))]


def customers_at(
    context: ToolContext, orders: OrdersRole, days: Sequence[date], wanted: Wanted
) -> exp.Select:
    """Return the spine of all accounts with a valid order by each day."""
    source = orders_source(orders)
    at = col(AT, "d")
    on = [exp.LTE(this=col(DAY, ROWS), expression=at.copy()), *stands(source, at.copy())]
    tree = select_from(subquery(read_source(context, source), ROWS), [col(ACCOUNT, ROWS), at])
    tree = tree.join(subquery(days_tree(days), "d"), on=exp.and_(*on), copy=False).distinct()
    return kept(context, tree, wanted)


def days_tree(days: Sequence[date]) -> exp.Select:
    """Return days as rows with the column `at`."""
    listed = exp.Array(expressions=[literal_date(day) for day in days])
    return exp.Select(expressions=[named(exp.Unnest(expressions=[listed]), AT)])


def kept(context: ToolContext, spine: exp.Select, wanted: Wanted) -> exp.Select:
    """Return the rows of a spine whose account is wanted."""
    tree = spine
    if wanted.accounts:
        tree = select_from(subquery(tree, SPINE), [exp.Star()])
        tree = tree.where(among(col(ACCOUNT, SPINE), wanted.accounts), copy=False)
    if wanted.filters:
        role = account_role(context)
        _check_filters(context, role.model, wanted.filters)
        accounts = context.layer.relation(
            role.model, {ACCOUNT: Field(role.id)}, context.scope, filters=wanted.filters
        )
        ids = select_from(subquery(accounts, "a"), [as_text(col(ACCOUNT, "a"))])
        tree = select_from(subquery(tree, SPINE), [exp.Star()])
        tree = tree.where(exp.In(this=col(ACCOUNT, SPINE), query=ids.subquery()), copy=False)
    return tree


def _check_filters(context: ToolContext, model: str, filters: Sequence[Filter]) -> None:
    """Refuse a dimension that accounts do not bind.

    Raises:
        QueryError: With the dimensions that would work.
    """
    known, own = context.layer.definitions.dimensions, context.layer.definitions.models[model].dims
    for name in (f.dimension for f in filters):
        if name not in own:
            raise QueryError(
                "NOT_AN_ACCOUNT_DIMENSION" if name in known else "UNKNOWN_DIMENSION",
                f"Accounts have no dimension `{name}`.",
                hint="They have: " + ", ".join(own) + ".",
                candidates=suggest(name, own) or tuple(own)[:5],
                params={"dimension": name},
            )


def measured(
    context: ToolContext,
    spine: exp.Select,
    source: Source,
    measures: Mapping[str, exp.Expr],
    tests: Sequence[exp.Expr] = (),
    accounts: Sequence[str] = (),
) -> exp.Select:
    """Return account, at and measures over the source's rows up to each day.

    Args:
        context: Definitions and rights.
        spine: Accounts at days.
        source: Dated rows.
        measures: Name -> aggregate over `r` (the source) and `s` (the spine).
        tests: More conditions of the join.
        accounts: The only accounts of the spine, if few: their rows alone are read.
    """
    rows = read_source(context, source)
    if accounts:
        rows = select_from(subquery(rows, ROWS), [exp.Star()])
        rows = rows.where(among(col(ACCOUNT, ROWS), accounts), copy=False)
    same = exp.EQ(this=col(ACCOUNT, ROWS), expression=col(ACCOUNT, SPINE))
    past = exp.LTE(this=col(DAY, ROWS), expression=col(AT, SPINE))
    keys = [col(ACCOUNT, SPINE), col(AT, SPINE)]
    columns = [*keys, *(named(m, n) for n, m in measures.items())]
    tree = select_from(subquery(spine.copy(), SPINE), columns)
    on = exp.and_(same, past, *tests)
    tree = tree.join(subquery(rows, ROWS), on=on, copy=False)
    return tree.group_by(*(k.copy() for k in keys), copy=False)


def within(days: Span | int, column: str = DAY) -> exp.Expr:
    """Return the test that a source's day is less than so many days before the spine's."""
    count = days if isinstance(days, int) else days_of(days)
    since = exp.Sub(this=col(AT, SPINE), expression=interval(count, "day"))
    return exp.GT(this=col(column, ROWS), expression=since)


def total(value: exp.Expr, test: exp.Expr | None = None) -> exp.Expr:
    """Return SUM(value), of the rows that pass the test."""
    return exp.Sum(this=when(test, value) if test is not None else value)


def counted(test: exp.Expr) -> exp.Expr:
    """Return how many rows pass a test."""
    return exp.Count(this=when(test, exp.Literal.number(1)))


def last(column: str = DAY, test: exp.Expr | None = None) -> exp.Expr:
    """Return the latest value of a source's column."""
    value: exp.Expr = col(column, ROWS)
    return exp.Max(this=when(test, value) if test is not None else value)


def first(column: str = DAY, test: exp.Expr | None = None) -> exp.Expr:
    """Return the earliest value of a source's column."""
    value: exp.Expr = col(column, ROWS)
    return exp.Min(this=when(test, value) if test is not None else value)


def run(context: ToolContext, tree: exp.Query) -> tuple[Row, ...]:
    """Run a tree and return its rows by name.

    Raises:
        QueryError: There are more rows than may be read.
    """
    found = context.layer.run_tree(tree, context.scope, max_rows=MOST_ROWS)
    if found.truncated:
        raise QueryError(
            "TOO_MANY_CUSTOMERS",
            f"There are more than {MOST_ROWS:,} rows to look at.",
            hint="Add a condition, such as a region.",
        )
    return tuple(dict(zip(found.columns, row, strict=True)) for row in found.rows)


def by_key(rows: Sequence[Row]) -> dict[Key, Row]:
    """Return rows by account and day."""
    out: dict[Key, Row] = {}
    for row in rows:
        at = row[AT]
        if isinstance(at, date):
            out[str(row[ACCOUNT]), at] = row
    return out
