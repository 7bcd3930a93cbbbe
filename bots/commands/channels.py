"""What the commands of the chat channels share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import aiohttp

    from bots.messaging.finding import Finding
    from semantic_layer.project import ProjectConfig


def examine_channel(project: Path | None, channel: str, request: str) -> int:
    """Print what a channel's doctor finds; return the exit code."""
    from semantic_layer.project import find_project

    config = find_project(project).config
    return asyncio.run(_examine(config, channel, request))


async def _examine(config: ProjectConfig, channel: str, request: str) -> int:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        failed = 0
        async for finding in _findings(config, channel, request, session):
            click.echo(f"{'ok   ' if finding.is_fine else 'FAIL '} {finding.name}: {finding.text}")
            if not finding.is_fine:
                failed = 1
                click.echo(f"      {finding.hint}" if finding.hint else "")
    return failed


def _findings(
    config: ProjectConfig, channel: str, request: str, session: aiohttp.ClientSession
) -> AsyncIterator[Finding]:
    from bots.messaging.settings import slack_settings, wecom_settings
    from bots.slack import doctor as slack
    from bots.wecom import doctor as wecom

    if channel == "slack":
        return slack.examine(slack_settings(config))
    return wecom.examine(wecom_settings(config), session, request)
