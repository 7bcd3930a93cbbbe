"""Settings of the messaging channels: `channels:` of askmql.yml, and secrets from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from semantic_layer import AskmqlError
from semantic_layer.project import ProjectConfig

_NAMES = {
    "slack": {
        "bot_token": "ASKMQL_SLACK_BOT_TOKEN",
        "signing_secret": "ASKMQL_SLACK_SIGNING_SECRET",
        "app_token": "ASKMQL_SLACK_APP_TOKEN",
        "client_id": "ASKMQL_SLACK_CLIENT_ID",
        "client_secret": "ASKMQL_SLACK_CLIENT_SECRET",
    },
    "wecom": {
        "bot_id": "ASKMQL_WECOM_BOT_ID",
        "bot_secret": "ASKMQL_WECOM_BOT_SECRET",
        "bot_token": "ASKMQL_WECOM_BOT_TOKEN",
        "bot_aes_key": "ASKMQL_WECOM_BOT_AES_KEY",
        "corp_id": "ASKMQL_WECOM_CORP_ID",
        "agent_id": "ASKMQL_WECOM_AGENT_ID",
        "app_secret": "ASKMQL_WECOM_APP_SECRET",
        "app_token": "ASKMQL_WECOM_APP_TOKEN",
        "app_aes_key": "ASKMQL_WECOM_APP_AES_KEY",
        "webhook_url": "ASKMQL_WECOM_WEBHOOK_URL",
    },
}


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    open_to_all: bool = False
    """Without a policies.yml: answer every member of the company's own workspace."""
    groups: dict[str, tuple[str, ...]] = {}
    """Group id -> users of policies.yml who stand for everybody there."""


class SlackSettings(_Settings):
    """How this product appears in Slack."""

    command: str = Field(default="/ask", pattern=r"^/[a-z0-9_-]{1,31}$")
    teams: tuple[str, ...] = ()
    """Workspaces whose members may be known by e-mail; empty: the app's own."""
    charts: bool = True
    """Whether the workspace draws charts and data tables itself."""
    bot_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    api_url: str = "https://slack.com/api/"


class WeComSettings(_Settings):
    """How this product appears in WeCom."""

    bot_id: str = ""
    bot_secret: SecretStr = SecretStr("")
    bot_token: SecretStr = SecretStr("")
    bot_aes_key: SecretStr = SecretStr("")
    corp_id: str = ""
    agent_id: str = ""
    app_secret: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    app_aes_key: SecretStr = SecretStr("")
    webhook_url: SecretStr = SecretStr("")
    api_url: str = "https://qyapi.weixin.qq.com"
    socket_url: str = "wss://openws.work.weixin.qq.com"


_S = TypeVar("_S", bound=_Settings)


def slack_settings(
    config: ProjectConfig, environment: Mapping[str, str] = os.environ
) -> SlackSettings:
    """Return the settings of Slack.

    Raises:
        AskmqlError: BAD_CHANNEL: `channels.slack` of askmql.yml has a mistake or a secret.
    """
    return _read(SlackSettings, "slack", config, environment)


def wecom_settings(
    config: ProjectConfig, environment: Mapping[str, str] = os.environ
) -> WeComSettings:
    """Return the settings of WeCom.

    Raises:
        AskmqlError: BAD_CHANNEL: `channels.wecom` of askmql.yml has a mistake or a secret.
    """
    return _read(WeComSettings, "wecom", config, environment)


def _read(kind: type[_S], name: str, config: ProjectConfig, environment: Mapping[str, str]) -> _S:
    written = config.channels.get(name) or {}
    secrets = _NAMES[name]
    if not isinstance(written, dict):
        raise AskmqlError("BAD_CHANNEL", f"channels.{name} must be a list of settings")
    misplaced = sorted(set(written) & set(secrets))
    if misplaced:
        raise AskmqlError(
            "BAD_CHANNEL",
            f"channels.{name}.{misplaced[0]} must not stand in a file",
            hint=f"Set {secrets[misplaced[0]]} in the environment.",
        )
    given = {k: environment[v] for k, v in secrets.items() if environment.get(v)}
    try:
        return kind.model_validate({**written, **given})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise AskmqlError("BAD_CHANNEL", f"channels.{name}.{where}: {first['msg']}") from None
