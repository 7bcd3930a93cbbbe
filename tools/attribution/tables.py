"""Rows of a result: credits, shares, ranks and return on cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from semantic_layer.credit.models import Model
from tools.attribution.contract import AttributeArgs, Credit, Distance, GroupRow, RowKind
from tools.attribution.costs import Costs
from tools.attribution.driven import Learned, split_cents
from tools.attribution.markov import Group
from tools.attribution.paths import Method

if TYPE_CHECKING:
    from semantic_layer.engine import EngineResult

NONE, OTHER, UNATTRIBUTED = "(none)", "(other)", "(unattributed)"


@dataclass(frozen=True)
class GroupCredit:
    """What each model gives one group, raw."""

    touched: int
    weights: dict[str, float] = field(default_factory=dict)
    cents: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Credited:
    """Credits of all groups and what they add up to.

    Attributes:
        rest: Conversions without a touch; `rest_cents` their money.
        disorder: Touches that came out of order: not to be trusted unless it is 0.
    """

    groups: Mapping[Group, GroupCredit]
    conversions: int
    cents: int
    rest: int
    rest_cents: int
    effects: Mapping[str, Mapping[Group, float]] = field(default_factory=dict)
    disorder: int = 0

    def total(self, measure: str) -> float:
        """Return what shares are of."""
        return self.cents if measure == "amount" else self.conversions

    def value(self, group: Group, model: str, measure: str) -> float:
        """Return a group's credit in the measure."""
        found = self.groups.get(group)
        if found is None:
            return 0
        return (found.cents if measure == "amount" else found.weights).get(model, 0)


def read_groups(
    result: EngineResult, method: Method, learned: Learned, *, has_amount: bool
) -> Credited:
    """Read the rows of `credits.group_tree` and add what was learned from all journeys."""
    ids = [m.id for m in (*method.positions, *method.ratios)]
    groups: dict[Group, GroupCredit] = {}
    whole, reached, disorder = (0, 0), (0, 0), 0
    cents_at = 7 + len(ids)
    for row in result.rows:
        is_whole, group, touched, conversions, cents, touched_cents, unordered = row[:7]
        if is_whole:
            whole = int(_number(conversions)), round(_number(cents))
            reached = int(_number(touched)), round(_number(touched_cents))
            disorder = int(_number(unordered))
        if is_whole or not touched:
            continue  # not a group, or touched outside the period only
        weights = {m: _number(v) for m, v in zip(ids, row[7:cents_at], strict=True)}
        money = {m: round(_number(v)) for m, v in zip(ids, row[cents_at:], strict=False)}
        name = None if group is None else str(group)
        groups[name] = GroupCredit(int(_number(touched)), weights, money)
    rest = (whole[0] - reached[0], whole[1] - reached[1])
    credited = Credited(groups, *whole, *rest, learned.effects, disorder)
    for model in (m for m in method.models if not m.per_touch):
        _add_learned(credited, model.id, learned, has_amount=has_amount)
    return credited


def _number(value: object) -> float:
    return 0.0 if value is None else float(str(value))


def _add_learned(credited: Credited, model: str, learned: Learned, *, has_amount: bool) -> None:
    """Spread the attributable total by the model's shares."""
    counted = credited.conversions - credited.rest
    shares = learned.counts[model]
    money = split_cents(learned.amounts[model], credited.cents - credited.rest_cents)
    for group, found in credited.groups.items():
        found.weights[model] = shares.get(group, 0.0) * counted
        if has_amount:
            found.cents[model] = money.get(group, 0)


def build_rows(
    credited: Credited, models: Sequence[Model], args: AttributeArgs, measure: str, costs: Costs
) -> tuple[tuple[GroupRow, ...], GroupRow | None]:
    """Return rows, best first under the first model, and the row without a touch."""
    spent = costs.by_group or {}
    names: list[Group] = list(dict.fromkeys([*credited.groups, *spent]))
    ranks = {m.id: _ranks(credited, m.id, names, measure) for m in models}
    first = models[0].id
    names.sort(key=lambda g: ranks[first][g])
    budget = sum(spent.values())
    layout = _Layout(credited, tuple(m.id for m in models), measure, ranks, spent, budget)
    wanted = [g for g in names if not args.groups or g in args.groups]
    shown = wanted[: args.limit] if args.limit else wanted
    rows = [layout.row(g) for g in shown]
    left = wanted[len(shown) :]
    if left:
        rows.append(layout.folded(left))
    rest = None if args.basis == "cohort" and args.time else layout.unattributed()
    return tuple(rows), rest


