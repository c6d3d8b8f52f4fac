"""Smooth ECE: calibration error without bins (Blasiok & Nakkiran 2023, arXiv 2309.12236)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.fft import dct

from analysis.confidence_counts import Counts, Floats, ratio

SMALLEST_BANDWIDTH = 1 / 256  # finer than what anybody means by a confidence, and costs grow with its square
BISECTIONS = 20  # the bandwidth to 1e-6
NEGLIGIBLE = 6.5  # exp(-6.5^2 / 2) < 1e-9: the kernel's cosine terms beyond add nothing
POINTS_A_BANDWIDTH = 8


def smooth_ece(counts: Counts) -> tuple[float, float] | None:
    """The smooth ECE of a sample and its bandwidth: the sigma at which `smooth_ece_at(counts, sigma)` equals sigma.

    Needs no bins, and unlike ECE does not jump when a confidence moves a little. 0 to 1. Where it is below
    SMALLEST_BANDWIDTH, its value there. None for no responses.

    Against the authors' `relplot` 1.0.3: equal to 4e-4 where no confidence is exactly 0 or 1 (it rounds confidences
    to a grid and the bandwidth to 2^-10). With answers at 0 or 1 it is up to 0.0021 lower: it reflects the grid
    without its end points, and so loses half of what lies there, while the paper's kernel keeps all of it. Its own
    figure rises by that much when those confidences move inwards by 0.001 (0.0740 to 0.0758 where six answers of 33
    lie there; 0.0762 here), which a continuous measure must not do. Models say "100%" more than anything else, so the
    paper's definition stands here; with such answers at half their weight ours equals relplot's figures to 4e-4.
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

    One figure for each resample; nan for no responses.
    """
    return smoother(counts.values, bandwidth)(counts)


def smoother(values: Floats, bandwidth: float) -> Callable[[Counts], Floats]:
    """`smooth_ece_at` for any counts over these confidences, with all that depends on them alone computed once.

    The reflected kernel is the heat kernel of the unit interval, 1 + 2 sum_k exp(-(pi k sigma)^2 / 2) cos(pi k t)
    cos(pi k c), so that no confidence is rounded to a grid.
    """
    terms = np.arange(1, math.ceil(NEGLIGIBLE / (math.pi * bandwidth)) + 1)
    points = max(256, math.ceil(POINTS_A_BANDWIDTH / bandwidth))
    damping = np.exp(-((math.pi * bandwidth * terms) ** 2) / 2)
    at_values = np.cos(math.pi * values[:, np.newaxis] * terms) * damping

    def measure(counts: Counts) -> Floats:
        residuals = counts.right - counts.n * values
        spectrum = np.zeros((*residuals.shape[:-1], points))
        spectrum[..., 0] = residuals.sum(axis=-1)
        # einsum, not @: BLAS adds in an order of its own on each machine.
        np.einsum("...g,gk->...k", residuals, at_values, out=spectrum[..., 1 : len(terms) + 1])
        smoothed = dct(spectrum, type=3, overwrite_x=True)  # the series at (t + 1/2) / points, for each t
        return ratio(np.asarray(np.abs(smoothed).sum(axis=-1) / points), counts.total)

    return measure
