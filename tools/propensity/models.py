"""Models behind one interface, all calibrated: logistic regression, boosting, the mean of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.propensity.measure import auc_error
from tools.propensity.report import Candidate, Method, Model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FOLDS, TRIAL_FOLDS = 5, 3
_ISOTONIC_FROM = 1_000
"""Outcomes from which there are enough for an isotonic calibration."""
_INNER = 0.75
_AUC_GAIN, _BLEND_GAIN = 0.005, 0.002
"""What boosting, and the mean of both, must win by on unseen later rows to be worth it."""
_SINGLE: tuple[Model, ...] = ("logistic", "boosting")


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of model, and how its probabilities are calibrated."""

    model: Model
    method: Method = "sigmoid"


def build(choice: Choice, numeric: Sequence[str], text: Sequence[str], folds: int = FOLDS) -> Any:  # noqa: ANN401 - a scikit-learn estimator
    """Return an unfitted calibrated estimator over named columns."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import VotingClassifier

    if choice.model == "blend":
        both = [(n, build(Choice(n, choice.method), numeric, text, folds)) for n in _SINGLE]
        return VotingClassifier(both, voting="soft")
    inner = _logistic(numeric, text) if choice.model == "logistic" else _boosting(numeric, text)
    return CalibratedClassifierCV(inner, method=choice.method, cv=folds)


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
) -> tuple[Choice, tuple[Candidate, ...]]:
    """Return the better model and calibration, measured on the last quarter of the training rows.

    Boosting must win clearly, and the mean of both must win clearly over either: the more a
    model can do, the harder its reasons are to defend. What was chosen last, the calibration,
    is a close race of the Brier score.
    """
    trial = _Trial(frame, outcome, tuple(numeric), int(len(frame) * _INNER))
    first = {name: trial.predicted(Choice(name)) for name in _SINGLE}
    both = (first["logistic"] + first["boosting"]) / 2
    simple, trees, blend = (
        trial.candidate(Choice(name), predicted)
        for name, predicted in (*first.items(), ("blend", both))
    )
    best = trees if trial.wins(trees, simple, _AUC_GAIN) else simple
    best = blend if trial.wins(blend, best, _BLEND_GAIN) else best
    found = [simple, trees, blend]
    if int(trial.early.sum()) >= _ISOTONIC_FROM:
        other = Choice(best.model, "isotonic")
        stepped = trial.candidate(other, trial.predicted(other))
        found.append(stepped)
        best = stepped if stepped.brier < best.brier else best
    return Choice(best.model, best.method), tuple(found)


@dataclass(frozen=True)
class _Trial:
    """Training rows of which those before `cut` are learnt from and the others measured on."""

    frame: pd.DataFrame
    outcome: pd.Series[int]
    numeric: tuple[str, ...]
    cut: int

    @property
    def early(self) -> pd.Series[int]:
        return self.outcome.iloc[: self.cut]

    def wins(self, more: Candidate, less: Candidate, gain: float) -> bool:
        """Whether a model is better by `gain`, and by what little data may do by chance."""
        hits = int(self.outcome.iloc[self.cut :].sum())
        error = auc_error(less.auc, hits, len(self.outcome) - self.cut - hits)
        return more.auc >= less.auc + max(gain, error / 4) and more.brier <= less.brier

    def predicted(self, choice: Choice) -> np.ndarray:
        text = [c for c in self.frame.columns if c not in self.numeric]
        estimator = build(choice, self.numeric, text, TRIAL_FOLDS)
        estimator.fit(self.frame.iloc[: self.cut], self.early)
        return predict(estimator, self.frame.iloc[self.cut :])

    def candidate(self, choice: Choice, predicted: np.ndarray) -> Candidate:
        from sklearn.metrics import brier_score_loss, roc_auc_score

        late = self.outcome.iloc[self.cut :]
        auc, brier = roc_auc_score(late, predicted), brier_score_loss(late, predicted)
        return Candidate(
            model=choice.model, method=choice.method,
            auc=round(float(auc), 4), brier=round(float(brier), 4),
        )  # fmt: skip
