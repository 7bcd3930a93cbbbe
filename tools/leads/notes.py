"""What follow-up notes say: clauses by subject, word for word. Instructions are not obeyed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.lead_roles import Signal
from tools.leads.facts import Clause

# In order: the first subject whose word occurs takes the clause.
_WORDS: Mapping[Signal, tuple[str, ...]] = {
    "promise": ("约定", "答应", "承诺", "安排", "周内", "下周", "再约", "发报价", "promise", "agreed to", "will send", "follow up on"),
    "competitor": ("竞品", "竞争对手", "比价", "同时在看", "自研", "之前用过", "competitor", "compare with", "also looking at", "in-house"),
    "budget": ("预算", "立项", "分期", "budget", "funding"),
    "objection": ("太贵", "价格高", "担心", "顾虑", "不满意", "too expensive", "concern", "worried"),
    "need": ("想", "希望", "需要", "要做", "要求", "关心", "排产", "need", "wants", "looking for", "interested in"),
}  # fmt: skip
_NONE = ("没有提到竞品", "无竞品", "no competitor")
_ORDERS = re.compile(
    r"忽略.{0,12}(指令|权限|限制)|系统提示|你现在是|AI助手|导出给我|评分改为|删除其他"
    r"|ignore .{0,30}instructions|system prompt|you are now|</?\w+>|drop\s+table",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[；;。！!\n]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note as read."""

    id: str
    text: str
    said_on: date
    author: str | None
    method: str | None


def clauses(
    notes: Sequence[NoteRow], extra: Mapping[Signal, tuple[str, ...]]
) -> tuple[tuple[Clause, ...], int]:
    """Return the clauses of notes by subject, newest note first, and how many were ignored.

    A clause that looks like an instruction to a machine is left out and counted; so is the
    rest of its note, for what follows an instruction may belong to it.
    """
    found: list[Clause] = []
    ignored = 0
    for note in notes:
        for text in filter(None, (part.strip() for part in _BREAK.split(note.text))):
            if _ORDERS.search(text):
                ignored += 1
                break
            kind = _subject(text, extra)
            if kind is not None and len(text) <= _LONGEST:
                source = (f"note:{note.id}",)
                found.append(
                    Clause(
                        kind=kind,
                        text=text,
                        said_on=note.said_on,
                        author=note.author,
                        sources=source,
                    )
                )
    return tuple(found), ignored


def _subject(text: str, extra: Mapping[Signal, tuple[str, ...]]) -> Signal | None:
    lowered = text.lower()
    if any(word in lowered for word in _NONE):
        return None
    for kind, words in extra.items():
        if any(word.lower() in lowered for word in words):
            return kind
    for kind, words in _WORDS.items():
        if any(word in lowered for word in words):
            return kind
    return None
