"""How attribution models and the health score are made, in words."""

from __future__ import annotations

from assistant.answer import Table, TableColumn
from assistant.customers.words import PARTS
from assistant.formatting import percent
from assistant.tell.told import Told
from semantic_layer.credit.models import MODELS
from tools.methods import MethodDescription

_WORDS = {
    "zh": {
        "one": "{label}：{meaning}。", "all": "共有 {count} 种归因模型：{names}。", "list": "、",
        "default": "不指定时用{label}，回溯 {days} 天：成交前这段时间内的触点按模型分得转化金额。",
        "model": "模型", "meaning": "怎么分", "part": "项目", "weight": "权重", "item": "{name} {weight}",
        "health": "健康度（0 到 100 分）是各项得分按权重的平均：{items}。",
        "bands": "{good} 分以上为健康，低于 {poor} 分为有风险，其间为需关注；缺数据的项不计，权重分给其余各项。",
    },
    "en": {
        "one": "{label}: {meaning}.", "all": "There are {count} attribution models: {names}.", "list": ", ",
        "default": "Unless a model is named it is {label}, looking back {days} days: the touches of that time before the conversion share its amount.",
        "model": "Model", "meaning": "Who takes what", "part": "Part", "weight": "Weight", "item": "{name} {weight}",
        "health": "The health score (0 to 100) is the mean of its parts by weight: {items}.",
        "bands": "From {good} a customer is well, below {poor} at risk; parts without data are left out and their weight goes to the others.",
    },
}  # fmt: skip


def tell_method(result: MethodDescription, lang: str) -> Told:
    """Return the definition of what a question asked about; it holds no figure of the data."""
    return _health(result, lang) if result.topic == "health" else _models(result, lang)


def _models(result: MethodDescription, lang: str) -> Told:
    w = _WORDS[lang]
    default = w["default"].format(
        label=MODELS[result.default].label.get(lang), days=result.lookback_days
    )
    if len(result.models) < len(MODELS):
        lines = [
            w["one"].format(label=m.label.get(lang), meaning=m.meaning.get(lang))
            for m in result.models
        ]
        return Told("\n".join(lines), default)
    names = w["list"].join(m.label.get(lang) for m in result.models)
    rows = tuple((m.label.get(lang), m.meaning.get(lang)) for m in result.models)
    table = _table(("model", "meaning"), rows, w)
    return Told(w["all"].format(count=len(rows), names=names), default, (table,))


def _health(result: MethodDescription, lang: str) -> Told:
    w = _WORDS[lang]
    rows = tuple(
        (PARTS[p.name][0 if lang == "zh" else 1], percent(p.weight, lang, decimals=0))
        for p in result.parts
    )
    items = w["list"].join(w["item"].format(name=name, weight=weight) for name, weight in rows)
    bands = w["bands"].format(good=f"{result.good:g}", poor=f"{result.poor:g}")
    return Told(w["health"].format(items=items), bands, (_table(("part", "weight"), rows, w),))


def _table(names: tuple[str, str], rows: tuple[tuple[str, str], ...], w: dict[str, str]) -> Table:
    columns = tuple(TableColumn(name=n, label=w[n], type="string", kind="dimension") for n in names)
    return Table(name="method", columns=columns, rows=rows, total_rows=len(rows))
