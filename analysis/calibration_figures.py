"""The calibration figures of counts, of a sample or of resamples, with the bins and the bandwidth of the sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from analysis import calibration_bins as binned
from analysis import discrimination
from analysis.confidence_counts import Counts, Floats
from analysis.smooth_calibration import smooth_ece, smoother

BINS = (10, 15)  # 10 as most reports, 15 as Guo et al. 2017
DIAGRAM_BINS = 10
COVERAGES = (50, 80, 90, 95)

Figures = Callable[[Counts], Mapping[str, Floats]]
"""From counts to figures by name; one number for each resample, nan where it is undefined."""


def plain_figures(counts: Counts) -> Figures:
    """Figures without a floor; the bins are those of `counts`."""
    width, mass = binned.equal_width(counts.values, DIAGRAM_BINS), binned.equal_mass(counts, DIAGRAM_BINS)

    def measure(drawn: Counts) -> Mapping[str, Floats]:
        parts = binned.murphy(drawn, width)
        at_coverage = discrimination.accuracy_at_coverages(drawn, COVERAGES)
        return {
            "squared_ece_debiased": binned.debiased_squared_ece(binned.bin_sums(drawn, mass)),
            "auroc": discrimination.auroc(drawn),
            "aurc": discrimination.aurc(drawn),
            "brier_reliability": parts.reliability,
            "brier_resolution": parts.resolution,
            "brier_uncertainty": parts.uncertainty,
            "brier_within_bin": parts.within_bin,
        } | {f"accuracy_at_coverage_{percent}": at_coverage[..., at] for at, percent in enumerate(COVERAGES)}

    return measure


def error_figures(counts: Counts) -> Figures:
    """Figures that are 0 for perfect calibration and biased upwards; bins and bandwidth are those of `counts`."""
    binnings = {
        f"{kind}_{bins}": binning
        for bins in BINS
        for kind, binning in (
            ("equal_width", binned.equal_width(counts.values, bins)),
            ("equal_mass", binned.equal_mass(counts, bins)),
        )
    }
    smooth = smooth_ece(counts)
    smooth_at = smoother(counts.values, smooth[1] if smooth else 1.0)
    diagram = f"equal_width_{DIAGRAM_BINS}"

    def measure(drawn: Counts) -> Mapping[str, Floats]:
        sums = {name: binned.bin_sums(drawn, binning) for name, binning in binnings.items()}
        return {f"ece_{name}": binned.ece(found) for name, found in sums.items()} | {
            f"mce_{diagram}": binned.mce(sums[diagram]),
            f"rms_{diagram}": binned.rms_calibration_error(sums[diagram]),
            "smooth_ece": smooth_at(drawn),
        }

    return measure


def ece_figure(counts: Counts, name: str) -> Figures:
    """The ECE over DIAGRAM_BINS bins of equal width alone, under a name of its own."""
    width = binned.equal_width(counts.values, DIAGRAM_BINS)
    return lambda drawn: {name: binned.ece(binned.bin_sums(drawn, width))}


def over_resamples(figures: Figures, chunks: Iterable[Counts]) -> dict[str, Floats]:
    """Each figure over all resamples; no figures for no resamples."""
    draws: dict[str, list[Floats]] = {}
    for chunk in chunks:
        for name, values in figures(chunk).items():
            draws.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in draws.items()}
