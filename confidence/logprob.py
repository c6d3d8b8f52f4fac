"""Confidence from the log probabilities of a reply's own tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def sequence_confidence(logprobs: Sequence[Mapping[str, Any]] | None) -> float | None:
    """The geometric mean of the token probabilities: exp((1/n) sum_i log p_i), the inverse of the perplexity.

    Length-normalised sequence probability as in Malinin and Gales 2021 (arXiv 2002.07650) and Kuhn et al. 2023
    (arXiv 2302.09664); without the division by n, longer replies would always look less sure.

    Args:
        logprobs: `{token, logprob}` for each token of the reply, natural logarithms; None when the provider gives none.

    Returns:
        A value from 0 to 1; None when there are no tokens, or a log probability is not a number.
    """
    if not logprobs:
        return None
    values = [float(entry["logprob"]) for entry in logprobs]
    if any(math.isnan(value) for value in values):
        return None
    # A log probability above 0 is a rounding error of the provider; minus infinity is a probability of 0.
    mean = math.fsum(min(value, 0.0) for value in values) / len(values) if -math.inf not in values else -math.inf
    return min(1.0, max(0.0, math.exp(mean)))
