"""What definitions say about credited rows, and the settings under which they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from semantic_layer.credit.models import MODELS, Model
from semantic_layer.spec import Id, NonEmpty, Spec

TOUCH_ID = "touch_id"
"""Column of credited rows that is empty where nobody is credited."""
MEASURES = ("credit", "share")
"""Columns of credited rows: the amount and the part of a conversion that a touch is given."""
Parameter = Literal["model", "lookback_days", "half_life_days"]
"""What may be asked differently of a metric over credited rows."""
RULES: Mapping[str, Model] = {name: m for name, m in MODELS.items() if not m.data_driven}
"""The models that credit one conversion by itself; the others learn from all of them."""


def _by_name(value: object) -> object:
    return {v: v for v in value} if isinstance(value, list | tuple) else value


Columns = Annotated[dict[Id, NonEmpty], BeforeValidator(_by_name)]
"""Column -> fragment; a list names plain columns."""


class Credit(Spec):
    """Rows of a model that attribution makes: one per conversion and touch it is credited to.

    A conversion without touches is one row with an empty `touch_id`, so the rows of each
    conversion add up to it. Columns: those of `take` and `touch`, `touch_id`, and `credit` and
    `share` under the attribution model that is asked for (`credit_linear`, `share_linear` ...
    under a fixed one).
    """

    conversion: Id
    """Stage (of the roles) that is credited."""
    take: Columns = Field(default_factory=dict)
    """What is read of the conversion's model."""
    touch: Columns = Field(default_factory=dict)
    """What is read of the touch's model."""

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the rows have."""
        fixed = (f"{measure}_{rule}" for measure in MEASURES for rule in RULES)
        return frozenset((*self.take, *self.touch, TOUCH_ID, *MEASURES, *fixed))


@dataclass(frozen=True, slots=True)
class CreditSettings:
    """How credited rows are made when a query does not say.

    Attributes:
        model: Attribution model behind `credit` and `share`.
        lookback_days: How far back touches count.
        half_life_days: Of time decay.
    """

    model: str = "u_shaped"
    lookback_days: int = 365
    half_life_days: float = 7.0
