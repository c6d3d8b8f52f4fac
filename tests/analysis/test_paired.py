from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import paired
from analysis.intervals import clustered_std_error
from analysis.paired import (
    PairedDelta,
    holm,
    items_to_see,
    minimum_detectable,
    paired_delta,
    permutation_p,
    sign_flip_p,
)
from tests.analysis.reference import SETS, SHARED, ReferenceSet, agrees


def whole(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int64)


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_single_runs_agree_with_mcnemar_and_statsmodels(reference: ReferenceSet) -> None:
    own = np.arange(len(reference.correct))
    found = paired_delta(whole(reference.correct_other), whole(reference.correct), 1, own)
    assert agrees(found.delta, reference.value("paired_difference")["mean"])
    assert agrees(found.p_value, reference.value("mcnemar_exact_scipy"))
    differences = reference.correct - reference.correct_other
    error = clustered_std_error(differences, reference.clusters)
    assert agrees(error, reference.value("paired_difference_clustered_se"))
    assert agrees(clustered_std_error(differences, own), reference.value("paired_difference")["se"])


@pytest.mark.parametrize("reference", [each for each in SETS if each.name[0] in "EF"], ids=lambda each: each.name)
def test_interval_is_close_to_the_bootstrap(reference: ReferenceSet) -> None:
    own = np.arange(len(reference.correct))
    found = paired_delta(whole(reference.correct_other), whole(reference.correct), 1, own)
    low, high = reference.value("paired_bootstrap_percentile_95")
    assert agrees(found.low, low, 5e-3)
    assert agrees(found.high, high, 5e-3)


def test_holm_agrees_with_statsmodels() -> None:
    expected = SHARED["adjusted_holm"]["value"]
    assert np.allclose(holm(SHARED["p_values"]), expected, rtol=0, atol=1e-12)
    turned = holm(SHARED["p_values"][::-1])
    assert np.allclose(turned, expected[::-1], rtol=0, atol=1e-12)
    assert holm([]) == []


@pytest.mark.parametrize("name", [name for name in SHARED if name.startswith("sample_size")])
def test_detectable_difference_inverts_the_sample_size(name: str) -> None:
    _, _, _, delta, _, deviation = name.split("_")
    items = SHARED[name]["value"]["formula"]
    error = {"0.3333": 1 / 3}.get(deviation, float(deviation)) / math.sqrt(items)
    assert minimum_detectable(error) == pytest.approx(float(delta), rel=2e-4)


def test_without_an_error_nothing_is_detectable() -> None:
    assert minimum_detectable(None) is None
    assert minimum_detectable(0.0) is None


def test_no_shared_items_are_undefined() -> None:
    empty = np.empty(0, dtype=np.int64)
    found = paired_delta(empty, empty, 1, empty)
    assert (found.delta, found.p_value, found.n_items) == (None, None, 0)


