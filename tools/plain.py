"""Results as plain JSON data, for every surface that speaks JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON edge
    """Return pydantic models and dataclasses as plain JSON data."""
    if isinstance(value, BaseModel):
        return {k: plain(getattr(value, k)) for k in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value
