"""What the trained model expects of today's leads, or why it is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from semantic_layer import DeniedError, QueryError
from tools.base import ToolContext
from tools.propensity.artefact import leads_folder, load, read_meta
from tools.propensity.drift import Drift, drift
from tools.propensity.leads import live_rows
from tools.propensity.rules_then import ID
from tools.propensity.table import as_trained

if TYPE_CHECKING:
    import pandas as pd

    from tools.propensity.train import Trained

Unused = Literal["denied", "no_library", "other_columns", "changed", "worse"]


@dataclass(frozen=True, slots=True)
class Chances:
    """Calibrated probabilities of the outcome.

    Attributes:
        by_lead: Lead id -> probability, 0 to 1.
        version: Of the model.
        auc: As measured on rows that came after its training rows.
    """

    by_lead: Mapping[str, float]
    version: str
    auc: float


def chances(context: ToolContext, start: date | None, end: date | None) -> Chances | Unused | None:
    """Return what the model expects of the leads created from `start` until before `end`.

    None without a model. A model that cannot be used is never passed over in silence: the
    reason comes back instead.
    """
    folder = leads_folder(context.layer.project.home)
    if context.layer.definitions.scoring is None or not (folder / "latest").is_file():
        return None
    if find_spec("sklearn") is None or find_spec("joblib") is None:
        return "no_library"
    try:
        trained = _loaded(folder, str(read_meta(folder)["version"]))
        if trained.report.auc < (trained.report.rules_auc or 0.0):
            return "worse"
        raw = live_rows(context, start, end)
    except DeniedError:
        return "denied"
    except QueryError:
        return "changed"
    if not set(trained.features) <= set(raw.columns):
        return "other_columns"
    return _predicted(trained, raw)


def moved(context: ToolContext, trained: Trained, days: int = 90) -> tuple[Drift, ...]:
    """Return how far the leads of the last `days` have moved from the training rows.

    Raises:
        QueryError: The model reads columns that are not defined now.
    """
    raw = live_rows(context, context.layer.context.as_of - timedelta(days=days - 1), None)
    if not set(trained.features) <= set(raw.columns):
        raise QueryError(
            "OTHER_COLUMNS", "The model reads columns that are not defined now.",
            hint="Run `askmql score train` again.",
        )  # fmt: skip
    frame = as_trained(raw[list(trained.features)], trained.spec, trained.numeric)
    return drift(frame, trained.profile, trained.numeric)


def _predicted(trained: Trained, raw: pd.DataFrame) -> Chances:
    from tools.propensity.models import predict, ready

    found: dict[str, float] = {}
    if len(raw):
        frame = as_trained(raw[list(trained.features)], trained.spec, trained.numeric)
        predicted = predict(trained.estimator, ready(frame, trained.numeric))
        found = {str(i): round(float(p), 4) for i, p in zip(raw[ID], predicted, strict=True)}
    return Chances(found, trained.report.version, trained.report.auc)


@lru_cache(maxsize=4)
def _loaded(folder: Path, version: str) -> Trained:
    del version  # a new model is another entry
    return load(folder)
