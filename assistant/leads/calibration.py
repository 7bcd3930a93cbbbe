"""A model's calibration as an answer: a table and a chart, beside the rules."""

from __future__ import annotations

from assistant.answer import Answer, Chart, Table
from assistant.tell.told import key_column, value_column
from tools.propensity.report import ModelReport

_TABLE = "calibration"


def calibration_answer(report: ModelReport) -> Answer:
    """Return tenths of the measured rows: predicted, happened, and happened by the rules.

    Tenth 1 holds the lowest predictions. On a calibrated model predicted and happened lie on
    each other; the steeper of the two "happened" lines tells outcomes apart better.
    """
    rules = report.rules_calibration
    has_rules = len(rules) == len(report.calibration)
    names = [("predicted", "Predicted"), ("happened", "Happened")]
    names += [("rules", "Happened, by rule score")] if has_rules else []
    columns = (
        key_column("tenth", "Tenth"), *(value_column(n, label, "%") for n, label in names)
    )  # fmt: skip
    rows = tuple(
        (str(i + 1), b.predicted, b.happened, *((rules[i].happened,) if has_rules else ()))
        for i, b in enumerate(report.calibration)
    )
    against = f"; the rule score {report.rules_auc:.3f}" if report.rules_auc is not None else ""
    headline = (
        f"AUC {report.auc:.3f}{against}. Brier {report.brier:.3f}, on {report.test_rows:,} rows"
    )
    chart = Chart(
        mark="line", table=_TABLE, x="tenth", y=tuple(n for n, _ in names),
        unit="%", title="Predicted and happened, by tenth of the measured rows", alt=headline,
    )  # fmt: skip
    return Answer(
        status="answered", question="askmql score report", lang="en", headline=headline,
        tables=(Table(name=_TABLE, columns=columns, rows=rows, total_rows=len(rows)),), charts=(chart,),
    )  # fmt: skip
