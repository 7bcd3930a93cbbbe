"""Health, churn, silence and summaries of customers in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answer import Cell, Chart, Table
from assistant.customers import words
from assistant.customers.sentences import CustomerWriter, account_sentences, health_sentences
from assistant.formatting import number, percent
from assistant.leads.sentences import Sentence
from assistant.tell.customer_words import WORDS
from assistant.tell.told import Names, Told, key_column, money_column, value_column
from tools.customers.account import AccountSummary, Held
from tools.customers.dormant import DormantCustomers, Silence
from tools.customers.facts import CustomerHealth, HealthReason
from tools.customers.health import HealthList
from tools.customers.propensity import FeaturePush, LikelyCustomers

_REASONS = 2
_NAMED = 3


def _words(lang: str) -> Mapping[str, str]:
    return WORDS["zh" if lang == "zh" else "en"]


def _writer(names: Names, lang: str) -> CustomerWriter:
    if names.definitions is None:
        message = "customers need the definitions for the labels of values"
        raise ValueError(message)
    return CustomerWriter(names.definitions, lang, names.currency)


def tell_account(result: AccountSummary, lang: str, names: Names) -> Told:
    """Return what a salesperson needs before calling on a customer."""
    writer = _writer(names, lang)
    said = account_sentences(result, writer.definitions, lang, names.currency)
    lines = paragraphs(said, lang)
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    if result.health is not None:
        tables = (_parts_table(result.health, writer, lang),)
        charts = (_parts_chart(tables[0], result.health, lang),)
    if result.products:
        tables += (_products_table(result.products, writer, lang),)
    return Told(headline=lines[0], text="\n".join(lines[1:]), tables=tables, charts=charts)


def _products_table(held: Sequence[Held], writer: CustomerWriter, lang: str) -> Table:
    w = _words(lang)
    columns = (
        key_column("product", w["product"]), value_column("orders", w["orders"]),
        money_column("amount", w["revenue"], writer.currency), key_column("last", w["last_order"]),
    )  # fmt: skip
    rows = tuple((h.product, h.orders, h.amount, h.last_on.isoformat()) for h in held)
    return Table(name="products", columns=columns, rows=rows, total_rows=len(rows))


def _parts_chart(table: Table, row: CustomerHealth, lang: str) -> Chart:
    """Return the points of each part of a customer's health as bars."""
    title = f"{_words(lang)['score']} {row.score:g}/100"
    told = _words(lang)["list"].join(f"{name} {score:g}" for name, score, *_ in table.rows)
    return Chart(mark="bar", table=table.name, x="part", y=("score",), title=title, alt=told)


def paragraphs(said: Sequence[Sentence], lang: str) -> list[str]:
    """Return sentences as one line for each part."""
    parts: dict[str, list[str]] = {}
    for sentence in said:
        parts.setdefault(sentence.part, []).append(sentence.text)
    return [("" if lang == "zh" else " ").join(texts) for texts in parts.values()]


def tell_health(result: HealthList, lang: str, names: Names) -> Told:
    """Return one customer's health with its parts, or a list with the main reasons."""
    w, writer = _words(lang), _writer(names, lang)
    if not result.rows:
        return Told(headline=w["none"], is_empty=True, assumptions=_rules(result, writer, lang))
    rules = _rules(result, writer, lang)
    if result.is_one:
        row = result.rows[0]
        lines = paragraphs(tuple(health_sentences(writer, row)), lang)
        name = (row.name or row.account) + ("：" if lang == "zh" else ": ")
        tables: tuple[Table, ...] = (_parts_table(row, writer, lang),)
        drawn = (_parts_chart(tables[0], row, lang),)
        return Told(name + lines[0], "\n".join(lines[1:]), tables, drawn, assumptions=rules)
    tables = (_health_table(result, writer, lang),)
    if result.explain:
        tables += tuple(_parts_table(row, writer, lang) for row in result.rows[:_NAMED])
    text = w["count"].format(total=f"{result.total:,}", shown=len(result.rows))
    counted = [
        w["band_item"].format(band=writer.pick(words.BANDS[b.band]), count=f"{b.customers:,}")
        for b in result.bands
    ]
    space = "" if lang == "zh" else " "
    text += space + w["bands"].format(items=w["list"].join(counted))
    return Told(_health_head(result, lang), text, tables, assumptions=rules)


