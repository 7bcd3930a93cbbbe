"""How long compiling and loading take, in CPU time."""

from __future__ import annotations

from evals.bench.company import CATALOG_TYPES, files
from evals.bench.measure import Measure, fresh_cpu_ms, median_cpu_ms
from evals.bench.star import AS_OF, CATALOG, DEFINITIONS, RATIO
from semantic_layer.compile import Context, compile_query
from semantic_layer.loader import read_files
from semantic_layer.query import Filter, Query
from semantic_layer.scope import EVERYTHING
from semantic_layer.timegrain import Calendar, TimeGrain


def star_context() -> Context:
    """Return what the compiler knows of the star data."""
    return Context(read_files({"star.yml": DEFINITIONS}), Calendar("Asia/Shanghai"), AS_OF, CATALOG)


def five_facts(facts: int) -> tuple[Context, Query]:
    """Return a company of many facts, and five metrics of five of them side by side."""
    catalog = {f"fact_{number}": CATALOG_TYPES for number in range(facts)}
    context = Context(read_files(files(facts)), Calendar("Asia/Shanghai"), AS_OF, catalog)
    query = Query(
        metrics=tuple(f"ratio_{number}" for number in range(5)),
        dimensions=("channel",),
        grain=TimeGrain.MONTH,
        time=RATIO.time,
        filters=(Filter(dimension="region", values=("East",)),),
    )
    return context, query


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure compiling warm and cold, a wide query, loading and importing."""
    rounds, processes = (5, 1) if quick else (200, 5)
    star = star_context()
    facts = 5 if quick else 100
    wide, query = five_facts(facts)
    one = median_cpu_ms(lambda: compile_query(star, RATIO, EVERYTHING), rounds)
    five = median_cpu_ms(lambda: compile_query(wide, query, EVERYTHING), max(rounds // 4, 5))
    return (
        Measure("import semantic_layer", fresh_cpu_ms("importing", processes), "ms CPU", 350),
        Measure("load and check 1,100 metrics", fresh_cpu_ms("loading", processes), "ms CPU", 250),
        Measure("compile a ratio, first", fresh_cpu_ms("compiling", processes), "ms CPU", 50),
        Measure("compile a ratio, warm p50", one, "ms CPU", 5),
        Measure(
            "compile five facts, warm p50", five, "ms CPU", 20, f"{facts * 11:,} metrics loaded"
        ),
    )
