"""What stands in the place of a masked column. Only the door puts it there."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from sqlglot import exp

KEY_VARIABLE = "ASKMQL_HASH_KEY"
KEY_MARK = "askmql:pseudonym-key"
"""Stands for the secret key in compiled SQL, so that no receipt, log or error shows it."""
_DIGITS = 16  # of the pseudonym: 64 bits, no two people of a company alike


def masked(column: exp.Expr, kind: str) -> exp.Expr:
    """Return the expression shown instead of a column: NULL stays NULL."""
    text = exp.cast(column.copy(), "VARCHAR")
    shown = _KINDS[kind](text)
    empty = exp.Is(this=column.copy(), expression=exp.null())
    return exp.Case(ifs=[exp.If(this=empty, true=exp.null())], default=shown)


def _phone(text: exp.Expr) -> exp.Expr:
    """138*****78: a network and two digits, too little to call."""
    return _if_long(text, 8, _joined(_head(text, 3), "*****", _tail(text, 2)))


def _email(text: exp.Expr) -> exp.Expr:
    """z***@example.com."""
    at = exp.StrPosition(this=text.copy(), substr=exp.Literal.string("@"))
    shown = _joined(_head(text, 1), "***", exp.Substring(this=text.copy(), start=at))
    several = exp.GT(this=at.copy(), expression=exp.Literal.number(1))
    return exp.Case(ifs=[exp.If(this=several, true=shown)], default=_hidden(text))


def _name(text: exp.Expr) -> exp.Expr:
    """张**."""
    return _joined(_head(text, 1), "**")


def _hidden(_text: exp.Expr) -> exp.Expr:
    return exp.Literal.string("***")


def _pseudonym(text: exp.Expr) -> exp.Expr:
    """Keyed, so that eleven digits cannot be tried one by one."""
    keyed = exp.Concat(expressions=[exp.Literal.string(KEY_MARK), text], safe=True)
    digest = exp.SHA2(this=keyed, length=exp.Literal.number(256))
    return _head(digest, _DIGITS)


_KINDS: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "phone": _phone,
    "email": _email,
    "name": _name,
    "all": _hidden,
    "hash": _pseudonym,
}


def _head(text: exp.Expr, count: int) -> exp.Expr:
    one, length = exp.Literal.number(1), exp.Literal.number(count)
    return exp.Substring(this=text.copy(), start=one, length=length)


def _tail(text: exp.Expr, count: int) -> exp.Expr:
    return exp.Right(this=text.copy(), expression=exp.Literal.number(count))


def _joined(*parts: exp.Expr | str) -> exp.Expr:
    items = [exp.Literal.string(p) if isinstance(p, str) else p for p in parts]
    return exp.Concat(expressions=items, safe=True)


def _if_long(text: exp.Expr, least: int, shown: exp.Expr) -> exp.Expr:
    long = exp.GTE(this=exp.Length(this=text.copy()), expression=exp.Literal.number(least))
    return exp.Case(ifs=[exp.If(this=long, true=shown)], default=_hidden(text))


@functools.cache
def pseudonym_key(home: Path) -> str:
    """Return the secret key as hex: from the environment, else a file that only we can read.

    Pseudonyms of one key are comparable; a new key makes all of them new.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return hashlib.sha256(given.encode()).hexdigest()
    path = home / "pseudonym.key"
    home.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


def with_key(sql: str, home: Path) -> str:
    """Put the secret key in the place of its mark, for the engine alone.

    Only a whole literal is the mark: within a name or a longer text it stays what it is.
    """
    mark = f"'{KEY_MARK}'"
    return sql.replace(mark, f"'{pseudonym_key(home)}'") if mark in sql else sql
