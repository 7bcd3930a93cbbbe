"""The computation behind attribute_revenue, without its layout."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.dialects import to_sql
from semantic_layer.credit.models import Model, custom_model, find_model
from semantic_layer.credit.nodes import col, select_from, subquery
from tools.attribution.bindings import Binding, bind
from tools.attribution.contract import AttributeArgs
from tools.attribution.credits import group_tree
from tools.attribution.driven import Learned, learn
from tools.attribution.journeys import Journeys, conversions
from tools.attribution.paths import Method
from tools.attribution.tables import Credited, read_groups
from tools.base import ToolContext


@dataclass(frozen=True)
class Attribution:
    """A computed attribution, before it is laid out."""

    journeys: Journeys
    method: Method
    learned: Learned
    credited: Credited
    has_amount: bool
    currency: str
    sql: str


def chosen_models(args: AttributeArgs, context: ToolContext) -> tuple[Model, ...]:
    """Return the models of a request, by default the company's."""
    custom = custom_model(args.weights) if args.weights else None
    default = "custom" if custom else context.layer.project.config.attribution.model
    names = args.models or (default,)
    models = [find_model(name, custom) for name in names]
    if custom is not None and custom not in models:
        models.append(custom)
    return tuple({m.id: m for m in models}.values())


def compute(args: AttributeArgs, context: ToolContext) -> Attribution:
    """Bind, learn what must be learned, and credit in one statement.

    Raises:
        QueryError: It cannot be answered as asked.
    """
    binding = bind(args, context)
    models = chosen_models(args, context)
    config = context.layer.project.config.attribution
    has_amount = binding.stage.amount is not None
    _check_amount(args, context, binding)
    method = Method(models, args.middle, args.half_life_days or config.half_life_days)
    journeys = Journeys(binding, context, args.by, method.milestones, method.with_direct)
    currency = _currency(journeys)
    learned = learn(journeys, models, has_amount=has_amount)
    if any(m.raw == "markov_path" for m in models):
        method = replace(method, effects=learned.effects["markov"])
    credited, tree = _credit(journeys, method, learned, has_amount=has_amount)
    return Attribution(journeys, method, learned, credited, has_amount, currency, to_sql(tree))


def _credit(
    journeys: Journeys, method: Method, learned: Learned, *, has_amount: bool
) -> tuple[Credited, exp.Select]:
    """Credit touches as they pass by; if they came out of order, in a window of its own order."""
    layer, scope = journeys.context.layer, journeys.context.scope
    for is_windowed in (False, True):
        tree = group_tree(journeys, method, has_amount=has_amount, is_windowed=is_windowed)
        found = layer.run_tree(tree, scope)
        credited = read_groups(found, method, learned, has_amount=has_amount)
        if not credited.disorder:
            break
    return credited, tree


def _check_amount(args: AttributeArgs, context: ToolContext, binding: Binding) -> None:
    if args.measure == "amount" and binding.stage.amount is None:
        raise QueryError(
            "NO_AMOUNT",
            f"`{binding.stage.id}` has no amount to credit.",
            hint="Credit its count, or a stage with an amount.",
            candidates=[
                s.id for s in context.layer.definitions.roles.stages if s.amount is not None
            ],
            params={"stage": binding.stage.id},
        )


def _currency(journeys: Journeys) -> str:
    """Return the one currency of the amounts.

    Raises:
        QueryError: There are several, or one that is not named.
    """
    context, stage = journeys.context, journeys.binding.stage
    if stage.currency is None or stage.amount is None:
        return context.layer.project.config.currency
    tree = select_from(subquery(conversions(journeys), "c"), [col("currency", "c")])
    rows = context.layer.run_tree(tree.distinct(copy=False), context.scope).rows
    names = sorted("?" if row[0] is None else str(row[0]) for row in rows)
    if len(names) > 1 or names == ["?"]:
        raise QueryError(
            "MIXED_CURRENCIES",
            f"The amounts of `{stage.id}` are in several currencies: {', '.join(names)}.",
            hint="Convert them in the definition, at the rate of the closing date, or filter by one.",
            params={"stage": stage.id, "currencies": ", ".join(names)},
        )
    return names[0] if names else context.layer.project.config.currency
