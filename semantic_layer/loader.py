"""YAML files -> `Definitions`, with the file and line of every mistake.

Scalars follow YAML 1.2's core schema, so `on`, `yes`, `no` and bare dates stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from semantic_layer.errors import DefinitionError, Issue, suggest
from semantic_layer.model import (
    Ambiguity,
    Bundle,
    DefinitionFile,
    Dimension,
    Metric,
    Model,
    Roles,
    Spec,
)
from semantic_layer.scoring import Scoring

_INT = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAP_KEYS = {"on", "off", "yes", "no"}
_MAX_NODES = 500_000
_SECTIONS = ("dimensions", "models", "metrics", "bundles", "ambiguous")
Path_ = tuple[str | int, ...]


@dataclass
class Source:
    """One parsed file: its data and the line of every node."""

    name: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Iterable[str | int]) -> int:
        """Return the line of the deepest known node on `path`."""
        known: Path_ = ()
        for part in path:
            longer = (*known, part)
            if longer in self.lines:
                known = longer
        return self.lines.get(known, 1)


@dataclass(frozen=True)
class Definitions:
    """Everything the files define, merged, with the origin of each name."""

    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    roles: Roles = field(default_factory=Roles)
    scoring: Scoring | None = None
    ambiguous: Mapping[str, Ambiguity] = field(default_factory=dict)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    origins: Mapping[tuple[str, str], tuple[Source, Path_]] = field(default_factory=dict)

    def where(self, section: str, name: str, *path: str | int) -> tuple[str, int]:
        """Return file and line of a node below `section.name`.

        Roles come from several files: there the first part of `path` names the role.
        """
        if section == "roles" and not name and path:
            name, path = str(path[0]), path[1:]
        found = self.origins.get((section, name))
        if found is None:
            return "", 0
        source, base = found
        return source.name, source.line((*base, *path))


class _Reader:
    """Turns YAML nodes into plain data, noting lines and collecting issues."""

    def __init__(self, source: Source, issues: list[Issue]) -> None:
        self.source = source
        self.issues = issues
        self.nodes = 0

    def read(self, node: yaml.Node, path: Path_ = (), depth: int = 0) -> Any:
        self.source.lines[path] = node.start_mark.line + 1
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            if self.nodes == _MAX_NODES + 1:
                self._issue(
                    "YAML_TOO_LARGE", "too many values; do aliases repeat each other?", path
                )
            return None
        if depth > 30:
            self._issue("YAML_TOO_DEEP", "nested too deeply, or an alias that holds itself", path)
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self.read(child, (*path, i), depth + 1) for i, child in items]
        return self._mapping(node, path, depth)

    def _mapping(self, node: Any, path: Path_, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value)
            if not isinstance(key_node, yaml.ScalarNode):
                self._issue("YAML_KEY", "a key must be a plain word", path, line)
                continue
            plain = not key_node.style
            if plain and key.lower() in _TRAP_KEYS:
                hint = "Other YAML readers take it for true or false; use another word or quote it."
                self._issue("YAML_TRAP_KEY", f"the key `{key}` is ambiguous", path, line, hint)
            if key in out:
                self._issue("DUPLICATE_KEY", f"`{key}` is given twice here", path, line)
                continue
            out[key] = self.read(value_node, (*path, key), depth + 1)
            self.source.lines[(*path, key)] = line
        return out

    def _issue(
        self, code: str, message: str, path: Path_, line: int | None = None, hint: str = ""
    ) -> None:
        at = line or self.source.line(path)
        dotted = ".".join(map(str, path))
        self.issues.append(Issue(code, message, self.source.name, at, dotted, hint))


def _scalar(node: yaml.ScalarNode) -> object:
    text = str(node.value)
    if node.style:  # quoted or block text (the C loader says '' for plain)
        return text
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if len(text) > 30:
        return text
    if _INT.match(text) and not (len(text.lstrip("+-")) > 1 and text.lstrip("+-")[0] == "0"):
        return int(text)
    return float(text) if _FLOAT.match(text) and "." in text else text


def parse_yaml(name: str, text: str, issues: list[Issue]) -> Source:
    """Parse one YAML text; syntax errors become issues."""
    source = Source(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text.removeprefix("\ufeff"), Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or "not valid YAML"
        bad = text.splitlines()[line - 1 : line] if text else []
        hint = "Indent with spaces, not tabs." if bad and "\t" in bad[0] else ""
        issues.append(Issue("YAML_SYNTAX", problem, name, line, hint=hint))
        return source
    except yaml.YAMLError as error:
        issues.append(Issue("YAML_SYNTAX", str(error).splitlines()[0], name, 1))
        return source
    if node is not None:
        source.data = _Reader(source, issues).read(node)
    return source


_CODES = {
    "extra_forbidden": "UNKNOWN_KEY",
    "missing": "MISSING_KEY",
    "literal_error": "BAD_CHOICE",
    "enum": "BAD_CHOICE",
    "string_pattern_mismatch": "BAD_ID",
    "union_tag_invalid": "BAD_METRIC_TYPE",
    "union_tag_not_found": "BAD_METRIC_TYPE",
    "value_error": "BAD_VALUE",
}


def _field_names() -> tuple[str, ...]:
    names: set[str] = set()
    stack: list[type[Spec]] = [Spec]
    while stack:
        cls = stack.pop()
        names.update(cls.model_fields)
        stack.extend(cls.__subclasses__())
    return tuple(sorted(names))


def issues_of(error: ValidationError, source: Source) -> list[Issue]:
    """Turn pydantic's errors into issues with file, line and a suggestion."""
    return [_issue_of(dict(item), source) for item in error.errors(include_url=False)]


