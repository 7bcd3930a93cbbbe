"""What rights cost: the same questions with and without eight rules that keep every row.

Rules that cut rows make a query faster and would hide what they cost; these keep all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from evals.bench.measure import Measure, interleaved_ms, median_cpu_ms
from semantic_layer import Query, SemanticLayer
from semantic_layer.expressions import check_fragment
from semantic_layer.model import SimpleMetric
from semantic_layer.project import sample_root
from semantic_layer.rights import Policies, scope_for
from semantic_layer.scope import EVERYTHING, Scope

USERS = 200
RULES = 8
_NOBODY = exp.Literal.string("nobody at all")


def policies(layer: SemanticLayer) -> Policies:
    """Return policies of 200 users whose one role has a rule for each of eight models."""
    rules = dict(list(_rules(layer).items())[:RULES])
    shared = tuple(m for m in layer.definitions.models if m not in rules)
    role = {"sources": {m: {"where": text} for m, text in rules.items()}, "shared": shared}
    users = {f"user_{n:03d}": {"role": "limited"} for n in range(USERS)}
    return Policies.model_validate({"roles": {"limited": role}, "users": users})


def _rules(layer: SemanticLayer) -> dict[str, str]:
    """Return model -> a condition on a column of its own that every row meets."""
    out: dict[str, str] = {}
    for model_id, model in layer.definitions.models.items():
        for text in model.dims.values():
            column = check_fragment(text)
            if model.source is None or not isinstance(column, exp.Column) or column.table:
                continue
            if layer.context.column_type(model_id, column.name) != "VARCHAR":
                continue
            empty = exp.Is(this=column.copy(), expression=exp.null())
            other = exp.NEQ(this=column.copy(), expression=_NOBODY.copy())
            out[model_id] = exp.Or(this=empty, expression=other).sql("duckdb")
            break
    return out


def questions(layer: SemanticLayer, scope: Scope) -> tuple[Query, ...]:
    """Return one question for each limited model that a simple metric is defined on."""
    found: dict[str, Query] = {}
    for name, metric in layer.definitions.metrics.items():
        if not isinstance(metric, SimpleMetric) or metric.model not in scope.rows or metric.exists:
            continue
        dims = tuple(layer.definitions.models[metric.model].dims)[:1]
        found.setdefault(metric.model, Query(metrics=(name,), dimensions=dims))
    return tuple(found.values())


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure executing and compiling with and without rules, and making scopes."""
    layer = SemanticLayer.load(sample_root())
    known = policies(layer)
    scope = scope_for(known, layer.definitions, "user_000")
    asked = questions(layer, scope)
    names = [f"user_{n:03d}" for n in range(USERS)]
    made = median_cpu_ms(
        lambda: [scope_for(known, layer.definitions, n) for n in names], 1 if quick else 5, 1
    )
    rounds = 3 if quick else 31
    return (
        _executing(layer, asked, scope, rounds),
        _compiling(layer, asked, scope, rounds),
        Measure("make a scope", made / USERS, "ms CPU", 1, f"{USERS} users"),
    )


def _executing(
    layer: SemanticLayer, asked: tuple[Query, ...], scope: Scope, rounds: int
) -> Measure:
    """Compare the compiled SQL of both, as the engine runs it."""
    engine = layer.engine
    if engine is None:
        raise RuntimeError("the sample company has no data")

    def execute(rights: Scope) -> Callable[[], object]:
        texts = [layer.compile(q, rights).sql for q in asked]
        return lambda: [engine.execute(text) for text in texts]

    mine, plain = interleaved_ms((execute(scope), execute(EVERYTHING)), rounds)
    note = f"{len(asked)} questions, {len(scope.rows)} rules; {mine:.1f} against {plain:.1f} ms"
    return Measure("execute with rights", mine / plain, "x without", 1.1, note)


def _compiling(
    layer: SemanticLayer, asked: tuple[Query, ...], scope: Scope, rounds: int
) -> Measure:
    """Say what the door and the verifier add to one question."""

    def compiled(rights: Scope) -> Callable[[], object]:
        return lambda: [layer.compile(q, rights) for q in asked]

    mine, plain = interleaved_ms((compiled(scope), compiled(EVERYTHING)), rounds)
    return Measure("compile with rights, added", (mine - plain) / len(asked), "ms", 0.5)
