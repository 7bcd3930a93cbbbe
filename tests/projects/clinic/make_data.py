"""Writes the clinic chain's CSV files into a folder; the same files on every run."""

from __future__ import annotations

import csv
import random
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
FIRST, LAST = date(2024, 7, 1), date(2026, 3, 17)
CLINICS = (
    ("C01", "Lakeview", "Midwest"),
    ("C02", "Oak Park", "Midwest"),
    ("C03", "St. Louis", "Midwest"),
    ("C04", "Plano", "South"),
    ("C05", "Austin Downtown", "South"),
    ("C06", "Baton Rouge", "South"),
    ("C07", "Boulder", "Mountain"),
    ("C08", "Denver Heights", "Mountain"),
)
SOURCES = ("Google Ads", "Facebook", "Radio", "Website", "Word of mouth", "Walk-in", "")
INSURANCE = ("Aetna", "Blue Cross", "Medicare", "Self-pay", "")
SERVICES = (
    ("Checkup", 90),
    ("Cleaning", 120),
    ("Filling", 260),
    ("Root canal", 1150),
    ("Whitening", 410),
)
SPENDING = (("Google Ads", 95.0), ("Facebook", 60.0), ("Radio", 40.0), ("Billboard", 15.0))


def _utc(day: date, minutes: int) -> datetime:
    """Instant in UTC of a local wall time, so evenings fall on the next UTC day."""
    local = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=ZONE)
    return local.astimezone(UTC).replace(tzinfo=None)


def _text(value: object) -> object:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


def _write(folder: Path, name: str, header: str, rows: list[tuple[object, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header.split())
        writer.writerows([_text(v) for v in row] for row in rows)


def _patients(rng: random.Random) -> list[tuple[object, ...]]:
    days = (LAST - FIRST).days
    rows: list[tuple[object, ...]] = []
    for n in range(1, 1101):
        day = FIRST + timedelta(days=int(days * rng.random() ** 0.8))
        clinic = rng.choices([c[0] for c in CLINICS], [9, 8, 5, 7, 6, 3, 4, 4])[0]
        source = rng.choices(SOURCES, [9, 6, 2, 5, 7, 3, 2])[0]
        left = (
            _utc(min(day + timedelta(days=rng.randint(60, 500)), LAST), 600)
            if rng.random() < 0.15
            else ""
        )
        year = "" if rng.random() < 0.05 else rng.randint(1940, 2018)
        rows.append(
            (f"P{n:05d}", f"Pat {n}", clinic, source, rng.choice(INSURANCE), year,
             _utc(day, rng.randint(480, 1400)), left)
        )  # fmt: skip
    return rows


def _appointments(
    rng: random.Random, patients: list[tuple[object, ...]]
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for patient in patients:
        registered: datetime = patient[6]  # type: ignore[assignment]
        day = registered.date()
        for _ in range(rng.choices((0, 1, 2, 3, 5, 8), (1, 3, 4, 3, 2, 1))[0]):
            booked = day + timedelta(days=rng.randint(0, 60))
            due = booked + timedelta(
                days=rng.choices((1, 5, 10, 14, 21, 40), (2, 4, 4, 2, 2, 1))[0]
            )
            if booked > LAST:
                break
            day = due
            status = rng.choices(("attended", "no_show", "cancelled"), (78, 12, 10))[0]
            status = "booked" if due > LAST else status
            at = _utc(due, rng.randint(480, 1260))
            attended = at + timedelta(minutes=rng.randint(0, 20)) if status == "attended" else ""
            wait = rng.randint(0, 55) if attended and rng.random() < 0.9 else ""
            clinic = patient[2] if rng.random() < 0.9 else rng.choice(CLINICS)[0]
            clinic = "C99" if rng.random() < 0.01 else clinic
            who = "P99999" if rng.random() < 0.01 else patient[0]
            service = rng.choices([s[0] for s in SERVICES], [5, 6, 4, 1, 1])[0]
            rows.append(
                (f"A{len(rows) + 1:06d}", who, clinic, service, status,
                 _utc(booked, rng.randint(420, 1430)), at, attended, wait)
            )  # fmt: skip
    return rows


def _invoices(
    rng: random.Random, appointments: list[tuple[object, ...]]
) -> list[tuple[object, ...]]:
    prices = dict(SERVICES)
    rows: list[tuple[object, ...]] = []
    for appt in appointments:
        if appt[4] != "attended":
            continue
        due: datetime = appt[6]  # type: ignore[assignment]
        local = due.replace(tzinfo=UTC).astimezone(ZONE).date()
        for _ in range(2 if rng.random() < 0.08 else 1):
            amount = round(prices[str(appt[3])] * rng.uniform(0.7, 1.4), 2)
            paid = "" if rng.random() < 0.1 else round(amount * rng.choice((1, 1, 1, 0.8, 0.5)), 2)
            issued = min(local + timedelta(days=rng.choice((0, 0, 1, 7))), LAST)
            appt_id = "A999999" if rng.random() < 0.01 else appt[0]
            voided = "true" if rng.random() < 0.03 else "false"
            rows.append((20000 + len(rows), appt_id, appt[2], issued, amount, paid, voided))
    return rows


def make(folder: Path) -> None:
    """Write every table."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20260318)
    patients = _patients(rng)
    appointments = _appointments(rng, patients)
    invoices = _invoices(rng, appointments)
    spend = [
        (FIRST + timedelta(days=d), source, round(mean * rng.uniform(0.4, 1.6), 2))
        for d in range((LAST - FIRST).days + 1)
        for source, mean in SPENDING
        if rng.random() < 0.9
    ]
    surveys = [
        (n, appt[1], appt[2], appt[7] + timedelta(hours=rng.randint(1, 90)),  # type: ignore[operator]
         "" if rng.random() < 0.05 else rng.choices(range(11), (1, 1, 1, 1, 1, 2, 3, 6, 9, 12, 14))[0])
        for n, appt in enumerate(appointments)
        if appt[7] and rng.random() < 0.35
    ]  # fmt: skip
    _write(folder, "clinics", "clinic_id clinic_name region", list(CLINICS))
    _write(
        folder,
        "patients",
        "patient_id full_name home_clinic_id source insurance birth_year registered_at left_at",
        patients,
    )
    _write(
        folder,
        "appointments",
        "appt_id patient_id clinic_id service status booked_at scheduled_at attended_at wait_minutes",
        appointments,
    )
    _write(
        folder,
        "invoices",
        "invoice_no appt_id clinic_id issued_on amount paid_amount voided",
        invoices,
    )
    _write(folder, "ad_spend", "day source usd", spend)
    _write(folder, "nps", "survey_id patient_id clinic_id answered_at score", surveys)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
