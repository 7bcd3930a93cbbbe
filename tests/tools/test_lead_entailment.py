"""Every sentence of 200 summaries against the raw tables: no code of the product between but how a note is cut.

Each sentence must fit a pattern below, and what it claims is computed again from rows that hand-written SQL reads: who,
needs, behaviour, colleagues, points and their reasons, deals with their amounts, risks, and the next step with its reason.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cached_property
from statistics import median

import pytest

from assistant.leads.sentences import sentences
from tools import get_tool
from tools.leads.facts import LeadSummary
from tools.leads.notes import NoteRow, clauses

AS_OF = date(2026, 10, 27)
LEADS = 200
NAMES = {"zh": 0, "en": 1}
PARTS = {"who", "need", "behaviour", "people", "score", "deal", "risk", "next"}
RULES = {  # the scoring rules of the sample company, by hand: kinds of touches, points, half life in days, cap
    "form": ({"form_submit"}, 10, 30, 20), "download": ({"content_download"}, 8, 30, 24),
    "attend": ({"webinar_attend", "event_attend"}, 10, 45, 20), "wecom": ({"wecom_chat"}, 6, 30, 18),
    "view": ({"content_view"}, 2, 21, 10), "visit": ({"web_visit"}, 1, 14, 6), "email": ({"email_click"}, 1, 14, 5),
}  # fmt: skip
GIVEN = {"target_industry": 10, "large_company": 10, "decision_maker": 10, "target_account": 5}
WORTH = {kind: points for kinds, points, _, _ in RULES.values() for kind in kinds}
KNOWN = ("industry", "size_band", "region", "province", "channel", "campaign", "content", "keyword")
STAGES = {
    "zh": ("线索", "MQL", "SQL", "商机", "订单", "回款"),
    "en": ("Lead", "MQL", "SQL", "Opportunity", "Order", "Payment"),
}
WEEKDAYS = {
    "zh": "一二三四五六日",
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@pytest.fixture(scope="module")
def chosen() -> list[str]:
    return [f"L{n:06d}" for n in random.Random(21).sample(range(1, 40_001), LEADS)]


@pytest.fixture(scope="module")
def summaries(chosen, ask_as) -> dict[str, LeadSummary]:
    context = ask_as()
    return {lead: get_tool("summarize_lead").run({"lead": lead}, context) for lead in chosen}


@pytest.fixture(scope="module")
def touches(chosen, hand) -> dict[str, list[tuple]]:
    """Lead -> (local time, kind, channel, title, topic) of the person's last year."""
    found: dict[str, list[tuple]] = {lead: [] for lead in chosen}
    rows = hand(
        """
        SELECT l.lead_id, t.touched_at + INTERVAL 8 HOUR AS at, t.kind, t.channel, c.title, c.topic, t.touch_id
        FROM leads l JOIN identities i ON i.contact_id = l.contact_id
        JOIN identities j ON j.person_id = i.person_id JOIN touchpoints t ON t.contact_id = j.contact_id
        LEFT JOIN contents c ON c.content_id = t.content_id
        WHERE l.lead_id IN (SELECT unnest(?)) AND t.is_marketing
          AND t.touched_at + INTERVAL 8 HOUR >= '2025-10-28' AND t.touched_at + INTERVAL 8 HOUR < '2026-10-28'
        ORDER BY 2, t.touch_id
        """,
        chosen,
    )
    for lead, *rest in rows:
        found[lead].append(tuple(rest))
    return found


@pytest.fixture(scope="module")
def scored(chosen, hand) -> dict[str, list[tuple[date, str]]]:
    """Lead -> (local day, kind) of every touch of the person that may still count 30 days ago."""
    found = defaultdict(list)
    for lead, day, kind in hand(
        """
        SELECT l.lead_id, CAST(t.touched_at + INTERVAL 8 HOUR AS DATE) AS day, t.kind
        FROM leads l JOIN identities i ON i.contact_id = l.contact_id
        JOIN identities j ON j.person_id = i.person_id JOIN touchpoints t ON t.contact_id = j.contact_id
        WHERE l.lead_id IN (SELECT unnest(?)) AND t.touched_at + INTERVAL 8 HOUR >= DATE '2026-10-27' - INTERVAL 210 DAY
          AND t.touched_at + INTERVAL 8 HOUR < '2026-10-28'
        """,
        chosen,
    ):
        found[lead].append((day, kind))
    return found


