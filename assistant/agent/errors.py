"""What can go wrong with a model. Texts in Chinese are in `assistant.messages`."""

from __future__ import annotations

from semantic_layer import AskmqlError

_TEXTS: dict[str, tuple[str, str]] = {
    "MODEL_TIMEOUT": ("The model did not answer in time.", "Ask again, or ask in words of the catalogue."),
    "MODEL_UNREACHABLE": ("The model cannot be reached.", "Ask again later, or ask in words of the catalogue."),
    "MODEL_RATE_LIMITED": ("The model's provider is limiting requests.", "Ask again in a minute."),
    "MODEL_REJECTED": ("The model's provider rejected the request.", "An administrator should check the model's settings."),
    "MODEL_AUTH": ("The model's key was not accepted.", "An administrator should check ASKMQL_LLM_API_KEY."),
    "MODEL_CONTEXT": ("The question is too long for the model.", "Ask a shorter question."),
    "MODEL_BAD_REPLY": ("The model's reply could not be used.", "Rephrase the question."),
    "MODEL_REFUSED": ("The model declined to answer.", "Rephrase the question."),
    "MODEL_BUSY": ("Too many questions are with the model.", "Ask again in a moment."),
    "MODEL_PAUSED": ("The model has failed repeatedly and is paused.", "Ask again in a minute."),
    "MODEL_CANCELLED": ("The question was cancelled.", ""),
    "BUDGET_SPENT": ("The model's budget is spent.", "Questions in words of the catalogue still work."),
}  # fmt: skip


class ModelError(AskmqlError):
    """A model could not help.

    Attributes:
        retry_after: Seconds the provider asked to wait, if it did.
        passing: Whether trying again may help.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        passing: bool = False,
        params: dict[str, str] | None = None,
    ) -> None:
        message, hint = _TEXTS[code]
        text = f"{message} {detail}".strip()
        super().__init__(code, text, hint=hint, params=params or {})
        self.retry_after = retry_after
        self.passing = passing
