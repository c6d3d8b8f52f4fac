"""Confidence scored answer by answer; the figures are the means, and their intervals those of any mean."""

from __future__ import annotations

import numpy as np

from analysis.confidence_counts import Floats, check_scale

# A stated certainty that turns out wrong would cost infinitely much; scikit-learn's `log_loss` clips here too.
LOG_LOSS_CLIP = float(np.finfo(np.float64).eps)


def squared_errors(confidence: Floats, correct: Floats) -> Floats:
    """(c - y)^2 for each answer, 0 to 1. Their mean is the Brier score (Brier 1950); always saying 0.5 scores 0.25."""
    check_scale(confidence, correct)
    return (confidence - correct) ** 2


def log_losses(confidence: Floats, correct: Floats) -> Floats:
    """-ln of the probability given to what happened, for each answer; c is clipped to [2.2e-16, 1 - 2.2e-16].

    From 0 to 36.04; the mean is the log loss.
    """
    check_scale(confidence, correct)
    clipped = np.clip(confidence, LOG_LOSS_CLIP, 1 - LOG_LOSS_CLIP)
    return np.asarray(-np.where(correct == 1, np.log(clipped), np.log1p(-clipped)))