@pytest.fixture(scope="module")
def known(chosen, hand) -> dict[str, dict[str, object]]:
    """Lead -> its attributes, the points that they give, and the furthest stage with its day."""
    rows = hand(
        """
        SELECT l.lead_id, l.industry, l.size_band, l.region, l.province, l.channel, m.name, k.title, l.keyword,
               l.industry IN ('高端装备', '汽车零部件', '电子制造', '新能源'), l.size_band IN ('500-1999人', '2000人以上'),
               c.title IN ('总经理', '副总经理', '厂长', '生产总监', '数字化负责人'), a.is_target,
               CAST(l.created_at + INTERVAL 8 HOUR AS DATE), CAST(l.mql_at + INTERVAL 8 HOUR AS DATE),
               CAST(l.sql_at + INTERVAL 8 HOUR AS DATE),
               (SELECT min(created_on) FROM opportunities o WHERE o.lead_id = l.lead_id),
               (SELECT min(signed_on) FROM orders o WHERE o.lead_id = l.lead_id AND cancelled_on IS NULL),
               (SELECT min(paid_on) FROM payments p JOIN orders o USING (order_id) WHERE o.lead_id = l.lead_id),
               l.first_followup_at IS NOT NULL, l.disqualify_reason
        FROM leads l JOIN contacts c USING (contact_id) JOIN accounts a ON a.account_id = l.account_id
        LEFT JOIN campaigns m ON m.campaign_id = l.campaign_id LEFT JOIN contents k ON k.content_id = l.content_id
        WHERE l.lead_id IN (SELECT unnest(?))
        """,
        chosen,
    )
    return {
        lead: {
            "values": dict(zip(KNOWN, rest[:8], strict=True)),
            "given": {rule for rule, holds in zip(GIVEN, rest[8:12], strict=True) if holds},
            "stage": max((i, day) for i, day in enumerate(rest[12:18]) if day is not None),
            "followed": rest[18], "reason": rest[19],
        }
        for lead, *rest in rows
    }  # fmt: skip


@pytest.fixture(scope="module")
def notes(chosen, hand) -> dict[str, list[tuple]]:
    """Lead -> (text, local day, method, time) of its notes, newest first."""
    found: dict[str, list[tuple]] = {lead: [] for lead in chosen}
    for lead, *rest in hand(
        """
        SELECT lead_id, note, CAST(followed_at + INTERVAL 8 HOUR AS DATE), method, followed_at
        FROM followups WHERE lead_id IN (SELECT unnest(?)) ORDER BY followed_at DESC
        """,
        chosen,
    ):
        found[lead].append(tuple(rest))
    return found


@pytest.fixture(scope="module")
def basics(chosen, hand) -> dict[str, tuple]:
    rows = hand(
        """
        SELECT l.lead_id, c.name, c.title, a.name, o.name, CAST(l.created_at + INTERVAL 8 HOUR AS DATE),
               CAST(l.disqualified_at + INTERVAL 8 HOUR AS DATE), l.account_id, l.duplicate_of
        FROM leads l JOIN contacts c USING (contact_id) JOIN accounts a ON a.account_id = l.account_id
        LEFT JOIN org o ON o.person_id = l.owner_id WHERE l.lead_id IN (SELECT unnest(?))
        """,
        chosen,
    )
    return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def pages(chosen, hand) -> dict[tuple[str, str], tuple[int, date]]:
    rows = hand(
        """
        SELECT l.lead_id, w.landing_page, count(*), max(CAST(w.started_at + INTERVAL 8 HOUR AS DATE))
        FROM (SELECT DISTINCT l.lead_id, c.visitor_id FROM leads l JOIN identities i ON i.contact_id = l.contact_id
              JOIN identities j ON j.person_id = i.person_id JOIN contacts c ON c.contact_id = j.contact_id
              WHERE l.lead_id IN (SELECT unnest(?))) l
        JOIN web_sessions w ON w.visitor_id = l.visitor_id
        WHERE w.started_at + INTERVAL 8 HOUR >= '2025-10-28'
          AND w.started_at + INTERVAL 8 HOUR < '2026-10-28'
        GROUP BY ALL
        """,
        chosen,
    )
    return {(lead, page): (n, last) for lead, page, n, last in rows}


