"""Who stands where, and how sure that is: overall scores, ranks with their ranges, and pairwise comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import Floats
from analysis.resampling import LEVEL
from leaderboard.bootstrap import Scores, calibration_interval, interval, weighted_mean
from leaderboard.dimensions import DIMENSIONS
from leaderboard.scores import Evidence
from leaderboard.shared import Basis
from utils.tables import rounded

DECIMALS = 10  # scores are compared to this many: equal ones may differ in the last bits of a sum
FEWEST_CLUSTERS = 2  # one cluster shows nothing of how clusters differ


@dataclass(frozen=True)
class Estimate:
    """A score in [0, 1] with its interval and what it rests on; None where undefined.

    `n` counts items (answers, for calibration), `n_clusters` the clusters they lie in.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_clusters: int


@dataclass(frozen=True)
class Standing:
    """One model's scores and rank; the rank is None when there is no overall score."""

    model: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    overall: Estimate
    dimensions: Mapping[str, Estimate]


@dataclass(frozen=True)
class Comparison:
    """How `model` compares with `other` overall: the shares of resamples where it is better and equal."""

    model: str
    other: str
    better: float
    tied: float
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ranking:
    """All standings in order, all ordered pairs of models, and the dimensions that the overall score is made of."""

    standings: tuple[Standing, ...]
    comparisons: tuple[Comparison, ...]
    dimensions: tuple[str, ...]


def rank_models(
    evidence: Evidence, scores: Scores, bases: Mapping[str, Basis], weights: Mapping[str, float]
) -> Ranking:
    """Standings by rank, then model name.

    The overall score is the weighted mean of the dimensions that have a weight, are comparable, and that every model
    has.
    """
    used = tuple(name for name in comparable_dimensions(scores.values, bases) if weights[name] > 0)
    estimates = [
        {name: _estimate(evidence, scores, model, name) for name in DIMENSIONS} for model in range(len(evidence.models))
    ]
    if not used:
        nothing = Estimate(None, None, None, 0, 0)
        unranked = zip(evidence.models, estimates, strict=True)
        return Ranking(tuple(Standing(model, None, None, None, nothing, own) for model, own in unranked), (), ())
    own_weights = [weights[name] for name in used]
    values = weighted_mean(scores.values, used, own_weights)
    replicates = weighted_mean(scores.replicates, used, own_weights)
    sure = all(own[name].n_clusters >= FEWEST_CLUSTERS for own in estimates for name in used)
    replicates = replicates[~np.isnan(replicates).any(axis=1)] if sure else replicates[:0]
    ranks = best_ranks(values[np.newaxis])[0]
    ranges = rank_ranges(values, replicates)
    standings = [
        Standing(model, int(rank), low, high, _overall(value, drawn, own, used), own)
        for model, rank, (low, high), value, drawn, own in zip(
            evidence.models, ranks, ranges, values.tolist(), replicates.T, estimates, strict=True
        )
    ]
    standings.sort(key=lambda standing: (standing.rank or 0, standing.model))
    return Ranking(tuple(standings), _comparisons(evidence.models, values, replicates), used)


def comparable_dimensions(values: Floats, bases: Mapping[str, Basis]) -> tuple[str, ...]:
    """The dimensions that are comparable and that every model (row of `values`) has."""
    return tuple(
        name for index, name in enumerate(DIMENSIONS) if bases[name].comparable and not np.isnan(values[:, index]).any()
    )


def best_ranks(overall: Floats) -> NDArray[np.int64]:
    """By row, 1 + the number of models that are better; equal models share the smaller rank."""
    ranks = np.ones(overall.shape, dtype=np.int64)
    compared = np.round(overall, DECIMALS)
    for other in range(overall.shape[1]):
        ranks += compared[:, other : other + 1] > compared
    return ranks


def worst_ranks(overall: Floats) -> NDArray[np.int64]:
    """By row, the number of models that are better or equal, itself among them."""
    ranks = np.zeros(overall.shape, dtype=np.int64)
    compared = np.round(overall, DECIMALS)
    for other in range(overall.shape[1]):
        ranks += compared[:, other : other + 1] >= compared
    return ranks


def rank_ranges(values: Floats, replicates: Floats) -> list[tuple[int, int]]:
    """Each model's least and greatest plausible rank: 1 + the models surely better, and all but those surely worse.

    A model is surely better or worse where an interval of their difference excludes 0. The intervals of a model hold
    for its differences to all others at once, at `LEVEL`: half-width c_j SE_jk, c_j the quantile over the resamples of
    max_k |d*_jk - d_jk| / SE_jk (Mogstad, Romano, Shaikh & Wilhelm 2024, "Inference for Ranks"). The ranks of the
    resamples themselves would not do: among models equally good their percentiles leave true ranks out.
    No resamples: all ranks are plausible.
    """
    n_models = len(values)
    if not len(replicates):
        return [(1, n_models)] * n_models
    compared = np.round(values, DECIMALS)
    ranges = []
    for model in range(n_models):
        ahead = np.round(compared[model] - compared, DECIMALS)
        moved = np.round(replicates[:, model : model + 1] - replicates, DECIMALS) - ahead
        errors = np.sqrt((moved**2).mean(axis=0))
        scaled = np.divide(np.abs(moved), errors, out=np.zeros_like(moved), where=errors > 0)
        reach = float(np.quantile(scaled.max(axis=1), LEVEL, method="inverted_cdf")) * errors
        ranges.append((1 + int((-ahead > reach).sum()), n_models - int((ahead > reach).sum())))
    return ranges


def _estimate(evidence: Evidence, scores: Scores, model: int, dimension: str) -> Estimate:
    column = DIMENSIONS.index(dimension)
    value = float(scores.values[model, column])
    n, n_clusters = int(evidence.counts(dimension)[model]), int(evidence.clusters(dimension)[model])
    if np.isnan(value):
        return Estimate(None, None, None, n, n_clusters)
    if n_clusters < FEWEST_CLUSTERS:
        bounds = None
    elif dimension == "calibration":
        bounds = calibration_interval(value, scores.plain_calibration[:, model])
    else:
        bounds = interval(value, scores.replicates[:, model, column])
    low, high = bounds or (None, None)
    return Estimate(rounded(value), rounded(low), rounded(high), n, n_clusters)


def _overall(value: float, replicates: Floats, own: Mapping[str, Estimate], used: Sequence[str]) -> Estimate:
    low, high = interval(float(value), replicates) or (None, None)
    n, n_clusters = (min(getattr(own[name], field) for name in used) for field in ("n", "n_clusters"))
    return Estimate(rounded(float(value)), rounded(low), rounded(high), n, n_clusters)


def _comparisons(models: Sequence[str], values: Floats, replicates: Floats) -> tuple[Comparison, ...]:
    """Every ordered pair of models, sorted by name; none without resamples."""
    found = []
    pairs = [(a, b) for a in range(len(models)) for b in range(len(models)) if a != b] if len(replicates) else []
    for a, b in pairs:
        difference = round(float(values[a] - values[b]), DECIMALS)
        drawn = np.round(replicates[:, a] - replicates[:, b], DECIMALS)
        low, high = interval(difference, drawn) or (None, None)
        better, tied = float((drawn > 0).mean()), float((drawn == 0).mean())
        found.append(Comparison(models[a], models[b], better, tied, difference, rounded(low), rounded(high)))
    return tuple(found)
