"""Remarks of funnels and journeys in Chinese, by their code; English is the tools' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.notes import Note

_ZH = {
    "EVENT_VIEW": "事件口径：各阶段各数当期进入的数量，转化率的分子分母不是同一批，可能超过 100%。",
    "COHORT_VIEW": "人群口径：当期进入「{stage}」的一批，跟踪到 {until}；后面的阶段要先经过前面每一个阶段才计入。",
    "ALL_TIME": "没有指明时间，使用全部数据。",
    "FILTERS_ON_FIRST": "筛选条件作用于进入「{stage}」的一批。",
    "SAME_MATURITY": "以前的各期（自 {start} 起）只跟踪同样长的时间（最近一期到 {until}），保证可比。",
    "HISTORY": "瓶颈与之前 {count} 个同样长的时间段相比。",
    "WITHIN": "只计首个阶段之后 {days} 天以内到达的。",
    "IMMATURE": "{stage}：{entered} 个中还有 {waiting} 个在进行且时间尚短，转化率可能还会上升。",
    "STALLED_RULE": "停滞：仍未结束，且停留时间超过已转化者的九成（或所设天数）。",
    "LINKS": "阶段之间的关联：{links}。",
    "LOOSE_LINK": "按 {keys} 关联可能把不相干的记录连在一起。",
    "VOID_EXCLUDED": "已作废的不计入：{stages}。",
    "AMOUNT_HIDDEN": "您无权查看这些阶段的金额：{stages}。",
    "UNLINKED": "自期初以来有 {count} 条「{stage}」没有关联到上一阶段，不计入。",
    "OUT_OF_ORDER": "数据问题：{count} 条「{stage}」的日期早于上一阶段，不计入。",
    "STAGE_SKIPPED": "{count} 条没有依次经过前面的阶段就到了「{stage}」，在那里不计入。",
    "MIX_EXPLAINS": "{stage} → {next}：整体转化率从 {before:.1%} 降到 {now:.1%}，是因为各组占比变了（{mix:+.1%}），不是各组自身变差（{rate:+.1%}，其中 {worse} 组下降）。",
    "NOT_SPLIT": "没有按维度拆分：各组占比的变化也会影响整体转化率。",
    "GROUPS_CUT": "共 {total} 组，只显示最大的 {shown} 组；合计包含全部。",
    "ITEMS_OVERLAP": "后面阶段的部分记录属于多个组，金额和条数不能相加。",
    "MATCHED_BY_PART": "「{part}」按「{name}」理解。",
    "NO_EVENTS": "这个范围内没有您能看到的记录。",
    "EVENTS_CUT": "共 {total} 个事件，显示最近 {shown} 个；汇总包含全部。",
    "TOUCHES_CUT": "只读取最近 {most} 个触点。",
    "NO_TOUCHPOINTS": "这家公司没有声明触点，只有阶段。",
    "TOUCHES_OF_ACCOUNT": "触点是整个客户的。",
    "MARKETING_ONLY": "不含销售触点，阶段仍全部显示。",
    "STAGES_NOT_SHOWN": "未显示（无法对应到这个对象，或您无权查看）：{stages}。",
}  # fmt: skip
_VOID = "已作废的不计入。"


def remark(item: Note, lang: str, labels: Mapping[str, str]) -> str:
    """Return a note in the reader's language.

    Args:
        item: The tool's note.
        lang: zh or en.
        labels: English name of a stage -> what the reader's language calls it.
    """
    template = _ZH.get(item.code)
    if lang != "zh" or template is None:
        return item.text
    if item.code == "VOID_EXCLUDED" and "stages" not in item.params:
        return _VOID
    params = {k: _named(v, labels) if isinstance(v, str) else v for k, v in item.params.items()}
    return template.format(**params)


def _named(text: str, labels: Mapping[str, str]) -> str:
    for english, label in sorted(labels.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(english, label)
    for by, said in (
        (" -> ", " → "),
        (" by lead", "（按线索）"),
        (" by deal", "（按商机）"),
        (" by person", "（按联系人）"),
        (" by account", "（按客户）"),
    ):
        text = text.replace(by, said)
    return text


def split(
    notes: Sequence[Note], warned: frozenset[str], lang: str, labels: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (assumptions, warnings) in the reader's language."""
    said = [(n.code in warned, remark(n, lang, labels)) for n in notes]
    return tuple(t for w, t in said if not w), tuple(t for w, t in said if w)
