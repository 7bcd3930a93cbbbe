"""What a doctor found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One check: its name, whether all is well, and what to do if not."""

    name: str
    is_fine: bool
    text: str
    hint: str = ""
