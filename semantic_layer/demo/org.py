"""The sales organisation: teams, reps, SDRs, leads and managers. The same at every scale."""

from __future__ import annotations

from typing import Final

import duckdb

from semantic_layer.demo.core import Ints, ints, text, write
from semantic_layer.demo.names import REGIONS, UNITS, person_name

# (team_id, team, region, business unit, reps)
TEAMS: Final = (
    ("east_1", "华东一队", 0, 0, 8),
    ("east_2", "华东二队", 0, 1, 7),
    ("east_3", "华东三队", 0, 1, 6),
    ("south_1", "华南一队", 1, 0, 6),
    ("south_2", "华南二队", 1, 1, 6),
    ("north_1", "华北一队", 2, 0, 6),
    ("north_2", "华北二队", 2, 1, 5),
    ("central_1", "华中一队", 3, 0, 5),
    ("southwest_1", "西南一队", 4, 1, 4),
    ("northwest_1", "西北一队", 5, 0, 4),
    ("northeast_1", "东北一队", 6, 1, 3),
)
REPS: Final = sum(team[4] for team in TEAMS)
SDRS: Final = 12
REP_TEAM: Final[Ints] = ints([t for t, team in enumerate(TEAMS) for _ in range(team[4])])
REP_UNIT: Final[Ints] = ints([TEAMS[int(t)][3] for t in REP_TEAM])
REP_REGION: Final[Ints] = ints([TEAMS[int(t)][2] for t in REP_TEAM])
REP_IDS: Final = tuple(f"rep_{i + 1:03d}" for i in range(REPS))
SDR_IDS: Final = tuple(f"sdr_{i + 1:02d}" for i in range(SDRS))
_REGION_IDS = ("east", "south", "north", "central", "southwest", "northwest", "northeast")

_Row = tuple[str, str, str, str | None, str | None, str | None, str | None, str | None]


def _people() -> list[_Row]:
    rows: list[_Row] = [("manager", "顾承远", "manager", None, None, None, None, None)]
    for region, key in enumerate(_REGION_IDS):
        name = person_name(900_001 + region)
        rows.append(
            (f"manager_{key}", name, "manager", None, None, REGIONS[region], None, "manager")
        )
    for t, (team_id, team, region, unit, _) in enumerate(TEAMS):
        boss = f"manager_{_REGION_IDS[region]}"
        lead = "lead_" + team_id.replace("_", "")
        name = person_name(900_051 + t)
        rows.append((lead, name, "lead", team_id, team, REGIONS[region], UNITS[unit], boss))
    for i, rep in enumerate(REP_IDS):
        team_id, team, region, unit, _ = TEAMS[int(REP_TEAM[i])]
        lead = "lead_" + team_id.replace("_", "")
        name = person_name(900_101 + i)
        rows.append((rep, name, "rep", team_id, team, REGIONS[region], UNITS[unit], lead))
    for i, sdr in enumerate(SDR_IDS):
        team_id, team = ("sdr_team_1", "SDR一组") if i < 6 else ("sdr_team_2", "SDR二组")
        rows.append((sdr, person_name(900_201 + i), "sdr", team_id, team, None, None, "manager"))
    return rows


def write_org(con: duckdb.DuckDBPyConnection) -> None:
    """Writes the organisation; called once for the whole world."""
    names = (
        "person_id", "name", "role", "team_id", "team", "region", "business_unit", "manager_id",
    )  # fmt: skip
    people = _people()
    columns = [text(name, [row[i] for row in people]) for i, name in enumerate(names)]
    write(con, "org", columns)
