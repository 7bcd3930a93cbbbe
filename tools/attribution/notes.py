"""What an attribution must say beside its numbers, in both languages."""

from __future__ import annotations

from semantic_layer.model import Text
from tools.base import Result


class Note(Result):
    """One statement; `params` are the figures in it, for other wordings."""

    code: str
    text: str
    params: dict[str, str]


TEXTS: dict[str, Text] = {
    "ASSUMPTIONS": Text(
        zh="模型：{models}；转化：{conversion}；旅程按{scope}，止于{anchor}，回溯{lookback}天；"
        "口径：{basis}；转化数 {n}，有触点占比 {coverage}。",
        en="Models: {models}. Conversion: {conversion}. Journey by {scope}, up to {anchor}, "
        "{lookback} days back. Basis: {basis}. {n} conversions, coverage {coverage}.",
    ),
    "MODEL": Text(zh="{label}：{meaning}。", en="{label}: {meaning}."),
    "HALF_LIFE": Text(zh="时间衰减的半衰期为 {days} 天。", en="Half-life of time decay: {days} days."),
    "PERIOD": Text(zh="期间：{start} 至 {end}（含）。", en="Period: {start} to {end}, both included."),
    "ALL_TIME": Text(zh="未限定期间，使用全部数据。", en="No period was given: all data."),
    "PARTIAL": Text(
        zh="期间尚未结束，数据截至 {as_of}。", en="The period is not complete: data through {as_of}."
    ),
    "WHOLE_DAYS": Text(
        zh="转化只有日期没有时刻：当天的触点计入，回溯按整天计算。",
        en="Conversions carry a date without a time: touches of that day count, the lookback is in whole days.",
    ),
    "VOID": Text(
        zh="已作废（{field}）的{stage}不计入：{count} 笔。",
        en="Voided {stage} ({field}) count as nothing: {count}.",
    ),
    "JOURNEY_END": Text(
        zh="按{stage}入账，功劳沿用 {field} 时的旅程；退款冲减当初得到功劳的触点。",
        en="Booked by {stage}; credit follows the journey up to {field}, so a refund takes back the credit it was given.",
    ),
    "SMALL": Text(
        zh="数据驱动模型样本偏小：{count} 次转化（建议不少于 {least}）。",
        en="Few conversions for a data-driven model: {count} (at least {least} wanted).",
    ),
    "SMALL_GROUPS": Text(
        zh="以下分组少于 {least} 次转化，数据驱动的结果不稳：{groups}。",
        en="Groups with fewer than {least} conversions, unreliable in data-driven models: {groups}.",
    ),
    "NULL_JOURNEYS": Text(
        zh="马尔可夫链另用 {count} 条未转化旅程；{open} 条在最近 {days} 天仍有触点，可能还会转化，已排除。",
        en="The Markov chain also used {count} journeys without a conversion; {open} with a touch in the last {days} days may still convert and were left out.",
    ),
    "MAY_BE_NEGATIVE": Text(
        zh="转化率博弈的夏普利值可能为负。", en="Shapley values of the conversion-rate game may be negative."
    ),
    "REUSED": Text(
        zh="{count} 个触点计入多次转化（每次转化各自合计为 100%）。",
        en="{count} touches count for several conversions (each conversion still sums to 100 %).",
    ),
    "NO_COST_ROLE": Text(zh="没有声明费用，无法计算ROI。", en="No cost is declared: no ROI."),
    "NO_COST_BY": Text(
        zh="费用不能按{dimension}拆分，无法计算ROI。", en="No cost is known by {dimension}: no ROI."
    ),
    "COST_PART": Text(
        zh="费用只含 {included}；{excluded} 不能按此拆分或筛选，未计入。",
        en="Cost is of {included} only; {excluded} cannot be split or filtered this way.",
    ),
    "COST_DENIED": Text(zh="您无权查看费用，ROI 为空。", en="You may not see the cost: no ROI."),
    "COST_ZERO": Text(
        zh="费用为零或缺失的分组不计算ROI：{count} 个。",
        en="No ROI for groups whose cost is zero or missing: {count}.",
    ),
    "COST_PERIOD": Text(
        zh="ROI＝（期间归因金额−期间费用）/期间费用；ROAS＝归因金额/费用。",
        en="ROI = (attributed in the period - cost of the period) / cost; ROAS = attributed / cost.",
    ),
    "TOUCHES_ONLY": Text(
        zh="只把符合条件的触点算入旅程：{filters}。", en="Only these touches make up journeys: {filters}."
    ),
    "FILTERS": Text(zh="转化筛选：{filters}。", en="Conversions filtered: {filters}."),
    "ALL_TOUCHES": Text(
        zh="含非营销触点（如销售电话）。", en="Touches that are not marketing (such as sales calls) count too."
    ),
    "CUT": Text(zh="其余 {count} 组合并为一行。", en="The other {count} groups are one row."),
    "NO_ANCHOR": Text(
        zh="{count} 次转化缺少{anchor}日期，记为未归因。",
        en="{count} conversions have no date of {anchor}: unattributed.",
    ),
    "MILESTONE_GAPS": Text(
        zh="{count} 次转化缺少{milestone}日期：该角色取消，其余按比例放大。",
        en="{count} conversions have no date of {milestone}: that role is dropped and the rest scaled up.",
    ),
    "ROUNDED": Text(
        zh="金额有不足一分的尾数，已四舍五入到分。", en="Amounts below a cent were rounded to the cent."
    ),
    "COHORT": Text(
        zh="按触点发生期间统计（无论何时转化），因此没有未归因行。",
        en="Credit of touches made in the period, whenever they converted: there is no unattributed row.",
    ),
    "OVERLAP": Text(
        zh="影响口径按整单计入，各活动之间有重叠，不可相加。",
        en="Influenced amounts count whole deals; campaigns overlap and must not be added up.",
    ),
    "DIRECT": Text(
        zh="直接：转化自身的{dimension}即为所问；间接：此前被触达。",
        en="Direct: the conversion's own {dimension} is the one asked about; indirect: touched before.",
    ),
    "SPLIT_VIEW": Text(
        zh="触点按您的权限范围读取，范围外的触点不可见，可能低估多触点旅程。",
        en="Only touches within your view are read: journeys with touches outside it look shorter.",
    ),
    "IMMATURE": Text(
        zh="{stage}指标尚未成熟：按历史节奏预计已实现 {share}。",
        en="{stage} is still maturing: by past pace about {share} has happened.",
    ),
}


def note(code: str, lang: str, **params: object) -> Note:
    """Return a note in the asker's language."""
    said = {k: str(v) for k, v in params.items()}
    return Note(code=code, text=TEXTS[code].get(lang).format(**said), params=said)
