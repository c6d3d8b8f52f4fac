"""Curves with bands: accuracy against stated confidence without bins, and accuracy against coverage."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.confidence_counts import Counts, Floats, Resampled, Sample, ratio
from analysis.discrimination import accuracy_at_coverages, n_kept
from analysis.resampling import percentile_intervals

GRID = np.arange(51) / 50
# Half the width of a bin of the reliability diagram, and the step in which models state a confidence.
BANDWIDTH = 0.05
REACH = BANDWIDTH  # further from every answer, the curve would only repeat the nearest one
PERCENTS = range(1, 101)


@dataclass(frozen=True)
class CurvePoint:
    """How often answers stated near this confidence were right; None where none was stated near."""

    stated: float
    accuracy: float | None
    low: float | None
    high: float | None
    density: float
    """Of the stated confidences; it integrates to 1 over 0..1."""


@dataclass(frozen=True)
class RiskPoint:
    """The accuracy of the n most confident answers, the share `coverage` of all that stated a confidence."""

    coverage: float
    n: int
    accuracy: float
    low: float | None
    high: float | None


def calibration_curve(sample: Sample, resamples: Resampled) -> list[CurvePoint]:
    """The smooth reliability curve on GRID, with a 95% pointwise band from the cluster bootstrap.

    Accuracy at t is sum_i K(t, c_i) y_i / sum_i K(t, c_i) (Nadaraya 1964; Watson 1964), K the Gaussian of standard
    deviation BANDWIDTH reflected at 0 and 1, as in the diagrams of Blasiok & Nakkiran 2023. The band is that of the
    smoothed curve: it allows for chance, not for what smoothing blurs. No responses: no points. No answer within
    REACH: accuracy None. Where resamples cannot differ (one cluster, all answers near right): no band.
    """
    counts = sample.counts
    if not len(counts.values):
        return []
    kernel = _kernel(counts.values)
    accuracy, density = _smoothed(counts, kernel), (counts.n[:, np.newaxis] * kernel).sum(axis=0) / counts.total
    near = np.abs(counts.values[:, np.newaxis] - GRID).min(axis=0) <= REACH + 1e-9
    merged = kernel if resamples.exact else _kernel(resamples.counts.values)
    draws = np.concatenate([_smoothed(chunk, merged) for chunk in resamples.chunks])
    points = []
    for at, (stated, interval) in enumerate(zip(GRID.tolist(), percentile_intervals(draws), strict=True)):
        low, high = interval if near[at] else (None, None)
        points.append(CurvePoint(stated, float(accuracy[at]) if near[at] else None, low, high, float(density[at])))
    return points


def risk_coverage(sample: Sample, resamples: Resampled) -> list[RiskPoint]:
    """The accuracy of the 1, 2, ... 100 % most confident answers, with 95% intervals from the cluster bootstrap.

    Each point is `accuracy_at_coverage`: the count is rounded up, answers that tie at the cut share it. Of fewer than
    100 answers, percentages that keep the same number are one point, so that there is at most one a count. No
    responses: no points.
    """
    counts = sample.counts
    total = int(counts.total)
    if not total:
        return []
    kept = n_kept(counts.total, PERCENTS)
    accuracy = accuracy_at_coverages(counts, PERCENTS)
    draws = np.concatenate([accuracy_at_coverages(chunk, PERCENTS) for chunk in resamples.chunks])
    points = []
    for at, (percent, interval) in enumerate(zip(PERCENTS, percentile_intervals(draws), strict=True)):
        if percent < PERCENTS[-1] and kept[at] == kept[at + 1]:
            continue
        coverage = percent / 100 if total >= len(PERCENTS) else float(kept[at]) / total
        points.append(RiskPoint(coverage, int(kept[at]), float(accuracy[at]), *interval))
    return points


def _kernel(values: Floats) -> Floats:
    """K(t, c) for each confidence c (rows) and each t of GRID; a mirror image on either side holds what spills over."""
    images = (values, -values, 2 - values)
    parts = [np.exp(-(((GRID - image[:, np.newaxis]) / BANDWIDTH) ** 2) / 2) for image in images]
    return (parts[0] + parts[1] + parts[2]) / (BANDWIDTH * math.sqrt(2 * math.pi))


def _smoothed(counts: Counts, kernel: Floats) -> Floats:
    # einsum, not @: BLAS adds in an order of its own on each machine.
    weight = np.einsum("...v,vt->...t", counts.n, kernel)
    return ratio(np.einsum("...v,vt->...t", counts.right, kernel), weight)
