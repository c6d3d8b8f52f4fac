from __future__ import annotations

import bisect
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import calibration_bins as bins
from analysis.confidence_counts import Counts, Floats, count, ratio
from tests.analysis.reference import BY_NAME, SETS, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers

NUMBERS = (5, 10, 15)
each_set = pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)


def width_sums(counts: Counts, n: int) -> bins.BinSums:
    return bins.bin_sums(counts, bins.equal_width(counts.values, n))


def mass_sums(counts: Counts, n: int) -> bins.BinSums:
    return bins.bin_sums(counts, bins.equal_mass(counts, n))


def left_closed(values: Floats, n: int) -> bins.Binning:
    """netcal's bins: [a, b) at numpy's edges, on which 0.3, 0.6 and 0.7 lie one bin down."""
    edges = np.linspace(0, 1, n + 1)
    codes = np.minimum(np.searchsorted(edges, values, side="right") - 1, n - 1)
    return bins.Binning(edges[:-1], edges[1:], codes)


def equal_ranks(counts: Counts, n: int) -> bins.Binning:
    """The bins of uncertainty-calibration's `get_equal_bins`: (a, b], edges midway between n parts of the sample."""
    ordered = np.repeat(counts.values, counts.n.astype(np.int64))
    parts = [part for part in np.array_split(ordered, n) if len(part)]
    inner = sorted({(one[-1] + other[0]) / 2 for one, other in itertools.pairwise(parts)} - {1.0})
    edges = np.array([0.0, *inner, 1.0])
    codes = np.array([bisect.bisect_left([*inner, 1.0], value) for value in counts.values], dtype=np.int64)
    return bins.Binning(edges[:-1], edges[1:], codes)


@each_set
@pytest.mark.parametrize("n", NUMBERS)
def test_equal_width_agrees_with_exact_decimals(reference: ReferenceSet, n: int) -> None:
    assert agrees(bins.ece(width_sums(reference.counts, n)), reference.value(f"ece_left_closed_decimal_{n}"))


@each_set
@pytest.mark.parametrize("n", NUMBERS)
def test_errors_on_netcals_bins_agree_with_netcal(reference: ReferenceSet, n: int) -> None:
    sums = bins.bin_sums(reference.counts, left_closed(reference.counts.values, n))
    assert agrees(bins.mce(sums), reference.value(f"mce_equal_width_{n}"))
    assert agrees(bins.ece(sums), reference.value(f"ece_left_closed_{n}"))


@pytest.mark.parametrize("name", ["B", "D", "F"])
@pytest.mark.parametrize("n", NUMBERS)
def test_equal_mass_agrees_with_netcal_where_netcal_allows_the_ties(name: str, n: int) -> None:
    reference = BY_NAME[name]
    assert agrees(bins.ece(mass_sums(reference.counts, n)), reference.value(f"ece_equal_mass_{n}"))


@each_set
def test_figures_on_equal_ranks_agree_with_uncertainty_calibration(reference: ReferenceSet) -> None:
    sums = bins.bin_sums(reference.counts, equal_ranks(reference.counts, 10))
    assert agrees(bins.ece(sums), reference.value("ece_l1_equal_mass_uncertainty_calibration_10"))
    assert agrees(bins.rms_calibration_error(sums) ** 2, reference.value("square_ce_plugin_equal_mass_10"))
    assert agrees(bins.debiased_squared_ece(sums), reference.value("square_ce_debiased_equal_mass_10"))


@each_set
def test_murphys_parts_agree_with_the_definition(reference: ReferenceSet) -> None:
    counts = reference.counts
    for name, binning in (
        ("murphy_unique", bins.distinct_values(counts.values)),
        ("murphy_10_left_closed", left_closed(counts.values, 10)),
    ):
        parts, expected = bins.murphy(counts, binning), reference.value(name)
        assert agrees(parts.reliability, expected["reliability"])
        assert agrees(parts.resolution, expected["resolution"])
        assert agrees(parts.uncertainty, expected["uncertainty"])
        assert agrees(parts.within_bin, expected["within_bin_variance"] - expected["within_bin_covariance"])


def test_tenths_open_their_bins() -> None:
    tenths = np.arange(11) / 10
    assert bins.equal_width(tenths, 10).codes.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]


def test_heaps_of_equal_confidences_have_bins_of_their_own() -> None:
    counts = count(np.repeat([0.0, 0.5, 1.0], [12, 10, 14]), np.zeros(36))
    assert bins.equal_mass(counts, 10).codes.tolist() == [0, 1, 2]


