"""Lifetime value and cross-selling in words and tables."""

from __future__ import annotations

from assistant.answer import Cell, Table
from assistant.formatting import percent, show
from assistant.tell.told import Names, Told, key_column, money_column, value_column
from tools.customers.cross_sell import CrossSell, CrossSells
from tools.customers.value.contract import BacktestResult, CustomerValue, CustomerValues

_NAMED = 3
_WORDS = {
    "zh": {
        "historic": "截至{as_of}，{total} 家客户累计{what} {value}，平均每家 {mean}；最高：{first}。",
        "historic_one": "{name}：自{since}起 {orders} 单，累计{what} {value}。",
        "predicted": "未来 {days} 天，{total} 家客户预计带来 {expected}（80% 区间 {low} 至 {high}）；最高：{first}。",
        "predicted_one": "{name}：未来 {days} 天预计带来 {expected}（80% 区间 {low} 至 {high}），预计下单 {count} 次；至今累计 {value}。",
        "amount": "订单金额", "margin": "毛利", "list": "、", "pair": "{name}（{value}）",
        "account_id": "客户编号", "account": "客户", "owner": "负责人", "since": "首单", "orders": "订单数", "value": "至今价值",
        "expected": "预计价值", "low": "80% 下限", "high": "80% 上限", "count": "预计下单次数",
        "cohort": "首单季度", "customers": "客户数", "repeaters": "复购客户", "per": "每家至今", "first_year": "每家首年",
        "method": "方法", "error": "误差", "said": "当时预测", "came": "实际",
        "bg_nbd": "BG/NBD × Gamma-Gamma", "age_curve": "按客龄的平均累计曲线 × Gamma-Gamma", "own_rate": "简单法：各自过往频率", "pooled_rate": "简单法：统一平均频率",
        "tested": "回测：用 {start} 之前的数据预测到 {end}，实际 {actual}，采用的方法当时预测 {said}（误差 {error}），最好的简单法误差 {naive}",
        "used": "方法：{method}，由回测选出（客户层面偏差最小）", "margin_note": "价值按毛利计算", "amount_note": "价值按订单金额计算，未声明毛利",
        "not_beaten": "没有模型在回测中好过简单法，预测用的是简单法。", "outside": "回测时实际值落在模型自己的 80% 区间之外；给出的区间已按回测误差放宽。",
        "partly": "按名称中的“{part}”找到",
        "cross_one": "{name} 可以考虑：{first}。", "cross_product": "可以向 {accounts} 家客户推荐 {product}，最有可能：{first}。",
        "cross_all": "{accounts} 家客户有可推荐的产品，最有可能：{first}。", "cross_pair": "{name} → {product}（{having}/{peers}）", "cross_item": "{product}（{having}/{peers} 家相似客户已有）",
        "product": "产品", "owned": "已有产品", "why": "依据", "lift": "提升", "cosine": "相似度", "share": "相似客户占比",
        "because": "{segment}{peers} 家相似客户中有 {having} 家也买了 {product}（一般为 {usual}）", "in": "{segment}的 ", "clear": "，明显高于一般", "unclear": "，未明显高于一般",
        "alike": "相似：同{dims}，且至少有一款相同产品；相似客户少于 {least} 家时不限{dims}", "alike_any": "相似：至少有一款相同产品，相似客户不少于 {least} 家",
        "many": "比较的组合很多，个别“明显高于一般”可能只是巧合", "too_few": "{count} 家客户的相似客户太少，没有推荐。", "none": "没有可推荐的组合。",
        "none_clear": "没有一个组合明显高于一般水平，仅供参考。",
    },
    "en": {
        "historic": "As of {as_of}, {total} customers have brought {value} ({what}), {mean} each on average; the most: {first}.",
        "historic_one": "{name}: {orders} orders since {since}, {value} to date ({what}).",
        "predicted": "In the next {days} days {total} customers are expected to bring {expected} (80% interval {low} to {high}); the most: {first}.",
        "predicted_one": "{name}: expected to bring {expected} in the next {days} days (80% interval {low} to {high}), {count} orders expected; {value} to date.",
        "amount": "order amount", "margin": "gross margin", "list": ", ", "pair": "{name} ({value})",
        "account_id": "Account id", "account": "Account", "owner": "Owner", "since": "First order", "orders": "Orders", "value": "Value to date",
        "expected": "Expected", "low": "80% low", "high": "80% high", "count": "Expected orders",
        "cohort": "First order in", "customers": "Customers", "repeaters": "Bought again", "per": "Each to date", "first_year": "Each in the first year",
        "method": "Method", "error": "Error", "said": "Had said", "came": "Came",
        "bg_nbd": "BG/NBD × Gamma-Gamma", "age_curve": "mean cumulative curve by age × Gamma-Gamma", "own_rate": "naive: everybody's own rate", "pooled_rate": "naive: one rate for all",
        "tested": "Backtest: from data before {start} up to {end}, {actual} came, the method had said {said} (error {error}); the best naive method's error {naive}",
        "used": "Method: {method}, chosen by the backtest (least deviance over customers)", "margin_note": "Value is gross margin", "amount_note": "Value is order amount: no margin is declared",
        "not_beaten": "No model did better than the naive ones in the backtest; a naive one is used.", "outside": "In the backtest what came lay outside the model's own 80% interval; the interval given is widened by that error.",
        "partly": "found by “{part}” in the name",
        "cross_one": "{name} might want: {first}.", "cross_product": "{product} might be offered to {accounts} customers, likeliest: {first}.",
        "cross_all": "{accounts} customers have something to be offered, likeliest: {first}.", "cross_pair": "{name} → {product} ({having}/{peers})", "cross_item": "{product} ({having} of {peers} similar customers have it)",
        "product": "Product", "owned": "Has", "why": "Because", "lift": "Lift", "cosine": "Cosine", "share": "Share of similar",
        "because": "{having} of {peers} similar customers{segment} also have {product} (usually {usual})", "in": " in {segment}", "clear": ", clearly more than usual", "unclear": ", not clearly more than usual",
        "alike": "Similar: same {dims} and a product in common; of any {dims} where fewer than {least} are similar", "alike_any": "Similar: a product in common, at least {least} of them",
        "many": "Many pairs are compared: single ones may stand out by chance", "too_few": "{count} customers have too few similar ones; nothing is said of them.", "none": "There is nothing to offer.",
        "none_clear": "Nothing stands out clearly from the usual; take it as a hint.",
    },
}  # fmt: skip


