"""How long a salesperson waits for a summary: leads and customers by lot, each asked for once.

`askmql demo --scale 100` makes the sample company a hundred times as large; the goal is a
second then instead of 300 ms. Nobody is asked for twice, as nobody opens a lead twice.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from evals.bench.measure import Measure, percentile

if TYPE_CHECKING:
    from semantic_layer import SemanticLayer
    from tools import ToolContext

_ASKED, _QUICK, _WARM_UP = 100, 5, 3
_GOAL_MS, _LARGE_GOAL_MS = 300.0, 1_000.0
_LARGE = 1_000_000
"""Leads from which a company is large."""
_ASKERS = ("manager", "rep_001")


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Return wall and CPU milliseconds of both summaries, for who sees all and who sees own rows."""
    from semantic_layer import SemanticLayer
    from semantic_layer.project import sample_root
    from tools import ToolContext

    layer = SemanticLayer.load(sample_root())
    goal, out = _GOAL_MS, list[Measure]()
    for asker in _ASKERS:
        context = ToolContext(layer, layer.scope(asker), asker=asker)
        for tool, (model, text) in _subjects(layer).items():
            count, ids = _by_lot(context, model, text, _QUICK if quick else _ASKED)
            goal = _LARGE_GOAL_MS if count >= _LARGE else goal  # the first counts all leads
            out += _timed(context, tool, ids, f"{asker}, {len(ids) - _WARM_UP} of {count:,}", goal)
    return tuple(out)


def _subjects(layer: SemanticLayer) -> dict[str, tuple[str, str]]:
    """Return tool -> the model and column that names what it sums up."""
    lead, customer = layer.definitions.roles.lead, layer.definitions.roles.customer
    found: dict[str, tuple[str, str]] = {}
    if lead is not None:
        found["summarize_lead"] = (lead.model, lead.id)
    if customer is not None:
        found["summarize_account"] = (customer.orders.model, customer.orders.account)
    return found


def _by_lot(context: ToolContext, model: str, text: str, most: int) -> tuple[int, tuple[str, ...]]:
    """Return how many there are and some of their ids, in the order of a digest."""
    from sqlglot import exp

    from semantic_layer.compile.door import quoted
    from semantic_layer.compile.relation import Field
    from tools.leads.rows import as_text, run_rows, subquery

    rows = context.layer.relation(model, {"id": Field(text)}, context.scope)
    named = exp.alias_(as_text("id", "r"), "id", quoted=True)
    ids = exp.select(named).from_(subquery(rows, "r")).distinct()
    total = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(subquery(ids, "i"))
    count = int(str(run_rows(context, total)[0]["n"]))
    by_lot = exp.select(quoted("id", "i")).from_(subquery(ids.copy(), "i"))
    by_lot = by_lot.order_by(exp.func("MD5", quoted("id", "i"))).limit(most + _WARM_UP)
    return count, tuple(str(row["id"]) for row in run_rows(context, by_lot))


def _timed(
    context: ToolContext, tool: str, ids: tuple[str, ...], who: str, goal: float
) -> tuple[Measure, ...]:
    from tools import get_tool

    argument = tool.removeprefix("summarize_")
    walls, cpus = list[float](), list[float]()
    for asked in ids[:_WARM_UP]:
        get_tool(tool).run({argument: asked}, context)
    gc.collect()
    gc.freeze()  # as the server does: definitions stay, and are not gone through again
    for asked in ids[_WARM_UP:]:
        wall, cpu = time.perf_counter(), time.process_time()
        get_tool(tool).run({argument: asked}, context)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    gc.unfreeze()
    note = f"{who}; median {percentile(walls, 0.5):.0f} ms, longest {max(walls):.0f} ms"
    busy = f"CPU: median {percentile(cpus, 0.5):.0f} ms"
    return (
        Measure(f"{tool}, p95", percentile(walls, 0.95), "ms", goal, note),
        Measure("  of it work", percentile(cpus, 0.95), "ms", None, busy),
    )
