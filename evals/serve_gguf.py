"""A real llama.cpp server for a GGUF file, in this process: `python -m evals.serve_gguf FILE`."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click

_READY_S = 120.0
_CONTEXT = 8192


@contextlib.contextmanager
def serving(path: Path, *, threads: int = 1) -> Iterator[str]:
    """Serve a model file on loopback; yields the address up to /v1.

    Args:
        path: GGUF file.
        threads: One is fastest where others use the machine too.

    Raises:
        TimeoutError: It was not ready within two minutes.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = _CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.use_jinja = True
    params.port = 0
    server = xllamacpp.Server(params)
    url = f"{server.listening_address}/v1"
    try:
        _wait(url)
        yield url
    finally:
        del server


def _wait(url: str) -> None:
    """Poll until the model is loaded: the port answers 503 before."""
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}).encode()
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{url}/chat/completions", body, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_READY_S):  # noqa: S310 - the same
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    message = "The model was not ready in time."
    raise TimeoutError(message)


def main() -> None:
    """Serve until interrupted."""
    with serving(Path(sys.argv[1])) as url:
        click.echo(f"export ASKMQL_LLM_BASE_URL={url} ASKMQL_LLM_MODEL=local")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
