"""Cluster bootstrap: how often each cluster is drawn in each resample, and percentile intervals from the draws."""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from utils.errors import UserError
from utils.hashing import sha256_text

RESAMPLES = 1_000  # the ends of a 95% percentile interval rest on the 25 outermost draws on either side
FEWEST_RESAMPLES = 100  # below, the ends of a 95% interval are the two or three outermost draws
LEVEL = 0.95
LEAST_SPREAD = 1e-12  # draws that differ by less are equal but for the last bits of a sum

Draws = NDArray[np.float64]
"""A figure in each resample; nan where the resample leaves it undefined."""


def cluster_weights(n_clusters: int, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each of C clusters is drawn when C are drawn with replacement: resamples x C, each row sums to C."""
    drawn = rng.integers(0, n_clusters, size=(resamples, n_clusters))
    drawn += np.arange(resamples)[:, np.newaxis] * n_clusters
    # Counting draws takes a sixth of the time of `Generator.multinomial`, which draws a binomial for every cluster.
    return np.bincount(drawn.ravel(), minlength=resamples * n_clusters).reshape(resamples, n_clusters)


def percentile_interval(draws: Draws, level: float = LEVEL) -> tuple[float | None, float | None]:
    """The central share of the defined draws (Efron 1979), by linear interpolation between order statistics.

    Both None where fewer than half of the draws are defined, and where all are equal: resamples that cannot differ
    (all answers right, a single cluster) do not show that the figure is certain.
    """
    defined = np.sort(draws[~np.isnan(draws)])
    if 2 * len(defined) < len(draws) or not len(defined) or defined[-1] - defined[0] <= LEAST_SPREAD:
        return None, None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def percentile_intervals(draws: Draws, level: float = LEVEL) -> list[tuple[float | None, float | None]]:
    """The `percentile_interval` of each column."""
    found: list[tuple[float | None, float | None]] = [(None, None)] * draws.shape[1]
    if not len(draws):
        return found
    ordered = np.sort(draws, axis=0)
    whole = ~np.isnan(ordered[-1])
    differing = np.flatnonzero(whole & (ordered[-1] - ordered[0] > LEAST_SPREAD))
    ends = np.quantile(ordered[:, differing], [(1 - level) / 2, (1 + level) / 2], axis=0)
    for column, low, high in zip(differing.tolist(), *ends.tolist(), strict=True):
        found[column] = low, high
    for column in np.flatnonzero(~whole).tolist():
        found[column] = percentile_interval(draws[:, column], level)
    return found


def generator(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each set of responses, so that another model's presence changes no interval."""
    return np.random.default_rng([seed, int(sha256_text("\n".join(names))[:16], 16)])


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of every stage that resamples."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the bootstrap")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, metavar="N", help="bootstrap resamples a figure")


def check_flags(arguments: argparse.Namespace) -> None:
    """Raise UserError unless the flags of `add_flags` can be used."""
    if arguments.seed < 0:
        raise UserError(f"--seed {arguments.seed}: expected an integer of at least 0")
    if arguments.resamples < FEWEST_RESAMPLES:
        raise UserError(f"--resamples {arguments.resamples}: expected at least {FEWEST_RESAMPLES}")
