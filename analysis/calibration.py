"""All calibration figures of a set of answers with their intervals: what `results/calibration` holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import calibration_bins as binned
from analysis import discrimination, scoring_rules
from analysis.confidence_counts import Counts, Floats, calibrated_counts, coarsened, count, resampled_counts
from analysis.intervals import Interval, mean_interval
from analysis.resampling import LEVEL, RESAMPLES, percentile_interval
from analysis.smooth_calibration import smooth_ece, smooth_ece_at

BINS = (10, 15)  # 10 as most reports, 15 as Guo et al. 2017
DIAGRAM_BINS = 10
COVERAGES = (50, 80, 90, 95)
SHARE = (0.0, 1.0)
MANY_VALUES = 1_000  # merging more moves an interval's end by less than 0.001 and saves nine tenths of the time

METRICS = (
    "accuracy", "mean_confidence", "overconfidence", "ece_equal_width_10", "ece_equal_mass_10", "ece_equal_width_15",
    "ece_equal_mass_15", "mce_equal_width_10", "rms_equal_width_10", "squared_ece_debiased", "smooth_ece", "brier",
    "brier_reliability", "brier_resolution", "brier_uncertainty", "brier_within_bin", "log_loss", "auroc", "aurc",
    "accuracy_at_coverage_50", "accuracy_at_coverage_80", "accuracy_at_coverage_90", "accuracy_at_coverage_95",
    "distinct_confidences",
)  # fmt: skip
"""The metrics in the table's order."""

