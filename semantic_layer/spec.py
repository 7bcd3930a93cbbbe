"""What every YAML model is made of: ids, labels, lengths of time, the frozen base class."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from semantic_layer.timegrain import TimeGrain

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Lang = Literal["zh", "en"]

_SPAN = re.compile(r"^(\d{1,4}) (day|week|month|quarter|year)s?$")


class Spec(BaseModel):
    """Base of everything read from YAML: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Spec):
    """A label in the languages people ask in; one language is enough."""

    en: str = ""
    zh: str = ""

    @model_validator(mode="after")
    def _some(self) -> Text:
        if not (self.en.strip() or self.zh.strip()):
            msg = "a label needs a text in at least one language"
            raise ValueError(msg)
        return self

    def get(self, lang: str) -> str:
        """Return the text in `lang`, else in the other language."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


def _text(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Label = Annotated[Text, BeforeValidator(_text)]


class Span(Spec):
    """A length of time such as `30 days`."""

    count: int = Field(ge=1, le=9999)
    grain: TimeGrain

    def __str__(self) -> str:
        return f"{self.count} {self.grain.value}{'s' if self.count != 1 else ''}"

    def get(self, lang: str) -> str:
        """Return the length in words of `lang`."""
        names = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}
        return f"{self.count} {names[self.grain.value]}" if lang == "zh" else str(self)


def _span(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SPAN.match(value.strip())
    if not found:
        msg = f"{value!r} is not a length of time; write for example '30 days' or '1 year'"
        raise ValueError(msg)
    return {"count": int(found[1]), "grain": found[2]}


SpanField = Annotated[Span, BeforeValidator(_span)]
