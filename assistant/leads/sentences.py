"""A lead summary as sentences. Pure: every word that varies comes from one cited fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.formatting import number, percent, show
from assistant.leads import words
from semantic_layer.loader import Definitions
from tools.leads.facts import Deal, Fact, Habits, LeadSummary, Score, Step

_LEAST_TREND = 0.5


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and the rows that it rests on.

    Attributes:
        part: Where it belongs: who, need, behaviour, people, score, deal, risk, next, note.
        sources: `kind:id` of rows, as in the facts.
    """

    part: str
    text: str
    sources: tuple[str, ...] = ()


class Writer:
    """Fills templates in one language.

    Args:
        definitions: For the labels of values.
        lang: `zh` or `en`.
        currency: Unit of amounts.
    """

    lines, items = words.LINES, words.ITEMS

    def __init__(self, definitions: Definitions, lang: str, currency: str) -> None:
        self.definitions, self.lang, self.currency = definitions, lang, currency
        self._side = 0 if lang == "zh" else 1

    def pick(self, pair: words.Pair) -> str:
        """Return the side of a pair in the reader's language."""
        return pair[self._side]

    def line(self, part: str, key: str, fact: Fact, **values: object) -> Sentence:
        """Return one sentence."""
        text = self.pick(self.lines[key]).format(**self._shown(values))
        return Sentence(part, text, fact.sources)

    def item(self, key: str, **values: object) -> str:
        """Return one entry of a list inside a sentence."""
        return self.pick(self.items[key]).format(**self._shown(values))

    def many(self, part: str, key: str, facts: Sequence[Fact], items: Sequence[str]) -> Sentence:
        """Return one sentence with a list."""
        joined = self.pick(words.SEPARATOR).join(items)
        sources = tuple(dict.fromkeys(s for f in facts for s in f.sources))
        return Sentence(part, self.pick(self.lines[key]).format(items=joined), sources)

    def label(self, dimension: str, value: object) -> str:
        """Return a stored value of a dimension as people say it."""
        known = self.definitions.dimensions.get(dimension)
        spec = known.values.get(str(value)) if known else None
        return spec.label.get(self.lang) if spec and spec.label else str(value)

    def _shown(self, values: dict[str, object]) -> dict[str, str]:
        return {name: self._text(value) for name, value in values.items()}

    def _text(self, value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, float):
            return number(value, self.lang, decimals=0 if value == round(value) else 1)
        return str(value)


def sentences(
    summary: LeadSummary, definitions: Definitions, lang: str, currency: str = ""
) -> tuple[Sentence, ...]:
    """Return a lead summary in sentences, in the order in which a person wants to know.

    Args:
        summary: The facts.
        definitions: For the labels of values.
        lang: `zh` or `en`.
        currency: Unit of amounts, such as CNY.
    """
    writer = Writer(definitions, lang, currency)
    return tuple(s for part in _PARTS for s in part(writer, summary))


