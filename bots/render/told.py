"""Fixed words of the messaging renderers, and what each status says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.answer import Answer, Table
from bots.render.measure import Measure, clean, columns, cut, one_line, utf16
from bots.render.terminal import receipt_parts

_WORDS = {
    "zh": {
        "rows": "表格仅显示前 {} / 共 {} 行", "columns": "表格仅显示前 {} / 共 {} 列",
        "cells": "过长的单元格已截短", "tables": "另有 {} 张表没有显示，可导出查看",
        "headline": "标题过长，已截短", "text": "说明过长，已截短", "basis": "依据过长，已截短",
        "warnings": "提示过长，已截短", "charts": "另有 {} 张图没有画出", "image": "图以图片发出",
        "no_chart": "图没有画出，请看表格", "labels": "图中过长的名称已截短",
        "folded": "图中较小的 {} 项合为「{}」", "gaps": "没有数据、未画出：{}", "partial": "图中不完整的时期：{}", "other": "其他",
        "choices": "只列出前 {} / 共 {} 种理解", "split": "回答分 {} 条发送",
        "useful": "有用", "useless": "没用", "sql": "查看SQL", "export": "导出表格", "web": "网页打开",
        "cut": "截短：", "empty": "没有符合条件的数据", "sep": "；", "stop": "停止", "part": "（{}/{}）",
        "good_label": "这个回答有用", "bad_label": "这个回答没用，请说明原因", "untitled": "回答",
        "table": "表格", "chart": "图表", "kept": "余下的内容请在网页或导出文件中查看", "more": "可以继续问",
    },
    "en": {
        "rows": "the table shows the first {} of {} rows", "columns": "the table shows the first {} of {} columns",
        "cells": "long cells are shortened", "tables": "{} more tables are not shown; export has them",
        "headline": "the headline was shortened", "text": "the text was shortened", "basis": "the basis was shortened",
        "warnings": "the warnings were shortened", "charts": "{} more charts are not drawn", "image": "the chart is sent as a picture",
        "no_chart": "the chart is not drawn; see the table", "labels": "long names in the chart are shortened",
        "folded": "{} smaller items of the chart are folded into “{}”", "gaps": "no data, not drawn: {}", "partial": "incomplete periods of the chart: {}", "other": "Other",
        "choices": "the first {} of {} readings are listed", "split": "the answer is sent in {} parts",
        "useful": "Useful", "useless": "Not useful", "sql": "Show SQL", "export": "Export table", "web": "Open in browser",
        "cut": "Shortened: ", "empty": "No data matches", "sep": "; ", "stop": "Stop", "part": " ({}/{})",
        "good_label": "This answer was useful", "bad_label": "This answer was not useful; say why", "untitled": "Answer",
        "table": "Table", "chart": "Chart", "kept": "see the rest on the web page or in the exported file", "more": "Go on with",
    },
}  # fmt: skip
_LONG = 60
_SENTENCE = re.compile(r"[。！？](?=.)|[.!?](?= \S)")
_SIGNS = {"clarify": "❓ ", "refused": "", "denied": "🔒 ", "error": "⚠️ ", "empty": "∅ "}


def word(lang: str, name: str, *values: object) -> str:
    """Return a fixed word, or a template filled with `values`."""
    return _WORDS[lang][name].format(*values)


def headline(answer: Answer) -> str:
    """Return the first line of a message; never empty, the status is told by sign and words.

    Of a long one, such as that of a lead's summary, this is the first sentence.
    """
    text, _ = parted(answer)
    if not text:
        text = word(answer.lang, "empty" if answer.status == "empty" else "untitled")
    return _SIGNS.get(answer.status, "") + text


def parted(answer: Answer) -> tuple[str, str]:
    """Return the first sentence of a long headline, such as a lead's summary has, and its rest."""
    text = one_line(answer.headline) or one_line(answer.error.message)
    end = _SENTENCE.search(text)
    if columns(text) <= _LONG or end is None:
        return text, ""
    return text[: end.end()], text[end.end() :].strip()


def body(answer: Answer) -> str:
    """Return the text below the headline, with the way out of an error."""
    text = "\n".join(t for t in (parted(answer)[1], clean(answer.text).strip()) if t)
    hint = clean(answer.error.hint).strip()
    hint = hint if hint not in text else ""
    known = f"{text}\n{hint}"
    near = ", ".join(c for c in map(one_line, answer.error.candidates) if c not in known)
    parts = [text, hint, near]
    return "\n".join(p for p in parts if p)


def warnings(answer: Answer) -> str:
    """Return the warnings, one on each line."""
    return "\n".join(f"⚠ {one_line(w)}" for w in answer.warnings if one_line(w))


def basis(answer: Answer, limit: int, measure: Measure = utf16) -> tuple[str, bool]:
    """Return the receipt within `limit`, and whether it was shortened.

    Its second half (data as-of, time zone, view, definitions) stays; definitions and filters
    above it give way.
    """
    top, last = map(one_line, receipt_parts(answer))
    tail = cut(last, limit // 2, measure)
    head = cut(top, max(limit - measure(tail) - 1, 0), measure)
    return "\n".join(t for t in (head, tail) if t), (head, tail) != (top, last)


def shown_tables(answer: Answer) -> tuple[Table, ...]:
    """Return the tables worth showing: a lone value already stands in the headline."""
    if answer.status != "answered":
        return ()
    return tuple(t for t in answer.tables if t.rows and t.columns and not _lone(t))


def _lone(table: Table) -> bool:
    return len(table.rows) == 1 and len(table.columns) == 1 and table.columns[0].kind == "value"


def choices(answer: Answer) -> Iterator[str]:
    """Yield the readings of an ambiguous question, each with its value."""
    for choice in answer.clarify.choices:
        yield one_line(f"{choice.label} {choice.value}") or word(answer.lang, "untitled")
