"""A propensity model must be honest before it is good."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn", reason="the ml extra is not installed")

from semantic_layer import DefinitionError, QueryError
from tools.propensity.artefact import load, save
from tools.propensity.drift import drift, profile
from tools.propensity.leads import training_rows
from tools.propensity.reasons import explain
from tools.propensity.spec import TrainingSpec, read_spec
from tools.propensity.table import clean_frame, could_order, make_table
from tools.propensity.train import Trained, train

_found = importlib.util.spec_from_file_location(
    "course_leads", Path(__file__).with_name("course_leads.py")
)
course = importlib.util.module_from_spec(_found)
_found.loader.exec_module(course)


def spec_of(tmp_path: Path, text: str = course.SPEC) -> TrainingSpec:
    path = tmp_path / "spec.yml"
    path.write_text(text, encoding="utf-8")
    return read_spec(path)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return course.course_leads().astype(str)


@pytest.fixture(scope="module")
def trained(raw, tmp_path_factory) -> Trained:
    return train(raw, spec_of(tmp_path_factory.mktemp("spec")))


def test_every_leak_is_named_and_no_honest_column(trained):
    assert {leak.field for leak in trained.report.leaks} == set(course.LEAKS)
    assert not set(trained.features) & set(course.LEAKS)
    honest = {
        "Lead Origin",
        "Lead Source",
        "Last Activity",
        "Total Time Spent on Website",
        "Occupation",
    }
    assert honest <= set(trained.features)


def test_honest_columns_alone_are_good_out_of_time(trained):
    r = trained.report
    assert r.split == "time"
    assert r.auc >= 0.89
    assert r.brier <= 0.125
    assert r.top_decile_precision >= 0.94
    assert r.top_fifth_share >= 0.45


def test_calibration_adds_up_to_what_was_measured(trained):
    r = trained.report
    assert sum(b.rows for b in r.calibration) == r.test_rows
    happened = sum(b.rows * b.happened for b in r.calibration) / r.test_rows
    assert happened == pytest.approx(r.base_rate, abs=0.001)
    assert all(abs(b.predicted - b.happened) < 0.1 for b in r.calibration)
    assert r.lift == pytest.approx(r.top_decile_precision / r.base_rate, abs=0.001)


def test_measured_rows_come_after_every_training_row(trained, raw):
    numbers = sorted(int(n) for n in raw["Lead Number"])
    assert trained.report.boundary == str(numbers[trained.report.train_rows])


def test_constants_and_identifiers_are_left_out(raw, tmp_path):
    table = make_table(raw.assign(Serial=[f"x{i}" for i in range(len(raw))]), spec_of(tmp_path))
    expected = {(name, "constant") for name in course.CONSTANT} | {("Serial", "identifier")}
    assert {(x.field, x.why) for x in table.left_out} == expected


def test_an_unfilled_dropdown_is_not_a_value():
    frame, numeric = clean_frame(
        pd.DataFrame({"a": ["Select", "x", " "], "n": ["1", "", "3"]}), TrainingSpec(outcome="o")
    )
    assert frame["a"].isna().tolist() == [True, False, True]
    assert numeric == ()  # two distinct numbers are as good as words


@pytest.mark.parametrize("rows", [60, 250])
def test_too_few_outcomes_are_refused_with_the_number_needed(raw, tmp_path, rows):
    with pytest.raises(QueryError) as error:
        train(raw.head(rows), spec_of(tmp_path))
    assert error.value.code == "TOO_FEW_OUTCOMES"
    assert int(error.value.params["needed"]) > int(error.value.params["have"])


def test_declared_columns_are_believed(raw, tmp_path):
    spec = spec_of(
        tmp_path, course.SPEC + "late: [Last Activity]\nearly: [Asymmetrique Profile Score]\n"
    )
    found = train(raw.head(3000), spec)
    assert "Last Activity" not in found.features
    assert "Asymmetrique Profile Score" in found.features
    assert [x.kind for x in found.report.leaks if x.field == "Last Activity"] == ["declared"]


def test_a_leak_without_a_telling_name_is_found_too(raw, tmp_path):
    plain = raw.head(4000).rename(columns={"Tags": "Field 7", "Lead Quality": "Field 8"})
    found = train(plain, spec_of(tmp_path))
    assert {"Field 7", "Field 8"} <= {x.field for x in found.report.leaks}


def test_what_is_filled_in_together_with_a_leak_is_one(trained):
    kinds = {leak.field: leak.kind for leak in trained.report.leaks}
    assert "filled_with_leak" in {kinds[name] for name in course.FAMILY}
    assert set(course.FAMILY) <= set(kinds)


def test_columns_that_go_on_changing_are_suspect_and_kept(trained):
    moving = {s.field for s in trained.report.suspects if s.kind == "moving"}
    assert moving == {"Last Activity", "Last Notable Activity"}
    assert moving <= set(trained.features)
    assert 0.75 < trained.report.unsuspected_auc < trained.report.auc - 0.02


def test_filled_only_for_winners_is_a_leak(tmp_path):
    rng = np.random.default_rng(1)
    won = rng.random(2000) < 0.3
    raw = pd.DataFrame({
        "n": np.arange(2000), "won": won.astype(int), "visits": rng.poisson(3 + 2 * won),
        "Contract": np.where(won & (rng.random(2000) < 0.7), rng.choice(["A", "B"], 2000), ""),
    }).astype(str)  # fmt: skip
    found = train(raw, spec_of(tmp_path, "outcome: won\norder: n\n"))
    assert [x.field for x in found.report.leaks] == ["Contract"]
    assert found.features == ("visits",)


def test_noise_is_not_dressed_up(tmp_path):
    """Nothing to learn: the AUC says so, and boosting does not win."""
    rng = np.random.default_rng(2)
    raw = pd.DataFrame(
        {
            "n": np.arange(1500),
            "won": (rng.random(1500) < 0.4).astype(int),
            "a": rng.normal(size=1500),
        }
    )
    found = train(raw.astype(str), spec_of(tmp_path, "outcome: won\norder: n\n"))
    assert 0.42 < found.report.auc < 0.58
    assert found.report.model == "logistic"


@pytest.mark.parametrize(("clarity", "least", "most"), [(0.5, 0.76, 0.14), (2.0, 0.89, 0.08)])
def test_leaks_are_named_and_honest_columns_kept_at_any_difficulty(tmp_path, clarity, least, most):
    raw = course.course_leads(seed=11, rows=3_000, clarity=clarity).astype(str)
    found = train(raw, spec_of(tmp_path)).report
    assert {leak.field for leak in found.leaks} == set(course.LEAKS)
    assert {s.field for s in found.suspects} == {"Last Activity", "Last Notable Activity"}
    assert least <= found.auc <= least + most
    spread = [abs(b.predicted - b.happened) for b in found.calibration]
    assert sum(spread) / len(spread) < 0.08


def test_a_running_number_is_no_feature_and_is_offered_as_the_order(raw, tmp_path):
    """Without an order its number would be learnt from as a stand-in for time."""
    raw = raw.head(1_500)
    table = make_table(raw, spec_of(tmp_path, "outcome: Converted\n"))
    assert {"Prospect ID", "Lead Number"} <= {x.field for x in table.left_out}
    assert could_order(raw, table_spec := TrainingSpec(outcome="Converted")) == ("Lead Number",)
    dated = raw.assign(Made=pd.date_range("2026-01-01", periods=len(raw), freq="h").astype(str))
    assert could_order(dated, table_spec) == ("Lead Number", "Made")


def test_without_an_order_the_split_is_said_to_be_random(raw, tmp_path):
    found = train(
        raw.head(3000),
        spec_of(
            tmp_path,
            "id: Prospect ID\noutcome: Converted\nfeatures: [Lead Origin, Last Activity]\n",
        ),
    )
    assert found.report.split == "random"
    (note,) = found.report.notes
    assert "Not out of time" in note
    assert "`Lead Number`" in note


def test_reasons_name_the_column_that_speaks(trained, raw):
    frame, _ = clean_frame(raw[list(trained.features)], trained.spec)
    good = raw.index[(raw["Lead Origin"] == "Add Form") & (raw["Occupation"] == "Working")][:1]
    bad = raw.index[(raw["Last Activity"] == "Bounced")][:1]
    best, worst = explain(trained, frame.loc[[good[0], bad[0]]], ["good", "bad"])
    assert best.probability > worst.probability
    assert {p.field for p in best.pushes if p.by > 0} & {"Lead Origin", "Occupation"}
    assert any(p.field == "Last Activity" and p.by < 0 for p in worst.pushes)


def test_drift_is_zero_on_the_same_rows_and_seen_on_others():
    then = pd.Series(["a"] * 50 + ["b"] * 50)
    same = drift(pd.DataFrame({"x": then}), {"x": profile(then, is_numeric=False)}, ())
    moved = drift(
        pd.DataFrame({"x": ["b"] * 95 + ["c"] * 5}), {"x": profile(then, is_numeric=False)}, ()
    )
    assert same[0].psi == pytest.approx(0, abs=1e-9)
    assert moved[0].has_moved
    numbers = pd.Series(np.arange(100.0))
    shifted = drift(
        pd.DataFrame({"x": numbers + 60}), {"x": profile(numbers, is_numeric=True)}, ("x",)
    )
    assert shifted[0].has_moved


def test_a_changed_model_file_is_refused(trained, tmp_path):
    save(trained, tmp_path, "v1")
    assert load(tmp_path).report.auc == trained.report.auc
    (tmp_path / "v1" / "model.joblib").write_bytes(b"something else")
    with pytest.raises(QueryError) as error:
        load(tmp_path)
    assert error.value.code == "MODEL_CHANGED"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("outcome: Converted\nordr: x\n", 2),
        ("id: Prospect\n", 1),
        ("outcome: Converted\ntest_share: 3\n", 2),
    ],
)
def test_mistakes_in_the_specification_have_a_line(tmp_path, text, line):
    with pytest.raises(DefinitionError) as error:
        spec_of(tmp_path, text)
    assert error.value.issues[0].line == line


def test_unknown_column_offers_the_nearest(raw, tmp_path):
    with pytest.raises(QueryError) as error:
        train(raw, spec_of(tmp_path, "outcome: Convertd\n"))
    assert "Converted" in error.value.candidates


def test_own_leads_are_counted_as_hand_sql_counts_them(ask_as, hand):
    """Mature leads only; the outcome within 90 days; touches known a day after creation."""
    raw, spec = training_rows(ask_as())
    assert spec.order == "created_at"
    ((rows, won, forms),) = hand("""
        WITH l AS (SELECT *, created_at + INTERVAL 8 HOUR AS at FROM leads
                   WHERE created_at + INTERVAL 8 HOUR < DATE '2026-10-27' - INTERVAL 89 DAY)
        SELECT (SELECT count(*) FROM l),
               (SELECT count(*) FROM l WHERE EXISTS (FROM opportunities o WHERE o.lead_id = l.lead_id
                                                     AND o.created_on <= l.at + INTERVAL 90 DAY)),
               (SELECT count(*) FROM l JOIN touchpoints t USING (contact_id)
                WHERE t.kind = 'form_submit' AND t.touched_at + INTERVAL 8 HOUR <= l.at + INTERVAL 1 DAY)
    """)
    assert len(raw) == rows
    assert raw["outcome"].astype(int).sum() == won
    assert raw["touches: form"].astype(float).sum() == forms
