from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.calibration_curves import CurvePoint, RiskPoint, calibration_curve, risk_coverage
from analysis.confidence_counts import Sample, resampled
from analysis.discrimination import aurc
from tests.analysis.strategies import Answers, answers


def curve(sample: Sample, resamples: int = 100) -> list[CurvePoint]:
    return calibration_curve(sample, resampled(sample, resamples, np.random.default_rng(0)))


def risks(sample: Sample, resamples: int = 100) -> list[RiskPoint]:
    return risk_coverage(sample, resampled(sample, resamples, np.random.default_rng(0)))


def calibrated(n: int) -> Sample:
    rng = np.random.default_rng(1)
    confidence = rng.random(n)
    return Sample(confidence, (rng.random(n) < confidence).astype(np.float64), np.arange(n))


def test_curve_of_a_calibrated_model_runs_along_the_diagonal_within_its_band() -> None:
    points = curve(calibrated(4000), 300)
    assert [point.stated for point in points] == [number / 50 for number in range(51)]
    inner = points[5:46]  # at the ends smoothing over the edge pulls inwards
    assert max(abs(point.accuracy - point.stated) for point in inner if point.accuracy is not None) < 0.06
    held = [point.low <= point.stated <= point.high for point in inner if point.low is not None and point.high]
    assert len(held) == len(inner)
    assert np.mean(held) > 0.8


def test_density_integrates_to_one_even_at_the_ends() -> None:
    for stated in (0.0, 0.02, 0.5, 1.0):
        density = np.array([point.density for point in curve(Sample(np.full(9, stated), np.ones(9), np.arange(9)))])
        assert np.trapezoid(density, dx=0.02) == pytest.approx(1, abs=1e-3)


def test_where_nothing_was_stated_near_there_is_no_curve() -> None:
    sample = Sample(np.repeat([0.2, 0.9], 20), np.tile([0.0, 1.0], 20), np.arange(40))
    known = [point.stated for point in curve(sample) if point.accuracy is not None]
    assert known == [number / 50 for number in (*range(8, 13), *range(43, 48))]
    assert all(point.low is None for point in curve(sample) if point.accuracy is None)


def test_few_answers_have_one_point_a_count() -> None:
    sample = Sample(np.array([0.9, 0.8, 0.7, 0.7]), np.array([1.0, 0.0, 1.0, 0.0]), np.arange(4))
    found = [(point.coverage, point.n, point.accuracy) for point in risks(sample)]
    assert found == [(0.25, 1, 1.0), (0.5, 2, 0.5), (0.75, 3, 0.5), (1.0, 4, 0.5)]


def test_many_answers_have_a_point_a_per_cent() -> None:
    found = risks(calibrated(1000))
    assert [point.coverage for point in found] == [percent / 100 for percent in range(1, 101)]
    assert [point.n for point in found] == [10 * percent for percent in range(1, 101)]
    assert found[0].accuracy > found[-1].accuracy
    assert all(point.low < point.accuracy < point.high for point in found[5:] if point.low and point.high)


def test_nothing_stated_has_no_points() -> None:
    nothing = Sample(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    assert curve(nothing) == []
    assert risks(nothing) == []


@settings(max_examples=30)
@given(answers())
def test_curves_stay_in_bounds_and_their_mean_risk_is_the_area(drawn: Answers) -> None:
    sample = Sample(drawn.confidence, drawn.correct, drawn.clusters)
    for point in curve(sample, 20):
        assert point.accuracy is None or -1e-9 <= point.accuracy <= 1 + 1e-9
        assert point.low is None or point.high is None or point.low <= point.high
    points = risks(sample, 20)
    assert points[-1].accuracy == pytest.approx(drawn.correct.mean())
    assert np.mean([1 - point.accuracy for point in points]) == pytest.approx(float(aurc(sample.counts)))
