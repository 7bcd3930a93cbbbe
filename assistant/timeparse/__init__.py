"""Time phrases of questions in Chinese and English, read by one deterministic grammar.

How each phrase is read is fixed by the time contract (design notes, section 6): previous
periods are whole, running ones go up to the data, rolling windows leave today out, the end of
"A to B" is included. Where a phrase is disputed the period carries a note that says so.
"""

from .find import find_times, parse_period
from .model import Period, Reading, Shift, TimeMatch

__all__ = ["Period", "Reading", "Shift", "TimeMatch", "find_times", "parse_period"]
