"""Prose about finished results, on request: only statements that pass the gate are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.agent.calling import Caller, Session
from assistant.agent.catalogue import quoted
from assistant.agent.model import text_of
from assistant.agent.prompts import prompt
from assistant.answer import Answer, Table
from assistant.cells import cell_text
from assistant.events import Listener, Progress
from assistant.grounding import Evidence, Finding, Passing, check, passing

_ROWS = 30
_TRIES = 2
_AGAIN = "These statements are not backed by the results:\n{}\nWrite the text again without them."
_ASKS = re.compile(
    r"总结|小结|概括|概述|解读|分析一下|写(?:一)?段|说明一下|点评|建议|怎么看|要点"
    r"|\b(?:summari[sz]e|summary|sum up|write up|explain|insights?|takeaways?|comment on|advice|recommend)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Written:
    """What passed of a text, or why nothing did.

    Attributes:
        findings: What was wrong with the last try.
        tries: How often the model wrote.
        dropped: How many sentences are left out of `text`.
    """

    text: str
    findings: tuple[Finding, ...] = ()
    tries: int = 0
    dropped: int = 0


def wants_prose(question: str) -> bool:
    """Whether a question asks for more than the template's sentence."""
    return bool(_ASKS.search(question))


def write(
    answer: Answer, evidence: Evidence, caller: Caller, session: Session, tell: Listener
) -> Written:
    """Return prose that the results back.

    When no text passes whole in two tries, it is the sentences that pass of the text of which
    more do; empty when none does.

    Raises:
        ModelError: The model did not answer.
    """
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(prompt("prose")), HumanMessage(told(answer))]
    findings: tuple[Finding, ...] = ()
    best = Passing("", 0, 0)
    for number in range(_TRIES):
        tell(Progress("writing"))
        sent = "".join(str(m.content) for m in messages)
        batch = list(messages)
        reply = caller.call(lambda b=batch: caller.model.invoke(b), session, sent)  # type: ignore[misc]
        text = text_of(reply)
        tell(Progress("checking_text"))
        findings = check(text, evidence)
        if text and not findings:
            return Written(text, (), number + 1)
        best = max(passing(text, evidence), best, key=lambda p: p.kept)
        why = "\n".join(f"- {f}" for f in findings) or "- empty"
        messages += [AIMessage(text[:1500] or "…"), HumanMessage(_AGAIN.format(why))]
    return Written(best.text, findings, _TRIES, best.dropped)


def told(answer: Answer) -> str:
    """Return the results as quoted data, with the question and the executed period."""
    parts = [f"<question>\n{quoted(answer.question)}\n</question>"]
    time = answer.basis.time
    if time is not None:
        period = {"from": time.start, "before": time.end, "compared_from": time.compare_start, "compared_before": time.compare_end, "complete": time.complete}  # fmt: skip
        parts.append(f"<period>\n{quoted(period)}\n</period>")
    for table in answer.tables:
        lines = "\n".join(_lines(table, answer))
        parts.append(f"<results>\n{lines}\n</results>")
    parts.append(f"Language: {'Chinese' if answer.lang == 'zh' else 'English'}.")
    return "\n\n".join(parts)


def _lines(table: Table, answer: Answer) -> list[str]:
    head = quoted([c.label for c in table.columns])
    rows = [
        quoted([cell_text(v, c, answer) for v, c in zip(row, table.columns, strict=True)])
        for row in table.rows[:_ROWS]
    ]
    cut = [f"({table.total_rows} rows in all)"] if table.total_rows > len(rows) else []
    return [head, *rows, *cut]
