"""One trace for a request or an event: its id stands in every line of the log.

With `channels: {web: {otel: URL}}` the spans of that trace go to an OpenTelemetry collector.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from semantic_layer import AskmqlError, tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_NAME = "askmql"
_provider: TracerProvider | None = None


def send_to(url: str) -> None:
    """Send spans to a collector that speaks OTLP over HTTP, in batches.

    Args:
        url: Where it listens, such as `http://127.0.0.1:4318`.

    Raises:
        AskmqlError: NO_OTEL_EXTRA.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise AskmqlError(
            "NO_OTEL_EXTRA", "Traces need the `otel` extra.", hint="pip install -e '.[otel]'"
        ) from error
    record(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces")))


def record(processor: SpanProcessor) -> None:
    """Hand every span of this process to a processor, until `stop`."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    global _provider
    # Not the library's global provider: what other libraries trace may hold questions and rows.
    _provider = TracerProvider(resource=Resource.create({"service.name": _NAME}))
    _provider.add_span_processor(processor)
    tracing.listen(_provider.get_tracer(_NAME).start_as_current_span)


def stop() -> None:
    """Send what is left and record nothing more."""
    global _provider
    tracing.listen(None)
    if _provider is not None:
        _provider.shutdown()
    _provider = None


@contextlib.contextmanager
def trace(name: str) -> Iterator[str]:
    """Begin a trace: its id is bound to the log and is that of the spans inside.

    Args:
        name: request or event.
    """
    found = secrets.token_hex(16)
    with structlog.contextvars.bound_contextvars(trace_id=found), _rooted(found, name):
        yield found


def _rooted(trace_id: str, name: str) -> contextlib.AbstractContextManager[object]:
    if _provider is None:
        return contextlib.nullcontext()
    from opentelemetry import trace as api

    parent = api.SpanContext(
        int(trace_id, 16), secrets.randbits(64) or 1, is_remote=True,
        trace_flags=api.TraceFlags(api.TraceFlags.SAMPLED),
    )  # fmt: skip
    context = api.set_span_in_context(api.NonRecordingSpan(parent))
    return _provider.get_tracer(_NAME).start_as_current_span(name, context=context)
