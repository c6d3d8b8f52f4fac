"""The few distribution functions that the statistics need, exact and the same on every platform (no SciPy)."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

# From here on the expansion below is exact to 1e-12 and the finite sum is only slower.
LARGE_DEGREES_OF_FREEDOM = 1_000


def normal_quantile(probability: float) -> float:
    """The standard normal quantile of a probability strictly between 0 and 1."""
    return NormalDist().inv_cdf(probability)


def t_two_sided_p(statistic: float, degrees_of_freedom: int) -> float:
    """P(|T| >= |statistic|) for Student's t with an integer number of degrees of freedom of at least 1.

    The finite trigonometric sum of Abramowitz & Stegun 26.7.3-4; exact to about 1e-15 absolutely. Range [0, 1].
    """
    angle = math.atan(abs(statistic) / math.sqrt(degrees_of_freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees_of_freedom % 2 == 1
    term = cosine if odd else 1.0
    total = term if degrees_of_freedom > 1 else 0.0
    for step in range(3 if odd else 2, degrees_of_freedom - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return min(1.0, max(0.0, 1.0 - inside))


@lru_cache(maxsize=4096)
def t_quantile(probability: float, degrees_of_freedom: int) -> float:
    """Student's t quantile of a probability in [0.5, 1), for an integer number of degrees of freedom of at least 1.

    Bisection on `t_two_sided_p`; for many degrees of freedom the expansion of Abramowitz & Stegun 26.7.5.
    """
    if degrees_of_freedom >= LARGE_DEGREES_OF_FREEDOM:
        return _t_quantile_expanded(normal_quantile(probability), degrees_of_freedom)
    tail = 2.0 * (1.0 - probability)
    low, high = 0.0, 1.0
    while t_two_sided_p(high, degrees_of_freedom) > tail:
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_two_sided_p(middle, degrees_of_freedom) > tail else (low, middle)
    return (low + high) / 2


def _t_quantile_expanded(z: float, degrees_of_freedom: int) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees_of_freedom**power for power, term in enumerate(terms, 1))
