"""Cross-checks of merged definitions: returns issues, never prints, never raises."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from semantic_layer.compile.context import Catalog, Context
from semantic_layer.compile.facts import references
from semantic_layer.errors import Issue, suggest
from semantic_layer.expressions import (
    FragmentError,
    check_fragment,
    check_select,
    column_path,
    columns_in,
)
from semantic_layer.lead_roles import PersonRole
from semantic_layer.loader import Definitions
from semantic_layer.model import (
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    Metric,
    MetricBase,
    Model,
    SimpleMetric,
    SnapshotMetric,
    StageRole,
)
from semantic_layer.validate_credit import check_credit, check_parameters
from semantic_layer.validate_customers import customer_texts, customer_wrongs
from semantic_layer.validate_leads import lead_texts, missing_roles, scoring_texts

_RUNNING = frozenset({"count", "sum", "count_distinct", "min", "max"})


def normalise(text: str) -> str:
    """Fold case, width and inner blanks, as questions are folded before matching."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class Checker:
    """Walks the definitions and collects issues."""

    def __init__(self, definitions: Definitions, catalog: Catalog | None = None) -> None:
        self.defs = definitions
        self.catalog = catalog
        self.issues: list[Issue] = []
        self._fields_cache: dict[str, frozenset[str] | None] = {}

    def run(self) -> tuple[Issue, ...]:
        """Return every issue found."""
        for name, model in self.defs.models.items():
            self._model(name, model)
        self._column_cycles()
        self._dimensions()
        for name, metric in self.defs.metrics.items():
            self._metric(name, metric)
        self._cycles()
        self._words()
        self._roles()
        return tuple(self.issues)

    def add(
        self,
        section: str,
        name: str,
        path: tuple[str | int, ...],
        code: str,
        message: str,
        *,
        hint: str = "",
        candidates: Iterable[str] = (),
    ) -> None:
        """Record an issue at a node's file and line."""
        file, line = self.defs.where(section, name, *path)
        dotted = ".".join(map(str, (section, name, *path)))
        self.issues.append(Issue(code, message, file, line, dotted, hint, tuple(candidates)))

    def _known(
        self,
        section: str,
        name: str,
        wanted: str,
        known: Mapping[str, object],
        kind: str,
        *path: str | int,
    ) -> bool:
        if wanted in known:
            return True
        code = f"UNKNOWN_{kind.upper()}"
        message = f"there is no {kind} `{wanted}`"
        self.add(section, name, path, code, message, candidates=suggest(wanted, known))
        return False

    def _dimensions(self) -> None:
        dims = self.defs.dimensions
        for name, dimension in dims.items():
            taken = name in self.defs.metrics
            if name == "period" or "__" in name or taken:
                why = "a metric has it" if taken else "the product uses it for its own columns"
                message = f"the id `{name}` cannot be a dimension's: {why}"
                self.add("dimensions", name, (), "RESERVED_ID", message)
            if dimension.parent is not None:
                self._known("dimensions", name, dimension.parent, dims, "dimension")
        for name in (*self.defs.metrics, *self.defs.models):
            section = "metrics" if name in self.defs.metrics else "models"
            if "__" in name:
                message = f"`{name}`: two underscores are the product's own"
                self.add(section, name, (), "RESERVED_ID", message)
        parents = {n: (d.parent,) for n, d in dims.items() if d.parent in dims and d.parent}
        for cycle in _find_cycles(parents):
            message = "dimensions are each other's parents: " + " -> ".join(cycle)
            self.add("dimensions", cycle[0], ("parent",), "CYCLE", message)

    # --- models -----------------------------------------------------------------------

    def _model(self, name: str, model: Model) -> None:
        if model.source is not None and self.catalog is not None:
            self._source(name, model.source)
        if model.query is not None:
            self._query(name, model.query)
        if model.credit is not None:
            check_credit(self, name, model.credit)
        self._joins(name, model)
        for dim, text in model.dims.items():
            self._known("models", name, dim, self.defs.dimensions, "dimension", "dims", dim)
            self._fragment(name, text, "models", name, ("dims", dim))
        for column, text in model.columns.items():
            self._fragment(name, text, "models", name, ("columns", column))
        for column in model.key:
            self._column(name, column, "models", name, ("key",))
        for key_name, fragment in (("time", model.time), ("filter", model.filter)):
            if fragment is not None:
                self._fragment(name, fragment, "models", name, (key_name,))

    def _joins(self, name: str, model: Model) -> None:
        for alias, join in model.joins.items():
            if not self._known(
                "models", name, join.model, self.defs.models, "model", "joins", alias
            ):
                continue
            key = self.defs.models[join.model].key
            if len(key) != len(join.by):
                message = f"join `{alias}` gives {len(join.by)} column(s), the key of {join.model} has {len(key)}"
                hint = f"Declare `key` in {join.model}." if not key else ""
                self.add("models", name, ("joins", alias), "JOIN_KEY", message, hint=hint)
            for column in join.by:
                self._column(name, column, "models", name, ("joins", alias))

    def _source(self, name: str, source: str) -> None:
        if source not in (self.catalog or {}):
            message = f"the data has no table `{source}`"
            near = suggest(source, self.catalog or {})
            self.add("models", name, ("source",), "UNKNOWN_TABLE", message, candidates=near)

    def _query(self, name: str, text: str) -> None:
        try:
            tree = check_select(text)
        except FragmentError as error:
            self.add("models", name, ("query",), "BAD_EXPRESSION", str(error))
            return
        ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
        for shadow in sorted(ctes & (set(self.defs.models) | self._sources())):
            message = f"`{shadow}` is a model or table; a WITH part needs a name of its own"
            self.add("models", name, ("query",), "CTE_NAME", message)
        for table in tree.find_all(exp.Table):
            if table.db or table.catalog:
                message = f"`{table.sql()}`: name a model, not a qualified table"
                self.add("models", name, ("query",), "UNKNOWN_MODEL", message)
            elif table.name not in ctes:
                self._known("models", name, table.name, self.defs.models, "model", "query")
        for column in columns_in(tree):
            if not column.table and not _is_alias(column):
                message = f"column `{column.name}` needs its alias (`alias.{column.name}`)"
                self.add("models", name, ("query",), "UNQUALIFIED_COLUMN", message)
        if any(_is_star(s) for q in tree.find_all(exp.Select) for s in q.selects):
            self.add("models", name, ("query",), "STAR", "list the columns instead of `*`")
        self._query_columns(name, tree)

    def _sources(self) -> set[str]:
        return {m.source for m in self.defs.models.values() if m.source}

    def _query_columns(self, name: str, tree: exp.Expr) -> None:
        """Columns that a query reads from models must exist there."""
        for select in tree.find_all(exp.Select):
            clauses = [select.args.get("from_"), *(select.args.get("joins") or [])]
            tables = [c.this for c in clauses if c is not None and isinstance(c.this, exp.Table)]
            known = {t.alias_or_name: t.name for t in tables if t.name in self.defs.models}
            for column in select.find_all(exp.Column):
                model = known.get(column.table)
                inside = column.find_ancestor(exp.Select) is select
                if model is not None and model != name and inside:
                    self._column(model, column.name, "models", name, ("query",))

    def _column_cycles(self) -> None:
        """Computed columns may read each other, over joins too, but not in a circle."""
        graph: dict[str, tuple[str, ...]] = {}
        for name, model in self.defs.models.items():
            for column, text in model.columns.items():
                graph[f"{name}.{column}"] = tuple(self._reads(name, text))
        for cycle in _find_cycles(graph):
            name, _, column = cycle[0].partition(".")
            message = "computed columns refer to each other: " + " -> ".join(cycle)
            self.add("models", name, ("columns", column), "CYCLE", message)

    def _reads(self, model_id: str, text: str) -> Iterator[str]:
        try:
            tree = check_fragment(text)
        except FragmentError:
            return
        for reference in columns_in(tree):
            target = model_id
            for alias in column_path(reference)[0]:
                model = self.defs.models.get(target)
                join = model.joins.get(alias) if model else None
                target = join.model if join else ""
            model = self.defs.models.get(target)
            if model is not None and reference.name in model.columns:
                yield f"{target}.{reference.name}"

    def fields(self, model_id: str) -> frozenset[str] | None:
        """Return the column names of a model, or None when the data is not at hand."""
        if model_id not in self._fields_cache:
            self._fields_cache[model_id] = self._fields(model_id)
        return self._fields_cache[model_id]

    def _fields(self, model_id: str) -> frozenset[str] | None:
        model = self.defs.models[model_id]
        if model.query is not None:
            try:
                tree = check_select(model.query)
            except FragmentError:
                return None
            return frozenset(tree.named_selects) | set(model.columns)
        if model.credit is not None:
            return model.credit.columns | set(model.columns)
        table = (self.catalog or {}).get(model.source or "")
        return frozenset(table) | set(model.columns) if table is not None else None

    def _column(
        self, model_id: str, column: str, section: str, name: str, path: tuple[str | int, ...]
    ) -> None:
        fields = self.fields(model_id)
        if fields is not None and column not in fields:
            message = f"{model_id} has no column `{column}`"
            near = suggest(column, fields)
            self.add(section, name, path, "UNKNOWN_COLUMN", message, candidates=near)

    def _fragment(
        self, model_id: str, text: str, section: str, name: str, path: tuple[str | int, ...]
    ) -> None:
        """Check a row-level fragment: it parses, and its joins and columns exist."""
        try:
            tree = check_fragment(text)
        except FragmentError as error:
            self.add(section, name, path, "BAD_EXPRESSION", str(error))
            return
        for column in columns_in(tree):
            target = self._follow(model_id, column_path(column)[0], section, name, path)
            if target is not None:
                self._column(target, column.name, section, name, path)

    def _follow(
        self,
        model_id: str,
        joins: tuple[str, ...],
        section: str,
        name: str,
        path: tuple[str | int, ...],
    ) -> str | None:
        """Return the model at the end of a join path; None (and an issue) if it breaks."""
        for alias in joins:
            known = self.defs.models[model_id].joins if model_id in self.defs.models else {}
            if alias not in known:
                message = f"{model_id} has no join `{alias}`"
                near = suggest(alias, known)
                self.add(section, name, path, "UNKNOWN_JOIN", message, candidates=near)
                return None
            model_id = known[alias].model
        return model_id if model_id in self.defs.models else None

    # --- metrics ----------------------------------------------------------------------

    def _metric(self, name: str, metric: Metric) -> None:
        if isinstance(metric, SimpleMetric | SnapshotMetric | ConversionMetric):
            if self._known("metrics", name, metric.model, self.defs.models, "model", "model"):
                self._metric_fragments(name, metric)
        elif isinstance(metric, DerivedMetric):
            self._derived(name, metric)
        else:
            for wanted in references(metric):
                self._known("metrics", name, wanted, self.defs.metrics, "metric")
            if isinstance(metric, CumulativeMetric):
                self._cumulative(name, metric)
        for dim in metric.overlap:
            self._known("metrics", name, dim, self.defs.dimensions, "dimension", "overlap")
        if metric.tier == "gold" and not metric.tests:
            message = "a gold metric needs at least one test"
            hint = "Add `tests:` with hand-written SQL, or make it silver."
            self.add("metrics", name, ("tier",), "GOLD_WITHOUT_TEST", message, hint=hint)

    def _metric_fragments(
        self, name: str, metric: SimpleMetric | SnapshotMetric | ConversionMetric
    ) -> None:
        fields = ("expr", "filter", "time", "per", "opened", "closed", "idle", "snapshot", "base",
                  "converted")  # fmt: skip
        for field in fields:
            text = getattr(metric, field, None)
            if text is not None:
                self._fragment(metric.model, text, "metrics", name, (field,))
        if isinstance(metric, SnapshotMetric) and metric.within and not self._time(metric.model):
            self.add("metrics", name, (), "NO_TIME", f"{metric.model} declares no `time`")
        if isinstance(metric, SimpleMetric):
            for i, item in enumerate(metric.exists):
                self._exists(name, metric, i)
                del item
            check_parameters(self, name, metric)

    def _time(self, model_id: str) -> str | None:
        return self.defs.models[model_id].time

    def _exists(self, name: str, metric: SimpleMetric, index: int) -> None:
        item = metric.exists[index]
        path: tuple[str | int, ...] = ("exists",)
        if not self._known("metrics", name, item.model, self.defs.models, "model", *path):
            return
        if not self.defs.models[metric.model].key:
            message = f"`exists` needs the `key` of {metric.model}"
            self.add("metrics", name, path, "JOIN_KEY", message)
        for own, other in item.by.items():
            self._fragment(metric.model, own, "metrics", name, path)
            self._fragment(item.model, other, "metrics", name, path)
        if item.filter:
            self._fragment(item.model, item.filter, "metrics", name, path)
        for anchor in (item.before, item.after):
            if anchor is not None:
                self._fragment(metric.model, anchor, "metrics", name, path)
        needs_time = (item.before or item.after or item.within) is not None
        if needs_time and not (item.time or self._time(item.model)):
            self.add("metrics", name, path, "NO_TIME", f"{item.model} declares no `time`")

    def _derived(self, name: str, metric: DerivedMetric) -> None:
        try:
            tree = check_fragment(metric.expr)
        except FragmentError as error:
            self.add("metrics", name, ("expr",), "BAD_EXPRESSION", str(error))
            return
        for column in columns_in(tree):
            self._known("metrics", name, column.name, self.defs.metrics, "metric", "expr")

    def _cumulative(self, name: str, metric: CumulativeMetric) -> None:
        base = self.defs.metrics.get(metric.of)
        if base is None:
            return
        rolling = metric.window is not None
        if not isinstance(base, SimpleMetric) or not (rolling or base.agg in _RUNNING):
            message = f"`{metric.of}` cannot be added up over time"
            hint = "Cumulate its parts, then divide them in a ratio."
            self.add("metrics", name, ("of",), "CUMULATIVE_NOT_ADDITIVE", message, hint=hint)

    def _query_cycles(self) -> None:
        graph: dict[str, tuple[str, ...]] = {}
        for name, model in self.defs.models.items():
            try:
                tree = check_select(model.query) if model.query else None
            except FragmentError:
                tree = None
            tables = [t.name for t in tree.find_all(exp.Table)] if tree is not None else []
            graph[name] = tuple(t for t in tables if t in self.defs.models)
        for cycle in _find_cycles(graph):
            message = "queries read each other: " + " -> ".join(cycle)
            self.add("models", cycle[0], ("query",), "CYCLE", message)

    def _cycles(self) -> None:
        self._query_cycles()
        known = self.defs.metrics
        graph: dict[str, tuple[str, ...]] = {}
        for name, metric in known.items():
            try:
                graph[name] = tuple(r for r in references(metric) if r in known)
            except FragmentError:
                graph[name] = ()
        for cycle in _find_cycles(graph):
            message = "metrics refer to each other: " + " -> ".join(cycle)
            self.add("metrics", cycle[0], (), "CYCLE", message)

    # --- words ------------------------------------------------------------------------

    def _words(self) -> None:
        """Refuse one word for two things, unless it is declared ambiguous."""
        ambiguous = {normalise(w) for w in self.defs.ambiguous}
        owners: dict[str, tuple[str, str]] = {}
        for section, name, word in self._said():
            key = normalise(word)
            first = owners.setdefault(key, (section, name))
            if first != (section, name) and key not in ambiguous:
                message = f"`{word}` already means {first[0][:-1]} `{first[1]}`"
                hint = "Remove one of them, or list the word under `ambiguous`."
                self.add(section, name, ("synonyms",), "SYNONYM_CLASH", message, hint=hint)
        for word, item in self.defs.ambiguous.items():
            for wanted in item.metrics:
                self._known("ambiguous", word, wanted, self.defs.metrics, "metric")
        for bundle_id, bundle in self.defs.bundles.items():
            for wanted in bundle.metrics:
                self._known("bundles", bundle_id, wanted, self.defs.metrics, "metric")
            for dim in bundle.filters:
                self._known("bundles", bundle_id, dim, self.defs.dimensions, "dimension")

    def _said(self) -> Iterator[tuple[str, str, str]]:
        for name, metric in self.defs.metrics.items():
            if not metric.hidden:
                yield from (("metrics", name, w) for w in said(name, metric))
        for name, dimension in self.defs.dimensions.items():
            words = (dimension.label.en, dimension.label.zh, *dimension.synonyms)
            yield from (("dimensions", name, w) for w in dict.fromkeys(words) if w)
        for name, bundle in self.defs.bundles.items():
            words = (bundle.label.en, bundle.label.zh, *bundle.synonyms)
            yield from (("bundles", name, w) for w in dict.fromkeys(words) if w)

    # --- roles ------------------------------------------------------------------------

    def _roles(self) -> None:
        roles = self.defs.roles
        touch = roles.touchpoint
        if touch:
            who = (touch.person, touch.account, touch.marketing, touch.direct)
            named = (touch.id, touch.at, *who)
            self._role(touch.model, (*named, *touch.dims.values()), "touchpoint")
            for dim in touch.dims:
                self._known(
                    "roles", "", dim, self.defs.dimensions, "dimension", "touchpoint", "dims", dim
                )
        for i, stage in enumerate(roles.stages):
            texts = (stage.at, stage.amount, stage.filter, stage.void, stage.closed, stage.moved)
            keys = (stage.person, stage.account, stage.lead, stage.deal)
            ends = (stage.journey_end, stage.currency, *stage.milestones.values())
            self._role(stage.model, (*texts, *keys, *ends), "stages", i)
            self._stage_id(stage, i)
            if stage.metric is not None:
                self._known("roles", "", stage.metric, self.defs.metrics, "metric", "stages", i)
        for i, cost in enumerate(roles.cost):
            self._role(cost.model, (cost.amount, cost.at), "cost", i)
        for path, model, role_texts in (*lead_texts(roles), *customer_texts(roles)):
            self._role(model, role_texts, *path)
        for path, code, message in customer_wrongs(self.defs):
            self.add("roles", "", path, code, message)
        if roles.person:
            self._person(roles.person)
        self._scoring()

    def _scoring(self) -> None:
        scoring, roles = self.defs.scoring, self.defs.roles
        if scoring is None:
            return
        for path, message in missing_roles(scoring, roles):
            hint = "Declare it under `roles`, or leave this out."
            self.add("scoring", "", path, "MISSING_ROLE", message, hint=hint)
        for path, model, text in scoring_texts(scoring, roles):
            if model in self.defs.models:
                self._fragment(model, text, "scoring", "", path)

    def _stage_id(self, stage: StageRole, index: int) -> None:
        if any(other.id == stage.id for other in self.defs.roles.stages[:index]):
            message = f"stage `{stage.id}` is given twice"
            self.add("roles", "", ("stages", index), "DUPLICATE_ID", message)

    def _person(self, person: PersonRole) -> None:
        for twice in sorted(set(person.attributes) & set(person.personal)):
            message = f"`{twice}` is both open and personal"
            self.add("roles", "", ("person", "personal", twice), "DUPLICATE_ID", message)

    def _role(self, model: str, texts: tuple[str | None, ...], *path: str | int) -> None:
        """Check that a role's model exists and its fragments resolve there."""
        if self._known("roles", "", model, self.defs.models, "model", *path):
            for text in texts:
                if text is not None:
                    self._fragment(model, text, "roles", "", path)


