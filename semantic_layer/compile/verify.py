"""A second, independent look at the finished AST before anything runs.

It does not trust the builder: every scan of a physical table must stand alone in a
SELECT that carries the asker's predicates, project no hidden column, and belong to a
model that the asker may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.door import MODEL_MARK, SCAN, predicate, quoted
from semantic_layer.compile.facts import leaf_models
from semantic_layer.compile.masks import KEY_MARK, masked
from semantic_layer.errors import CompilationError, DeniedError, QueryError
from semantic_layer.query import Query
from semantic_layer.scope import Scope

_PLAIN = frozenset({"expressions", "from_", "where", "kind"})
_REFUSED = (
    exp.Command, exp.DDL, exp.DML, exp.Into, exp.Lateral, exp.Pivot, exp.TableSample, exp.Placeholder,
    exp.Parameter, exp.SessionParameter, exp.TableFromRows, exp.Set, exp.Pragma, exp.Attach,
)  # fmt: skip


def check_personal(ctx: Context, query: Query, scope: Scope) -> None:
    """Refuse to list or filter by personal data that no rule opens to the asker.

    Raises:
        DeniedError: A dimension is marked personal.
    """
    check_personal_dimensions(
        ctx, (*query.dimensions, *(f.dimension for f in query.filters)), scope
    )


def check_personal_dimensions(ctx: Context, names: Iterable[str], scope: Scope) -> None:
    """Refuse dimensions marked personal, unless a rule opens them to the asker.

    Raises:
        DeniedError: A dimension is marked personal.
    """
    if scope.personal:
        return
    for name in names:
        if ctx.definitions.dimensions[name].personal:
            raise DeniedError(
                "PERSONAL_DATA",
                f"`{name}` is personal data and may not be listed.",
                hint="Ask by another dimension, or ask your administrator.",
                params={"dimension": name},
            )


def check_metrics(ctx: Context, query: Query, scope: Scope) -> None:
    """Refuse metrics that a rule takes from the asker.

    Raises:
        DeniedError: With the metric.
    """
    for name in (*query.metrics, *(h.metric for h in query.having)):
        if name in scope.metrics:
            raise DeniedError(
                "METRIC_DENIED",
                f"You may not see `{name}`.",
                hint="Ask your administrator for access, or ask for another metric.",
                params={"words": ctx.definitions.metrics[name].label.get("zh")},
            )


def check_one_view(ctx: Context, query: Query, scope: Scope) -> None:
    """Refuse a ratio whose parts are seen in different views: company-wide over own rows.

    Raises:
        QueryError: A metric mixes limited and unlimited models.
    """
    if not scope.rows:
        return
    for name in query.metrics:
        models = leaf_models(ctx, name)
        limited = models & set(scope.rows)
        if limited and limited != models:
            wide = ", ".join(sorted(models - limited))
            raise QueryError(
                "VIEWS_DIFFER",
                f"`{name}` mixes your own view with company-wide data ({wide}).",
                hint="Ask for its parts one at a time.",
                params={"metric": name},
            )


def verify(ctx: Context, scope: Scope, tree: exp.Query) -> None:
    """Refuse a query that is not provably within the scope.

    Every scan must be a plain SELECT of one table under the door's alias, carry each
    predicate of the scope, show no hidden column and masked ones only masked. Whatever else
    could bring rows into a query (table functions, laterals, pivots, recursion, a name that
    means a table here and a CTE there) is refused, not reasoned about.

    Raises:
        CompilationError: With what could not be proven.
    """
    by_source: dict[str, list[str]] = {}
    for name, model in ctx.definitions.models.items():
        if model.source is not None:
            by_source.setdefault(model.source, []).append(name)
    keys = _key_marks(tree)
    for node in tree.walk():
        if isinstance(node, exp.Table):
            _verify_table(ctx, scope, node, by_source)
        elif isinstance(node, exp.Subquery) and node.alias.casefold() == SCAN:
            _verify_model(ctx, scope, node)
        elif isinstance(node, _REFUSED):
            raise _unproven(f"{type(node).__name__} is not allowed")
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            raise _unproven("recursion is not allowed")
        elif _names_key(node) and id(node) not in keys:
            raise _unproven("a reserved word")


def _names_key(node: exp.Expr) -> bool:
    return isinstance(node, exp.Identifier | exp.Literal) and KEY_MARK in node.name.casefold()


def _key_marks(tree: exp.Query) -> frozenset[int]:
    """Return the literals that stand for the secret key where the door puts them: in a hash.

    From the hash down: an expression that was spelt out once may have lost its way up.
    """
    hashed = (node.this for node in tree.find_all(exp.SHA2))
    first = (h.expressions[0] for h in hashed if isinstance(h, exp.Concat) and h.expressions)
    return frozenset(id(n) for n in first if isinstance(n, exp.Literal) and n.name == KEY_MARK)


def _verify_table(
    ctx: Context, scope: Scope, table: exp.Table, by_source: Mapping[str, list[str]]
) -> None:
    if not isinstance(table.this, exp.Identifier) or _decorated(table):
        raise _unproven("a table is not just a name")
    named_as_cte = _is_cte(table)
    if table.alias != SCAN:
        if not named_as_cte:
            raise _unproven(f"{table.name} is read without its rights")
        return
    if named_as_cte:
        raise _unproven(f"a WITH hides the table {table.name}")
    if table.name not in by_source:
        raise _unproven(f"table {table.name} is not a declared source")
    named = table.meta.get(MODEL_MARK)
    models = by_source[table.name]
    # The door notes for which model it scans; a scan without a note must satisfy every model.
    wanted = [named] if named in models else models
    if not all(_proven(ctx, scope, table, m) for m in wanted):
        raise _unproven(f"a scan of {table.name} does not carry its rights")


def _decorated(table: exp.Table) -> bool:
    """Whether a table has a schema, a sample, a pivot, a time travel, joins of its own..."""
    return any(value for key, value in table.args.items() if key not in {"this", "alias"})


def _is_cte(table: exp.Table) -> bool:
    """Whether a table's name is that of a WITH query that is visible where it stands."""
    name = table.name.casefold()
    child: exp.Expr = table
    node = table.parent
    while node is not None:
        clause = node if isinstance(node, exp.With) else node.args.get("with_")
        if isinstance(clause, exp.With) and clause is not child:
            # Within the list of a WITH, only the queries before this one are visible.
            seen = [cte.alias.casefold() for cte in clause.expressions]
            upto = [c is child for c in clause.expressions].index(True) if clause is node else None
            if name in seen[:upto]:
                return True
        child, node = node, node.parent
    return False


