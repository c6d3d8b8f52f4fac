from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize

from analysis.confidence_counts import Sample, count, counts_without
from analysis.recalibration import isotonic, out_of_fold, platt
from analysis.scoring_rules import squared_errors
from tests.analysis.strategies import Answers, answers


def overconfident(n: int = 600, seed: int = 0) -> Sample:
    """Answers stated at 0.8 to 1 and right far less often."""
    rng = np.random.default_rng(seed)
    confidence = rng.choice([0.8, 0.85, 0.9, 0.95, 1.0], n)
    return Sample(confidence, (rng.random(n) < 2 * confidence - 1.3).astype(np.float64), np.arange(n) // 3)


def minimax(sample: Answers) -> np.ndarray:
    """The isotonic fit by its min-max formula: max over a of min over b of the mean of a..b."""
    counts = count(sample.confidence, sample.correct)
    size = len(counts.values)
    return np.array(
        [
            max(min(counts.right[a : b + 1].sum() / counts.n[a : b + 1].sum() for b in range(at, size))
                for a in range(at + 1))
            for at in range(size)
        ]
    )  # fmt: skip


@given(answers(min_size=2))
def test_counts_without_some_are_those_of_the_rest(sample: Answers) -> None:
    whole = Sample(sample.confidence, sample.correct, sample.clusters)
    left_out = sample.clusters == sample.clusters[0]
    found = counts_without(whole, np.searchsorted(whole.counts.values, sample.confidence), left_out)
    rest = count(sample.confidence[~left_out], sample.correct[~left_out])
    for own, expected in zip((found.values, found.n, found.right), (rest.values, rest.n, rest.right), strict=True):
        assert np.array_equal(own, expected)


@settings(max_examples=50)
@given(answers())
def test_isotonic_map_is_the_best_that_does_not_fall(sample: Answers) -> None:
    counts = count(sample.confidence, sample.correct)
    least = 1 / (len(sample.correct) + 2)
    assert np.allclose(isotonic(counts)(counts.values), np.clip(minimax(sample), least, 1 - least), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(answers(min_size=2))
def test_platt_map_has_the_greatest_likelihood(sample: Answers) -> None:
    counts = count(sample.confidence, sample.correct)
    right, wrong = sample.correct.sum(), (1 - sample.correct).sum()
    target = np.where(sample.correct == 1, (right + 1) / (right + 2), 1 / (wrong + 2))
    logits = np.log(np.clip(sample.confidence, 0.005, 0.995)) - np.log1p(-np.clip(sample.confidence, 0.005, 0.995))

    def loss(line: np.ndarray) -> float:
        scores = line[0] + line[1] * logits
        return float((np.logaddexp(0, scores) - target * scores).sum())

    fitted = platt(counts)(sample.confidence)
    own = float(-(target * np.log(fitted) + (1 - target) * np.log1p(-fitted)).sum())
    assert own <= minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 2000}).fun + 1e-6


@pytest.mark.parametrize("fit", [isotonic, platt])
def test_recalibration_takes_overconfidence_away(fit) -> None:  # type: ignore[no-untyped-def]
    sample = overconfident()
    found = out_of_fold(sample, fit, np.random.default_rng(0))
    assert found is not None
    assert abs(found.mean() - sample.correct.mean()) < 0.02
    gain = squared_errors(sample.confidence, sample.correct) - squared_errors(found, sample.correct)
    assert gain.mean() > 0.1


@pytest.mark.parametrize("fit", [isotonic, platt])
def test_no_answer_is_judged_by_a_map_that_saw_its_cluster(fit) -> None:  # type: ignore[no-untyped-def]
    sample = overconfident(60)
    before = out_of_fold(sample, fit, np.random.default_rng(0))
    turned = np.where(sample.clusters == 7, 1 - sample.correct, sample.correct)
    after = out_of_fold(Sample(sample.confidence, turned, sample.clusters), fit, np.random.default_rng(0))
    assert before is not None
    assert after is not None
    assert np.array_equal(before[sample.clusters == 7], after[sample.clusters == 7])
    assert not np.array_equal(before, after)


@pytest.mark.parametrize("fit", [isotonic, platt])
@pytest.mark.parametrize("right", [0.0, 1.0])
def test_answers_of_one_class_and_one_confidence_have_a_finite_map(fit, right) -> None:  # type: ignore[no-untyped-def]
    counts = count(np.full(20, 0.9), np.full(20, right))
    found = fit(counts)(np.array([0.0, 0.9, 1.0]))
    assert ((found > 0) & (found < 1)).all()
    assert np.allclose(found, 21 / 22 if right else 1 / 22)


def test_a_single_cluster_has_nothing_to_fit_on() -> None:
    one = Sample(np.array([0.5, 0.7]), np.array([1.0, 0.0]), np.zeros(2, dtype=np.int64))
    assert out_of_fold(one, platt, np.random.default_rng(0)) is None
    none = Sample(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    assert out_of_fold(none, platt, np.random.default_rng(0)) is None
