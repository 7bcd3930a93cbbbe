"""What the model lane itself costs: time beside the model's, tokens of the prompt, calls."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from assistant import Answer, Assistant
from assistant.agent.settings import read_settings
from assistant.agent.usage import estimate_tokens
from assistant.plan import ToolCall
from assistant.verified import in_words
from evals.bench.asking import QUESTIONS
from evals.bench.measure import Measure, percentile
from evals.fake_model import Say, fake_model
from semantic_layer import QueryError
from semantic_layer.project import sample_root

_GOAL_MS = 60
_GOAL_TOKENS = 2500


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Ask the sample company through a scripted model that answers at once.

    Each question's right call is what the lexicon makes of it, said as a model would say it.
    """
    assistant = Assistant.load(sample_root())
    calls = _calls(assistant)

    def script(body: dict[str, Any], number: int) -> Say:
        del number
        text = str(body["messages"][1]["content"])
        question = json.loads(text.split("<question>\n")[1].split("\n</question>")[0])
        call = calls[question]
        return Say(calls=((call.tool, call.args),), usage=(estimate_tokens(_sent(body)), 60))

    with fake_model(script) as server, tempfile.TemporaryDirectory() as home:
        _use(assistant, server.url, Path(home))
        for question in calls:
            assistant.ask(question, planner="llm")
        server.requests.clear()
        rounds = 1 if quick else 3
        runs = [[assistant.ask(q, planner="llm") for q in calls] for _ in range(rounds)]
        sent = [estimate_tokens(_sent(r)) for r in server.requests]
    return _measures([min(many, key=_own) for many in zip(*runs, strict=True)], sent, rounds)


def _measures(answers: list[Answer], sent: list[int], rounds: int) -> tuple[Measure, ...]:
    own = [_own(a) for a in answers]
    engine = [a.timings_ms.get("compile", 0.0) + a.timings_ms.get("execute", 0.0) for a in answers]
    planning = [o - e for o, e in zip(own, engine, strict=True)]
    ended = f"{sum(a.status in {'answered', 'empty'} for a in answers)} of {len(answers)} answered"
    calls = len(sent) / (len(answers) * rounds)
    return (
        Measure("agent, own time p50", percentile(own, 0.5), "ms", _GOAL_MS, ended),
        Measure("agent, own time p95", percentile(own, 0.95), "ms", None, "the model's time left out"),
        Measure("  without the query p50", percentile(planning, 0.5), "ms"),
        Measure("agent, prompt tokens p50", percentile(sent, 0.5), "tokens", None, "careful estimate"),
        Measure("agent, prompt tokens p95", percentile(sent, 0.95), "tokens", _GOAL_TOKENS, "tools included"),
        Measure("agent, model calls a question", calls, "calls", 1),
    )  # fmt: skip


def _own(answer: Answer) -> float:
    return answer.timings_ms["total"] - answer.timings_ms.get("model", 0.0)


def _sent(body: dict[str, Any]) -> str:
    parts = {k: body[k] for k in ("messages", "tools", "response_format") if k in body}
    return json.dumps(parts, ensure_ascii=False)


def _calls(assistant: Assistant) -> dict[str, ToolCall]:
    """Question -> the call a model should make, for those whose period it can quote."""
    out = {}
    for question in QUESTIONS:
        answer = assistant.ask(question, planner="lexicon")
        if answer.status != "answered" or answer.plan[0]["tool"] != "query_metrics":
            continue
        try:
            call = ToolCall.model_validate(answer.plan[0])
            out[question] = in_words(question, call, assistant.layer)
        except QueryError:
            continue
    return out


def _use(assistant: Assistant, url: str, home: Path) -> None:
    """Give the assistant the scripted model, and a state folder of its own."""
    found = read_settings({"base_url": url, "model": "fake", "protocol": "tools"}, {})
    if found is not None:
        assistant.router.use(found, home)
