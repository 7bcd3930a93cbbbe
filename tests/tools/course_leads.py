"""An invented file of the kind that a course provider exports: 37 columns of forms, visits, leaks.

Sales fill in tags, quality, a profile and a family of four scores once they know what came of
a lead. There is no date: the running number grows with time. `Select` is an unfilled drop-down,
most yes-or-no columns are constant, and the last notable activity goes on changing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 9_240
FAMILY = (
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
)
LEAKS = ("Tags", "Lead Quality", "Lead Profile", *FAMILY)
CONSTANT = (
    "Magazine", "Receive More Updates", "Supply Chain Updates", "DM Updates", "Pays By Cheque",
)  # fmt: skip
RARE = (
    "Do Not Call", "Search", "Newspaper Article", "Forums", "Newspaper", "Digital Advertisement",
    "Recommended",
)  # fmt: skip
SPEC = """\
id: Prospect ID
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
    won = rng.random(rows) < 1 / (1 + np.exp(-0.9 * z))
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
    rated = rng.random(rows) < 0.54  # the four scores of a family are filled in together
    activity = (13.5 + 0.9 * won + rng.normal(0, 1.2, rows)).round().astype(int)
    profile_score = (15 + 0.1 * won + rng.normal(0, 1.8, rows)).round().astype(int)
    family = dict(zip(FAMILY, _family(activity, profile_score, rated), strict=True))
    notable = np.where(rng.random(rows) < 0.35 + 0.1 * won, "Modified", last)
    number = np.arange(rows) * 9 + rng.integers(0, 9, rows) + 579_000
    table = {
        "Prospect ID": [f"{rng.integers(16**12):012x}-{i:04x}" for i in range(rows)],
        "Lead Number": number, "Lead Origin": origin, "Lead Source": source,
        "Do Not Email": np.where(last == "Bounced", "Yes", "No"), "Converted": won.astype(int),
        "TotalVisits": _some(rng, visits, 0.985), "Total Time Spent on Website": minutes.astype(int),
        "Page Views Per Visit": _some(rng, (visits / (1 + rng.poisson(1, rows))).round(2), 0.985),
        "Last Activity": last, "Country": _some(rng, rng.choice(["India", "Abroad"], rows, p=[0.96, 0.04]), 0.73),
        "Specialization": rng.choice(["Finance", "HR", "Marketing", "IT", "Select", ""], rows),
        "How did you hear": rng.choice(["Search", "Word of mouth", "Select", ""], rows, p=[0.1, 0.05, 0.6, 0.25]),
        "Occupation": job, "What matters most": _some(rng, np.full(rows, "Career"), 0.71),
        "Tags": tags, "Lead Quality": quality, "Lead Profile": profile,
        "City": rng.choice(["Mumbai", "Thane", "Pune", "Select", ""], rows, p=[0.35, 0.1, 0.1, 0.25, 0.2]),
        **family, "Free Copy": rng.choice(["Yes", "No"], rows, p=[0.3, 0.7]), "Last Notable Activity": notable,
    }  # fmt: skip
    table |= {name: np.full(rows, "No") for name in CONSTANT}
    table |= {name: np.where(rng.random(rows) < 0.0015, "Yes", "No") for name in RARE}
    return pd.DataFrame(table).iloc[::-1].reset_index(drop=True)  # the newest comes first


def _some(rng: np.random.Generator, values, share: float):
    """Leave the rest of the rows empty."""
    return np.where(rng.random(len(values)) < share, np.asarray(values).astype(str), "")


def _family(activity, profile, rated):
    """Two scores and the bands made of them, empty on the same rows."""
    bands = (("03.Low", "02.Medium", "01.High"), (13.5, 15.5))
    for values in (activity, profile):
        yield np.where(rated, np.asarray(bands[0])[np.digitize(values, bands[1])], "")
    for values in (activity, profile):
        yield np.where(rated, values.astype(str), "")


def write_course(folder: Path) -> tuple[Path, Path]:
    """Write the table and its specification."""
    table, spec = folder / "leads.csv", folder / "spec.yml"
    course_leads().to_csv(table, index=False)
    spec.write_text(SPEC, encoding="utf-8")
    return table, spec
