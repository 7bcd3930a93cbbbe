"""Tests of two proportions against published and closed-form values."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.funnel.significance import compare, fisher, z_test


def test_lady_tasting_tea() -> None:
    """Fisher (1935): 3 of 4 cups right; two-sided 34/70."""
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70, abs=1e-12)


def test_all_cups_right() -> None:
    assert fisher(4, 4, 0, 4) == pytest.approx(2 / 70, abs=1e-12)


def test_pooled_z_of_known_samples() -> None:
    """40/100 against 60/100: z = 0.2 / sqrt(0.25 * 0.02) = 2.8284; p = 0.004678."""
    assert z_test(40, 100, 60, 100) == pytest.approx(0.0046777349810473, abs=1e-13)


def test_nothing_varies() -> None:
    assert z_test(0, 10, 0, 20) == 1.0
    assert z_test(10, 10, 20, 20) == 1.0


def test_exact_where_a_cell_expects_fewer_than_five() -> None:
    assert compare(1, 40, 4, 45).test == "Fisher exact"
    assert compare(20, 40, 4, 45).test == "two-proportion z"
    assert compare(40, 40, 44, 45).test == "Fisher exact"


samples = st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(samples, samples)
def test_fisher_is_the_sum_of_tables_no_more_probable(a: tuple, b: tuple) -> None:
    (x, n), (y, m) = a, b
    ways = {k: comb(n, k) * comb(m, x + y - k) for k in range(max(0, x + y - m), min(n, x + y) + 1)}
    exact = sum(w for w in ways.values() if w <= ways[x]) / comb(n + m, x + y)
    assert fisher(x, n, y, m) == pytest.approx(exact, rel=1e-9)


@given(samples, samples)
def test_p_values_do_not_depend_on_the_order_of_samples(a: tuple, b: tuple) -> None:
    (x, n), (y, m) = a, b
    there, back = compare(x, n, y, m), compare(y, m, x, n)
    assert there.test == back.test
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    assert 0 <= there.p_value <= 1
