"""The templates of customers. A placeholder is filled from one fact, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.leads.words import ITEMS as LEAD_ITEMS
from assistant.leads.words import LINES as LEAD_LINES
from assistant.leads.words import Pair

LINES: Mapping[str, Pair] = {
    **{key: LEAD_LINES[key] for key in ("topics", "touches", "last_kind", "channels", "rhythm", "hours", "surge", "deal_open")},
    "who": ("{name}（{account}）。", "{name} ({account})."),
    "owner": ("负责人：{owner}。", "Owner: {owner}."),
    "known": ("{items}。", "{items}."),
    "since": ("客户自{since}起，累计订单 {revenue}。", "A customer since {since}, orders to date {revenue}."),
    "contract": ("合同{end}到期，还有 {days} 天。", "The contract ends on {end}, in {days} days."),
    "contract_ended": ("合同已于{end}到期，过去 {days} 天。", "The contract ended on {end}, {days} days ago."),
    "products": ("已购产品：{items}。", "Products bought: {items}."),
    "health": ("健康度 {score}/100，{band}。", "Health {score}/100, {band}."),
    "health_up": ("比 {days} 天前的 {previous} 上升。", "Up from {previous} {days} days ago."),
    "health_down": ("比 {days} 天前的 {previous} 下降。", "Down from {previous} {days} days ago."),
    "health_flat": ("与 {days} 天前的 {previous} 大致持平。", "About as {days} days ago ({previous})."),
    "parts": ("各项（得分×权重）：{items}。", "Parts (score × weight): {items}."),
    "reasons": ("依据：{items}。", "Because: {items}."),
    "missing": ("未计入：{items}，其权重已分给其余各项。", "Not counted: {items}; their weight went to the others."),
    "colleagues": ("近半年活跃的联系人：{items}。", "People active in the last half year: {items}."),
    "risk": ("风险：{items}。", "Risk: {items}."),
    "risk_deal": ("风险：商机“{text}”在当前阶段已停留 {days} 天。", "Risk: “{text}” has been in its stage for {days} days."),
    "step_first_order": ("建议：还没有订单，先了解需求并争取首单。", "Next: no order yet; find out what they need and win the first."),
    "step_resolve": ("建议：先解决工单，最早的一张自{on}起已 {days} 天未关闭。", "Next: settle the tickets first, the oldest open since {on}, {days} days."),
    "step_renew": ("建议：启动续约，合同{on}到期，还有 {days} 天。", "Next: start the renewal, the contract ends on {on}, in {days} days."),
    "step_win_back": ("建议：尽快挽回，合同{on}已到期，过去 {days} 天没有续签。", "Next: win them back, the contract ended on {on} and nothing was signed for {days} days."),
    "step_collect": ("建议：催收逾期款 {value}，自{on}起已逾期 {days} 天。", "Next: collect the overdue {value}, due since {on}, {days} days."),
    "step_reactivate": ("建议：回访使用情况，帮助重新用起来。", "Next: ask how they use it and help them back."),
    "step_unblock_deal": ("建议：推动商机“{text}”，当前阶段已停留 {days} 天。", "Next: move “{text}”, {days} days in its stage."),
    "step_close_deal": ("建议：推进商机“{text}”。", "Next: bring “{text}” forward."),
    "step_meet": ("建议：约一次拜访，恢复联系。", "Next: propose a visit and get back in touch."),
    "step_keep": ("建议：保持定期关怀，目前没有需要立即处理的问题。", "Next: keep in touch; nothing needs doing at once."),
    "step_hours": ("联系时间：{start}:00–{end}:00 最活跃。", "When: most active {start}:00–{end}:00."),
    "caveat_no_customer": ("还没有有效订单，因此没有健康度。", "No valid order yet, so there is no health score."),
    "caveat_no_touches": ("近一年没有互动记录。", "No touches on record in the last year."),
    "caveat_touches_cut": ("互动过多，只统计了最近 {count} 次。", "Too many touches: only the newest {count} are counted."),
    "caveat_hidden": ("部分信息因权限未显示。", "Some fields are not shown because of your rights."),
    "caveat_matched_by_part": ("按名称中的“{text}”找到。", "Found by “{text}” in the name."),
}  # fmt: skip

ITEMS: Mapping[str, Pair] = {
    **{key: LEAD_ITEMS[key] for key in ("topic", "channel", "colleague", "deal", "deal_stage", "deal_amount")},
    "known": ("{label} {value}", "{label} {value}"),
    "product": ("{product}（{orders} 单，{amount}，最近{last_on}）", "{product} ({orders} orders, {amount}, latest {last_on})"),
    "part": ("{part} {score}×{weight}", "{part} {score}×{weight}"),
    "missing_undeclared": ("{part}（未声明）", "{part} (not declared)"),
    "missing_denied": ("{part}（无权限）", "{part} (not open to you)"),
    "missing_no_data": ("{part}（没有数据）", "{part} (no data)"),
    "used_last": ("最近一次使用在{on}，{days} 天前", "last used on {on}, {days} days ago"),
    "never_used": ("自{on}首单以来 {days} 天从未使用", "never used in the {days} days since the first order on {on}"),
    "usage_fell": ("近 {days} 天使用量 {value}，低于平常的 {was}", "use of the last {days} days {value}, below the usual {was}"),
    "usage_rose": ("近 {days} 天使用量 {value}，高于平常的 {was}", "use of the last {days} days {value}, above the usual {was}"),
    "usage_same": ("近 {days} 天使用量 {value}，与平常的 {was} 相当", "use of the last {days} days {value}, about the usual {was}"),
    "rated": ("近 {days} 天工单评分 {value}/{was}（{count} 次）", "tickets of the last {days} days rated {value}/{was} ({count} ratings)"),
    "tickets_open": ("未关闭工单 {count} 张，最早{on}", "{count} open tickets, the oldest of {on}"),
    "tickets_late": ("未关闭工单 {count} 张，最早的自{on}起已 {days} 天", "{count} open tickets, the oldest since {on}, {days} days"),
    "overdue": ("逾期 {value}（到期应付 {was}），最早自{on}起已 {days} 天", "{value} overdue of {was} due, the oldest since {on}, {days} days"),
    "paid": ("到期款项 {value} 已付清", "everything due is paid ({value})"),
    "ends": ("合同{on}到期，还有 {days} 天", "contract ends on {on}, in {days} days"),
    "ended": ("合同{on}已到期 {days} 天，未续签", "contract ended on {on}, {days} days ago, not renewed"),
    "touched": ("最近互动在{on}（{days} 天前，近 90 天 {count} 次）", "last touch on {on} ({days} days ago, {count} in 90 days)"),
    "silent": ("自{on}起 {days} 天没有互动（近 90 天 {count} 次）", "silent since {on}, {days} days ({count} touches in 90 days)"),
    "never_touched": ("没有任何互动记录", "no touch on record"),
}  # fmt: skip

PARTS: Mapping[str, Pair] = {
    "usage": ("使用", "usage"),
    "tickets": ("工单", "tickets"),
    "payments": ("回款", "payments"),
    "contract": ("合同", "contract"),
    "engagement": ("互动", "engagement"),
}
BANDS: Mapping[str, Pair] = {
    "good": ("健康", "well"),
    "watch": ("需关注", "to be watched"),
    "poor": ("有风险", "at risk"),
}
FEATURES: Mapping[str, Pair] = {
    "tenure_days": ("成为客户天数", "days as a customer"),
    "orders": ("订单数", "orders"),
    "revenue": ("累计订单", "orders to date"),
    "days_since_order": ("距上次下单天数", "days since the last order"),
    "days_since_use": ("距上次使用天数", "days since last use"),
    "used_30_days": ("近30天使用量", "use in 30 days"),
    "used_90_days_before": ("此前90天使用量", "use in the 90 days before"),
    "open_tickets": ("未关闭工单", "open tickets"),
    "ratings": ("工单评分次数", "ratings"),
    "mean_rating": ("工单平均评分", "mean rating"),
    "overdue_share": ("逾期占比", "share overdue"),
    "days_since_touch": ("距上次互动天数", "days since the last touch"),
    "touches_90_days": ("近90天互动次数", "touches in 90 days"),
}
