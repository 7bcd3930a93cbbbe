"""What people say about customers: health, churn, contracts that end, value, cross-selling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CUSTOMER_WORDS: Mapping[str, tuple[str, ...]] = {
    "health": ("健康度", "客户健康度", "健康分", "健康评分", "健康度评分", "健康状况", "健康情况", "客户健康", "健康得分", "最不健康", "不健康", "health score", "health scores", "account health", "customer health", "health", "healthy", "unhealthy", "least healthy", "healthiest", "health of", "account health of"),
    "expiring": ("到期", "到期的", "快到期", "快到期的", "即将到期", "即将到期的", "将到期", "合同到期", "合同快到期", "合同即将到期", "要到期", "要到期的", "会到期", "合同到期的", "待续约", "该续约", "要续约", "需要续约", "expire", "expires", "expiring", "contracts expiring", "contract expires", "contracts expire", "contract ending", "contracts ending", "contract ends", "whose contract ends", "whose contract expires", "up for renewal", "due for renewal", "renewals due", "renewal due"),
    "churn": ("可能流失", "会流失", "可能会流失", "流失风险", "有流失风险", "流失概率", "流失的可能", "客户流失", "流失客户", "容易流失", "即将流失", "要流失", "快流失", "快要流失", "最可能流失", "最可能流失的", "最有可能流失", "最有可能流失的", "流失预警", "流失预测", "可能流失的", "高流失风险", "likely to churn", "churn", "churn risk", "at risk of churning", "may churn", "might churn", "will churn", "about to churn", "at risk", "likely to leave", "may leave", "churn prediction", "churn probability"),
    "repurchase": ("可能复购", "会复购", "可能会复购", "复购概率", "复购可能性", "最可能复购", "最可能复购的", "最有可能复购", "最有可能复购的", "可能复购的", "可能再次购买", "会再次购买", "可能再买", "复购预测", "likely to buy again", "likely to repurchase", "may buy again", "will buy again", "repurchase probability", "likely to reorder"),
    "cross_sell": ("交叉销售什么", "可以交叉销售", "可以交叉销售什么", "向谁交叉销售", "可以向谁交叉销售", "可以向谁推荐", "向谁推荐", "适合推荐", "可以交叉销售给谁", "交叉销售给谁", "交叉销售机会", "交叉销售建议", "交叉销售候选", "交叉销售对象", "交叉销售推荐", "推荐什么产品", "可以推荐什么产品", "推荐哪些产品", "还能卖什么", "还可以卖什么", "还能卖给", "可以卖给谁", "cross-sell candidates", "cross sell candidates", "cross-sell candidates for", "cross sell candidates for", "cross-sell opportunities", "cross sell opportunities", "cross-sell to", "cross sell to", "cross-sell", "who can we cross-sell", "to whom can we cross-sell", "who can we sell", "what can we cross-sell", "what else can we sell", "what else could we sell"),
    "dormant": ("沉睡客户有哪些", "有哪些沉睡客户", "哪些沉睡客户", "沉睡客户名单", "沉睡客户清单", "沉睡客户列表", "列出沉睡客户", "沉睡的客户", "沉睡的客户有哪些", "哪些客户沉睡", "哪些客户沉睡了", "哪些客户在沉睡", "沉睡了", "哪些客户不活跃", "不活跃的客户有哪些", "休眠客户有哪些", "休眠客户名单", "list dormant customers", "list of dormant customers", "which customers are dormant", "which accounts are dormant", "which customers have gone quiet", "dormant customers list", "who is dormant", "gone silent", "gone quiet", "show dormant customers", "show me dormant customers", "show me the dormant customers", "dormant customer list"),
    "account_brief": ("介绍一下客户", "介绍下客户", "介绍客户", "客户介绍", "总结客户", "总结一下客户", "客户概况", "客户摘要", "客户简介", "客户总结", "介绍一下这家客户", "summarize account", "summarise account", "summarize the account", "summarize customer", "summarise customer", "summarize the customer", "summary of account", "summary of customer", "account summary", "account summary of", "customer summary", "introduce account", "introduce customer", "introduce the account", "introduce the customer", "tell me about account", "tell me about customer", "brief me on account", "brief me on customer"),
    "value": ("客户价值", "客户累计价值", "客户价值排名", "客户价值分群", "价值分群", "最有价值", "最有价值的", "customer value", "customer values", "value of customers", "most valuable", "lifetime value by cohort", "value by cohort"),
    "value_ahead": ("预测客户价值", "客户价值预测", "未来价值", "未来客户价值", "预计价值", "预计带来多少", "预计贡献", "predicted customer value", "expected customer value", "expected value of customers", "future value", "future customer value"),
}  # fmt: skip
"""Intent -> the words that tell it."""

SAID: frozenset[str] = frozenset(CUSTOMER_WORDS)
_UNITS = {
    "天": 1,
    "日": 1,
    "day": 1,
    "周": 7,
    "week": 7,
    "个月": 30,
    "month": 30,
    "年": 365,
    "year": 365,
}
_NUMERALS = {c: i for i, c in enumerate("一二三四五六七八九十", start=1)} | {"两": 2, "半": 0.5}
_ABOUT = re.compile(
    r"到期|续约|流失|复购|再次购买|沉睡|休眠|不活跃|expir|contract|renew|churn|leave|buy again|repurchase|dormant|silent|quiet"
)
_SPAN = re.compile(
    r"(?P<n>\d{1,4}|[一二三四五六七八九十两半]) ?(?P<u>天|日|周|个月|年)(?:之内|以内|内)"
    r"|(?:with)?in (?:the )?(?:next )?(?P<m>\d{1,4}) (?P<v>day|week|month|year)s?(?![a-z])"
    r"|for (?:more than |over )?(?P<k>\d{1,4}) (?P<w>day|week|month|year)s?(?![a-z])"
)


def spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, days) of lengths of time in a folded question about customers."""
    if not _ABOUT.search(text):
        return
    for found in _SPAN.finditer(text):
        count = next(c for c in (found["n"], found["m"], found["k"]) if c)
        unit = next(u for u in (found["u"], found["v"], found["w"]) if u)
        number = float(count) if count.isdigit() else _NUMERALS[count]
        yield found.start(), found.end(), round(number * _UNITS[unit])


def is_span(text: str) -> bool:
    """Whether a piece of a question is such a length of time."""
    return bool(_SPAN.fullmatch(text))
