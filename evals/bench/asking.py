"""Whole questions without a language model: warm in one process, and cold from the shell."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assistant import Answer, Assistant
from evals.bench.measure import Measure, fresh, percentile, wall_ms
from semantic_layer.project import sample_root

QUESTIONS = (
    "上季度各渠道线索成本是多少，环比如何",
    "本月新增线索走势",
    "近30天MQL转SQL率按大区",
    "今年哪个活动的投入产出比最高",
    "展示华东区Q3会议转化数据",
    "华东和华南本季度的赢单率对比",
    "各活动类型的线索成交率",
    "今年各季度的头条单个商机成本",
    "上个月线索量",
    "今年每个月的线索量和MQL数",
    "去年各渠道的营销费用",
    "今年营销费用占比按渠道",
    "近12个月线索成本趋势",
    "上半年各大区赢单金额排名",
    "线索量最多的5个渠道",
    "今年归因收入前10的活动",
    "Q3线索量同比",
    "上周百度的点击量和点击率",
    "本季度商机金额按大区按月",
    "今年线上研讨会的报名数和到会率",
    "近90天官网访问量走势",
    "2026年3月到8月的线索到商机转化率",
    "今年的线索漏斗",
    "上季度各渠道LTV/CAC",
    "销售跟进响应时长按大区",
    "什么是MQL",
    "有哪些指标",
    "有哪些渠道",
    "转化率怎么样",
    "火星上的线索有多少",
    "CPL by channel by month this year",
    "top 5 campaigns by attributed revenue this year",
    "lead to opportunity rate by content",
    "leads last month vs the month before",
    "marketing spend by channel group last quarter",
    "win rate by region this year",
    "weekly leads in the last 8 weeks",
    "MQLs and SQLs by channel in Q2 2026",
    "year over year new customers by quarter",
    "cost per opportunity for LinkedIn in the last 6 months",
    "what is influenced revenue",
    "how many leads did we get yesterday",
)
"""Values, lists, trends, comparisons, funnels; definitions, and some without an answer."""

_PARTS = ("understand", "compile", "execute", "present")
_MAIN = "from bots.cli import main; main()"


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure the sample company's questions warm, and the command line cold."""
    root = sample_root()
    assistant = Assistant.load(root)
    warm = asked(assistant, QUESTIONS, 1 if quick else 5)
    return (*warm, *cold(root, QUESTIONS[0], 1 if quick else 3))


def asked(assistant: Assistant, questions: Sequence[str], rounds: int) -> tuple[Measure, ...]:
    """Ask every question several times in a warm process; each counts with its best time."""
    first = [assistant.ask(q, planner="lexicon") for q in questions]
    runs = [[assistant.ask(q, planner="lexicon") for q in questions] for _ in range(rounds)]
    best = [min(many, key=_total) for many in zip(*runs, strict=True)]
    totals = [_total(a) for a in best]
    ends = Counter(a.status for a in best)
    slowest = max(best, key=_total)
    begun = [_total(a) for a in first]
    return (
        Measure("ask, warm p50", percentile(totals, 0.5), "ms", 50, _ends(ends)),
        Measure("ask, warm p95", percentile(totals, 0.95), "ms", 150),
        Measure("ask, warm slowest", max(totals), "ms", None, slowest.question),
        *(_part(part, best) for part in _PARTS),
        Measure("ask, first time p50", percentile(begun, 0.5), "ms"),
        Measure("ask, first time p95", percentile(begun, 0.95), "ms"),
        Measure("ask, very first", begun[0], "ms", None, "builds the lexicon"),
    )


def _total(answer: Answer) -> float:
    return answer.timings_ms["total"]


def _ends(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in ends.most_common())


def _part(part: str, answers: Sequence[Answer]) -> Measure:
    spent = [a.timings_ms[part] for a in answers if part in a.timings_ms] or [0.0]
    share = sum(spent) / sum(map(_total, answers))
    note = f"p95 {percentile(spent, 0.95):.1f} ms, {share:.0%} of all time"
    return Measure(f"  {part} p50", statistics.median(spent), "ms", None, note)


def cold(root: Path, question: str, rounds: int) -> tuple[Measure, ...]:
    """Start the command line in new processes; the first of each warms up."""
    told = min(wall_ms(lambda: fresh(["-c", _MAIN, "--help"])) for _ in range(rounds + 1))
    command = ["-c", _MAIN, "--project", str(root), "ask", question, "--planner", "lexicon"]
    answered = min(wall_ms(lambda: fresh(command)) for _ in range(rounds + 1))
    return (
        Measure("askmql --help, new process", told, "ms", 500),
        Measure("askmql ask, new process", answered, "ms", None, question),
    )
