from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.distributions import normal_quantile
from analysis.intervals import Interval, cluster_codes, clustered_std_error, compact, mean_interval, mean_of, wilson
from tests.analysis.reference import BY_NAME, SETS, SHARED, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers

SHARE = (0.0, 1.0)


@given(st.lists(st.integers(0, 400), max_size=30))
def test_codes_without_gaps_keep_their_order(codes: list[int]) -> None:
    distinct = sorted(set(codes))
    assert compact(np.array(codes, dtype=np.int64)).tolist() == [distinct.index(code) for code in codes]


@given(st.one_of(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1), st.lists(st.floats(-1e9, 1e9), min_size=1)))
def test_the_mean_is_that_of_an_exact_sum(scores: list[float]) -> None:
    assert mean_of(np.array(scores)) == math.fsum(scores) / len(scores)


def singletons(n: int) -> NDArray[np.int64]:
    return np.arange(n, dtype=np.int64)


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_clustered_error_agrees_with_statsmodels(reference: ReferenceSet) -> None:
    error = clustered_std_error(reference.correct, reference.clusters)
    assert agrees(error, reference.value("se_clustered_small_sample"))


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_wilson_agrees_with_statsmodels(reference: ReferenceSet) -> None:
    _, low, high = reference.value("accuracy_wilson_95")
    found = wilson(reference.correct.mean(), len(reference.correct), normal_quantile(0.975))
    assert np.allclose(found, (low, high), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in SHARED if name.startswith("wilson_")])
def test_wilson_agrees_with_statsmodels_on_small_counts(name: str) -> None:
    successes, trials = map(int, name.split("_")[1:])
    low, high = wilson(successes / trials, trials, normal_quantile(0.975))
    assert np.allclose((low, high), SHARED[name]["value"], rtol=0, atol=1e-9)
    assert 0 <= low <= high <= 1


def test_items_of_their_own_have_the_usual_error() -> None:
    scores = np.array([1.0, 0.0, 0.5, 1.0])
    interval = mean_interval(scores, singletons(4))
    assert interval.std_error == pytest.approx(scores.std(ddof=1) / 2)
    assert interval.low == pytest.approx(0.625 - 3.182446305284263 * scores.std(ddof=1) / 2)


def test_no_items_have_no_mean() -> None:
    assert mean_interval(np.empty(0), singletons(0), bounds=SHARE) == Interval(None, None, None, None, 0, 0)


def test_one_cluster_has_wilsons_interval_for_one_trial() -> None:
    interval = mean_interval(np.ones(7), np.zeros(7, dtype=np.int64), bounds=SHARE)
    assert (interval.value, interval.std_error, interval.n_items, interval.n_clusters) == (1.0, None, 7, 1)
    assert interval.low == pytest.approx(0.2065493143772374)
    assert interval.high == 1.0


def test_one_cluster_without_bounds_has_no_interval() -> None:
    interval = mean_interval(np.array([3.0]), singletons(1))
    assert (interval.value, interval.low, interval.high, interval.std_error) == (3.0, None, None, None)


@pytest.mark.parametrize(("rate", "n"), [(0.0, 30), (1.0, 30), (0.0, 2), (1.0, 3000)])
def test_a_rate_at_its_bound_has_an_interval_with_a_width(rate: float, n: int) -> None:
    interval = mean_interval(np.full(n, rate), singletons(n), bounds=SHARE)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.std_error == 0.0
    assert 0 <= interval.low <= rate <= interval.high <= 1
    assert interval.high - interval.low > 1 / n


def test_a_rate_at_its_bound_in_few_clusters_is_less_certain_than_in_many() -> None:
    few = mean_interval(np.zeros(40), np.arange(40) // 8, bounds=SHARE)
    many = mean_interval(np.zeros(40), singletons(40), bounds=SHARE)
    assert few.high is not None
    assert many.high is not None
    assert few.high > many.high


def test_clusters_that_agree_exactly_still_leave_a_width() -> None:
    pairs = BY_NAME["C"]
    interval = mean_interval(pairs.correct, pairs.clusters, bounds=SHARE)
    assert interval.std_error == 0.0
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < pairs.correct.mean() < interval.high


def test_scores_outside_the_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="outside the bounds"):
        mean_interval(np.array([0.5, 1.5]), singletons(2), bounds=SHARE)


def test_each_score_has_a_cluster() -> None:
    with pytest.raises(ValueError, match="2 scores, 3 clusters"):
        mean_interval(np.ones(2), singletons(3))


def test_codes_follow_the_sorted_names() -> None:
    assert cluster_codes(["b", "a", "c", "a"]).tolist() == [1, 0, 2, 0]
    assert cluster_codes([]).tolist() == []


@given(answers(min_size=2))
def test_interval_holds_the_value_and_stays_in_bounds(sample: Answers) -> None:
    interval = mean_interval(sample.correct, sample.clusters, bounds=SHARE)
    assert interval.value is not None
    assert interval.low is not None
    assert interval.high is not None
    assert 0 <= interval.low <= interval.value <= interval.high <= 1


@given(answers(min_size=2), st.randoms(use_true_random=False))
def test_order_does_not_matter(sample: Answers, random: np.random.Generator) -> None:
    order = list(range(len(sample.correct)))
    random.shuffle(order)
    shuffled = mean_interval(sample.confidence[order], sample.clusters[order], bounds=SHARE)
    straight = mean_interval(sample.confidence, sample.clusters, bounds=SHARE)
    assert shuffled.value == straight.value
    assert agrees(shuffled.low, straight.low)
    assert agrees(shuffled.std_error, straight.std_error)


@given(answers(min_size=2))
def test_complement_mirrors_the_interval(sample: Answers) -> None:
    interval = mean_interval(sample.correct, sample.clusters, bounds=SHARE)
    mirrored = mean_interval(1 - sample.correct, sample.clusters, bounds=SHARE)
    assert interval.low is not None
    assert interval.high is not None
    assert agrees(mirrored.low, 1 - interval.high)
    assert agrees(mirrored.high, 1 - interval.low)


@given(answers(min_size=2))
def test_asking_every_item_twice_in_its_cluster_tells_nothing_new(sample: Answers) -> None:
    once = mean_interval(sample.correct, sample.clusters, bounds=SHARE)
    twice = mean_interval(np.tile(sample.correct, 2), np.tile(sample.clusters, 2), bounds=SHARE)
    assert agrees(twice.low, once.low)
    assert agrees(twice.high, once.high)
    assert agrees(twice.std_error, once.std_error)


@pytest.mark.parametrize(("n", "right"), [(20, 20), (20, 0), (30, 30)])
def test_items_of_their_own_all_alike_have_wilsons_interval(n: int, right: int) -> None:
    interval = mean_interval(np.full(n, right / n), singletons(n), bounds=SHARE)
    assert np.allclose((interval.low, interval.high), wilson(right / n, n, normal_quantile(0.975)), atol=1e-12)
