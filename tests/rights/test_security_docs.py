"""docs/security.md names tests that exist; secrets are said nowhere."""

import logging
import re
import stat
from pathlib import Path

import pytest

from assistant import Assistant
from semantic_layer.compile.masks import pseudonym_key
from semantic_layer.compile.relation import Field
from tools import ToolContext, get_tool

ROOT = Path(__file__).resolve().parents[2]
POLICIES = """
roles: {all: {mask: {people: {phone: hash}}, may_use_sql: true}}
users: {ann: {role: all}}
"""


def test_every_threat_names_a_test_that_exists():
    rows = [
        line
        for line in (ROOT / "docs/security.md").read_text("utf-8").splitlines()
        if "`test_" in line
    ]
    code = "".join(p.read_text("utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)", code))
    assert len(rows) >= 20
    for line in rows:
        for name in re.findall(r"`(test_\w+)`", line):
            assert name in known, name


def test_secrets_are_said_nowhere(company, tmp_path, monkeypatch, caplog, capfd):
    secrets = {
        "ASKMQL_HASH_KEY": "hash-secret-71",
        "ASKMQL_AUDIT_KEY": "audit-secret-72",
        "ASKMQL_LLM_API_KEY": "model-secret-73",
        "ASKMQL_STATE_URL": f"sqlite:///{tmp_path / 'state-secret-74.db'}",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    layer = company.layer(POLICIES)
    assistant = Assistant(layer)
    scope = layer.scope("ann")
    said = [assistant.ask(q, asker="ann").to_json() for q in ("revenue", "what is this", "")]
    tree = layer.relation("people", {"phone": Field("phone")}, scope)
    said += [str(layer.run_tree(tree, scope)), tree.sql("duckdb")]
    context = ToolContext(layer, scope)
    said.append(str(get_tool("run_sql").run({"sql": "SELECT phone FROM people"}, context)))
    said += [str(r.as_dict()) for r in assistant.audit.search()]
    said += [caplog.text, *capfd.readouterr()]
    layer.sql.close()
    key = pseudonym_key(layer.project.home)
    for secret in ("hash-secret-71", "audit-secret-72", "model-secret-73", "state-secret-74", key):
        assert secret not in "\n".join(said)


def test_the_key_file_is_its_owners(tmp_path, monkeypatch):
    monkeypatch.delenv("ASKMQL_HASH_KEY", raising=False)
    key = pseudonym_key(tmp_path)
    mode = (tmp_path / "pseudonym.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert pseudonym_key(tmp_path) == key


@pytest.mark.parametrize("name", ["askmql.yml", "policies.yml"])
def test_no_project_file_of_ours_holds_a_secret(name):
    text = (ROOT / "semantic_layer/demo/project" / name).read_text("utf-8").casefold()
    assert not re.search(r"(password|secret|api_key|token)\s*:", text)
