from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.calibration import METRICS, RECALIBRATIONS, Estimate, calibration_estimates, reliability_bins
from analysis.confidence_counts import Sample, calibrated_counts, coarsened, count, resampled, resampled_counts
from tests.analysis.reference import BY_NAME, SETS, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers


def estimates(
    confidence: np.ndarray, correct: np.ndarray, clusters: np.ndarray, seed: int = 0, resamples: int = 200
) -> dict[str, Estimate]:
    sample, rng = Sample(confidence, correct, clusters), np.random.default_rng(seed)
    found = calibration_estimates(sample, resampled(sample, resamples, rng), rng)
    assert [each.metric for each in found] == list(METRICS)
    return {each.metric: each for each in found}


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_values_agree_with_the_libraries(reference: ReferenceSet) -> None:
    found = estimates(reference.confidence, reference.correct, reference.clusters)
    assert agrees(found["ece_equal_width_10"].value, reference.value("ece_left_closed_decimal_10"))
    assert agrees(found["ece_equal_width_15"].value, reference.value("ece_left_closed_decimal_15"))
    assert agrees(found["brier"].value, reference.value("brier"))
    assert agrees(found["log_loss"].value, reference.value("log_loss"))
    assert agrees(found["auroc"].value, reference.value("auroc"))
    assert agrees(found["aurc"].value, reference.value("risk_coverage")["aurc"])


def test_nothing_to_calibrate_is_undefined() -> None:
    found = estimates(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    assert all((each.value, each.low, each.high) == (None, None, None) for each in found.values())
    assert [each.n for each in reliability_bins(Sample(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)))] == [
        0
    ] * 10


def test_one_answer_has_values_and_hardly_any_interval() -> None:
    found = estimates(np.array([0.7]), np.array([1.0]), np.zeros(1, dtype=np.int64))
    assert found["ece_equal_width_10"].value == pytest.approx(0.3)
    assert found["auroc"].value is None
    assert {name for name, each in found.items() if each.low is not None} == {"accuracy"}


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_one_class_has_no_auroc_and_an_error_of_its_whole_gap(right: float) -> None:
    confidence = np.array([0.6, 0.7, 0.8, 0.9] * 10)
    found = estimates(confidence, np.full(40, right), np.arange(40))
    assert found["auroc"].value is None
    assert found["ece_equal_width_10"].value == pytest.approx(abs(0.75 - right))
    assert found["accuracy_at_coverage_50"].low is None
    assert found["accuracy"].low is not None


def test_a_calibrated_model_may_have_no_error() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.choice([0.6, 0.7, 0.8, 0.9], 400)
    correct = (rng.random(400) < confidence).astype(np.float64)
    found = estimates(confidence, correct, np.arange(400))
    for name in ("ece_equal_width_10", "ece_equal_mass_15", "mce_equal_width_10", "smooth_ece"):
        assert found[name].value is not None
        assert found[name].low == 0.0


def test_an_overconfident_model_has_an_error_above_zero() -> None:
    found = estimates(BY_NAME["F"].confidence, BY_NAME["F"].correct, BY_NAME["F"].clusters)
    for name in ("ece_equal_width_10", "ece_equal_mass_10", "smooth_ece", "overconfidence"):
        low = found[name].low
        assert low is not None
        assert low > 0


