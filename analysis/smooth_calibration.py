"""Smooth ECE: calibration error without bins (Blasiok & Nakkiran 2023, arXiv 2309.12236)."""

from __future__ import annotations

import math

import numpy as np

from analysis.confidence_counts import Counts, Floats, ratio

SMALLEST_BANDWIDTH = 1 / 256  # finer than what anybody means by a confidence, and costs grow with its square
BISECTIONS = 20  # the bandwidth to 1e-6
NEGLIGIBLE = 6.5  # exp(-6.5^2 / 2) < 1e-9: the kernel's cosine terms beyond add nothing
POINTS_A_BANDWIDTH = 8


def smooth_ece(counts: Counts) -> tuple[float, float] | None:
    """The smooth ECE of a sample and its bandwidth: the sigma at which `smooth_ece_at(counts, sigma)` equals sigma.

    Needs no bins, and unlike ECE does not jump when a confidence moves a little. 0 to 1. Where it is below
    SMALLEST_BANDWIDTH, its value there. None for no responses.
    """
    if not counts.total > 0:
        return None
    low, high = SMALLEST_BANDWIDTH, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if smooth_ece_at(counts, middle) > middle else (low, middle)
    return float(smooth_ece_at(counts, high)), high


def smooth_ece_at(counts: Counts, bandwidth: float) -> Floats:
    """Integral over t in [0, 1] of |mean_i (y_i - c_i) K(t, c_i)|, K the Gaussian reflected at 0 and 1.

    One figure for each resample; nan for no responses. The reflected kernel is the heat kernel of the unit interval,
    1 + 2 sum_k exp(-(pi k sigma)^2 / 2) cos(pi k t) cos(pi k c), so that no confidence is rounded to a grid.
    """
    terms = np.arange(1, math.ceil(NEGLIGIBLE / (math.pi * bandwidth)) + 1)
    points = max(256, math.ceil(POINTS_A_BANDWIDTH / bandwidth))
    places = (np.arange(points) + 0.5) / points
    residuals = counts.right - counts.n * counts.values
    damping = 2 * np.exp(-((math.pi * bandwidth * terms) ** 2) / 2)
    coefficients = np.einsum("...g,gk->...k", residuals, _cosines(counts.values, terms)) * damping
    # einsum, not @: BLAS adds in an order of its own on each machine.
    smoothed = np.einsum("...k,tk->...t", coefficients, _cosines(places, terms)) + residuals.sum(axis=-1)[..., None]
    return ratio(np.asarray(np.abs(smoothed).sum(axis=-1) / points), counts.total)


def _cosines(places: Floats, terms: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    return np.asarray(np.cos(math.pi * places[:, np.newaxis] * terms))
