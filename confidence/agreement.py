"""Confidence from agreement: how many of a model's other runs gave the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

INVALID = "invalid"


def leave_one_out(predictions: Sequence[str]) -> list[float | None]:
    """For each run, the share of the other runs whose prediction equals its own.

    Self-consistency (Wang et al. 2023, arXiv 2203.11171) as a confidence (Xiong et al. 2024, arXiv 2306.13063), with
    the run itself left out: were it counted, a run would always agree with something, and N = 1 would look certain.
    A reply that could not be read agrees with nothing, not even with another of its kind.

    Args:
        predictions: one item's predictions, one a run.

    Returns:
        A value from 0 to 1 for each run, on the grid of 1/(N - 1); None for a single run.
    """
    others = len(predictions) - 1
    if others < 1:
        return [None] * len(predictions)
    counts = Counter(predictions)
    return [0.0 if own == INVALID else (counts[own] - 1) / others for own in predictions]