@pytest.fixture(scope="module")
def colleagues(chosen, hand) -> dict[tuple[str, str], set[tuple[int, date]]]:
    rows = hand(
        """
        SELECT l.lead_id, j.person_id, list(DISTINCT c.name), count(*), max(CAST(t.touched_at + INTERVAL 8 HOUR AS DATE))
        FROM leads l JOIN contacts c ON c.account_id = l.account_id JOIN identities j ON j.contact_id = c.contact_id
        JOIN touchpoints t ON t.contact_id = c.contact_id JOIN identities own ON own.contact_id = l.contact_id
        WHERE l.lead_id IN (SELECT unnest(?)) AND own.person_id <> j.person_id AND t.is_marketing
          AND t.touched_at + INTERVAL 8 HOUR >= DATE '2026-10-27' - INTERVAL 179 DAY
          AND t.touched_at + INTERVAL 8 HOUR < '2026-10-28'
        GROUP BY l.lead_id, j.person_id
        """,
        chosen,
    )
    found: dict[tuple[str, str], set[tuple[int, date]]] = {}
    for lead, _, names, count, last in rows:
        for name in names:
            found.setdefault((lead, name), set()).add((count, last))
    return found


@pytest.fixture(scope="module")
def deals(hand) -> dict[str, list[tuple]]:
    found: dict[str, list[tuple]] = {}
    for account, *rest in hand("""
        SELECT o.account_id, o.name, o.amount, o.stage, o.closed_on,
               date_diff('day', CAST(max(s.entered_at) + INTERVAL 8 HOUR AS DATE), DATE '2026-10-27'), o.lead_id
        FROM opportunities o LEFT JOIN opportunity_stages s USING (opportunity_id) GROUP BY ALL
    """):
        found.setdefault(account, []).append(tuple(rest))
    return found


