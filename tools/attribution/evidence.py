"""Why one conversion is credited as it is: its touches, their times and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from semantic_layer import QueryError
from semantic_layer.credit.nodes import col, select_from, subquery
from tools.attribution.compute import Attribution
from tools.attribution.contract import Evidence, EvidenceTouch
from tools.attribution.credits import evidence_tree
from tools.attribution.journeys import Journeys, conversions
from tools.attribution.paths import Method
from tools.attribution.tables import NONE
from tools.base import ToolContext

Record = Mapping[str, object]
_ROLES = ("lead", "opportunity")


@dataclass(frozen=True)
class _Layout:
    """How the touches of one conversion are laid out."""

    method: Method
    dimensions: tuple[str, ...]
    context: ToolContext
    has_amount: bool

    def touch(self, row: Record) -> EvidenceTouch:
        models = (*self.method.positions, *self.method.ratios)
        cents = {m.id: _float(row[f"c_{m.id}"]) for m in models} if self.has_amount else {}
        names = dict(enumerate(self.dimensions))
        return EvidenceTouch(
            position=int(str(row["pos"])),
            touch_id=str(row["touch_id"]),
            touched_at=local(row["ts"], self.context),
            days_before=_days(row["ts"], row["end_at"]),
            roles=tuple(_roles(row)),
            dimensions={d: _text(row[f"extra{n}"]) for n, d in names.items()},
            weights={m.id: _float(row[f"w_{m.id}"]) for m in models},
            amounts={m: round(c) / 100 for m, c in cents.items()},
        )


def explain(done: Attribution, conversion_id: str) -> Evidence:
    """Return the evidence of one conversion, whatever the period asked about.

    Raises:
        QueryError: There is no such conversion within the asker's view.
    """
    journeys = replace(done.journeys, only=conversion_id)
    context = journeys.context
    head = _head(journeys)
    dims = _dimensions(journeys)
    method = done.method
    tree = evidence_tree(replace(journeys, extra=dims), method, has_amount=done.has_amount)
    result = context.layer.run_tree(tree, context.scope)
    rows = [dict(zip(result.columns, r, strict=True)) for r in result.rows]
    layout = _Layout(method, dims, context, done.has_amount)
    amount = head.get("cents")
    groups = _group_weights(done, [_text(r["grp"]) for r in rows])
    return Evidence(
        conversion_id=conversion_id,
        converted_at=local(head["end_at"], context),
        amount=round(_float(amount)) / 100 if amount is not None else None,
        touches=tuple(layout.touch(r) for r in rows),
        groups=groups,
    )


def _head(journeys: Journeys) -> Record:
    context = journeys.context
    tree = conversions(journeys)
    names = [s for s in tree.named_selects if s in {"end_at", "cents"}]
    outer = select_from(subquery(tree, "x"), [col(n, "x") for n in names])
    result = context.layer.run_tree(outer, context.scope)
    if not result.rows:
        raise QueryError(
            "UNKNOWN_CONVERSION",
            f"There is no `{journeys.binding.stage.id}` {journeys.only} in your view, or it is void.",
            hint="Give its id, or another `conversion` stage.",
            params={"conversion": str(journeys.only)},
        )
    return dict(zip(result.columns, result.rows[0], strict=True))


def _dimensions(journeys: Journeys) -> tuple[str, ...]:
    """The declared dimensions of touches that the asker may see, the credited one first."""
    context, touch = journeys.context, journeys.binding.touch
    dims = context.layer.definitions.dimensions
    seen = dict.fromkeys((journeys.by, *touch.dims))
    return tuple(d for d in seen if context.scope.personal or not dims[d].personal)


def local(value: object, context: ToolContext) -> datetime:
    """Return a UTC instant as local wall time."""
    if not isinstance(value, datetime):
        msg = f"not a time: {value!r}"
        raise TypeError(msg)
    zone = context.layer.context.calendar.zone
    return value.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _days(earlier: object, later: object) -> float:
    if isinstance(earlier, datetime) and isinstance(later, datetime):
        return (later - earlier).total_seconds() / 86400
    return 0.0


def _roles(row: Record) -> Sequence[str]:
    position = row["pos"]
    out = ["first"] if position == 1 else []
    out += [r for r in _ROLES if row.get(f"{r}_pos") == position]
    return [*out, "last"] if position == row["n"] else out


def _group_weights(done: Attribution, groups: Sequence[str | None]) -> dict[str, dict[str, float]]:
    """Shares over all journeys of the models that have no weights per touch."""
    mine = dict.fromkeys(groups)
    return {
        model: {NONE if g is None else g: s for g, s in shares.items() if g in mine}
        for model, shares in done.learned.counts.items()
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _float(value: object) -> float:
    return 0.0 if value is None else float(str(value))