def _issue_of(item: dict[str, Any], source: Source) -> Issue:
    loc: Path_ = item["loc"]
    kind = str(item["type"])
    default = "WRONG_TYPE" if kind.endswith(("_type", "_parsing")) else "BAD_VALUE"
    code = _CODES.get(kind, default)
    path = [p for i, p in enumerate(loc) if _known(source, loc, i)]
    message = str(item["msg"]).removeprefix("Value error, ")
    candidates: tuple[str, ...] = ()
    last = str(loc[-1]) if loc else ""
    if code == "UNKNOWN_KEY":
        message = f"unknown key `{last}`"
        candidates = suggest(last, _field_names())
    elif code == "MISSING_KEY":
        message = f"`{last}` is missing"
    elif code == "BAD_ID":
        message = f"`{last if last != '[key]' else loc[-2]}` is not a valid id"
    elif code in {"BAD_CHOICE", "BAD_METRIC_TYPE"}:
        allowed = re.findall(r"'([^']+)'", str(item.get("ctx", {}).get("expected_tags", ""))) or (
            re.findall(r"'([^']+)'", str(item.get("ctx", {}).get("expected", "")))
        )
        candidates = suggest(str(item.get("input", "")), allowed)
    hint = "Ids are lower-case ASCII: letters, digits, _." if code == "BAD_ID" else ""
    dotted = ".".join(map(str, path))
    where = f" (at {dotted})" if dotted else ""
    return Issue(code, message + where, source.name, source.line(path), dotted, hint, candidates)


def _known(source: Source, loc: Path_, index: int) -> bool:
    """Whether loc[index] is a real node: pydantic mixes union tags into the path."""
    real = tuple(p for j, p in enumerate(loc[:index]) if _known(source, loc, j))
    return (*real, loc[index]) in source.lines


def _prepare(data: Any) -> Any:
    """Apply the file's metric defaults and the default metric type."""
    if not isinstance(data, dict) or not isinstance(data.get("metrics"), dict):
        return data
    defaults = data.get("defaults") if isinstance(data.get("defaults"), dict) else {}
    metrics = {
        name: {"type": "simple", **(defaults or {}), **body} if isinstance(body, dict) else body
        for name, body in data["metrics"].items()
    }
    return {**data, "metrics": metrics}


