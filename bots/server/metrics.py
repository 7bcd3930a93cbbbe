"""What the process counts, in Prometheus' own words."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from bots.inbox import Inbox
from bots.server.pool import Pool

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The process's own registry: several servers can live in one test process."""

    def __init__(self, inbox: Inbox, pool: Pool) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Depths(inbox, pool))
        self.requests = Counter(
            "askmql_http_requests", "Requests.", ["method", "route", "status"],
            registry=self._registry,
        )  # fmt: skip
        self.request_seconds = Histogram(
            "askmql_http_seconds", "Time to the first byte of an answer.", ["route"],
            registry=self._registry, buckets=_SECONDS,
        )  # fmt: skip
        self.answers = Histogram(
            "askmql_answer_seconds", "Time to answer a question.", ["channel", "lane", "status"],
            registry=self._registry, buckets=_SECONDS,
        )  # fmt: skip
        self.feedback = Counter(
            "askmql_feedback", "Thumbs.", ["verdict"], registry=self._registry
        )  # fmt: skip

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)


class _Depths:
    """Reads the depths of the boxes when they are asked for."""

    def __init__(self, inbox: Inbox, pool: Pool) -> None:
        self._inbox = inbox
        self._pool = pool

    def collect(self) -> Iterable[Metric]:
        rows = GaugeMetricFamily(
            "askmql_box_rows", "Rows of the inbox and outbox.", labels=["box", "channel", "state"]
        )
        for key, count in self._inbox.counts().items():
            rows.add_metric(list(key), count)
        yield rows
        yield GaugeMetricFamily("askmql_open_questions", "Being answered.", self._pool.open)