def test_the_test_used_is_named() -> None:
    right, wrong = np.ones(8, dtype=np.int64), np.zeros(8, dtype=np.int64)
    assert paired_delta(wrong, right, 1, np.arange(8)).test == "mcnemar_exact"
    assert paired_delta(wrong, right, 1, np.arange(8) // 2).test == "cluster_permutation"
    assert paired_delta(wrong, right, 3, np.arange(8)).test == "cluster_permutation"


def test_items_on_which_either_is_ahead_are_counted() -> None:
    found = paired_delta(np.array([0, 1, 2, 2]), np.array([2, 2, 0, 2]), 2, np.arange(4))
    assert (found.n_higher, found.n_lower, found.n_equal, found.n_clusters) == (2, 1, 1, 4)


def test_where_all_clusters_speak_for_one_side_another_is_assumed() -> None:
    assert sign_flip_p(np.array([1] * 7)) == pytest.approx(2 / 2**7)
    # The eighth speaks against them, so at least 6 of 8 equal steps must go one way: 2 (C(8,0) + C(8,1)) / 2^8.
    assert permutation_p(np.array([1] * 7), 1) == pytest.approx(2 * 9 / 2**8)
    assert permutation_p(np.array([1] * 7), 3) > permutation_p(np.array([1] * 7), 1)
    mixed = np.array([1] * 7 + [-1])
    assert permutation_p(mixed, 100) == sign_flip_p(mixed)
    assert permutation_p(np.zeros(3, dtype=np.int64), 5) == 1.0


@pytest.mark.parametrize(("runs", "size"), [(1, 1), (3, 1), (3, 2)])
def test_models_that_do_not_differ_are_seldom_told_apart(runs: int, size: int) -> None:
    rng = np.random.default_rng(5)
    clusters = np.arange(60) // size
    found = 0
    for _ in range(400):
        rates = rng.beta(1.4, 0.6, 60 // size)[clusters]
        p_value = paired_delta(rng.binomial(runs, rates), rng.binomial(runs, rates), runs, clusters).p_value
        assert p_value is not None
        found += p_value < 0.05
    assert found <= 32  # of 400; at 5% more than 31 are met once in 200 tries


def test_as_many_items_as_there_are_detect_the_least_detectable_difference() -> None:
    error = 0.02
    least = minimum_detectable(error)
    assert least is not None
    assert items_to_see(least, error, 250, 250) == 250
    assert items_to_see(-least / 2, error, 250, 250) == 1000
    assert items_to_see(0.0, error, 250, 250) is None
    assert items_to_see(0.5, None, 1, 1) is None
    assert items_to_see(1.0, 0.0, 20, 10) == 12  # six clusters of two: with fewer nothing can be significant


def test_one_item_proves_nothing() -> None:
    found = paired_delta(np.array([0]), np.array([3]), 3, np.array([0]))
    assert (found.delta, found.p_value, found.minimum_detectable_delta) == (1.0, 1.0, None)


def test_equal_models_do_not_differ() -> None:
    found = paired_delta(np.ones(20, dtype=np.int64), np.ones(20, dtype=np.int64), 1, np.arange(20))
    assert (found.delta, found.p_value) == (0.0, 1.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_items_are_matched() -> None:
    with pytest.raises(ValueError, match="2 and 3 items"):
        paired_delta(np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64), 1, np.arange(2))


def test_copies_within_clusters_add_no_evidence() -> None:
    sums = np.array([1, 1, 1, -1, 1, 1])
    assert sign_flip_p(5 * sums) == sign_flip_p(sums)


def test_normal_limit_meets_the_exact_test(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = np.random.default_rng(0).integers(-3, 4, 600)
    exact = sign_flip_p(sums)
    monkeypatch.setattr(paired, "EXACT_STEPS", 0)
    assert sign_flip_p(sums) == pytest.approx(exact, abs=0.02)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_sign_flip_counts_all_flips(sums: list[int]) -> None:
    flips = list(itertools.product((1, -1), repeat=len(sums)))
    as_great = [abs(sum(sign * own for sign, own in zip(flip, sums, strict=True))) >= abs(sum(sums)) for flip in flips]
    assert sign_flip_p(np.array(sums)) == pytest.approx(np.mean(as_great), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=30))
def test_swapping_the_models_turns_the_sign(rows: list[tuple[int, int, int]]) -> None:
    baseline, model, clusters = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    one, other = paired_delta(baseline, model, 3, clusters), paired_delta(model, baseline, 3, clusters)
    assert one.delta is not None
    assert one.low is not None
    assert other.high is not None
    assert agrees(other.delta, -one.delta)
    assert agrees(other.high, -one.low)
    assert one.p_value == other.p_value
    assert (one.n_higher, one.n_equal, one.items_needed) == (other.n_lower, other.n_equal, other.items_needed)
    assert -1 <= one.low <= one.delta + 1e-12


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_copies_within_clusters_matter(
    rows: list[tuple[int, int, int]], random: random.Random
) -> None:
    def found(rows: list[tuple[int, int, int]]) -> PairedDelta:
        baseline, model, clusters = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        return paired_delta(baseline, model, 3, clusters)

    turned = list(rows)
    random.shuffle(turned)
    first, copied = found(rows), found([row for row in rows for _ in range(4)])
    shuffled = found(turned)
    assert (first.p_value, first.n_higher, first.test) == (shuffled.p_value, shuffled.n_higher, shuffled.test)
    assert agrees(shuffled.delta, first.delta)
    assert agrees(copied.delta, first.delta)
    assert copied.p_value == pytest.approx(first.p_value, abs=1e-12) or one_sided(rows)


def one_sided(rows: list[tuple[int, int, int]]) -> bool:
    """Whether no cluster speaks against the others: then one of ordinary, rounded size is assumed."""
    sums: dict[int, int] = {}
    for baseline, model, cluster in rows:
        sums[cluster] = sums.get(cluster, 0) + model - baseline
    return min(sums.values()) >= 0 or max(sums.values()) <= 0


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=12), st.integers(1, 12))
def test_an_assumed_cluster_never_lowers_p(sums: list[int], unseen: int) -> None:
    assert sign_flip_p(np.array(sums)) <= permutation_p(np.array(sums), unseen) <= 1


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_value_nor_changes_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= own <= 1 for p, own in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()
