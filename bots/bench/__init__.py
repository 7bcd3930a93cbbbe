"""The whole server under load, and killed again and again: real processes, simulated platforms."""

from bots.bench.figures import Figure
from bots.bench.load import Plan, run_load
from bots.bench.soak import SoakPlan, run_soak

__all__ = ["Figure", "Plan", "SoakPlan", "run_load", "run_soak"]