def _ranks(
    credited: Credited, model: str, names: Sequence[Group], measure: str
) -> dict[Group, int]:
    order = sorted(names, key=lambda g: (-credited.value(g, model, measure), g is None, str(g)))
    return {g: place for place, g in enumerate(order, 1)}


@dataclass(frozen=True)
class _Layout:
    credited: Credited
    models: tuple[str, ...]
    measure: str
    ranks: Mapping[str, Mapping[Group, int]]
    spent: Mapping[Group, float]
    budget: float

    def row(self, group: Group) -> GroupRow:
        found = self.credited.groups.get(group, GroupCredit(0))
        cost = self.spent.get(group)
        first = self.ranks[self.models[0]][group]
        credits = {}
        for model in self.models:
            place = self.ranks[model][group]
            effect = self.credited.effects.get(model, {}).get(group)
            change = {"rank": place, "rank_change": first - place, "removal_effect": effect}
            credit = self._credit(found.weights, found.cents, model, cost)
            credits[model] = credit.model_copy(update=change)
        kind: RowKind = "none" if group is None else "group"
        return self._row(NONE if group is None else group, kind, credits, found.touched, cost)

    def folded(self, groups: Sequence[Group]) -> GroupRow:
        """The rest of the groups as one row; its groups overlap, so `touched` is not known."""
        rows = [self.credited.groups.get(g, GroupCredit(0)) for g in groups]
        costs = [self.spent[g] for g in groups if g in self.spent]
        cost = sum(costs) if costs else None
        weights = {m: sum(r.weights.get(m, 0) for r in rows) for m in self.models}
        cents = {m: sum(r.cents.get(m, 0) for r in rows) for m in self.models}
        cents = cents if any(r.cents for r in rows) else {}
        credits = {m: self._credit(weights, cents, m, cost) for m in self.models}
        return self._row(OTHER, "other", credits, 0, cost)

    def unattributed(self) -> GroupRow:
        """Conversions without any touch."""
        weights = dict.fromkeys(self.models, float(self.credited.rest))
        has_money = any(g.cents for g in self.credited.groups.values()) or self.credited.cents
        cents = dict.fromkeys(self.models, self.credited.rest_cents) if has_money else {}
        credits = {m: self._credit(weights, cents, m, None) for m in self.models}
        return self._row(UNATTRIBUTED, "unattributed", credits, self.credited.rest, None)

    def _row(
        self,
        name: str,
        kind: RowKind,
        credits: dict[str, Credit],
        touched: int,
        cost: float | None,
    ) -> GroupRow:
        part = cost / self.budget if cost is not None and self.budget > 0 else None
        return GroupRow(
            group=name, kind=kind, models=credits, touched=touched, cost=cost, budget_share=part
        )

    def _credit(
        self,
        weights: Mapping[str, float],
        cents: Mapping[str, int],
        model: str,
        cost: float | None,
    ) -> Credit:
        has_money = self.measure == "amount" or bool(cents)
        amount = cents.get(model, 0) / 100 if has_money else None
        worth = cents.get(model, 0) if self.measure == "amount" else weights.get(model, 0.0)
        whole = self.credited.total(self.measure)
        roi, roas = returns(amount, cost)
        return Credit(
            amount=amount,
            conversions=weights.get(model, 0.0),
            share=worth / whole if whole else None,
            roi=roi,
            roas=roas,
        )


def returns(amount: float | None, cost: float | None) -> tuple[float | None, float | None]:
    """Return (amount - cost) / cost and amount / cost; None without a positive cost."""
    if amount is None or cost is None or cost <= 0:
        return None, None
    return (amount - cost) / cost, amount / cost


def distances(credited: Credited, models: Sequence[Model], measure: str) -> tuple[Distance, ...]:
    """Return the total-variation distance of every two models' shares."""
    whole = credited.total(measure)
    if not whole:
        return ()
    out = []
    for a, b in combinations([m.id for m in models], 2):
        gaps = (
            abs(credited.value(g, a, measure) - credited.value(g, b, measure))
            for g in credited.groups
        )
        out.append(Distance(a=a, b=b, total_variation=sum(gaps) / 2 / whole))
    return tuple(out)
