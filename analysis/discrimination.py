"""How well confidence tells right answers from wrong ones: AUROC, AURC, accuracy at coverage.

All take counts of a sample or of resamples and return one figure for each; nan where it is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.confidence_counts import Counts, Floats, ratio


def auroc(counts: Counts) -> Floats:
    """P(c of a right answer > c of a wrong one) + P(equal)/2 (Hanley & McNeil 1982); 0.5 says nothing, 1 is perfect.

    nan unless there are both right and wrong answers.
    """
    wrong = counts.n - counts.right
    wrong_below = np.cumsum(wrong, axis=-1) - wrong
    pairs = counts.total_right * (counts.total - counts.total_right)
    return ratio(_total(counts.right * (wrong_below + wrong / 2)), pairs)


def aurc(counts: Counts) -> Floats:
    """Area under the risk-coverage curve: mean over k of the error rate of the k most confident (Geifman et al. 2019).

    Equal confidences count as ordered at random: the mean over their orders. 0 to 1, the lower the better; nan for no
    responses.
    """
    n, wrong = _falling(counts.n), _falling(counts.n - counts.right)
    n_before, wrong_before = np.cumsum(n, axis=-1) - n, np.cumsum(wrong, axis=-1) - wrong
    error_rate = np.nan_to_num(ratio(wrong, n))
    # Within one confidence the k-th answer adds (wrong_before + rate (k - n_before)) / k; summed with H(k) = sum 1/j.
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int(counts.total.max(initial=0)) + 1))])
    step = harmonic[(n_before + n).astype(np.int64)] - harmonic[n_before.astype(np.int64)]
    return ratio(_total((wrong_before - error_rate * n_before) * step + error_rate * n), counts.total)


def accuracy_at_coverages(counts: Counts, percents: Sequence[int]) -> Floats:
    """The accuracy of the p % most confident answers, ceil(p N / 100) of them (El-Yaniv & Wiener 2010), for each p.

    Of the answers that tie at the cut the mean counts. 0 to 1; nan for no responses. The last axis of the result runs
    over the percentages.
    """
    n, right = _falling(counts.n), _falling(counts.right)
    if not n.shape[-1]:
        return np.full((*n.shape[:-1], len(percents)), np.nan)
    up_to, right_up_to = np.cumsum(n, axis=-1), np.cumsum(right, axis=-1)
    kept = n_kept(counts.total, percents)
    # Where each cut falls, for all resamples in one ascending line: each begins where the one before has ended.
    flat, ends = up_to.reshape(-1, n.shape[-1]), np.cumsum(up_to.reshape(-1, n.shape[-1])[:, -1])
    starts = (ends - flat[:, -1])[:, np.newaxis]
    found = np.searchsorted((flat + starts).ravel(), (kept.reshape(len(flat), -1) + starts).ravel())
    at_cut = np.minimum(found, flat.size - 1)
    rate = np.nan_to_num(ratio(right, n)).ravel()[at_cut].reshape(kept.shape)
    beyond = up_to.ravel()[at_cut].reshape(kept.shape) - kept
    return ratio(right_up_to.ravel()[at_cut].reshape(kept.shape) - rate * beyond, kept)


def n_kept(total: Floats, percents: Sequence[int]) -> Floats:
    """How many of `total` answers are p %, rounded up; the last axis runs over the percentages."""
    answers = np.asarray(total).astype(np.int64)[..., np.newaxis]
    return np.asarray(-(-np.asarray(percents) * answers // 100), dtype=np.float64)


def _falling(values: Floats) -> Floats:
    """From the most confident down."""
    return values[..., ::-1]


def _total(parts: Floats) -> Floats:
    return np.asarray(parts.sum(axis=-1), dtype=np.float64)