class Raw:
    """The raw rows of one lead, and what follows from them."""

    def __init__(self, lead, touches, notes, basics, known, scored, pages, colleagues, deals, say):
        self.lead, self.touches, self.notes = lead, touches, notes
        self.known, self.scored, self.say, self.label = known, scored, say, say.label
        (self.name, self.title, self.company, self.owner, self.created, self.closed, self.account,
         self.original) = basics  # fmt: skip
        self.pages, self.colleagues, self.deals = pages, colleagues, deals
        self.days = sorted({t[0].date() for t in touches})

    def topic(self, shown, share, touches, last):
        mine = [
            t[0].date() for t in self.touches if self.label("content_topic", t[4] or t[3]) == shown
        ]
        counted = (len(mine), max(mine)) == (int(touches), date.fromisoformat(last))
        return counted and abs(self.shares[shown] * 100 - int(share)) <= 1

    @cached_property
    def shares(self):
        """Topic -> share of all interest: a touch is worth its rule's points, half after 60 days."""
        weight = defaultdict(float)
        for at, kind, _, title, topic, _ in self.touches:
            if topic or title:
                held = WORTH.get(kind, 1) * 0.5 ** ((AS_OF - at.date()).days / 60)
                weight[self.label("content_topic", topic or title)] += held
        return {topic: held / sum(weight.values()) for topic, held in weight.items()}

    def points(self, rule, day):
        """Points of a rule on a day, with the number of touches that count and the last one's day."""
        if rule in GIVEN:
            return GIVEN[rule] * (rule in self.known["given"]), 0, None
        kinds, points, half, cap = RULES[rule]
        ages = [(day - d).days for d, kind in self.scored if kind in kinds]
        ages = [age for age in ages if 0 <= age < 180]
        last = day - timedelta(days=min(ages)) if ages else None
        return min(cap, points * sum(0.5 ** (age / half) for age in ages)), len(ages), last

    def score(self, day=AS_OF):
        return min(100, sum(self.points(rule, day)[0] for rule in (*GIVEN, *RULES)))

    @property
    def level(self):
        acted = {rule for rule in RULES if self.points(rule, AS_OF)[0]}
        if self.score() >= 49.95 and len(acted & {"form", "download", "attend", "wecom"}) >= 2:
            return "sql"
        is_warm = self.score() >= 34.95 or len(acted & {"download", "attend", "wecom"}) >= 2
        return "mql" if is_warm else None

    def told_score(self, score, level=None):
        told = None if self.level is None else self.say.level(self.level)
        return abs(self.score() - float(score)) <= 0.051 and told == level

    def changed(self, sign, before, days):
        then = self.score(AS_OF - timedelta(days=int(days)))
        moved = (self.score() - then) * sign
        return abs(then - float(before)) <= 0.051 and moved > 0.4

    def unchanged(self, days):
        then = AS_OF - timedelta(days=30)
        return (
            int(days) == 30 and self.created <= then and abs(self.score() - self.score(then)) < 0.6
        )

    def reason(self, shown, points, count=None, last=None):
        found, touches, day = self.points(self.say.rules[shown], AS_OF)
        told = count is None or (touches, day) == (int(count), date.fromisoformat(last))
        return abs(found - float(points)) <= 0.051 and told

    def attribute(self, item):
        values = self.known["values"].items()
        return item in {
            f"{self.say.name(d)} {self.label(d, v)}" for d, v in values if v is not None
        }

    def stage(self, shown, since):
        place, day = self.known["stage"]
        return (self.say.stages[place], day) == (shown, date.fromisoformat(since))

    # --- the next step: the first of these that holds, as docs/models would have a colleague do it

    @property
    def silence(self):
        return (AS_OF - self.days[-1]).days if self.days else 0

    @property
    def newest_promise(self):
        """The newest note if it is 14 to 120 days old and has a clause that says what will be done."""
        note = self.notes[0] if self.notes else None
        is_due = note is not None and 14 <= (AS_OF - note[1]).days <= 120
        return note if is_due and any(c.kind == "promise" for c in self.clauses([note])) else None

    def clauses(self, notes):
        rows = [NoteRow(str(i), n[0], n[1], None, n[2]) for i, n in enumerate(notes)]
        return clauses(rows, self.say.signals)[0]

    @property
    def stalled(self):
        """Names of the deals that are open and have been in one stage for 30 days."""
        return {d[0]: d[4] for d in self.deals if d[3] is None and (d[4] or 0) >= 30}

    @property
    def surge(self):
        """Touches of the last week, if they are clearly more than in the 13 weeks before."""
        recent = sum((AS_OF - t[0].date()).days < 7 for t in self.touches)
        usual = sum(7 <= (AS_OF - t[0].date()).days < 98 for t in self.touches) / 13
        return recent if recent >= max(4, 2 * usual, usual + 2 * usual**0.5) else 0

    @property
    def due(self):
        """Kind of the next step."""
        waited = (AS_OF - self.created).days
        has_deal = any(d[3] is None and d[5] == self.lead for d in self.deals)
        return next(kind for kind, holds in (
            ("leave", self.closed is not None), ("merge", self.original is not None),
            ("first_call", not self.notes and not self.known["followed"] and waited >= 2),
            ("keep_promise", self.newest_promise), ("unblock", self.stalled), ("call_now", self.surge),
            ("meet", self.level is not None and not has_deal), ("reengage", self.silence >= 30), ("nurture", True),
        ) if holds)  # fmt: skip

    def first_call(self, days):
        return self.due == "first_call" and (AS_OF - self.created).days == int(days)

    def best_topic(self, text):
        topic = max(self.shares, key=lambda t: (self.shares[t], t), default=None)
        return abs(self.shares[text] - self.shares[topic]) < 1e-9

    def usual_method(self, shown):
        counted = Counter(self.label("followup_method", n[2]) for n in self.notes)
        return counted[shown] == max(counted.values())

    def on_weekday(self, shown):
        counted = Counter(t[0].weekday() for t in self.touches)
        best = self.say.weekdays[counted.most_common(1)[0][0]]
        return best == shown and max(counted.values()) >= 0.35 * len(self.touches) >= 0.35 * 8

    def opened(self, title, on):
        return any((t[3], t[0].date().isoformat()) == (title, on) for t in self.touches) or any(
            t[3] == title
            for t in self.touches
            if self.best_topic(self.label("content_topic", t[4] or t[3]))
        )

    def page(self, page, visits, last):
        return self.pages.get((self.lead, page)) == (int(visits), date.fromisoformat(last))

    def channel(self, shown, touches):
        counted = Counter(self.label("channel", t[2]) for t in self.touches)
        return counted[shown] == int(touches)

    def colleague(self, shown, touches, last):
        names = [k[1] for k in self.colleagues if k[0] == self.lead and shown.startswith(k[1])]
        return any(
            (int(touches), date.fromisoformat(last)) in self.colleagues[self.lead, n] for n in names
        )

    def said(self, text, on=None):
        return any(
            text in n[0] and (on is None or n[1] == date.fromisoformat(on)) for n in self.notes
        )

    def gap(self, shown):
        gaps = [(b - a).days for a, b in zip(self.days, self.days[1:], strict=False)]
        return round(median(gaps)) == int(shown)

    def hours(self, start, end, touches=None, total=None):
        held = sum(int(start) <= t[0].hour < int(end) for t in self.touches)
        best = max(sum(s <= t[0].hour < s + 3 for t in self.touches) for s in range(22))
        told = touches is None or (int(touches), int(total)) == (held, len(self.touches))
        return held == best and told and int(end) == int(start) + 3

    def recent(self, days, touches=None):
        since = AS_OF - timedelta(days=int(days) - 1)
        count = sum(t[0].date() >= since for t in self.touches)
        return touches is None or count == int(touches)

    def usual(self, days, touches, usual):
        before = [AS_OF - timedelta(days=int(days) - 1 + n) for n in range(1, 92)]
        mean = sum(t[0].date() in set(before) for t in self.touches) * int(days) / 91
        return self.recent(days, touches) and abs(mean - float(usual)) <= 0.051

    def deal(self, name, stage, amount, *, is_open):
        return any(
            d[0] == name and (d[3] is None) is is_open and self.label("stage", d[2]) == stage
            and float(amount.replace(",", "")) == round(float(d[1]))
            for d in self.deals
        )  # fmt: skip

    def in_stage(self, name, days):
        return any(d[0] == name and d[4] == int(days) for d in self.deals)

    def silent(self, days):
        return (AS_OF - self.days[-1]).days == int(days)

    def promised(self, days, text):
        return any(text in n[0] and (AS_OF - n[1]).days == int(days) for n in self.notes)


