"""SQL for other engines: every metric compiles, parses back there, and nothing is approximate."""

import pytest
import sqlglot

from semantic_layer import Comparison, Query, QueryError, SemanticLayer, TimeRange
from semantic_layer.compile.dialects import DIALECTS
from semantic_layer.project import sample_root

TIME = TimeRange(start="2026-07-01", end="2026-10-01", grain="quarter")  # type: ignore[arg-type]
NO_PERCENTILE = {"trino", "bigquery"}


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return SemanticLayer.load(sample_root(), data=False)


def compiled(layer: SemanticLayer, query: Query, dialect: str) -> str | None:
    """The SQL, or None when the engine cannot express it exactly."""
    try:
        return layer.compile(query, dialect=dialect).sql
    except QueryError as error:
        if error.code != "NOT_ON_ENGINE":
            raise
        return None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_metric_compiles(layer: SemanticLayer, dialect: str) -> None:
    refused = []
    for name, metric in layer.definitions.metrics.items():
        query = Query(metrics=(name,), time=TIME, compare=Comparison())
        sql = compiled(layer, query, dialect)
        if sql is None:
            refused.append(metric)
            continue
        assert isinstance(sqlglot.parse_one(sql, dialect=dialect), sqlglot.exp.Query)
        assert "approx" not in sql.lower()
    assert bool(refused) == (dialect in NO_PERCENTILE)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_query_is_the_same_text(layer: SemanticLayer, dialect: str) -> None:
    query = Query(metrics=("cpl", "leads"), dimensions=("channel",), grain="month", time=TIME)  # type: ignore[arg-type]
    fresh = SemanticLayer.load(sample_root(), data=False)
    assert layer.compile(query, dialect=dialect).sql == fresh.compile(query, dialect=dialect).sql


def test_spark_has_the_exact_percentile(layer: SemanticLayer) -> None:
    sql = layer.compile(Query(metrics=("response_hours",), time=TIME), dialect="spark").sql
    assert "PERCENTILE(" in sql


def test_unknown_dialect_names_the_known(layer: SemanticLayer) -> None:
    with pytest.raises(QueryError) as caught:
        layer.compile(Query(metrics=("leads",)), dialect="oracle")
    assert "spark" in caught.value.candidates
