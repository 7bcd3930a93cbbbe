"""Which model may be asked, and at what price: environment first, then `llm:` of askmql.yml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from semantic_layer import AskmqlError

Protocol = Literal["auto", "tools", "json"]
_ENDPOINT = ("base_url", "model", "api_key", "protocol")
_PREFIXES = {"": ("ASKMQL_LLM_", "OPENAI_"), "fallback": ("ASKMQL_LLM_FALLBACK_",)}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Frozen):
    """One OpenAI-compatible model.

    Attributes:
        base_url: Address up to `/v1`; None is the provider's own default.
        protocol: How plans are asked for; `auto` probes the endpoint once.
        extra: More fields of the request body, such as a switch that turns thinking off.
    """

    base_url: str | None = None
    model: str
    api_key: SecretStr = SecretStr("")
    protocol: Protocol = "auto"
    stream: bool = False
    strict: bool = False
    temperature: float | None = 0.0
    max_tokens: int = Field(default=800, ge=50)
    extra: dict[str, Any] = Field(default_factory=dict)
    price_in: float = Field(default=0.0, ge=0, description="Money per million prompt tokens.")
    price_out: float = Field(default=0.0, ge=0, description="Money per million reply tokens.")

    @property
    def key(self) -> str:
        """Name of the endpoint, without its secret."""
        return f"{self.base_url or 'default'}|{self.model}"

    def cost(self, prompt: int, reply: int) -> float:
        """Return what a call costs, in the money of the prices."""
        return (prompt * self.price_in + reply * self.price_out) / 1e6


class Limits(_Frozen):
    """Budgets; None is no limit. A day is a day of the company's time zone."""

    tokens_per_user_day: int | None = None
    tokens_per_day: int | None = None
    tokens_total: int | None = None
    money_per_user_day: float | None = None
    money_per_day: float | None = None
    money_total: float | None = None


class LlmSettings(_Frozen):
    """Everything about the model lane.

    Attributes:
        timeout_s: The most that one question may spend with models, retries included.
        calls: Model calls for one plan: the first, and corrections.
        at_once: Questions with a model at the same time; more are told to wait.
    """

    endpoints: tuple[Endpoint, ...]
    timeout_s: float = Field(default=30.0, gt=0, le=600)
    attempts: int = Field(default=3, ge=1, le=6)
    calls: int = Field(default=3, ge=1, le=6)
    at_once: int = Field(default=8, ge=1)
    budget: Limits = Limits()


def read_settings(
    config: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> LlmSettings | None:
    """Return the settings, or None when no model is configured.

    Args:
        config: `llm:` of askmql.yml: the fields of `Endpoint` and `LlmSettings`, and `fallback`.
        environ: Default: the process's environment.

    Raises:
        AskmqlError: `llm:` has mistakes, or holds a key.
    """
    environ = os.environ if environ is None else environ
    plain = dict(config)
    fallback = dict(plain.pop("fallback", None) or {})
    if "api_key" in plain or "api_key" in fallback:
        raise AskmqlError(
            "KEY_IN_FILE",
            "askmql.yml must not hold a key.",
            hint="Put it into ASKMQL_LLM_API_KEY and remove it from the file.",
        )
    own = {k: plain.pop(k) for k in list(plain) if k in Endpoint.model_fields}
    endpoints = [e | _environment(name, environ) for name, e in (("", own), ("fallback", fallback))]
    named = [e for e in endpoints if e.get("model")]
    if not named:
        return None
    try:
        return LlmSettings.model_validate({**plain, "endpoints": named})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise AskmqlError("BAD_LLM_SETTINGS", f"llm: {first['msg']} (at {where})") from None


def _environment(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment says of one endpoint; our own names win."""
    prefixes = _PREFIXES[name]
    out: dict[str, str] = {}
    for field in _ENDPOINT:
        found = (environ.get(p + field.upper(), "").strip() for p in prefixes)
        value = next((f for f in found if f), "")
        if value:
            out[field] = value
    return out
