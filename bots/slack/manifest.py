"""The app manifest to paste into Slack, with the company's own host and questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.render.measure import cut
from bots.slack import limits
from bots.slack.app import scopes
from bots.slack.views import prompts

_DESCRIPTION = "Answers questions about your organisation's data with the number, the chart and the definition used."
_EVENTS = (
    "agent_session_stopped", "app_home_opened", "app_mention", "app_uninstalled", "message.im",
    "tokens_revoked",
)  # fmt: skip


def manifest(
    host: str, questions: Sequence[str], *, command: str = "/ask", socket_mode: bool = False
) -> dict[str, Any]:
    """Return the manifest.

    Args:
        host: Public address such as `bot.example.com`; not used with Socket Mode.
        questions: Prompts to suggest; four at most are taken.
        command: Name of the slash command.
        socket_mode: Leave out every address.
    """
    url = f"https://{host}/slack/events"
    address = {} if socket_mode else {"url": url}
    request = {} if socket_mode else {"request_url": url}
    oauth: dict[str, Any] = {"scopes": {"bot": list(scopes())}}
    if not socket_mode:
        oauth["redirect_urls"] = [f"https://{host}/slack/oauth_redirect"]
    return {
        "display_information": {
            "name": "askmql",
            "description": "Ask your data, get a number you can defend",
            "background_color": "#1f2937",
        },
        "features": {
            "agent_view": {
                "agent_description": cut(_DESCRIPTION, limits.AGENT_DESCRIPTION),
                "suggested_prompts": prompts(questions),
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "askmql", "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    "description": "Ask your data",
                    "usage_hint": questions[0] if questions else "",
                    "should_escape": False,
                    **address,
                }
            ],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(_EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": True,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
