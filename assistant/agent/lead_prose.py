"""Asks the model to write a lead summary from numbered facts, and checks every statement."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.agent.calling import Caller, Session
from assistant.agent.model import text_of
from assistant.agent.prompts import prompt
from assistant.events import Listener, Progress
from assistant.leads.prose import numbered, unbacked, with_sources
from assistant.leads.sentences import Sentence

_TRIES = 2
_AGAIN = "These statements do not follow from the facts that they cite:\n{}\nWrite the text again without them."


def write_summary(
    facts: Sequence[Sentence], lang: str, caller: Caller, session: Session, tell: Listener
) -> str:
    """Return a text that the facts back, citing rows; empty when the model cannot in two tries.

    Raises:
        ModelError: The model did not answer.
    """
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

    language = "Chinese" if lang == "zh" else "English"
    asked = f"<facts>\n{numbered(facts)}\n</facts>\n\nLanguage: {language}."
    messages: list[BaseMessage] = [SystemMessage(prompt("lead_summary")), HumanMessage(asked)]
    for _ in range(_TRIES):
        tell(Progress("writing"))
        sent = "".join(str(m.content) for m in messages)
        batch = list(messages)
        reply = caller.call(lambda b=batch: caller.model.invoke(b), session, sent)  # type: ignore[misc]
        text = text_of(reply).strip()
        tell(Progress("checking_text"))
        wrong = unbacked(text, facts)
        if text and not wrong:
            return with_sources(text, facts)
        why = "\n".join(f"- {w}" for w in wrong) or "- empty"
        messages += [AIMessage(text[:1500] or "…"), HumanMessage(_AGAIN.format(why))]
    return ""
