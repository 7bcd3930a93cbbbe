"""What a person gets: one `Answer`, rendered by every channel from the same parts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.plan import Lane

Status = Literal["answered", "clarify", "refused", "denied", "empty", "error"]
Cell = str | int | float | bool | None
Mark = Literal["line", "bar", "grouped_bar", "stacked_bar", "pie", "funnel", "histogram"]


class Part(BaseModel):
    """Base of the answer's parts."""

    model_config = ConfigDict(frozen=True)


class TableColumn(Part):
    """One column of a table; cells stay raw, renderers format them."""

    name: str
    label: str
    type: Literal["number", "string", "date"]
    unit: str = ""
    kind: str = "value"
    format: str = ""
    good: str = "neutral"
    additive: bool = False
    """Whether the groups of this column may be added up; when in doubt, no."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Stored value -> what the reader's language calls it, where that differs."""


class Table(Part):
    """Raw rows with typed columns."""

    name: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int


class Chart(Part):
    """A neutral chart: which table, which mark, which columns.

    A funnel has no `x`: its stages are the columns `y` of the table's one row.
    """

    mark: Mark
    table: str
    x: str
    y: tuple[str, ...]
    series: str | None = None
    unit: str = ""
    title: str = ""
    alt: str = ""


class TimeBasis(Part):
    """The executed window."""

    start: str | None = None
    end: str | None = None
    grain: str | None = None
    complete: bool = True
    column: str | None = None
    compare_start: str | None = None
    compare_end: str | None = None


class Basis(Part):
    """The receipt: what the numbers rest on."""

    lane: Lane = "governed-lexicon"
    metrics: tuple[dict[str, Any], ...] = ()
    dimensions: tuple[str, ...] = ()
    filters: tuple[dict[str, Any], ...] = ()
    time: TimeBasis | None = None
    timezone: str = ""
    as_of: str = ""
    scope: str = ""
    assumptions: tuple[str, ...] = ()
    rows: int = 0
    sql: tuple[str, ...] = ()
    usage: dict[str, float] = Field(default_factory=dict)
    """Model calls, tokens and money, when a model took part."""
    definitions_version: str = ""


class ClarifyChoice(Part):
    """One reading, with its value when it is a single number."""

    label: str
    value: str = ""
    plan: tuple[dict[str, Any], ...] = ()


class Clarify(Part):
    """A question back to the asker."""

    question: str = ""
    choices: tuple[ClarifyChoice, ...] = ()


class ErrorInfo(Part):
    """Why there is no number, and the way out."""

    code: str = ""
    message: str = ""
    hint: str = ""
    candidates: tuple[str, ...] = ()


class Answer(Part):
    """The one answer object; `to_json` is the contract of every channel."""

    status: Status
    question: str
    lang: Literal["zh", "en"]
    headline: str = ""
    text: str = ""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    plan: tuple[dict[str, Any], ...] = ()
    basis: Basis = Field(default_factory=Basis)
    clarify: Clarify = Field(default_factory=Clarify)
    followups: tuple[str, ...] = ()
    export: str = ""
    """The file that was asked for (xlsx, csv): the channel hands it over."""
    warnings: tuple[str, ...] = ()
    error: ErrorInfo = Field(default_factory=ErrorInfo)
    timings_ms: dict[str, float] = Field(default_factory=dict)
    trace_id: str = ""

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the contract's JSON object."""
        return self.model_dump_json(indent=indent)

    def _repr_html_(self) -> str:
        """Show the answer in a notebook."""
        from assistant.rich_display import to_html

        return to_html(self)

    def __str__(self) -> str:
        return "\n".join(t for t in (self.headline, self.text) if t)
