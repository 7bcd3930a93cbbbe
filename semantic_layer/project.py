"""A project folder: `askmql.yml`, definitions, policies, and where state lives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from semantic_layer.errors import AskmqlError, DefinitionError, Issue
from semantic_layer.loader import issues_of, parse_yaml, read_text
from semantic_layer.model import Id, Label, Spec, Text
from semantic_layer.timegrain import Calendar

CONFIG = "askmql.yml"
HOME_VARIABLE = "ASKMQL_HOME"


class EngineConfig(Spec):
    """Where the data is."""

    kind: Literal["duckdb", "sample"] = "duckdb"
    path: str = "data"
    """A `.duckdb` file or a folder of Parquet/CSV files, relative to the project."""
    timeout_s: float = Field(default=30, gt=0, le=3600)
    max_rows: int = Field(default=100_000, ge=1)
    memory: str = Field(default="2GB", pattern=r"^\d+(\.\d+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")
    threads: int = Field(default=2, ge=1)


class AttributionConfig(Spec):
    """How revenue is credited when nobody says how."""

    model: Id = "u_shaped"
    lookback_days: int = Field(default=365, ge=1, le=3650)
    half_life_days: float = Field(default=7, gt=0, le=3650)


class ProjectConfig(Spec):
    """The contents of `askmql.yml`."""

    name: Label = Text(en="Untitled project")
    locale: Literal["zh", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    week_start: Literal["monday", "sunday"] = "monday"
    today: date | None = None
    """Replay: the day questions are asked on; default: the real day."""
    data_through: date | None = None
    """Last complete day of data; default: the day before `today`."""
    engine: EngineConfig = EngineConfig()
    default_user: str | None = None
    """Who asks when nobody is named; without it, asking anonymously is denied
    as soon as there is a `policies.yml`."""
    tour: tuple[str, ...] = ()
    """Questions shown to a newcomer."""
    attribution: AttributionConfig = AttributionConfig()
    llm: dict[str, Any] = {}
    channels: dict[str, Any] = {}

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return Calendar(timezone=value).zone.key
        except Exception:
            msg = f"{value!r} is not a time zone; use a name such as Asia/Shanghai"
            raise ValueError(msg) from None

    @property
    def calendar(self) -> Calendar:
        """The company's calendar."""
        return Calendar(self.timezone, self.week_start, self.fiscal_year_start)

    def today_or(self, override: date | None = None) -> date:
        """Return the day of asking, in the company's zone."""
        return override or self.today or datetime.now(self.calendar.zone).date()

    def as_of(self, today: date) -> date:
        """Return the last complete day of data."""
        yesterday = today - timedelta(days=1)
        return min(self.data_through, yesterday) if self.data_through else yesterday


@dataclass(frozen=True)
class Project:
    """A project folder that has been found and whose config is valid."""

    root: Path
    config: ProjectConfig
    home: Path

    @property
    def definitions_dir(self) -> Path:
        """Folder of the YAML definitions."""
        return self.root / "semantic_layer"

    @property
    def policies_file(self) -> Path:
        """The policies file, which may be absent."""
        return self.root / "policies.yml"

    @property
    def data_path(self) -> Path:
        """The data file or folder."""
        if self.config.engine.kind == "sample":
            return self.home / "sample.duckdb"
        return (self.root / self.config.engine.path).resolve()


def sample_root() -> Path:
    """Return the folder of the sample company's project."""
    return Path(__file__).parent / "demo" / "project"


def _home(root: Path) -> Path:
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named)
    inside = root == sample_root()
    return (Path(__file__).parents[1] if inside else root) / ".askmql"


def find_project(directory: Path | None = None) -> Project:
    """Return the project of `directory` (default: here, else the sample company).

    Raises:
        AskmqlError: `directory` was named and is not a project.
        DefinitionError: Its `askmql.yml` has mistakes.
    """
    root = directory or Path.cwd()
    if (root / CONFIG).is_file():
        root = root.resolve()
    elif directory is None:
        root = sample_root()
    else:
        raise AskmqlError(
            "NO_PROJECT",
            f"{directory} has no {CONFIG}.",
            hint="`askmql init DIR` makes a project folder.",
        )
    return Project(root, read_config(root / CONFIG), _home(root))


def read_config(path: Path) -> ProjectConfig:
    """Read and check `askmql.yml`.

    Raises:
        DefinitionError: With file, line and a suggestion for every mistake.
    """
    issues: list[Issue] = []
    source = parse_yaml(path.name, read_text(path, path.name), issues)
    if issues:
        raise DefinitionError(issues)
    try:
        return ProjectConfig.model_validate(source.data or {})
    except ValidationError as error:
        raise DefinitionError(issues_of(error, source)) from None
