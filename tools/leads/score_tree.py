"""Rule scores of leads as one SQL tree above the governed rows.

points(rule) of behaviour = min(cap, sum over touches of points * 0.5^(age / half life)),
age in whole days before the day of scoring; of an attribute = its points if the condition
holds. The score is their sum, kept between 0 and `max_score`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import literal_date
from semantic_layer.expressions import and_all
from semantic_layer.model import TouchpointRole
from semantic_layer.scoring import BehaviourRule, Scoring, days_of
from tools.base import ToolContext
from tools.leads.levels import POINTS, level_of, number
from tools.leads.points import aged, capped, clamped
from tools.leads.rows import among, fields, lead_role, subquery, visible

PEOPLE = "lead_people_"
"""Name of the CTE that maps person records to humans."""
COUNT, LAST = "count__", "last__"
_LEAD, _TOUCH, _DONE = "l", "b", "s"


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """Which leads are scored, on which day.

    Attributes:
        as_of: Touches after this local day do not count.
        leads: Only these lead ids; empty: all.
        people: All records of the one human behind `leads`, if known (a smaller read).
        is_open: Only leads that the role calls open.
        owners: Only leads of these owners, by id or name; empty: all.
        created_from: Only leads created on this local day or later.
        created_until: Only leads created before this local day.
        earlier: A second day, on which the leads that were there already are scored too.
    """

    as_of: date
    leads: tuple[object, ...] = ()
    people: tuple[object, ...] = ()
    is_open: bool = False
    owners: tuple[object, ...] = ()
    created_from: date | None = None
    created_until: date | None = None
    earlier: date | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """Every day on which the leads are scored."""
        return (self.as_of,) if self.earlier is None else (self.as_of, self.earlier)


def scoring_of(context: ToolContext) -> Scoring:
    """Return the scoring rules.

    Raises:
        QueryError: The definitions have none.
    """
    found = context.layer.definitions.scoring
    if found is None:
        raise QueryError(
            "NO_SCORING",
            "The definitions have no scoring rules.",
            hint="Add a `scoring:` section with attributes, behaviours and levels.",
        )
    return found


def score_tree(context: ToolContext, request: ScoreRequest) -> exp.Select:
    """Return one row per lead and day of scoring (`as_of`): id, person, owner, points of each rule, score and level."""
    scoring = scoring_of(context)
    leads = _leads(context, scoring, request)
    joined = _with_behaviour(context, scoring, request, leads)
    total = _total(scoring)
    scored = exp.select(exp.Star(), exp.alias_(total, "score", quoted=True)).from_(
        subquery(joined, _LEAD)
    )
    level = level_of(scoring, _DONE)
    return exp.select(exp.Star(), exp.alias_(level, "level", quoted=True)).from_(
        subquery(scored, _DONE)
    )


def _leads(context: ToolContext, scoring: Scoring, request: ScoreRequest) -> exp.Select:
    role = lead_role(context)
    wanted = {"lead": role.id, "person": role.person, "account": role.account, "owner": role.owner,
              "owner_name": role.owner_name, "followed": role.first_followup}  # fmt: skip
    texts = fields(wanted)
    texts["created_on"] = Field(role.at, "day")
    shown, _ = visible(context, role.model, texts)
    missing = [exp.alias_(exp.null(), n, quoted=True) for n in wanted if n not in shown]
    shown |= {POINTS + rule.id: Field(rule.when) for rule in scoring.attributes}
    where = (role.open,) if request.is_open and role.open else ()
    end = request.as_of + timedelta(days=1)
    window = Window(role.at, request.created_from, min(end, request.created_until or end))
    rows = context.layer.relation(role.model, shown, context.scope, where=where, window=window)
    points = {POINTS + rule.id: rule.points for rule in scoring.attributes}
    columns = [
        exp.alias_(_flag(quoted(n, _LEAD), points[n]), n, quoted=True)
        if n in points
        else quoted(n, _LEAD)
        for n in shown
    ]
    tests: list[exp.Expr] = []
    if request.leads:
        tests.append(among(quoted("lead", _LEAD), request.leads))
    if request.owners:
        named = [n for n in ("owner", "owner_name") if n in shown]
        ways = [among(quoted(n, _LEAD), request.owners) for n in named]
        tests.append(exp.or_(*ways) if ways else exp.false())
    kept = and_all(tests)
    tree = exp.select(*columns, *missing).from_(subquery(rows, _LEAD))
    return tree.where(kept, copy=False) if kept is not None else tree


def _flag(condition: exp.Expr, points: float) -> exp.Expr:
    return exp.Case().when(condition, number(points)).else_(number(0))


def _with_behaviour(
    context: ToolContext, scoring: Scoring, request: ScoreRequest, leads: exp.Select
) -> exp.Select:
    touch = context.layer.definitions.roles.touchpoint
    behaviours = scoring.behaviours
    leads = _on_days(leads, request)
    if touch is None or not behaviours:
        empty = [exp.alias_(number(0), POINTS + r.id, quoted=True) for r in behaviours]
        none = [
            exp.alias_(exp.null(), p + r.id, quoted=True) for r in behaviours for p in (COUNT, LAST)
        ]
        return exp.select(exp.Star(), *empty, *none).from_(subquery(leads, _LEAD))
    done = _behaviour(context, behaviours, touch, request)
    mapped = None if request.people else _mapped(context)
    tree = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(_LEAD, quoted=True)))
    for rule in behaviours:
        column = exp.func("COALESCE", quoted(POINTS + rule.id, _TOUCH), number(0))
        counted = exp.func("COALESCE", quoted(COUNT + rule.id, _TOUCH), exp.Literal.number(0))
        tree = tree.select(
            exp.alias_(column, POINTS + rule.id, quoted=True),
            exp.alias_(counted, COUNT + rule.id, quoted=True),
            quoted(LAST + rule.id, _TOUCH),
            copy=False,
        )
    tree = tree.from_(subquery(leads, _LEAD), copy=False)
    person = _text(quoted("person", _LEAD))
    on: exp.Expr
    if request.people:
        on = exp.true()
    elif mapped is None:
        on = exp.EQ(this=person, expression=quoted("who", _TOUCH))
    else:
        tree = tree.with_(PEOPLE, as_=mapped, copy=False)
        tree = _join_people(tree, person, "p")
        on = exp.EQ(this=quoted("who", "p"), expression=quoted("who", _TOUCH))
    same_day = exp.EQ(this=quoted("as_of", _LEAD), expression=quoted("as_of", _TOUCH))
    both = exp.And(this=same_day, expression=on)
    return tree.join(subquery(done, _TOUCH), on=both, join_type="left", copy=False)


def _on_days(leads: exp.Select, request: ScoreRequest) -> exp.Select:
    """Return each lead once per day of scoring on which it was there."""
    there = exp.LTE(this=quoted("created_on", _LEAD), expression=quoted("as_of", "d"))
    return (
        exp.select(exp.Star())
        .from_(subquery(leads, _LEAD))
        .join(subquery(_days(request), "d"), on=there, join_type="inner", copy=False)
    )


def _days(request: ScoreRequest) -> exp.Select:
    """Return the days of scoring as rows."""
    days = [literal_date(day) for day in request.days]
    unnested = exp.Unnest(expressions=[exp.Array(expressions=days)])
    return exp.select(exp.alias_(unnested, "as_of", quoted=True))


def _text(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, "VARCHAR")


def _join_people(tree: exp.Select, person: exp.Expr, alias: str) -> exp.Select:
    table = exp.Table(
        this=exp.to_identifier(PEOPLE, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )
    on = exp.EQ(this=quoted("person", alias), expression=person)
    return tree.join(table, on=on, join_type="left", copy=False)


def _mapped(context: ToolContext) -> exp.Select | None:
    """Return person record -> human, or None when every record is one human."""
    role = context.layer.definitions.roles.person
    if role is None or role.identity is None or role.model in context.scope.denied:
        return None
    texts = fields({"person": role.id, "identity": role.identity})
    shown, hidden = visible(context, role.model, texts)
    if hidden:
        return None
    rows = context.layer.relation(role.model, shown, context.scope)
    person = _text(quoted("person", "m"))
    who = exp.func("COALESCE", _text(quoted("identity", "m")), person.copy())
    columns = [exp.alias_(person, "person", quoted=True), exp.alias_(who, "who", quoted=True)]
    return exp.select(*columns).from_(subquery(rows, "m"))


def _behaviour(
    context: ToolContext,
    rules: Sequence[BehaviourRule],
    touch: TouchpointRole,
    request: ScoreRequest,
) -> exp.Select:
    """Return human -> points, count and last day of each behaviour."""
    longest = max(days_of(rule.within) for rule in rules)
    begin = min(request.days) - timedelta(days=longest - 1)
    window = Window(touch.at, begin, request.as_of + timedelta(days=1))
    texts = {"person": Field(touch.person or ""), "day": Field(touch.at, "day")}
    texts |= {rule.id: Field(rule.when) for rule in rules}
    rows = context.layer.relation(touch.model, texts, context.scope, window=window)
    mapped = None if request.people else _mapped(context)
    aged = _aged(rows, rules, request)
    if request.people:
        aged = aged.where(among(quoted("person", "t"), request.people), copy=False)
    tree = exp.select(quoted("as_of", "a")).from_(subquery(aged, "a"))
    for rule in rules:
        tree = tree.select(*_measures(rule), copy=False)
    tree = tree.group_by(quoted("as_of", "a"), copy=False)
    if request.people:
        return tree
    person = _text(quoted("person", "a"))
    who = quoted("who", "p") if mapped is not None else person
    if mapped is not None:
        tree = _join_people(tree, person.copy(), "p")
    tree = tree.select(exp.alias_(who, "who", quoted=True), copy=False)
    return tree.group_by(who.copy(), copy=False)


def _aged(rows: exp.Select, rules: Sequence[BehaviourRule], request: ScoreRequest) -> exp.Select:
    """Return each touch with its weight by every rule: NULL where the rule does not hold."""
    as_of, day = quoted("as_of", "d"), quoted("day", "t")
    past = exp.LTE(this=day.copy(), expression=as_of.copy())
    tree = exp.select(quoted("person", "t"), day, as_of).from_(subquery(rows, "t"))
    tree = tree.join(subquery(_days(request), "d"), on=past, join_type="inner", copy=False)
    age = exp.DateDiff(this=as_of.copy(), expression=day.copy(), unit=exp.var("DAY"))
    for rule in rules:
        weight = aged(rule, quoted(rule.id, "t"), age)
        tree = tree.select(exp.alias_(weight, rule.id, quoted=True), copy=False)
    return tree


def _measures(rule: BehaviourRule) -> list[exp.Expr]:
    weight = quoted(rule.id, "a")
    points = capped(rule, weight)
    counted = exp.Count(this=weight.copy())
    held = exp.Not(this=exp.Is(this=weight.copy(), expression=exp.null()))
    last = exp.Max(this=exp.Case().when(held, quoted("day", "a")))
    named = ((POINTS, points), (COUNT, counted), (LAST, last))
    return [exp.alias_(value, prefix + rule.id, quoted=True) for prefix, value in named]


def _total(scoring: Scoring) -> exp.Expr:
    ids = [*(r.id for r in scoring.attributes), *(r.id for r in scoring.behaviours)]
    total: exp.Expr = number(0)
    for part in ids:
        total = exp.Add(this=total, expression=quoted(POINTS + part, _LEAD))
    return clamped(scoring, total)
