"""State that several processes share: a real PostgreSQL, and two real servers over it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from assistant import Assistant
from bots.bench.company import prepare
from bots.bench.process import ServerProcess
from bots.messaging.identity import Identities, Person
from bots.records import Said, Verdict
from bots.server.service import Question, Service
from bots.server.settings import WebSettings
from bots.simulators.slack.sender import Sender
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import BOT_USER
from bots.wecom.leader import Leader
from bots.wecom.streams import Streams
from semantic_layer.state import open_state


@pytest.fixture
def state(postgres: Any, tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_state(tmp_path, postgres.new())
    yield engine
    engine.dispose()


def test_every_kind_of_state_is_kept_in_postgresql(starforge: Assistant, state: sa.Engine) -> None:
    async def story() -> None:
        service = Service(starforge, WebSettings(), state=state)
        first = Question("上季度线索量", "manager", "talk", "web")
        answer_id = await service.open(first)
        await service.ask_and_keep(answer_id, first)
        await service.ask(Question("本月呢", "manager", "talk", "web"))
        assert await service.open(first, answer_id=answer_id) == answer_id
        kept = service.own(answer_id, "manager")
        assert kept is not None
        assert kept.answer is not None
        assert kept.answer.status == "answered"
        assert [c.title for c in service.answers.history("manager", "web")] == ["上季度线索量"]
        assert service.answers.recent("web", "manager") == ("上季度线索量",)
        assert service.answers.is_begun("talk")
        service.rate(answer_id, "manager", Verdict.UP)
        service.rate(answer_id, "manager", Verdict.DOWN, reason="other")
        assert service.feedback.of(answer_id) == (Said("manager", Verdict.DOWN, "other", ""),)
        assert service.tokens.asker_of(service.tokens.create("manager")) == "manager"
        await service.close()

    asyncio.run(story())
    people = Identities(state)
    stranger = Person("slack", "T1", "U1")
    assert people.claim(people.offer(stranger), "manager") is not None
    streams = Streams(state)
    streams.open("s", "…")
    assert streams.open("s", "again").content == "…"
    streams.finish("s", "done", b"png")
    found = streams.find("s")
    assert found is not None
    assert found.picture == b"png"
    one, two = Leader(state, "bot", "a"), Leader(state, "bot", "b")
    assert (one.take(), two.take()) == (True, False)


def test_audit_and_conversations_are_kept_in_postgresql(
    state: sa.Engine, postgres: Any, tmp_path: Path
) -> None:
    from assistant.audit import AuditLog, Event
    from assistant.store import ConversationStore, Turn

    log = AuditLog(state)
    event = Event("ask", "answered", {"ms": 1}, {"asker": "manager", "question": "线索量"})
    assert [log.append(event) for _ in range(3)] == [1, 2, 3]
    assert (log.verify().records, log.verify().problem) == (3, "")
    store = ConversationStore(tmp_path, postgres.new())
    turn = Turn("线索量", date(2026, 10, 28), starts=True, choices=({"label": "a"},))
    store.add("talk", "manager", turn)
    assert store.turns("talk", "manager") == (turn,)
    assert store.undo("talk", "manager")
    store._engine.dispose()


@pytest.mark.slow
def test_two_servers_over_one_database_answer_each_question_once(
    postgres: Any, tmp_path: Path
) -> None:
    """Both begin at once on an empty database; every event is delivered to both of them."""

    async def story() -> None:
        slack = SlackServer()
        await slack.start()
        channels = {"web": {"login": "link"}, "slack": {"api_url": slack.api_url}}
        company = prepare(tmp_path, channels, 6, postgres.new())
        servers = [ServerProcess(company, tmp_path / f"{n}.log") for n in range(2)]
        async with aiohttp.ClientSession() as session:
            try:
                await asyncio.gather(*(s.start(session) for s in servers))
                senders = [
                    Sender(session, f"{s.url}/slack/events", slack.workspace) for s in servers
                ]
                asked: list[str] = []
                for n, seat in enumerate(company.seats * 3):
                    if n < len(company.seats):
                        slack.workspace.add_user(seat.slack)
                        slack.workspace.channels[f"D{seat.slack}"] = [seat.slack, BOT_USER]
                    event = senders[0].said(seat.slack, f"D{seat.slack}", "本月线索数")
                    asked.append(event["ts"])
                    both = (s.event(event, event_id=f"Ev-{n}") for s in senders)
                    for attempts in await asyncio.gather(*both):
                        assert attempts[-1].status == 200
                async with asyncio.timeout(180):
                    while len(slack.workspace.messages) < len(asked):
                        await asyncio.sleep(0.05)
                # Whoever answered, both know: the token's owner finds the answer at either.
                headers = {"Authorization": f"Bearer {company.seats[0].token}"}
                done = f'askmql_box_rows{{box="inbox",channel="slack",state="done"}} {len(asked)}.0'
                for server in servers:
                    text = ""
                    # A message is seen at Slack before its sender has written that down.
                    async with asyncio.timeout(120):
                        while done not in text:
                            async with session.get(f"{server.url}/metrics", headers=headers) as got:
                                text = await got.text()
                    assert 'state="dead"' not in text
            finally:
                await asyncio.gather(*(s.stop() for s in servers))
                await slack.stop()
        threads = Counter(m["thread_ts"] for m in slack.workspace.messages)
        assert threads == Counter(asked)

    asyncio.run(story())
