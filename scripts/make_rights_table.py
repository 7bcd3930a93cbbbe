"""Write docs/rights.md: ten questions, each asked by six people of the sample company.

Run it after a change of the sample company, its definitions or its policies:
    python scripts/make_rights_table.py
"""

from __future__ import annotations

from pathlib import Path

from assistant import Answer, Assistant
from semantic_layer.project import sample_root

TARGET = Path(__file__).resolve().parents[1] / "docs" / "rights.md"
ASKERS = ("rep_001", "lead_east1", "manager_east", "manager", "analyst", "outsider")
QUESTIONS = (
    "上季度线索量",
    "上季度MQL数",
    "今年订单金额",
    "上季度各大区线索量",
    "今年跟进次数",
    "上季度赢单率",
    "今年营销费用",
    "上季度线索成本",
    "有哪些大区",
    "今年各团队订单金额",
)
_HEAD = """# Ten questions, six people

The same words, asked by people with different rights over the sample company. This file is made by
`python scripts/make_rights_table.py`, and a test compares it with what the product answers today.

"""


def table(assistant: Assistant) -> str:
    """Return the page."""
    lines = [
        f"| question | {' | '.join(f'`{a}`' for a in ASKERS)} |",
        "|---" * (len(ASKERS) + 1) + "|",
    ]
    for question in QUESTIONS:
        cells = [cell(assistant.ask(question, asker=asker, channel="docs")) for asker in ASKERS]
        lines.append(f"| {question} | {' | '.join(cells)} |")
    return _HEAD + "\n".join(lines) + "\n"


def cell(answer: Answer) -> str:
    """Return an answer in a few words: its first rows, or why there is none."""
    if answer.status not in {"answered", "empty"}:
        return f"{answer.status}: {answer.headline}".replace("|", "/")
    rows = answer.tables[0].rows if answer.tables else ()
    shown = ["/".join(_short(v) for v in row) for row in rows[:3]]
    more = f" … ({len(rows)})" if len(rows) > len(shown) else ""
    return "<br>".join(shown) + more or answer.status


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 1 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else "—" if value is None else str(value)


if __name__ == "__main__":
    TARGET.write_text(table(Assistant.load(sample_root())), encoding="utf-8")