def _who(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    who = s.who
    name, company = who.name or w.pick(words.NOBODY), who.company or w.pick(words.NO_COMPANY)
    yield w.line("who", "who", who, name=name, company=company)
    if who.title:
        yield w.line("who", "title", who, title=who.title)
    key = "owner" if who.owner else "created"
    yield w.line("who", key, who, owner=who.owner, lead=who.lead, created_on=who.created_on)
    if who.attributes:
        items = [
            w.item("attribute", label=a.label.get(w.lang), value=w.label(a.id, a.value))
            for a in who.attributes
        ]
        yield w.many("who", "attributes", who.attributes, items)
    if s.stage is not None:
        stage = s.stage
        yield w.line("who", "stage", stage, label=stage.label.get(w.lang), since=stage.since)


def _needs(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    if s.topics:
        items = [
            w.item("topic", topic=w.label("content_topic", t.topic), touches=t.touches,
                   share=percent(t.share, w.lang, decimals=0), last_on=t.last_on)
            for t in s.topics
        ]  # fmt: skip
        yield w.many("need", "topics", s.topics, items)
    if s.pages:
        items = [w.item("page", page=p.page, visits=p.visits, last_on=p.last_on) for p in s.pages]
        yield w.many("need", "pages", s.pages, items)
    for kind in ("need", "budget", "promise", "competitor", "objection"):
        clause = next((c for c in s.clauses if c.kind == kind), None)
        if clause is not None:
            yield w.line("need", kind, clause, text=clause.text, on=clause.said_on)


def _behaviour(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    h = s.habits
    if h is None:
        return
    yield w.line(
        "behaviour", "touches", h, touches=h.touches, active_days=h.active_days, last_on=h.last_on
    )
    if h.last_kind:
        yield w.line("behaviour", "last_kind", h, kind=w.label("touch_kind", h.last_kind))
    if h.channels:
        items = [
            w.item("channel", value=w.label("channel", c.value), touches=c.touches)
            for c in h.channels
        ]
        yield w.many("behaviour", "channels", [h], items)
    yield from _rhythm(w, h)


def _rhythm(w: Writer, h: Habits) -> Iterator[Sentence]:
    if h.gap_days:
        yield w.line("behaviour", "rhythm", h, gap_days=h.gap_days)
    if h.hours:
        o = h.hours
        yield w.line(
            "behaviour", "hours", h, start=o.start, end=o.end, touches=o.touches, total=o.total
        )
    if h.surge:
        g = h.surge
        yield w.line("behaviour", "surge", g, days=g.days, touches=g.touches, usual=g.usual)


def _people(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    if s.colleagues:
        items = [
            w.item("colleague", name=" ".join(filter(None, (c.name or c.person, c.title))),
                   touches=c.touches, last_on=c.last_on)
            for c in s.colleagues
        ]  # fmt: skip
        yield w.many("people", "colleagues", s.colleagues, items)


def _score(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    score = s.score
    if score is None:
        return
    key = "score_level" if score.level else "score"
    level = score.level.get(w.lang) if score.level else ""
    yield w.line("score", key, score, score=score.score, max_score=score.max_score, level=level)
    if score.previous is not None:
        change = score.score - score.previous
        trend = "flat" if abs(change) < _LEAST_TREND else "up" if change > 0 else "down"
        days = score.previous_days
        yield w.line("score", f"score_{trend}", score, previous=score.previous, previous_days=days)
    if score.reasons:
        yield w.many("score", "reasons", score.reasons[:4], _reasons(w, score))
    judged = score.judgement
    if judged is not None:
        key = "judged" if judged.score is None else "judged_score"
        yield w.line("score", key, judged, author=judged.author, said_on=judged.said_on,
                     comment=judged.comment, score=judged.score)  # fmt: skip


def _reasons(w: Writer, score: Score) -> list[str]:
    return [
        w.item(
            "reason_count" if r.count and r.last_on else "reason", label=r.label.get(w.lang),
            points=number(r.points, w.lang, decimals=1, signed=True), count=r.count, last_on=r.last_on,
        )
        for r in score.reasons[:4]
    ]  # fmt: skip


def _deals(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    for key, is_open in (("deal_open", True), ("deal_closed", False)):
        found = [d for d in s.deals if d.is_open is is_open]
        if found:
            yield w.many("deal", key, found, [_deal(w, d) for d in found])


def _deal(w: Writer, deal: Deal) -> str:
    key = "deal" if deal.stage is None else "deal_stage" if deal.amount is None else "deal_amount"
    amount = (
        show(deal.amount, unit=w.currency, pattern="#,##0", lang=w.lang) if deal.amount else "0"
    )
    stage = w.label("stage", deal.stage)
    return w.item(key, name=deal.name or deal.deal, stage=stage, amount=amount)


def _risks(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    for risk in s.risks:
        plain = f"risk_{risk.kind}_plain"
        key = plain if risk.text is None and plain in words.LINES else f"risk_{risk.kind}"
        yield w.line("risk", key, risk, days=risk.days, text=risk.text)


def _next(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    step = s.step
    if step is None:
        return
    plain = f"step_{step.kind}_plain"
    key = plain if step.text is None and plain in words.LINES else f"step_{step.kind}"
    yield w.line("next", key, step, days=step.days, text=step.text)
    yield from _when(w, step)
    for point in s.points:
        yield w.line("next", f"point_{point.kind}", point, text=point.text, on=point.on)


def _when(w: Writer, step: Step) -> Iterator[Sentence]:
    if step.channel:
        channel = w.label("followup_method", step.channel)
        yield w.line("next", "step_channel", step, channel=channel)
    if step.hours:
        yield w.line("next", "step_hours", step, start=step.hours.start, end=step.hours.end)
    if step.weekday is not None:
        day = w.pick(words.WEEKDAYS[step.weekday])
        yield w.line("next", "step_weekday", step, weekday=day)


def _caveats(w: Writer, s: LeadSummary) -> Iterator[Sentence]:
    for caveat in s.caveats:
        items = w.pick(words.SEPARATOR).join(caveat.names)
        yield w.line("note", f"caveat_{caveat.kind}", caveat, count=caveat.count, items=items)


_PARTS: tuple[Callable[[Writer, LeadSummary], Iterator[Sentence]], ...] = (
    _who, _needs, _behaviour, _people, _score, _deals, _risks, _next, _caveats,
)  # fmt: skip
