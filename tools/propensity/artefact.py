"""A trained model on disk: versioned by its data and its specification, checked when read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semantic_layer import QueryError
from tools.propensity.report import ModelReport
from tools.propensity.spec import TrainingSpec
from tools.propensity.train import Trained

if TYPE_CHECKING:
    import pandas as pd

_MODEL, _META = "model.joblib", "model.json"


def leads_folder(home: Path) -> Path:
    """Return where a project's own lead model is kept."""
    return home / "models" / "leads"


def version_of(raw: pd.DataFrame, spec: TrainingSpec) -> str:
    """Return a short hash of the data, the specification and the library."""
    import pandas as pd
    import sklearn

    rows = pd.util.hash_pandas_object(raw.astype(str), index=False)
    digest = hashlib.sha256(rows.to_numpy().tobytes())
    digest.update(spec.model_dump_json().encode())
    digest.update(sklearn.__version__.encode())
    return digest.hexdigest()[:12]


def save(trained: Trained, folder: Path, version: str) -> Path:
    """Write a model to `folder/version` and return that folder."""
    import joblib

    place = folder / version
    place.mkdir(parents=True, exist_ok=True)
    joblib.dump(trained.estimator, place / _MODEL)
    report = trained.report.model_copy(update={"version": version})
    meta: dict[str, Any] = {
        "version": version,
        "sha256": _digest(place / _MODEL),
        "numeric": trained.numeric,
        "features": trained.features,
        "typical": trained.typical,
        "profile": trained.profile,
        "spec": trained.spec.model_dump(mode="json"),
        "report": report.model_dump(mode="json"),
    }
    (place / _META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "latest").write_text(version, encoding="utf-8")
    return place


def load(folder: Path) -> Trained:
    """Read the latest model of a folder.

    Raises:
        QueryError: There is none, or its file is not the one that was written.
    """
    import joblib

    meta = read_meta(folder)
    place = folder / str(meta["version"])
    if _digest(place / _MODEL) != meta["sha256"]:
        raise QueryError(
            "MODEL_CHANGED", "The model's file has been changed.", hint="Train it again."
        )
    return Trained(
        joblib.load(place / _MODEL),
        tuple(meta["numeric"]),
        tuple(meta["features"]),
        dict(meta["typical"]),
        dict(meta["profile"]),
        ModelReport.model_validate(meta["report"]),
        TrainingSpec.model_validate(meta["spec"]),
    )


def read_meta(folder: Path) -> dict[str, Any]:
    """Return what is known of the latest model of a folder.

    Raises:
        QueryError: There is none.
    """
    latest = folder / "latest"
    if not latest.is_file():
        raise QueryError(
            "NO_TRAINED_MODEL", "No model has been trained.", hint="Run `askmql score train`."
        )
    place = folder / latest.read_text(encoding="utf-8").strip() / _META
    meta: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return meta


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