def _health_head(result: HealthList, lang: str) -> str:
    w = _words(lang)
    key = "end_pair" if result.expiring_days else "pair"
    first = w["list"].join(
        w[key].format(name=r.name or r.account, score=f"{r.score:g}", on=r.contract_end)
        for r in result.rows[:_NAMED]
    )
    if result.expiring_days:
        return w["ending"].format(days=result.expiring_days, total=f"{result.total:,}", first=first)
    return w[result.order].format(first=first)


def _rules(result: HealthList, writer: CustomerWriter, lang: str) -> tuple[str, ...]:
    """Return the weights in use, what counts for nobody, and how an account was found."""
    w = _words(lang)
    shares = [
        f"{writer.pick(words.PARTS[x.name])} {percent(x.weight, lang, decimals=0)}"
        for x in result.weights
    ]
    found = [
        w["declared"].format(good=f"{result.good:g}", poor=f"{result.poor:g}"),
        w["weights"].format(items=w["list"].join(shares)),
    ]
    if result.missing:
        items = w["list"].join(writer.missing(m) for m in result.missing)
        found.append(w["gone"].format(items=items))
    if result.partly:
        found.append(w["partly"].format(part=result.partly))
    return tuple(found)


def _health_table(result: HealthList, writer: CustomerWriter, lang: str) -> Table:
    w = _words(lang)
    columns = (
        *(key_column(n, w[n]) for n in ("account_id", "account", "owner")),
        value_column("score", w["score"]),
        value_column("previous", w["previous"].format(days=result.rows[0].trend_days)),
        key_column("band", w["band"]),
        key_column("end", w["end"]),
        money_column("revenue", w["revenue"], writer.currency),
        key_column("reasons", w["reasons"]),
    )
    rows = tuple(_health_row(r, writer, lang) for r in result.rows)
    return Table(name="result", columns=columns, rows=rows, total_rows=result.total)


def _health_row(r: CustomerHealth, writer: CustomerWriter, lang: str) -> tuple[Cell, ...]:
    end = r.contract_end.isoformat() if r.contract_end else None
    why = _words(lang)["list"].join(writer.reason(x) for x in worst_reasons(r)[:_REASONS])
    return (r.account, r.name, r.owner, r.score, r.previous, writer.band(r), end, r.revenue, why)


def worst_reasons(health: CustomerHealth) -> list[HealthReason]:
    """Return the observations that cost points, dearest first."""
    parts = sorted(health.parts, key=lambda p: p.weight * (p.score - 100))
    return [r for p in parts for r in p.reasons if r.costs]


def _parts_table(row: CustomerHealth, writer: CustomerWriter, lang: str) -> Table:
    w = _words(lang)
    columns = (
        key_column("part", w["part"]), value_column("score", w["score"]),
        value_column("weight", w["weight"], "%"), key_column("why", w["why"]),
    )  # fmt: skip
    rows = tuple(
        (writer.pick(words.PARTS[p.name]), p.score, p.weight, w["list"].join(map(writer.reason, p.reasons)))
        for p in row.parts
    )  # fmt: skip
    return Table(name=row.account, columns=columns, rows=rows, total_rows=len(rows))


def tell_likely(result: LikelyCustomers, lang: str, names: Names) -> Told:
    """Return who may leave or buy again, and whether a model or the rules say so."""
    w, writer = _words(lang), _writer(names, lang)
    warnings, notes = _trust(result, lang)
    if not result.rows:
        return Told(w["none"], is_empty=True, warnings=warnings, assumptions=notes)
    first = w["list"].join(
        w["pair"].format(name=r.health.name or r.account, score=f"{r.health.score:g}")
        if r.probability is None
        else w["chance_pair"].format(
            name=r.health.name or r.account, chance=percent(r.probability, lang, decimals=0)
        )
        for r in result.rows[:_NAMED]
    )
    how = w["by_rules"] if result.rules else w["by_model"]
    head = w[result.goal].format(days=result.days, total=f"{result.total:,}", first=first, how=how)
    table = _likely_table(result, writer, lang)
    return Told(head, tables=(table,), warnings=warnings, assumptions=notes)


