"""What every test shares: a quiet environment, reproducible examples, the sample company."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
import time
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before numpy is imported: more threads than cores make small fits many times slower.
os.environ["OMP_NUM_THREADS"] = "1"

# A developer's own settings and keys must not reach a test.
for _name in [name for name in os.environ if name.startswith(("ASKMQL_", "LANGSMITH_", "OPENAI_"))]:
    del os.environ[_name]

settings.register_profile(
    "ci",
    deadline=None,  # a busy machine is not a failure
    derandomize=True,  # the same examples in every run
    database=None,  # nothing remembered between runs
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # the same: a busy machine
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
# To look for new examples: pytest --hypothesis-profile=explore
settings.load_profile("ci")

ROOT = Path(__file__).resolve().parent.parent
KEEP_WORLDS_SECONDS = 7 * 24 * 3600


@pytest.fixture(scope="session")
def demo_db() -> Path:
    """The sample company as a DuckDB file, shared by all tests and workers: open it read-only.

    The file's name is a digest of everything that shapes it, so that a stale world cannot be met.
    Workers take no lock: each that finds no file builds its own and renames it into place.
    """
    folder = _private_cache()
    world = folder / f"world-{_world_digest()}.duckdb"
    if not world.exists():
        _build(world)
        _prune(folder, keep=world)
    return world


def _build(world: Path) -> None:
    from semantic_layer.demo import build_world

    scratch = Path(tempfile.mkdtemp(dir=world.parent, prefix="building-"))
    try:
        build_world(scratch / world.name)
        (scratch / world.name).replace(world)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _world_digest() -> str:
    """Digest of the generator's code and data, and of the software that runs it."""
    digest = hashlib.sha256(platform.python_version().encode())
    for package in ("duckdb", "numpy", "pandas", "chinese-calendar"):
        digest.update(f"{package}=={metadata.version(package)}\n".encode())
    demo = ROOT / "semantic_layer" / "demo"
    for path in sorted(demo.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(demo).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _private_cache() -> Path:
    """A folder in the system's temporary directory that nobody else can write to."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"askmql-tests-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid"):
        state = folder.lstat()
        if folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o022:
            msg = f"{folder} must be a folder that only you can write to; please remove it"
            raise RuntimeError(msg)
    return folder


def _prune(folder: Path, *, keep: Path) -> None:
    oldest = time.time() - KEEP_WORLDS_SECONDS
    for path in folder.glob("world-*.duckdb"):
        if path != keep and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
