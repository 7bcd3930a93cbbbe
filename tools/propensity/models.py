"""Two models behind one interface, both calibrated: logistic regression, gradient boosting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.propensity.report import Candidate, Model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_FOLDS, _TRIAL_FOLDS = 5, 3
_ISOTONIC_FROM = 1_000
"""Outcomes from which there are enough for an isotonic calibration."""
_INNER = 0.75
_AUC_GAIN = 0.005
"""What boosting must win by, on unseen later rows, to be worth its opacity."""


def build(
    model: Model, numeric: Sequence[str], text: Sequence[str], outcomes: int, folds: int = _FOLDS
) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    """Return an unfitted calibrated estimator over named columns."""
    from sklearn.calibration import CalibratedClassifierCV

    inner = _logistic(numeric, text) if model == "logistic" else _boosting(numeric, text)
    method = "isotonic" if outcomes >= _ISOTONIC_FROM else "sigmoid"
    return CalibratedClassifierCV(inner, method=method, cv=folds)


def _logistic(numeric: Sequence[str], text: Sequence[str]) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(n_quantiles=100, subsample=20_000, random_state=0),
        StandardScaler(),
    )
    words = OneHotEncoder(min_frequency=0.005, handle_unknown="infrequent_if_exist")
    columns = ColumnTransformer([("n", numbers, list(numeric)), ("t", words, list(text))])
    return make_pipeline(columns, LogisticRegression(C=0.5, max_iter=2_000))


def _boosting(numeric: Sequence[str], text: Sequence[str]) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    words = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        min_frequency=5,
        max_categories=250,
    )
    columns = ColumnTransformer([("t", words, list(text)), ("n", "passthrough", list(numeric))])
    trees = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=150, max_leaf_nodes=12, min_samples_leaf=20,
        l2_regularization=2.0, categorical_features=list(range(len(text))), random_state=0,
    )  # fmt: skip
    return make_pipeline(columns, trees)


def ready(frame: pd.DataFrame, numeric: Sequence[str]) -> pd.DataFrame:
    """Return features as the estimators want them: an empty text is a value of its own."""
    kinds = {str(n): "float64" if n in numeric else "object" for n in frame.columns}
    text = [n for n in frame.columns if n not in numeric]
    return frame.astype(kinds).fillna(dict.fromkeys(text, ""))


def predict(estimator: Any, frame: pd.DataFrame) -> np.ndarray:  # noqa: ANN401 - a scikit-learn estimator
    """Return the probability of the outcome by row."""
    found: np.ndarray = estimator.predict_proba(frame)[:, 1]
    return found


def choose(
    frame: pd.DataFrame, outcome: pd.Series[int], numeric: Sequence[str]
) -> tuple[Model, tuple[Candidate, ...]]:
    """Return the better model, measured on the last quarter of the training rows.

    Boosting must win clearly: its reasons are harder to defend.
    """
    from sklearn.metrics import brier_score_loss, roc_auc_score

    cut = int(len(frame) * _INNER)
    text = [c for c in frame.columns if c not in numeric]
    early, late = outcome.iloc[:cut], outcome.iloc[cut:]
    found: list[Candidate] = []
    names: tuple[Model, ...] = ("logistic", "boosting")
    for name in names:
        estimator = build(name, numeric, text, int(early.sum()), _TRIAL_FOLDS).fit(
            frame.iloc[:cut], early
        )
        predicted = predict(estimator, frame.iloc[cut:])
        auc, brier = roc_auc_score(late, predicted), brier_score_loss(late, predicted)
        found.append(Candidate(model=name, auc=round(float(auc), 4), brier=round(float(brier), 4)))
    simple, trees = found
    wins = trees.auc >= simple.auc + _AUC_GAIN and trees.brier <= simple.brier
    return ("boosting" if wins else "logistic"), tuple(found)
