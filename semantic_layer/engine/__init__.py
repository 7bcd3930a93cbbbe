"""Query engines: how compiled SQL meets data.

Importing this package loads the protocol, the limits and the errors, and nothing heavy: the
engines load on first use, and the database driver only when one is opened.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from semantic_layer.engine.base import CancelToken, Engine, EngineResult, Limits
from semantic_layer.engine.errors import EngineError

if TYPE_CHECKING:
    from semantic_layer.engine.duck import DuckDBEngine
    from semantic_layer.engine.live import LiveEngine
    from semantic_layer.engine.publishing import publish, published_versions

__all__ = [
    "CancelToken",
    "DuckDBEngine",
    "Engine",
    "EngineError",
    "EngineResult",
    "Limits",
    "LiveEngine",
    "publish",
    "published_versions",
]

_LAZY = {
    "DuckDBEngine": "duck",
    "LiveEngine": "live",
    "publish": "publishing",
    "published_versions": "publishing",
}


def __getattr__(name: str) -> object:
    """Load an engine when it is first asked for."""
    if name not in _LAZY:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
