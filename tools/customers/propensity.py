"""`predict_customers`: who may leave, who may buy again: by a model that has earned it, or by rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import QueryError
from semantic_layer.customer_roles import PartName
from semantic_layer.query import Filter
from semantic_layer.result import Cell
from semantic_layer.scoring import days_of
from tools.base import Result, ToolContext, ToolDef
from tools.customers.facts import CustomerHealth
from tools.customers.find import find_account
from tools.customers.health import assess, named
from tools.customers.roles import customer_role, has_library
from tools.customers.spine import Wanted
from tools.customers.training import Case, Goal, frame, present_cases
from tools.leads.facts import Fact
from tools.propensity.measure import auc_error
from tools.propensity.report import ModelReport

if TYPE_CHECKING:
    import pandas as pd

    from tools.propensity.reasons import Prediction
    from tools.propensity.train import Trained

_MOST = 200
_Z = 1.96
WhyRules = Literal["untrained", "no_better", "no_library"]


class PredictCustomersArgs(BaseModel):
    """Who is asked about, and what may happen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    goal: Goal = Field(default="churn", description="Leave at the contract's end, or buy again.")
    account: str = Field(default="", description="Account id or name; empty: everybody.")
    filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the account's dimensions, such as region or owner."
    )
    limit: int = Field(default=10, ge=1, le=_MOST)


class FeaturePush(Fact):
    """What one feature does to the prediction, in log-odds against its ordinary value."""

    field: str
    value: Cell
    by: float


class Likely(Fact):
    """A customer with its chance (by the model), or its health alone (by the rules)."""

    account: str
    health: CustomerHealth
    probability: float | None = None
    pushes: tuple[FeaturePush, ...] = ()


class LikelyCustomers(Result):
    """Customers, the likeliest first.

    Attributes:
        rules: Why there is no model's chance: the order is by health (churn, worst first).
        days: The time within which it may happen.
        auc: Of the model on later rows; `needed` what it must be clearly above.
    """

    as_of: date
    goal: Goal
    rows: tuple[Likely, ...]
    total: int
    days: int
    rules: WhyRules | None = None
    version: str = ""
    auc: float | None = None
    auc_low: float | None = None
    brier: float | None = None
    lift: float | None = None
    base_rate: float | None = None
    rules_auc: float | None = None
    drifted: tuple[str, ...] = ()
    is_one: bool = False
    partly: str = ""


def model_folder(context: ToolContext, goal: Goal) -> Path:
    """Return where the models of a goal are kept."""
    return folder_of(context.layer.project.home, goal)


def folder_of(home: Path, goal: Goal) -> Path:
    """Return where the models of a goal are kept below a home."""
    return home / "models" / goal


def auc_low(report: ModelReport) -> float:
    """Return the lower end of the 95 % interval of an AUC."""
    rest = report.test_rows - report.test_outcomes
    return report.auc - _Z * auc_error(report.auc, report.test_outcomes, rest)


def has_earned_it(report: ModelReport) -> bool:
    """Whether a model ranks later rows better than chance, and no worse than the simple rule."""
    better = report.rules_auc is None or report.auc >= report.rules_auc
    return auc_low(report) > 0.5 and better


def _predict(args: PredictCustomersArgs, context: ToolContext) -> LikelyCustomers:
    role = customer_role(context)
    found = find_account(context, args.account) if args.account else None
    wanted = Wanted((found.account,) if found else (), args.filters)
    cases, snapshots = present_cases(context, args.goal, wanted)
    span = role.churn.ahead if args.goal == "churn" else role.repurchase.within
    base = LikelyCustomers(
        as_of=context.layer.context.as_of, goal=args.goal, rows=(), total=len(cases), days=days_of(span),
        is_one=found is not None, partly=found.partly if found else "",
    )  # fmt: skip
    if found and not cases:
        raise QueryError(
            "NOTHING_ENDS",
            f"No contract of `{found.account}` ends within {base.days} days.",
            hint="Ask for its health instead.",
            params={"asked": found.account, "days": str(base.days)},
        )
    report, why = _usable(context, args.goal)
    if report is None or why is not None:
        return _by_rules(context, base, cases, args, report, why or "untrained")
    return _by_model(context, base, cases, args, tuple(snapshots.missing))


