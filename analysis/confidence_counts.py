"""How many responses stated each confidence and how many of them were right: all that any calibration figure needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.resampling import cluster_weights

Floats = NDArray[np.float64]
CHUNK_CELLS = 500_000  # resamples x clusters, or x confidences, worked on at a time: 4 MB an array
MANY_VALUES = 500  # merging more moves an interval's end by 0.002 at most (MCE's by 0.008) and saves most of the time


@dataclass(frozen=True)
class Counts:
    """Responses by confidence. The last axis of `n` and `right` runs over `values`; those before it are resamples."""

    values: Floats
    """The distinct confidences, ascending."""
    n: Floats
    right: Floats

    @property
    def total(self) -> Floats:
        """The number of responses."""
        return _sum(self.n)

    @property
    def total_right(self) -> Floats:
        """The number of right responses."""
        return _sum(self.right)


@dataclass(frozen=True)
class Sample:
    """Responses as they were given: one entry a response in each array."""

    confidence: Floats
    """From 0 to 1."""
    correct: Floats
    """0 or 1."""
    clusters: NDArray[np.int64]
    """Codes from 0 on; the responses to one item must share one."""

    @cached_property
    def counts(self) -> Counts:
        """The counts of the sample; raises ValueError for another scale."""
        return count(self.confidence, self.correct)


@dataclass(frozen=True)
class Resampled:
    """Cluster-bootstrap resamples of a sample, drawn once for all figures."""

    counts: Counts
    """The sample's own counts, with the confidences that the resamples have."""
    chunks: Sequence[Counts]
    exact: bool
    """Whether no confidences were merged."""

    @property
    def number(self) -> int:
        """How many resamples there are."""
        return sum(len(chunk.n) for chunk in self.chunks)


def resampled(sample: Sample, resamples: int, rng: np.random.Generator, most_values: int = MANY_VALUES) -> Resampled:
    """So many resamples of a sample; more distinct confidences than `most_values` are merged with their neighbours."""
    coarse = coarsened(sample.confidence, most_values)
    chunks = list(resampled_counts(coarse, sample.correct, sample.clusters, resamples, rng))
    return Resampled(count(coarse, sample.correct), chunks, coarse is sample.confidence)


def count(confidence: Floats, correct: Floats) -> Counts:
    """The counts of a sample.

    Args:
        confidence: from 0 to 1, one a response.
        correct: 0 or 1, in the same order.

    Raises:
        ValueError: another scale (0 to 100, nan), or another length.
    """
    check_scale(confidence, correct)
    values, codes = np.unique(confidence, return_inverse=True)
    return Counts(values, _bincount(codes, len(values)), _bincount(codes, len(values), correct))


def counts_without(sample: Sample, codes: NDArray[np.int64], left_out: NDArray[np.bool_]) -> Counts:
    """The counts of a sample without some of its responses.

    Args:
        codes: the place of each response's confidence among the distinct ones.
    """
    kept, n_values = codes[~left_out], len(sample.counts.values)
    n, right = _bincount(kept, n_values), _bincount(kept, n_values, sample.correct[~left_out])
    there = n > 0
    return Counts(sample.counts.values[there], n[there], right[there])


def coarsened(confidence: Floats, groups: int) -> Floats:
    """The confidences in at most so many groups of neighbours of about equal size, each at the group's mean.

    Unchanged where there are no more distinct ones. Equal confidences stay together; the order is kept.
    """
    values, codes, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    if len(values) <= groups:
        return confidence
    group = ((np.cumsum(counts) - counts) * groups // len(confidence))[codes]
    sizes = np.bincount(group, minlength=groups)
    means = np.bincount(group, weights=confidence, minlength=groups) / np.maximum(sizes, 1)
    return np.asarray(np.clip(means, 0.0, 1.0)[group])


def resampled_counts(
    confidence: Floats, correct: Floats, clusters: NDArray[np.int64], resamples: int, rng: np.random.Generator
) -> Iterator[Counts]:
    """The counts of cluster-bootstrap resamples, in chunks; over all chunks there are `resamples` of them.

    How often each cluster was drawn, times what each cluster holds: no resample's responses are ever gathered.

    Args:
        clusters: each response's cluster, codes from 0 on.
    """
    from scipy.sparse import csr_array  # takes longer to load than all else, and diagrams do without it

    check_scale(confidence, correct)
    if not len(confidence):
        return
    values, codes = np.unique(confidence, return_inverse=True)
    n_clusters = int(clusters.max()) + 1
    shape = (len(values), n_clusters)
    held = csr_array((np.ones(len(codes)), (codes, clusters)), shape=shape)
    held_right = csr_array((correct, (codes, clusters)), shape=shape)
    step = max(1, CHUNK_CELLS // max(shape))
    for first in range(0, resamples, step):
        weights = cluster_weights(n_clusters, min(step, resamples - first), rng)
        times = np.ascontiguousarray(weights.T, dtype=np.float64)
        # Sums of whole numbers are exact in any order, so the same on every machine.
        yield Counts(values, _rows(held @ times), _rows(held_right @ times))


def calibrated_counts(counts: Counts, resamples: int, rng: np.random.Generator) -> Iterator[Counts]:
    """What would be right if each confidence were the true chance, in chunks: consistency resampling.

    Broecker & Smith 2007 (doi 10.1175/WAF993.1). Answers count as independent, clusters or not.
    """
    step = max(1, CHUNK_CELLS // max(1, len(counts.values)))
    for first in range(0, resamples, step):
        shape = (min(step, resamples - first), len(counts.values))
        right = rng.binomial(counts.n.astype(np.int64), counts.values, size=shape).astype(np.float64)
        yield Counts(counts.values, np.broadcast_to(counts.n, shape), right)


def check_scale(confidence: Floats, correct: Floats) -> None:
    """Raise ValueError unless confidences lie in 0..1, correctness is 0 or 1, and there are as many of each."""
    if len(confidence) != len(correct):
        raise ValueError(f"{len(confidence)} confidences, {len(correct)} answers")
    if not np.all((confidence >= 0) & (confidence <= 1)):
        raise ValueError("a confidence outside 0..1 (percentages must be divided by 100)")
    if not np.all((correct == 0) | (correct == 1)):
        raise ValueError("correctness must be 0 or 1")


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator; nan where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    result: Floats = np.divide(numerator, denominator, out=np.full(shape, np.nan), where=denominator != 0)
    return result


def _rows(by_value: Floats) -> Floats:
    return np.ascontiguousarray(by_value.T)


def _sum(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=-1), dtype=np.float64)


def _bincount(codes: NDArray[np.int64], length: int, weights: Floats | None = None) -> Floats:
    return np.asarray(np.bincount(codes, weights=weights, minlength=length), dtype=np.float64)
