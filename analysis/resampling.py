"""Cluster bootstrap: how often each cluster is drawn in each resample, and percentile intervals from the draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000  # the ends of a 95% percentile interval rest on the 25 outermost draws on either side
LEVEL = 0.95

Draws = NDArray[np.float64]
"""A figure in each resample; nan where the resample leaves it undefined."""


def cluster_weights(n_clusters: int, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each of C clusters is drawn when C are drawn with replacement: resamples x C, each row sums to C."""
    return rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=resamples)


def percentile_interval(draws: Draws, level: float = LEVEL) -> tuple[float | None, float | None]:
    """The central share of the defined draws (Efron 1979), by linear interpolation between order statistics.

    Both None where fewer than half of the draws are defined, and where all are equal: resamples that cannot differ
    (all answers right, a single cluster) do not show that the figure is certain.
    """
    defined = np.sort(draws[~np.isnan(draws)])
    if 2 * len(defined) < len(draws) or not len(defined) or defined[-1] - defined[0] <= 1e-12:
        return None, None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
