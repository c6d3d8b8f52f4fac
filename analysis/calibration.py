"""All calibration figures of a set of answers with their intervals: what `results/calibration` holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis import calibration_bins as binned
from analysis import scoring_rules
from analysis.calibration_figures import (
    DIAGRAM_BINS,
    Figures,
    ece_figure,
    error_figures,
    over_resamples,
    plain_figures,
)
from analysis.confidence_counts import (
    Counts,
    Floats,
    Resampled,
    Sample,
    calibrated_counts,
    check_scale,
    resampled,
)
from analysis.intervals import Interval, mean_interval
from analysis.recalibration import isotonic, out_of_fold, platt
from analysis.resampling import LEVEL, percentile_interval

SHARE = (0.0, 1.0)
LOG_LOSSES = (0.0, -math.log(scoring_rules.LOG_LOSS_CLIP))
CHANGE = (-1.0, 1.0)
NO_DRAWS: Floats = np.empty(0)
RECALIBRATIONS = {"isotonic": isotonic, "platt": platt}
FOLDS_SEED = 0  # a constant: both maps have the same folds, and no value depends on `--seed`
RECALIBRATED_VALUES = 100  # distinct recalibrated confidences that the resamples tell apart, for their ECE alone

METRICS = (
    "accuracy", "mean_confidence", "overconfidence", "ece_equal_width_10", "ece_equal_mass_10", "ece_equal_width_15",
    "ece_equal_mass_15", "mce_equal_width_10", "rms_equal_width_10", "squared_ece_debiased", "smooth_ece", "brier",
    "brier_reliability", "brier_resolution", "brier_uncertainty", "brier_within_bin", "log_loss", "auroc", "aurc",
    "accuracy_at_coverage_50", "accuracy_at_coverage_80", "accuracy_at_coverage_90", "accuracy_at_coverage_95",
    "distinct_confidences", "ece_isotonic", "brier_isotonic", "brier_gain_isotonic", "log_loss_isotonic",
    "ece_platt", "brier_platt", "brier_gain_platt", "log_loss_platt",
)  # fmt: skip
"""The metrics in the table's order."""


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


def calibration_estimates(sample: Sample, resamples: Resampled, rng: np.random.Generator) -> list[Estimate]:
    """Every calibration figure, in the table's order, with cluster-bootstrap intervals (percentiles).

    Errors that are 0 for perfect calibration (ECE, MCE, RMS, smooth ECE) cannot fall below 0, and chance lifts them;
    resampling lifts them once more. Their interval is therefore the hull of the percentile and the basic bootstrap
    interval, and begins at 0 where the error does not exceed the 97.5% quantile under perfect calibration
    (consistency resampling). Bins and the bandwidth of the smooth ECE are held as in the sample. Means over answers
    (accuracy, Brier score, log loss, ...) have the clustered interval of `mean_interval` instead.

    Figures that end in `isotonic` or `platt` are those after recalibration, on answers that the map was not fitted
    on; `brier_gain_...` is the Brier score that it takes away. Their intervals hold the maps as they are.

    Args:
        resamples: of this sample, as from `resampled`.

    Returns:
        No responses: all values None. One cluster, or figures that cannot vary between resamples: no interval; one
        cluster: nothing after recalibration.
    """
    counts = sample.counts
    estimates = _mean_estimates(sample)
    values, draws, _ = _bootstrapped(plain_figures, counts, resamples)
    for metric, value in values.items():
        low, high = (None, None) if value is None else percentile_interval(draws.get(metric, NO_DRAWS))
        estimates[metric] = Estimate(metric, value, low, high)
    estimates |= _error_estimates(error_figures, counts, resamples, rng)
    distinct = len(counts.values) / len(sample.confidence) if len(sample.confidence) else None
    estimates["distinct_confidences"] = Estimate("distinct_confidences", distinct)
    for name in RECALIBRATIONS:
        estimates |= _recalibrated_estimates(name, sample, resamples.number, rng)
    return [estimates[metric] for metric in METRICS]


