"""From an answer or a tool run to its audit record, and what happens when none can be written."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answer import Answer, ErrorInfo
from assistant.audit import AuditLog, Event
from assistant.messages import localise
from semantic_layer import AskmqlError, DeniedError, QueryError
from semantic_layer.engine import EngineError
from semantic_layer.project import Project
from semantic_layer.state import URL_VARIABLE, open_state
from tools import Result, ToolContext, get_tool
from tools.plain import plain
from tools.run_sql import LANE as UNGOVERNED
from tools.run_sql import RUN_SQL

if TYPE_CHECKING:
    from assistant.thread import Asked

OpenAudit = Callable[[], AuditLog]
_CHANNEL = "cli"


def open_audit(project: Project) -> AuditLog:
    """Open the audit of a project.

    Raises:
        AskmqlError: AUDIT_FAILED, when the state database cannot be opened.
    """
    from sqlalchemy.exc import SQLAlchemyError

    problem = ""
    try:
        return _opened(project.home, os.environ.get(URL_VARIABLE), project.config.audit.texts)
    except (SQLAlchemyError, OSError) as error:
        problem = type(error).__name__
    raise AskmqlError(
        "AUDIT_FAILED", f"The audit cannot be opened ({problem}).", hint="Check the state database."
    )


@lru_cache(maxsize=32)
def _opened(home: Path, url: str | None, texts: bool) -> AuditLog:
    return AuditLog(open_state(home, url), texts=texts, anchor=anchor_file(home, url))


def anchor_file(home: Path, url: str | None) -> Path:
    """Return where the head of the chain in the database at `url` is noted, beside the database."""
    name = hashlib.sha256((url or "").encode()).hexdigest()[:8]
    return home / f"audit-{name}.head"


def recorded(
    audit: OpenAudit, turn: Asked, answer: Answer, asker: str | None, channel: str
) -> Answer:
    """Record an answer and return it, or what `audit.on_failure` says instead."""
    try:
        audit().append(_event(turn, answer, asker, channel))
    except AskmqlError as error:
        return _unrecorded(turn, answer, error)
    return answer


def _event(turn: Asked, answer: Answer, asker: str | None, channel: str) -> Event:
    basis = answer.basis
    config = turn.layer.project.config
    kept = {
        "trace": answer.trace_id,
        "lane": basis.lane,
        "rights": turn.scope.fingerprint,
        "definitions": basis.definitions_version,
        "metrics": [m["id"] for m in basis.metrics],
        "rows": sum(len(t.rows) for t in answer.tables),
        "ms": answer.timings_ms,
        "error": answer.error.code,
        **({"withheld": turn.withheld} if turn.withheld else {}),
        **({"usage": _usage(turn)} if turn.usage else {}),
    }
    personal = {
        "asker": asker or config.default_user,
        "question": answer.question,
        "plan": answer.plan,
        "sql": basis.sql,
    }
    return Event("ask", answer.status, kept, personal, channel)


def _usage(turn: Asked) -> dict[str, float | str]:
    """What a model has used for one question, also where it did not help."""
    used = turn.usage
    return {
        "model": turn.model,
        "prompt_tokens": used.get("prompt_tokens", 0.0),
        "completion_tokens": used.get("reply_tokens", 0.0),
        "cost": used.get("money", 0.0),
        "calls": used.get("calls", 0.0),
    }


def _unrecorded(turn: Asked, answer: Answer, error: AskmqlError) -> Answer:
    if turn.layer.project.config.audit.on_failure == "warn":
        said = "这次提问没有写入审计日志" if turn.lang == "zh" else "This question was not audited"
        return answer.model_copy(update={"warnings": (*answer.warnings, said)})
    message, hint = localise(error, turn.layer.definitions, turn.lang)
    return Answer(
        status="error",
        question=answer.question,
        lang=answer.lang,
        headline=message,
        text=hint,
        timings_ms=answer.timings_ms,
        trace_id=answer.trace_id,
        error=ErrorInfo(code=error.code, message=message, hint=hint),
    )


def run_recorded(
    audit: AuditLog,
    name: str,
    args: Any,  # noqa: ANN401 - JSON or a model
    context: Callable[[], ToolContext],
    *,
    asker: str | None,
    channel: str = _CHANNEL,
) -> Result:
    """Run a tool for somebody and record it, also when it was refused.

    Args:
        audit: Where it is recorded.
        name: The tool.
        args: Its arguments as JSON data, or as the tool's own model.
        context: Makes the context; that may already be refused (an unknown user).
        asker: User id.
        channel: Where it was asked.

    Raises:
        AskmqlError: The tool's own refusal, or AUDIT_FAILED: without a record no result.
    """
    begin = time.perf_counter()
    outcome, code, rights = "answered", "", ""
    result: Result | None = None
    try:
        made = context()
        rights = made.scope.fingerprint
        result = get_tool(name).run(args, made)
    except (AskmqlError, EngineError) as error:
        code = error.code
        refused = "refused" if isinstance(error, QueryError) else "error"
        outcome = "denied" if isinstance(error, DeniedError) else refused
        raise
    except Exception:
        outcome = "error"
        raise
    finally:
        taken = round((time.perf_counter() - begin) * 1000, 2)
        kept = {"tool": name[:60], "lane": _lane(name), "rights": rights, "error": code,
                "ms": {"total": taken}, **_counts(result)}  # fmt: skip
        personal = {
            "asker": asker,
            "plan": [{"tool": name, "args": plain(args)}],
            "sql": _sql(result),
        }
        audit.append(Event("tool", outcome, kept, personal, channel))
    return result


def _lane(tool: str) -> str:
    """Return the lane of a tool that was called by name, also when it was refused."""
    return UNGOVERNED if tool.replace("-", "_") == RUN_SQL.name else "governed-tool"


def _counts(result: Result | None) -> dict[str, int]:
    """Return how many rows a result has, and how many groups were withheld, where it says so."""
    data = getattr(result, "data", result)
    rows, withheld = getattr(data, "rows", None), getattr(data, "suppressed", None)
    found = {"rows": len(rows) if isinstance(rows, tuple | list) else None, "withheld": withheld}
    return {name: value for name, value in found.items() if value}


def _sql(result: Result | None) -> list[str]:
    """Return the statements behind a result."""
    found = getattr(getattr(result, "data", result), "sql", ())
    return [found] if isinstance(found, str) else list(found)
