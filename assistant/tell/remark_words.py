"""What tools remark on their results, in words: code -> sentence, code -> term."""

from __future__ import annotations

from semantic_layer.model import Text

WORDS: dict[str, Text] = {
    "ASSUMPTIONS": Text(
        zh="模型：{models}；转化：{conversion}；旅程按{scope}，止于{anchor}，回溯{lookback}天；"
        "口径：{basis}；转化数 {n}，有触点占比 {coverage}。",
        en="Models: {models}. Conversion: {conversion}. Journey by {scope}, up to {anchor}, "
        "{lookback} days back. Basis: {basis}. {n} conversions, coverage {coverage}.",
    ),
    "MODEL": Text(zh="{label}：{meaning}。", en="{label}: {meaning}."),
    "HALF_LIFE": Text(
        zh="时间衰减的半衰期为 {days} 天。", en="Half-life of time decay: {days} days."
    ),
    "PERIOD": Text(
        zh="期间：{start} 至 {end}（含）。", en="Period: {start} to {end}, both included."
    ),
    "ALL_TIME": Text(zh="未限定期间，使用全部数据。", en="No period was given: all data."),
    "PARTIAL": Text(
        zh="期间尚未结束，数据截至 {as_of}。",
        en="The period is not complete: data through {as_of}.",
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
        zh="转化率博弈的夏普利值可能为负。",
        en="Shapley values of the conversion-rate game may be negative.",
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
        zh="只把符合条件的触点算入旅程：{filters}。",
        en="Only these touches make up journeys: {filters}.",
    ),
    "FILTERS": Text(zh="转化筛选：{filters}。", en="Conversions filtered: {filters}."),
    "ALL_TOUCHES": Text(
        zh="含非营销触点（如销售电话）。",
        en="Touches that are not marketing (such as sales calls) count too.",
    ),
    "CUT": Text(zh="其余 {count} 组合并为一行。", en="The other {count} groups are one row."),
    "NO_ANCHOR": Text(
        zh="{count} 次转化缺少{milestone}日期，记为未归因。",
        en="{count} conversions have no date of {milestone}: unattributed.",
    ),
    "MILESTONE_GAPS": Text(
        zh="{count} 次转化缺少{milestone}日期：该角色取消，其余按比例放大。",
        en="{count} conversions have no date of {milestone}: that role is dropped and the rest scaled up.",
    ),
    "ROUNDED": Text(
        zh="金额有不足一分的尾数，已四舍五入到分。",
        en="Amounts below a cent were rounded to the cent.",
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
    "MATURING": Text(
        zh="{stage}指标尚未成熟：按历史节奏预计已实现 {share}。",
        en="{stage} is still maturing: by past pace about {share} has happened.",
    ),
    "EVENT_VIEW": Text(
        zh="事件口径：各阶段各数当期进入的数量，转化率的分子分母不是同一批，可能超过 100%。",
        en="Event view: each stage counts its own entries in the period, so a rate compares different items and may exceed 100%; days look back to the stage before.",
    ),
    "COHORT_VIEW": Text(
        zh="人群口径：当期进入「{stage}」的一批，跟踪到 {until}；后面的阶段要先经过前面每一个阶段才计入。",
        en="Cohort view: the items that entered {stage} in the period, followed until {until}; a later stage counts only after every stage before it.",
    ),
    "FILTERS_ON_FIRST": Text(
        zh="筛选条件作用于进入「{stage}」的一批。",
        en="Filters apply to the items of {stage}.",
    ),
    "SAME_MATURITY": Text(
        zh="以前的各期（自 {start} 起）只跟踪同样长的时间（最近一期到 {until}），保证可比。",
        en="Earlier periods (from {start}) are followed only as long as this one could be (the latest until {until}), so that all had the same time to convert.",
    ),
    "HISTORY": Text(
        zh="瓶颈与之前 {count} 个同样长的时间段相比。",
        en="The bottleneck is measured against the {count} periods of the same length before.",
    ),
    "WITHIN": Text(
        zh="只计首个阶段之后 {days} 天以内到达的。",
        en="A stage counts only if reached less than {days} days after the first stage.",
    ),
    "IMMATURE": Text(
        zh="{stage}：{entered} 个中还有 {waiting} 个在进行且时间尚短，转化率可能还会上升。",
        en="{stage}: {waiting} of {entered} are still open and young; the rate may still rise.",
    ),
    "STALLED_RULE": Text(
        zh="停滞：仍未结束，且停留时间超过九成已转化者所用的时间。",
        en="Stalled: open, and without a move for longer than nine tenths of those that went on needed (see stalled_after_days).",
    ),
    "LINKS": Text(
        zh="{stages}依次按{keys}关联。",
        en="Stages {stages} are linked by {keys}, in turn.",
    ),
    "LOOSE_LINK": Text(
        zh="按 {keys} 关联可能把不相干的记录连在一起。",
        en="A link by {keys} may join items that have nothing else in common; an earlier event of the same {keys} is passed over.",
    ),
    "VOID_EXCLUDED": Text(
        zh="已作废的不计入：{stages}。",
        en="Cancelled items are left out: {stages}.",
    ),
    "AMOUNT_HIDDEN": Text(
        zh="您无权查看这些阶段的金额：{stages}。",
        en="You may not see the amounts of {stages}.",
    ),
    "UNLINKED": Text(
        zh="自期初以来有 {count} 条「{stage}」没有关联到上一阶段，不计入。",
        en="{count} entries of {stage} since the period began have no {keys} and belong to no item here.",
    ),
    "OUT_OF_ORDER": Text(
        zh="数据问题：{count} 条「{stage}」的日期早于上一阶段，不计入。",
        en="Data problem: {count} entries of {stage} are dated before the stage before them; they do not count.",
    ),
    "STAGE_SKIPPED": Text(
        zh="{count} 条没有依次经过前面的阶段就到了「{stage}」，在那里不计入。",
        en="{count} items came to {stage} without passing every stage before it in order; they do not count there.",
    ),
    "MIX_EXPLAINS": Text(
        zh="{stage} → {next}：整体转化率从 {before:.1%} 降到 {now:.1%}，是因为各组占比变了（{mix:+.1%}），不是各组自身变差（{rate:+.1%}，其中 {worse} 组下降）。",
        en="{stage} -> {next}: the overall rate fell from {before:.1%} to {now:.1%} because the mix of groups changed ({mix:+.1%}), not because the groups convert worse ({rate:+.1%}; {worse} of them fell).",
    ),
    "NOT_SPLIT": Text(
        zh="没有按维度拆分：各组占比的变化也会影响整体转化率。",
        en="Not split by a dimension: a change of mix between groups can move an overall rate.",
    ),
    "GROUPS_CUT": Text(
        zh="共 {total} 组，只显示最大的 {shown} 组；合计包含全部。",
        en="The {shown} largest of {total} groups are shown; the total holds all.",
    ),
    "ITEMS_OVERLAP": Text(
        zh="后面阶段的部分记录属于多个组，金额和条数不能相加。",
        en="Some later items belong to several groups; `items` and `amount` must not be added up.",
    ),
    "MATCHED_BY_PART": Text(
        zh="「{part}」按「{name}」理解。",
        en="`{part}` is taken for {name}.",
    ),
    "NO_EVENTS": Text(
        zh="这个范围内没有您能看到的记录。",
        en="Nothing is recorded that you may see in this period.",
    ),
    "EVENTS_CUT": Text(
        zh="共 {total} 个事件，显示最近 {shown} 个；汇总包含全部。",
        en="The latest {shown} of {total} events are shown; the summary holds all.",
    ),
    "TOUCHES_CUT": Text(
        zh="只读取最近 {most} 个触点。",
        en="Only the latest {most} touches are read.",
    ),
    "NO_TOUCHPOINTS": Text(
        zh="这家公司没有声明触点，只有阶段。",
        en="This company declares no touchpoints: stages only.",
    ),
    "TOUCHES_OF_ACCOUNT": Text(
        zh="触点是整个客户的。",
        en="Touches are those of the whole account.",
    ),
    "MARKETING_ONLY": Text(
        zh="不含销售触点，阶段仍全部显示。",
        en="Touches of sales are left out; stages are not.",
    ),
    "STAGES_NOT_SHOWN": Text(
        zh="未显示（无法对应到这个对象，或您无权查看）：{stages}。",
        en="Not shown, for they cannot be tied to this {kind} or may not be seen: {stages}.",
    ),
    "STALLED_DAYS": Text(
        zh="停滞：仍未结束，且 {days} 天以上没有进展。",
        en="Stalled: open, and without a move for {days} days or more.",
    ),
}
"""Code of a note -> its sentence."""
TERMS: dict[str, dict[str, Text]] = {
    "scope": {
        "account": Text(zh="客户（全部联系人）", en="account (all contacts)"),
        "person": Text(zh="转化本人", en="converting person"),
        "lead": Text(zh="线索对应的联系人", en="the lead's person"),
    },
    "anchor": {
        "close": Text(zh="转化时", en="the conversion"),
        "lead": Text(zh="留资时", en="lead creation"),
        "opportunity": Text(zh="商机创建时", en="opportunity creation"),
    },
    "basis": {
        "close": Text(zh="按转化期间", en="converted in the period"),
        "cohort": Text(zh="按触点期间", en="touched in the period"),
    },
    "milestone": {
        "lead": Text(zh="留资", en="lead creation"),
        "opportunity": Text(zh="商机创建", en="opportunity creation"),
    },
    "keys": {
        "lead": Text(zh="线索", en="lead"),
        "deal": Text(zh="商机", en="deal"),
        "person": Text(zh="联系人", en="person"),
        "account": Text(zh="客户", en="account"),
    },
    "kind": {
        "lead": Text(zh="线索", en="lead"),
        "person": Text(zh="联系人", en="person"),
        "account": Text(zh="客户", en="account"),
    },
}
"""Parameter -> code -> what it is called."""