def _proven(ctx: Context, scope: Scope, table: exp.Table, model_id: str) -> bool:
    clause = table.parent
    select = clause.parent if isinstance(clause, exp.From) else None
    if model_id in scope.denied or not isinstance(select, exp.Select) or not _plain(select):
        return False
    return _carries(ctx, scope, select, model_id) and _shows(scope, select, model_id)


def _plain(select: exp.Select) -> bool:
    """Whether a SELECT has columns, one origin and conditions, and nothing else."""
    return not any(value for key, value in select.args.items() if key not in _PLAIN)


def _carries(ctx: Context, scope: Scope, select: exp.Select, model_id: str) -> bool:
    if not scope.rows.get(model_id):
        return True
    where = select.args.get("where")
    present = conjuncts(where.this) if where is not None else set()
    return _required(ctx, scope, model_id) <= present


def _required(ctx: Context, scope: Scope, model_id: str) -> frozenset[str]:
    """Return every condition that a scan of a model must carry, as text."""
    known = scope.proofs.get(model_id)
    if known is None or known[0] is not ctx.definitions:
        found: set[str] = set()
        for text in scope.rows.get(model_id, ()):
            found |= conjuncts(predicate(ctx, scope, model_id, text))
        known = scope.proofs[model_id] = (ctx.definitions, frozenset(found))
    return known[1]


def _shows(scope: Scope, select: exp.Select, model_id: str) -> bool:
    """Whether a scan projects plain columns, none hidden, and masked ones only masked."""
    hidden = {c.casefold() for c in scope.hidden.get(model_id, ())}
    masks = {c.casefold(): kind for c, kind in scope.masks.get(model_id, {}).items()}
    for item in select.expressions:
        inner = item.unalias()
        names = {c.name for c in item.find_all(exp.Column)}
        folded = {name.casefold() for name in names}
        if folded & hidden or len(names) > 1:
            return False
        if folded & masks.keys():
            kind = masks[folded.pop()]
            if inner != masked(quoted(names.pop(), SCAN), kind):
                return False
        elif not isinstance(inner, exp.Literal) and not _is_plain(inner):
            return False
    return True


def _is_plain(item: exp.Expr) -> bool:
    """Whether an item is one named column: `src.*` is a column too, of all names."""
    return isinstance(item, exp.Column) and isinstance(item.this, exp.Identifier)


def _verify_model(ctx: Context, scope: Scope, sub: exp.Subquery) -> None:
    """The rights of a query model must stand on the SELECT around its query."""
    model_id = str(sub.meta.get(MODEL_MARK, ""))
    model = ctx.definitions.models.get(model_id)
    clause = sub.parent
    select = clause.parent if isinstance(clause, exp.From) else None
    if model is None or model.source is not None or model_id in scope.denied:
        raise _unproven("a query stands where a governed one is expected")
    if not isinstance(select, exp.Select) or not _plain(select):
        raise _unproven(f"the query model {model_id} is joined beside its rights")
    if not (_carries(ctx, scope, select, model_id) and _shows(scope, select, model_id)):
        raise _unproven(f"the query model {model_id} does not carry its rights")


def conjuncts(condition: exp.Expr) -> set[str]:
    """Return every condition that must hold, as text; ANDs are opened at any depth."""
    stack, out = [condition], set()
    while stack:
        node = stack.pop()
        if isinstance(node, exp.And):
            stack += [node.this, node.expression]
        elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And | exp.Paren):
            stack.append(node.this)
        else:
            out.add((node.this if isinstance(node, exp.Paren) else node).sql())
    return out


def _unproven(why: str) -> CompilationError:
    return CompilationError(
        "RIGHTS_NOT_PROVEN",
        f"The query was not run: {why}.",
        hint="This is a fault of the product or of a definition; please report it.",
    )
