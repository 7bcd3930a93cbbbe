"""What `validate` checks of credited rows and of the parameters that metrics take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic_layer.credit.spec import MEASURES, Credit
from semantic_layer.errors import suggest
from semantic_layer.expressions import FragmentError, check_fragment, columns_in
from semantic_layer.model import SimpleMetric

if TYPE_CHECKING:
    from semantic_layer.validate.checker import Checker


def check_credit(checker: Checker, name: str, credit: Credit) -> None:
    """Check one `credit` model: its stage, its touches, and every column it reads."""
    roles, where = checker.defs.roles, ("credit",)
    stage = next((s for s in roles.stages if s.id == credit.conversion), None)
    if stage is None:
        near = suggest(credit.conversion, [s.id for s in roles.stages])
        message = f"there is no stage `{credit.conversion}`"
        checker.add("models", name, where, "UNKNOWN_STAGE", message, candidates=near)
        return
    if roles.touchpoint is None:
        message = "credited rows need `roles.touchpoint`"
        checker.add("models", name, where, "MISSING_ROLE", message)
        return
    for side, model, columns in (
        ("take", stage.model, credit.take),
        ("touch", roles.touchpoint.model, credit.touch),
    ):
        known = checker.defs.models.get(model)
        if known is None:
            continue
        if known.credit is not None:
            message = f"`{model}` is made of credit itself"
            checker.add("models", name, where, "CYCLE", message)
            continue
        for column, text in columns.items():
            checker.fragment(model, text, "models", name, ("credit", side, column))
    target = checker.defs.models.get(stage.model)
    if target is not None and not target.key:
        message = f"`{stage.model}` has no key, so its rows have no id"
        checker.add("models", name, where, "NO_KEY", message)
    for twice in sorted(set(credit.take) & set(credit.touch)):
        message = f"`{twice}` is taken of both; rename one: {{name: fragment}}"
        checker.add("models", name, where, "DUPLICATE_ID", message)


def check_parameters(checker: Checker, name: str, metric: SimpleMetric) -> None:
    """A metric takes the parameters of what it reads, no more and no fewer."""
    model = checker.defs.models[metric.model]
    texts = (metric.expr, metric.filter)
    read = {c for text in texts if text for c in _columns(text)}
    path = ("parameters",)
    if metric.parameters and model.credit is None:
        message = f"`{metric.model}` is not made of credit, so nothing can be set"
        checker.add("metrics", name, path, "PARAMETER_NOT_TAKEN", message)
    elif model.credit is not None and read & set(MEASURES) and "model" not in metric.parameters:
        message = "`credit` and `share` follow the attribution model that is asked for"
        hint = "Add `parameters: [model]`, or read a fixed one such as `credit_linear`."
        checker.add("metrics", name, path, "PARAMETER_MISSING", message, hint=hint)


def _columns(text: str) -> set[str]:
    try:
        return {c.name for c in columns_in(check_fragment(text))}
    except FragmentError:
        return set()