def _trust(result: LikelyCustomers, lang: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (warnings, notes) on what the order rests on."""
    w = _words(lang)
    figures = {
        "goal": result.goal, "version": result.version, "auc": _figure(result.auc, lang),
        "low": _figure(result.auc_low, lang), "brier": _figure(result.brier, lang),
        "lift": _figure(result.lift, lang), "base": percent(result.base_rate or 0.0, lang, decimals=1),
    }  # fmt: skip
    if result.rules:
        return (w[result.rules].format(**figures),), ()
    moved = w["list"].join(_feature(name, lang) for name in result.drifted)
    warned = (w["drifted"].format(items=moved),) if moved else ()
    return warned, (w["model"].format(**figures),)


def _figure(value: float | None, lang: str) -> str:
    return number(value or 0.0, lang, decimals=2)


def _feature(name: str, lang: str) -> str:
    pair = words.FEATURES.get(name)
    return name if pair is None else pair[0 if lang == "zh" else 1]


def _likely_table(result: LikelyCustomers, writer: CustomerWriter, lang: str) -> Table:
    w = _words(lang)
    by_model = result.rules is None
    columns = [key_column(n, w[n]) for n in ("account_id", "account", "owner")]
    columns += [value_column("chance", w["chance"], "%")] if by_model else []
    columns += [
        value_column("score", w["score"]), key_column("end", w["end"]),
        money_column("revenue", w["revenue"], writer.currency), key_column("reasons", w["reasons"]),
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for r in result.rows:
        h = r.health
        why = [_push(p, writer, lang) for p in r.pushes] or [
            writer.reason(x) for x in worst_reasons(h)[:_REASONS]
        ]
        end = h.contract_end.isoformat() if h.contract_end else None
        chance: tuple[Cell, ...] = (r.probability,) if by_model else ()
        rows.append(
            (r.account, h.name, h.owner, *chance, h.score, end, h.revenue, w["list"].join(why))
        )
    return Table(name="result", columns=tuple(columns), rows=tuple(rows), total_rows=result.total)


def _push(push: FeaturePush, writer: CustomerWriter, lang: str) -> str:
    w = _words(lang)
    dimension = writer.definitions.dimensions.get(push.field)
    label = dimension.label.get(lang) if dimension else _feature(push.field, lang)
    value = f"{push.value:g}" if isinstance(push.value, float) else str(push.value or "")
    return w["push"].format(field=label, value=value, sign=w["up" if push.by > 0 else "down"])


def tell_dormant(result: DormantCustomers, lang: str, names: Names) -> Told:
    """Return who has fallen silent, or how one customer stands."""
    w, writer = _words(lang), _writer(names, lang)
    signals = w["or"].join(w[f"signal_{s}"] for s in result.signals)
    notes = [w["rule"].format(days=result.days, signals=signals, times=f"{result.times:g}")]
    if result.missing:
        unseen = w["list"].join(w[f"signal_{s}"] for s in result.missing)
        notes.append(w["unseen"].format(items=unseen))
    if result.partly:
        notes.append(w["partly"].format(part=result.partly))
    if not result.rows:
        return Told(w["none"], is_empty=True, assumptions=tuple(notes))
    if result.is_one:
        return Told(_silent(result.rows[0], lang), assumptions=tuple(notes))
    first = w["list"].join(
        w["dormant_pair"].format(name=r.name or r.account, days=r.days)
        for r in result.rows[:_NAMED]
    )
    head = w["dormant"].format(
        total=f"{result.total:,}", customers=f"{result.customers:,}",
        revenue=writer.money(result.revenue), first=first,
    )  # fmt: skip
    return Told(head, tables=(_dormant_table(result, writer, lang),), assumptions=tuple(notes))


def _silent(row: Silence, lang: str) -> str:
    w = _words(lang)
    gap = w["usual"].format(gap=f"{row.usual_gap:g}") if row.usual_gap is not None else ""
    state = w["asleep" if row.is_dormant else "awake"]
    name = row.name or row.account
    return w["silent_one"].format(name=name, on=row.last_on, days=row.days, gap=gap, state=state)


def _dormant_table(result: DormantCustomers, writer: CustomerWriter, lang: str) -> Table:
    w = _words(lang)
    columns = (
        *(key_column(n, w[n]) for n in ("account_id", "account", "owner", "last")),
        value_column("days", w["days"]), value_column("gap", w["gap"]),
        money_column("revenue", w["revenue"], writer.currency),
    )  # fmt: skip
    rows = tuple(
        (r.account, r.name, r.owner, r.last_on.isoformat(), r.days, r.usual_gap, r.revenue)
        for r in result.rows
    )
    return Table(name="result", columns=columns, rows=rows, total_rows=result.total)
