"""Two models on the same items: the difference, its interval, an exact test, and what difference could be seen.

Items are paired and clustered. A test that ignores that the items are the same wastes most of its power, and one that
ignores that runs and items of a cluster go together finds differences that are not there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import normal_quantile
from analysis.intervals import mean_interval, mean_of

SIGNIFICANCE = 0.05
POWER = 0.80
DIFFERENCE = (-1.0, 1.0)

# Beyond this many steps the exact distribution takes over a second and its normal limit is as good.
EXACT_STEPS = 200_000_000


@dataclass(frozen=True)
class PairedDelta:
    """A model against a baseline on the items that both answered; None where undefined."""

    baseline_value: float | None
    value: float | None
    delta: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_items: int
    minimum_detectable_delta: float | None


def paired_delta(
    baseline: NDArray[np.int64], model: NDArray[np.int64], n_runs: int, clusters: NDArray[np.int64]
) -> PairedDelta:
    """The difference of two rates, model - baseline, over shared items and runs.

    Delta is the mean of d_i = (model_i - baseline_i) / n_runs, its interval that of `mean_interval` within -1..1
    (clustered by the sandwich formula on d, Miller 2024), its p-value that of `sign_flip_p`.

    Args:
        baseline: of each item, the number of runs that score 1.
        model: the same of the other model, for the same items and runs.
        n_runs: the number of runs that both have of every item, at least 1.
        clusters: each item's cluster.

    Returns:
        No items: all None. One cluster: no p below 1, and nothing detectable.
    """
    if not len(baseline) == len(model) == len(clusters):
        raise ValueError(f"{len(baseline)} and {len(model)} items, {len(clusters)} clusters")
    interval = mean_interval((model - baseline) / n_runs, clusters, bounds=DIFFERENCE)
    if interval.value is None:
        return PairedDelta(None, None, None, None, None, None, 0, None)
    sums = np.bincount(np.unique(clusters, return_inverse=True)[1], weights=model - baseline).astype(np.int64)
    return PairedDelta(
        baseline_value=mean_of(baseline / n_runs),
        value=mean_of(model / n_runs),
        delta=interval.value,
        low=interval.low,
        high=interval.high,
        p_value=sign_flip_p(sums),
        n_items=interval.n_items,
        minimum_detectable_delta=minimum_detectable(interval.std_error),
    )


def sign_flip_p(cluster_sums: NDArray[np.int64]) -> float:
    """Two-sided p of the paired sign-flip test: P(|sum of +-D_c| >= |sum of D_c|), each sign a fair coin.

    Under the null the two models could be swapped within any cluster. The distribution is computed exactly, not
    sampled. For one run and clusters of one item the D_c are -1, 0, 1 and this is McNemar's exact test. Beyond
    EXACT_STEPS the normal limit, variance sum D_c^2. No difference in any cluster: 1.

    Args:
        cluster_sums: D_c, the whole number of answers by which one model is ahead in cluster c.
    """
    sizes = np.sort(np.abs(cluster_sums[cluster_sums != 0]))
    observed, total = abs(int(cluster_sums.sum())), int(sizes.sum())
    if not len(sizes):
        return 1.0
    if len(sizes) * total > EXACT_STEPS:
        return math.erfc(observed / math.sqrt(2 * float((sizes.astype(np.float64) ** 2).sum())))
    chance = np.zeros(2 * total + 1)  # of each sum from -total to total
    chance[total] = 1.0
    reach = 0
    for size in sizes.tolist():
        reach += size
        span = slice(total - reach, total + reach + 1)
        halved = chance[span] / 2
        chance[span] = 0.0
        chance[total - reach : total + reach + 1 - size] += halved[size:]
        chance[total - reach + size : total + reach + 1] += halved[: len(halved) - size]
    return min(1.0, 2 * math.fsum(chance[total + observed :].tolist())) if observed else 1.0


def minimum_detectable(
    std_error: float | None, significance: float = SIGNIFICANCE, power: float = POWER
) -> float | None:
    """(z_{alpha/2} + z_beta) SE (Miller 2024): the least true difference that a two-sided test finds with this power.

    SE is that of the paired, clustered difference and holds the noise between runs. None where SE is undefined or 0.
    """
    return (normal_quantile(1 - significance / 2) + normal_quantile(power)) * std_error if std_error else None


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (1979), max over j <= i of (m - j + 1) p_(j), at most 1, in the order given.

    The chance of any false finding among the m stays below the level, however they depend on each other.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    greatest = 0.0
    for rank, index in enumerate(order):
        greatest = max(greatest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = greatest
    return adjusted
