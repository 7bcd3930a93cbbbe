"""A made-up company with many facts, to see how loading and compiling grow."""

from __future__ import annotations

from collections.abc import Mapping

_DIMENSIONS = """\
version: 1
dimensions:
  channel: {label: {zh: 渠道, en: Channel}, synonyms: [来源渠道, source channel]}
  region: {label: {zh: 大区, en: Region}, synonyms: [区域, area]}
  product: {label: {zh: 产品, en: Product}}
  industry: {label: {zh: 行业, en: Industry}}
  owner: {label: {zh: 负责人, en: Owner}}
"""

CATALOG_TYPES: Mapping[str, str] = {
    "id": "BIGINT",
    "at": "TIMESTAMP",
    "channel": "VARCHAR",
    "region": "VARCHAR",
    "product": "VARCHAR",
    "industry": "VARCHAR",
    "owner": "VARCHAR",
    "status": "VARCHAR",
    "amount": "DECIMAL(12,2)",
    "cost": "DECIMAL(12,2)",
    "quantity": "INTEGER",
    "person_id": "BIGINT",
}
"""Column -> type of every fact's table."""

_METRICS = (
    "agg: count",
    "agg: sum, expr: amount",
    "agg: sum, expr: amount - cost, empty: zero",
    "agg: avg, expr: amount",
    "agg: count_distinct, expr: person_id",
    "agg: sum, expr: amount * quantity, filter: \"status = 'won' AND quantity > {n}\"",
    "agg: count, filter: \"status IN ('open', 'stage {n}')\"",
    "agg: max, expr: amount",
    'agg: median, expr: "CASE WHEN cost > {n} THEN amount / cost END"',
    'agg: count_distinct, expr: person_id, filter: "amount >= {n}000"',
)


def files(facts: int) -> dict[str, str]:
    """Return definition files with ten simple metrics and a ratio for each fact."""
    return {"dimensions.yml": _DIMENSIONS} | {
        f"fact_{number}.yml": _fact(number) for number in range(facts)
    }


def _fact(n: int) -> str:
    lines = [
        "version: 1",
        "defaults: {owner: mkt-ops, level: how}",
        "models:",
        f"  fact_{n}:",
        f"    source: fact_{n}",
        f"    label: {{zh: 事实{n}, en: Fact {n}}}",
        "    key: [id]",
        "    time: at",
        "    dims:",
        "      channel: channel",
        "      region: region",
        "      product: product",
        "      industry: industry",
        "      owner: owner",
        "metrics:",
    ]
    for index, text in enumerate(_METRICS):
        body = text.replace("{n}", str(n))
        words = f"label: {{zh: 指标{n}之{index}, en: Metric {n} of {index}}}"
        more = f"synonyms: [第{n}项第{index}个, item {n} no {index}]"
        rest = f"unit: CNY, description: Measure {index} of fact {n}."
        lines.append(f"  m{n}_{index}: {{model: fact_{n}, {body}, {words}, {more}, {rest}}}")
    words = f"label: {{zh: 比率{n}, en: Ratio {n}}}"
    lines.append(
        f"  ratio_{n}: {{type: ratio, numerator: m{n}_1, denominator: m{n}_4, {words}, unit: CNY}}"
    )
    return "\n".join(lines) + "\n"
