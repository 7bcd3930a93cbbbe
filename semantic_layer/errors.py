"""Errors of the product, one hierarchy, each with a code, a message and a way out.

AskmqlError
├── DefinitionError   the YAML is wrong (carries every issue found, with file and line)
├── QueryError        the request cannot be answered as asked
│   └── DeniedError   the asker may not see it
└── CompilationError  our own fault: a check on the finished SQL failed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


def suggest(name: str, candidates: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """Return the candidates nearest to `name`, best first; empty when nothing is near."""
    from rapidfuzz import fuzz, process

    pool = sorted(set(candidates))
    found = process.extract(
        name.lower(), pool, scorer=fuzz.WRatio, processor=str.lower, limit=limit, score_cutoff=60
    )
    return tuple(match for match, _, _ in found)


class AskmqlError(Exception):
    """Base of every error that a person may see.

    Attributes:
        code: Stable identifier, documented.
        message: What is wrong.
        hint: What to do.
        candidates: Names that would work.
        params: The names involved, for messages in another language.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        candidates: Iterable[str] = (),
        params: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint
        self.candidates = tuple(candidates)
        self.params = dict(params or {})

    def as_dict(self) -> dict[str, object]:
        """Return the JSON form used by every channel."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "candidates": list(self.candidates),
        }


@dataclass(frozen=True, slots=True)
class Issue:
    """One mistake in a definition file."""

    code: str
    message: str
    file: str = ""
    line: int = 0
    path: str = ""
    hint: str = ""
    candidates: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file else ""
        did_you_mean = f" Did you mean {' / '.join(self.candidates)}?" if self.candidates else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{self.code}: {self.message}{did_you_mean}{hint}"


class DefinitionError(AskmqlError):
    """The definitions have mistakes; `issues` lists all of them."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        super().__init__(
            "DEFINITIONS_INVALID",
            f"{count} mistake{'s' if count != 1 else ''} in the definitions:\n"
            + "\n".join(str(i) for i in self.issues),
            hint="Correct them and run `askmql validate`.",
        )


class QueryError(AskmqlError):
    """The request cannot be answered as asked."""


class DeniedError(QueryError):
    """The asker may not see what was asked for."""


class CompilationError(AskmqlError):
    """A check on our own SQL failed; nothing was run."""
