"""The durable inbox and outbox: nothing lost, nothing twice, order kept."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.inbox import (
    Draft,
    Fate,
    InboundEvent,
    Inbox,
    Limits,
    NotSent,
    Part,
    Received,
    Rejected,
    Runner,
)
from semantic_layer.state import open_state

WORKER = Path(__file__).with_name("inbox_worker.py")
ROOT = Path(__file__).resolve().parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """The state of every test here, in both databases; returns its URL."""
    opened: list[sa.Engine] = []
    really = open_state

    def recorded(home: Path) -> sa.Engine:
        opened.append(really(home))
        return opened[-1]

    url = f"sqlite:///{tmp_path / 'state.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new()
        monkeypatch.setenv("ASKMQL_STATE_URL", url)
    monkeypatch.setattr(sys.modules[__name__], "open_state", recorded)
    yield url
    for engine in opened:
        engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(tmp_path: Path, clock: Clock) -> Inbox:
    return Inbox(open_state(tmp_path), clock=clock)


def event(
    key: str, *, sender: str = "u1", conversation: str = "c1", text: str = ""
) -> InboundEvent:
    return InboundEvent("file", "t", key, sender, conversation, text or f"question {key}")


HERE = ("file",)


# --- in ---------------------------------------------------------------------------------------


def test_same_event_is_stored_once_also_after_a_restart(inbox: Inbox, tmp_path: Path) -> None:
    assert inbox.receive(event("a")) is Received.NEW
    assert inbox.receive(event("a")) is Received.DUPLICATE
    again = Inbox(open_state(tmp_path))
    assert again.receive(event("a")) is Received.DUPLICATE
    other_tenant = InboundEvent("file", "t2", "a", "u1", "c1", "question")
    assert again.receive(other_tenant) is Received.NEW


def test_event_comes_back_as_it_was(inbox: Inbox) -> None:
    sent = InboundEvent(
        "file", "t", "k", "u", "c", "上季度线索 🙂", "action", {"深": [1, {"x": None}]}
    )
    inbox.receive(sent)
    job = inbox.next_event(HERE)
    assert job is not None
    assert job.event == sent
    assert inbox.next_event(HERE) is None


def test_a_channel_that_does_not_run_here_is_left_alone(inbox: Inbox) -> None:
    inbox.receive(event("a"))
    assert inbox.next_event(("slack",)) is None
    assert inbox.next_event(HERE) is not None


def test_one_conversation_at_a_time_in_order(inbox: Inbox) -> None:
    for key in ("a", "b"):
        inbox.receive(event(key))
    inbox.receive(event("other", sender="u2", conversation="c2"))
    first, second = inbox.next_event(HERE), inbox.next_event(HERE)
    assert first is not None
    assert second is not None
    assert (first.event.key, second.event.key) == ("a", "other")
    assert inbox.next_event(HERE) is None
    assert inbox.answer(first, [])
    third = inbox.next_event(HERE)
    assert third is not None
    assert third.event.key == "b"


def test_one_sender_cannot_take_all_workers(tmp_path: Path) -> None:
    inbox = Inbox(open_state(tmp_path), Limits(running_per_sender=2))
    for n in range(5):
        inbox.receive(event(f"k{n}", conversation=f"c{n}"))
    inbox.receive(event("late", sender="u2", conversation="c9"))
    leased = [inbox.next_event(HERE) for _ in range(4)]
    assert [j.event.key for j in leased if j] == ["k0", "k1", "late"]


def test_too_many_open_questions_are_refused_and_not_answered_later(tmp_path: Path) -> None:
    inbox = Inbox(open_state(tmp_path), Limits(open_per_sender=2))
    got = [inbox.receive(event(k, conversation=k)) for k in ("a", "b", "c")]
    assert got == [Received.NEW, Received.NEW, Received.LIMITED]
    assert inbox.receive(event("c", conversation="c")) is Received.DUPLICATE
    for _ in range(2):
        job = inbox.next_event(HERE)
        assert job is not None
        inbox.answer(job, [])
    assert inbox.next_event(HERE) is None
    assert inbox.receive(event("d")) is Received.NEW


def test_expired_lease_is_taken_over_and_the_late_worker_stores_nothing(
    inbox: Inbox, clock: Clock, tmp_path: Path
) -> None:
    inbox.receive(event("a"))
    slow = inbox.next_event(HERE)
    other = Inbox(open_state(tmp_path), clock=clock)
    assert slow is not None
    assert other.next_event(HERE) is None
    clock.now += 61
    taken = other.next_event(HERE)
    assert taken is not None
    assert taken.attempt == 2
    assert not inbox.renew(slow)
    assert not inbox.answer(slow, [Draft({"text": "late"})])
    assert other.answer(taken, [Draft({"text": "in time"})])
    part = other.next_part(HERE)
    assert part is not None
    assert part.body == {"text": "in time"}
    assert other.next_part(HERE) is None


def test_renewed_lease_is_kept(inbox: Inbox, clock: Clock) -> None:
    inbox.receive(event("a"))
    job = inbox.next_event(HERE)
    assert job is not None
    clock.now += 50
    assert inbox.renew(job)
    clock.now += 50
    assert inbox.next_event(HERE) is None


def test_many_threads_share_the_work_without_a_double(tmp_path: Path) -> None:
    inbox = Inbox(open_state(tmp_path), Limits(open_per_sender=999, running_per_sender=999))
    keys = [f"k{n}" for n in range(60)]
    for n, key in enumerate(keys):
        inbox.receive(event(key, conversation=f"c{n % 7}"))
    taken: list[str] = []  # noted while the lease is held: afterwards threads may overtake
    done: list[str] = []

    def work() -> None:
        mine = Inbox(open_state(tmp_path))
        misses = 0
        while misses < 50:
            job = mine.next_event(HERE)
            if job is None:
                misses += 1
                continue
            taken.append(job.event.key)
            if mine.answer(job, [Draft({"text": job.event.key})]):
                done.append(job.event.key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(keys)
    for number in range(7):
        mine = [k for k in taken if int(k[1:]) % 7 == number]
        assert mine == sorted(mine, key=lambda k: int(k[1:]))


# --- out --------------------------------------------------------------------------------------


def test_parts_of_a_conversation_go_out_one_after_another(inbox: Inbox) -> None:
    inbox.receive(event("a"))
    job = inbox.next_event(HERE)
    assert job is not None
    inbox.answer(job, [Draft({"n": 0}), Draft({"n": 1}), Draft({"n": 2}, target="elsewhere")])
    first, aside = inbox.next_part(HERE), inbox.next_part(HERE)
    assert first is not None
    assert aside is not None
    assert (first.body["n"], aside.body["n"], aside.target) == (0, 2, "elsewhere")
    assert inbox.next_part(HERE) is None
    inbox.sent(first, "r1")
    second = inbox.next_part(HERE)
    assert second is not None
    assert second.body["n"] == 1
    assert second.key == "file:t:a:1"


def test_postponed_part_waits_and_holds_back_the_next(inbox: Inbox, clock: Clock) -> None:
    inbox.push("digest-1", "file", "t", [Draft({"n": 0}, "x"), Draft({"n": 1}, "x")])
    part = inbox.next_part(HERE)
    assert part is not None
    inbox.postpone(part, "rate limited", after=30)
    assert inbox.next_part(HERE) is None
    clock.now += 31
    again = inbox.next_part(HERE)
    assert again is not None
    assert (again.id, again.attempt, again.is_doubtful) == (part.id, 2, False)


def test_a_digest_is_pushed_once(inbox: Inbox) -> None:
    assert inbox.push("digest-1", "file", "t", [Draft({}, "x")])
    assert not inbox.push("digest-1", "file", "t", [Draft({}, "x")])


def test_old_rows_are_forgotten_and_open_ones_kept(inbox: Inbox, clock: Clock) -> None:
    inbox.receive(event("done"))
    job = inbox.next_event(HERE)
    assert job is not None
    inbox.answer(job, [])
    inbox.receive(event("open"))
    clock.now += 40 * 24 * 3600
    assert inbox.forget() == 1
    assert inbox.counts() == {("inbox", "file", "waiting"): 1}


# --- the runner -------------------------------------------------------------------------------


class Fake:
    """A channel that fails as told before it works."""

    name = "file"

    def __init__(self, failures: Sequence[Exception] = (), fate: Fate = Fate.ABSENT) -> None:
        self.failures = list(failures)
        self.fate = fate
        self.sent: list[str] = []

    async def deliver(self, part: Part) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(str(part.body["text"]))
        return "ok"

    async def confirm(self, part: Part) -> Fate:
        return self.fate


async def echo(inbound: InboundEvent) -> list[Draft]:
    return [Draft({"text": inbound.text})]


async def sorry(inbound: InboundEvent) -> list[Draft]:
    return [Draft({"text": f"sorry: {inbound.key}"})]


async def broken(inbound: InboundEvent) -> list[Draft]:
    raise ValueError(inbound.text)


def drain(runner: Runner, clock: Clock) -> None:
    """Run until nothing is left, moving the clock over every wait."""

    async def run() -> None:
        idle = 0
        while idle < 3:
            worked = await runner.answer_one() or await runner.deliver_one()
            idle = 0 if worked else idle + 1
            clock.now += 0 if worked else 120

    asyncio.run(run())


@pytest.mark.parametrize(
    ("channel", "sent", "dead"),
    [
        (Fake(), ["hello"], []),
        (Fake([NotSent("busy", after=9), NotSent("busy")]), ["hello"], []),
        (Fake([NotSent("busy")] * 5), ["hello"], []),
        (Fake([NotSent("busy")] * 50), [], ["busy"]),
        (Fake([Rejected("channel archived")]), [], ["channel archived"]),
        (Fake([ConnectionResetError()], Fate.ABSENT), ["hello"], []),
        (Fake([ConnectionResetError()], Fate.SENT), [], []),
        (Fake([ConnectionResetError()], Fate.UNKNOWN), [], ["it is not known whether"]),
    ],
    ids=[
        "works",
        "busy twice",
        "busy for minutes",
        "always busy",
        "rejected",
        "absent",
        "arrived",
        "unknown",
    ],
)
def test_fate_of_a_part(
    inbox: Inbox, clock: Clock, channel: Fake, sent: list[str], dead: list[str]
) -> None:
    channel = copy.deepcopy(channel)  # the same case is told in every database
    runner = Runner(inbox)
    runner.add(channel, echo, sorry)
    inbox.receive(event("a", text="hello"))
    drain(runner, clock)
    assert channel.sent == sent
    letters = inbox.dead_letters()
    assert len(letters) == len(dead)
    assert all(d in letter.error for d, letter in zip(dead, letters, strict=True))


class Painting(Fake):
    """Makes something before it sends it; nobody can tell what has arrived."""

    def __init__(self, making: Sequence[Exception] = (), sending: Sequence[Exception] = ()) -> None:
        super().__init__(sending, Fate.UNKNOWN)
        self.making = list(making)

    async def deliver(self, part: Part) -> str:
        if self.making:
            raise self.making.pop(0)
        await part.sends()
        return await super().deliver(part)


async def paint(inbound: InboundEvent) -> list[Draft]:
    return [Draft({"text": inbound.text}, is_made_first=True)]


@pytest.mark.parametrize(
    ("making", "sending", "sent"),
    [
        ([OSError(), TimeoutError()], [], ["hello"]),
        ([], [ConnectionResetError()], []),
        ([OSError()] * 50, [], []),
    ],
    ids=["not made at first", "cut off while sent", "never made"],
)
def test_what_is_made_first_is_tried_again_until_it_is_being_sent(
    inbox: Inbox,
    clock: Clock,
    making: Sequence[Exception],
    sending: Sequence[Exception],
    sent: list[str],
) -> None:
    channel = Painting(making, sending)
    runner = Runner(inbox)
    runner.add(channel, paint, sorry)
    inbox.receive(event("a", text="hello"))
    drain(runner, clock)
    assert channel.sent == sent
    assert len(inbox.dead_letters()) == 1 - len(sent)


def test_what_is_made_first_is_in_doubt_only_after_it_began_to_be_sent(
    inbox: Inbox, clock: Clock
) -> None:
    inbox.push("digest", "file", "t", [Draft({"text": "x"}), Draft({}, is_made_first=True)])
    plain = inbox.next_part(HERE)
    assert plain is not None
    assert not inbox.is_unsent(plain)
    inbox.sent(plain, "ok")
    first = inbox.next_part(HERE)
    assert first is not None
    clock.now += 61  # the worker is dead
    second = inbox.next_part(HERE)
    assert second is not None
    assert (first.number, second.number, second.is_doubtful) == (1, 1, False)
    assert inbox.sending(second)
    assert not inbox.is_unsent(second)
    clock.now += 61
    third = inbox.next_part(HERE)
    assert third is not None
    assert third.is_doubtful


def test_whoever_lost_the_lease_while_making_does_not_send(inbox: Inbox, clock: Clock) -> None:
    class Slow(Painting):
        async def deliver(self, part: Part) -> str:
            clock.now += 61
            assert other.next_part(HERE) is not None
            return await super().deliver(part)

    other = Inbox(inbox._engine, clock=clock)
    channel = Slow()
    runner = Runner(inbox)
    runner.add(channel, paint, sorry)
    inbox.receive(event("a", text="hello"))

    async def run() -> None:
        assert await runner.answer_one()
        assert await runner.deliver_one()

    asyncio.run(run())
    assert channel.sent == []
    assert inbox.counts()["outbox", "file", "leased"] == 1


def test_handler_that_fails_always_becomes_a_dead_letter_with_an_apology(
    inbox: Inbox, clock: Clock
) -> None:
    channel = Fake()
    runner = Runner(inbox)
    runner.add(channel, broken, sorry)
    inbox.receive(event("a"))
    inbox.receive(event("b", sender="u2", conversation="c2"))
    drain(runner, clock)
    assert channel.sent == ["sorry: a", "sorry: b"]
    assert [(x.box, x.attempts, x.error) for x in inbox.dead_letters()] == [
        ("inbox", 3, "ValueError"),
        ("inbox", 3, "ValueError"),
    ]


def test_event_that_kills_every_worker_is_given_up(inbox: Inbox, clock: Clock) -> None:
    inbox.receive(event("poison"))
    for _ in range(3):
        assert inbox.next_event(HERE) is not None
        clock.now += 61
    channel = Fake()
    runner = Runner(inbox)
    runner.add(channel, echo, sorry)
    drain(runner, clock)
    assert channel.sent == ["sorry: poison"]


def test_started_workers_answer_what_comes_in_and_stop(tmp_path: Path) -> None:
    inbox = Inbox(open_state(tmp_path))
    channel = Fake()

    async def run() -> None:
        runner = Runner(inbox, poll_seconds=0.05)
        runner.add(channel, echo, sorry)
        await runner.start()
        for n in range(5):
            inbox.receive(event(f"k{n}", text=f"q{n}"))
        await runner.wake()
        async with asyncio.timeout(120):
            while len(channel.sent) < 5:
                await asyncio.sleep(0.01)
        await runner.stop()
        inbox.receive(event("late"))
        await runner.wake()

    asyncio.run(run())
    assert channel.sent == [f"q{n}" for n in range(5)]
    assert inbox.counts()["inbox", "file", "waiting"] == 1


# --- kill -9 ----------------------------------------------------------------------------------


def worker(url: str, log: Path, place: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), url, str(log), place]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)


@pytest.mark.parametrize("place", ["answering", "before sending", "after sending"])
def test_killed_process_loses_and_doubles_nothing(
    tmp_path: Path, place: str, database: str
) -> None:
    url, log = database, tmp_path / "sent.jsonl"
    inbox = Inbox(open_state(tmp_path))
    for n in range(3):
        inbox.receive(event(f"k{n}", text=f"q{n}"))
    first = worker(url, log, place)
    assert first.stdout is not None
    assert first.stdout.readline().strip() == place
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    second = worker(url, log, "nowhere")
    out, _ = second.communicate(timeout=180)
    assert out.strip() == "idle"
    texts = [json.loads(line)["text"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert Counter(texts) == Counter(f"q{n} {m}" for n in range(3) for m in (1, 2))
    assert [t for t in texts if t.startswith("q0")] == ["q0 1", "q0 2"]
    assert inbox.dead_letters() == ()
