from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from analysis.scoring_rules import LOG_LOSS_CLIP, log_losses, squared_errors
from tests.analysis.reference import SETS, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_mean_scores_agree_with_scikit_learn(reference: ReferenceSet) -> None:
    assert agrees(squared_errors(reference.confidence, reference.correct).mean(), reference.value("brier"))
    assert agrees(log_losses(reference.confidence, reference.correct).mean(), reference.value("log_loss"))


def test_a_wrong_certainty_costs_much_but_not_infinitely_much() -> None:
    losses = log_losses(np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0]))
    assert losses[:2].tolist() == pytest.approx([-math.log(LOG_LOSS_CLIP)] * 2)
    assert losses[2] == pytest.approx(0, abs=1e-15)


def test_percentages_are_refused() -> None:
    with pytest.raises(ValueError, match="outside 0"):
        squared_errors(np.array([90.0]), np.array([1.0]))


@given(answers())
def test_swapping_right_and_wrong_and_turning_confidence_round_changes_no_score(sample: Answers) -> None:
    confidence = np.round(sample.confidence, 6)  # 1 - c is exact enough only where c is not tiny
    assert np.allclose(squared_errors(confidence, sample.correct), squared_errors(1 - confidence, 1 - sample.correct))
    assert np.allclose(log_losses(confidence, sample.correct), log_losses(1 - confidence, 1 - sample.correct))
