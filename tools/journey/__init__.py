"""The journey: what happened with an account, a person or a lead, in order."""

from tools.journey.model import JourneyArgs, JourneyResult
from tools.journey.tool import CUSTOMER_JOURNEY

__all__ = ["CUSTOMER_JOURNEY", "JourneyArgs", "JourneyResult"]
