from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.confidence_counts import Counts, count
from analysis.smooth_calibration import smooth_ece, smooth_ece_at
from tests.analysis.reference import BY_NAME, SETS, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers

DISCRETISED = 1e-3  # relplot rounds confidences to a grid and stops after ten bisections


def ends_halved(counts: Counts) -> Counts:
    """Answers at exactly 0 and 1 with half their weight, as relplot 1.0.3 has them.

    Its reflection leaves out the end points themselves, so half of a kernel that sits on one is lost. The paper's
    kernel keeps all of it, and so does ours: "100%" is what models say most when they are over-confident.
    """
    weight = np.where((counts.values == 0) | (counts.values == 1), 0.5, 1.0)
    return Counts(counts.values, counts.n * weight, counts.right * weight)


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_smooth_error_agrees_with_relplot(reference: ReferenceSet) -> None:
    found = smooth_ece(ends_halved(reference.counts))
    value, bandwidth = reference.value("smece")
    assert found is not None
    assert agrees(found[0], value, DISCRETISED)
    assert agrees(found[1], bandwidth, DISCRETISED)


@pytest.mark.parametrize("reference", [each for each in SETS if each.name[0] in "ACDEF"], ids=lambda each: each.name)
def test_smooth_error_at_a_bandwidth_agrees_with_relplot(reference: ReferenceSet) -> None:
    found = smooth_ece_at(ends_halved(reference.counts), 0.05)
    assert agrees(float(found), reference.value("smece_sigma_0.05"), DISCRETISED)


def test_smooth_error_at_a_bandwidth_is_its_integral_with_a_reflected_kernel() -> None:
    counts, bandwidth = BY_NAME["E"].counts, 0.07
    places = (np.arange(4000) + 0.5) / 4000
    images = np.concatenate([2 * shift + sign * counts.values for shift in (-1, 0, 1) for sign in (-1, 1)])
    kernel = np.exp(-(((places[:, None] - images) / bandwidth) ** 2) / 2) / (bandwidth * np.sqrt(2 * np.pi))
    smoothed = (kernel * np.tile(counts.right - counts.n * counts.values, 6)).sum(axis=1) / counts.total
    assert float(smooth_ece_at(counts, bandwidth)) == pytest.approx(float(np.abs(smoothed).mean()), abs=1e-5)


def test_answers_just_inside_the_ends_have_the_error_of_those_at_the_ends() -> None:
    reference = BY_NAME["D"]
    inside = count(np.clip(reference.confidence, 1e-3, 1 - 1e-3), reference.correct)
    at_ends, moved = smooth_ece(reference.counts), smooth_ece(inside)
    assert at_ends is not None
    assert moved is not None
    assert at_ends[0] == pytest.approx(moved[0], abs=1e-4)
    assert moved[0] == pytest.approx(0.07583163889676729, abs=DISCRETISED)  # relplot 1.0.3 on the moved confidences


def test_one_answer_is_wrong_by_its_whole_gap() -> None:
    found = smooth_ece(count(np.array([0.7]), np.array([1.0])))
    assert found is not None
    assert found[0] == pytest.approx(0.3, abs=1e-9)


def test_answers_at_the_ends_count_in_full() -> None:
    found = smooth_ece(count(np.ones(10), np.array([1.0] * 6 + [0.0] * 4)))
    assert found is not None
    assert found[0] == pytest.approx(0.4, abs=1e-9)


def test_no_answers_have_no_smooth_error() -> None:
    assert smooth_ece(count(np.empty(0), np.empty(0))) is None


@settings(max_examples=30)
@given(answers())
def test_smooth_error_is_the_bandwidth_and_lies_between_the_gap_and_the_mean_error(sample: Answers) -> None:
    found = smooth_ece(count(sample.confidence, sample.correct))
    assert found is not None
    value, bandwidth = found
    assert abs(sample.confidence.mean() - sample.correct.mean()) - 1e-6 <= value
    assert value <= np.abs(sample.confidence - sample.correct).mean() + 1e-6
    assert value == pytest.approx(bandwidth, abs=5e-3)


@settings(max_examples=20)
@given(answers())
def test_a_tiny_change_of_confidence_changes_it_little(sample: Answers) -> None:
    nudged = np.clip(sample.confidence - 1e-6, 0, 1)
    one, other = smooth_ece(count(sample.confidence, sample.correct)), smooth_ece(count(nudged, sample.correct))
    assert one is not None
    assert other is not None
    assert one[0] == pytest.approx(other[0], abs=1e-4)