D, N = r"(\d{4}-\d\d-\d\d)", r"([\d,.]+)"
TEXT = "“(.+?)”"
SIGNED = r"([+-][\d.]+)"
AMOUNT = (rf"^(.+?)（(.+)，¥{N}）$", rf"^(.+?) \((.+), ¥{N}\)$")
CLAIMS = [
    (rf"^(?:负责人：(.+?)；)?线索 (\w+) 创建于{D}。$", rf"^(?:Owner: (.+?); l|L)ead (\w+) created on {D}\.$",
     lambda r, *told: told == (r.owner, r.lead, r.created.isoformat())),
    (r"^职务：(.+)。$", r"^Title: (.+)\.$", lambda r, title: title == r.title),
    (rf"^近一年互动 {N} 次，分布在 {N} 天，最近一次在{D}", rf"^{N} touches on {N} days in the last year, the latest on {D}",
     lambda r, n, days, last: (len(r.touches), len(r.days), r.days[-1].isoformat()) == (int(n), int(days), last)),
    (r"^最近一次互动：(.+)。$", r"^Latest touch: (.+)\.$", lambda r, kind: r.label("touch_kind", r.touches[-1][1]) == kind),
    (rf"^通常每隔 {N} 天互动一次", rf"^Usually {N} days between", Raw.gap),
    (rf"多在 {N}:00–{N}:00 活跃（{N} 次互动中 {N} 次）", rf"^Mostly active {N}:00–{N}:00 \({N} of {N} touches\)", "hours"),
    (rf"近 {N} 天互动 {N} 次，平时约 {N} 次", rf"^{N} touches in the last {N} days against about {N}", "surge"),
    (rf"跟进记录中的(?:需求|预算|约定|竞品|顾虑)：{TEXT}（{D}）", rf"(?:from|in) the notes: {TEXT} \({D}\)", Raw.said),
    (rf"^风险：已 {N} 天没有互动", rf"^Risk: silent for {N} days", Raw.silent),
    (rf"^风险：商机{TEXT}在当前阶段已停留 {N} 天", rf"^Risk: {TEXT} has been in its stage for {N} days", Raw.in_stage),
    (rf"^风险：线索已在 {N} 天前关闭", rf"^Risk: the lead was closed {N} days ago", lambda r, days: (AS_OF - r.closed).days == int(days)),
    (rf"^风险：创建 {N} 天仍没有跟进", rf"^Risk: no follow-up on record {N} days", lambda r, days: (AS_OF - r.created).days == int(days) and not r.notes),
    (rf"^风险：{N} 天前的约定之后没有新的跟进，{TEXT}", rf"^Risk: no follow-up since the promise of {N} days ago, {TEXT}", Raw.promised),
    (rf"^风险：(?:提到竞品|客户有顾虑)，{TEXT}", rf"^Risk: (?:a competitor|an objection), {TEXT}", Raw.said),
    (r"^注意：与线索 (\w+) 重复", r"^Note: a duplicate of lead (\w+)", lambda r, other: other == r.original),
    (rf"^当前阶段：(.+)（{D}进入）", rf"^Stage: (.+) \(since {D}\)", Raw.stage),
    (rf"^评分 {N}/100(?:，(.+))?。$", rf"^Score {N}/100(?:, (.+))?\.$", Raw.told_score),
    (rf"^比 {N} 天前的 {N} 分上升", rf"^Up from {N} {N} days ago", "up"),
    (rf"^比 {N} 天前的 {N} 分下降", rf"^Down from {N} {N} days ago", "down"),
    (rf"^与 {N} 天前持平", rf"^As {N} days ago", Raw.unchanged),
    (r"^建议：暂不跟进，线索已关闭(?:（(.+)）)?。$", r"^Next: leave it, the lead is closed(?: \((.+)\))?\.$",
     lambda r, text: r.due == "leave" and text == r.known["reason"]),
    (r"^建议：并入线索 (\w+) ", r"^Next: follow up under lead (\w+)\.", lambda r, text: r.due == "merge" and text == r.original),
    (rf"^建议：尽快首次联系，已等待 {N} 天", rf"^Next: make the first call, it has waited {N} days", Raw.first_call),
    (rf"^建议：先兑现约定，{TEXT}", rf"^Next: keep the promise first, {TEXT}", lambda r, text: r.due == "keep_promise" and text in r.newest_promise[0]),
    (rf"^建议：推动商机{TEXT}，当前阶段已停留 {N} 天", rf"^Next: move {TEXT}, {N} days in its stage", lambda r, name, days: r.due == "unblock" and r.stalled[name] == int(days)),
    (rf"^建议：现在联系，近期互动 {N} 次", rf"^Next: call now, {N} recent touches", lambda r, n: r.due == "call_now" and r.surge == int(n)),
    (r"^建议：约一次需求沟通", r"^Next: propose a meeting", lambda r: r.due == "meet"),
    (rf"^建议：重新激活，(?:从{TEXT}谈起，)?已 {N} 天没有互动", rf"^Next: re-engage(?:, starting from {TEXT})?; silent for {N} days",
     lambda r, text, days: r.due == "reengage" and r.silence == int(days) and (text is None or r.best_topic(text))),
    (rf"^建议：继续培育，可分享{TEXT}", rf"^Next: keep nurturing, with content about {TEXT}", lambda r, text: r.due == "nurture" and r.best_topic(text)),
    (r"^建议：继续培育，先了解需求", r"^Next: keep nurturing, find out", lambda r: r.due == "nurture" and not r.shares),
    (r"^联系方式：过去的跟进多用(.+)。$", r"^How: earlier follow-ups mostly went by (.+)\.$", Raw.usual_method),
    (rf"^联系时间：{N}:00–{N}:00 最活跃", rf"^When: most active {N}:00–{N}:00", Raw.hours),
    (r"^联系日期：周(.)互动最多", r"^Day: most touches on (\w+)", Raw.on_weekday),
    (rf"^可谈：看过{TEXT}（{D}）", rf"^Talk about: they opened {TEXT} \({D}\)", Raw.opened),
    (rf"^可谈(?:需求|预算|差异|约定)：{TEXT}", rf"^Talk about the (?:need|budget|difference|promise): {TEXT}", Raw.said),
    (rf"^可提同事 (.+)，{D}也有互动", rf"^Mention (.+), active on {D}", lambda r, name, on: any(last.isoformat() == on for _, last in r.colleagues[r.lead, name])),
]  # fmt: skip
ITEMS = [
    (r"^关注：(.+)。$", r"^Interested in: (.+)\.$", rf"^(.+)（占 {N}%，{N} 次，最近{D}）$", rf"^(.+) \({N}%, {N} touches, latest {D}\)$", Raw.topic),
    (r"^已知信息：(.+)。$", r"^Known: (.+)\.$", r"^(.+)$", r"^(.+)$", Raw.attribute),
    (r"^得分来自：(.+)。$", r"^Points from: (.+)\.$", rf"^(.+?) {SIGNED}(?:（{N} 次，最近{D}）)?$", rf"^(.+?) {SIGNED}(?: \({N} touches, latest {D}\))?$", Raw.reason),
    (r"^官网访问：(.+)。$", r"^Pages visited: (.+)\.$", rf"^(.+)（{N} 次，最近{D}）$", rf"^(.+) \({N} visits, latest {D}\)$", Raw.page),
    (r"^主要渠道：(.+)。$", r"^Main channels: (.+)\.$", rf"^(.+) {N} 次$", rf"^(.+) {N}$", Raw.channel),
    (r"^同公司近半年活跃的还有：(.+)。$", r"^Also active at the company in the last half year: (.+)\.$",
     rf"^(.+)（{N} 次，最近{D}）$", rf"^(.+) \({N} touches, latest {D}\)$", Raw.colleague),
    (r"^进行中的商机：(.+)。$", r"^Open opportunities: (.+)\.$", AMOUNT[0], AMOUNT[1], lambda r, *deal: r.deal(*deal, is_open=True)),
    (r"^已关闭的商机：(.+)。$", r"^Closed opportunities: (.+)\.$", AMOUNT[0], AMOUNT[1], lambda r, *deal: r.deal(*deal, is_open=False)),
]  # fmt: skip
SWAPPED = {  # the Chinese and the English sentence say their numbers in another order
    "hours": {"zh": lambda r, a, b, total, n: r.hours(a, b, n, total), "en": lambda r, a, b, n, total: r.hours(a, b, n, total)},
    "up": {"zh": lambda r, days, before: r.changed(1, before, days), "en": lambda r, before, days: r.changed(1, before, days)},
    "down": {"zh": lambda r, days, before: r.changed(-1, before, days), "en": lambda r, before, days: r.changed(-1, before, days)},
    "surge": {"zh": lambda r, days, n, usual: r.usual(days, n, usual), "en": lambda r, n, days, usual: r.usual(days, n, usual)},
}  # fmt: skip