def reliability_bins(sample: Sample, bins: int = DIAGRAM_BINS) -> list[ReliabilityBin]:
    """The equal-width bins of the reliability diagram, empty ones among them; accuracy with a clustered interval."""
    confidence = sample.confidence
    check_scale(confidence, sample.correct)
    binning = binned.equal_width(confidence, bins)
    found = []
    for code, (low, high) in enumerate(zip(binning.low.tolist(), binning.high.tolist(), strict=True)):
        inside = binning.codes == code
        accuracy = mean_interval(sample.correct[inside], sample.clusters[inside], bounds=SHARE)
        mean = float(confidence[inside].mean()) if accuracy.n_items else None
        found.append(ReliabilityBin(low, high, accuracy.n_items, mean, accuracy))
    assert sum(each.n for each in found) == len(confidence), "a response lies in no bin or in two"
    return found


def _mean_estimates(sample: Sample) -> dict[str, Estimate]:
    confidence, correct = sample.confidence, sample.correct
    right = mean_interval(correct, sample.clusters, bounds=SHARE)
    scores = {
        "mean_confidence": (confidence, SHARE),
        "overconfidence": (confidence - correct, CHANGE),
        "brier": (scoring_rules.squared_errors(confidence, correct), SHARE),
        "log_loss": (scoring_rules.log_losses(confidence, correct), LOG_LOSSES),
    }
    return {"accuracy": Estimate("accuracy", right.value, right.low, right.high)} | {
        metric: _mean_estimate(metric, score, sample, bounds) for metric, (score, bounds) in scores.items()
    }


def _mean_estimate(metric: str, score: Floats, sample: Sample, bounds: tuple[float, float]) -> Estimate:
    """A mean over responses whose scores say nothing of chance where they are all equal: no interval then."""
    mean = mean_interval(score, sample.clusters)
    if not mean.std_error or mean.low is None or mean.high is None:
        return Estimate(metric, mean.value)
    return Estimate(metric, mean.value, max(mean.low, bounds[0]), min(mean.high, bounds[1]))


def _recalibrated_estimates(name: str, sample: Sample, resamples: int, rng: np.random.Generator) -> dict[str, Estimate]:
    """The figures after recalibration, judged out of fold; None where there is nothing to fit on."""
    found = out_of_fold(sample, RECALIBRATIONS[name], np.random.default_rng(FOLDS_SEED))
    if found is None:
        return {metric: Estimate(metric, None) for metric in METRICS if metric.endswith(f"_{name}")}
    after = Sample(found, sample.correct, sample.clusters)
    error, error_after = (scoring_rules.squared_errors(each.confidence, each.correct) for each in (sample, after))
    scores = {
        f"brier_{name}": (error_after, SHARE),
        f"brier_gain_{name}": (error - error_after, CHANGE),
        f"log_loss_{name}": (scoring_rules.log_losses(found, sample.correct), LOG_LOSSES),
    }
    estimates = {metric: _mean_estimate(metric, score, after, bounds) for metric, (score, bounds) in scores.items()}
    drawn = resampled(after, resamples, rng, RECALIBRATED_VALUES)
    return estimates | _error_estimates(partial(ece_figure, name=f"ece_{name}"), after.counts, drawn, rng)


def _error_estimates(
    make: Callable[[Counts], Figures], counts: Counts, resamples: Resampled, rng: np.random.Generator
) -> dict[str, Estimate]:
    """Estimates of figures that are 0 for perfect calibration, with their one-sided hull."""
    values, draws, figures = _bootstrapped(make, counts, resamples)
    perfect = over_resamples(figures, calibrated_counts(resamples.counts, resamples.number, rng))
    found = {}
    for metric, value in values.items():
        low, high = (None, None) if value is None else percentile_interval(draws.get(metric, NO_DRAWS))
        if value is not None and low is not None and high is not None:
            low, high = _error_interval(value, low, high, perfect[metric])
        found[metric] = Estimate(metric, value, low, high)
    return found


def _bootstrapped(
    make: Callable[[Counts], Figures], counts: Counts, resamples: Resampled
) -> tuple[dict[str, float | None], dict[str, Floats], Figures]:
    """The figures' values on the sample, their draws, and the figures with which these were drawn."""
    figures = make(resamples.counts)
    exact = figures if resamples.exact else make(counts)
    values = {metric: _defined(value) for metric, value in exact(counts).items()}
    return values, over_resamples(figures, resamples.chunks), figures


def _error_interval(value: float, low: float, high: float, perfect: Floats) -> tuple[float, float]:
    from_chance = float(np.quantile(perfect, (1 + LEVEL) / 2))
    low, high = min(low, 2 * value - high), max(high, 2 * value - low)
    return (0.0 if value <= from_chance else max(0.0, low)), min(1.0, high)


def _defined(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)
