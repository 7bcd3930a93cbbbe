"""The templates of lead summaries. A placeholder is filled from one fact, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]
"""Chinese, English."""

LINES: Mapping[str, Pair] = {
    "who": ("{name}，{company}。", "{name}, {company}."),
    "title": ("职务：{title}。", "Title: {title}."),
    "owner": ("负责人：{owner}；线索 {lead} 创建于{created_on}。", "Owner: {owner}; lead {lead} created on {created_on}."),
    "created": ("线索 {lead} 创建于{created_on}。", "Lead {lead} created on {created_on}."),
    "attributes": ("已知信息：{items}。", "Known: {items}."),
    "topics": ("关注：{items}。", "Interested in: {items}."),
    "pages": ("官网访问：{items}。", "Pages visited: {items}."),
    "need": ("跟进记录中的需求：“{text}”（{on}）。", "Need, from the notes: “{text}” ({on})."),
    "budget": ("跟进记录中的预算：“{text}”（{on}）。", "Budget, from the notes: “{text}” ({on})."),
    "promise": ("跟进记录中的约定：“{text}”（{on}）。", "Promised in the notes: “{text}” ({on})."),
    "competitor": ("跟进记录中的竞品：“{text}”（{on}）。", "Competitor, from the notes: “{text}” ({on})."),
    "objection": ("跟进记录中的顾虑：“{text}”（{on}）。", "Objection, from the notes: “{text}” ({on})."),
    "touches": ("近一年互动 {touches} 次，分布在 {active_days} 天，最近一次在{last_on}。", "{touches} touches on {active_days} days in the last year, the latest on {last_on}."),
    "last_kind": ("最近一次互动：{kind}。", "Latest touch: {kind}."),
    "channels": ("主要渠道：{items}。", "Main channels: {items}."),
    "rhythm": ("通常每隔 {gap_days} 天互动一次。", "Usually {gap_days} days between active days."),
    "hours": ("多在 {start}:00–{end}:00 活跃（{total} 次互动中 {touches} 次）。", "Mostly active {start}:00–{end}:00 ({touches} of {total} touches)."),
    "surge": ("近 {days} 天互动 {touches} 次，平时约 {usual} 次，明显升温。", "{touches} touches in the last {days} days against about {usual} usually: warming up."),
    "colleagues": ("同公司近半年活跃的还有：{items}。", "Also active at the company in the last half year: {items}."),
    "stage": ("当前阶段：{label}（{since}进入）。", "Stage: {label} (since {since})."),
    "score": ("评分 {score}/{max_score}。", "Score {score}/{max_score}."),
    "score_level": ("评分 {score}/{max_score}，{level}。", "Score {score}/{max_score}, {level}."),
    "score_up": ("比 {previous_days} 天前的 {previous} 分上升。", "Up from {previous} {previous_days} days ago."),
    "score_down": ("比 {previous_days} 天前的 {previous} 分下降。", "Down from {previous} {previous_days} days ago."),
    "score_flat": ("与 {previous_days} 天前持平。", "As {previous_days} days ago."),
    "reasons": ("得分来自：{items}。", "Points from: {items}."),
    "judged_score": ("{author} 人工评分 {score}（{said_on}）：“{comment}”。", "{author} scored it {score} ({said_on}): “{comment}”."),
    "judged": ("{author} 备注（{said_on}）：“{comment}”。", "{author} remarked ({said_on}): “{comment}”."),
    "deal_open": ("进行中的商机：{items}。", "Open opportunities: {items}."),
    "deal_closed": ("已关闭的商机：{items}。", "Closed opportunities: {items}."),
    "risk_closed": ("风险：线索已在 {days} 天前关闭（{text}）。", "Risk: the lead was closed {days} days ago ({text})."),
    "risk_closed_plain": ("风险：线索已在 {days} 天前关闭。", "Risk: the lead was closed {days} days ago."),
    "risk_duplicate": ("注意：与线索 {text} 重复。", "Note: a duplicate of lead {text}."),
    "risk_stalled": ("风险：商机“{text}”在当前阶段已停留 {days} 天。", "Risk: “{text}” has been in its stage for {days} days."),
    "risk_silent": ("风险：已 {days} 天没有互动。", "Risk: silent for {days} days."),
    "risk_unattended": ("风险：创建 {days} 天仍没有跟进记录。", "Risk: no follow-up on record {days} days after creation."),
    "risk_competitor": ("风险：提到竞品，“{text}”。", "Risk: a competitor, “{text}”."),
    "risk_overdue": ("风险：{days} 天前的约定之后没有新的跟进，“{text}”。", "Risk: no follow-up since the promise of {days} days ago, “{text}”."),
    "risk_objection": ("风险：客户有顾虑，“{text}”。", "Risk: an objection, “{text}”."),
    "step_leave": ("建议：暂不跟进，线索已关闭（{text}）。", "Next: leave it, the lead is closed ({text})."),
    "step_leave_plain": ("建议：暂不跟进，线索已关闭。", "Next: leave it, the lead is closed."),
    "step_merge": ("建议：并入线索 {text} 一起跟进。", "Next: follow up under lead {text}."),
    "step_first_call": ("建议：尽快首次联系，已等待 {days} 天。", "Next: make the first call, it has waited {days} days."),
    "step_keep_promise": ("建议：先兑现约定，“{text}”。", "Next: keep the promise first, “{text}”."),
    "step_unblock_deal": ("建议：推动商机“{text}”，当前阶段已停留 {days} 天。", "Next: move “{text}”, {days} days in its stage."),
    "step_call_now": ("建议：现在联系，近期互动 {days} 次。", "Next: call now, {days} recent touches."),
    "step_meet": ("建议：约一次需求沟通，评分已达标。", "Next: propose a meeting, the score is high enough."),
    "step_reengage": ("建议：重新激活，从“{text}”谈起，已 {days} 天没有互动。", "Next: re-engage, starting from “{text}”; silent for {days} days."),
    "step_reengage_plain": ("建议：重新激活，已 {days} 天没有互动。", "Next: re-engage; silent for {days} days."),
    "step_nurture": ("建议：继续培育，可分享“{text}”相关内容。", "Next: keep nurturing, with content about “{text}”."),
    "step_nurture_plain": ("建议：继续培育，先了解需求。", "Next: keep nurturing, find out what they need."),
    "step_channel": ("联系方式：过去的跟进多用{channel}。", "How: earlier follow-ups mostly went by {channel}."),
    "step_hours": ("联系时间：{start}:00–{end}:00 最活跃。", "When: most active {start}:00–{end}:00."),
    "step_weekday": ("联系日期：{weekday}互动最多。", "Day: most touches on {weekday}."),
    "point_content": ("可谈：看过“{text}”（{on}）。", "Talk about: they opened “{text}” ({on})."),
    "point_need": ("可谈需求：“{text}”。", "Talk about the need: “{text}”."),
    "point_budget": ("可谈预算：“{text}”。", "Talk about the budget: “{text}”."),
    "point_competitor": ("可谈差异：“{text}”。", "Talk about the difference: “{text}”."),
    "point_promise": ("可谈约定：“{text}”。", "Talk about the promise: “{text}”."),
    "point_colleague": ("可提同事 {text}，{on}也有互动。", "Mention {text}, active on {on} as well."),
    "caveat_no_touches": ("近一年没有互动记录。", "No touches on record in the last year."),
    "caveat_hidden_fields": ("部分信息因权限未显示。", "Some fields are not shown because of your rights."),
    "caveat_other_leads": ("同一人还有 {count} 条线索：{items}。", "The same person has {count} more leads: {items}."),
    "caveat_instructions_ignored": ("{count} 处跟进记录像是给机器的指令，未采用。", "{count} passages of the notes look like orders to a machine and were left out."),
    "caveat_touches_cut": ("互动过多，只统计了最近 {count} 次。", "Too many touches: only the newest {count} are counted."),
    "caveat_score_denied": ("没有权限计算评分。", "Your rights do not allow the score."),
}  # fmt: skip

ITEMS: Mapping[str, Pair] = {
    "attribute": ("{label} {value}", "{label} {value}"),
    "topic": ("{topic}（占 {share}，{touches} 次，最近{last_on}）", "{topic} ({share}, {touches} touches, latest {last_on})"),
    "page": ("{page}（{visits} 次，最近{last_on}）", "{page} ({visits} visits, latest {last_on})"),
    "channel": ("{value} {touches} 次", "{value} {touches}"),
    "colleague": ("{name}（{touches} 次，最近{last_on}）", "{name} ({touches} touches, latest {last_on})"),
    "reason": ("{label} {points}", "{label} {points}"),
    "reason_count": ("{label} {points}（{count} 次，最近{last_on}）", "{label} {points} ({count} touches, latest {last_on})"),
    "deal": ("{name}", "{name}"),
    "deal_stage": ("{name}（{stage}）", "{name} ({stage})"),
    "deal_amount": ("{name}（{stage}，{amount}）", "{name} ({stage}, {amount})"),
}  # fmt: skip

NOBODY: Pair = ("（姓名未知）", "(name unknown)")
NO_COMPANY: Pair = ("公司未知", "company unknown")
SEPARATOR: Pair = ("、", "; ")
WEEKDAYS: tuple[Pair, ...] = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"),
    ("周五", "Friday"), ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip
