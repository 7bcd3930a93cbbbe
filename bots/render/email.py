"""An answer as a mail: text and HTML of the same content, the chart as a picture inside it.

Mail programs drop style sheets, scripts and SVG, and cut long mails: styles are inline, the
chart is a PNG, and the table is short and says so.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from html import escape

from assistant.answer import Answer, Table
from assistant.cells import cell_text
from bots.render.image import to_png
from bots.render.plain import to_plain
from bots.render.terminal import receipt
from semantic_layer import AskmqlError

_MAX_ROWS = 30
_MAX_SUBJECT = 120
_CHART = "chart"
_FONT = "font-family:'PingFang SC','Microsoft YaHei','Noto Sans SC',Arial,sans-serif"
_CELL = "padding:4px 12px 4px 0;border-bottom:1px solid #e1e5ea"
_GREY = "color:#5b6470;font-size:13px"
_WARN = "color:#7a4600;background:#fff5e2;padding:4px 10px"
_WORDS = {
    "zh": {"more": "共 {} 行，只列出 {} 行", "open": "在网页里接着问", "no_chart": "没有安装绘图组件，这里只有表格。"},
    "en": {"more": "{} rows, {} listed", "open": "Go on asking on the web", "no_chart": "Charts are not installed; here is the table."},
}  # fmt: skip


def to_email(answer: Answer, *, to: str = "", sender: str = "", link: str = "") -> EmailMessage:
    """Return an answer as a mail, ready to be sent.

    Args:
        answer: What to tell.
        to: Address of the reader.
        sender: Address it comes from.
        link: Page on which to go on asking.
    """
    mail = EmailMessage()
    mail["Subject"] = _subject(answer)
    for header, address in (("To", to), ("From", sender)):
        if address:
            mail[header] = Address(addr_spec=address)
    picture, note = _picture(answer)
    mail.set_content(to_plain(answer))
    mail.add_alternative(
        to_email_html(answer, has_chart=bool(picture), note=note, link=link), "html"
    )
    if picture:
        _, html = mail.iter_parts()
        html.add_related(picture, "image", "png", cid=f"<{_CHART}>", filename="chart.png")
    return mail


def _subject(answer: Answer) -> str:
    flat = " ".join((answer.headline or answer.question).split())
    return flat if len(flat) <= _MAX_SUBJECT else flat[: _MAX_SUBJECT - 1] + "…"


def _picture(answer: Answer) -> tuple[bytes, str]:
    """Return the chart, and what must be said about it."""
    if answer.status != "answered" or not answer.charts:
        return b"", ""
    try:
        image = to_png(answer)
    except AskmqlError:
        return b"", _WORDS[answer.lang]["no_chart"]
    return image.data, " ".join(image.warnings)


def to_email_html(
    answer: Answer, *, has_chart: bool = False, note: str = "", link: str = ""
) -> str:
    """Return the HTML part; every text is escaped, every style inline.

    Args:
        answer: What to tell.
        has_chart: The mail carries the chart under the id `chart`.
        note: What must be said about the chart.
        link: Page on which to go on asking.
    """
    alt = escape(answer.charts[0].alt or answer.charts[0].title) if answer.charts else ""
    parts = [f'<p style="{_GREY}">{escape(answer.question)}</p>']
    parts += [f'<h1 style="font-size:18px;margin:4px 0">{escape(answer.headline)}</h1>']
    parts += [f"<p>{escape(line)}</p>" for line in answer.text.splitlines() if line.strip()]
    choices = [f"<li>{escape(f'{c.label} {c.value}'.strip())}</li>" for c in answer.clarify.choices]
    parts += [f"<ol>{''.join(choices)}</ol>"] if choices else []
    parts += [f'<p style="{_WARN}">{escape(w)}</p>' for w in answer.warnings]
    if has_chart:
        parts.append(f'<img src="cid:{_CHART}" alt="{alt}" style="max-width:100%;height:auto">')
    parts += [f'<p style="{_GREY}">{escape(note)}</p>'] if note else []
    if answer.status == "answered":
        parts += [_table(t, answer) for t in answer.tables if len(t.rows) > 1]
    lines = "<br>".join(escape(line) for line in receipt(answer).splitlines())
    parts.append(f'<p style="{_GREY}">{lines}</p>')
    if link.startswith(("https://", "http://")):
        parts.append(f'<p><a href="{escape(link)}">{_WORDS[answer.lang]["open"]}</a></p>')
    lang = "zh-CN" if answer.lang == "zh" else "en"
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{lang}"><body style="{_FONT};color:#1f2933;line-height:1.6">\n'
        f"{body}\n</body></html>\n"
    )


def _table(table: Table, answer: Answer) -> str:
    align = ["right" if c.type == "number" else "left" for c in table.columns]
    head = "".join(
        f'<th style="{_CELL};text-align:{a}">{escape(c.label)}</th>'
        for a, c in zip(align, table.columns, strict=True)
    )
    shown = table.rows[:_MAX_ROWS]
    rows = "\n".join(
        "<tr>"
        + "".join(
            f'<td style="{_CELL};text-align:{a}">{escape(cell_text(v, c, answer))}</td>'
            for a, v, c in zip(align, row, table.columns, strict=True)
        )
        + "</tr>"
        for row in shown
    )
    total = max(table.total_rows, len(table.rows))
    more = _WORDS[answer.lang]["more"].format(total, len(shown))
    note = f'<p style="{_GREY}">{more}</p>' if total > len(shown) else ""
    return f'<table style="border-collapse:collapse;font-size:14px"><tr>{head}</tr>\n{rows}</table>{note}'
