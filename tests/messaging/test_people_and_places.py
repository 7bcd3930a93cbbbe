"""Who somebody is, and where an answer may appear."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from assistant import Assistant
from bots.messaging.addresses import read_addresses
from bots.messaging.audience import audience_scope, covers
from bots.messaging.identity import Identities, Person
from bots.simulators.playground import Playground
from bots.simulators.wecom.server import WeComServer
from bots.simulators.wecom.state import AES_KEY, APP_SECRET, CORP_ID, TOKEN
from bots.wecom.crypto import Envelope
from bots.wecom.doctor import blame
from semantic_layer import DefinitionError, Scope
from semantic_layer.loader import read_folder
from semantic_layer.project import sample_root
from semantic_layer.rights import read_policies
from semantic_layer.state import open_state


def test_email_counts_only_if_the_channel_vouches_for_it(company: Assistant, tmp_path: Path):
    state = open_state(tmp_path)
    people, policies = Identities(state), read_addresses(company.layer, ("slack", "wecom"))
    vouched = Person("slack", "T1", "U1", "Manager@Example.invalid")
    assert people.find(vouched, policies).user_id == "manager"
    assert people.find(Person("slack", "T1", "U1"), policies) is None
    assert people.find(Person("wecom", "", "ZHANGSAN"), policies).how == "account"
    state.dispose()


def test_people_of_a_directory_are_found_by_address_and_account(demo_db: Path, tmp_path: Path):
    """Not everybody stands in `policies.yml`: a file or the data may name them too."""
    root, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(sample_root(), root)
    path = root / "policies.yml"
    policies = yaml.safe_load(path.read_text(encoding="utf-8"))
    attributes = {"email": "mail", "slack": "slack_id", "wecom": "wecom_id"}
    policies["directory"] = {"file": "people.csv", "attributes": attributes}
    policies["users"]["admin"]["email"] = "Boss@example.invalid"
    path.write_text(yaml.safe_dump(policies, allow_unicode=True), encoding="utf-8")
    rows = (
        "user,role,mail,slack_id,wecom_id",
        "listed,manager,listed@example.invalid,ULISTED,liehao",
        "twin1,manager,twin@example.invalid,,",
        "twin2,manager,twin@example.invalid,,",
        "admin,analyst,old@example.invalid,UOLD,",
    )
    (root / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    home.mkdir()
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        layer = Assistant.load(root).layer
    state = open_state(tmp_path)
    people, addresses = Identities(state), read_addresses(layer, ("slack", "wecom"))

    def who(person: Person) -> tuple[str | None, str] | None:
        known = people.find(person, addresses)
        return (known.user_id, known.how) if known else None

    assert who(Person("slack", "T1", "ulisted")) == ("listed", "account")
    assert who(Person("wecom", "", "LieHao")) == ("listed", "account")
    assert who(Person("slack", "T1", "U1", "Listed@example.invalid")) == ("listed", "email")
    assert who(Person("slack", "T1", "U2", "twin@example.invalid")) is None
    assert who(Person("slack", "T1", "U3", "boss@example.invalid")) == ("admin", "email")
    assert who(Person("slack", "T1", "UOLD")) == ("admin", "account")
    linked = Person("slack", "T1", "U4")
    assert people.claim(people.offer(linked), "listed") is not None
    assert who(linked) == ("listed", "link")
    state.dispose()


def test_a_link_ends_and_works_once(company: Assistant, tmp_path: Path):
    now = [0.0]
    state = open_state(tmp_path)
    people = Identities(state, clock=lambda: now[0])
    person = Person("slack", "T1", "U1")
    old, new = people.offer(person), people.offer(person)
    now[0] = 599.0
    assert people.claim(new, "lead_east1") == Person("slack", "T1", "u1")
    assert people.claim(new, "manager") is None
    now[0] = 601.0
    assert people.peek(old) is None
    assert people.claim("forged", "manager") is None
    assert people.find(person, read_addresses(company.layer, ())).user_id == "lead_east1"
    assert people.find(Person("slack", "T2", "U1"), read_addresses(company.layer, ())) is None
    state.dispose()


def test_two_users_may_not_have_one_account(project: Path, tmp_path: Path):
    policies = yaml.safe_load((project / "policies.yml").read_text(encoding="utf-8"))
    policies["users"]["admin"]["email"] = "MANAGER@example.invalid"
    path = tmp_path / "policies.yml"
    path.write_text(yaml.safe_dump(policies, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_policies(path, read_folder(project / "semantic_layer"))
    assert caught.value.issues[0].code == "DUPLICATE_ACCOUNT"


@pytest.mark.parametrize(
    ("asker", "members", "place"),
    [
        ("manager", ["admin"], "here"),
        ("manager", ["manager_east"], "private"),
        ("manager_east", ["manager"], "here"),
        ("manager_east", ["lead_east1"], "private"),
        ("manager", ["outsider"], "private"),
        ("manager", ["nobody at all"], "private"),
        ("manager", None, "private"),
        ("admin", ["analyst"], "private"),  # to whom personal columns are hidden
    ],
)
def test_a_group_never_sees_more_than_its_least_privileged_member(
    company: Assistant, asker: str, members: list[str] | None, place: str
):
    assert audience_scope(company.layer, asker, members).place == place


def test_covering_is_decided_model_by_model():
    all_, east = Scope(), Scope(rows={"leads": ("region = 'E'",)}, limits={"region": ("E",)})
    both = Scope(rows={"leads": ("region = 'E'", "team = 1")}, limits={"region": ("E",)})
    other = Scope(rows={"leads": ("region = 'W'",)}, limits={"region": ("W",)})
    assert covers(all_, east)
    assert not covers(east, all_)
    assert covers(east, both)
    assert not covers(both, east)
    assert not covers(east, other)
    assert not covers(Scope(denied=frozenset({"leads"})), east)
    assert covers(Scope(hidden={"leads": frozenset({"phone"})}), Scope(denied=frozenset({"leads"})))
    assert not covers(all_, Scope(personal=True))


# --- doctor -----------------------------------------------------------------------------------

OTHER_KEY = "A" * 42 + "E"


@pytest.mark.parametrize(
    ("token", "key", "receive_id", "blamed"),
    [
        (TOKEN, AES_KEY, CORP_ID, ""),
        ("wrong", AES_KEY, CORP_ID, "token"),
        (TOKEN, OTHER_KEY, CORP_ID, "key"),
        (TOKEN, AES_KEY, "wwother", "receive id"),
        (TOKEN, "short", CORP_ID, "key"),
    ],
)
def test_the_doctor_names_what_is_wrong_with_a_callback(
    token: str, key: str, receive_id: str, blamed: str
):
    wecom = Envelope(TOKEN, AES_KEY, CORP_ID)
    sealed = wecom.seal("123")
    query = {"msg_signature": wecom.sign("1", "n", sealed), "timestamp": "1", "nonce": "n", "echostr": sealed}  # fmt: skip
    finding = blame(Envelope(token, key, receive_id), query)
    assert finding.is_fine == (not blamed)
    assert blamed in finding.text


def _command(*args: str, project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    base = {k: v for k, v in os.environ.items() if not k.startswith("ASKMQL_")}
    command = [sys.executable, "-c", "from bots.cli import main; main()", "--project", str(project), *args]  # fmt: skip
    return subprocess.run(
        command,
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_manifest_names_host_scopes_and_events(project: Path):
    found = yaml.safe_load(_command("slack", "manifest", "--host", "bot.example.invalid", project=project).stdout)  # fmt: skip
    events = found["settings"]["event_subscriptions"]
    assert events["request_url"] == "https://bot.example.invalid/slack/events"
    assert "app_mention" in events["bot_events"]
    assert len(found["features"]["agent_view"]["suggested_prompts"]) == 4
    socket = _command("slack", "manifest", "--socket", "--format", "json", project=project).stdout
    assert "https://" not in socket


def test_the_doctor_of_wecom_names_the_trusted_ip(project: Path, tmp_path: Path):
    async def run() -> str:
        wecom = WeComServer()
        await wecom.start()
        wecom.company.faults["/cgi-bin/agent/get"] += [60020]
        copy = tmp_path / "project"
        copy.mkdir()
        config = yaml.safe_load((project / "askmql.yml").read_text(encoding="utf-8"))
        config["channels"] = {"wecom": {"api_url": wecom.url}}
        text = yaml.safe_dump(config, allow_unicode=True)
        (copy / "askmql.yml").write_text(text, encoding="utf-8")
        secrets = {"CORP_ID": CORP_ID, "APP_SECRET": APP_SECRET, "AGENT_ID": "1"}
        environment = {f"ASKMQL_WECOM_{name}": value for name, value in secrets.items()}
        done = await asyncio.to_thread(
            lambda: _command("doctor", "wecom", project=copy, **environment)
        )
        await wecom.stop()
        assert done.returncode == 1
        return done.stdout

    text = asyncio.run(run())
    assert "ok    corp id and application secret" in text
    assert "FAIL  trusted IP" in text


# --- playground -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["slack", "wecom"])
def test_the_playground_shows_what_the_bot_says(
    demo_db: Path, project: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    home.mkdir()
    (home / "sample.duckdb").hardlink_to(demo_db)
    monkeypatch.setenv("ASKMQL_HOME", str(home))

    async def run() -> None:
        playground = Playground(Assistant.load(project), kind, tmp_path)
        await playground.start()
        try:
            async with aiohttp.ClientSession() as session:

                async def say(user: str, text: str) -> str:
                    data = {"user": user, "text": text}
                    async with session.post(f"{playground.url}/say", data=data) as response:
                        return await response.text()

                page = await say("manager", "本月线索数 <b>")
                assert "数据截至" in page or "2026" in page
                assert "<b>&lt;" not in page
                assert "线索数 &lt;b&gt;" in page
                assert "不知道您是谁" in await say("stranger", "本月线索数")
        finally:
            await playground.stop()

    asyncio.run(run())


def test_the_server_mounts_both_channels(
    company: Assistant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from bots import slack, wecom
    from bots.server.app import create_app
    from bots.server.settings import WebSettings

    monkeypatch.setenv("ASKMQL_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    secrets = {
        "ASKMQL_SLACK_BOT_TOKEN": "xoxb-1", "ASKMQL_SLACK_SIGNING_SECRET": "s",
        "ASKMQL_WECOM_BOT_TOKEN": TOKEN, "ASKMQL_WECOM_BOT_AES_KEY": AES_KEY,
    }  # fmt: skip
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    app: Any = create_app(company, WebSettings(), (slack, wecom))
    assert app.state.service.claims is not None
    assert "/slack/events" in {getattr(r, "path", "") for r in app.router.routes}
    assert len(app.state.service.life.on_start) == 1
