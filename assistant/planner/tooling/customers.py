"""`健康度最差的10个客户`, `which customers may churn`: the tools about customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from assistant.plan import Note
from assistant.planner.customer_words import SAID
from assistant.planner.draft import Ask
from assistant.planner.slots import Slots, ValueSlot
from assistant.planner.tooling.journey import account_dimensions
from assistant.planner.tooling.setting import Setting
from semantic_layer import SemanticLayer
from semantic_layer.customer_roles import CustomerRole
from semantic_layer.scoring import days_of

Args = dict[str, object]
_BEST = frozenset({"top", "best"})
_WORST = frozenset({"bottom", "worst"})
_EXPIRING_DAYS = 90
_NOUN_UNITS = frozenset({"customer", "account"})
"""Units of metrics that count customers: every list states its total."""
_ORDER = ("account_brief", "expiring", "churn", "repurchase", "cross_sell", "value_ahead", "value", "health", "dormant")  # fmt: skip
"""Where several are said, the first is meant: `健康度` of contracts that end is about those."""


def customer_topic(layer: SemanticLayer, slots: Slots) -> str | None:
    """Return which question about customers is asked, if any; only where customers are declared."""
    role = layer.definitions.roles.customer
    if role is None:
        return None
    said = next((name for name in _ORDER if name in slots.intents), None)
    if said is not None:
        return said
    if "lead_brief" in slots.intents and _is_account_only(layer, slots):
        return "account_brief"
    return _by_metric(layer, role, slots)


def _is_account_only(layer: SemanticLayer, slots: Slots) -> bool:
    """`介绍一下<公司>`: one account, no person and no word of a lead."""
    dims = account_dimensions(layer)
    one = len(slots.values) == 1 and any(s.id in dims for s in slots.values[0].senses)
    return one and not slots.unknown and "线索" not in slots.text and "lead" not in slots.text


def _by_metric(layer: SemanticLayer, role: CustomerRole, slots: Slots) -> str | None:
    """`未来一年预测LTV`, `沉睡客户清单`: a metric's name that means a list here."""
    named = set(slots.metrics)
    if not named or slots.intents - {"list"} or slots.dimensions:
        return None
    if named <= set(role.asked_by.dormant) and slots.records and not slots.periods:
        return "dormant"
    ahead = len(slots.periods) == 1 and slots.periods[0].is_future(layer.today)
    return "value_ahead" if named <= set(role.asked_by.value) and ahead else None


def takes_account(slots: Slots) -> bool:
    """Whether an unknown word may be the name of the account asked about."""
    named = len(slots.unknown) == 1 and len(slots.unknown[0]) > 1
    return named and bool(slots.intents & SAID)


def health_args(setting: Setting) -> Args:
    """Return whose health is wanted: an account's, or the worst of a part."""
    ends = _order(setting, _BEST | _WORST)
    args = {**_who(setting), **_limit(setting)}
    if ends == "best":
        args["order"] = "best"
    if "why" in setting.slots.intents and "account" not in args:
        args["explain"] = True
    _no_time(setting)
    return args


def expiring_args(setting: Setting) -> Args:
    """Return whose contract ends within the time said, 90 days without any."""
    _order(setting, frozenset())
    days = _ahead(setting) or _EXPIRING_DAYS
    args = {**_who(setting), **_limit(setting), "expiring_days": days}
    if setting.slots.ahead is None and not setting.slots.periods:
        setting.notes.append(Note(zh=f"按 {days} 天内到期", en=f"ending within {days} days"))
    if "why" in setting.slots.intents:
        args["explain"] = True
    return args


def churn_args(setting: Setting) -> Args:
    """Return who is asked about leaving."""
    role = setting.roles.customer
    return _chances(setting, "churn", days_of(role.churn.ahead) if role else None)


def repurchase_args(setting: Setting) -> Args:
    """Return who is asked about buying again."""
    role = setting.roles.customer
    return _chances(setting, "repurchase", days_of(role.repurchase.within) if role else None)


def _chances(setting: Setting, goal: str, known: int | None) -> Args:
    """Return the arguments of a chance.

    Raises:
        Ask: Another time is asked for than the one that the definitions, and the model, know.
    """
    _order(setting)
    if _ahead(setting) not in {None, known}:
        raise Ask(
            Note(
                zh=f"按定义只判断未来 {known} 天内的可能，不能换成别的时长。",
                en=f"By definition this is about the next {known} days, and no other time.",
            )
        )
    return {"goal": goal, **_who(setting), **_limit(setting)}


def dormant_args(setting: Setting) -> Args:
    """Return whose silence is asked about, and how long it must last."""
    _order(setting)
    days, setting.slots.ahead = setting.slots.ahead, None
    _no_time(setting)
    args = {**_who(setting), **_limit(setting)}
    return {**args, "days": days} if days else args


def value_args(setting: Setting) -> Args:
    """Return whose value to date is wanted."""
    _order(setting)
    _no_time(setting)
    return {**_who(setting), **_limit(setting)}


def value_ahead_args(setting: Setting) -> Args:
    """Return whose value is to be predicted, and for how long."""
    _order(setting)
    days = _ahead(setting)
    args = {"view": "predicted", **_who(setting), **_limit(setting)}
    return {**args, "days": days} if days else args


def cross_sell_args(setting: Setting) -> Args:
    """Return to whom something is to be sold, or what is to be sold to somebody.

    Raises:
        Ask: Both are named.
    """
    _order(setting)
    _no_time(setting)
    product = _product(setting)
    args = {**_who(setting, *([product] if product else [])), **_limit(setting)}
    if product is None:
        return args
    if "account" in args:
        raise Ask(
            Note(
                zh="请只说一个客户（推荐什么）或一个产品（推荐给谁）。",
                en="Name one account (what to offer) or one product (to whom), not both.",
            )
        )
    return {**args, "product": str(product.senses[0].values[0])}


