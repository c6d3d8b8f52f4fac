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
# With five clusters that differ the least p of a sign-flip test is 2/2^5 = 0.0625; with six it is 0.031.
LEAST_CLUSTERS = 6

MCNEMAR, PERMUTATION, NORMAL_LIMIT = "mcnemar_exact", "cluster_permutation", "cluster_permutation_normal"
"""The names of the tests: one run of items that form no clusters, all else, and all else beyond EXACT_STEPS."""


@dataclass(frozen=True)
class PairedDelta:
    """A model against a baseline on the items that both answered; None where undefined.

    `test` names what `p_value` came from; `n_higher`, `n_lower` and `n_equal` count the items on which the model's rate
    is higher than, lower than and equal to the baseline's; `items_needed` is `items_to_see` the delta observed.
    """

    baseline_value: float | None
    value: float | None
    delta: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_items: int
    minimum_detectable_delta: float | None
    test: str | None = None
    n_clusters: int = 0
    n_higher: int = 0
    n_lower: int = 0
    n_equal: int = 0
    items_needed: int | None = None


def paired_delta(
    baseline: NDArray[np.int64], model: NDArray[np.int64], n_runs: int, clusters: NDArray[np.int64]
) -> PairedDelta:
    """The difference of two rates, model - baseline, over shared items and runs.

    Delta is the mean of d_i = (model_i - baseline_i) / n_runs, its interval that of `mean_interval` within -1..1
    (clustered by the sandwich formula on d, Miller 2024). Its p-value is that of `sign_flip_p` for one run of items
    that form no clusters, else that of `permutation_p`.

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
    ahead = model - baseline
    sums = np.bincount(np.unique(clusters, return_inverse=True)[1], weights=ahead).astype(np.int64)
    single = n_runs == 1 and len(sums) == len(ahead)
    p_value = sign_flip_p(sums) if single else permutation_p(sums, math.ceil(n_runs * len(ahead) / len(sums)))
    return PairedDelta(
        baseline_value=mean_of(baseline / n_runs),
        value=mean_of(model / n_runs),
        delta=interval.value,
        low=interval.low,
        high=interval.high,
        p_value=p_value,
        n_items=interval.n_items,
        minimum_detectable_delta=minimum_detectable(interval.std_error),
        test=NORMAL_LIMIT if not within_reach(sums) else MCNEMAR if single else PERMUTATION,
        n_clusters=interval.n_clusters,
        n_higher=int((ahead > 0).sum()),
        n_lower=int((ahead < 0).sum()),
        n_equal=int((ahead == 0).sum()),
        items_needed=items_to_see(interval.value, interval.std_error, interval.n_items, interval.n_clusters),
    )


def sign_flip_p(cluster_sums: NDArray[np.int64]) -> float:
    """Two-sided p of the paired sign-flip test: P(|sum of +-D_c| >= |sum of D_c|), each sign a fair coin.

    Under the null the two models could be swapped within any cluster. The distribution is computed exactly, not
    sampled. For one run and clusters of one item the D_c are -1, 0, 1 and this is McNemar's exact test. Beyond
    EXACT_STEPS the normal limit, variance sum D_c^2. No difference in any cluster: 1.

    Args:
        cluster_sums: D_c, the whole number of answers by which one model is ahead in cluster c.
    """
    sizes = _steps(cluster_sums)
    if not len(sizes):
        return 1.0
    # In units of the greatest common divisor, in which the distribution has the fewest points.
    observed, total = abs(int(cluster_sums.sum())) // _unit(cluster_sums), int(sizes.sum())
    if not within_reach(cluster_sums):
        return math.erfc(observed / math.sqrt(2 * float((sizes.astype(np.float64) ** 2).sum())))
    if not observed:
        return 1.0
    chance = np.zeros(total + 1)  # of each sum of the steps that go up; those that go down are the rest of the total
    chance[0] = 1.0
    reach = 0
    for size in sizes.tolist():
        reach += size
        chance[: reach + 1] *= 0.5
        chance[size : reach + 1] += chance[: reach + 1 - size]
    return min(1.0, 2 * math.fsum(chance[(total + observed) // 2 :].tolist()))


def permutation_p(cluster_sums: NDArray[np.int64], unseen: int) -> float:
    """`sign_flip_p`, made safe against clusters that were not seen.

    Equally good models need not be interchangeable: one may waver on all items while the other knows or does not. Then
    all clusters that differ can speak for one side, because the few that speak for the other are not among the items,
    and flipping signs does not know of them. Where none speaks for the other side, one cluster that does is added, with
    a weight of `unseen` answers; p only rises by it. Single runs of single items need none: their D_c are -1, 0 or 1,
    which is symmetric for equal rates. Chosen by simulation: `python3 -m tests.benchmarks.false_positives`.

    Args:
        cluster_sums: D_c, as for `sign_flip_p`.
        unseen: the answers of a cluster of ordinary size, items x runs.
    """
    plain = sign_flip_p(cluster_sums)
    if (cluster_sums > 0).any() and (cluster_sums < 0).any():
        return plain
    against = -int(np.sign(cluster_sums.sum())) * unseen
    return max(plain, sign_flip_p(np.append(cluster_sums, against)))


def within_reach(cluster_sums: NDArray[np.int64]) -> bool:
    """Whether `sign_flip_p` computes the exact distribution of these sums."""
    sizes = _steps(cluster_sums)
    return len(sizes) * int(sizes.sum()) <= EXACT_STEPS


def minimum_detectable(
    std_error: float | None, significance: float = SIGNIFICANCE, power: float = POWER
) -> float | None:
    """(z_{alpha/2} + z_beta) SE (Miller 2024): the least true difference that a two-sided test finds with this power.

    SE is that of the paired, clustered difference and holds the noise between runs. None where SE is undefined or 0.
    """
    return (normal_quantile(1 - significance / 2) + normal_quantile(power)) * std_error if std_error else None


def items_to_see(
    delta: float | None,
    std_error: float | None,
    n_items: int,
    n_clusters: int,
    significance: float = SIGNIFICANCE,
    power: float = POWER,
) -> int | None:
    """How many items it takes to find a true difference of this size: n ((z_{alpha/2} + z_beta) SE / delta)^2, up.

    The formula of Miller 2024, with these runs and clusters like these. At least as many as LEAST_CLUSTERS clusters
    hold, since with fewer no difference can be significant. None for a delta of 0 and where SE is undefined.
    """
    if not delta or std_error is None:
        return None
    reach = minimum_detectable(std_error, significance, power) or 0.0
    return math.ceil(max(n_items * (reach / delta) ** 2 - 1e-9, LEAST_CLUSTERS * n_items / n_clusters))


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


def _unit(cluster_sums: NDArray[np.int64]) -> int:
    return int(np.gcd.reduce(cluster_sums)) or 1


def _steps(cluster_sums: NDArray[np.int64]) -> NDArray[np.int64]:
    """|D_c| of the clusters that differ, in units of their greatest common divisor, sorted."""
    return np.sort(np.abs(cluster_sums[cluster_sums != 0])) // _unit(cluster_sums)
