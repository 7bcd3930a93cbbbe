"""Leads in words: a summary in sentences, a call list with reasons, scores and their spread."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.answer import Cell, Table
from assistant.leads.sentences import sentences
from assistant.tell.told import Names, Told, key_column, value_column
from tools.leads.facts import LeadSummary
from tools.leads.judge import JudgementKept
from tools.leads.listed import ScoredLead
from tools.leads.rank import RankedLeads
from tools.leads.score import ScoredLeads

_REASONS = 3
_OF_SCORE = ("who", "score", "note")
_IN_SHORT = ("who", "need", "risk", "next")
_NAMED = 3
_WORDS = {
    "zh": {
        "rank": "先跟进：{first}。{of}的{level}线索共 {total} 条，列出前 {shown} 条。",
        "of_days": "近 {days} 天", "of_time": "{start} 至 {last} 创建",
        "by_rules": "按评分规则排序，近期活跃和尚未联系的加分",
        "by_model": "按模型的成交可能性排序（版本 {version}，样本外 AUC {auc}），近期活跃和尚未联系的加分",
        "denied": "；有训练好的模型，但您的权限看不到它用的字段", "no_library": "；有训练好的模型，但没有安装 ml 扩展",
        "other_columns": "；有训练好的模型，但它用的字段与现在的定义不同", "changed": "；有训练好的模型，但它的文件已被改动",
        "worse": "；训练好的模型在同样的数据上不如规则，没有使用",
        "left_out": "不含已关闭的线索和已有商机的线索", "chance": "可能性",
        "scores": "共 {total} 条线索，最高：{first}。", "none": "范围内没有需要跟进的线索。", "list": "、",
        "lead": "线索", "name": "姓名", "company": "公司", "owner": "负责人", "created": "创建日期",
        "score": "评分", "priority": "紧迫度", "level": "等级", "reasons": "理由", "pair": "{name}（{score} 分）",
        "kept": "已记录 {author} 对线索 {lead} 的评价。", "levels": "等级分布：{items}。",
    },
    "en": {
        "rank": "Call first: {first}. {total} {level} leads {of}, the first {shown} listed.",
        "of_days": "of the last {days} days", "of_time": "created {start} to {last}",
        "by_rules": "in the order of the scoring rules; recent activity and no call yet count extra",
        "by_model": "in the order of the model's probability (version {version}, AUC {auc} out of sample); recent activity and no call yet count extra",
        "denied": "; there is a trained model, but your rights hide what it reads",
        "no_library": "; there is a trained model, but the ml extra is not installed",
        "other_columns": "; there is a trained model, but it reads other columns than are defined now",
        "changed": "; there is a trained model, but its file was changed",
        "worse": "; the trained model did worse than the rules on the same rows and is not used",
        "left_out": "without closed leads and without those that have an opportunity", "chance": "Probability",
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
        if result.about == "all" or sentence.part in _OF_SCORE:
            parts.setdefault(sentence.part, []).append(sentence.text)
    if result.about == "score":
        parts = {"who": parts["who"][:1]} | {p: t for p, t in parts.items() if p != "who"}
    space = "" if lang == "zh" else " "
    lines = [space.join(texts) for texts in parts.values()]
    facts = said if result.about == "all" else ()
    return Told(headline=lines[0], text="\n".join(lines[1:]), facts=facts)


def tell_ranked(result: RankedLeads, lang: str, names: Names) -> Told:
    """Return who to call first, with the reasons, and the first of them in a few words."""
    w = _WORDS["zh" if lang == "zh" else "en"]
    if not result.rows:
        return Told(headline=w["none"], is_empty=True, assumptions=_basis_of(result, lang))
    of = (
        w["of_days"].format(days=result.days)
        if result.time is None
        else w["of_time"].format(start=result.time.start or "", last=_last_day(result.time.end))
    )
    level = next((r.score.level.get(lang) for r in result.rows if r.score.level), "")
    head = (
        w["rank"]
        .format(
            first=_first(result.rows, lang),
            of=of,
            total=f"{result.total:,}",
            shown=len(result.rows),
            level=level if result.level else "",
        )
        .replace("  ", " ")
    )
    return Told(
        headline=head,
        text="\n".join(_in_short(b, lang, names) for b in result.briefs),
        tables=(_table(result.rows, result.total, lang),),
        assumptions=_basis_of(result, lang),
    )


def _last_day(end: date | None) -> str:
    return (end - timedelta(days=1)).isoformat() if end else ""


def _basis_of(result: RankedLeads, lang: str) -> tuple[str, ...]:
    """Say by what the list is ordered, and which leads are left out of it."""
    w = _WORDS["zh" if lang == "zh" else "en"]
    way = w["by_rules"]
    if result.model:
        way = w["by_model"].format(version=result.model, auc=f"{result.model_auc or 0:.2f}")
    elif result.unused is not None:
        way = f"{way}{w[result.unused]}"
    return (way, w["left_out"])


def _in_short(brief: LeadSummary, lang: str, names: Names) -> str:
    """Return one lead in a line: who, what they want, what is at risk, what to do."""
    if names.definitions is None:
        message = "a lead summary needs the definitions"
        raise ValueError(message)
    said = sentences(brief, names.definitions, lang, names.currency)
    firsts = {part: next((s.text for s in said if s.part == part), "") for part in _IN_SHORT}
    space = "" if lang == "zh" else " "
    return f"{brief.who.lead} " + space.join(t for t in firsts.values() if t)


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
    has_chance = any(r.chance is not None for r in rows)
    columns = (
        *(key_column(n, w[n]) for n in ("lead", "name", "company", "owner", "created")),
        value_column("score", w["score"]),
        *((value_column("chance", w["chance"], "%"),) if has_chance else ()),
        value_column("priority", w["priority"]),
        key_column("level", w["level"]),
        key_column("reasons", w["reasons"]),
    )
    return Table(
        name="result",
        columns=columns,
        rows=tuple(_row(r, lang, has_chance=has_chance) for r in rows),
        total_rows=total,
    )


def _row(row: ScoredLead, lang: str, *, has_chance: bool) -> tuple[Cell, ...]:
    w = _WORDS["zh" if lang == "zh" else "en"]
    reasons = [r.label.get(lang) for r in row.score.reasons[:_REASONS]]
    level = row.score.level.get(lang) if row.score.level else None
    return (
        row.lead, row.name, row.company, row.owner, row.created_on.isoformat(),
        row.score.score, *((row.chance,) if has_chance else ()), row.priority, level, w["list"].join(reasons),
    )  # fmt: skip