def test_an_error_in_the_top_bin_alone_is_seen() -> None:
    """lighteval's `calib_err` never visits the last bin, which holds the most confident answers."""
    confidence = np.array([0.5] * 10 + [1.0] * 10)
    correct = np.array([1.0, 0.0] * 5 + [0.0] * 10)
    for sums in (width_sums(count(confidence, correct), 10), mass_sums(count(confidence, correct), 10)):
        assert float(bins.ece(sums)) == pytest.approx(0.5)
        assert float(bins.mce(sums)) == pytest.approx(1.0)


def test_a_bin_of_one_counts_nothing_in_the_debiased_figure() -> None:
    assert float(bins.debiased_squared_ece(width_sums(count(np.array([0.7]), np.array([1.0])), 10))) == 0


def test_the_debiased_figure_may_be_negative() -> None:
    sums = bins.bin_sums(BY_NAME["D"].counts, equal_ranks(BY_NAME["D"].counts, 10))
    assert float(bins.debiased_squared_ece(sums)) < 0


def test_no_answers_have_no_error() -> None:
    empty = count(np.empty(0), np.empty(0))
    for sums in (width_sums(empty, 10), mass_sums(empty, 10)):
        for error in (bins.ece, bins.mce, bins.rms_calibration_error, bins.debiased_squared_ece):
            assert np.isnan(error(sums))
    assert np.isnan(bins.murphy(empty, bins.equal_width(empty.values, 10)).reliability)


@given(answers(), st.sampled_from(NUMBERS))
def test_every_answer_lies_in_one_bin(sample: Answers, n: int) -> None:
    counts = count(sample.confidence, sample.correct)
    for binning in (bins.equal_width(counts.values, n), bins.equal_mass(counts, n)):
        assert (np.diff(binning.codes) >= 0).all()
        assert binning.codes.min() >= 0
        assert binning.codes.max() < len(binning.low)
        assert len(binning.low) <= n
        assert (binning.low[binning.codes] <= counts.values + 1e-9).all()
        assert (counts.values <= binning.high[binning.codes] + 1e-9).all()
        assert bins.bin_sums(counts, binning).n.sum() == len(sample.confidence)


@given(answers())
def test_murphys_parts_make_the_brier_score(sample: Answers) -> None:
    counts = count(sample.confidence, sample.correct)
    brier = ((sample.confidence - sample.correct) ** 2).mean()
    for binning in (bins.equal_width(counts.values, 10), bins.distinct_values(counts.values)):
        parts = bins.murphy(counts, binning)
        together = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bin
        assert agrees(float(together), brier, 1e-12)
    assert agrees(float(bins.murphy(counts, bins.distinct_values(counts.values)).within_bin), 0.0, 1e-12)


@given(answers(), st.integers(2, 4))
def test_asking_more_of_the_same_changes_no_error(sample: Answers, times: int) -> None:
    once = count(sample.confidence, sample.correct)
    more = count(np.tile(sample.confidence, times), np.tile(sample.correct, times))
    for error in (bins.ece, bins.mce, bins.rms_calibration_error):
        assert agrees(error(width_sums(once, 10)), float(error(width_sums(more, 10))))


@given(answers())
def test_errors_are_ordered_and_bounded_below_by_the_overall_gap(sample: Answers) -> None:
    sums = width_sums(count(sample.confidence, sample.correct), 10)
    gap = abs(sample.confidence.mean() - sample.correct.mean())
    expected, root, maximum = float(bins.ece(sums)), float(bins.rms_calibration_error(sums)), float(bins.mce(sums))
    assert gap - 1e-12 <= expected <= root + 1e-12
    assert root <= maximum + 1e-12
    assert maximum <= 1


@given(answers())
def test_one_bin_of_one_confidence_is_the_overall_gap(sample: Answers) -> None:
    same = np.full(len(sample.correct), 0.8)
    for sums in (width_sums(count(same, sample.correct), 10), mass_sums(count(same, sample.correct), 10)):
        assert agrees(bins.ece(sums), abs(0.8 - sample.correct.mean()))


def test_resamples_are_binned_like_samples() -> None:
    values = np.array([0.1, 0.5, 0.55, 0.9])
    n = np.array([[2.0, 1.0, 1.0, 0.0], [0.0, 0.0, 2.0, 2.0]])
    right = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 2.0, 1.0]])
    binning = bins.equal_width(values, 10)
    together = bins.ece(bins.bin_sums(Counts(values, n, right), binning))
    apart = [float(bins.ece(bins.bin_sums(Counts(values, n[i], right[i]), binning))) for i in range(2)]
    assert together.tolist() == pytest.approx(apart, abs=1e-15)


def test_ratio_of_nothing_is_undefined() -> None:
    assert np.isnan(ratio(np.array([0.0]), np.array([0.0]))[0])
