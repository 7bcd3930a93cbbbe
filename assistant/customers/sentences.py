"""Customers as sentences. Pure: every word that varies comes from one cited fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.customers import words
from assistant.formatting import percent, show
from assistant.leads.sentences import Sentence, Writer
from semantic_layer.loader import Definitions
from tools.customers.account import AccountSummary
from tools.customers.facts import CustomerHealth, HealthReason, MissingPart
from tools.leads.facts import Deal

LEAST_TREND = 1.0
"""A change of the score below this is none."""
_MONEY = frozenset({"overdue", "paid"})


class CustomerWriter(Writer):
    """Fills the templates of customers in one language."""

    lines, items = words.LINES, words.ITEMS

    def money(self, value: float) -> str:
        """Return an amount in the company's currency."""
        return show(value, unit=self.currency, pattern="#,##0", lang=self.lang)

    def reason(self, reason: HealthReason) -> str:
        """Return one observation."""
        is_money = reason.kind in _MONEY
        value, was = (
            self.money(v) if is_money and v is not None else v for v in (reason.value, reason.was)
        )
        return self.item(
            reason.kind, on=reason.on, days=reason.days, count=reason.count, value=value, was=was
        )

    def missing(self, part: MissingPart) -> str:
        """Return a part that was not counted, with why."""
        return self.item(f"missing_{part.why}", part=self.pick(words.PARTS[part.name]))

    def band(self, health: CustomerHealth) -> str:
        """Return the band of a score."""
        return self.pick(words.BANDS[health.band])


def account_sentences(
    summary: AccountSummary, definitions: Definitions, lang: str, currency: str = ""
) -> tuple[Sentence, ...]:
    """Return a summary in sentences, in the order in which a person wants to know.

    Args:
        summary: The facts.
        definitions: For the labels of values.
        lang: `zh` or `en`.
        currency: Unit of amounts, such as CNY.
    """
    writer = CustomerWriter(definitions, lang, currency)
    return tuple(s for part in _PARTS for s in part(writer, summary))


def health_sentences(w: CustomerWriter, health: CustomerHealth) -> Iterator[Sentence]:
    """Yield the score, its trend, its parts with their weights, and why."""
    yield w.line("health", "health", health, score=health.score, band=w.band(health))
    if health.previous is not None:
        change = health.score - health.previous
        trend = "flat" if abs(change) < LEAST_TREND else "up" if change > 0 else "down"
        yield w.line(
            "health", f"health_{trend}", health, previous=health.previous, days=health.trend_days
        )
    items = [
        w.item("part", part=w.pick(words.PARTS[p.name]), score=p.score,
               weight=percent(p.weight, w.lang, decimals=0))
        for p in health.parts
    ]  # fmt: skip
    yield w.many("health", "parts", [health], items)
    ordered = sorted(health.parts, key=lambda p: p.weight * (p.score - 100))
    reasons = [w.reason(r) for p in ordered for r in p.reasons]
    yield w.many("health", "reasons", [health], reasons)
    if health.missing:
        yield w.many("health", "missing", [health], [w.missing(m) for m in health.missing])


def _who(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    who = s.who
    yield w.line("who", "who", who, name=who.name or who.account, account=who.account)
    if who.owner:
        yield w.line("who", "owner", who, owner=who.owner)
    if who.known:
        items = [
            w.item("known", label=k.label.get(w.lang), value=w.label(k.id, k.value))
            for k in who.known
        ]
        yield w.many("who", "known", who.known, items)


def _bought(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    health = s.health
    if health is None:
        return
    yield w.line(
        "deal", "since", health, since=health.customer_since, revenue=w.money(health.revenue)
    )
    if health.contract_end is not None and health.days_left is not None:
        key = "contract" if health.days_left >= 0 else "contract_ended"
        yield w.line("deal", key, health, end=health.contract_end, days=abs(health.days_left))
    if s.products:
        items = [
            w.item("product", product=w.label("product", p.product), orders=p.orders,
                   amount=w.money(p.amount), last_on=p.last_on)
            for p in s.products
        ]  # fmt: skip
        yield w.many("deal", "products", s.products, items)


def _health(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    if s.health is not None:
        yield from health_sentences(w, s.health)


def _deals(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    if s.deals:
        yield w.many("deal", "deal_open", s.deals, [_deal(w, d) for d in s.deals])


def _deal(w: CustomerWriter, deal: Deal) -> str:
    key = "deal" if deal.stage is None else "deal_stage" if deal.amount is None else "deal_amount"
    amount = w.money(deal.amount) if deal.amount is not None else ""
    stage = w.label("stage", deal.stage)
    return w.item(key, name=deal.name or deal.deal, stage=stage, amount=amount)


def _touches(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    if s.topics:
        items = [
            w.item("topic", topic=w.label("content_topic", t.topic), touches=t.touches,
                   share=percent(t.share, w.lang, decimals=0), last_on=t.last_on)
            for t in s.topics
        ]  # fmt: skip
        yield w.many("behaviour", "topics", s.topics, items)
    h = s.habits
    if h is None:
        return
    yield w.line(
        "behaviour", "touches", h, touches=h.touches, active_days=h.active_days, last_on=h.last_on
    )
    if h.channels:
        items = [
            w.item("channel", value=w.label("channel", c.value), touches=c.touches)
            for c in h.channels
        ]
        yield w.many("behaviour", "channels", [h], items)
    if h.surge:
        g = h.surge
        yield w.line("behaviour", "surge", g, days=g.days, touches=g.touches, usual=g.usual)


def _people(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    if s.colleagues:
        items = [
            w.item("colleague", name=" ".join(filter(None, (c.name or c.person, c.title))),
                   touches=c.touches, last_on=c.last_on)
            for c in s.colleagues
        ]  # fmt: skip
        yield w.many("people", "colleagues", s.colleagues, items)


def _risks(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    reasons = [r for r in s.risks if r.reason is not None]
    if reasons:
        yield w.many("risk", "risk", reasons, [w.reason(r.reason) for r in reasons if r.reason])
    for risk in s.risks:
        if risk.deal is not None:
            name = risk.deal.name or risk.deal.deal
            yield w.line("risk", "risk_deal", risk, text=name, days=risk.deal.stage_days)


def _next(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    step = s.step
    value = w.money(step.value) if step.kind == "collect" and step.value is not None else ""
    yield w.line(
        "next", f"step_{step.kind}", step, on=step.on, days=step.days, text=step.text, value=value
    )
    if step.hours:
        yield w.line("next", "step_hours", step, start=step.hours.start, end=step.hours.end)


def _caveats(w: CustomerWriter, s: AccountSummary) -> Iterator[Sentence]:
    for c in s.caveats:
        yield w.line("note", f"caveat_{c.kind}", c, count=c.count, text=c.text)


_PARTS: tuple[Callable[[CustomerWriter, AccountSummary], Iterator[Sentence]], ...] = (
    _who, _bought, _health, _deals, _touches, _people, _risks, _next, _caveats,
)  # fmt: skip
