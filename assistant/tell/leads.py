"""Leads in words: a summary in sentences, a call list with reasons, scores and their spread."""

from __future__ import annotations

from assistant.answer import Cell, Table
from assistant.leads.sentences import sentences
from assistant.tell.told import Names, Told, key_column, value_column
from tools.leads.facts import LeadSummary
from tools.leads.judge import JudgementKept
from tools.leads.rank import RankedLeads, ScoredLead, ScoredLeads

_REASONS = 3
_NAMED = 3
_WORDS = {
    "zh": {
        "rank": "先跟进：{first}。近 {days} 天的线索共 {total} 条，列出前 {shown} 条。",
        "scores": "共 {total} 条线索，最高：{first}。", "none": "范围内没有需要跟进的线索。", "list": "、",
        "lead": "线索", "name": "姓名", "company": "公司", "owner": "负责人", "created": "创建日期",
        "score": "评分", "priority": "紧迫度", "level": "等级", "reasons": "理由", "pair": "{name}（{score} 分）",
        "kept": "已记录 {author} 对线索 {lead} 的评价。", "levels": "等级分布：{items}。",
    },
    "en": {
        "rank": "Call first: {first}. {total} leads of the last {days} days, the first {shown} listed.",
        "scores": "{total} leads, highest: {first}.", "none": "No lead in view needs a call.",
        "list": ", ", "lead": "Lead", "name": "Name", "company": "Company", "owner": "Owner",
        "created": "Created", "score": "Score", "priority": "Urgency", "level": "Level", "reasons": "Why",
        "pair": "{name} ({score})", "kept": "The view of {author} on lead {lead} is kept.",
        "levels": "By level: {items}.",
    },
}  # fmt: skip


def tell_summary(result: LeadSummary, lang: str, names: Names) -> Told:
    """Return what a salesperson needs before a call; the first sentences are the headline."""
    if names.definitions is None:
        message = "a lead summary needs the definitions"
        raise ValueError(message)
    said = sentences(result, names.definitions, lang, names.currency)
    parts: dict[str, list[str]] = {}
    for sentence in said:
        parts.setdefault(sentence.part, []).append(sentence.text)
    space = "" if lang == "zh" else " "
    lines = [space.join(texts) for texts in parts.values()]
    return Told(headline=lines[0], text="\n".join(lines[1:]))


def tell_ranked(result: RankedLeads, lang: str, names: Names) -> Told:
    """Return who to call first, with the reasons."""
    del names
    w = _WORDS["zh" if lang == "zh" else "en"]
    if not result.rows:
        return Told(headline=w["none"], is_empty=True)
    head = w["rank"].format(
        first=_first(result.rows, lang),
        days=result.days,
        total=result.total,
        shown=len(result.rows),
    )
    return Told(headline=head, tables=(_table(result.rows, result.total, lang),))


def tell_scored(result: ScoredLeads, lang: str, names: Names) -> Told:
    """Return scores, best first, and how many leads are at each level."""
    del names
    w = _WORDS["zh" if lang == "zh" else "en"]
    if not result.rows:
        return Told(headline=w["none"], is_empty=True)
    levels = w["list"].join(f"{x.label.get(lang)} {x.leads:,}" for x in result.levels)
    return Told(
        headline=w["scores"].format(total=f"{result.total:,}", first=_first(result.rows, lang)),
        text=w["levels"].format(items=levels) if levels else "",
        tables=(_table(result.rows, result.total, lang),),
    )


def tell_judged(result: JudgementKept, lang: str, names: Names) -> Told:
    """Say that a person's own view was kept."""
    del names
    w = _WORDS["zh" if lang == "zh" else "en"]
    return Told(w["kept"].format(author=result.judgement.author, lead=result.lead))


def _first(rows: tuple[ScoredLead, ...], lang: str) -> str:
    w = _WORDS["zh" if lang == "zh" else "en"]
    return w["list"].join(
        w["pair"].format(
            name=" · ".join(x for x in (r.name, r.company) if x) or r.lead,
            score=f"{r.score.score:g}",
        )
        for r in rows[:_NAMED]
    )


def _table(rows: tuple[ScoredLead, ...], total: int, lang: str) -> Table:
    w = _WORDS["zh" if lang == "zh" else "en"]
    columns = (
        *(key_column(n, w[n]) for n in ("lead", "name", "company", "owner", "created")),
        value_column("score", w["score"]),
        value_column("priority", w["priority"]),
        key_column("level", w["level"]),
        key_column("reasons", w["reasons"]),
    )
    return Table(
        name="result", columns=columns, rows=tuple(_row(r, lang) for r in rows), total_rows=total
    )


def _row(row: ScoredLead, lang: str) -> tuple[Cell, ...]:
    w = _WORDS["zh" if lang == "zh" else "en"]
    reasons = [r.label.get(lang) for r in row.score.reasons[:_REASONS]]
    level = row.score.level.get(lang) if row.score.level else None
    return (
        row.lead, row.name, row.company, row.owner, row.created_on.isoformat(),
        row.score.score, row.priority, level, w["list"].join(reasons),
    )  # fmt: skip
