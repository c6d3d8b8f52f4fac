from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intervals import clustered_std_error
from analysis.planning import Demand, greatest_variance_factor, items_for, least_detectable
from analysis.variance_parts import VarianceParts, assumed_parts, estimated_parts, one_model_parts, pooled
from tests.analysis.reference import SHARED


@pytest.mark.parametrize("name", [name for name in SHARED if name.startswith("sample_size")])
def test_items_agree_with_statsmodels(name: str) -> None:
    _, _, _, delta, _, deviation = name.split("_")
    spread = {"0.3333": 1 / 3}.get(deviation, float(deviation))
    expected = math.ceil(SHARED[name]["value"]["formula"])
    assert items_for(float(delta), VarianceParts(spread**2, 0.0), 1, Demand()) == expected
    assert items_for(float(delta), VarianceParts(0.0, 3 * spread**2), 3, Demand()) == expected


def test_runs_divide_only_the_variance_within_items() -> None:
    parts = VarianceParts(between=0.1, within=0.3, clustering=0.05)
    assert parts.of_one_item(1) == pytest.approx(0.45)
    assert parts.of_one_item(3) == pytest.approx(0.25)
    assert parts.of_one_item(math.inf) == pytest.approx(0.15)
    assert parts.design_effect(1) == pytest.approx(0.45 / 0.4)
    assert VarianceParts(0.0, 0.0).design_effect(1) is None


def test_a_plan_needs_at_least_as_many_items_as_a_test_does() -> None:
    assert items_for(1.0, VarianceParts(0.0, 0.0), 1, Demand()) == 6


@given(st.floats(0.01, 0.9), st.floats(0.01, 0.5), st.floats(0, 0.5), st.integers(1, 10), st.integers(1, 20))
def test_the_planned_items_show_the_difference(
    delta: float, between: float, within: float, runs: int, comparisons: int
) -> None:
    parts, demand = VarianceParts(between, within), Demand(comparisons=comparisons)
    items = items_for(delta, parts, runs, demand)
    assert least_detectable(items, parts, runs, demand) <= delta * (1 + 1e-6)
    assert items_for(delta, parts, runs + 1, demand) <= items
    assert items_for(delta, parts, runs, Demand(comparisons=comparisons + 1)) >= items


def test_independent_models_without_runs_have_the_variance_of_two_answers() -> None:
    parts = assumed_parts(accuracy=0.7, correlation=0.0, run_share=0.3)
    assert parts.of_one_item(1) == pytest.approx(2 * 0.7 * 0.3)
    assert assumed_parts(0.7, 1.0, 0.0).of_one_item(1) == pytest.approx(0.0)
    assert assumed_parts(0.7, 0.0, 0.0, design_effect=1.5).of_one_item(1) == pytest.approx(1.5 * 0.42)


def test_the_parts_are_found_again_in_simulated_answers() -> None:
    rng = np.random.default_rng(0)
    clusters = np.arange(20_000) // 2
    one, other = rng.beta(2, 1, 10_000)[clusters], rng.beta(3, 1, 20_000)
    found = estimated_parts(rng.binomial(3, one), rng.binomial(3, other), 3, clusters, 0.3)
    assert found is not None
    assert found.between == pytest.approx(1 / 18 + 3 / 80, rel=0.08)
    assert found.within == pytest.approx(1 / 6 + 3 / 20, rel=0.03)
    assert found.clustering == pytest.approx(1 / 18, rel=0.15)  # a companion as hard for the one model


@given(
    st.integers(1, 4).flatmap(
        lambda runs: st.tuples(
            st.just(runs),
            st.lists(st.tuples(st.integers(0, runs), st.integers(0, runs), st.integers(0, 4)), min_size=1, max_size=15),
        )
    )
)
def test_the_parts_give_at_least_the_variance_that_was_measured(drawn: tuple[int, list[tuple[int, int, int]]]) -> None:
    runs, rows = drawn
    baseline, model, clusters = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = estimated_parts(baseline, model, runs, clusters, 0.3)
    error = clustered_std_error((model - baseline) / runs, clusters)
    assert (found is None) == (error is None)
    if found is not None and error is not None:
        assert min(found.between, found.within) >= 0
        assert found.of_one_item(runs) >= len(rows) * error**2 - 1e-9


def test_a_single_run_keeps_its_whole_variance() -> None:
    baseline, model = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 1, 1, 1, 0, 1])
    found = estimated_parts(baseline, model, 1, np.arange(6), 0.3)
    assert found is not None
    assert found.within > 0
    assert found.of_one_item(1) == pytest.approx((model - baseline).var(ddof=1))
    same = estimated_parts(baseline, baseline, 1, np.arange(6), 0.3)
    assert same == VarianceParts(0.0, 0.0, 0.0)


def test_one_model_plans_for_another_like_it() -> None:
    right = np.array([0, 3, 3, 1, 2, 3, 0, 3])
    found = one_model_parts(right, 3, correlation=0.0, run_share=0.3)
    assert found is not None
    assert found.of_one_item(3) == pytest.approx(2 * (right / 3).var(ddof=1))
    assert one_model_parts(np.array([1]), 3, 0.5, 0.3) is None
    single = one_model_parts(np.array([0, 1, 1, 1]), 1, 0.0, 0.3)
    assert single is not None
    assert single.of_one_item(1) == pytest.approx(2 * 0.25)


def test_parts_are_pooled_by_their_mean() -> None:
    assert pooled([VarianceParts(0.25, 0.5, 0.0), VarianceParts(0.75, 0.0, 0.5)]) == VarianceParts(0.5, 0.25, 0.25)


@pytest.mark.parametrize(("items", "factor"), [(20, 19 / 13.716), (60, 59 / 49.562), (1000, 999 / 961.03)])
def test_a_small_pilot_is_doubted(items: int, factor: float) -> None:
    assert greatest_variance_factor(items) == pytest.approx(factor, rel=0.01)
    assert greatest_variance_factor(2) > greatest_variance_factor(3) > 1
