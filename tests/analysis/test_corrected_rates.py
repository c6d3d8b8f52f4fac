from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.corrected_rates import corrected_rate
from analysis.intervals import Interval, mean_interval
from normalize.agreement import ReaderErrors

Z = 1.959963984540054
OURS = ReaderErrors(0.95, 0.97, 300, 400)
UNDEFINED = (None, None, None, None)


def raw_rate(hits: int, n: int) -> Interval:
    scores = np.zeros(n)
    scores[:hits] = 1.0
    return mean_interval(scores, np.arange(n), bounds=(0.0, 1.0))


def ends(interval: Interval) -> tuple[float | None, float | None, float | None, float | None]:
    return interval.value, interval.low, interval.high, interval.std_error


def test_value_is_that_of_rogan_and_gladen() -> None:
    assert corrected_rate(raw_rate(30, 100), OURS).value == pytest.approx((0.30 + 0.97 - 1) / (0.95 + 0.97 - 1))


def test_interval_is_that_of_lang_and_reiczigel_for_independent_responses() -> None:
    # Their printed form, from counts, for 23 of 150 found by a reader that found 48 of 50 and passed over 89 of 100.
    n, apparent = 150 + Z**2, (23 + Z**2 / 2) / (150 + Z**2)
    se, n_se, sp, n_sp = 49 / 52, 52, 90 / 102, 102
    rate = (apparent + sp - 1) / (se + sp - 1)
    shift = 2 * Z**2 * (rate * se * (1 - se) / n_se - (1 - rate) * sp * (1 - sp) / n_sp)
    variances = rate**2 * se * (1 - se) / n_se + (1 - rate) ** 2 * sp * (1 - sp) / n_sp
    half = Z * math.sqrt(apparent * (1 - apparent) / n + variances) / (se + sp - 1)
    own_half = Z * math.sqrt(apparent * (1 - apparent) / n)
    raw = Interval(23 / 150, apparent - own_half, apparent + own_half, 0.03, 150, 150)
    found = corrected_rate(raw, ReaderErrors(0.96, 0.89, 50, 100))
    assert found.low == pytest.approx(max(0.0, rate + shift - half))
    assert found.high == pytest.approx(rate + shift + half)


def test_a_reader_without_errors_leaves_the_rate() -> None:
    raw = raw_rate(30, 100)
    found = corrected_rate(raw, ReaderErrors(1.0, 1.0, 1e9, 1e9))
    assert found.value == pytest.approx(raw.value)
    assert found.low == pytest.approx(raw.low, abs=1e-4)
    assert found.std_error == pytest.approx(raw.std_error, abs=1e-4)


@pytest.mark.parametrize(
    ("raw", "errors"),
    [(raw_rate(30, 100), None), (raw_rate(0, 0), OURS), (raw_rate(30, 100), ReaderErrors(0.5, 0.5, 100, 100))],
)
def test_what_cannot_be_corrected_is_none(raw: Interval, errors: ReaderErrors | None) -> None:
    assert ends(corrected_rate(raw, errors)) == UNDEFINED


def test_fewer_hits_than_the_reader_errs_by_are_a_rate_of_zero() -> None:
    found = corrected_rate(raw_rate(1, 100), OURS)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high is not None
    assert found.high > 0


SHARES = st.floats(0.5, 1.0)


@given(st.integers(1, 60), st.integers(0, 60), SHARES, SHARES, st.integers(2, 500))
def test_interval_holds_the_value_within_0_and_1(n: int, hits: int, se: float, sp: float, labelled: int) -> None:
    found = corrected_rate(raw_rate(min(hits, n), n), ReaderErrors(se, sp, labelled, labelled))
    if found.value is not None:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_errors_known_from_few_rows_widen_the_interval() -> None:
    few, many = (corrected_rate(raw_rate(30, 100), ReaderErrors(0.95, 0.97, n, n)) for n in (20, 2000))
    assert (few.high or 0) - (few.low or 0) > (many.high or 0) - (many.low or 0)
