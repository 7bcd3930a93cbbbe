"""The funnel: who came how far, how fast, and where it sticks."""

from tools.funnel.model import FunnelArgs, FunnelResult
from tools.funnel.tool import ANALYZE_FUNNEL

__all__ = ["ANALYZE_FUNNEL", "FunnelArgs", "FunnelResult"]
