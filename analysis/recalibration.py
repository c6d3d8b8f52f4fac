"""What recalibrating a model's confidence would gain: isotonic and Platt maps, judged on answers not fitted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import isotonic_regression

from analysis.confidence_counts import Counts, Floats, Sample, counts_without

FOLDS = 5  # four fifths of the items fit the map, as a user would with a sample of this size
# A confidence in whole per cent cannot say more than 99.5%, and the logit of 1 is infinite.
LEAST_CONFIDENCE = 0.005
NEWTON_STEPS = 50
CONVERGED = 1e-10

Map = Callable[[Floats], Floats]
"""From stated to recalibrated confidences."""


def out_of_fold(sample: Sample, fit: Callable[[Counts], Map], rng: np.random.Generator) -> Floats | None:
    """Each response's confidence under a map that was fitted without its cluster: FOLDS-fold cross-validation.

    Clusters are dealt to the folds at random, so that all runs of an item and all that belongs with it lie in one.
    With fewer than FOLDS clusters each is a fold. None for fewer than two clusters.
    """
    n_clusters = int(sample.clusters.max(initial=-1)) + 1
    if n_clusters < 2:
        return None
    folds = min(FOLDS, n_clusters)
    fold = (rng.permutation(n_clusters) % folds)[sample.clusters]
    found, codes = np.empty(len(sample.confidence)), np.searchsorted(sample.counts.values, sample.confidence)
    for held_out in range(folds):
        inside = fold == held_out
        found[inside] = fit(counts_without(sample, codes, inside))(sample.confidence[inside])
    return found


def isotonic(counts: Counts) -> Map:
    """The non-decreasing map with the least squared error (Zadrozny & Elkan 2002), by pool adjacent violators.

    Linear between the confidences it was fitted on and constant beyond. No rate is taken as certain: of N answers it
    keeps 1/(N + 2) away from 0 and 1 (Laplace's rule of succession), or one wrong answer would cost an infinite log
    loss.
    """
    least = 1 / (float(counts.total) + 2)
    rates = isotonic_regression(counts.right / counts.n, weights=counts.n).x
    fitted = np.clip(rates, least, 1 - least)
    return lambda confidence: np.asarray(np.interp(confidence, counts.values, fitted))


def platt(counts: Counts) -> Map:
    """1 / (1 + exp(-(a + b logit c))), a and b of the greatest likelihood (Platt 1999).

    With Platt's targets, (n_right + 1)/(n_right + 2) for a right answer and 1/(n_wrong + 2) for a wrong one, so that
    answers that are all right, or parted by a threshold, have a finite fit. A single distinct confidence tells no
    slope: b is 0 then.
    """
    logits = _logits(counts.values)
    n_right = float(counts.total_right)
    n_wrong = float(counts.total) - n_right
    target = counts.right * (n_right + 1) / (n_right + 2) + (counts.n - counts.right) / (n_wrong + 2)
    middle = float((counts.n * logits).sum() / counts.total)
    intercept, slope = _logistic(logits - middle, counts.n, target)
    return lambda confidence: _logistic_curve(intercept + slope * (_logits(confidence) - middle))


def _logistic(places: Floats, n: Floats, target: Floats) -> tuple[float, float]:
    """Newton's method with halved steps on the log loss, which is convex; places are centred on 0."""
    share = float(target.sum() / n.sum())
    intercept, slope = float(np.log(share / (1 - share))), 0.0
    if np.ptp(places) == 0:
        return intercept, slope
    loss = _loss(intercept, slope, places, n, target)
    for _ in range(NEWTON_STEPS):
        expected = _logistic_curve(intercept + slope * places)
        residual, weight = n * expected - target, n * expected * (1 - expected)
        one, two = float(residual.sum()), float((residual * places).sum())
        a, b, c = float(weight.sum()), float((weight * places).sum()), float((weight * places**2).sum())
        determinant = a * c - b * b
        if max(abs(one), abs(two)) < CONVERGED * float(n.sum()) or determinant <= 0:
            break
        step, step_slope = (c * one - b * two) / determinant, (a * two - b * one) / determinant
        for half in range(30):
            nearer = intercept - step / 2**half, slope - step_slope / 2**half
            if (found := _loss(*nearer, places, n, target)) <= loss:
                (intercept, slope), loss = nearer, found
                break
        else:
            break
    return intercept, slope


def _loss(intercept: float, slope: float, places: Floats, n: Floats, target: Floats) -> float:
    scores = intercept + slope * places
    return float((n * np.logaddexp(0.0, scores) - target * scores).sum())


def _logits(confidence: Floats) -> Floats:
    clipped = np.clip(confidence, LEAST_CONFIDENCE, 1 - LEAST_CONFIDENCE)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _logistic_curve(scores: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0.0, -scores)))
