"""Messages as a page: what a Slack or WeCom client would roughly show."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif;
  max-width: 46rem; margin: 1rem auto; padding: 0 1rem; }
article { border: 1px solid #8886; border-radius: .6rem; padding: .6rem .9rem; margin: .8rem 0; }
small, .context { opacity: .75; font-size: .85em; white-space: pre-wrap; }
table { border-collapse: collapse; } td, th { padding: .15rem .7rem .15rem 0; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: #0072B2; height: .8em; display: inline-block; min-width: 1px; }
pre { overflow-x: auto; } img { max-width: 100%; } p { white-space: pre-wrap; margin: .4rem 0; }
form.say { position: sticky; bottom: 0; padding: .6rem 0; background: Canvas; display: flex; gap: .4rem; }
form.say input { flex: 1; font: inherit; padding: .4rem; } form { display: inline; }
button, select { font: inherit; }
"""
_BOLD = re.compile(r"\*\*(.+?)\*\*")
Json = dict[str, Any]


def page(title: str, users: Sequence[str], user: str, messages: Sequence[str]) -> str:
    """Return the page.

    Args:
        title: What is simulated.
        users: Who may speak.
        user: Who speaks now.
        messages: Bodies that are HTML already, oldest first.
    """
    options = "".join(
        f"<option{' selected' if u == user else ''}>{escape(u)}</option>" for u in users
    )
    body = "".join(f"<article>{m}</article>" for m in messages)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><main>{body}</main>"
        f'<form class="say" method="post" action="/say"><select name="user" aria-label="user">{options}</select>'
        '<input name="text" aria-label="message" autofocus required><button>➤</button></form></body></html>'
    )


def said(user: str, text: str) -> str:
    """Return what a person typed."""
    return f"<small>{escape(user)}</small><p>{escape(text)}</p>"


def button(text: str, fields: dict[str, str]) -> str:
    """Return a button that posts its fields."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items()
    )
    return f'<form method="post" action="/click">{hidden}<button>{escape(text)}</button></form> '


# --- Slack ----------------------------------------------------------------------------------


def slack_message(message: Json, number: int, user: str) -> str:
    """Return a Slack message; a block that is not known is named."""
    parts = []
    for block in message.get("blocks") or []:
        kind = str(block.get("type"))
        if kind in {"actions", "context_actions"}:
            parts.append(_slack_buttons(block, number, user))
        else:
            draw = _SLACK.get(kind)
            parts.append(draw(block) if draw else f"<small>[{escape(kind)}]</small>")
    head = f"<small>askmql → {escape(str(message.get('channel', '')))}</small>"
    return head + ("".join(parts) or f"<p>{escape(str(message.get('text', '')))}</p>")


def _slack_buttons(block: Json, number: int, user: str) -> str:
    out = []
    for element in block["elements"]:
        if element["type"] == "feedback_buttons":
            out += [
                button(element[n]["text"]["text"], {"message": str(number), "action": element["action_id"], "value": element[n]["value"], "user": user})
                for n in ("positive_button", "negative_button")
            ]  # fmt: skip
            continue
        only = element.get("visible_to_user_ids")
        if not only or user in only:
            fields = {"message": str(number), "action": element["action_id"], "value": element.get("value", ""), "user": user}  # fmt: skip
            out.append(button(element["text"]["text"], fields))
    return "".join(out)


def _rich(block: Json) -> str:
    out = ""
    for part in block["elements"]:
        pieces = "".join(
            f"<b>{escape(e['text'])}</b>" if e.get("style", {}).get("bold") else escape(e["text"])
            for e in part["elements"]
        )
        out += (
            f"<pre>{pieces}</pre>"
            if part["type"] == "rich_text_preformatted"
            else f"<p>{pieces}</p>"
        )
    return out


def _texts(block: Json) -> str:
    items = block.get("elements") or [block.get("text") or {}]
    return "".join(f'<p class="context">{escape(i.get("text", ""))}</p>' for i in items)


def _paragraph(block: Json) -> str:
    return f"<p>{escape(block['text']['text'])}</p>"


def _table(block: Json) -> str:
    rows = []
    for i, row in enumerate(block["rows"]):
        tag = "td" if i else "th"
        cells = "".join(
            f"<{tag}{' class=n' if c['type'] == 'raw_number' else ''}>{escape(c['text'])}</{tag}>"
            for c in row
        )
        rows.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _chart(block: Json) -> str:
    chart = block["chart"]
    series = chart.get("series") or [{"name": "", "data": chart.get("segments", [])}]
    top = max((abs(p["value"]) for s in series for p in s["data"]), default=0) or 1
    rows = "".join(
        f"<tr><td>{escape(p['label'])}</td><td>{escape(s['name'])}</td>"
        f'<td><span class="bar" style="width:{abs(p["value"]) / top * 14:.2f}rem"></span></td></tr>'
        for s in series
        for p in s["data"]
    )
    return f"<p>📊 {escape(block['title'])} ({escape(chart['type'])})</p><table>{rows}</table>"


_SLACK: dict[str, Callable[[Json], str]] = {
    "rich_text": _rich,
    "section": _paragraph,
    "context": _texts,
    "header": _paragraph,
    "data_table": _table,
    "table": _table,
    "data_visualization": _chart,
}

# --- WeCom ----------------------------------------------------------------------------------


def wecom_markdown(text: str) -> str:
    """Return WeCom's markdown: headings, quotes, bold and tables."""
    out: list[str] = []
    lines = text.splitlines()
    for line in lines:
        shown = _BOLD.sub(r"<b>\1</b>", escape(line))
        if line.startswith("|"):
            cells = [c.strip() for c in shown.strip("|").split("|")]
            is_rule = all(set(c) <= set(":- ") for c in cells)
            row = "".join(f"<td>{c}</td>" for c in cells)
            out.append("" if is_rule else f"<table><tr>{row}</tr></table>")
        elif line.startswith("#"):
            out.append(f"<h3>{shown.lstrip('# ')}</h3>")
        elif line.startswith(">"):
            out.append(f'<p class="context">{shown.removeprefix("&gt;")}</p>')
        else:
            out.append(f"<p>{shown}</p>")
    return "".join(out)


def wecom_card(card: Json, user: str) -> str:
    """Return a template card."""
    title = card.get("main_title") or {}
    rows = "".join(
        f"<tr><td>{escape(r['keyname'])}</td><td>{escape(r['value'])}</td></tr>"
        for r in card.get("horizontal_content_list") or []
    )
    buttons = "".join(
        button(b["text"], {"action": b["key"], "value": card.get("task_id", ""), "user": user})
        for b in card.get("button_list") or []
    )
    desc = escape(str(title.get("desc") or ""))
    return f"<p><b>{escape(str(title.get('title') or ''))}</b> {desc}</p><table>{rows}</table>{buttons}"


def picture(data: bytes, alt: str) -> str:
    """Return a PNG inside the page."""
    import base64

    text = base64.b64encode(data).decode()
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{text}">'
