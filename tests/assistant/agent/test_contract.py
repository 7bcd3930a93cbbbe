"""What providers really do on the wire, over real HTTP: each family's quirks, both protocols."""

from __future__ import annotations

import json
import threading
import time
from datetime import date

import pytest

from assistant.agent.calling import Breaker
from assistant.agent.errors import ModelError
from evals.fake_model import Say

ODD = "上个月咱们各渠道捞了多少潜客"
ARGS = {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月"}
NAME = "query_metrics"
CALL = (NAME, ARGS)
AS_TEXT = json.dumps({"tool": NAME, "args": ARGS}, ensure_ascii=False)
NULLS = {**ARGS, "grain": None, "filters": None, "compare": None, "limit": None, "share": None}

#: One good reply in the way each family writes it: (id, settings, reply).
GOOD = {
    "openai, strict nulls": ({"strict": True}, Say(calls=((NAME, NULLS),))),
    "parallel calls": ({}, Say(calls=(CALL, (NAME, {**ARGS, "dimensions": ["region"]})))),
    "deepseek reasoning": ({}, Say(calls=(CALL,), extra={"reasoning_content": "Let me think: 99,999."})),
    "qwen empty content": ({}, Say(content="", calls=(CALL,))),
    "think tags, call as text": ({}, Say(content="<think>tool?</think>\n```json\n" + json.dumps({"name": NAME, "arguments": ARGS}) + "\n```")),
    "llama.cpp tagged call": ({}, Say(content="<tool_call>\n" + json.dumps({"name": NAME, "arguments": ARGS}) + "\n</tool_call>")),
    "bare call as text": ({}, Say(content=json.dumps({"name": NAME, "arguments": ARGS}))),
    "trailing comma": ({}, Say(calls=((NAME, json.dumps(ARGS)[:-1] + ",}"),))),
    "wrong finish_reason": ({}, Say(calls=(CALL,), finish="stop")),
    "missing usage": ({}, Say(calls=(CALL,), usage=None)),
    "streamed, cut in characters": ({"stream": True}, Say(calls=(CALL,))),
    "streamed, dripping": ({"stream": True}, Say(calls=(CALL,), drip_s=0.01)),
    "slow first byte": ({}, Say(calls=(CALL,), delay_s=0.5)),
    "thinking switched off": ({"extra": {"enable_thinking": False}}, Say(calls=(CALL,))),
    "json_schema": ({"protocol": "json"}, Say(content=AS_TEXT)),
    "json_schema, fenced": ({"protocol": "json"}, Say(content=f"```json\n{AS_TEXT}\n```")),
    "json_schema, streamed": ({"protocol": "json", "stream": True}, Say(content=AS_TEXT)),
    "json_schema, thinking first": ({"protocol": "json"}, Say(content=f"<think>hm</think>{AS_TEXT}")),
    "json_schema, trailing blank": ({"protocol": "json"}, Say(content=AS_TEXT + " \n\n")),
}  # fmt: skip

#: One bad reply, after which a good one follows: it must be noticed and made good.
RECOVERED = {
    "truncated arguments": Say(calls=((NAME, '{"metrics": ["leads"], "dimensi'),), finish="length"),
    "an answer in words with invented figures": Say(content="微信 100000000，支付宝 5"),
    "empty reply": Say(content=""),
    "unknown tool": Say(calls=(("run_anything", {"x": 1}),)),
    "429 with Retry-After": Say(status=429, content="slow down", headers=(("retry-after", "0.2"),)),
    "500": Say(status=500, content="boom"),
    "503 while loading": Say(status=503, content="Loading model"),
    "connection reset": Say(calls=(CALL,), drop=20),
    "not JSON at all": Say(raw="<html>gateway</html>"),
    "no call, content null": Say(content=None),
    "arguments that are no object": Say(calls=((NAME, '["leads"]'),)),
}

#: Nothing but bad replies: an honest message in time, with the code that says why.
LOST = {
    "key refused": (Say(status=401, content="bad key"), "MODEL_AUTH"),
    "context overflow": (Say(status=400, content="maximum context length is 4096 tokens"), "MODEL_CONTEXT"),
    "request refused": (Say(status=422, content="no such field"), "MODEL_REJECTED"),
    "always 429": (Say(status=429, content="slow", headers=(("retry-after", "60"),)), "MODEL_RATE_LIMITED"),
    "always 500": (Say(status=500, content="boom"), "MODEL_UNREACHABLE"),
    "never answers": (Say(calls=(CALL,), delay_s=4), "MODEL_TIMEOUT"),
    "refusal": (Say(content=None, extra={"refusal": "I can't help with that."}), "MODEL_BAD_REPLY"),
    "only words": (Say(content="订单量 100000000"), "MODEL_BAD_REPLY"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_reply_is_read_however_it_is_written(serve, case):
    settings, say = GOOD[case]
    assistant, server = serve([say], **settings)
    answer = assistant.ask(ODD, planner="llm")
    assert answer.status == "answered", answer.error
    assert answer.plan[0]["args"]["metrics"] == ["leads"]
    assert answer.plan[0]["args"]["dimensions"] == ["channel"]
    assert len(server.requests) == 1
    assert answer.basis.usage["prompt_tokens"] > 0


@pytest.mark.parametrize("case", RECOVERED, ids=str)
def test_a_bad_reply_is_made_good(serve, case):
    assistant, server = serve([RECOVERED[case], Say(calls=(CALL,))])
    answer = assistant.ask(ODD, planner="llm")
    assert answer.status == "answered", answer.error
    assert answer.plan[0]["args"]["dimensions"] == ["channel"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("case", LOST, ids=str)
def test_a_model_that_cannot_help_ends_honestly_in_time(serve, case):
    say, code = LOST[case]
    assistant, _ = serve([say], timeout_s=2.5, attempts=2)
    begin = time.monotonic()
    answer = assistant.ask(ODD, planner="llm")
    assert time.monotonic() - begin < 4
    assert (answer.status, answer.error.code) == ("error", code)
    assert "boom" not in str(answer)
    assert "100000000" not in str(answer)
    assert assistant.ask(ODD).status == "refused"


def test_thinking_that_never_ends_is_left_behind(serve):
    assistant, _ = serve([Say(content="想" * 3000, drip_s=0.05)], stream=True, timeout_s=1.5)
    begin = time.monotonic()
    answer = assistant.ask(ODD, planner="llm")
    assert time.monotonic() - begin < 30  # the whole of it would take 150 s
    assert answer.error.code == "MODEL_TIMEOUT"


def test_a_server_killed_while_answering_is_no_hang(serve):
    assistant, server = serve([Say(calls=(CALL,), delay_s=0.6)], timeout_s=3)
    killer = threading.Timer(0.2, server.close)
    killer.start()
    begin = time.monotonic()
    answer = assistant.ask(ODD)
    killer.join()
    assert time.monotonic() - begin < 4.5
    assert answer.status in {"answered", "refused"}


def test_a_stream_killed_between_its_pieces_is_no_hang(serve):
    """Half a reply has come; what came is not used, and the lexicon speaks."""
    pieces = Say(content=AS_TEXT * 40, drip_s=0.05)
    assistant, server = serve([pieces], protocol="json", stream=True, timeout_s=3)
    killer = threading.Timer(0.4, server.close)
    killer.start()
    begin = time.monotonic()
    answer = assistant.ask(ODD)
    killer.join()
    assert time.monotonic() - begin < 6
    assert answer.status in {"answered", "refused"}
    assert answer.basis.lane == "governed-lexicon" or answer.plan


def test_a_stream_that_breaks_off_is_asked_for_again(serve):
    broken = Say(calls=(CALL,), drop=60)
    assistant, server = serve([broken, Say(calls=(CALL,))], stream=True)
    answer = assistant.ask(ODD, planner="llm")
    assert (answer.status, len(server.requests)) == ("answered", 2)


def test_the_second_model_stands_in(serve):
    assistant, second = serve([Say(calls=(CALL,))])
    broken, first = serve(
        [Say(status=401, content="no")], fallback={"base_url": second.url, "model": "b", "protocol": "tools"}
    )  # fmt: skip
    assert broken.ask(ODD, planner="llm").status == "answered"
    assert (len(first.requests), len(second.requests)) == (1, 1)
    assert assistant is not broken


@pytest.mark.parametrize(
    ("say", "protocol"),
    [
        (Say(calls=(("ready", {"ok": True}),)), "tools"),
        (Say(content="I am ready."), "json"),
        (Say(status=400, content="tools are not supported"), "json"),
    ],
)
def test_the_probe_chooses_the_protocol_once(serve, say, protocol):
    good = Say(calls=(CALL,)) if protocol == "tools" else Say(content=AS_TEXT)
    assistant, server = serve([say, good], protocol="auto")
    assert assistant.ask(ODD, planner="llm").status == "answered"
    assert assistant.ask(ODD, planner="llm").status == "answered"
    assert len(server.requests) == 3
    assert ("response_format" in server.requests[1]) == (protocol == "json")


def test_the_breaker_pauses_and_tries_again():
    now = [0.0]
    breaker = Breaker(failures=3, pause_s=10, clock=lambda: now[0])
    for _ in range(3):
        breaker.check()
        breaker.note(good=False)
    with pytest.raises(ModelError, match="MODEL_PAUSED"):
        breaker.check()
    now[0] = 11.0
    breaker.check()
    breaker.note(good=False)
    with pytest.raises(ModelError, match="MODEL_PAUSED"):
        breaker.check()
    now[0] = 22.0
    breaker.check()
    breaker.note(good=True)
    breaker.note(good=False)
    breaker.check()


def test_usage_is_kept_by_asker_and_day(serve):
    assistant, _ = serve([Say(calls=(CALL,))])
    assistant.ask(ODD, planner="llm", asker="manager")
    ledger = assistant.router.lane.ledger
    day = date(2026, 10, 28)
    assert ledger.spent(asker="manager", day=day).tokens == 760
    assert ledger.spent(asker="analyst").tokens == 0


def test_many_questions_with_a_slow_model_leave_the_lexicon_free(serve):
    assistant, _ = serve([Say(calls=(CALL,), delay_s=1.0)], at_once=4, timeout_s=2)
    plain = "上个月各渠道线索量"
    assistant.ask(plain)
    threads = [threading.Thread(target=assistant.ask, args=(ODD,)) for _ in range(40)]
    for thread in threads:
        thread.start()
    answers = [assistant.ask(plain) for _ in range(5)]
    for thread in threads:
        thread.join(10)
    assert not any(t.is_alive() for t in threads)
    assert {a.status for a in answers} == {"answered"}
