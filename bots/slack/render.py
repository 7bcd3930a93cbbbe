"""An answer as Slack messages: pure, total, inside every limit, and honest about what is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assistant.answer import Answer, Chart, Table
from bots.render.measure import cut, one_line, utf16
from bots.render.told import basis, body, choices, headline, shown_tables, warnings, word
from bots.slack import blocks as b
from bots.slack import limits
from bots.slack.blocks import Block
from bots.slack.charts import Drawn, draw
from bots.slack.tables import Form, lay
from semantic_layer.tracing import traced

_HEADLINE = 1_500
_BODY = 2_000
_WARNINGS = 900
_BASIS = 1_900
_CUTS = 600
_CHOICES = 20
_FEEDBACK = frozenset({"answered", "empty", "refused", "clarify"})


@dataclass(frozen=True)
class Caps:
    """What a workspace can show.

    Attributes:
        charts: It draws `data_visualization`.
        tables: Which table block it takes.
        feedback: It takes `context_actions`.
    """

    charts: bool = True
    tables: Form = "data_table"
    feedback: bool = True


CLASSIC = Caps(charts=False, tables="text", feedback=False)
"""Blocks that every workspace has known for years: what `invalid_blocks` falls back to."""


@dataclass(frozen=True)
class Context:
    """What a message needs beside the answer.

    Attributes:
        answer_id: Opaque id under which the server finds the answer again.
        asker: Slack user whom follow-up buttons are shown to; "" is everybody.
        web_url: Page of this answer, or "".
    """

    answer_id: str
    asker: str = ""
    web_url: str = ""


@dataclass(frozen=True)
class Message:
    """One message, ready to send.

    Attributes:
        key: Idempotency key; the same answer gives the same keys.
        text: Notification and screen-reader text: complete without the blocks.
        blocks: The body.
        picture: Alt text of the chart to be sent as a PNG beside it, or "".
        cuts: What was shortened or left out; said in the blocks too.
    """

    key: str
    text: str
    blocks: tuple[Block, ...] = ()
    picture: str = ""
    cuts: tuple[str, ...] = ()


@dataclass
class _Draft:
    """A message while it is filled, from what must be in it to what may be."""

    lang: str
    head: list[Block] = field(default_factory=list)
    foot: list[Block] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Characters left, with those of notes and cuts kept free."""
        return limits.MESSAGE_CHARS - 2 * _CUTS - b.weight(self.head) - b.weight(self.foot)

    def shorten(self, text: str, limit: int, name: str) -> str:
        """Cut a text, and note that."""
        short = cut(text, limit)
        if short != text:
            self.cuts.append(word(self.lang, name))
        return short


