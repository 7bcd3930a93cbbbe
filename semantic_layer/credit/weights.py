"""Models as SQL: the weight of a touch, and its credit in whole cents.

Money telescopes: with W the running sum of weights, a touch takes round(A W_i) - round(A W_(i-1))
cents, so a conversion's credits add up to its amount A exactly. Position models have W in closed
form, as a fraction of integers; ratio models sum raw weights that are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlglot import exp

from semantic_layer.compile.rows import cast
from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import col, is_null, number, rounded, when

_POSITION: Mapping[str, str] = {
    "first": "one",
    "lead": "lead_pos",
    "opportunity": "opportunity_pos",
    "last": "n",
    "last_non_direct": "lnd_pos",
}
"""Role -> column of the path that holds its position, NULL when it has none."""
_SCALE = 2.0**80
_ALWAYS = frozenset({"first", "last", "last_non_direct"})


def position_of(role: str) -> exp.Expr:
    """Return the position of a role's touch."""
    return number(1) if role == "first" else col(_POSITION[role])


def _integers(model: Model) -> tuple[dict[str, int], int]:
    """Return shares and middle as the smallest whole numbers in the same proportion."""
    parts: dict[str, float] = {str(role): share for role, share in model.shares.items()}
    parts["middle"] = model.middle
    exact = {k: Fraction(v).limit_denominator(10_000) for k, v in parts.items()}
    scale = math.lcm(*(f.denominator for f in exact.values()))
    whole: dict[str, int] = {k: int(f * scale) for k, f in exact.items()}
    divisor = math.gcd(*whole.values()) or 1
    whole = {k: v // divisor for k, v in whole.items()}
    return whole, whole.pop("middle")


def _sum(terms: Sequence[exp.Expr]) -> exp.Expr:
    out = terms[0]
    for term in terms[1:]:
        out = exp.Add(this=out, expression=term)
    return exp.Paren(this=out) if len(terms) > 1 else out


def _distinct(roles: Sequence[str], index: int) -> exp.Expr | None:
    """The test that a role's touch is not one of an earlier role."""
    here = position_of(roles[index])
    others = [exp.NullSafeNEQ(this=here.copy(), expression=position_of(r)) for r in roles[:index]]
    return exp.and_(*others) if others else None


def _free(roles: Sequence[str], upto: exp.Expr) -> exp.Expr:
    """Number of touches without a role among the first `upto`."""
    taken = []
    for index in range(len(roles)):
        reached = exp.GTE(this=upto.copy(), expression=position_of(roles[index]))
        new = _distinct(roles, index)
        test = exp.and_(reached, new) if new is not None else reached
        taken.append(when(test, number(1), number(0)))
    return exp.Paren(this=exp.Sub(this=upto.copy(), expression=_sum(taken))) if taken else upto


def _least(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.Least(this=a, expressions=[b])


class Position:
    """The weights of a position model over a path's columns `pos`, `n` and role positions."""

    def __init__(self, model: Model, middle: str = "all") -> None:
        self.shares, self.middle = _integers(model)
        self.roles = tuple(self.shares)
        ends_early = "opportunity" in self.roles and "last" not in self.roles
        self.is_cut = middle == "before_opp" and ends_early

    @property
    def sole(self) -> str | None:
        """The role that takes all, if there is just one and it always exists."""
        one = len(self.roles) == 1 and not self.middle
        return self.roles[0] if one and self.roles[0] in _ALWAYS else None

    def _upto(self, position: exp.Expr) -> exp.Expr:
        """Position, at most that of the opportunity when the middle ends there."""
        if not self.is_cut:
            return position
        return _least(position, exp.func("COALESCE", col("opportunity_pos"), col("n")))

    def running(self, position: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
        """Return numerator and denominator of the sum of weights of the first touches."""
        if not self.roles:
            return position, col("n")
        if set(self.roles) <= {"first", "last"}:
            return self._between_ends(position)
        free_all = _free(self.roles, self._upto(col("n")))
        spread = self._spread()
        reached = [
            when(
                exp.GTE(this=position.copy(), expression=position_of(role)),
                number(share),
                number(0),
            )
            for role, share in self.shares.items()
        ]
        present = [self._present(role, share) for role, share in self.shares.items()]
        if not self.middle:
            return self._or_even(_sum(reached), _sum(present), position)
        some = exp.GT(this=free_all, expression=number(0))
        present.append(when(some, number(self.middle), number(0)))
        rest = _free(self.roles, self._upto(position)) * self.middle
        top = exp.Add(this=_sum(reached) * spread.copy(), expression=rest)
        return self._or_even(exp.Paren(this=top), _sum(present) * spread, position)

    def _between_ends(self, position: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
        """The sum for a model of both ends: short, because it is the usual one."""
        first, last = self.shares.get("first", 0), self.shares.get("last", 0)
        inner = exp.Paren(this=exp.Sub(this=col("n"), expression=number(2)))
        before = exp.Paren(this=exp.Sub(this=position.copy(), expression=number(1)))
        many = exp.Add(this=inner.copy() * first, expression=before * self.middle)
        whole = inner * (first + last + self.middle)
        is_short = exp.LTE(this=col("n"), expression=number(2))
        ends = exp.EQ(this=position.copy(), expression=col("n"))
        top = when(is_short.copy(), number(first), many)
        bottom = when(is_short, number(first + last), whole)
        none = exp.EQ(this=position.copy(), expression=number(0))
        sums = exp.Case(
            ifs=[
                exp.If(this=none, true=number(0)),
                exp.If(this=ends, true=bottom.copy()),
            ],
            default=top,
        )
        return sums, bottom

    @staticmethod
    def _present(role: str, share: int) -> exp.Expr:
        if role in _ALWAYS:
            return number(share)
        return when(is_null(position_of(role)), number(0), number(share))

    def _or_even(
        self, top: exp.Expr, bottom: exp.Expr, position: exp.Expr
    ) -> tuple[exp.Expr, exp.Expr]:
        """Without any of its milestones a model of milestones alone splits evenly."""
        if set(self.roles) & _ALWAYS or self.middle:
            return top, bottom
        missing = exp.EQ(this=exp.Paren(this=bottom), expression=number(0))
        return when(missing.copy(), position.copy(), top), when(missing, col("n"), bottom.copy())

    def weight(self) -> exp.Expr:
        """Return the weight of the touch at `pos`."""
        if self.sole:
            return when(self._here(self.sole), number(1.0), number(0.0))
        if not self.roles:
            return exp.Div(this=number(1.0), expression=col("n"))
        above, below = self.running(col("pos"))
        if self.middle:
            own = [
                when(self._here(role), number(share), number(0))
                for role, share in self.shares.items()
            ]
            gain: exp.Expr = exp.Add(this=_sum(own) * self._spread(), expression=self._rest())
        else:
            gain = exp.Sub(this=above, expression=self.running(_before())[0])
        return exp.Div(this=exp.Paren(this=gain) * number(1.0), expression=exp.Paren(this=below))

    def _spread(self) -> exp.Expr:
        """Number of touches that share the middle, at least 1."""
        free = _free(self.roles, self._upto(col("n")))
        return exp.Greatest(this=free, expressions=[number(1)])

    def _rest(self) -> exp.Expr:
        """The part of the middle that falls to a touch without a role."""
        tests: list[exp.Expr] = [
            exp.NullSafeNEQ(this=col("pos"), expression=position_of(role)) for role in self.roles
        ]
        if self.is_cut:
            tests.append(exp.LTE(this=col("pos"), expression=self._upto(col("n"))))
        return when(exp.and_(*tests), number(self.middle), number(0))

    def cents(self) -> exp.Expr:
        """Return the whole cents of the touch at `pos`."""
        if self.sole:
            return when(self._here(self.sole), col("cents"), number(0))
        terms = []
        for position in (col("pos"), _before()):
            top, bottom = self.running(position)
            share = exp.Div(this=col("cents") * top, expression=exp.Paren(this=bottom))
            terms.append(rounded(share))
        return exp.Sub(this=terms[0], expression=terms[1])

    def _here(self, role: str) -> exp.Expr:
        return exp.EQ(this=col("pos"), expression=position_of(role))


def _before() -> exp.Expr:
    return exp.Paren(this=exp.Sub(this=col("pos"), expression=number(1)))


def _double(value: exp.Expr) -> exp.Expr:
    return cast(value, "DOUBLE")


def ratio_weight(model: Model) -> exp.Expr:
    """Return raw / total of a ratio model."""
    total = _double(col(f"total_{model.id}"))
    return exp.Div(this=_double(col(f"raw_{model.id}")), expression=total)


def ratio_cents(model: Model) -> exp.Expr:
    """Return the whole cents of a touch under a ratio model, whose running sums are exact."""
    run, raw = col(f"run_{model.id}"), col(f"raw_{model.id}")
    total = _double(col(f"total_{model.id}"))
    terms = []
    for upto in (run, exp.Sub(this=run.copy(), expression=raw)):
        share = exp.Div(this=_double(upto), expression=total.copy())
        terms.append(rounded(col("cents") * share))
    return exp.Sub(this=terms[0], expression=terms[1])


def decayed(age_days: exp.Expr, half_life_days: float) -> exp.Expr:
    """Return the raw weight of a touch so many days before the end: halved every half-life."""
    power = exp.Div(this=exp.Neg(this=exp.Paren(this=age_days)), expression=number(half_life_days))
    return exp.Pow(this=number(2.0), expression=power)


def whole_number(raw: exp.Expr, form: str = "DECIMAL(38, 0)") -> exp.Expr:
    """Scale a weight of at most 1 to a whole number: 24 digits, 1e-9 left after 50 half-lives."""
    scaled = rounded(exp.Paren(this=raw) * number(_SCALE))
    return exp.Cast(this=scaled, to=exp.DataType.build(form))
