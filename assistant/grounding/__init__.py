"""Is every statement of a text backed by the results? Pure: no model, no data access.

A text passes only when each of its words is known (a name of the results, a period, a number, or
a word of the small vocabulary in `words`) and each claim among them is true of the results:
numbers, with their unit, label and period; directions; rankings. What cannot be checked does not
pass. The gate errs on the side of the template.
"""

from .evidence import Evidence
from .gate import Finding, check
from .naming import evidence_of
from .sentences import Passing, passing

__all__ = ["Evidence", "Finding", "Passing", "check", "evidence_of", "passing"]
