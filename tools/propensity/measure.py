"""How good a model is on rows that came later than everything it learnt from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tools.propensity.report import Bin, Group, ModelReport, Weight
from tools.propensity.table import could_order

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tools.propensity.spec import TrainingSpec
    from tools.propensity.table import Table

_BINS = 10
_GROUP_ROWS = 50
_SHUFFLES, _SHUFFLE_ROWS = 2, 1_500
_SEED = 20_260_101


def measured(
    table: Table,
    spec: TrainingSpec,
    cut: int,
    estimator: Any,  # noqa: ANN401 - a scikit-learn estimator
    frame: pd.DataFrame,
    predicted: np.ndarray,
) -> ModelReport:
    """Return the report on the rows from `cut` on."""
    from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

    outcome = table.outcome.iloc[cut:]
    happened = outcome.to_numpy()
    ranked = happened[(-predicted).argsort(kind="stable")]
    tenth, fifth = max(1, len(ranked) // 10), max(1, len(ranked) // 5)
    base, rules = float(happened.mean()), _rules(table, spec, cut)
    precision = float(ranked[:tenth].mean())
    return ModelReport(
        rows=len(table.frame), outcomes=int(table.outcome.sum()), train_rows=cut,
        test_rows=len(happened), test_outcomes=int(happened.sum()),
        split="time" if spec.order else "random",
        boundary=str(table.order.iloc[cut]) if table.order is not None else "",
        model="logistic", candidates=(), leaks=(), suspects=(), left_out=table.left_out,
        auc=_rounded(roc_auc_score(happened, predicted)),
        brier=_rounded(brier_score_loss(happened, predicted)),
        log_loss=_rounded(log_loss(happened, predicted)),
        base_rate=_rounded(base), top_decile_precision=_rounded(precision),
        lift=_rounded(precision / base), top_fifth_share=_rounded(ranked[:fifth].sum() / ranked.sum()),
        rules_auc=_rounded(roc_auc_score(outcome, rules)) if rules is not None else None,
        rules_calibration=calibration(rules, happened) if rules is not None else (), calibration=calibration(predicted, happened),
        features=tuple(map(str, frame.columns)), weights=_weights(estimator, frame, outcome),
        fairness=_fairness(table, spec, cut, predicted), notes=_notes(table, spec),
    )  # fmt: skip


def _notes(table: Table, spec: TrainingSpec) -> tuple[str, ...]:
    """Say what the figures do not prove, and what would mend it."""
    if spec.order:
        return ()
    likely = " or ".join(f"`{name}`" for name in could_order(table.raw, spec))
    mend = f": name it under `order`, if {likely} grows with time" if likely else ""
    return (
        "Not out of time: without an `order` the rows are split at random, so measured rows are no "
        f"later than those learnt from, and new leads may do worse{mend}.",
    )


def auc_error(auc: float, hits: int, rest: int) -> float:
    """Return the standard error of an AUC over `hits` outcomes and `rest` others (Hanley and McNeil 1982)."""
    if not hits or not rest:
        return math.inf
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (hits - 1) * (q1 - auc**2) + (rest - 1) * (q2 - auc**2)
    return math.sqrt(max(0.0, variance) / (hits * rest))


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _rules(table: Table, spec: TrainingSpec, cut: int) -> np.ndarray | None:
    """Return the rule score of each measured row."""
    import pandas as pd

    if spec.rules_score is None:
        return None
    score = pd.to_numeric(table.raw[spec.rules_score], errors="coerce").fillna(0).iloc[cut:]
    found: np.ndarray = score.to_numpy(dtype="float64")
    return found


def calibration(predicted: np.ndarray, happened: np.ndarray) -> tuple[Bin, ...]:
    """Return ten bins of equal size, from the lowest prediction to the highest."""
    import numpy as np

    order = predicted.argsort(kind="stable")
    return tuple(
        Bin(rows=len(part), predicted=_rounded(predicted[part].mean()), happened=_rounded(happened[part].mean()))
        for part in np.array_split(order, _BINS)
        if len(part)
    )  # fmt: skip


def _weights(estimator: Any, frame: pd.DataFrame, outcome: pd.Series[int]) -> tuple[Weight, ...]:  # noqa: ANN401 - a scikit-learn estimator
    from sklearn.inspection import permutation_importance

    part = frame.sample(n=min(len(frame), _SHUFFLE_ROWS), random_state=_SEED)
    found = permutation_importance(
        estimator,
        part,
        outcome.loc[part.index],
        scoring="roc_auc",
        n_repeats=_SHUFFLES,
        random_state=_SEED,
    )
    weights = [
        Weight(field=str(name), loss=_rounded(loss))
        for name, loss in zip(frame.columns, found.importances_mean, strict=True)
    ]
    return tuple(sorted(weights, key=lambda w: (-w.loss, w.field)))


def _fairness(
    table: Table, spec: TrainingSpec, cut: int, predicted: np.ndarray
) -> tuple[Group, ...]:
    from sklearn.metrics import roc_auc_score

    late, happened = table.raw.iloc[cut:], table.outcome.iloc[cut:].to_numpy()
    out: list[Group] = []
    for field in spec.fairness:
        for value, places in (
            late.reset_index(drop=True).groupby(field, dropna=False).indices.items()
        ):
            if len(places) < _GROUP_ROWS:
                continue
            mine, guess = happened[places], predicted[places]
            both = 0 < mine.sum() < len(mine)
            out.append(
                Group(
                    field=field,
                    value=str(value),
                    rows=len(places),
                    predicted=_rounded(guess.mean()),
                    happened=_rounded(mine.mean()),
                    auc=_rounded(roc_auc_score(mine, guess)) if both else None,
                )
            )
    return tuple(out)
