"""What had fallen due by a day and was not paid by then, item by item.

overdue(day) = sum over items with due <= day and not void of max(0, amount - paid by day);
less than half a percent of an item is rounding, not debt.
"""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compile.relation import Field
from semantic_layer.compile.rows import shift_date
from semantic_layer.credit.nodes import col, named, number, select_from, subquery, when
from semantic_layer.customer_roles import CustomerRole, ReceivableRole
from tools.base import ToolContext
from tools.customers.spine import (
    ACCOUNT,
    AT,
    DAY,
    ROWS,
    SPINE,
    VOID,
    Source,
    conditions,
    read_source,
    stands,
)
from tools.journey.reading import as_text
from tools.leads.rows import among

_ROUNDING = 0.005
_ITEMS, _PAID = "i", "p"


def overdue_rows(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select | None:
    """Return account, at, due, overdue and the first day of an open debt (`since`)."""
    owed = role.receivable
    if owed is None:
        return None
    items = _with_payments(context, owed, _items(context, owed, spine, accounts))
    amount = col("amount", _ITEMS)
    rest = exp.Sub(this=amount.copy(), expression=col("paid", _ITEMS))
    least = exp.Mul(this=amount.copy(), expression=number(_ROUNDING))
    is_debt = exp.GT(this=rest.copy(), expression=least)
    keys = [col(ACCOUNT, _ITEMS), col(AT, _ITEMS)]
    columns = [
        *keys,
        named(exp.Sum(this=amount), "due"),
        named(exp.Sum(this=when(is_debt, rest, number(0))), "overdue"),
        named(exp.Min(this=when(is_debt.copy(), col("due", _ITEMS))), "since"),
    ]
    tree = select_from(subquery(items, _ITEMS), columns)
    return tree.group_by(*(k.copy() for k in keys), copy=False)


def _with_payments(context: ToolContext, owed: ReceivableRole, items: exp.Select) -> exp.Select:
    """Return the items with what had been paid for each by the spine's day."""
    paid = owed.paid
    fields = {"of": Field(paid.of), DAY: Field(paid.at, "day"), "amount": Field(paid.amount)}
    inner = context.layer.relation(paid.model, fields, context.scope, where=conditions(paid.filter))
    keys = [col(n, _ITEMS) for n in (ACCOUNT, AT, "id", "amount", "due")]
    sum_ = exp.func("COALESCE", exp.Sum(this=col("amount", _PAID)), number(0))
    tree = select_from(subquery(items, _ITEMS), [*keys, named(sum_, "paid")])
    on = exp.and_(
        exp.EQ(this=as_text(col("of", _PAID)), expression=col("id", _ITEMS)),
        exp.LTE(this=col(DAY, _PAID), expression=col(AT, _ITEMS)),
    )
    tree = tree.join(subquery(inner, _PAID), on=on, join_type="left", copy=False)
    return tree.group_by(*(k.copy() for k in keys), copy=False)


def _items(
    context: ToolContext, owed: ReceivableRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select:
    """Return account, at, id, amount and due day of every item that had fallen due."""
    fields = {
        "id": Field(owed.id),
        ACCOUNT: Field(owed.account),
        DAY: Field(owed.due or owed.at, "day"),
        "amount": Field(owed.amount),
    }
    if owed.void is not None:
        fields[VOID] = Field(owed.void, "day")
    source = Source(owed.model, fields, conditions(owed.filter))
    due: exp.Expr = col(DAY, ROWS)
    if owed.due_after is not None:
        due = shift_date(due, owed.due_after.count, owed.due_after.grain.value)
    rows = read_source(context, source)
    if accounts:
        rows = select_from(subquery(rows, ROWS), [exp.Star()])
        rows = rows.where(among(col(ACCOUNT, ROWS), accounts), copy=False)
    on = exp.and_(
        exp.EQ(this=col(ACCOUNT, ROWS), expression=col(ACCOUNT, SPINE)),
        exp.LTE(this=due, expression=col(AT, SPINE)),
        *stands(source, col(AT, SPINE)),
    )
    columns = [col(ACCOUNT, SPINE), col(AT, SPINE), named(as_text(col("id", ROWS)), "id")]
    columns += [col("amount", ROWS), named(due.copy(), "due")]
    tree = select_from(subquery(spine.copy(), SPINE), columns)
    return tree.join(subquery(rows, ROWS), on=on, copy=False)
