"""Why one row scores as it does: what each column adds against an ordinary value of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic_layer.result import Cell
from tools.base import Result
from tools.propensity.models import predict, ready

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from tools.propensity.train import Trained

_SMALL = 1e-6


class Push(Result):
    """What one column does to the prediction of one row.

    `by` is the difference in log-odds when the column takes its ordinary value instead.
    """

    field: str
    value: Cell
    by: float


class Prediction(Result):
    """The probability of the outcome for one row, and why."""

    id: str
    probability: float
    pushes: tuple[Push, ...]


def explain(
    trained: Trained, frame: pd.DataFrame, ids: list[str], most: int = 3
) -> tuple[Prediction, ...]:
    """Return predictions with their strongest reasons, one model call per column."""
    import pandas as pd

    features = list(trained.features)
    frame = ready(frame[features], trained.numeric)
    base = predict(trained.estimator, frame)
    odds = _odds(base)
    pushes: dict[str, np.ndarray] = {}
    for field in features:
        ordinary = frame.copy()
        kind = "float64" if field in trained.numeric else "object"
        ordinary[field] = pd.Series([trained.typical[field]] * len(frame), frame.index, dtype=kind)
        pushes[field] = odds - _odds(predict(trained.estimator, ordinary))
    out: list[Prediction] = []
    for place, row_id in enumerate(ids):
        ranked = sorted(features, key=lambda f: (-abs(pushes[f][place]), f))[:most]
        kept = tuple(
            Push(field=f, value=_cell(frame[f].iloc[place]), by=round(float(pushes[f][place]), 3))
            for f in ranked
            if abs(pushes[f][place]) > _SMALL
        )
        out.append(Prediction(id=row_id, probability=round(float(base[place]), 4), pushes=kept))
    return tuple(out)


def _odds(probability: np.ndarray) -> np.ndarray:
    import numpy as np

    kept = np.clip(probability, 1e-4, 1 - 1e-4)
    found: np.ndarray = np.log(kept / (1 - kept))
    return found


def _cell(value: object) -> Cell:
    if value is None or value != value:
        return None
    return float(value) if isinstance(value, float) else str(value)
