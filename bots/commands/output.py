"""Where an answer goes: to the terminal, down a pipe, or into a file."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assistant import Answer

_TEXTS = ("text", "json", "markdown")
_FILES = ("csv", "xlsx", "png", "svg", "html")
_BINARY = frozenset({"png", "xlsx"})
_ENDINGS = {f".{f}": f for f in _FILES} | {".json": "json", ".md": "markdown", ".htm": "html"}
FORMS = [*_TEXTS, *_FILES]
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Write a file instead; its ending chooses the form.",
)


def form_of(out: Path | None) -> str:
    """Return the form that a file's ending asks for; text without one."""
    return _ENDINGS.get(out.suffix.lower(), "text") if out else "text"


def check_target(form: str, out: Path | None) -> None:
    """Refuse what cannot be written, before anything is computed.

    Raises:
        AskmqlError: The target is a folder, is in none, or is a terminal.
    """
    from semantic_layer import AskmqlError

    if out is None:
        if form in _BINARY and sys.stdout.isatty():
            hint = f"Add --out answer.{form}, or send it down a pipe."
            raise AskmqlError("BINARY_TO_TERMINAL", f"A terminal cannot show {form}.", hint=hint)
    elif out.is_dir():
        hint = f"Name a file in it: {out / f'answer.{form}'}"
        raise AskmqlError("OUT_IS_A_FOLDER", f"{out} is a folder.", hint=hint)
    elif not out.parent.is_dir():
        hint = "Make it first; askmql creates no folders."
        raise AskmqlError("NO_SUCH_FOLDER", f"There is no folder {out.parent}.", hint=hint)


def deliver(answer: Answer, form: str, out: Path | None, *, show_sql: bool = False) -> None:
    """Print an answer or write it to a file; what its reader must know goes to standard error.

    Raises:
        AskmqlError: The form is not possible here, or the file cannot be written.
    """
    if form in _TEXTS:
        if out is None:
            show(answer, form, show_sql=show_sql)
        else:
            _save(out, _text(answer, form, show_sql=show_sql).encode())
        return
    from bots.render.export import export

    made = export(answer, form)
    for warning in made.warnings:
        click.echo(f"⚠ {warning}", err=True)
    if out is not None:
        _save(out, made.data)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(made.data)
    sys.stdout.buffer.flush()


def show(answer: Answer, form: str, *, show_sql: bool = False) -> None:
    """Print an answer in one of the text forms."""
    if form == "text":
        from bots.render.terminal import print_answer

        print_answer(answer, show_sql=show_sql)
    else:
        click.echo(_text(answer, form, show_sql=show_sql), nl=False)


def _text(answer: Answer, form: str, *, show_sql: bool) -> str:
    if form == "json":
        return answer.to_json() + "\n"
    if form == "markdown":
        from bots.render.markdown import to_markdown

        return to_markdown(answer) + "\n"
    from rich.console import Console

    from bots.render.terminal import print_answer

    page = io.StringIO()
    print_answer(answer, console=Console(file=page, width=120), show_sql=show_sql)
    return page.getvalue()


def _save(out: Path, data: bytes) -> None:
    """Write beside the target and move into place: no half-written file is ever seen."""
    from semantic_layer import AskmqlError

    try:
        if out.exists() and not out.is_file():  # a device or a pipe is written to, never replaced
            out.write_bytes(data)
            return
        mode = out.stat().st_mode & 0o777 if out.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:40]}-")
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            scratch.chmod(mode)
            scratch.replace(out)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror or error}"
        raise AskmqlError("CANNOT_WRITE", message, hint="Choose another place.") from error
    click.echo(str(out), err=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
