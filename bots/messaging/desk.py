"""Answering for any channel: who asks, with which rights, where the answer may appear."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Literal

from assistant import Answer
from assistant.answer import ClarifyChoice, ErrorInfo
from bots.inbox import InboundEvent
from bots.messaging.addresses import Addresses, read_addresses
from bots.messaging.identity import Identities, Known, Person
from bots.records import Verdict
from bots.render.image import Image
from bots.server.service import Question, Service

Lang = Literal["zh", "en"]
_CHANNELS = ("slack", "wecom")
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
        service: Answers, with the limits and counters of the whole server.
        open_to_all: Without policies, answer every member.
    """

    def __init__(self, service: Service, *, open_to_all: bool = False) -> None:
        self.service = service
        self.assistant = service.assistant
        self.answers = service.answers
        self.identities = Identities(service.state)
        self._web_url = service.settings.public_url.rstrip("/")
        self._open_to_all = open_to_all
        self._kept: tuple[str, Addresses] | None = None

    # --- who ----------------------------------------------------------------------------------

    def known(self, person: Person) -> Known | None:
        """Return the user behind a person; None when nobody can tell."""
        addresses = self._addresses()
        return self.identities.find(person, addresses, open_to_all=self._open_to_all)

    def _addresses(self) -> Addresses | None:
        """Return where people can be reached, read anew when the data has changed."""
        layer = self.assistant.layer
        if layer.policies is None:
            return None
        version = layer.engine.fingerprint() if layer.engine else ""
        if self._kept is None or self._kept[0] != version:
            self._kept = (version, read_addresses(layer, _CHANNELS))
        return self._kept[1]

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
        """Answer a question; a person who is not known is refused before anything runs.

        An answer that was kept before a crash is used again, if the rights are still the same.
        """
        known = await asyncio.to_thread(self.known, person)
        answer_id = id_of(event)
        if known is None:
            answer = await asyncio.to_thread(self.refusal, person, question)
            return Reply(answer_id, answer, is_known=False)
        asked = Question(
            question,
            known.user_id or "",
            f"{event.channel}:{event.tenant}:{event.conversation}",
            event.channel,
            choice=choice,
            is_patient=True,
            stop_key=event.conversation,
        )
        await self.service.open(asked, answer_id=answer_id, thread=event.conversation)
        kept = await asyncio.to_thread(self.service.own, answer_id, asked.asker)
        if kept is not None and kept.answer is not None:
            return Reply(answer_id, kept.answer, known.user_id)
        answer = await self.service.ask_and_keep(answer_id, asked)
        return Reply(answer_id, answer, known.user_id)

    async def go_on(self, event: InboundEvent, person: Person, kind: str, at: int) -> Reply:
        """Answer a button with the rights of whoever clicked it.

        Args:
            event: The click; its text is the id of the answer that carried the button.
            person: Who clicked.
            kind: `followup` or `choice`.
            at: Which one of them.
        """
        sent = await asyncio.to_thread(self.answer, event.text)
        found = sent.clarify.choices if sent and kind == "choice" else ()
        choice = found[at] if at < len(found) else None
        question = choice.label if choice else _followup(sent, kind, at)
        if not question:
            lang = self.lang(sent.question if sent else "")
            answer = notice("", lang, say(lang, "gone"), code="GONE", status="refused")
            return Reply(id_of(event), answer)
        return await self.ask(event, person, question, choice)

    def answer(self, answer_id: str) -> Answer | None:
        """Return an answer that was sent, whoever asked; None when it is not kept."""
        kept = self.answers.find(answer_id)
        return kept.answer if kept is not None else None

    async def draw(self, answer: Answer, form: str) -> Image:
        """Return an answer as a file, drawn beside the server; see `Painter.draw`."""
        return await self.service.painter.draw(answer, form)

    async def drawn(self, answer_id: str, form: str) -> Image | None:
        """Return an answer that was sent as a file; None when it is no longer kept."""
        answer = await asyncio.to_thread(self.answer, answer_id)
        return await self.draw(answer, form) if answer is not None else None

    def seen_by(self, answer_id: str, known: Known | None) -> bool:
        """Whether an answer may be shown to a user: it was computed with rights like theirs."""
        kept = self.answers.find(answer_id)
        if known is None or kept is None:
            return False
        return kept.rights == self.service.rights(known.user_id or "")

    def rate(self, answer_id: str, who: str, sign: str, comment: str = "") -> None:
        """Keep what a person of a channel thought of an answer; no sign takes it back.

        Args:
            answer_id: Which answer.
            who: Channel and id there, such as `slack:U1`.
            sign: up, down, or anything else for neither.
            comment: In their own words.
        """
        if sign in set(Verdict):
            self.service.rate(answer_id, who, Verdict(sign), comment=comment)
        else:
            self.service.feedback.take_back(answer_id, who)

    async def stop(self, conversation: str) -> int:
        """Stop what is being computed for a conversation; see `Stops.stop`."""
        return await self.service.stops.stop(conversation)


def _followup(sent: Answer | None, kind: str, at: int) -> str:
    texts = sent.followups if sent and kind == "followup" else ()
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