def _words(lang: str) -> dict[str, str]:
    return _WORDS["zh" if lang == "zh" else "en"]


def _money(value: float | None, lang: str, names: Names) -> str:
    return show(value, unit=names.currency, pattern="#,##0", lang=lang)


def tell_value(result: CustomerValues, lang: str, names: Names) -> Told:
    """Return value to date with cohorts, or what to expect with interval and backtest."""
    w = _words(lang)
    if not result.rows:
        return Told(w["none"], is_empty=True)
    notes = [w["margin_note" if result.is_margin else "amount_note"]]
    if result.partly:
        notes.append(w["partly"].format(part=result.partly))
    warnings: list[str] = []
    tables = [_value_table(result, lang, names)]
    if result.backtest is not None:
        notes += _tested(result, result.backtest, lang, names)
        tables.append(_methods(result.backtest, lang, names))
        best = result.backtest.methods[0]
        if not best.low <= result.backtest.value <= best.high:
            warnings.append(w["outside"])
        if not result.beats_naive:
            warnings.append(w["not_beaten"])
    if result.cohorts:
        tables.append(_cohorts(result, lang, names))
    return Told(
        _value_head(result, lang, names), tables=tuple(tables), assumptions=tuple(notes),
        warnings=tuple(warnings),
    )  # fmt: skip


def _value_head(result: CustomerValues, lang: str, names: Names) -> str:
    w, row = _words(lang), result.rows[0]
    seen = "expected" if result.view == "predicted" else "value"
    first = w["list"].join(
        w["pair"].format(name=r.name or r.account, value=_money(getattr(r, seen), lang, names))
        for r in result.rows[:_NAMED]
    )
    key = f"{result.view}_one" if result.is_one else result.view
    return w[key].format(
        as_of=result.as_of, total=f"{result.total:,}", first=first, days=result.days,
        what=w["margin" if result.is_margin else "amount"], value=_money(result.value, lang, names),
        mean=_money(result.value / result.total, lang, names), name=row.name or row.account,
        since=row.customer_since, orders=row.orders, expected=_money(result.expected, lang, names),
        low=_money(result.low, lang, names), high=_money(result.high, lang, names),
        count=f"{row.expected_orders or 0:.2f}",
    )  # fmt: skip


def _tested(result: CustomerValues, tested: BacktestResult, lang: str, names: Names) -> list[str]:
    w, best = _words(lang), tested.methods[0]
    naive = min((abs(m.error) for m in tested.methods if m.is_naive), default=0.0)
    return [
        w["used"].format(method=w[result.method or best.method]),
        w["tested"].format(
            start=tested.start, end=tested.end, actual=_money(tested.value, lang, names),
            said=_money(best.predicted, lang, names), error=percent(best.error, lang, decimals=0, signed=True),
            naive=percent(naive, lang, decimals=0),
        ),
    ]  # fmt: skip


