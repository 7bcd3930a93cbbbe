"""What training says: measured on later rows only, with everything that was left out by name."""

from __future__ import annotations

from typing import Literal

from tools.base import Result

Model = Literal["logistic", "boosting", "blend"]
"""`blend` is the mean of the other two."""
Method = Literal["sigmoid", "isotonic"]
LeakKind = Literal[
    "declared", "too_strong", "filled_by_outcome", "filled_with_leak", "sealed", "named", "moving"
]  # fmt: skip


class Leak(Result):
    """A column that was left out because it is, or seems, filled in after the outcome."""

    field: str
    kind: LeakKind
    auc: float | None = None
    """AUC of this column alone, on later rows."""
    detail: str = ""


class Left(Result):
    """A column that was left out because it cannot help."""

    field: str
    why: Literal["constant", "empty", "identifier"]


class Bin(Result):
    """Rows of similar prediction: what was predicted, and what happened."""

    rows: int
    predicted: float
    happened: float


class Candidate(Result):
    """A model as measured inside the training rows, on their last quarter."""

    model: Model
    method: Method = "sigmoid"
    auc: float
    brier: float


class Group(Result):
    """How one group fares: the same prediction should mean the same in each."""

    field: str
    value: str
    rows: int
    predicted: float
    happened: float
    auc: float | None = None


class Weight(Result):
    """How much worse the AUC gets when a column is shuffled."""

    field: str
    loss: float


class ModelReport(Result):
    """Everything that is needed to trust a model, or not to."""

    rows: int
    outcomes: int
    train_rows: int
    test_rows: int
    test_outcomes: int
    split: Literal["time", "random"]
    boundary: str = ""
    """The first value of `order` that is measured on."""
    model: Model
    method: Method = "sigmoid"
    """How probabilities are calibrated."""
    candidates: tuple[Candidate, ...]
    auc: float
    brier: float
    log_loss: float
    base_rate: float
    top_decile_precision: float
    lift: float
    top_fifth_share: float
    """Share of all outcomes among the best fifth of the rows."""
    rules_auc: float | None = None
    unsuspected_auc: float | None = None
    """What is left of the AUC without the suspect columns; None if none is suspect."""
    calibration: tuple[Bin, ...]
    rules_calibration: tuple[Bin, ...] = ()
    """The same rows in ten bins of the rule score; `predicted` is the mean score, in points."""
    features: tuple[str, ...]
    weights: tuple[Weight, ...]
    leaks: tuple[Leak, ...]
    suspects: tuple[Leak, ...]
    left_out: tuple[Left, ...]
    fairness: tuple[Group, ...]
    version: str = ""
    notes: tuple[str, ...] = ()
