"""How far yes-or-no readings agree with labels: counts, precision, recall, F1 and Cohen's kappa, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054  # two-sided 95%
RESAMPLES = 2_000
SEED = 0
WILSON = "clustered_wilson"
BOOTSTRAP = "cluster_bootstrap"

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval, None where undefined, and the name of the way the interval was made."""

    value: float | None
    low: float | None = None
    high: float | None = None
    interval: str | None = None


@dataclass(frozen=True)
class Share:
    """A share of rows with Wilson's interval on `effective`, the independent rows that would tell as much."""

    figure: Figure
    effective: float


@dataclass(frozen=True)
class Agreement:
    """How readings agree with labels; groups are what was drawn together, such as identical replies."""

    n: int
    n_groups: int
    tp: int
    fp: int
    fn: int
    tn: int
    precision: Share
    recall: Share
    specificity: Share
    f1: Figure
    kappa: Figure


@dataclass(frozen=True)
class ReaderErrors:
    """How often a reader finds what is there, and passes over what is not; each with its effective number of rows."""

    sensitivity: float
    specificity: float
    n_sensitivity: float
    n_specificity: float


def agreement(predicted: Sequence[bool], labelled: Sequence[bool], groups: Sequence[str]) -> Agreement:
    """Agreement of a yes-or-no reading with labels, row by row.

    kappa = (p_o - p_e)/(1 - p_e) (Cohen 1960). Precision, recall and specificity have Wilson's interval on their
    effective number of rows (see `share`), F1 and kappa the percentile interval of a bootstrap over groups.

    Args:
        predicted: whether each row was read as the positive class.
        labelled: whether it is labelled so.
        groups: rows of one group are drawn together; identical replies are one group.
    """
    said, wanted = np.array(predicted, dtype=bool), np.array(labelled, dtype=bool)
    codes = (
        np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)[1]
        if len(groups)
        else np.array([], dtype=np.int64)
    )
    cells = np.stack([said & wanted, said & ~wanted, ~said & wanted, ~said & ~wanted])
    tp, fp, fn, tn = (int(count) for count in cells.sum(axis=1))
    n_groups = int(codes.max()) + 1 if len(codes) else 0
    f1_low, f1_high, kappa_low, kappa_high = _bootstrap(cells, codes, n_groups)
    totals = np.array([[tp, fp, fn, tn]], dtype=np.int64)
    return Agreement(
        len(said), n_groups, tp, fp, fn, tn,
        precision=share(wanted[said], codes[said]),
        recall=share(said[wanted], codes[wanted]),
        specificity=share(~said[~wanted], codes[~wanted]),
        f1=_figure(_f1(totals)[0], f1_low, f1_high),
        kappa=_figure(_kappa(totals)[0], kappa_low, kappa_high),
    )  # fmt: skip


def share(hits: Bools, groups: Counts) -> Share:
    """The share of hits with Wilson's interval (1927) for the effective number of rows, p(1-p)/SE^2 (at most n).

    SE^2 = C/(C-1) sum_c (sum_i (x_ic - p))^2 / n^2 over C groups. Where SE is 0, as for a share of 0 or 1, the
    effective number is Kish's number of groups, n^2 / sum of squared group sizes. No rows: None.
    """
    n = len(hits)
    if n == 0:
        return Share(Figure(None), 0.0)
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes)
    p = int(hits.sum()) / n
    sums = np.bincount(codes, weights=hits - p)
    squared_error = len(sizes) / (len(sizes) - 1) * float((sums**2).sum()) / n**2 if len(sizes) > 1 else 0.0
    if 0 < p < 1 and squared_error > 1e-12:
        effective = min(float(n), p * (1 - p) / squared_error)
    else:
        effective = n**2 / float((sizes.astype(np.float64) ** 2).sum())
    square = Z * Z / effective
    centre = (p + square / 2) / (1 + square)
    half = Z * math.sqrt(p * (1 - p) / effective + square / (4 * effective)) / (1 + square)
    low = 0.0 if p == 0 else min(p, max(0.0, centre - half))
    high = 1.0 if p == 1 else max(p, min(1.0, centre + half))
    return Share(Figure(p, low, high, WILSON), effective)


def _figure(value: float, low: float | None, high: float | None) -> Figure:
    if math.isnan(value):
        return Figure(None)
    return Figure(float(value), low, high, None if low is None else BOOTSTRAP)


def _bootstrap(
    cells: Bools, codes: Counts, n_groups: int
) -> tuple[float | None, float | None, float | None, float | None]:
    """The 95% percentile intervals of F1 and kappa over resampled groups; None where the resamples cannot differ."""
    if n_groups < 2:
        return None, None, None, None
    per_group = np.stack([np.bincount(codes, weights=cell, minlength=n_groups) for cell in cells], axis=1)
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=RESAMPLES)
    totals = np.stack([(drawn * column).sum(axis=1) for column in per_group.astype(np.int64).T], axis=1)
    return *_percentiles(_f1(totals)), *_percentiles(_kappa(totals))


def _percentiles(draws: Floats) -> tuple[float | None, float | None]:
    defined = draws[~np.isnan(draws)]
    if 2 * len(defined) < len(draws) or defined.max() - defined.min() < 1e-12:
        return None, None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def _f1(totals: Counts) -> Floats:
    """2 tp / (2 tp + fp + fn) of each row of tp, fp, fn, tn; nan where there is no positive at all."""
    tp, fp, fn, _ = totals.T
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _kappa(totals: Counts) -> Floats:
    """Cohen's kappa of each row of tp, fp, fn, tn, as 2 (tp tn - fp fn) / the sum of the chance products.

    The same as (p_o - p_e)/(1 - p_e); nan where the labels are of one class, for which agreement means nothing.
    """
    tp, fp, fn, tn = totals.T
    bottom = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
    return _ratio(2 * (tp * tn - fp * fn), np.where((tp + fn > 0) & (fp + tn > 0), bottom, 0))


def _ratio(top: Counts, bottom: Counts) -> Floats:
    found: Floats = np.divide(top, bottom, out=np.full(len(top), math.nan), where=bottom != 0)
    return found
