"""Binned calibration: equal-width and equal-mass bins, ECE, MCE, RMS, the debiased squared ECE, Murphy's parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.confidence_counts import Counts, Floats, ratio

# Confidences closer to an edge than this count as on it: 0.3 * 10 is 3 to a person, whatever the binary fraction.
EDGE_DIGITS = 9


@dataclass(frozen=True)
class Binning:
    """Bins [low, high), the last one closed. `codes` says in which bin each distinct confidence lies."""

    low: Floats
    high: Floats
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class BinSums:
    """What lies in each bin; the last axis runs over the bins, those before it over resamples."""

    n: Floats
    right: Floats
    confidence: Floats
    """The sum of the confidences."""

    @property
    def gap(self) -> Floats:
        """Accuracy - mean confidence; 0 in an empty bin."""
        return np.nan_to_num(ratio(self.right - self.confidence, self.n))

    @property
    def share(self) -> Floats:
        """The bin's share of the responses; nan for no responses."""
        return ratio(self.n, self.n.sum(axis=-1, keepdims=True))


def equal_width(values: Floats, bins: int) -> Binning:
    """Bins of width 1/bins: [a, b), the last closed, with edges as exact decimals (floor of round(c * bins, 9)).

    0.3, 0.6 and 0.7 lie below numpy's `linspace` edges by the last bit; here they open their bins.
    """
    codes = np.floor(np.round(values * bins, EDGE_DIGITS)).astype(np.int64)
    edges = np.arange(bins + 1) / bins
    return Binning(edges[:-1], edges[1:], np.minimum(codes, bins - 1))


def equal_mass(counts: Counts, bins: int) -> Binning:
    """Bins [a, b), the last closed, whose inner edges are the k/bins quantiles of the sample (linear interpolation).

    Equal confidences stay together whatever the order of the responses; edges that coincide are one, so that there
    may be fewer bins, of unequal mass. Where 1 is a quantile too, the answers at 1 are a bin of their own.
    """
    total = int(counts.total)
    if not total:
        return equal_width(counts.values, 1)
    ranks = np.arange(1, bins) * (total - 1)
    last_of_value = np.cumsum(counts.n) - 1
    below = counts.values[np.searchsorted(last_of_value, ranks // bins)]
    above = counts.values[np.searchsorted(last_of_value, np.minimum(ranks // bins + 1, total - 1))]
    inner = np.unique(below + (above - below) * (ranks % bins) / bins)
    edges = np.concatenate([[0.0], inner[inner > 0], [1.0]])
    codes = np.minimum(np.searchsorted(edges, counts.values, side="right") - 1, len(edges) - 2)
    return Binning(edges[:-1], edges[1:], codes)


def distinct_values(values: Floats) -> Binning:
    """A bin for each distinct confidence."""
    return Binning(values, values, np.arange(len(values)))


def bin_sums(counts: Counts, binning: Binning) -> BinSums:
    """What lies in each bin of a sample, or of each resample; the bins' n add up to the number of responses."""
    sums = BinSums(
        _by_bin(counts.n, binning),
        _by_bin(counts.right, binning),
        _by_bin(counts.n * counts.values, binning),
    )
    assert np.array_equal(sums.n.sum(axis=-1), counts.total), "a response lies in no bin or in two"
    return sums


def ece(sums: BinSums) -> Floats:
    """Expected calibration error, sum_b n_b/N |acc_b - conf_b| (Naeini et al. 2015; Guo et al. 2017); 0 to 1.

    conf_b is the mean confidence in the bin, not its centre. It is biased upwards, most for a well calibrated model
    and many bins (Roelofs et al. 2022). No responses: nan.
    """
    return _total(sums.share * np.abs(sums.gap))


def mce(sums: BinSums) -> Floats:
    """Maximum calibration error, the greatest |acc_b - conf_b| of a bin that is not empty; 0 to 1; nan for none."""
    greatest = np.abs(sums.gap).max(axis=-1, initial=0.0)
    return np.where(sums.n.sum(axis=-1) > 0, greatest, np.nan)


def rms_calibration_error(sums: BinSums) -> Floats:
    """sqrt(sum_b n_b/N (acc_b - conf_b)^2) (Hendrycks et al. 2019); 0 to 1; nan for no responses."""
    return np.sqrt(_total(sums.share * sums.gap**2))


def debiased_squared_ece(sums: BinSums) -> Floats:
    """sum_b n_b/N [(acc_b - conf_b)^2 - acc_b (1 - acc_b)/(n_b - 1)] (Kumar et al. 2019); -1/4 to 1.

    On the scale of the squared error; below 0 where the gaps are smaller than chance makes them. A bin of one
    response counts 0. No responses: nan.
    """
    accuracy = np.nan_to_num(ratio(sums.right, sums.n))
    chance = np.nan_to_num(ratio(accuracy * (1 - accuracy), sums.n - 1))
    return _total(np.where(sums.n >= 2, np.nan_to_num(sums.share) * (sums.gap**2 - chance), 0.0)) + _nan_if_none(sums)


@dataclass(frozen=True)
class Murphy:
    """Brier = reliability - resolution + uncertainty + within_bin, exactly; each an array over resamples."""

    reliability: Floats
    """sum_b n_b/N (conf_b - acc_b)^2; 0 is perfect."""
    resolution: Floats
    """sum_b n_b/N (acc_b - acc)^2; the greater, the better the bins tell right from wrong."""
    uncertainty: Floats
    """acc (1 - acc); not the model's confidence but the difficulty."""
    within_bin: Floats
    """Variance of the confidence within bins, less twice its covariance with being right; 0 for distinct values."""


def murphy(counts: Counts, binning: Binning) -> Murphy:
    """The Brier score's parts (Murphy 1973), with what binning leaves within bins (Stephenson et al. 2008).

    No responses: nan. One class: resolution and uncertainty 0.
    """
    sums = bin_sums(counts, binning)
    mean_confidence, accuracy = np.nan_to_num(ratio(sums.confidence, sums.n)), np.nan_to_num(ratio(sums.right, sums.n))
    overall = ratio(counts.total_right, counts.total)
    deviation = counts.values - mean_confidence[..., binning.codes]
    excess = counts.right - counts.n * accuracy[..., binning.codes]
    within = (counts.n * deviation**2 - 2 * excess * deviation).sum(axis=-1)
    return Murphy(
        reliability=_total(sums.share * sums.gap**2),
        resolution=_total(sums.share * (accuracy - overall[..., np.newaxis]) ** 2),
        uncertainty=overall * (1 - overall),
        within_bin=ratio(np.asarray(within), counts.total),
    )


def _by_bin(values: Floats, binning: Binning) -> Floats:
    """Sums over the values of each bin; confidences ascend, so a bin's values stand side by side."""
    sums = np.zeros((*values.shape[:-1], len(binning.low)))
    used, starts = np.unique(binning.codes, return_index=True)
    if len(used):
        sums[..., used] = np.add.reduceat(values, starts, axis=-1)
    return sums


def _total(parts: Floats) -> Floats:
    return np.asarray(parts.sum(axis=-1), dtype=np.float64)


def _nan_if_none(sums: BinSums) -> Floats:
    return np.where(sums.n.sum(axis=-1) > 0, 0.0, np.nan)
