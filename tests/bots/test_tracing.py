"""Traces: off by default; on, the steps of an answer under the id that the log has."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bots import tracing
from bots.server.settings import WebSettings

QUESTION = "上季度各渠道线索成本"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.record(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.stop()


def path(span: ReadableSpan, found: tuple[ReadableSpan, ...]) -> list[str]:
    """Names from the root down to a span."""
    above = {s.context.span_id: s for s in found if s.context}
    names = [span.name]
    while span.parent is not None and span.parent.span_id in above:
        span = above[span.parent.span_id]
        names.insert(0, span.name)
    return names


def trace(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""


def of_trace(spans: InMemorySpanExporter, wanted: str) -> tuple[ReadableSpan, ...]:
    """The spans of one request; its own ends only when the reply is out."""
    deadline = time.monotonic() + 30
    while True:
        found = tuple(s for s in spans.get_finished_spans() if trace(s) == wanted)
        if any(s.name == "request" for s in found) or time.monotonic() > deadline:
            return found


def test_the_steps_of_an_answer_share_the_trace_of_the_log(
    local: Any, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    with local.client() as client, caplog.at_level(logging.INFO, "askmql"):
        first = client.post(
            "/api/ask", json={"question": QUESTION}
        )  # reads values for the first time
        reply = client.post("/api/ask", json={"question": QUESTION})
    assert reply.json()["status"] == "answered"
    found = of_trace(spans, reply.headers["X-Trace-Id"])
    known = {reply.headers["X-Trace-Id"], first.headers["X-Trace-Id"]}
    assert {trace(s) for s in spans.get_finished_spans()} <= known
    paths = {tuple(path(s, found)) for s in found}
    assert paths >= {
        ("request",),
        ("request", "ask"),
        ("request", "ask", "plan"),
        ("request", "ask", "compile"),
        ("request", "ask", "execute"),
        ("request", "render"),
    }
    told = " ".join(str(s.attributes) + s.name for s in found)
    assert "线索" not in told


def test_nothing_is_recorded_by_default(local: Any) -> None:
    exporter = InMemorySpanExporter()
    assert WebSettings().otel == ""
    with local.client() as client:
        assert len(client.get("/healthz").headers["X-Trace-Id"]) == 32
    assert exporter.get_finished_spans() == ()
    assert tracing._provider is None


def test_a_collector_gets_the_spans(start: Any) -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        running = start(WebSettings(otel=f"http://127.0.0.1:{collector.server_port}"))
        with running.client() as client:
            trace = client.post("/api/ask", json={"question": QUESTION}).headers["X-Trace-Id"]
        running.stop()  # the span of a request ends when its reply is out
        tracing.stop()  # what is left is sent at the end
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()
    sent = [
        span
        for request in received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    mine = {s.name for s in sent if s.trace_id.hex() == trace}
    assert mine >= {"request", "ask", "plan", "compile", "execute", "render"}
