"""A mean over items with its clustered standard error and interval: one function, so that all uses agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import normal_quantile, t_quantile

LEVEL = 0.95

# Sums of equal scores leave a remainder of this order; a variance below it is zero.
ROUNDING_VARIANCE = 1e-24

LARGEST_EXACT = 2.0**53  # up to here floats hold every whole number
SPARSE = 8  # codes as many times as great as there are of them are quicker to sort than to count

# How fast the worst case loses weight with the clusters that tell otherwise; see `_effective_items`.
TELLING_EXPONENT = -1.25
SILENT_EXPONENT = 4


@dataclass(frozen=True)
class Interval:
    """A mean over items: its interval at the level asked for, its standard error, and what it rests on.

    `value` is None for no items; `low`, `high` and `std_error` are None where they are undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    std_error: float | None
    n_items: int
    n_clusters: int


def cluster_codes(names: Sequence[str]) -> NDArray[np.int64]:
    """The index of each name among the sorted distinct names; empty for no names."""
    index = {name: code for code, name in enumerate(sorted(set(names)))}
    return np.array([index[name] for name in names], dtype=np.int64)


def compact(codes: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each code among the sorted distinct codes, which are whole numbers from 0 on."""
    if int(codes.max(initial=0)) > SPARSE * len(codes):
        places: NDArray[np.int64] = np.unique(codes, return_inverse=True)[1]
        return places
    place_of = np.cumsum(np.bincount(codes) > 0) - 1
    return np.asarray(place_of[codes])


def mean_interval(
    scores: NDArray[np.float64],
    clusters: NDArray[np.int64],
    *,
    bounds: tuple[float, float] | None = None,
    level: float = LEVEL,
) -> Interval:
    """The mean of per-item scores and its clustered confidence interval.

    The standard error is that of Miller 2024 (arXiv 2411.00640) in its sandwich form with the small-sample factor,
    sqrt(C/(C-1) sum_c (sum_i (s_ic - mean))^2) / n over C clusters. Without bounds the interval is
    mean +- t_{C-1} SE. With bounds it is Wilson's, with t_{C-1} for z, on the effective number of items
    p(1-p)/SE^2 (see `_effective_items`); where SE is 0, as at a rate of 0 or 1, it allows for clusters that differ
    but were not seen (see `_unseen_share`). It stays inside the bounds and always has a width.

    Args:
        scores: one entry an item: the mean of its runs, never one entry a response.
        clusters: each item's cluster, as from `cluster_codes`.
        bounds: the least and the greatest score possible, when there are such.

    Returns:
        No items: all None. One cluster: no standard error; with bounds Wilson's interval for one trial, without
        bounds none. Clusters of equal means: SE 0; with bounds the interval has a width all the same.
    """
    n_items = len(scores)
    if n_items != len(clusters):
        raise ValueError(f"{n_items} scores, {len(clusters)} clusters")
    if n_items == 0:
        return Interval(None, None, None, None, 0, 0)
    codes = compact(clusters)
    sizes = np.bincount(codes)
    n_clusters = len(sizes)
    mean = mean_of(scores)
    if bounds is not None and not (bounds[0] <= scores.min() and scores.max() <= bounds[1]):
        raise ValueError(f"scores outside the bounds {bounds}")
    if n_clusters == 1:
        low, high = (None, None) if bounds is None else _wilson_within(mean, 1.0, _z(level), bounds)
        return Interval(mean, low, high, None, n_items, 1)
    error = _std_error(scores, mean, codes, n_clusters)
    critical, normal = t_quantile((1 + level) / 2, n_clusters - 1), _z(level)
    if bounds is None:
        return Interval(mean, mean - critical * error, mean + critical * error, error, n_items, n_clusters)
    low_bound, high_bound = bounds
    span = high_bound - low_bound
    if error == 0:
        share = _unseen_share(sizes, normal)
        low, high = mean - share * (mean - low_bound), mean + share * (high_bound - mean)
    else:
        known = (normal / critical) ** 2
        effective = _effective_items((scores - low_bound) / span, codes, sizes, error / span, known)
        low, high = _wilson_within(mean, effective, critical, bounds)
    return Interval(mean, low, high, error, n_items, n_clusters)


def mean_of(scores: NDArray[np.float64]) -> float:
    """The mean, correctly rounded whatever the order of the scores; there must be one at least."""
    if np.array_equal(scores, np.trunc(scores)) and float(np.abs(scores).sum()) < LARGEST_EXACT:
        return float(scores.sum()) / len(scores)  # of whole numbers, no sum on the way is rounded
    return math.fsum(scores.tolist()) / len(scores)


def clustered_std_error(scores: NDArray[np.float64], clusters: NDArray[np.int64]) -> float | None:
    """sqrt(C/(C-1) sum_c (sum_i (s_ic - mean))^2) / n (Miller 2024); >= 0; None for fewer than two clusters."""
    codes = compact(clusters)
    n_clusters = int(codes.max(initial=-1)) + 1
    return _std_error(scores, mean_of(scores), codes, n_clusters) if n_clusters > 1 else None


def wilson(share: float, trials: float, critical: float) -> tuple[float, float]:
    """Wilson's interval (1927) for a share observed in a number of trials, clipped to [0, 1].

    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with `critical` for z.
    """
    square = critical * critical / trials
    centre = (share + square / 2) / (1 + square)
    half = critical * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return min(low, share), max(high, share)


def _std_error(scores: NDArray[np.float64], mean: float, codes: NDArray[np.int64], n_clusters: int) -> float:
    deviations = np.bincount(codes, weights=scores - mean)
    variance = n_clusters / (n_clusters - 1) * float((deviations**2).sum()) / len(scores) ** 2
    scale = max(1.0, float(np.abs(scores).max())) ** 2
    return math.sqrt(variance) if variance > ROUNDING_VARIANCE * scale else 0.0


def _z(level: float) -> float:
    return normal_quantile((1 + level) / 2)


def _wilson_within(mean: float, trials: float, critical: float, bounds: tuple[float, float]) -> tuple[float, float]:
    low_bound, high_bound = bounds
    span = high_bound - low_bound
    share = min(1.0, max(0.0, (mean - low_bound) / span))
    low, high = wilson(share, trials, critical)
    return min(low_bound + low * span, mean), max(low_bound + high * span, mean)


def _unseen_share(sizes: NDArray[np.int64], critical: float) -> float:
    """The share of clusters that may differ although all that were seen have the same mean: z^2/(C + z^2).

    Wilson's upper end for 0 of C, with Kish's effective number of clusters, (sum of sizes)^2 / (sum of squares).
    """
    return critical**2 / (1 / _concentration(sizes) + critical**2)


def _effective_items(
    scores: NDArray[np.float64], clusters: NDArray[np.int64], sizes: NDArray[np.int64], std_error: float, known: float
) -> float:
    """How many independent 0/1 items would give this standard error: p(1-p)/SE^2, moderated where it rests on little.

    Near 0 and 1 only the m clusters that are not wholly at that bound tell how scores vary within clusters and runs,
    and SE is mostly too small. Its square is therefore mixed with that of the worst case (clusters all right or all
    wrong), which weighs (1 - m/(C + 1))^4 (1 + m)^-1.25: much where few of many clusters tell, nearly nothing where
    all do. The worst case is not estimated, so it stands with z where SE has t: `known` is (z/t)^2. The form was
    chosen by simulation: `python3 -m tests.benchmarks.interval_coverage`.
    """
    share = mean_of(scores)
    sums = np.bincount(clusters, weights=scores)
    telling = min(int((sums > 0).sum()), int((sums < sizes).sum()))
    silent = 1 - telling / (len(sizes) + 1)
    weight = silent**SILENT_EXPONENT * math.pow(1 + telling, TELLING_EXPONENT)
    return 1 / ((1 - weight) * std_error**2 / (share * (1 - share)) + weight * known * _concentration(sizes))


def _concentration(sizes: NDArray[np.int64]) -> float:
    """sum of squares / (sum of sizes)^2: 1/C for clusters of one size, up to 1 for a single one."""
    return float((sizes.astype(np.float64) ** 2).sum()) / float(sizes.sum()) ** 2
