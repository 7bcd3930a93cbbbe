"""Failures as stable codes with texts that are safe to show.

DuckDB's own messages quote data values, table names and paths ("Could not convert string
'a@b.c'"), so they only ever reach `detail`, which belongs in private logs.
"""

from __future__ import annotations

from typing import Final

TIMEOUT: Final = "ENGINE_TIMEOUT"
MEMORY: Final = "ENGINE_MEMORY"
CAST: Final = "ENGINE_CAST"
OUT_OF_RANGE: Final = "ENGINE_OUT_OF_RANGE"
MISSING_DATA: Final = "ENGINE_MISSING_DATA"
UNREADABLE: Final = "ENGINE_UNREADABLE"
CANCELLED: Final = "ENGINE_CANCELLED"
CLOSED: Final = "ENGINE_CLOSED"
SYNTAX: Final = "ENGINE_SYNTAX"
UNKNOWN_NAME: Final = "ENGINE_UNKNOWN_NAME"
FAILED: Final = "ENGINE_FAILED"

MESSAGES: Final[dict[str, str]] = {
    TIMEOUT: "The query took longer than its time limit and was stopped.",
    MEMORY: "The query needed more memory or temporary disk space than it may use.",
    CAST: "A stored value does not fit the type that the query asks for.",
    OUT_OF_RANGE: "A calculation went beyond the largest value its type can hold.",
    MISSING_DATA: "The data file or folder does not exist.",
    UNREADABLE: "The data could not be read: it is damaged or in an unsupported format.",
    CANCELLED: "The query was cancelled.",
    CLOSED: "The engine is closed.",
    SYNTAX: "The query is not valid SQL for this engine.",
    UNKNOWN_NAME: "The query uses a table, column or function that is not available.",
    FAILED: "The engine could not run the query.",
}

_BY_CLASS: Final[tuple[tuple[str, str], ...]] = (
    ("OutOfMemoryException", MEMORY),
    ("ConversionException", CAST),
    ("TypeMismatchException", CAST),
    ("InvalidTypeException", CAST),
    ("OutOfRangeException", OUT_OF_RANGE),
    ("InterruptException", CANCELLED),
    ("ParserException", SYNTAX),
    ("SyntaxException", SYNTAX),
    ("CatalogException", UNKNOWN_NAME),
    ("BinderException", UNKNOWN_NAME),
    ("SerializationException", UNREADABLE),
    ("IOException", UNREADABLE),
)


class EngineError(Exception):
    """A failed engine call.

    Attributes:
        code: One of the `ENGINE_*` codes.
        message: Safe to show: no data value, no engine text, no private path.
        hint: What the operator can do, empty when there is nothing to say.
        detail: The engine's own text. For private logs only.
    """

    def __init__(
        self, code: str, message: str | None = None, *, hint: str = "", detail: str = ""
    ) -> None:
        """Fill the message from the code unless the caller has a better one."""
        self.code = code
        self.message = message or MESSAGES[code]
        self.hint = hint
        self.detail = detail
        super().__init__(code, self.message)

    def __str__(self) -> str:
        """Show the public text; `detail` is never part of it."""
        text = f"{self.code}: {self.message}"
        return f"{text} {self.hint}" if self.hint else text


def from_query(exc: BaseException) -> EngineError:
    """Map what a running query raised, by class, so that no engine text is repeated."""
    import duckdb

    code = FAILED
    if isinstance(exc, (OverflowError, ValueError)) and not isinstance(exc, duckdb.Error):
        code = OUT_OF_RANGE  # e.g. a date that Python's calendar does not reach
    elif isinstance(exc, MemoryError):
        code = MEMORY
    else:
        names = {cls.__name__ for cls in type(exc).__mro__}
        code = next((c for name, c in _BY_CLASS if name in names), FAILED)
    return EngineError(code, detail=f"{type(exc).__name__}: {exc}")


def from_open(exc: BaseException) -> EngineError:
    """Map what opening a database file raised. The text is read here, never repeated."""
    text = str(exc)
    lowered = text.lower()
    detail = f"{type(exc).__name__}: {text}"
    if "lock" in lowered:
        return locked(detail)
    if "newer" in lowered or "storage version" in lowered or "version number" in lowered:
        hint = "It was written by another DuckDB version; publish it again with this one."
        return EngineError(UNREADABLE, hint=hint, detail=detail)
    return EngineError(UNREADABLE, detail=detail)


def locked(detail: str = "") -> EngineError:
    """Say that a writer holds the file."""
    return EngineError(
        UNREADABLE,
        "The data file is open for writing by another program.",
        hint="Close that program, or publish a copy of the file.",
        detail=detail,
    )
