"""Columns that know the outcome because somebody filled them in afterwards.

Each column alone is turned into an outcome rate on the earlier rows and measured on the
later ones. What a form or a visit knows beforehand seldom separates outcomes by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.propensity.report import Leak, LeakKind
from tools.propensity.spec import TrainingSpec

if TYPE_CHECKING:
    import pandas as pd

    from tools.propensity.table import Table

TOO_STRONG = 0.85
"""AUC of one column alone from which it is taken for a leak."""
_STANDS_OUT, _OVER_MEDIAN = 0.78, 0.2
_FILL_GAP = 0.5
"""Difference between outcomes in how often a column is filled in."""
_PURE_HIGH, _PURE_LOW, _PURE_SHARE, _PURE_ROWS = 0.95, 0.03, 0.15, 30
_WEAK_AUC, _WEAK_GAP, _WEAK_DRIFT = 0.55, 0.05, 0.15
_PARTLY, _APART = 0.05, 0.005
"""Share of empty rows from which emptiness tells something; share of rows that may differ."""
_SMOOTHING = 20.0
_BINS = 10
_NAMES = re.compile(
    r"\b(quality|profile|tags?|scores?|index|grade|rating|status|stage|result|disposition|reason"
    r"|closed?|won|lost|revenue|deal|duration|remarks?|comments?)\b"
    r"|评分|打分|质量|标签|画像|结果|状态|阶段|原因|成交|赢单|输单|回款|备注|通话时长",
    re.IGNORECASE,
)
"""Words of columns that sales usually fill in: never enough on their own."""
_MOVING = re.compile(r"\b(last|latest|current|recent)\b|最近|最后|最新|当前", re.IGNORECASE)
"""Words of columns that go on changing: an export shows today's value, not that of the time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks against one column."""

    field: str
    auc: float
    fill_gap: float
    fill_drift: float
    pure_share: float
    is_named: bool


def find_leaks(table: Table, spec: TrainingSpec, train_rows: int) -> tuple[list[Leak], list[Leak]]:
    """Return the columns that are left out as leaks, and those that are merely suspect."""
    leaks = [Leak(field=f, kind="declared") for f in spec.late if f in table.frame.columns]
    known = {*spec.late, *spec.early}
    found = [_evidence(table, str(n), train_rows) for n in table.frame.columns if n not in known]
    usual = _median([e.auc for e in found])
    suspects: list[Leak] = []
    for item in found:
        leak = _judge(item, usual)
        if leak is not None:
            leaks.append(leak)
        elif item.is_named or _MOVING.search(item.field):
            kind: LeakKind = "named" if item.is_named else "moving"
            suspects.append(Leak(field=item.field, kind=kind, auc=round(item.auc, 3)))
    together = _filled_together(table, leaks, [e.field for e in found])
    gone = {leak.field for leak in together}
    return [*leaks, *together], [s for s in suspects if s.field not in gone]


def _filled_together(table: Table, leaks: list[Leak], fields: list[str]) -> list[Leak]:
    """Return the columns that are empty on the very rows on which a leak is empty.

    Whoever fills in one field of a form fills in the others: they are known no earlier.
    """
    known = {leak.field for leak in leaks}
    masks = {leak.field: table.frame[leak.field].isna() for leak in leaks}
    partly = {f: m for f, m in masks.items() if _PARTLY < float(m.mean()) < 1 - _PARTLY}
    out: list[Leak] = []
    for field in (f for f in fields if f not in known):
        empty = table.frame[field].isna()
        same = next(
            (f for f, mask in partly.items() if float((mask != empty).mean()) < _APART), None
        )
        if same is not None:
            detail = f"filled in together with {same}"
            out.append(Leak(field=field, kind="filled_with_leak", detail=detail))
    return out


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.5


def _judge(e: Evidence, usual: float) -> Leak | None:
    auc = round(e.auc, 3)
    if e.auc >= TOO_STRONG or (e.auc >= _STANDS_OUT and e.auc >= usual + _OVER_MEDIAN):
        detail = f"alone it ranks outcomes with AUC {auc} (the median column: {usual:.2f})"
        return Leak(field=e.field, kind="too_strong", auc=auc, detail=detail)
    if abs(e.fill_gap) >= _FILL_GAP:
        detail = f"filled in {abs(e.fill_gap):.0%} more often for one outcome"
        return Leak(field=e.field, kind="filled_by_outcome", auc=auc, detail=detail)
    if e.pure_share >= _PURE_SHARE:
        detail = f"{e.pure_share:.0%} of rows have a value that settles the outcome"
        return Leak(field=e.field, kind="sealed", auc=auc, detail=detail)
    weak = e.auc >= _WEAK_AUC or abs(e.fill_gap) >= _WEAK_GAP or e.fill_drift >= _WEAK_DRIFT
    if e.is_named and weak:
        detail = f"its name is one that sales fill in, and it ranks outcomes (AUC {auc})"
        return Leak(field=e.field, kind="named", auc=auc, detail=detail)
    return None


def _evidence(table: Table, name: str, train_rows: int) -> Evidence:
    column, outcome = table.frame[name], table.outcome
    filled = column.notna()
    gap = float(filled[outcome == 1].mean() - filled[outcome == 0].mean())
    drift = abs(float(filled.iloc[:train_rows].mean() - filled.iloc[train_rows:].mean()))
    values = banded(column) if name in table.numeric else column.fillna("")
    plain = re.sub(r"[_\W]+", " ", name)
    return Evidence(
        field=name,
        auc=_single_auc(values, outcome, train_rows),
        fill_gap=gap,
        fill_drift=drift,
        pure_share=0.0 if name in table.numeric else _pure_share(values, outcome),
        is_named=bool(_NAMES.search(plain)),
    )


def banded(column: pd.Series[float]) -> pd.Series[Any]:
    """Return numbers as quantile bands; what is empty is a band of its own."""
    import pandas as pd

    bands = pd.qcut(column, _BINS, duplicates="drop", labels=False)
    return bands.map(lambda b: "" if b != b else f"{b:.0f}")


def _single_auc(values: pd.Series[Any], outcome: pd.Series[int], train_rows: int) -> float:
    """Return the AUC on later rows of the outcome rate that earlier rows give each value."""
    from sklearn.metrics import roc_auc_score

    early, late = outcome.iloc[:train_rows], outcome.iloc[train_rows:]
    if late.nunique() < 2:
        return 0.5
    base = float(early.mean())
    grouped = early.groupby(values.iloc[:train_rows])
    rates = (grouped.sum() + base * _SMOOTHING) / (grouped.count() + _SMOOTHING)
    predicted = values.iloc[train_rows:].map(rates).astype("float64").fillna(base)
    return float(roc_auc_score(late, predicted))


def _pure_share(values: pd.Series[Any], outcome: pd.Series[int]) -> float:
    """Return the share of rows whose value nearly settles the outcome."""
    base = float(outcome.mean())
    if not 0.1 <= base <= 0.9:
        return 0.0
    grouped = outcome.groupby(values)
    rate, count = grouped.mean(), grouped.count()
    pure = ((rate >= _PURE_HIGH) | (rate <= _PURE_LOW)) & (count >= _PURE_ROWS)
    settled = [int(n) for value, n in count[pure].items() if value != ""]
    return sum(settled) / max(1, len(outcome))
