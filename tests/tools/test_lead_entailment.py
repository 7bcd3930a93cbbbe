"""Every sentence of 200 summaries against the raw tables: no code of the product between.

Each sentence about what was said and done must fit a pattern below, and what it claims is computed again from rows that
hand-written SQL reads. What advises (next) or sums up points (score) is checked elsewhere.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date, timedelta
from statistics import median

import pytest

from assistant.leads.sentences import sentences
from tools import get_tool
from tools.leads.facts import LeadSummary

AS_OF = date(2026, 10, 27)
LEADS = 200
NAMES = {"zh": 0, "en": 1}
COUNTED = {"need", "behaviour", "people", "deal", "risk"}
"""Parts of a summary in which every sentence must be a claim that is checked here."""


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
def notes(chosen, hand) -> dict[str, list[tuple[str, date]]]:
    found: dict[str, list[tuple[str, date]]] = {lead: [] for lead in chosen}
    for lead, note, on in hand(
        "SELECT lead_id, note, CAST(followed_at + INTERVAL 8 HOUR AS DATE) FROM followups WHERE lead_id IN (SELECT unnest(?))",
        chosen,
    ):
        found[lead].append((note, on))
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
               date_diff('day', CAST(max(s.entered_at) + INTERVAL 8 HOUR AS DATE), DATE '2026-10-27')
        FROM opportunities o LEFT JOIN opportunity_stages s USING (opportunity_id) GROUP BY ALL
    """):
        found.setdefault(account, []).append(tuple(rest))
    return found


class Raw:
    """The raw rows of one lead, and what follows from them."""

    def __init__(self, lead, touches, notes, basics, pages, colleagues, deals, label):
        self.lead, self.touches, self.notes, self.label = lead, touches, notes, label
        (self.name, self.title, self.company, self.owner, self.created, self.closed, self.account,
         self.original) = basics  # fmt: skip
        self.pages, self.colleagues, self.deals = pages, colleagues, deals
        self.days = sorted({t[0].date() for t in touches})

    def topic(self, shown, touches, last):
        mine = [
            t[0].date() for t in self.touches if self.label("content_topic", t[4] or t[3]) == shown
        ]
        return (len(mine), max(mine)) == (int(touches), date.fromisoformat(last))

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
            text in n and (on is None or day == date.fromisoformat(on)) for n, day in self.notes
        )

    def gap(self, shown):
        gaps = [(b - a).days for a, b in zip(self.days, self.days[1:], strict=False)]
        return round(median(gaps)) == int(shown)

    def hours(self, start, end, touches=None, total=None):
        held = sum(int(start) <= t[0].hour < int(end) for t in self.touches)
        best = max(sum(s <= t[0].hour < s + 3 for t in self.touches) for s in range(22))
        told = touches is None or (int(touches), int(total)) == (held, len(self.touches))
        return held == best and told

    def recent(self, days, touches=None):
        since = AS_OF - timedelta(days=int(days) - 1)
        count = sum(t[0].date() >= since for t in self.touches)
        return touches is None or count == int(touches)

    def usual(self, days, touches, usual):
        before = [AS_OF - timedelta(days=int(days) - 1 + n) for n in range(1, 92)]
        mean = sum(t[0].date() in set(before) for t in self.touches) * int(days) / 91
        return self.recent(days, touches) and abs(mean - float(usual)) <= 0.051

    def deal(self, name, *, is_open):
        return any(d[0] == name and (d[3] is None) is is_open for d in self.deals)

    def in_stage(self, name, days):
        return any(d[0] == name and d[4] == int(days) for d in self.deals)

    def silent(self, days):
        return (AS_OF - self.days[-1]).days == int(days)

    def promised(self, days, text):
        return any(text in n and (AS_OF - day).days == int(days) for n, day in self.notes)


D, N = r"(\d{4}-\d\d-\d\d)", r"([\d,.]+)"
TEXT = "“(.+?)”"
CLAIMS = [
    (rf"线索 (\w+) 创建于{D}", rf"ead (\w+) created on {D}", lambda r, lead, on: (lead, on) == (r.lead, r.created.isoformat())),
    (r"^负责人：(.+?)；", r"^Owner: (.+?);", lambda r, owner: owner == r.owner),
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
]  # fmt: skip
ITEMS = [
    (r"^关注：(.+)。$", r"^Interested in: (.+)\.$", rf"^(.+)（占 \d+%，{N} 次，最近{D}）$", rf"^(.+) \(\d+%, {N} touches, latest {D}\)$", Raw.topic),
    (r"^官网访问：(.+)。$", r"^Pages visited: (.+)\.$", rf"^(.+)（{N} 次，最近{D}）$", rf"^(.+) \({N} visits, latest {D}\)$", Raw.page),
    (r"^主要渠道：(.+)。$", r"^Main channels: (.+)\.$", rf"^(.+) {N} 次$", rf"^(.+) {N}$", Raw.channel),
    (r"^同公司近半年活跃的还有：(.+)。$", r"^Also active at the company in the last half year: (.+)\.$",
     rf"^(.+)（{N} 次，最近{D}）$", rf"^(.+) \({N} touches, latest {D}\)$", Raw.colleague),
    (r"^进行中的商机：(.+)。$", r"^Open opportunities: (.+)\.$", r"^(.+?)（.*）$", r"^(.+?) \(.*\)$", lambda r, name: r.deal(name, is_open=True)),
    (r"^已关闭的商机：(.+)。$", r"^Closed opportunities: (.+)\.$", r"^(.+?)（.*）$", r"^(.+?) \(.*\)$", lambda r, name: r.deal(name, is_open=False)),
]  # fmt: skip
SWAPPED = {  # the Chinese and the English sentence say their numbers in another order
    "hours": {"zh": lambda r, a, b, total, n: r.hours(a, b, n, total), "en": lambda r, a, b, n, total: r.hours(a, b, n, total)},
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_follows_from_the_raw_tables(
    lang, chosen, summaries, touches, notes, basics, pages, colleagues, deals, company
):
    def label(dimension: str, value: str) -> str:
        spec = company.definitions.dimensions[dimension].values.get(str(value))
        return spec.label.get(lang) if spec and spec.label else str(value)

    checked, parts = 0, Counter()
    for lead in chosen:
        account = basics[lead][6]
        raw = Raw(
            lead,
            touches[lead],
            notes[lead],
            basics[lead],
            pages,
            colleagues,
            deals.get(account, []),
            label,
        )
        said = sentences(summaries[lead], company.definitions, lang, "CNY")
        assert said[0].text == (
            f"{raw.name}，{raw.company}。" if lang == "zh" else f"{raw.name}, {raw.company}."
        )
        for sentence in said:
            claims = list(claims_of(sentence.text, NAMES[lang], lang))
            assert claims or sentence.part not in COUNTED, sentence
            for check, values in claims:
                assert check(raw, *values), (lead, sentence.text, values)
                checked += 1
                parts[sentence.part] += 1
    assert checked > 12 * LEADS
    assert set(parts) >= COUNTED | {"who"}
