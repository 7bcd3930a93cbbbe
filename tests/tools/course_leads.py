"""An invented file of the kind that a course provider exports: forms, visits, and leaks.

Sales fill in tags, quality and two indices once they know what came of a lead.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 9_000
LEAKS = ("Tags", "Lead Quality", "Lead Profile", "Engagement Index", "Fit Score")
SPEC = """\
id: Prospect
outcome: Converted
order: Lead Number
unknown: [Select]
fairness: [City]
"""


def course_leads(seed: int = 3, rows: int = ROWS) -> pd.DataFrame:
    """Rows whose honest columns explain most of the outcome, and whose leaks explain the rest."""
    rng = np.random.default_rng(seed)
    origin = rng.choice(
        ["Landing Page", "API", "Add Form", "Import"], rows, p=[0.52, 0.37, 0.1, 0.01]
    )
    source = rng.choice(
        ["Google", "Direct", "Olark", "Reference", "Organic"], rows, p=[0.3, 0.28, 0.2, 0.1, 0.12]
    )
    last = rng.choice(
        ["Email Opened", "SMS Sent", "Chat", "Page Visited", "Bounced"],
        rows,
        p=[0.37, 0.3, 0.12, 0.13, 0.08],
    )
    minutes = np.where(origin == "Add Form", 0, rng.gamma(1.2, 420, rows)).round()
    visits = rng.poisson(3, rows)
    job = rng.choice(["Unemployed", "Working", "Student", "Select"], rows, p=[0.55, 0.1, 0.05, 0.3])
    z = (
        -2.9
        + 4.6 * (origin == "Add Form") - 0.6 * (origin == "API")
        + 3.2 * (source == "Reference") - 0.8 * (source == "Olark")
        + 2.4 * (last == "SMS Sent") - 2.0 * (last == "Chat") - 2.2 * (last == "Bounced")
        + 0.0040 * minutes + 3.2 * (job == "Working") - 1.6 * (job == "Select")
    )  # fmt: skip
    won = rng.random(rows) < 1 / (1 + np.exp(-1.5 * z))
    leak = rng.random(rows)
    tags = np.where(
        won,
        np.where(leak < 0.75, "Will revert", "Closed"),
        np.where(leak < 0.6, "Ringing", "Other course"),
    )
    tags = np.where(rng.random(rows) < 0.35, "", tags)
    quality = np.where(
        won, np.where(leak < 0.5, "High", "Might be"), np.where(leak < 0.7, "Worst", "Not sure")
    )
    quality = np.where(rng.random(rows) < 0.5, "", quality)
    profile = np.where(won & (leak < 0.6), "Potential", np.where(leak < 0.4, "Other", "Select"))
    index = np.where(
        rng.random(rows) < 0.4,
        "",
        np.where(
            won,
            rng.choice(["High", "Medium"], rows, p=[0.6, 0.4]),
            rng.choice(["High", "Medium", "Low"], rows, p=[0.3, 0.5, 0.2]),
        ),
    )
    score = np.where(
        rng.random(rows) < 0.4,
        "",
        (14 + 1.2 * won + rng.normal(0, 1.5, rows)).round().astype(int).astype(str),
    )
    return pd.DataFrame(
        {
            "Prospect": [f"p-{i:05d}" for i in range(rows)], "Lead Number": 600_000 + rng.permutation(rows),
            "Lead Origin": origin, "Lead Source": source, "Do Not Call": "No", "Converted": won.astype(int),
            "TotalVisits": visits, "Total Time Spent on Website": minutes.astype(int), "Last Activity": last,
            "Occupation": job, "City": rng.choice(["Mumbai", "Thane", "Select"], rows), "Tags": tags,
            "Lead Quality": quality, "Lead Profile": profile, "Engagement Index": index, "Fit Score": score,
        }
    )  # fmt: skip


def write_course(folder: Path) -> tuple[Path, Path]:
    """Write the table and its specification."""
    table, spec = folder / "leads.csv", folder / "spec.yml"
    course_leads().to_csv(table, index=False)
    spec.write_text(SPEC, encoding="utf-8")
    return table, spec
