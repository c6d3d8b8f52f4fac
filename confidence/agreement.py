"""Confidence from agreement: how many of a model's other runs gave the same answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

INVALID = "invalid"


def leave_one_out(
    items: NDArray[np.integer[Any]], predictions: NDArray[np.integer[Any]], invalid: int | None
) -> NDArray[np.float64]:
    """For each run, the share of its item's other runs whose prediction equals its own.

    Self-consistency (Wang et al. 2023, arXiv 2203.11171) as a confidence (Xiong et al. 2024, arXiv 2306.13063), with
    the run itself left out: were it counted, a run would always agree with something, and N = 1 would look certain.
    A reply that could not be read agrees with nothing, not even with another of its kind.

    Args:
        items: the item of each run, as a code from 0.
        predictions: likewise.
        invalid: the code of `INVALID`; None when there is none.

    Returns:
        A value from 0 to 1 for each run, on the grid of 1/(N - 1); nan for a single run.
    """
    if not len(items):
        return np.empty(0)
    answers = items.astype(np.int64) * (int(predictions.max()) + 1) + predictions
    _, answer, counts = np.unique(answers, return_inverse=True, return_counts=True)
    alike = np.where(predictions == invalid, 0, counts[answer] - 1)
    others = np.bincount(items)[items] - 1
    shares = np.full(len(items), np.nan)
    np.divide(alike, others, out=shares, where=others > 0)
    return shares
