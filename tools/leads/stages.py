"""How far a lead itself has come: the furthest stage that it has reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from semantic_layer.compile.relation import Field
from tools.base import ToolContext
from tools.leads.facts import Stage
from tools.leads.gather import readable
from tools.leads.rows import Part, Read, Row, part_of

_PREFIX = "stage "


def stage_parts(context: ToolContext, lead: str) -> dict[str, Part | None]:
    """Return the reads of everything that dates the lead's stages, one for each model."""
    by_model: dict[tuple[str, str], list[int]] = {}
    for place, stage in enumerate(context.layer.definitions.roles.stages):
        if stage.lead is not None and readable(context, stage.model):
            by_model.setdefault((stage.model, stage.lead), []).append(place)
    return {
        f"{_PREFIX}{places[0]}": part_of(
            context, Read(model, _fields(context, link, places), {"lead": (lead,)})
        )
        for (model, link), places in by_model.items()
    }


def _fields(context: ToolContext, link: str, places: Sequence[int]) -> dict[str, Field]:
    texts = {"lead": Field(link)}
    for place in places:
        stage = context.layer.definitions.roles.stages[place]
        texts[f"at_{place}"] = Field(stage.at, "day")
        conditions = (("void", stage.void), ("if", stage.filter))
        texts |= {f"{name}_{place}": Field(text) for name, text in conditions if text is not None}
    return texts


def stage_of(context: ToolContext, lead: str, found: Mapping[str, Sequence[Row]]) -> Stage | None:
    """Return the furthest stage, with the first day on which the lead was there."""
    rows = [row for name, part in found.items() if name.startswith(_PREFIX) for row in part]
    stages = context.layer.definitions.roles.stages
    for place in reversed(range(len(stages))):
        days = [day for row in rows if (day := _reached(row, place)) is not None]
        if days:
            stage = stages[place]
            return Stage(id=stage.id, label=stage.label, since=min(days), sources=(f"lead:{lead}",))
    return None


def _reached(row: Row, place: int) -> date | None:
    at = row.get(f"at_{place}")
    if row.get(f"void_{place}") is not None or row.get(f"if_{place}", True) is not True:
        return None
    return at if isinstance(at, date) else None