Measure = Callable[[Counts], Floats]


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95% interval; None where it is undefined."""

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ReliabilityBin:
    """A bin of the reliability diagram, [low, high): its answers and the interval of their accuracy."""

    low: float
    high: float
    n: int
    mean_confidence: float | None
    accuracy: Interval


def calibration_estimates(
    confidence: Floats,
    correct: Floats,
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[Estimate]:
    """Every calibration figure, in the table's order, with cluster-bootstrap intervals (percentiles).

    Errors that are 0 for perfect calibration (ECE, MCE, RMS, smooth ECE) cannot fall below 0, and chance lifts them;
    resampling lifts them once more. Their interval is therefore the hull of the percentile and the basic bootstrap
    interval, and begins at 0 where the error does not exceed the 97.5% quantile under perfect calibration
    (consistency resampling). Bins and the bandwidth of the smooth ECE are held as in the sample; more than
    MANY_VALUES distinct confidences are merged with their neighbours, for the resamples alone. Means over answers
    (accuracy, Brier score, log loss, ...) have the clustered interval of `mean_interval` instead.

    Args:
        confidence: from 0 to 1, one a response.
        correct: 0 or 1.
        clusters: each response's cluster, codes from 0 on; the responses to one item must share one.

    Returns:
        No responses: all values None. One cluster, or figures that cannot vary between resamples: no interval.
    """
    counts = count(confidence, correct)
    coarse = coarsened(confidence, MANY_VALUES)
    coarse_counts = count(coarse, correct)
    plain, errors = plain_measures(coarse_counts), error_measures(coarse_counts)
    draws = _evaluate(plain | errors, resampled_counts(coarse, correct, clusters, resamples, rng))
    perfect = _evaluate(errors, calibrated_counts(coarse_counts, resamples, rng))
    estimates = _mean_estimates(confidence, correct, clusters)
    if coarse is not confidence:
        plain, errors = plain_measures(counts), error_measures(counts)
    for metric, measure in (plain | errors).items():
        value = _defined(measure(counts))
        low, high = (None, None) if value is None else percentile_interval(draws[metric])
        if metric in perfect and value is not None and low is not None and high is not None:
            low, high = _error_interval(value, low, high, perfect[metric])
        estimates[metric] = Estimate(metric, value, low, high)
    distinct = len(counts.values) / len(confidence) if len(confidence) else None
    estimates["distinct_confidences"] = Estimate("distinct_confidences", distinct)
    return [estimates[metric] for metric in METRICS]


def reliability_bins(
    confidence: Floats, correct: Floats, clusters: NDArray[np.int64], bins: int = DIAGRAM_BINS
) -> list[ReliabilityBin]:
    """The equal-width bins of the reliability diagram, empty ones among them; accuracy with a clustered interval."""
    count(confidence, correct)  # checks the scale
    binning = binned.equal_width(confidence, bins)
    found = []
    for code, (low, high) in enumerate(zip(binning.low.tolist(), binning.high.tolist(), strict=True)):
        inside = binning.codes == code
        accuracy = mean_interval(correct[inside], clusters[inside], bounds=SHARE)
        mean = float(confidence[inside].mean()) if accuracy.n_items else None
        found.append(ReliabilityBin(low, high, accuracy.n_items, mean, accuracy))
    assert sum(each.n for each in found) == len(confidence), "a response lies in no bin or in two"
    return found


def plain_measures(counts: Counts) -> dict[str, Measure]:
    """Figures as functions of counts, of the sample or of resamples, with the bins of `counts`."""
    plain: dict[str, Measure] = {
        "squared_ece_debiased": _binned(binned.debiased_squared_ece, binned.equal_mass(counts, DIAGRAM_BINS)),
        "auroc": discrimination.auroc,
        "aurc": discrimination.aurc,
    }
    width = binned.equal_width(counts.values, DIAGRAM_BINS)
    parts = {
        f"brier_{part}": _murphy(part, width) for part in ("reliability", "resolution", "uncertainty", "within_bin")
    }
    at_coverage = {f"accuracy_at_coverage_{percent}": _at_coverage(percent) for percent in COVERAGES}
    return plain | parts | at_coverage


def error_measures(counts: Counts) -> dict[str, Measure]:
    """Those figures that are 0 for perfect calibration and biased upwards; bandwidth and bins from `counts`."""
    found: dict[str, Measure] = {}
    for bins in BINS:
        width, mass = binned.equal_width(counts.values, bins), binned.equal_mass(counts, bins)
        found[f"ece_equal_width_{bins}"] = _binned(binned.ece, width)
        found[f"ece_equal_mass_{bins}"] = _binned(binned.ece, mass)
    width = binned.equal_width(counts.values, DIAGRAM_BINS)
    found[f"mce_equal_width_{DIAGRAM_BINS}"] = _binned(binned.mce, width)
    found[f"rms_equal_width_{DIAGRAM_BINS}"] = _binned(binned.rms_calibration_error, width)
    smooth = smooth_ece(counts)
    bandwidth = smooth[1] if smooth else 1.0
    found["smooth_ece"] = lambda drawn: smooth_ece_at(drawn, bandwidth)
    return found


def _mean_estimates(confidence: Floats, correct: Floats, clusters: NDArray[np.int64]) -> dict[str, Estimate]:
    right = mean_interval(correct, clusters, bounds=SHARE)
    estimates = {"accuracy": Estimate("accuracy", right.value, right.low, right.high)}
    scores = {
        "mean_confidence": (confidence, SHARE),
        "overconfidence": (confidence - correct, (-1.0, 1.0)),
        "brier": (scoring_rules.squared_errors(confidence, correct), SHARE),
        "log_loss": (scoring_rules.log_losses(confidence, correct), (0.0, -math.log(scoring_rules.LOG_LOSS_CLIP))),
    }
    for metric, (score, (least, greatest)) in scores.items():
        mean = mean_interval(score, clusters)
        low, high = (mean.low, mean.high) if mean.std_error else (None, None)
        low = None if low is None else max(low, least)
        estimates[metric] = Estimate(metric, mean.value, low, None if high is None else min(high, greatest))
    return estimates


def _binned(error: Callable[[binned.BinSums], Floats], binning: binned.Binning) -> Measure:
    return lambda drawn: error(binned.bin_sums(drawn, binning))


def _murphy(part: str, binning: binned.Binning) -> Measure:
    def measure(drawn: Counts) -> Floats:
        found: Floats = getattr(binned.murphy(drawn, binning), part)
        return found

    return measure


def _at_coverage(percent: int) -> Measure:
    return lambda drawn: discrimination.accuracy_at_coverage(drawn, percent)


def _evaluate(figures: Mapping[str, Measure], chunks: Iterable[Counts]) -> dict[str, Floats]:
    """Each measure over all resamples; empty for none."""
    draws: dict[str, list[Floats]] = {metric: [np.empty(0)] for metric in figures}
    for chunk in chunks:
        for metric, measure in figures.items():
            draws[metric].append(measure(chunk))
    return {metric: np.concatenate(parts) for metric, parts in draws.items()}


def _error_interval(value: float, low: float, high: float, perfect: Floats) -> tuple[float, float]:
    from_chance = float(np.quantile(perfect, (1 + LEVEL) / 2))
    low, high = min(low, 2 * value - high), max(high, 2 * value - low)
    return (0.0 if value <= from_chance else max(0.0, low)), min(1.0, high)


def _defined(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)
