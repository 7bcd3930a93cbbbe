"""The process as an operator meets it: starting, refusing, stopping, tokens, vendored files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bots.accounts import SignInLinks, Tokens, read_secret
from bots.cli import cli
from bots.web.assets import STATIC
from semantic_layer.state import open_state

ROOT = Path(__file__).resolve().parents[2]
VENDOR = STATIC / "vendor"


@pytest.fixture
def home(demo_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sample.duckdb").hardlink_to(demo_db)
    monkeypatch.setenv("ASKMQL_HOME", str(tmp_path))
    return tmp_path


def serve(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from bots.cli import main; main()", "serve", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=env)


def test_server_starts_answers_and_stops_politely(home: Path) -> None:
    process = serve("--port", "0")
    assert process.stderr is not None
    lines: list[str] = []
    url = ""
    for line in process.stderr:
        lines.append(line)
        found = re.search(r"running on (http://127\.0\.0\.1:\d+)", line)
        if found:
            url = found[1]
            break
    assert url, lines
    rest = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
    rest.start()
    question = {"question": "上季度线索量"}
    answer = httpx.post(f"{url}/api/ask", json=question, timeout=60, trust_env=False)
    assert answer.json()["status"] == "answered"
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) in {0, -signal.SIGTERM}
    rest.join(30)
    process.stderr.close()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(e.get("trace_id") == answer.headers["x-trace-id"] for e in logged)
    assert any(e["event"] == "Application shutdown complete." for e in logged)
    assert "上季度" not in "".join(lines)
    assert (home / "secret.key").stat().st_mode & 0o077 == 0


def test_server_without_a_login_is_refused_a_network(home: Path) -> None:
    process = serve("--host", "0.0.0.0")  # noqa: S104 - it must be refused
    _, err = process.communicate(timeout=180)
    assert process.returncode == 2
    assert "LOGIN_NEEDED" in err


def test_tokens_from_the_command_line(home: Path) -> None:
    run = CliRunner().invoke
    text = run(cli, ["token", "create", "manager_east"], catch_exceptions=False).output.strip()
    tokens = Tokens(open_state(home))
    assert tokens.asker_of(text) == "manager_east"
    assert text.encode() not in (home / "state.db").read_bytes()
    listed = run(cli, ["token", "list"]).output
    assert "manager_east" in listed
    assert text not in listed
    assert run(cli, ["token", "revoke", "manager_east"]).output.strip() == "1 revoked"
    assert tokens.asker_of(text) is None
    for nobody in ("outsider", "no_such_user"):
        refused = run(cli, ["token", "create", nobody])
        assert refused.exception is not None
    assert len(tokens.list()) == 1


def test_link_from_the_command_line(home: Path) -> None:
    shown = CliRunner().invoke(cli, ["user", "link", "manager"], catch_exceptions=False).output
    code = httpx.URL(shown.strip()).params["code"]
    links = SignInLinks(open_state(home), read_secret(home))
    assert links.redeem(code) == "manager"
    assert links.redeem(code) is None


def test_vendored_files_are_what_the_manifest_says() -> None:
    listed = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    assert {e["file"] for e in listed} == {p.name for p in VENDOR.glob("*.js")}
    for entry in listed:
        digest = hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"], entry["file"]
        assert (VENDOR / entry["licence_file"]).stat().st_size > 200
    size = sum(p.stat().st_size for p in STATIC.rglob("*") if p.suffix in {".js", ".css", ".svg"})
    assert size < 1_000_000


@pytest.mark.parametrize(
    "path", sorted((ROOT / "bots" / "web").rglob("*.html")), ids=lambda p: p.name
)
def test_templates_name_no_other_host_and_run_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert not re.search(r"\son[a-z]+=|style=|<style|javascript:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
