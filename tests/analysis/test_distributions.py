from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.distributions import LARGE_DEGREES_OF_FREEDOM, normal_quantile, t_quantile, t_two_sided_p


@pytest.mark.parametrize(
    ("degrees_of_freedom", "expected"),
    # scipy 1.17.1, scipy.stats.t.ppf(0.975, df)
    [
        (1, 12.706204736174694), (2, 4.302652729749462), (3, 3.1824463052837078), (10, 2.228138851986274),
        (29, 2.045229642132703), (100, 1.9839715185235518), (5000, 1.9604385517065073),
    ],
)  # fmt: skip
def test_quantiles_of_t_agree_with_scipy(degrees_of_freedom: int, expected: float) -> None:
    assert t_quantile(0.975, degrees_of_freedom) == pytest.approx(expected, rel=1e-12)


def test_expansion_meets_the_exact_sum_where_it_takes_over() -> None:
    quantile = t_quantile(0.975, LARGE_DEGREES_OF_FREEDOM)
    assert t_two_sided_p(quantile, LARGE_DEGREES_OF_FREEDOM) == pytest.approx(0.05, rel=1e-11)


@given(st.floats(0.5, 0.9999), st.integers(1, 400))
def test_quantile_inverts_the_p_value(probability: float, degrees_of_freedom: int) -> None:
    quantile = t_quantile(probability, degrees_of_freedom)
    assert t_two_sided_p(quantile, degrees_of_freedom) == pytest.approx(2 * (1 - probability), abs=1e-11)


@given(st.floats(-50, 50), st.integers(1, 300))
def test_p_value_is_symmetric_and_a_probability(statistic: float, degrees_of_freedom: int) -> None:
    p = t_two_sided_p(statistic, degrees_of_freedom)
    assert 0 <= p <= 1
    assert p == t_two_sided_p(-statistic, degrees_of_freedom)


def test_one_degree_of_freedom_is_cauchy() -> None:
    assert t_two_sided_p(1.0, 1) == pytest.approx(0.5, abs=1e-15)
    assert t_two_sided_p(3.0, 1) == pytest.approx(1 - 2 / math.pi * math.atan(3.0), abs=1e-15)


def test_normal_quantile_is_the_usual_one() -> None:
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, abs=1e-14)
