"""Credits of the models that learn from all journeys: Markov chains and the rate game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semantic_layer import QueryError
from semantic_layer.credit.models import Model
from tools.attribution.journeys import Journeys
from tools.attribution.markov import (
    Group,
    Removal,
    pair_members,
    removal_effects,
    single_members,
)
from tools.attribution.nulls import OPEN_DAYS, open_tree
from tools.attribution.shapley import MAX_GROUPS, rate_game
from tools.attribution.transitions import (
    MAX_TRANSITIONS,
    chain_of,
    is_disordered,
    set_tree,
    transition_tree,
)
from tools.notes import Note, note

if TYPE_CHECKING:
    from semantic_layer.engine import EngineResult

LEAST_CONVERSIONS = 100
LEAST_GROUP = 10


@dataclass
class Learned:
    """Shares of the attributable total, by model and group.

    Attributes:
        counts: Model -> group -> share of conversions.
        amounts: Model -> group -> share of money.
        effects: Model -> group -> removal effect, for Markov chains.
    """

    counts: dict[str, dict[Group, float]] = field(default_factory=dict)
    amounts: dict[str, dict[Group, float]] = field(default_factory=dict)
    effects: dict[str, dict[Group, float]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def learn(journeys: Journeys, models: Sequence[Model], *, has_amount: bool) -> Learned:
    """Compute what the data-driven models of a request need.

    Raises:
        QueryError: There is nothing to learn from, or too many groups.
    """
    learned = Learned()
    orders = {m.order: m.id for m in models if m.order}
    needs_effects = any(m.raw == "markov_path" for m in models)
    for order in sorted(orders.keys() | ({1} if needs_effects else set())):
        removal = _removal(journeys, order, has_amount=has_amount)
        name = orders.get(order, "markov")
        learned.counts[name] = removal.shares()
        learned.amounts[name] = removal.shares(of_value=True)
        learned.effects[name] = dict(removal.effect)
    games = [m for m in models if m.is_game]
    for game in games:
        _play(journeys, game.id, learned, has_amount=has_amount)
    if learned.counts:
        learned.notes.append(_null_note(journeys))
    return learned


def _removal(journeys: Journeys, order: int, *, has_amount: bool) -> Removal:
    result = _transitions(journeys, order, has_amount=has_amount)
    transitions = chain_of(result.rows, order)
    members = single_members(transitions) if order == 1 else pair_members(transitions)
    if not members or result.truncated:
        raise _too_little() if not members else _too_many(MAX_TRANSITIONS)
    try:
        return removal_effects(transitions, members)
    except OverflowError as error:
        raise _too_many(int(error.args[0])) from None


def _transitions(journeys: Journeys, order: int, *, has_amount: bool) -> EngineResult:
    """Count in rows that pass by in order; if they did not, with windows of their own order."""
    layer, scope = journeys.context.layer, journeys.context.scope
    for is_windowed in (False, True):
        tree = transition_tree(journeys, order, has_amount=has_amount, is_windowed=is_windowed)
        result = layer.run_tree(tree, scope, max_rows=MAX_TRANSITIONS)
        if not is_disordered(result.rows):
            break
    return result


def _too_little() -> QueryError:
    return QueryError(
        "NO_JOURNEYS",
        "There are no journeys to learn from.",
        hint="Use a longer period or lookback, or a rule model such as u_shaped.",
        candidates=("u_shaped", "linear"),
    )


def _too_many(states: int) -> QueryError:
    return QueryError(
        "TOO_MANY_GROUPS",
        f"{states:,} states are too many for this model.",
        hint="Credit a coarser dimension, or use order 1 or a rule model.",
        candidates=("markov", "shapley", "u_shaped"),
    )


def _null_note(journeys: Journeys) -> Note:
    context = journeys.context
    row = context.layer.run_tree(open_tree(journeys), context.scope).rows[0]
    return note("NULL_JOURNEYS", count=int(str(row[0])), open=int(str(row[1])), days=OPEN_DAYS)


def _play(journeys: Journeys, model_id: str, learned: Learned, *, has_amount: bool) -> None:
    context = journeys.context
    found = _transitions(journeys, 1, has_amount=False).rows
    groups = sorted(single_members(chain_of(found, 1)), key=str)
    if not groups:
        raise _too_little()
    if len(groups) > MAX_GROUPS:
        raise QueryError(
            "TOO_MANY_GROUPS",
            f"The conversion-rate game takes at most {MAX_GROUPS} groups, not {len(groups)}.",
            hint="Use shapley (the sum game), or credit a coarser dimension.",
            candidates=("shapley", "markov"),
        )
    bits = {group: bit for bit, group in enumerate(groups)}
    rows = context.layer.run_tree(
        set_tree(journeys, bits, has_amount=has_amount), context.scope
    ).rows
    size = 2 ** len(groups)
    won, money, everyone = [0.0] * size, [0.0] * size, [0.0] * size
    for mask, is_conversion, count, cents in rows:
        place = int(float(str(mask)))
        everyone[place] += float(str(count))
        if is_conversion:
            won[place] += float(str(count))
            money[place] += float(str(cents or 0))
    for target, worth in ((learned.counts, won), (learned.amounts, money)):
        target[model_id] = _shares(rate_game(worth, everyone, len(groups)), groups)
    learned.notes.append(note("MAY_BE_NEGATIVE"))


def _shares(values: Sequence[float], groups: Sequence[Group]) -> dict[Group, float]:
    total = sum(values)
    even = 1 / len(groups)
    return {g: v / total if total else even for g, v in zip(groups, values, strict=True)}


def split_cents(shares: Mapping[Group, float], cents: int) -> dict[Group, int]:
    """Return whole cents by share that add up exactly: rounded running sums, by group name."""
    out: dict[Group, int] = {}
    total, upto, given = sum(shares.values()), 0.0, 0
    names = sorted(shares, key=lambda g: (g is None, str(g)))
    for place, group in enumerate(names, 1):
        upto += shares[group]
        until = cents if place == len(names) else round(cents * upto / total) if total else 0
        out[group], given = until - given, until
    return out