def _value_table(result: CustomerValues, lang: str, names: Names) -> Table:
    w = _words(lang)
    columns = [key_column(n, w[n]) for n in ("account_id", "account", "owner", "since")]
    columns += [
        value_column("orders", w["orders"]),
        money_column("value", w["value"], names.currency),
    ]
    if result.view == "predicted":
        columns.append(value_column("count", w["count"], pattern="0.00"))
        columns += [money_column(n, w[n], names.currency) for n in ("expected", "low", "high")]
    rows = tuple(_value_row(r, is_predicted=result.view == "predicted") for r in result.rows)
    return Table(name="result", columns=tuple(columns), rows=rows, total_rows=result.total)


def _value_row(r: CustomerValue, *, is_predicted: bool) -> tuple[Cell, ...]:
    seen: tuple[Cell, ...] = (
        r.account, r.name, r.owner, r.customer_since.isoformat(), r.orders, r.value
    )  # fmt: skip
    return (*seen, r.expected_orders, r.expected, r.low, r.high) if is_predicted else seen


def _methods(tested: BacktestResult, lang: str, names: Names) -> Table:
    w = _words(lang)
    columns = (
        key_column("method", w["method"]), money_column("said", w["said"], names.currency),
        money_column("came", w["came"], names.currency), value_column("error", w["error"], "%"),
    )  # fmt: skip
    rows = tuple((w[m.method], m.predicted, tested.value, m.error) for m in tested.methods)
    return Table(name="backtest", columns=columns, rows=rows, total_rows=len(rows))


def _cohorts(result: CustomerValues, lang: str, names: Names) -> Table:
    w = _words(lang)
    columns = (
        key_column("cohort", w["cohort"]), value_column("customers", w["customers"]),
        value_column("repeaters", w["repeaters"]),
        *(money_column(n, w[n], names.currency) for n in ("value", "per", "first_year")),
    )  # fmt: skip
    rows = tuple(
        (f"{c.start.year}Q{(c.start.month + 2) // 3}", c.customers, c.repeaters, c.value, c.per_customer, c.first_year)
        for c in result.cohorts
    )  # fmt: skip
    return Table(name="cohorts", columns=columns, rows=rows, total_rows=len(rows))


def tell_cross_sell(result: CrossSells, lang: str, names: Names) -> Told:
    """Return what to offer to whom, and how many similar customers have it."""
    w = _words(lang)
    notes = _alike(result, lang, names)
    warnings = (w["too_few"].format(count=result.too_few),) if result.too_few else ()
    if not result.rows:
        return Told(w["none"], is_empty=True, assumptions=notes, warnings=warnings)
    if not result.clear:
        warnings = (*warnings, w["none_clear"])
    key = "cross_one" if result.is_one else "cross_product" if result.product else "cross_all"
    pair = w["cross_item" if result.is_one else "cross_pair"]
    first = w["list"].join(
        pair.format(
            name=r.name or r.account, product=names.value("product", r.product), having=r.having, peers=r.peers
        )
        for r in result.rows[:_NAMED]
    )  # fmt: skip
    head = w[key].format(
        name=result.rows[0].name or result.rows[0].account, first=first,
        product=names.value("product", result.product), accounts=f"{result.accounts:,}",
    )  # fmt: skip
    table = _cross_table(result, lang, names)
    return Told(head, tables=(table,), assumptions=notes, warnings=warnings)


def _alike(result: CrossSells, lang: str, names: Names) -> tuple[str, ...]:
    w = _words(lang)
    dims = w["list"].join(names.dimension(d) for d in result.alike)
    said = w["alike" if dims else "alike_any"].format(dims=dims, least=result.least)
    found = w["partly"].format(part=result.partly)
    return (said, w["many"], found) if result.partly else (said, w["many"])


def _cross_table(result: CrossSells, lang: str, names: Names) -> Table:
    w = _words(lang)
    columns = (
        *(key_column(n, w[n]) for n in ("account_id", "account", "owner", "product", "owned")),
        value_column("share", w["share"], "%"), value_column("lift", w["lift"], pattern="0.00"),
        value_column("cosine", w["cosine"], pattern="0.00"), key_column("why", w["why"]),
    )  # fmt: skip
    rows = tuple(_cross_row(r, result.alike, lang, names) for r in result.rows)
    return Table(name="result", columns=columns, rows=rows, total_rows=result.total)


def _cross_row(r: CrossSell, dims: tuple[str, ...], lang: str, names: Names) -> tuple[Cell, ...]:
    w = _words(lang)
    alike = [names.value(d, v) for d, v in zip(dims, r.segment, strict=False) if v]
    segment = w["in"].format(segment=w["list"].join(alike)) if alike else ""
    why = w["because"].format(
        segment=segment, peers=r.peers, having=r.having, product=names.value("product", r.product),
        usual=percent(r.usual, lang, decimals=1),
    ) + w["clear" if r.is_clear else "unclear"]  # fmt: skip
    owned = w["list"].join(names.value("product", p) for p in r.owned)
    return (r.account, r.name, r.owner, r.product, owned, r.share, r.lift, r.cosine, why)
