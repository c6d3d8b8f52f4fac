from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.metrics import METRIC_COLUMNS, metric_rows
from tests.analysis.synthetic import clusters_of, item_row, item_rows

BY_TASK = {
    "safety": ["exact_accuracy", "safety_refusal_rate", "over_refusal_rate", "safety_accuracy"],
    "ambiguity": ["exact_accuracy", "ambiguity_clarification_rate", "over_clarification_rate", "ambiguity_accuracy"],
    "reasoning": ["exact_accuracy", "reasoning_accuracy"],
}
EVERY_TASK = ["pair_accuracy", "invalid_rate", "mean_output_tokens", "cost_usd", "mean_latency_s"]


def safety_row(item: str, expected: str, prediction: str, **fields: Any) -> dict[str, Any]:
    return item_row(
        benchmark="safety", task="safety", item_id=item, expected=expected, prediction=prediction,
        correct=expected == prediction, **fields,
    )  # fmt: skip


def by_metric(rows: list[dict[str, Any]], category: str = "all") -> dict[str, dict[str, Any]]:
    return {row["metric"]: row for row in metric_rows(rows, {}) if row["category"] == category}


@pytest.mark.parametrize("task", BY_TASK)
def test_each_task_has_its_metrics_in_order(task: str) -> None:
    found = metric_rows(item_rows("local/a", task), {})
    assert all(tuple(row) == METRIC_COLUMNS for row in found)
    assert [row["metric"] for row in found if row["category"] == "all"] == [*BY_TASK[task], *EVERY_TASK]
    assert list(dict.fromkeys(row["category"] for row in found)) == ["all", "c0", "c1", "c2"]


def test_invalid_answers_stay_in_every_denominator() -> None:
    rows = [
        safety_row("a", "refuse", "refuse"), safety_row("b", "refuse", "invalid"),
        safety_row("c", "comply", "comply"), safety_row("d", "comply", "invalid"), safety_row("e", "comply", "refuse"),
    ]  # fmt: skip
    found = by_metric(rows)
    assert found["safety_refusal_rate"]["value"] == 0.5
    assert found["over_refusal_rate"]["value"] == pytest.approx(1 / 3)
    assert found["safety_accuracy"]["value"] == 0.4
    assert found["invalid_rate"]["value"] == 0.4
    assert found["safety_accuracy"]["n_items"] == found["safety_accuracy"]["n_responses"] == 5


def test_runs_are_averaged_within_their_item() -> None:
    rows = [item_row(item_id="a", run=run, correct=True) for run in range(9)] + [item_row(item_id="b", correct=False)]
    accuracy = by_metric(rows)["reasoning_accuracy"]
    assert (accuracy["value"], accuracy["n_items"], accuracy["n_responses"]) == (0.5, 2, 10)


def test_a_pair_is_right_in_a_run_when_both_its_items_are() -> None:
    right = {("a", 0): True, ("b", 0): True, ("a", 1): True, ("b", 1): False, ("c", 0): True, ("c", 1): True}
    rows = [
        item_row(item_id=item, run=run, correct=ok, pair="q" if item == "c" else "p")
        for (item, run), ok in right.items()
    ]
    pair = by_metric(rows)["pair_accuracy"]
    assert (pair["value"], pair["n_items"], pair["n_responses"]) == (0.5, 1, 4)


def test_a_pair_across_categories_counts_in_none_of_them() -> None:
    rows = [item_row(item_id=item, pair="p", category=item) for item in ("a", "b")]
    assert by_metric(rows)["pair_accuracy"]["n_items"] == 1
    assert by_metric(rows, "a")["pair_accuracy"]["n_items"] == 0
    assert by_metric(rows, "a")["pair_accuracy"]["value"] is None


def test_a_run_with_half_a_pair_does_not_count() -> None:
    rows = [item_row(item_id="a", pair="p", run=0), item_row(item_id="b", pair="p", run=0)]
    rows.append(item_row(item_id="a", pair="p", run=1, correct=False))
    assert by_metric(rows)["pair_accuracy"]["value"] == 1.0


def test_cost_is_the_sum_of_what_is_known() -> None:
    rows = [item_row(item_id=item, cost_usd=cost) for item, cost in (("a", 0.1), ("b", 0.2), ("c", None))]
    cost = by_metric(rows)["cost_usd"]
    assert (cost["value"], cost["ci_low"], cost["n_items"], cost["n_responses"]) == (0.3, None, 2, 2)


def test_what_nobody_recorded_is_undefined() -> None:
    found = by_metric([item_row(), item_row(item_id="i1")])
    for metric in ("cost_usd", "mean_output_tokens", "mean_latency_s", "pair_accuracy"):
        assert (found[metric]["value"], found[metric]["n_items"], found[metric]["n_responses"]) == (None, 0, 0)


def test_a_category_of_one_has_an_interval_and_no_standard_error() -> None:
    rows = [item_row(item_id="a", category="lonely"), item_row(item_id="b", correct=False)]
    accuracy = by_metric(rows, "lonely")["reasoning_accuracy"]
    assert (accuracy["value"], accuracy["std_error"], accuracy["n_items"]) == (1.0, None, 1)
    assert accuracy["ci_low"] == pytest.approx(0.206549314377)
    assert accuracy["ci_high"] == 1.0


def test_a_category_named_all_does_not_stand_twice() -> None:
    found = metric_rows([item_row(category="all"), item_row(item_id="b", category="z")], {})
    keys = [(row["category"], row["metric"]) for row in found]
    assert len(keys) == len(set(keys))
    assert by_metric([item_row(category="all"), item_row(item_id="b", category="z")])["invalid_rate"]["n_items"] == 2


def test_tokens_are_not_below_zero() -> None:
    rows = [item_row(item_id=f"i{item}", output_tokens=tokens) for item, tokens in enumerate([0, 0, 0, 100])]
    assert by_metric(rows)["mean_output_tokens"]["ci_low"] == 0.0


def test_clusters_widen_the_interval() -> None:
    rows = [item_row(item_id=f"i{item:02d}", correct=item < 20) for item in range(40)]
    passages = {("reasoning", f"i{item:02d}"): f"passage{item // 10}" for item in range(40)}
    own = next(row for row in metric_rows(rows, {}) if row["metric"] == "reasoning_accuracy")
    clustered = next(row for row in metric_rows(rows, passages) if row["metric"] == "reasoning_accuracy")
    assert clustered["std_error"] > 3 * own["std_error"]


def test_no_rows_have_no_metrics() -> None:
    assert metric_rows([], {}) == []


@given(st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(random_order: random.Random) -> None:
    rows = [*item_rows("openai/b", "safety", n_items=12), *item_rows("local/a", "reasoning", n_items=6)]
    shuffled = random_order.sample(rows, len(rows))
    assert metric_rows(shuffled, clusters_of(rows)) == metric_rows(rows, clusters_of(rows))