def said(name: str, metric: MetricBase) -> tuple[str, ...]:
    """Return every word that names a metric: id, labels, synonyms."""
    words = (name, name.replace("_", " "), metric.label.en, metric.label.zh, *metric.synonyms)
    return tuple(w for w in {normalise(w): w for w in words if w}.values())


def _is_star(item: exp.Expr) -> bool:
    """Whether a projection is `*` or `alias.*` (COUNT(*) is not)."""
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )


def _is_alias(column: exp.Column) -> bool:
    """Whether an unqualified name is an ORDER BY or literal-like alias of its own SELECT."""
    select = column.find_ancestor(exp.Select)
    return (
        select is not None
        and column.name in select.named_selects
        and bool(column.find_ancestor(exp.Order))
    )


def _find_cycles(graph: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    done: set[str] = set()
    cycles: list[list[str]] = []

    def visit(node: str, trail: list[str]) -> None:
        if node in trail:
            cycles.append([*trail[trail.index(node) :], node])
            return
        if node in done:
            return
        for child in graph.get(node, ()):
            visit(child, [*trail, node])
        done.add(node)

    for name in graph:
        visit(name, [])
    return cycles


def validate(definitions: Definitions, catalog: Catalog | None = None) -> tuple[Issue, ...]:
    """Return every mistake that needs more than one place to see.

    Args:
        definitions: Merged definitions.
        catalog: Tables and columns of the data; without it columns are not checked.
    """
    return Checker(definitions, catalog).run()


__all__ = ["Context", "normalise", "said", "validate"]
