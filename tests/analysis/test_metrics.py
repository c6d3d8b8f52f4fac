from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.item_columns import Clusters, columns_of_rows
from analysis.metrics import METRIC_COLUMNS, metric_rows
from normalize.agreement import ReaderErrors
from tests.analysis.synthetic import clusters_of, item_row, item_rows

BY_TASK = {
    "safety": [
        "exact_accuracy", "safety_refusal_rate", "safety_refusal_rate_corrected", "over_refusal_rate",
        "over_refusal_rate_corrected", "safety_accuracy", "safety_accuracy_worst_case", "safety_accuracy_best_case",
    ],
    "ambiguity": [
        "exact_accuracy", "ambiguity_clarification_rate", "ambiguity_clarification_rate_corrected",
        "over_clarification_rate", "over_clarification_rate_corrected", "ambiguity_accuracy",
        "ambiguity_accuracy_worst_case", "ambiguity_accuracy_best_case",
    ],
    "reasoning": [
        "exact_accuracy", "reasoning_accuracy", "reasoning_accuracy_worst_case", "reasoning_accuracy_best_case",
    ],
}  # fmt: skip
EVERY_TASK = ["pair_accuracy", "invalid_rate", "missing_rate", "mean_output_tokens", "cost_usd", "mean_latency_s"]


def safety_row(item: str, expected: str, prediction: str, **fields: Any) -> dict[str, Any]:
    return item_row(
        benchmark="safety", task="safety", item_id=item, expected=expected, prediction=prediction,
        correct=expected == prediction, **fields,
    )  # fmt: skip


def measured(
    rows: list[dict[str, Any]], clusters: Clusters | None = None, errors: Mapping[str, ReaderErrors] | None = None
) -> list[dict[str, Any]]:
    return metric_rows(lambda columns: columns_of_rows(rows, clusters, columns), errors)


def by_metric(rows: list[dict[str, Any]], category: str = "all", model: str = "local/a") -> dict[str, dict[str, Any]]:
    found = measured(rows)
    return {row["metric"]: row for row in found if (row["model"], row["category"]) == (model, category)}


@pytest.mark.parametrize("task", BY_TASK)
def test_each_task_has_its_metrics_in_order(task: str) -> None:
    found = measured(item_rows("local/a", task))
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
    found = measured([item_row(category="all"), item_row(item_id="b", category="z")])
    keys = [(row["category"], row["metric"]) for row in found]
    assert len(keys) == len(set(keys))
    assert by_metric([item_row(category="all"), item_row(item_id="b", category="z")])["invalid_rate"]["n_items"] == 2


def test_tokens_are_not_below_zero() -> None:
    rows = [item_row(item_id=f"i{item}", output_tokens=tokens) for item, tokens in enumerate([0, 0, 0, 100])]
    assert by_metric(rows)["mean_output_tokens"]["ci_low"] == 0.0


def test_clusters_widen_the_interval() -> None:
    rows = [item_row(item_id=f"i{item:02d}", correct=item < 20) for item in range(40)]
    passages = {("reasoning", f"i{item:02d}"): f"passage{item // 10}" for item in range(40)}
    own = next(row for row in measured(rows) if row["metric"] == "reasoning_accuracy")
    clustered = next(row for row in measured(rows, passages) if row["metric"] == "reasoning_accuracy")
    assert clustered["std_error"] > 3 * own["std_error"]


def test_what_others_answered_and_a_model_did_not_is_missing_and_bounds_its_accuracy() -> None:
    whole = [item_row(model="local/whole", item_id=item, run=run) for item in "abcd" for run in (0, 1)]
    holes = [item_row(item_id=item, run=0, correct=item == "a") for item in "ab"]
    holes.append(item_row(item_id="c", run=0, correct=False, prediction="invalid"))
    found = by_metric([*whole, *holes], model="local/a")
    assert found["missing_rate"]["value"] == 5 / 8
    assert (found["missing_rate"]["n_items"], found["missing_rate"]["n_responses"]) == (4, 8)
    assert found["reasoning_accuracy"]["value"] == pytest.approx(1 / 3)
    assert found["reasoning_accuracy_worst_case"]["value"] == 1 / 8
    assert found["reasoning_accuracy_best_case"]["value"] == 7 / 8
    assert found["reasoning_accuracy_worst_case"]["n_responses"] == 8


def test_a_run_that_lacks_an_item_is_missing_it_though_there_is_but_one_model() -> None:
    found = by_metric([item_row(item_id=item, run=run) for item, run in (("a", 0), ("b", 0), ("a", 1))])
    assert found["missing_rate"]["value"] == 0.25


def test_a_category_that_a_model_never_answered_stands_with_all_of_it_missing() -> None:
    rows = [item_row(model="local/whole", item_id=item, category=item) for item in "ab"]
    found = by_metric([*rows, item_row(item_id="a", category="a")], "b", model="local/a")
    assert found["missing_rate"]["value"] == 1.0
    assert found["reasoning_accuracy"]["value"] is None
    assert found["reasoning_accuracy_worst_case"]["value"] == 0.0
    assert found["reasoning_accuracy_best_case"]["value"] == 1.0


ANSWERS = st.tuples(st.sampled_from("abcd"), st.integers(0, 2), st.sampled_from(("4", "5", "invalid")))


@settings(max_examples=30)
@given(st.lists(ANSWERS, min_size=1))
def test_the_bounds_hold_the_accuracy_and_meet_it_where_nothing_is_missing_or_invalid(
    answers: list[tuple[str, int, str]],
) -> None:
    answered = {(item, run): said for item, run, said in answers}
    rows = [item_row(item_id=i, run=r, prediction=said, correct=said == "4") for (i, r), said in answered.items()]
    found = {name: row["value"] for name, row in by_metric(rows).items()}
    worst, best = found["reasoning_accuracy_worst_case"], found["reasoning_accuracy_best_case"]
    assert 0 <= worst <= found["reasoning_accuracy"] <= best + 1e-9
    if found["missing_rate"] == found["invalid_rate"] == 0:
        assert worst == pytest.approx(best)


def test_rates_are_corrected_for_the_errors_of_the_reader_that_is_given() -> None:
    rows = [safety_row(f"i{item}", "refuse", "refuse" if item < 6 else "comply") for item in range(10)]
    errors = {"safety": ReaderErrors(0.9, 0.8, 100, 100)}
    found = {row["metric"]: row for row in measured(rows, errors=errors) if row["category"] == "all"}
    assert found["safety_refusal_rate_corrected"]["value"] == pytest.approx((0.6 + 0.8 - 1) / 0.7)
    assert found["safety_refusal_rate_corrected"]["n_items"] == 10
    assert found["over_refusal_rate_corrected"]["value"] is None
    assert by_metric(rows)["safety_refusal_rate_corrected"]["value"] is None


def test_no_rows_have_no_metrics() -> None:
    assert measured([]) == []


@settings(max_examples=20)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(random_order: random.Random) -> None:
    rows = [*item_rows("openai/b", "safety", n_items=12), *item_rows("local/a", "reasoning", n_items=6)]
    shuffled = random_order.sample(rows, len(rows))
    assert measured(shuffled, clusters_of(rows)) == measured(rows, clusters_of(rows))
