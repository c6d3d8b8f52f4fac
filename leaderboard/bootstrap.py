"""The joint cluster bootstrap: what all scores might have been with other items of the same kind."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import normal_quantile, t_quantile
from analysis.item_columns import Floats
from analysis.resampling import LEVEL, cluster_weights, percentile_interval
from leaderboard.dimensions import DIMENSIONS, PARTS
from leaderboard.scores import Evidence, calibration_scores, dimension_scores, part_shares

BLOCK_CELLS = 2_000_000  # resamples x clusters held in memory at a time (16 MB)


@dataclass(frozen=True)
class Scores:
    """The scores of all models: on the full sample, and on each resample.

    Args:
        values: by model and dimension, in the order of `DIMENSIONS`; nan where undefined.
        replicates: the same by resample.
        plain_calibration: the calibration replicates by resample and model as they fell, before they were centred.
    """

    values: Floats
    replicates: Floats
    plain_calibration: Floats


def bootstrap(evidence: Evidence, seed: int, resamples: int) -> Scores:
    """The scores on the full sample and on resamples of its clusters.

    Clusters are drawn with replacement within each benchmark, and the same draw serves every model, so that what the
    models have in common (hard items) cancels in their comparison (Cameron, Gelbach & Miller 2008 for resampling
    clusters). Three corrections, without which the intervals would mislead:

    - Resamples of C clusters differ too little, by sqrt((C - 1) / C), and their percentiles are those of a normal
      distribution where Student's t is due. The replicates are moved away from the sample's value by the factor
      between the two (Hesterberg 2015, "What Teachers Should Know About the Bootstrap", expanded percentiles).
    - A share of exactly 0 or 1 is the same in all resamples. There the replicates are U^(1/C) (or 1 - U^(1/C)), U
      uniform, the distribution whose percentiles are Clopper and Pearson's limits for C clusters all alike; all
      models share the U of a resample.
    - ECE on a resample is too large, since noise only adds to it; the mean excess over the full sample's ECE is taken
      off, so that it does not count against the overall score and the ranks.
    """
    full = evidence.sums.sum(axis=0)
    shares, calibration = part_shares(full), calibration_scores(full)
    totals = np.concatenate(list(_resampled_totals(evidence, seed, resamples)))
    clusters = evidence.part_clusters()
    drawn_shares = _expanded(part_shares(totals), shares, clusters)
    drawn_shares = _with_uncertain_extremes(drawn_shares, shares, clusters, seed)
    plain = calibration_scores(totals)
    centred = _expanded(_centred(plain, calibration), calibration, evidence.clusters("calibration"))
    replicates = dimension_scores(drawn_shares, centred)
    return Scores(dimension_scores(shares, calibration), replicates, plain)


def interval(value: float, replicates: Floats) -> tuple[float, float] | None:
    """The percentile interval, widened to hold `value` (a skewed one may not); None where resamples cannot differ."""
    low, high = percentile_interval(replicates, LEVEL)
    return None if low is None or high is None else (min(low, value), max(high, value))


def calibration_interval(value: float, replicates: Floats) -> tuple[float, float] | None:
    """The hull of the percentile and the basic bootstrap interval, as for the errors of `results/calibration`.

    The sample's ECE is itself too large by about as much as the resamples' exceeds it: the basic interval, mirrored
    at `value`, reaches to where the true figure then lies.
    """
    bounds = interval(value, replicates)
    if bounds is None:
        return None
    low, high = bounds
    return max(0.0, min(low, 2 * value - high)), min(1.0, max(high, 2 * value - low))


def weighted_mean(scores: Floats, dimensions: Sequence[str], weights: Sequence[float]) -> Floats:
    """The weighted mean over the named dimensions of the scores' last axis; nan where one of them is."""
    total = sum(
        scores[..., DIMENSIONS.index(dimension)] * weight for dimension, weight in zip(dimensions, weights, strict=True)
    )
    return np.asarray(total) / sum(weights)


def _resampled_totals(evidence: Evidence, seed: int, resamples: int) -> Iterator[Floats]:
    """Blocks of the totals by resample, model and column: each cluster's sums times how often it was drawn."""
    generators = [generator(seed, benchmark) for benchmark, _ in evidence.strata]
    n_clusters, n_models, n_columns = evidence.sums.shape
    flat = evidence.sums.reshape(n_clusters, n_models * n_columns)
    block = max(1, BLOCK_CELLS // n_clusters)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        weights = [cluster_weights(n, size, own) for (_, n), own in zip(evidence.strata, generators, strict=True)]
        # einsum, not a matrix product: BLAS sums in an order that depends on the processor.
        totals = np.einsum("rc,ck->rk", np.concatenate(weights, axis=1).astype(np.float64), flat, optimize=False)
        yield totals.reshape(size, n_models, n_columns)


def _expanded(drawn: Floats, values: Floats, clusters: NDArray[np.int64]) -> Floats:
    """Replicates of shares, further from the sample's value by sqrt(C / (C - 1)) t / z, and clipped to [0, 1]."""
    upper = (1 + LEVEL) / 2
    factor = {
        c: math.sqrt(c / (c - 1)) * t_quantile(upper, c - 1) / normal_quantile(upper) if c > 1 else 1.0
        for c in np.unique(clusters).tolist()
    }
    factors = np.array([factor[c] for c in clusters.ravel().tolist()]).reshape(clusters.shape)
    return np.asarray(np.clip(values + (drawn - values) * factors, 0.0, 1.0))


def _with_uncertain_extremes(drawn: Floats, shares: Floats, clusters: NDArray[np.int64], seed: int) -> Floats:
    uniform = generator(seed, "extremes").random((drawn.shape[0], len(PARTS)))[:, np.newaxis, :]
    spread = uniform ** (1.0 / np.maximum(clusters, 1))
    return np.asarray(np.where(shares == 1, spread, np.where(shares == 0, 1 - spread, drawn)))


def _centred(drawn: Floats, values: Floats) -> Floats:
    """Replicates moved so that their mean is the full sample's value, and clipped to [0, 1]."""
    defined = ~np.isnan(drawn)
    means = np.where(defined, drawn, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1)
    return np.asarray(np.clip(drawn + (values - means), 0.0, 1.0))


def generator(seed: int, stream: str) -> np.random.Generator:
    """A generator of its own for each name, so that a further benchmark does not change the draws of the others."""
    name = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "big")
    return np.random.default_rng([seed, name])