def test_recalibration_removes_the_error_of_an_overconfident_model() -> None:
    rng = np.random.default_rng(5)
    confidence = rng.choice([0.7, 0.8, 0.9, 1.0], 600)
    correct = (rng.random(600) < confidence - 0.3).astype(np.float64)
    found = estimates(confidence, correct, np.arange(600) // 2)
    for name in RECALIBRATIONS:
        gain, after = found[f"brier_gain_{name}"], found[f"brier_{name}"]
        assert found[f"ece_{name}"].value < found["ece_equal_width_10"].value / 3
        assert gain.value == pytest.approx(found["brier"].value - after.value)
        assert 0 < gain.low < gain.value < gain.high
        assert found[f"log_loss_{name}"].value < found["log_loss"].value


def test_a_single_cluster_cannot_be_recalibrated() -> None:
    found = estimates(np.array([0.6, 0.9, 0.9]), np.array([1.0, 0.0, 1.0]), np.zeros(3, dtype=np.int64))
    assert all(found[name].value is None for name in METRICS if name.endswith(("_isotonic", "_platt")))
    assert found["brier"].value is not None


def test_intervals_depend_on_the_seed_and_only_on_the_seed() -> None:
    reference = BY_NAME["E"]
    arguments = (reference.confidence, reference.correct, reference.clusters)
    assert estimates(*arguments, seed=1) == estimates(*arguments, seed=1)
    assert estimates(*arguments, seed=1)["auroc"] != estimates(*arguments, seed=2)["auroc"]


def test_responses_in_a_cluster_widen_the_interval() -> None:
    reference = BY_NAME["E"]
    times = 4
    confidence, correct = np.tile(reference.confidence, times), np.tile(reference.correct, times)
    together = estimates(confidence, correct, np.tile(np.arange(200), times))["auroc"]
    apart = estimates(confidence, correct, np.arange(200 * times))["auroc"]
    assert together.low is not None
    assert together.high is not None
    assert apart.low is not None
    assert apart.high is not None
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


def test_merging_many_confidences_moves_no_value() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(3000)
    correct = (rng.random(3000) < confidence).astype(np.float64)
    merged = coarsened(confidence, 1000)
    assert len(np.unique(merged)) <= 1000
    assert np.abs(merged - confidence).max() < 0.01
    assert (np.diff(merged[np.argsort(confidence)]) >= 0).all()
    found = estimates(confidence, correct, np.arange(3000))["auroc"]
    brute = np.mean(confidence[correct == 1][:, None] > confidence[correct == 0])
    assert found.value == pytest.approx(brute, abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    assert found.low < brute < found.high


def test_percentages_are_refused() -> None:
    with pytest.raises(ValueError, match="divided by 100"):
        estimates(np.array([90.0]), np.array([1.0]), np.zeros(1, dtype=np.int64))


@pytest.mark.parametrize("bad", [np.array([np.nan]), np.array([-0.1]), np.array([1.1])])
def test_other_scales_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="outside 0"):
        count(bad, np.array([1.0]))


def test_resamples_draw_whole_clusters() -> None:
    confidence, correct = np.array([0.1, 0.5, 0.9, 0.9]), np.array([0.0, 1.0, 1.0, 0.0])
    chunks = list(resampled_counts(confidence, correct, np.array([0, 0, 1, 1]), 50, np.random.default_rng(0)))
    n = np.concatenate([chunk.n for chunk in chunks])
    assert n.shape == (50, 3)
    assert (n[:, 0] == n[:, 1]).all()
    assert (2 * n[:, 0] + n[:, 2] == 4).all()


def test_calibrated_resamples_are_right_as_often_as_said() -> None:
    counts = count(np.repeat([0.0, 0.3, 1.0], 100), np.zeros(300))
    right = np.concatenate([chunk.right for chunk in calibrated_counts(counts, 500, np.random.default_rng(0))])
    assert right[:, 0].max() == 0
    assert right[:, 2].min() == 100
    assert right[:, 1].mean() == pytest.approx(30, abs=1)


@settings(max_examples=25)
@given(answers(min_size=2))
def test_intervals_are_in_order_and_errors_in_range(sample: Answers) -> None:
    for each in estimates(sample.confidence, sample.correct, sample.clusters, resamples=50).values():
        assert (each.low is None) == (each.high is None)
        if each.low is not None and each.high is not None:
            assert each.low <= each.high
        if each.metric.startswith(("ece", "mce", "rms", "smooth")) and each.low is not None:
            assert each.value is not None
            assert each.high is not None
            assert 0 <= each.low <= each.value + 1e-9
            assert each.value - 1e-9 <= each.high <= 1


@given(answers())
def test_bins_of_the_diagram_hold_every_answer(sample: Answers) -> None:
    found = reliability_bins(Sample(sample.confidence, sample.correct, sample.clusters))
    assert sum(each.n for each in found) == len(sample.correct)
    for each in found:
        assert (each.n == 0) == (each.mean_confidence is None) == (each.accuracy.value is None)
        if each.mean_confidence is not None:
            assert each.low - 1e-9 <= each.mean_confidence <= each.high + 1e-9