def claims_of(text: str, side: int, lang: str):
    """Yield (check, values) of every claim in a sentence."""
    for *patterns, check in CLAIMS:
        found = re.search(patterns[side], text)
        if found:
            yield (SWAPPED[check][lang] if isinstance(check, str) else check), found.groups()
    for *patterns, check in ITEMS:
        found = re.search(patterns[side], text)
        if found:
            for item in found[1].split("、" if lang == "zh" else "; "):
                part = re.search(patterns[2 + side], item)
                yield check, part.groups() if part else (item,)


class Say:
    """What the definitions call values, rules, levels and stages in one language."""

    def __init__(self, definitions, lang):
        self.definitions, self.lang = definitions, lang
        scoring = definitions.scoring
        self.rules = {r.label.get(lang): r.id for r in (*scoring.attributes, *scoring.behaviours)}
        self.levels = {level.id: level.label.get(lang) for level in scoring.levels}
        self.level = self.levels.get
        self.stages, self.weekdays = STAGES[lang], WEEKDAYS[lang]
        self.signals = definitions.roles.lead.notes.signals

    def name(self, dimension: str) -> str:
        return self.definitions.dimensions[dimension].label.get(self.lang)

    def label(self, dimension: str, value: object) -> str:
        known = self.definitions.dimensions.get(dimension)
        spec = known.values.get(str(value)) if known else None
        return spec.label.get(self.lang) if spec and spec.label else str(value)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_follows_from_the_raw_tables(
    lang,
    chosen,
    summaries,
    touches,
    notes,
    basics,
    known,
    scored,
    pages,
    colleagues,
    deals,
    company,
):
    say = Say(company.definitions, lang)
    checked, parts, steps = 0, Counter(), set()
    for lead in chosen:
        raw = Raw(
            lead, touches[lead], notes[lead], basics[lead], known[lead], scored[lead], pages, colleagues,
            deals.get(basics[lead][6], []), say,
        )  # fmt: skip
        steps.add(raw.due)
        first, *rest = sentences(summaries[lead], company.definitions, lang, "CNY")
        named = f"{raw.name}，{raw.company}。" if lang == "zh" else f"{raw.name}, {raw.company}."
        assert first.text == named
        for sentence in rest:
            found = list(claims_of(sentence.text, NAMES[lang], lang))
            assert found or sentence.part not in PARTS, sentence
            for check, values in found:
                assert check(raw, *values), (lead, sentence.text, values)
                checked += 1
                parts[sentence.part] += 1
    assert checked > 24 * LEADS
    assert set(parts) >= PARTS
    assert len(steps) >= 5
