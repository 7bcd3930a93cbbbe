"""Levels of a score (MQL, SQL, ...) as SQL over the columns of the score tree."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.scoring import Level, Scoring, SomeOf

POINTS = "points__"
"""Prefix of the column with a rule's points."""


def number(value: float) -> exp.Expr:
    """Return a number as DOUBLE: an exponent makes it one."""
    text = repr(float(value))
    return exp.Literal.number(text if "e" in text else f"{text}e0")


def level_of(scoring: Scoring, rows: str) -> exp.Expr:
    """Return the id of the highest level that a row of `rows` reaches, or NULL."""
    case = exp.Case()
    for level in scoring.levels:
        case = case.when(_reached(level, rows), exp.Literal.string(level.id))
    return case if scoring.levels else exp.null()


def _reached(level: Level, rows: str) -> exp.Expr:
    ways: list[exp.Expr] = []
    if level.min_score is not None:
        ways.append(exp.GTE(this=quoted("score", rows), expression=number(level.min_score)))
    if level.any_of is not None:
        ways.append(_some(level.any_of, rows))
    reached = reduce(lambda a, b: exp.Or(this=a, expression=b), ways)
    if level.require is None:
        return reached
    return exp.And(this=exp.Paren(this=reached), expression=_some(level.require, rows))


def _some(some: SomeOf, rows: str) -> exp.Expr:
    """Return "at least so many of these rules give points"."""
    held: list[exp.Expr] = [
        exp.Case()
        .when(
            exp.NEQ(this=quoted(POINTS + rule, rows), expression=number(0)), exp.Literal.number(1)
        )
        .else_(exp.Literal.number(0))
        for rule in dict.fromkeys(some.of)
    ]
    total = reduce(lambda a, b: exp.Add(this=a, expression=b), held)
    return exp.GTE(this=exp.Paren(this=total), expression=exp.Literal.number(some.at_least))