def read_files(files: Mapping[str, str]) -> Definitions:
    """Parse and merge definition files (name -> text).

    Raises:
        DefinitionError: With every mistake of every file; cross-references are checked
            later by `semantic_layer.validate`.
    """
    issues: list[Issue] = []
    merged: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    origins: dict[tuple[str, str], tuple[Source, Path_]] = {}
    roles, scoring = Roles(), None
    for name in sorted(files):
        source = parse_yaml(name, files[name], issues)
        if source.data is None:
            continue
        if not isinstance(source.data, dict):
            issues.append(Issue("WRONG_TYPE", "the file must be a mapping of sections", name, 1))
            continue
        try:
            parsed = DefinitionFile.model_validate(_prepare(source.data))
        except ValidationError as error:
            issues.extend(issues_of(error, source))
            continue
        for section in _SECTIONS:
            _merge(section, getattr(parsed, section), source, merged, origins, issues)
        roles = _merge_roles(roles, parsed.roles or Roles(), source, origins, issues)
        scoring = _merge_scoring(scoring, parsed.scoring, source, origins, issues)
    if issues:
        raise DefinitionError(issues)
    return Definitions(**merged, roles=roles, scoring=scoring, origins=origins)


def _merge(
    section: str,
    items: Mapping[str, Any],
    source: Source,
    merged: dict[str, dict[str, Any]],
    origins: dict[tuple[str, str], tuple[Source, Path_]],
    issues: list[Issue],
) -> None:
    for name, item in items.items():
        if name in merged[section]:
            first = origins[section, name][0]
            line = source.line((section, name))
            message = f"{section[:-1]} `{name}` is already defined in {first.name}"
            issues.append(Issue("DUPLICATE_ID", message, source.name, line))
            continue
        merged[section][name] = item
        origins[section, name] = (source, (section, name))


def _merge_roles(
    ours: Roles,
    theirs: Roles,
    source: Source,
    origins: dict[tuple[str, str], tuple[Source, Path_]],
    issues: list[Issue],
) -> Roles:
    given = {k: getattr(theirs, k) for k in theirs.model_fields_set}
    for key in given:
        if getattr(ours, key):
            line = source.line(("roles", key))
            issues.append(Issue("DUPLICATE_ID", f"role `{key}` is given twice", source.name, line))
        origins["roles", key] = (source, ("roles", key))
    return ours.model_copy(update=given)


def _merge_scoring(
    ours: Scoring | None,
    theirs: Scoring | None,
    source: Source,
    origins: dict[tuple[str, str], tuple[Source, Path_]],
    issues: list[Issue],
) -> Scoring | None:
    if theirs is None:
        return ours
    if ours is not None:
        line = source.line(("scoring",))
        issues.append(Issue("DUPLICATE_ID", "`scoring` is given twice", source.name, line))
    origins["scoring", ""] = (source, ("scoring",))
    return theirs


def read_text(path: Path, name: str) -> str:
    """Return a UTF-8 file's text.

    Raises:
        DefinitionError: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        issue = Issue("NOT_UTF8", "the file is not UTF-8 text", name, 1, hint="Save it as UTF-8.")
        raise DefinitionError([issue]) from None


def read_folder(folder: Path) -> Definitions:
    """Read every `*.yml` / `*.yaml` file of a folder (and its subfolders)."""
    found = (p for p in folder.rglob("*") if p.suffix in {".yml", ".yaml"})
    paths = sorted(p for p in found if p.is_file())
    if not paths:
        issue = Issue("NO_DEFINITIONS", "no *.yml file found", str(folder), 0)
        raise DefinitionError([issue])
    files: dict[str, str] = {}
    issues: list[Issue] = []
    for path in paths:
        name = path.relative_to(folder.parent).as_posix()
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            issues.append(Issue("NOT_UTF8", "the file is not UTF-8 text", name, 1))
    if issues:
        raise DefinitionError(issues)
    return read_files(files)
