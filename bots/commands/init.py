"""`askmql init`: start a project folder."""

from __future__ import annotations

from pathlib import Path

import click

_CONFIG = """\
# What askmql reads first. Secrets never go here.
name: My company
locale: zh                 # language of labels where a question has none: zh or en
timezone: Asia/Shanghai
currency: CNY
fiscal_year_start: 1       # month
week_start: monday
engine: {kind: duckdb, path: data}   # a .duckdb file, or a folder of Parquet/CSV files
# data_through: 2026-10-27  # last complete day of data (default: yesterday)
# today: 2026-10-28         # replay: answer as if asked on this day
"""
_DEFINITIONS = """\
# One example table, leads.csv (lead_id, created_at, channel); change it to yours.
# `askmql validate` checks this file; `askmql schema` prints its JSON Schema for your editor.
version: 1
dimensions:
  channel:
    label: {en: Channel, zh: 渠道}
    synonyms: [source]
models:
  leads:
    source: leads            # table, or file name without its ending
    key: [lead_id]
    time: created_at
    dims: {channel: channel}
metrics:
  leads:
    label: {en: Leads, zh: 线索量}
    synonyms: [线索数]
    description: All leads by creation time.
    model: leads
    agg: count
    unit: lead
    format: "#,##0"
"""
_DATA = "lead_id,created_at,channel\nL1,2026-01-05 09:00:00,百度\nL2,2026-01-06 10:30:00,官网\nL3,2026-02-01 08:15:00,百度\n"
_POLICIES = """\
# Who may see what. While this file is named policies.example.yml everybody sees everything;
# rename it to policies.yml to turn rights on: then unknown users are denied.
version: 1
roles:
  all: {label: {en: everything, zh: 全部数据}}
  by_channel: {rows: {channel: user.channels}}
users:
  boss: {role: all}
  baidu_manager: {role: by_channel, attributes: {channels: [百度]}}
"""
_FILES = {
    "askmql.yml": _CONFIG,
    "semantic_layer/leads.yml": _DEFINITIONS,
    "data/leads.csv": _DATA,
    "policies.example.yml": _POLICIES,
    ".gitignore": ".askmql/\n",
}


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def command(directory: Path) -> None:
    """Write a small working project into DIRECTORY; nothing is overwritten."""
    taken = [name for name in _FILES if (directory / name).exists()]
    if taken:
        raise click.UsageError(f"{directory} already has {', '.join(taken)}; nothing was written")
    for name, text in _FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    click.echo(f'\nNext:  askmql --project {directory} ask "各渠道线索量"')
