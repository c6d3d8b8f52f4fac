"""How many items and runs show a difference, and which difference a given number shows (Miller 2024, section 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.distributions import normal_quantile
from analysis.paired import LEAST_CLUSTERS, POWER, SIGNIFICANCE
from analysis.variance_parts import VarianceParts

# What the division leaves behind must not add an item.
ROUNDING = 1e-9
PILOT_LEVEL = 0.8
LEAST_ROOT = 0.1  # chi^2 of one degree of freedom has no useful lower bound


@dataclass(frozen=True)
class Demand:
    """What is asked of a comparison: the chance `power` of finding a true difference at the two-sided level `alpha`.

    With several comparisons each is tested at alpha / comparisons, as Holm's least p-value is.
    """

    power: float = POWER
    alpha: float = SIGNIFICANCE
    comparisons: int = 1

    @property
    def reach(self) -> float:
        """z_{alpha/2} + z_beta: how many standard errors away a true difference must be."""
        return normal_quantile(1 - self.alpha / self.comparisons / 2) + normal_quantile(self.power)


def items_for(delta: float, parts: VarianceParts, runs: float, demand: Demand) -> int:
    """n = (z_{alpha/2} + z_beta)^2 (omega^2 + gamma + (sigma_A^2 + sigma_B^2)/K) / delta^2, rounded up.

    At least LEAST_CLUSTERS: no test finds anything in fewer.

    Args:
        delta: the true difference to find, not 0.
        runs: K; infinity for as many as one likes.
    """
    return max(LEAST_CLUSTERS, math.ceil(demand.reach**2 * parts.of_one_item(runs) / delta**2 - ROUNDING))


def greatest_variance_factor(items: int) -> float:
    """How many times as great as measured on n items a variance may be: (n-1) / chi^2_{0.2, n-1}, an 80% upper bound.

    By Wilson and Hilferty's approximation to chi^2 (1931); it holds for normal scores and roughly for others. For at
    least two items.
    """
    freedom = items - 1
    root = 1 - 2 / (9 * freedom) + normal_quantile(1 - PILOT_LEVEL) * math.sqrt(2 / (9 * freedom))
    return 1 / max(root, LEAST_ROOT) ** 3


def least_detectable(items: int, parts: VarianceParts, runs: float, demand: Demand) -> float:
    """(z_{alpha/2} + z_beta) sqrt((omega^2 + gamma + (sigma_A^2 + sigma_B^2)/K) / n); above 1 nothing is detectable."""
    return demand.reach * math.sqrt(parts.of_one_item(runs) / items)