def account_args(setting: Setting) -> Args:
    """Return which account to summarise.

    Raises:
        Ask: None is named, or more was said.
    """
    setting.refuse()
    args = _who(setting)
    if set(args) != {"account"}:
        raise Ask(
            Note(zh="哪一个客户？请写客户名称或编号。", en="Which account? Give its name or id.")
        )
    _no_time(setting)
    return args


def _who(setting: Setting, *apart: ValueSlot) -> Args:
    """Return the account named, or the conditions on accounts.

    Raises:
        Ask: A breakdown was asked for, or a condition is not one on accounts.
    """
    slots, dims = setting.slots, account_dimensions(setting.layer)
    for word in slots.dimensions:
        if word not in dims:
            label = setting.layer.definitions.dimensions[word].label
            raise _cannot(f"按{label.get('zh')}拆分", f"be broken down by {label.get('en')}")
    rest = setting.without(*apart)
    named = [v for v in rest if any(s.id in dims for s in v.senses) and not v.negate]
    role = setting.roles.account
    if role is None:
        raise _cannot("进行，因为没有声明客户", "be made: no account is declared")
    if len(named) + len(slots.unknown) > 1:
        raise _cannot("同时看多个客户", "look at several accounts at once")
    filters = setting.filters([v for v in rest if v not in named], role.model)
    if named:
        account: object = next(s for s in named[0].senses if s.id in dims).values[0]
    else:
        account = slots.unknown.pop() if slots.unknown else None
    if account is not None and filters:
        raise _cannot("在单个客户上再加条件", "take conditions besides one account")
    if account is not None:
        return {"account": str(account)}
    return {"filters": filters} if filters else {}


def _product(setting: Setting) -> ValueSlot | None:
    """Return the product that is named, if one is."""
    role = setting.roles.customer
    if role is None or role.orders.product is None:
        return None
    bound = setting.layer.definitions.models[role.orders.model].dims
    dims = {d for d, text in bound.items() if text == role.orders.product}
    named = [v for v in setting.slots.values if any(s.id in dims for s in v.senses)]
    return named[0] if len(named) == 1 and not named[0].negate else None


def _limit(setting: Setting) -> Args:
    return {"limit": setting.slots.limit} if setting.slots.limit is not None else {}


def _order(setting: Setting, allowed: frozenset[str] = _BEST) -> str:
    """Return which end of the list is wanted.

    Raises:
        Ask: An order, a metric or a condition is named that the list would not follow.
    """
    slots = setting.slots
    said = slots.superlative, frozenset(slots.flags)
    if slots.intents & SAID and _asks_metric(setting):
        raise _cannot("同时看指标", "be asked together with a metric")
    backwards = "asc" in slots.flags or slots.limit_desc is False
    if said[0] not in {None, *allowed} or (backwards and not allowed & _WORST):
        raise _cannot("这样排序", "be sorted that way")
    slots.superlative = None
    slots.flags -= {"rank", "desc", "asc"}
    setting.refuse(ranked=True)
    slots.superlative, slots.flags = said[0], set(said[1])
    best = said[0] in _BEST and "不健康" not in slots.text
    return "best" if best or (said[0] is None and "desc" in said[1]) else "worst"


def _asks_metric(setting: Setting) -> bool:
    """Whether a metric is named besides; a count of customers is only their name (`customers`)."""
    known, slots = setting.layer.definitions.metrics, setting.slots
    others = [m for m in slots.metrics if known[m].unit not in _NOUN_UNITS]
    return bool(others or slots.bundles or slots.ambiguous)


def _ahead(setting: Setting) -> int | None:
    """Return how many days the question looks ahead.

    Raises:
        Ask: A period that does not begin tomorrow.
    """
    slots = setting.slots
    if slots.ahead is not None or not slots.periods:
        return slots.ahead
    period, today = slots.periods[0], setting.layer.today
    if len(slots.periods) > 1 or slots.shifts or period.end is None or period.start is None:
        raise _cannot("按这个时间段看", "take that period")
    if not today <= period.start <= today + timedelta(days=1):
        raise _cannot(
            "从今天以外的日子算起（可以说：未来90天）",
            "start on another day than today (say: the next 90 days)",
        )
    return (period.end - period.start).days


def _no_time(setting: Setting) -> None:
    """Refuse a period: these answers are as of today."""
    slots = setting.slots
    today = {"今天", "今日", "today"}
    if set(slots.period_texts) - today or slots.shifts or slots.ahead is not None:
        raise _cannot("按时间段看，只能看截至今天", "take a period: it is as of today")


def _cannot(zh: str, en: str) -> Ask:
    return Ask(
        Note(
            zh=f"这个问题还不能{zh}；去掉这个条件再问。",
            en=f"This question cannot {en}; leave that out.",
        )
    )


CUSTOMER_ANALYSES: dict[str, tuple[str, Callable[[Setting], Args]]] = {
    "account_brief": ("summarize_account", account_args),
    "expiring": ("account_health", expiring_args),
    "churn": ("predict_customers", churn_args),
    "repurchase": ("predict_customers", repurchase_args),
    "cross_sell": ("suggest_cross_sell", cross_sell_args),
    "value_ahead": ("customer_value", value_ahead_args),
    "value": ("customer_value", value_args),
    "health": ("account_health", health_args),
    "dormant": ("find_dormant_customers", dormant_args),
}