@traced("render")
def render(answer: Answer, context: Context, caps: Caps | None = None) -> Message:
    """Return an answer as one message.

    Order of reading: headline, explanation, chart, table, warnings, basis, buttons, feedback.
    Order of giving up: rows, second chart, first chart (then a picture), never headline or basis.
    """
    caps = caps or Caps()
    draft = _Draft(answer.lang)
    draft.head.append(b.headline(draft.shorten(headline(answer), _HEADLINE, "headline")))
    text = body(answer)
    if text:
        draft.head.append(b.section(draft.shorten(text, _BODY, "text")))
    _finish(draft, answer, context, caps)
    picture = _add_charts(draft, answer, caps)
    _add_table(draft, answer, caps)
    cuts = tuple(dict.fromkeys(draft.cuts))
    notes = cut(word(answer.lang, "sep").join(dict.fromkeys(draft.notes)), _CUTS // 2)
    said = [t for t in (notes, _said(cuts, answer.lang)) if t]
    every = (*draft.head, *([b.context(*said)] if said else []), *draft.foot)
    return Message(f"{context.answer_id}:0", notification(answer), every, picture, cuts)


def notification(answer: Answer) -> str:
    """Return the text that notifications and screen readers use; it carries the whole point."""
    parts = [headline(answer), body(answer), warnings(answer)]
    parts += [f"{i}. {c}" for i, c in enumerate(choices(answer), start=1)]
    foot = _escaped(basis(answer, _BASIS // 2)[0], _BASIS)
    top = "\n".join(p for p in parts if p)
    return f"{_escaped(top, limits.TEXT - utf16(foot) - 1)}\n{foot}".strip()


def _escaped(text: str, room: int) -> str:
    """Escape a text so that the result still fits: an escape may be five characters."""
    short = b.escape(cut(text, room))
    return short if utf16(short) <= room else b.escape(cut(text, room // 5))


def _said(cuts: tuple[str, ...], lang: str) -> str:
    text = word(lang, "sep").join(cuts)
    return cut(word(lang, "cut") + text, _CUTS) if text else ""


# --- the parts that are always there --------------------------------------------------------


def _finish(draft: _Draft, answer: Answer, context: Context, caps: Caps) -> None:
    told = draft.shorten(warnings(answer), _WARNINGS, "warnings")
    receipt, is_short = basis(answer, _BASIS)
    if is_short:
        draft.cuts.append(word(answer.lang, "basis"))
    if told or receipt:
        draft.foot.append(b.context(told, receipt))
    buttons = [*_choices(draft, answer, context), *_next(answer, context)]
    if buttons:
        draft.foot.append(b.actions(buttons))
    tools = list(_tools(answer, context))
    if tools:
        draft.foot.append(b.actions(tools))
    if caps.feedback and answer.status in _FEEDBACK:
        names = ("useful", "useless", "good_label", "bad_label")
        draft.foot.append(b.feedback(context.answer_id, {n: word(answer.lang, n) for n in names}))


def _choices(draft: _Draft, answer: Answer, context: Context) -> Iterator[Block]:
    found = list(choices(answer))
    if len(found) > _CHOICES:
        draft.cuts.append(word(draft.lang, "choices", _CHOICES, len(found)))
    for i, label in enumerate(found[:_CHOICES]):
        yield b.button(label, f"askmql.choice.{i}", f"{context.answer_id}:{i}")


def _next(answer: Answer, context: Context) -> Iterator[Block]:
    only = {"visible_to_user_ids": [context.asker]} if context.asker else {}
    for i, text in enumerate(answer.followups[:3]):
        if one_line(text):
            yield b.button(text, f"askmql.followup.{i}", f"{context.answer_id}:{i}", **only)


def _tools(answer: Answer, context: Context) -> Iterator[Block]:
    if answer.basis.sql:
        yield b.button(word(answer.lang, "sql"), "askmql.sql", context.answer_id)
    if answer.tables and answer.status == "answered":
        yield b.button(word(answer.lang, "export"), "askmql.export", context.answer_id)
    if context.web_url and len(context.web_url) <= limits.BUTTON_URL:
        label = word(answer.lang, "web")
        yield b.button(label, "askmql.web", context.answer_id, url=context.web_url)


# --- what fits ------------------------------------------------------------------------------


def _pairs(answer: Answer) -> list[tuple[Chart, Table]]:
    tables = {t.name: t for t in answer.tables}
    wanted = answer.charts if answer.status == "answered" else ()
    return [(c, tables[c.table]) for c in wanted if c.table in tables]


def _add_charts(draft: _Draft, answer: Answer, caps: Caps) -> str:
    """Add the charts that fit; return the alt text of the one to be sent as a picture."""
    pairs = _pairs(answer)
    picture = ""
    for i, (chart, table) in enumerate(pairs[: limits.MESSAGE_CHARTS]):
        drawn = draw(chart, table, answer) if caps.charts else Drawn(None)
        if drawn.block is not None and b.weight(drawn.block) <= draft.room // 2:
            draft.head.append(drawn.block)
            draft.cuts += drawn.cuts
            draft.notes += drawn.notes
        elif i == 0:
            picture = alt_text(chart, answer)
            draft.cuts.append(word(answer.lang, "image"))
        else:
            draft.cuts.append(word(answer.lang, "charts", 1))
    if len(pairs) > limits.MESSAGE_CHARTS:
        draft.cuts.append(word(answer.lang, "charts", len(pairs) - limits.MESSAGE_CHARTS))
    return picture


def alt_text(chart: Chart, answer: Answer) -> str:
    """Return what a chart shows, for those who do not see it; never empty."""
    text = one_line(chart.alt) or one_line(chart.title) or headline(answer)
    return cut(text, limits.ALT_TEXT)


def _add_table(draft: _Draft, answer: Answer, caps: Caps) -> None:
    tables = shown_tables(answer)
    if not tables:
        return
    laid = lay(tables[0], answer, caps.tables, draft.room)
    if laid.block is not None:
        draft.head.append(laid.block)
    draft.cuts += laid.cuts
    if len(tables) > 1:
        draft.cuts.append(word(answer.lang, "tables", len(tables) - 1))


def without_picture(message: Message, lang: str) -> Message:
    """Return a message whose picture could not be made, and says so."""
    note = word(lang, "no_chart")
    cuts = (*(c for c in message.cuts if c != word(lang, "image")), note)
    return replace(message, picture="", blocks=(*message.blocks, b.context(note)), cuts=cuts)
