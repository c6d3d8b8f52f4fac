"""What the noise of a paired comparison is made of, estimated from scored responses (Miller 2024, arXiv 2411.00640)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import clustered_std_error, mean_of


@dataclass(frozen=True)
class VarianceParts:
    """omega^2, the variance of the items' true differences; sigma_A^2 + sigma_B^2, within items; of clusters, gamma.

    n items in clusters like these, asked K times of either model, give the difference of the two means a variance of
    (omega^2 + gamma + (sigma_A^2 + sigma_B^2)/K) / n. gamma is the covariance of items of one cluster, summed over an
    item's companions; below 0 where they move against each other.
    """

    between: float
    within: float
    clustering: float = 0.0

    def of_one_item(self, runs: float) -> float:
        """n times the variance of the difference: omega^2 + gamma + (sigma_A^2 + sigma_B^2)/K."""
        return max(0.0, self.between + self.clustering) + self.within / runs

    def design_effect(self, runs: float) -> float | None:
        """How many times the items that clusters make necessary: the variance with and without gamma; None for 0/0."""
        plain = self.between + self.within / runs
        return self.of_one_item(runs) / plain if plain else None


def assumed_parts(accuracy: float, correlation: float, run_share: float, design_effect: float = 1.0) -> VarianceParts:
    """The parts of two models of one accuracy p.

    Of an answer's variance p(1-p) the share w is between the runs of an item, the rest between items; the rates of the
    two models over items correlate with r: omega^2 = 2 (1-w) p(1-p) (1-r), sigma^2 = w p(1-p) each. Clusters make
    the variance at one run `design_effect` times as great.

    Args:
        accuracy: p, 0 to 1.
        correlation: r, -1 to 1.
        run_share: w, 0 to 1.
        design_effect: at least 0; 1 for no clusters.
    """
    spread = accuracy * (1 - accuracy)
    between = 2 * (1 - run_share) * spread * (1 - correlation)
    within = 2 * run_share * spread
    return VarianceParts(between, within, (design_effect - 1) * (between + within))


def estimated_parts(
    baseline: NDArray[np.int64], model: NDArray[np.int64], n_runs: int, clusters: NDArray[np.int64], run_share: float
) -> VarianceParts | None:
    """The parts from the shared items and runs of two models, without bias but for the bound at 0.

    sigma^2 = mean of K/(K-1) p_i (1-p_i), over items; omega^2 = Var(d_i) - (sigma_A^2 + sigma_B^2)/K;
    gamma = n SE^2 - Var(d_i) with the clustered SE. One run cannot tell sigma^2 from omega^2: the share `run_share`
    of each model's p(1-p) is then taken for sigma^2.

    Args:
        baseline: of each item, the number of runs that score 1.
        model: the same of the other model.
        n_runs: K, at least 1.
        clusters: each item's cluster.
        run_share: what to assume for one run, 0 to 1.

    Returns:
        None for fewer than two items or two clusters, of which no variance can be told.
    """
    rates = (baseline / n_runs, model / n_runs)
    deltas = rates[1] - rates[0]
    error = clustered_std_error(deltas, clusters)
    if error is None:
        return None
    spread = math.fsum(((deltas - mean_of(deltas)) ** 2).tolist()) / (len(deltas) - 1)
    if n_runs > 1:
        within = math.fsum(n_runs / (n_runs - 1) * mean_of(rate * (1 - rate)) for rate in rates)
    else:
        within = min(spread, run_share * math.fsum(mean_of(rate) * (1 - mean_of(rate)) for rate in rates))
    between = max(0.0, spread - within / n_runs)
    return VarianceParts(between, within, len(deltas) * error**2 - spread)


def one_model_parts(
    scores: NDArray[np.int64], n_runs: int, correlation: float, run_share: float
) -> VarianceParts | None:
    """The parts for comparing a model with another like it, whose rates over items would correlate with `correlation`.

    omega^2 = 2 (1-r) Var(x), sigma^2 the same for both; clusters are those of no pair of models, so gamma is 0. None
    for fewer than two items.
    """
    if len(scores) < 2:
        return None
    rates = scores / n_runs
    mean = mean_of(rates)
    spread = math.fsum(((rates - mean) ** 2).tolist()) / (len(rates) - 1)
    if n_runs > 1:
        within = n_runs / (n_runs - 1) * mean_of(rates * (1 - rates))
    else:
        within = min(spread, run_share * mean * (1 - mean))
    return VarianceParts(2 * (1 - correlation) * max(0.0, spread - within / n_runs), 2 * within)


def pooled(parts: Sequence[VarianceParts]) -> VarianceParts:
    """The mean of the parts of several pairs of models; there must be one at least."""
    n = len(parts)
    return VarianceParts(
        math.fsum(each.between for each in parts) / n,
        math.fsum(each.within for each in parts) / n,
        math.fsum(each.clustering for each in parts) / n,
    )
