"""App Home, modals and suggested prompts: pure functions to Slack's views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from assistant.answer import Answer
from bots.render.measure import clean, cut, one_line
from bots.slack import limits
from bots.slack.blocks import Block, context, plain, preformatted, section

View = dict[str, Any]
_SQL = 10_000
_WORDS: Final = {
    "zh": {
        "hello": "用中文或英文问我营销到回款的数据，每个数字都有口径、时间和来源。",
        "who": "您的查看范围：{}", "metrics": "常用指标", "recent": "最近问过", "try": "常看的问题",
        "nobody": "我还不知道您是谁，所以不能查询数据。", "sql": "查看SQL", "close": "关闭", "cut": "过长，已截短",
        "why": "哪里不对？", "send": "提交", "reason": "请说明原因", "private": "这个回答是按别人的权限算的，请自己问一次。",
    },
    "en": {
        "hello": "Ask about marketing-to-revenue data in Chinese or English; every number has its definition, period and source.",
        "who": "Your view: {}", "metrics": "Metrics", "recent": "Asked lately", "try": "Saved questions",
        "nobody": "I do not know who you are yet, so I cannot read any data for you.", "sql": "SQL", "close": "Close", "cut": "shortened",
        "why": "What is wrong?", "send": "Send", "reason": "Say why", "private": "This answer was computed with another person's rights; please ask yourself.",
    },
}  # fmt: skip


def prompts(questions: Sequence[str]) -> list[dict[str, str]]:
    """Return suggested prompts of at most four questions."""
    kept = [one_line(q) for q in questions if one_line(q)][: limits.PROMPTS]
    return [{"title": cut(q, limits.BUTTON), "message": q} for q in kept]


def home(
    lang: str,
    scope: str,
    metrics: Sequence[tuple[str, str]],
    recent: Sequence[str],
    examples: Sequence[str],
) -> View:
    """Return the App Home of a known person.

    Args:
        lang: zh or en.
        scope: What they may see, in words.
        metrics: Label and meaning of metrics they may ask for.
        recent: What they asked lately.
        examples: The saved questions of the person's role, or questions to begin with.
    """
    words = _WORDS[lang]
    blocks: list[Block] = [_title("askmql"), section(words["hello"])]
    blocks.append(context(words["who"].format(clean(scope))))
    for name, texts in (("recent", recent), ("try", examples)):
        if texts:
            blocks.append(_title(words[name]))
            blocks += [section(f"• {one_line(t)}") for t in texts[:8]]
    if metrics:
        blocks.append(_title(words["metrics"]))
        blocks += [_metric(label, meaning) for label, meaning in metrics[:20]]
    return {"type": "home", "blocks": blocks[: limits.VIEW_BLOCKS]}


def _metric(label: str, meaning: str) -> Block:
    return section(cut(f"{one_line(label)} — {one_line(meaning)}", limits.SECTION))


def _title(text: str) -> Block:
    return {"type": "header", "text": plain(text, limits.HEADER)}


def stranger_home(lang: str, way: str) -> View:
    """Return the App Home of somebody who is not known; it names no metric."""
    return {"type": "home", "blocks": [section(_WORDS[lang]["nobody"]), section(way)]}


def sql_modal(answer: Answer) -> View:
    """Return a modal with the statements that were run."""
    words = _WORDS[answer.lang]
    text = ";\n\n".join(answer.basis.sql)
    short = cut(clean(text), _SQL) or "—"
    blocks = [preformatted(short)]
    if short != text:
        blocks.append(context(words["cut"]))
    return _modal(answer.lang, "sql", blocks)


def refused_modal(lang: str) -> View:
    """Return a modal for a person whose rights differ from those of the answer."""
    return _modal(lang, "sql", [section(_WORDS[lang]["private"])])


def reason_modal(lang: str, answer_id: str) -> View:
    """Return a modal that asks why an answer was not useful."""
    words = _WORDS[lang]
    field = {
        "type": "input",
        "block_id": "reason",
        "optional": True,
        "label": plain(words["reason"], 2_000),
        "element": {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": 1_000,
        },
    }
    return {
        **_modal(lang, "why", [field]),
        "callback_id": "askmql.reason",
        "private_metadata": answer_id,
        "submit": plain(words["send"], limits.VIEW_TITLE),
    }


def _modal(lang: str, title: str, blocks: list[Block]) -> View:
    words = _WORDS[lang]
    return {
        "type": "modal",
        "title": plain(words[title], limits.VIEW_TITLE),
        "close": plain(words["close"], limits.VIEW_TITLE),
        "blocks": blocks,
    }
