"""Trains a propensity model on the earlier rows and measures it on the later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semantic_layer import QueryError
from tools.propensity.leakage import find_leaks
from tools.propensity.measure import measured
from tools.propensity.models import FOLDS, TRIAL_FOLDS, Choice, build, choose, predict, ready
from tools.propensity.report import Leak, ModelReport
from tools.propensity.spec import TrainingSpec
from tools.propensity.table import Table, make_table

if TYPE_CHECKING:
    import pandas as pd

LEAST_TRAIN, LEAST_TEST = 100, 30
"""Outcomes, and non-outcomes, needed to train and to measure."""
_SEED = 20_260_101


@dataclass(frozen=True)
class Trained:
    """A fitted model, what it reads, and how good it is.

    Attributes:
        typical: What stands for "ordinary" in each column, for reasons.
        profile: Shares of values in training, for the drift check.
    """

    estimator: Any
    numeric: tuple[str, ...]
    features: tuple[str, ...]
    typical: dict[str, object]
    profile: dict[str, dict[str, float]]
    report: ModelReport
    spec: TrainingSpec


def train(raw: pd.DataFrame, spec: TrainingSpec) -> Trained:
    """Train and measure.

    Raises:
        QueryError: TOO_FEW_OUTCOMES with the number needed, NO_FEATURES, UNKNOWN_COLUMN.
    """
    table = make_table(raw, spec)
    if spec.order is None:
        table = _shuffled(table)
    cut = int(len(table.frame) * (1 - spec.test_share))
    _enough(table, cut, spec.test_share)
    leaks, suspects = find_leaks(table, spec, cut)
    gone = {leak.field for leak in leaks}
    features = [str(c) for c in table.frame.columns if c not in gone]
    if not features:
        raise QueryError(
            "NO_FEATURES",
            "No column is left to learn from.",
            hint="Name columns that are known before the outcome under `early`.",
        )
    numeric = tuple(n for n in table.numeric if n in features)
    frame, outcome = ready(table.frame[features], numeric), table.outcome
    choice, candidates = choose(frame.iloc[:cut], outcome.iloc[:cut], numeric)
    estimator = _fitted(choice, frame.iloc[:cut], outcome.iloc[:cut], numeric)
    report = measured(
        table, spec, cut, estimator, frame.iloc[cut:], predict(estimator, frame.iloc[cut:])
    )
    chosen = {
        "model": choice.model,
        "method": choice.method,
        "candidates": candidates,
        "leaks": tuple(leaks),
        "suspects": tuple(suspects),
        "unsuspected_auc": _without(suspects, choice, frame, outcome, numeric, cut),
    }
    return Trained(
        estimator, numeric, tuple(features), _typical(frame.iloc[:cut], numeric),
        _profile(frame.iloc[:cut], numeric), report.model_copy(update=chosen), spec,
    )  # fmt: skip


def _fitted(
    choice: Choice,
    frame: pd.DataFrame,
    outcome: pd.Series[int],
    numeric: Sequence[str],
    folds: int = FOLDS,
) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    numbers = [n for n in numeric if n in frame.columns]
    text = [c for c in frame.columns if c not in numbers]
    return build(choice, numbers, text, folds).fit(frame, outcome)


def _without(
    suspects: Sequence[Leak], choice: Choice, frame: pd.DataFrame, outcome: pd.Series[int],
    numeric: Sequence[str], cut: int,
) -> float | None:  # fmt: skip
    """Return the AUC on the measured rows when the suspect columns are left out as well."""
    from sklearn.metrics import roc_auc_score

    kept = frame.drop(columns=[s.field for s in suspects])
    if not suspects or not len(kept.columns):
        return None
    estimator = _fitted(choice, kept.iloc[:cut], outcome.iloc[:cut], numeric, TRIAL_FOLDS)
    return round(float(roc_auc_score(outcome.iloc[cut:], predict(estimator, kept.iloc[cut:]))), 4)


def _shuffled(table: Table) -> Table:
    place = table.frame.sample(frac=1, random_state=_SEED).index
    return Table(
        table.frame.loc[place].reset_index(drop=True),
        table.outcome.loc[place].reset_index(drop=True),
        None,
        table.raw.loc[place].reset_index(drop=True),
        table.numeric,
        table.left_out,
    )


def _enough(table: Table, cut: int, test_share: float) -> None:
    early, late = table.outcome.iloc[:cut], table.outcome.iloc[cut:]
    parts = ((early, LEAST_TRAIN, 1 - test_share), (late, LEAST_TEST, test_share))
    needed = 0
    for rows, least, share in parts:
        fewest = min(int((rows == 1).sum()), int((rows == 0).sum()))
        if fewest < least:
            needed = max(needed, round(least / share))
    if needed:
        have = min(int(table.outcome.sum()), int((table.outcome == 0).sum()))
        raise QueryError(
            "TOO_FEW_OUTCOMES",
            f"There are too few outcomes to learn from: {have} of the rarer kind, about {needed} needed "
            f"({LEAST_TRAIN} to learn, {LEAST_TEST} to measure).",
            hint="Wait for more, or use the rule score.",
            params={"have": str(have), "needed": str(needed)},
        )


def _typical(frame: pd.DataFrame, numeric: tuple[str, ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        if name in numeric:
            found[name] = float(column.median())
        else:
            found[name] = str(column.value_counts().index[0])
    return found


def _profile(frame: pd.DataFrame, numeric: tuple[str, ...]) -> dict[str, dict[str, float]]:
    from tools.propensity.drift import profile

    return {str(name): profile(frame[name], is_numeric=name in numeric) for name in frame.columns}
