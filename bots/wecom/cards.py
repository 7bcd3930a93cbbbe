"""Template cards: the KPI card, and buttons for readings and follow-up questions."""

from __future__ import annotations

import re
from os.path import commonprefix
from typing import Any

from assistant.answer import Answer
from assistant.cells import cell_text
from bots.messaging.desk import say
from bots.render.measure import cut, one_line
from bots.render.told import choices, headline, word
from bots.wecom import limits

Card = dict[str, Any]
_COMMON = 6
_TASK = re.compile(r"[^0-9A-Za-z_\-@]")
_BEGUN = re.compile(r"[0-9A-Za-z]+$")  # a word or number that goes on differently


def task_id(answer_id: str) -> str:
    """Return an id that WeCom accepts, unique where `answer_id` is."""
    return _TASK.sub("-", answer_id)[: limits.TASK_ID] or "-"


def clip(text: str, limit: int) -> str:
    """Return one line of at most `limit` characters; WeCom counts them, not bytes."""
    return cut(one_line(text), limit)


def options(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Return the kind and text of every button: readings first, else follow-up questions."""
    asked = tuple(("choice", c) for c in choices(answer))
    return asked or tuple(("followup", t) for t in map(one_line, answer.followups[:3]) if t)


def button_card(answer: Answer, answer_id: str, *, marked: str = "") -> Card | None:
    """Return a card with a button for each option; None when there is none.

    Args:
        answer: What the buttons go on from.
        answer_id: Opaque id; a button holds no more than it and a number.
        marked: Text put in place of the description, for a card that was clicked.
    """
    found = options(answer)[: limits.CARD_BUTTONS]
    if not found:
        return None
    common, tails = _parted([text for _, text in found])
    buttons = [
        {
            "text": clip(tails[i], limits.CARD_BUTTON_CHARS),
            "style": 1 if i == 0 else 2,
            "key": f"{kind}:{answer_id}:{i}",
        }
        for i, (kind, _) in enumerate(found)
    ]
    # A button shows ten characters: the card's list has room for more.
    rows = [
        {"keyname": str(i), "value": clip(text, limits.CARD_VALUE_CHARS)}
        for i, text in enumerate(tails, start=1)
    ]
    desc = marked or (answer.clarify.question if answer.status == "clarify" else common)
    title = {"title": clip(_card_title(answer), limits.CARD_TITLE_CHARS)}
    if desc:
        title["desc"] = clip(desc, limits.CARD_DESC_CHARS)
    return {
        "card_type": "button_interaction",
        "main_title": title,
        "horizontal_content_list": rows,
        "button_list": buttons,
        "task_id": task_id(answer_id),
    }


def clicked_card(sent: Answer | None, answer_id: str) -> Card | None:
    """Return the card of an answer as it looks after a click; the buttons stay usable."""
    if sent is None:
        return None
    return button_card(sent, answer_id, marked=say(sent.lang, "working"))


def _parted(texts: list[str]) -> tuple[str, list[str]]:
    """Return what all texts begin with, and how each goes on.

    Follow-up questions repeat the period and the metric: cut at ten characters they would all
    look the same.
    """
    common = commonprefix(texts) if len(texts) > 1 else ""  # noqa: RUF071 - texts, not paths
    common = _BEGUN.sub("", common)
    if len(common) < _COMMON or common in texts:
        return "", texts
    return common, [f"…{t[len(common) :]}" for t in texts]


def _card_title(answer: Answer) -> str:
    if answer.status == "clarify":
        return headline(answer)
    return word(answer.lang, "more")


def kpi_card(answer: Answer, answer_id: str, url: str) -> Card | None:
    """Return a text_notice card with the first number in large; None without number or page.

    It stands in for a table where a surface has none: six rows at most.
    """
    table = answer.tables[0] if answer.tables else None
    if not url or answer.status != "answered" or table is None or not table.rows:
        return None
    values = [i for i, c in enumerate(table.columns) if c.type == "number"]
    if not values:
        return None
    first = table.columns[values[0]]
    card: Card = {
        "card_type": "text_notice",
        "main_title": {"title": clip(headline(answer), limits.CARD_TITLE_CHARS)},
        "card_action": {"type": 1, "url": url},
        "task_id": task_id(f"kpi-{answer_id}"),
    }
    if len(table.rows) == 1:
        big = cell_text(table.rows[0][values[0]], first, answer)
        if len(big) <= limits.CARD_EMPHASIS_CHARS:
            desc = clip(first.label, limits.CARD_EMPHASIS_DESC_CHARS)
            card["emphasis_content"] = {"title": big, "desc": desc}
        return card
    card["horizontal_content_list"] = [
        {
            "keyname": clip(
                cell_text(row[0], table.columns[0], answer) or "—", limits.CARD_KEY_CHARS
            ),
            "value": clip(cell_text(row[values[0]], first, answer), limits.CARD_VALUE_CHARS),
        }
        for row in table.rows[: limits.CARD_ROWS]
    ]
    return card
