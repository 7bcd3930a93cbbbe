"""Build the sample company once, and again when its generator has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path


def generator_version() -> str:
    """Return a hash of the generator's own files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def ensure_world(path: Path, progress: Callable[[str, float], None] | None = None) -> bool:
    """Build the database at `path` unless an up-to-date one is there.

    A file without a version mark was put there by hand and is left alone.

    Returns:
        Whether it was built now.
    """
    mark = path.with_suffix(".version")
    current = generator_version()
    if path.exists() and (not mark.exists() or mark.read_text(encoding="utf-8") == current):
        return False
    from semantic_layer.demo.build import build_world

    path.parent.mkdir(parents=True, exist_ok=True)
    build_world(path, progress=progress)
    mark.write_text(current, encoding="utf-8")
    return True
