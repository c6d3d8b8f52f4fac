from __future__ import annotations

import numpy as np
import pytest

from analysis.resampling import cluster_weights, percentile_interval, percentile_intervals


def test_each_resample_draws_as_many_clusters_as_there_are() -> None:
    weights = cluster_weights(7, 50, np.random.default_rng(0))
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()


def test_interval_holds_the_central_draws() -> None:
    assert percentile_interval(np.arange(1001.0)) == pytest.approx((25.0, 975.0))


def test_undefined_draws_are_left_out_while_half_are_defined() -> None:
    low, high = percentile_interval(np.concatenate([np.arange(60.0), np.full(40, np.nan)]))
    assert low == pytest.approx(1.475)
    assert high == pytest.approx(57.525)
    assert percentile_interval(np.concatenate([np.arange(40.0), np.full(60, np.nan)])) == (None, None)


def test_draws_that_cannot_differ_have_no_interval() -> None:
    assert percentile_interval(np.ones(100)) == (None, None)
    assert percentile_interval(np.empty(0)) == (None, None)


def test_intervals_of_columns_are_those_of_each_column() -> None:
    draws = np.random.default_rng(0).normal(size=(101, 4))
    draws[:40, 1], draws[:60, 2], draws[:, 3] = np.nan, np.nan, 1.0
    assert percentile_intervals(draws) == [percentile_interval(column) for column in draws.T]
    assert percentile_intervals(np.empty((0, 2))) == [(None, None)] * 2
