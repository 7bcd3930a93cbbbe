"""An answer as one self-contained HTML page: chart, table, receipt; nothing from outside."""

from __future__ import annotations

from html import escape

from assistant.answer import Answer, Table
from assistant.cells import cell_text
from bots.render.image import chart_svg
from bots.render.terminal import receipt
from bots.render.vega import answer_specs
from semantic_layer import AskmqlError

_MAX_ROWS = 5_000
_WORDS = {
    "zh": {"basis": "依据", "more": "还有 {} 行没有列出", "next": "还可以问", "plain": "没有安装绘图组件，这里只有表格。"},
    "en": {"basis": "Basis", "more": "{} more rows are not listed", "next": "Next", "plain": "Charts are not installed; here is the table."},
}  # fmt: skip
# No script, no request: the browser itself refuses whatever would break that promise.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.6 "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif;
  color: #1f2933; background: #fff; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .25rem; }
.question { color: #5b6470; margin: 0 0 1rem; }
.warning { color: #7a4600; background: #fff6e5; padding: .4rem .7rem; border-radius: .3rem; }
.scroll { overflow-x: auto; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #e6e9ed; text-align: left; }
th { color: #5b6470; font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.basis, footer { color: #5b6470; font-size: .85rem; white-space: pre-wrap; }
pre { background: #f5f7f9; padding: .8rem; overflow-x: auto; font-size: .8rem; }
"""


def to_page(answer: Answer) -> str:
    """Return an answer as a page; every text is escaped, there is no script and no outside link."""
    words = _WORDS[answer.lang]
    parts = [f'<p class="question">{escape(answer.question)}</p>']
    parts.append(f"<h1>{escape(answer.headline)}</h1>")
    parts += [f"<p>{escape(t)}</p>" for t in answer.text.splitlines() if t.strip()]
    parts += _choices(answer)
    parts += [f'<p class="warning">⚠ {escape(w)}</p>' for w in answer.warnings]
    if answer.status == "answered":
        parts += _charts(answer)
        parts += [_table(t, answer) for t in answer.tables]
    parts.append(f'<p class="basis">{escape(receipt(answer))}</p>')
    if answer.basis.sql:
        sql = escape(";\n\n".join(answer.basis.sql))
        parts.append(f"<details><summary>{words['basis']}: SQL</summary><pre>{sql}</pre></details>")
    if answer.followups:
        text = " · ".join(answer.followups)
        parts.append(f"<footer>{words['next']}: {escape(text)}</footer>")
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if answer.lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(answer.question)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _charts(answer: Answer) -> list[str]:
    out = []
    for chart, spec in zip(answer.charts, answer_specs(answer), strict=False):
        try:
            svg = chart_svg(spec)
        except AskmqlError:
            return [f'<p class="basis">{_WORDS[answer.lang]["plain"]}</p>']
        label = escape(chart.alt or chart.title)
        out.append(f'<div class="scroll" role="img" aria-label="{label}">{svg}</div>')
    return out


def _choices(answer: Answer) -> list[str]:
    items = [f"<li>{escape(f'{c.label} {c.value}'.strip())}</li>" for c in answer.clarify.choices]
    return [f"<ol>{''.join(items)}</ol>"] if items else []


def _table(table: Table, answer: Answer) -> str:
    style = ['<{0} class="number">' if c.type == "number" else "<{0}>" for c in table.columns]
    head = "".join(
        f"{s.format('th')}{escape(c.label)}</th>" for s, c in zip(style, table.columns, strict=True)
    )
    rows = []
    for row in table.rows[:_MAX_ROWS]:
        cells = zip(style, row, table.columns, strict=True)
        rows.append(
            "<tr>"
            + "".join(
                f"{s.format('td')}{escape(cell_text(v, c, answer))}</td>" for s, v, c in cells
            )
            + "</tr>"
        )
    hidden = len(table.rows) - len(rows)
    more = (
        f'<p class="basis">{_WORDS[answer.lang]["more"].format(hidden)}</p>' if hidden > 0 else ""
    )
    body = "\n".join(rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>'
        f"</div>{more}"
    )
