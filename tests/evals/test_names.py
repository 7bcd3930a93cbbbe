"""Every name and synonym of every metric and value means what the definitions say, or is not read."""

from __future__ import annotations

import shutil

import pytest

from evals.scorers import ANSWERS

pytestmark = pytest.mark.slow

# A metric that is counted by each dimension, where leads are not.
COUNTED = {
    "stage": "opportunities",
    "touch_kind": "touches",
    "order_kind": "won_orders",
    "product": "won_orders",
    "content_type": "content_views",
}


@pytest.fixture(scope="module")
def assistant(demo_db, tmp_path_factory):
    """A home of its own: DuckDB refuses two configurations of one file in one process."""
    from assistant import Assistant

    home = tmp_path_factory.mktemp("names")
    shutil.copyfile(demo_db, home / "sample.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        patch.chdir(home)
        yield Assistant.load()


def _names(label, synonyms):
    return {label.get("zh"), label.get("en"), *synonyms}


def _chinese(text):
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_every_name_of_a_metric_is_that_metric(assistant):
    misread = []
    for metric_id, metric in assistant.layer.definitions.metrics.items():
        for name in () if metric.hidden else _names(metric.label, metric.synonyms):
            question = f"上季度{name}是多少" if _chinese(name) else f"{name} last quarter"
            answer = assistant.ask(question)
            if answer.status not in ANSWERS:
                continue
            args = answer.plan[0]["args"]
            if args.get("metrics") != [metric_id] or set(args) != {"metrics", "time"}:
                misread.append(f"{question}: {args}, not {metric_id}")
    assert not misread, "\n".join(misread)


@pytest.mark.parametrize(
    ("form", "op"), [("上季度{value}的{metric}", "in"), ("上季度{metric}，不含{value}", "not_in")]
)
def test_every_name_of_a_value_is_that_value(assistant, form, op):
    definitions = assistant.layer.definitions
    misread = []
    for dimension_id, dimension in definitions.dimensions.items():
        metric = COUNTED.get(dimension_id, "leads")
        label = definitions.metrics[metric].label.get("zh")
        for value, spec in dimension.values.items():
            for name in _names(spec.label, spec.synonyms):
                question = form.format(value=name, metric=label)
                answer = assistant.ask(question)
                if answer.status not in ANSWERS:
                    continue
                args = answer.plan[0]["args"]
                filters = [
                    (f["dimension"], f.get("op", "in"), f["values"])
                    for f in args.get("filters", ())
                ]
                if args["metrics"] != [metric] or filters != [(dimension_id, op, [value])]:
                    misread.append(f"{question}: {args}")
    assert not misread, "\n".join(misread)
