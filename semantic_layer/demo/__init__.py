"""The sample company 星河智造 (Starforge): a seeded, deterministic world with planted truths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from semantic_layer.demo.ensure import ensure_world


def build_world(
    path: Path, *, scale: float = 1.0, progress: Callable[[str, float], None] | None = None
) -> None:
    """Write the sample company's database to `path` (see `semantic_layer.demo.build`)."""
    from semantic_layer.demo.build import build_world as build

    build(path, scale=scale, progress=progress)


__all__ = ["build_world", "ensure_world"]
