"""Metrics under an attribution model, asked in words: switched, added, named, refused."""

import itertools
import runpy
import shutil
from pathlib import Path

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()


PROJECT = Path(__file__).parents[1] / "projects" / "library"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """A company without touchpoints."""
    root = tmp_path_factory.mktemp("touchless") / "library"
    shutil.copytree(PROJECT, root)
    runpy.run_path(str(root / "make_data.py"))["make"](root / "data")
    return Assistant.load(root)


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"credit-{next(_IDS)}"

    def say(question: str) -> Answer:
        return starforge.ask(question, conversation=thread)

    return say


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


@pytest.mark.parametrize(
    ("question", "switch", "models"),
    [
        ("U型归因的百度ROI", "换成首次归因", ("u_shaped", "first_touch")),
        ("百度的ROI", "换成线性", (None, "linear")),
        ("roi of baidu with last touch attribution", "what about linear", ("last_touch", "linear")),
        ("attributed pipeline by channel, first touch", "w-shaped", ("first_touch", "w_shaped")),
        ("各渠道线性归因收入", "U型", (None, "u_shaped")),
    ],
)
def test_a_follow_up_switches_the_model_and_keeps_the_rest(talk, question, switch, models) -> None:
    first, second = args(talk(question)), args(talk(switch))
    assert first.pop("parameters", {}).get("model") == models[0]
    assert second.pop("parameters")["model"] == models[1]
    assert second.pop("metrics")[0] in {
        "marketing_roi",
        "attributed_pipeline",
        "attributed_revenue",
    }
    first.pop("metrics")
    assert first == second


def test_another_model_is_added_to_those_beside_each_other(talk) -> None:
    talk("对比首次和末次归因")
    assert args(talk("再加上线性"))["models"] == ["first_touch", "last_touch", "linear"]


def test_two_models_are_never_one(starforge: Assistant) -> None:
    """`U型和线性归因收入`: the second name is a metric of its own, and was once dropped."""
    answer = starforge.ask("compare u-shaped and linear attributed revenue by channel last quarter")
    assert args(answer)["models"] == ["u_shaped", "linear"]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("上季度各渠道归因收入", "归因模型：U型"),
        ("上季度营销ROI，线性归因，回溯90天", "归因模型：线性（每个触点平分），回溯90天"),
        ("last-touch attributed revenue last quarter", "attribution model Last touch"),
        ("marketing ROI last quarter", "attribution model U-shaped"),
    ],
)
def test_the_receipt_always_names_the_model(starforge: Assistant, question, named) -> None:
    (metric,) = starforge.ask(question).basis.metrics
    assert named in metric["basis"]


def test_a_metric_says_the_model_that_it_takes_by_default(starforge: Assistant) -> None:
    assert "归因模型：U型" in starforge.ask("归因收入的定义").text


@pytest.mark.parametrize(
    "question", ["2024年12月马尔可夫归因各渠道", "Markov attribution by channel in December 2024"]
)
def test_too_few_conversions_are_a_sentence_not_a_number(starforge: Assistant, question) -> None:
    answer = starforge.ask(question)
    assert (answer.status, answer.tables) == ("empty", ())
    assert "100" in answer.headline


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("W型归因各渠道线索", "NO_MILESTONE"),
        ("last non-direct attribution by channel", "NO_DIRECT"),
    ],
)
def test_what_the_data_lacks_is_refused_in_words(starforge: Assistant, question, code) -> None:
    answer = starforge.ask(question)
    assert (answer.status, answer.error.code, answer.tables) == ("refused", code, ())


@pytest.mark.parametrize(
    "question", ["按U型归因各渠道贡献", "attribute revenue with linear attribution", "推荐归因模型"]
)
def test_a_company_without_touchpoints_is_told_so(library: Assistant, question) -> None:
    answer = library.ask(question)
    assert (answer.status, answer.error.code) == ("refused", "NO_TOUCHPOINTS")