def _usable(context: ToolContext, goal: Goal) -> tuple[ModelReport | None, WhyRules | None]:
    from tools.propensity.artefact import read_meta

    try:
        report = ModelReport.model_validate(read_meta(model_folder(context, goal))["report"])
    except QueryError:
        return None, "untrained"
    if not has_library("sklearn"):
        return report, "no_library"
    return report, None if has_earned_it(report) else "no_better"


def _measured(base: LikelyCustomers, report: ModelReport) -> LikelyCustomers:
    return base.model_copy(
        update={
            "version": report.version, "auc": report.auc, "auc_low": round(auc_low(report), 4),
            "brier": report.brier, "lift": report.lift, "base_rate": report.base_rate,
            "rules_auc": report.rules_auc,
        }
    )  # fmt: skip


def _by_rules(
    context: ToolContext,
    base: LikelyCustomers,
    cases: list[Case],
    args: PredictCustomersArgs,
    report: ModelReport | None,
    why: WhyRules,
) -> LikelyCustomers:
    """Order by health: the worst may leave, the best may buy again."""
    sign = 1 if args.goal == "churn" else -1
    healths = _healths(context, cases, args)
    healths.sort(key=lambda h: (sign * h.score, -h.revenue, h.account))
    rows = named(context, healths[: args.limit])
    base = base if report is None else _measured(base, report)
    return base.model_copy(
        update={
            "rules": why,
            "rows": tuple(Likely(account=h.account, health=h, sources=h.sources) for h in rows),
        }
    )


def _healths(
    context: ToolContext, cases: list[Case], args: PredictCustomersArgs
) -> list[CustomerHealth]:
    accounts = {case.snapshot.account for case in cases}
    few = tuple(sorted(accounts)) if len(accounts) <= _MOST else ()
    found = assess(context, Wanted(few, args.filters)).rows
    return [h for h in found if h.account in accounts]


def _by_model(
    context: ToolContext,
    base: LikelyCustomers,
    cases: list[Case],
    args: PredictCustomersArgs,
    missing: Collection[PartName],
) -> LikelyCustomers:
    from tools.propensity.artefact import load
    from tools.propensity.drift import drift
    from tools.propensity.models import predict, ready
    from tools.propensity.reasons import explain

    trained = load(model_folder(context, args.goal))
    base = _measured(base, trained.report)
    if not cases:
        return base
    raw = frame(context, customer_role(context), cases, missing)
    clean = _as_trained(raw, trained)
    chances = predict(trained.estimator, ready(clean, trained.numeric))
    top = (-chances).argsort(kind="stable")[: args.limit]
    said = explain(trained, clean.iloc[top], [str(raw["account"].iloc[i]) for i in top])
    moved = tuple(d.field for d in drift(clean, trained.profile, trained.numeric) if d.has_moved)
    shown = {p.id for p in said}
    healths = _healths(context, [c for c in cases if c.snapshot.account in shown], args)
    known = {h.account: h for h in named(context, healths)}
    rows = tuple(_likely(p, known[p.id]) for p in said if p.id in known)
    return base.model_copy(update={"rows": rows, "drifted": moved})


def _likely(said: Prediction, health: CustomerHealth) -> Likely:
    source = (f"account:{said.id}",)
    pushes = tuple(
        FeaturePush(field=x.field, value=x.value, by=x.by, sources=source) for x in said.pushes
    )
    return Likely(
        account=said.id, health=health, probability=said.probability, pushes=pushes, sources=source
    )


def _as_trained(raw: pd.DataFrame, trained: Trained) -> pd.DataFrame:
    """Return the features the model reads, as the kinds that it has learnt."""
    import pandas as pd

    from tools.propensity.table import clean_frame

    absent = {name: "" for name in trained.features if name not in raw.columns}
    clean = clean_frame(raw.assign(**absent)[list(trained.features)], trained.spec)[0]
    for name in trained.numeric:
        clean[name] = pd.to_numeric(clean[name], errors="coerce").astype("float64")
    return clean


PREDICT_CUSTOMERS = ToolDef(
    name="predict_customers",
    summary="Say which customers may leave at the end of their contract, or may buy again, and why.",
    args=PredictCustomersArgs,
    function=_predict,
)
