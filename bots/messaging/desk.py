"""Answering for any channel: who asks, with which rights, where the answer may appear."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from assistant import Answer, Assistant
from assistant.answer import ClarifyChoice, ErrorInfo
from bots.inbox import InboundEvent
from bots.messaging.answers import Answers, Sent
from bots.messaging.identity import Identities, Known, Person
from semantic_layer import AskmqlError
from semantic_layer.engine.base import CANCEL, CancelToken

Lang = Literal["zh", "en"]
_WORDS = {
    "zh": {
        "who": "我还不知道您是谁，所以不能查询数据。", "link": "请打开这个链接确认身份（10 分钟内有效）：{}",
        "ask": "请管理员在 policies.yml 中登记您的账号：{}", "outside": "外部成员不能查询公司数据。",
        "gone": "这个回答已经过期，请重新提问。", "failed": "出了点问题，这个问题没有答上来，请再问一次。",
        "stopped": "已停止。", "private": "答案只能给您看，已私信发送。",
        "busy": "您还有几个问题没答完，请稍候再问。", "working": "正在查询…",
        "alone": "这个答案只能给您看，请私聊我再问一次。",
        "come": "请先和我私聊一次，确认身份后就可以在群里提问。",
        "hello": "您好，可以用中文或英文问我营销到回款的数据，例如：上季度各渠道线索成本。",
    },
    "en": {
        "who": "I do not know who you are yet, so I cannot read any data for you.",
        "link": "Open this link to confirm who you are (valid for 10 minutes): {}",
        "ask": "Ask your administrator to add your account to policies.yml: {}",
        "outside": "People outside the company cannot ask about its data.",
        "gone": "This answer is no longer kept; please ask again.",
        "failed": "Something went wrong and the question was not answered; please ask again.",
        "stopped": "Stopped.", "private": "The answer is for you alone; I have sent it as a direct message.",
        "busy": "Some of your questions are still open; please wait a moment.", "working": "Looking it up…",
        "alone": "The answer is for you alone; please ask me again in a direct message.",
        "come": "Write to me directly once; after you have confirmed who you are, you can ask in groups.",
        "hello": "Hello. Ask me about marketing-to-revenue data in Chinese or English, such as: cost per lead by channel last quarter.",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """An answer, and the id under which it is kept."""

    id: str
    answer: Answer
    user_id: str | None = None
    is_known: bool = True


class Desk:
    """Answers people of messaging channels with their own rights.

    Args:
        assistant: The project.
        engine: The state.
        web_url: Where people reach the web page, or "".
        open_to_all: Without policies, answer every member.
    """

    def __init__(
        self,
        assistant: Assistant,
        engine: sa.Engine,
        *,
        web_url: str = "",
        open_to_all: bool = False,
    ) -> None:
        self.assistant = assistant
        self.answers = Answers(engine)
        self.identities = Identities(engine)
        self._web_url = web_url.rstrip("/")
        self._open_to_all = open_to_all
        self._running: dict[str, set[CancelToken]] = {}

    # --- who ----------------------------------------------------------------------------------

    def known(self, person: Person) -> Known | None:
        """Return the user behind a person; None when nobody can tell."""
        policies = self.assistant.layer.policies
        return self.identities.find(person, policies, open_to_all=self._open_to_all)

    def refusal(self, person: Person, question: str = "") -> Answer:
        """Return the polite refusal of a person who is not known, with a way in; no SQL runs."""
        lang = self.lang(question)
        if person.is_outside:
            hint = say(lang, "outside")
        elif self._web_url:
            hint = say(lang, "link", f"{self._web_url}/link/{self.identities.offer(person)}")
        else:
            hint = say(lang, "ask", f"{person.channel}: {person.external_id}")
        return notice(question, lang, say(lang, "who"), hint, code="UNKNOWN_USER", status="denied")

    def lang(self, text: str) -> Lang:
        """Return the language to answer in; the company's when the text has no letters."""
        if any("\u3400" <= c <= "\u9fff" for c in text):
            return "zh"
        latin = any(c.isascii() and c.isalpha() for c in text)
        return "en" if latin else self.assistant.layer.project.config.locale

    # --- what ---------------------------------------------------------------------------------

    async def ask(
        self,
        event: InboundEvent,
        person: Person,
        question: str,
        choice: ClarifyChoice | None = None,
    ) -> Reply:
        """Answer a question; a person who is not known is refused before anything runs."""
        known = await asyncio.to_thread(self.known, person)
        answer_id = id_of(event)
        if known is None:
            answer = await asyncio.to_thread(self.refusal, person, question)
            return Reply(answer_id, answer, is_known=False)
        with self._stoppable(event.conversation):
            answer = await asyncio.to_thread(
                self.assistant.ask,
                question,
                asker=known.user_id,
                conversation=f"{event.channel}:{event.tenant}:{event.conversation}",
                choice=choice,
            )
        owner = known.user_id or ""
        kept = (answer_id, event.channel, event.conversation, owner, answer)
        await asyncio.to_thread(self.answers.keep, *kept)
        return Reply(answer_id, answer, known.user_id)

    async def go_on(self, event: InboundEvent, person: Person, kind: str, at: int) -> Reply:
        """Answer a button with the rights of whoever clicked it.

        Args:
            event: The click; its text is the id of the answer that carried the button.
            person: Who clicked.
            kind: `followup` or `choice`.
            at: Which one of them.
        """
        sent = await asyncio.to_thread(self.answers.find, event.text)
        found = sent.answer.clarify.choices if sent and kind == "choice" else ()
        choice = found[at] if at < len(found) else None
        question = choice.label if choice else _followup(sent, kind, at)
        if not question:
            lang = self.lang(sent.answer.question if sent else "")
            answer = notice("", lang, say(lang, "gone"), code="GONE", status="refused")
            return Reply(id_of(event), answer)
        return await self.ask(event, person, question, choice)

    def seen_by(self, sent: Sent, known: Known | None) -> bool:
        """Whether a stored answer may be shown to a user: it was computed with their own rights."""
        if known is None:
            return False
        layer = self.assistant.layer
        if (known.user_id or "") == sent.owner:
            return True
        if layer.policies is None or known.user_id is None:
            return layer.policies is None
        try:
            mine, theirs = layer.scope(known.user_id), layer.scope(sent.owner or None)
        except AskmqlError:
            return False
        return mine.fingerprint == theirs.fingerprint

    # --- stopping -----------------------------------------------------------------------------

    def stop(self, conversation: str) -> int:
        """Stop what is being computed for a conversation; return how many questions."""
        tokens = list(self._running.get(conversation, ()))
        for token in tokens:
            token.cancel()
        return len(tokens)

    @contextmanager
    def _stoppable(self, conversation: str) -> Iterator[None]:
        token = CancelToken()
        self._running.setdefault(conversation, set()).add(token)
        reset = CANCEL.set(token)
        try:
            yield
        finally:
            CANCEL.reset(reset)
            self._running[conversation].discard(token)
            if not self._running[conversation]:
                del self._running[conversation]


def _followup(sent: Sent | None, kind: str, at: int) -> str:
    texts = sent.answer.followups if sent and kind == "followup" else ()
    return texts[at] if at < len(texts) else ""


def id_of(event: InboundEvent) -> str:
    """Return the id of an event's answer: opaque, the same at every attempt."""
    digest = hashlib.sha256(event.answer_key.encode()).hexdigest()[:24]
    return f"a{digest}"


def say(lang: str, name: str, *values: object) -> str:
    """Return a fixed sentence of the messaging channels."""
    return _WORDS[lang][name].format(*values)


def notice(
    question: str,
    lang: Lang,
    headline: str,
    text: str = "",
    *,
    code: str,
    status: Literal["denied", "refused", "error"],
) -> Answer:
    """Return an answer that holds no number."""
    return Answer(
        status=status,
        question=question,
        lang=lang,
        headline=headline,
        text=text,
        error=ErrorInfo(code=code, message=headline, hint=text),
    )
