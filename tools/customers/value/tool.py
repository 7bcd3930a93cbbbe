"""`customer_value`: lifetime value to date by customer and cohort, and expected from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from semantic_layer import QueryError
from semantic_layer.credit.nodes import col, select_from, subquery
from tools.base import ToolContext, ToolDef
from tools.customers.find import cards, find_account
from tools.customers.health import not_a_customer
from tools.customers.roles import customer_role, need_library
from tools.customers.spine import (
    ACCOUNT,
    DAY,
    ROWS,
    VOID,
    Wanted,
    customers_at,
    orders_source,
    read_source,
    run,
)
from tools.customers.value.contract import (
    BacktestResult,
    Cohort,
    CustomerValue,
    CustomerValueArgs,
    CustomerValues,
    MethodError,
)
from tools.customers.value.forecast import (
    LEAST_REPEATERS,
    NAIVE,
    Z80,
    Backtest,
    Forecast,
    backtest,
    interval,
    predict,
    spread_of,
)
from tools.customers.value.history import Order

_YEAR_DAYS, _LEAST_DAYS = 365, 28
_PARTS = 3
"""The backtest holds back at most this part of the history."""


def read_orders(context: ToolContext) -> tuple[Order, ...]:
    """Return the standing orders of everybody in view, up to the data's last day.

    Raises:
        DeniedError: The orders do not exist for the asker.
    """
    role, as_of = customer_role(context), context.layer.context.as_of
    source = orders_source(role.orders)
    value = "margin" if role.orders.margin is not None else "amount"
    names = [ACCOUNT, DAY, value, *([VOID] if VOID in source.fields else [])]
    tree = select_from(subquery(read_source(context, source), ROWS), [col(n, ROWS) for n in names])
    out: list[Order] = []
    for row in run(context, tree):
        day, void = row[DAY], row.get(VOID)
        stands = not isinstance(void, date) or void > as_of
        if isinstance(day, date) and day <= as_of and stands and row[value] is not None:
            out.append(Order(str(row[ACCOUNT]), day, float(str(row[value]))))
    return tuple(out)


def _customer_value(args: CustomerValueArgs, context: ToolContext) -> CustomerValues:
    role, as_of = customer_role(context), context.layer.context.as_of
    found = find_account(context, args.account) if args.account else None
    orders = read_orders(context)
    wanted = {found.account} if found else _wanted(context, args, orders)
    held = [o for o in orders if o.account in wanted]
    if found and not held:
        raise not_a_customer(found.account)
    rows = _rows(held)
    rows.sort(key=lambda r: (-r.value, r.account))
    base = CustomerValues(
        as_of=as_of, view=args.view, rows=tuple(rows), total=len(rows),
        value=round(sum(r.value for r in rows), 2), repeaters=sum(r.orders > 1 for r in rows),
        is_margin=role.orders.margin is not None, is_one=found is not None,
        partly=found.partly if found else "",
    )  # fmt: skip
    if args.view == "historic":
        base = base.model_copy(update={"cohorts": () if found else _cohorts(held, as_of)})
    else:
        base = _predicted(base, orders, wanted, args)
    return base.model_copy(update={"rows": _named(context, base.rows[: args.limit])})


def _wanted(
    context: ToolContext, args: CustomerValueArgs, orders: Sequence[Order]
) -> Collection[str]:
    if not args.filters:
        return {o.account for o in orders}
    role, as_of = customer_role(context), context.layer.context.as_of
    spine = customers_at(context, role.orders, (as_of,), Wanted((), args.filters))
    return {str(row[ACCOUNT]) for row in run(context, spine)}


def _rows(orders: Sequence[Order]) -> list[CustomerValue]:
    held: defaultdict[str, list[Order]] = defaultdict(list)
    for order in orders:
        held[order.account].append(order)
    return [
        CustomerValue(
            account=account, customer_since=min(o.day for o in own),
            last_order=max(o.day for o in own), orders=len(own),
            value=round(sum(o.value for o in own), 2), sources=(f"account:{account}",),
        )
        for account, own in held.items()
    ]  # fmt: skip


def _cohorts(orders: Sequence[Order], as_of: date) -> tuple[Cohort, ...]:
    first: dict[str, date] = {}
    for o in orders:
        first[o.account] = min(o.day, first.get(o.account, o.day))
    groups: defaultdict[date, list[Order]] = defaultdict(list)
    for o in orders:
        day = first[o.account]
        groups[date(day.year, (day.month - 1) // 3 * 3 + 1, 1)].append(o)
    return tuple(_cohort(start, own, first, as_of) for start, own in sorted(groups.items()))


def _cohort(start: date, orders: Sequence[Order], first: dict[str, date], as_of: date) -> Cohort:
    accounts = {o.account for o in orders}
    n, value = len(accounts), sum(o.value for o in orders)
    year = timedelta(days=_YEAR_DAYS)
    early = sum(o.value for o in orders if o.day < first[o.account] + year)
    is_mature = max(first[a] for a in accounts) + year <= as_of + timedelta(days=1)
    return Cohort(
        start=start, customers=n, repeaters=len({o.account for o in orders if o.day > first[o.account]}),
        value=round(value, 2), per_customer=round(value / n, 2),
        first_year=round(early / n, 2) if is_mature else None,
    )  # fmt: skip


def _predicted(
    base: CustomerValues,
    orders: Sequence[Order],
    wanted: Collection[str],
    args: CustomerValueArgs,
) -> CustomerValues:
    """Add what to expect. The models learn from everybody in view, also for one customer."""
    need_library("scipy")
    days = _held_back(orders, base.as_of, args.days)
    tested = backtest(orders, base.as_of, days)
    method = tested.tried[0].method
    said = predict(method, orders, base.as_of, args.days)
    place = {a: i for i, a in enumerate(said.known.accounts)}
    rows = sorted(base.rows, key=lambda r: (-float(said.value[place[r.account]]), r.account))
    shown = rows[: args.limit]
    spreads = spread_of(said, [place[r.account] for r in shown])
    filled = [
        row.model_copy(update=_expected(said, place[row.account], spread))
        for row, spread in zip(shown, spreads, strict=True)
    ]
    mine = _part(said, [place[a] for a in wanted if a in place])
    whole = interval(said, method, orders, base.as_of, args.days)
    low, high = _share(said, mine, whole, _missed(tested))
    if base.is_one:
        low, high = spreads[0]
    return base.model_copy(
        update={
            "rows": tuple(filled), "days": args.days, "method": method,
            "beats_naive": method not in NAIVE, "expected": round(float(mine.value.sum()), 2),
            "low": round(low, 2), "high": round(high, 2), "backtest": _told(tested),
        }
    )  # fmt: skip


def _held_back(orders: Sequence[Order], as_of: date, days: int) -> int:
    """Return how many days the backtest holds back.

    Raises:
        QueryError: TOO_FEW_REPEATS: too few customers bought twice before that time.
    """
    history = (as_of - min(o.day for o in orders)).days if orders else 0
    held = min(days, history // _PARTS)
    start = as_of - timedelta(days=held)
    bought: defaultdict[str, set[date]] = defaultdict(set)
    for o in orders:
        if o.day <= start:
            bought[o.account].add(o.day)
    repeaters = sum(len(d) > 1 for d in bought.values())
    if repeaters < LEAST_REPEATERS or held < _LEAST_DAYS:
        raise QueryError(
            "TOO_FEW_REPEATS",
            f"Only {repeaters} customers bought twice up to {start}; {LEAST_REPEATERS} are needed "
            "to predict anything that can be tested.",
            hint="Ask for the value to date, or wait for more orders.",
            params={"have": str(repeaters), "needed": str(LEAST_REPEATERS), "until": str(start)},
        )
    return held


def _expected(said: Forecast, place: int, spread: tuple[float, float]) -> dict[str, float]:
    return {
        "expected_orders": round(float(said.counts[place]), 3),
        "expected": round(float(said.value[place]), 2),
        "low": round(spread[0], 2),
        "high": round(spread[1], 2),
    }


def _part(said: Forecast, places: Sequence[int]) -> Forecast:
    return Forecast(said.known, said.counts[places], said.worth[places], said.noise)


def _missed(tested: Backtest) -> float:
    """Return by what share the chosen method missed in the backtest."""
    return (
        abs(tested.tried[0].predicted_value - tested.value) / tested.value if tested.value else 1.0
    )


def _share(
    said: Forecast, mine: Forecast, whole: tuple[float, float], missed: float
) -> tuple[float, float]:
    """Return the interval of a part of all customers.

    Three things are unsure: chance, what was learnt (the part takes its share of it), and
    whether the method fits at all, which is taken to be as wrong as it was in the backtest.
    """
    total, own = float(said.value.sum()), float(mine.value.sum())
    if total <= 0:
        return 0.0, 0.0
    half = (whole[1] - total) / Z80
    learnt = max(0.0, half**2 - said.chance_sd**2) * (own / total) ** 2
    sd = (mine.chance_sd**2 + learnt + (missed * own) ** 2) ** 0.5
    return max(0.0, own - Z80 * sd), own + Z80 * sd


def _told(tested: Backtest) -> BacktestResult:
    actual = tested.value
    return BacktestResult(
        start=tested.start + timedelta(days=1), end=tested.end, customers=tested.customers,
        orders=tested.orders, value=round(actual, 2),
        methods=tuple(
            MethodError(
                method=t.method, is_naive=t.method in NAIVE, predicted_orders=round(t.predicted_orders, 1),
                predicted=round(t.predicted_value, 2),
                error=round((t.predicted_value - actual) / actual, 4) if actual else 0.0,
                deviance=round(t.deviance, 4), low=round(t.low, 2), high=round(t.high, 2),
            )
            for t in tested.tried
        ),
    )  # fmt: skip


def _named(context: ToolContext, rows: Sequence[CustomerValue]) -> tuple[CustomerValue, ...]:
    known = cards(context, {row.account for row in rows})
    return tuple(
        row.model_copy(update={"name": card.name, "owner": card.owner})
        if (card := known.get(row.account)) is not None
        else row
        for row in rows
    )


CUSTOMER_VALUE = ToolDef(
    name="customer_value",
    summary="Lifetime value of customers to date, or expected from here with interval and backtest.",
    args=CustomerValueArgs,
    function=_customer_value,
)
