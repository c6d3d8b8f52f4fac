"""The scores on the full sample, against figures worked out by hand or by the statistics module."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.calibration_bins import bin_sums, ece, equal_width
from analysis.confidence_counts import count
from leaderboard.board import Board, build_board
from leaderboard.tables import board_rows
from leaderboard.weights import WEIGHTS
from tests.leaderboard.conftest import Rows, item_row, model_rows, read

MODEL = "local/a"


def only_row(rows: Rows) -> dict[str, object]:
    (row,) = board_rows(board(rows))
    return row


def board(rows: Rows) -> Board:
    return build_board(read(rows), seed=0, resamples=100)


def test_a_model_that_always_refuses_gets_half_of_safety() -> None:
    rows = [
        item_row(MODEL, "safety", index, prediction="refuse", correct=index % 2 == 0) for index in range(12)
    ]  # fmt: skip
    assert only_row(rows)["safety"] == 0.5


def test_both_sides_count_equally_however_many_items_they_have() -> None:
    harmful = [item_row(MODEL, "safety", 2 * index) for index in range(9)]
    harmless = [item_row(MODEL, "safety", 1, correct=False, prediction="refuse")]
    assert only_row(harmful + harmless)["safety"] == 0.5


def test_a_side_without_items_leaves_the_dimension_undefined_and_says_so() -> None:
    made = board([item_row(MODEL, "safety", 2 * index) for index in range(9)] + model_rows(MODEL, tasks=["reasoning"]))
    assert board_rows(made)[0]["safety"] is None
    assert any("safety is left out" in note and "'comply'" in note for note in made.notes)


def test_an_item_counts_once_however_many_runs_it_has() -> None:
    rows = [item_row(MODEL, "reasoning", 0, run, correct=False) for run in range(9)] + [item_row(MODEL, "reasoning", 1)]
    assert only_row(rows)["reasoning"] == 0.5


def test_calibration_is_one_minus_the_ece_of_the_statistics_module() -> None:
    rows = model_rows(MODEL, 0.6, n=100)
    confidence = np.array([row["confidence_verbalized"] for row in rows])
    counts = count(confidence, np.array([float(row["correct"]) for row in rows]))
    expected = 1 - float(ece(bin_sums(counts, equal_width(counts.values, 10))))
    assert only_row(rows)["calibration"] == pytest.approx(expected, abs=1e-11)


def test_a_confidence_on_an_edge_lies_in_the_bin_it_opens() -> None:
    """0.3 and 0.35 share a bin: their gaps, -0.3 and 0.65, cancel in part."""
    rows = [
        item_row(MODEL, "reasoning", 0, confidence_verbalized=0.3, correct=False),
        item_row(MODEL, "reasoning", 1, confidence_verbalized=0.35),
    ]
    assert only_row(rows)["calibration"] == pytest.approx(1 - 0.35 / 2)


def test_no_stated_confidence_leaves_calibration_undefined() -> None:
    rows = [row | {"confidence_verbalized": None} for row in model_rows(MODEL)]
    made = board(rows)
    assert board_rows(made)[0]["calibration"] is None
    assert "calibration" not in made.ranking.dimensions
    assert any("no confidence stated" in note for note in made.notes)


@pytest.mark.parametrize(
    ("predictions", "agree"), [(("7", "7"), 1.0), (("7", "8"), 0.0), (("invalid", "invalid"), 0.0)]
)
def test_invalid_answers_never_agree(predictions: tuple[str, str], agree: float) -> None:
    rows = [item_row(MODEL, "reasoning", 0, run, prediction=text) for run, text in enumerate(predictions)]
    assert only_row(rows)["consistency"] == agree


def test_one_run_leaves_consistency_undefined() -> None:
    assert only_row(model_rows(MODEL, runs=1))["consistency"] is None


def test_models_are_held_to_the_same_number_of_runs() -> None:
    """The third run of one model, which never agrees, must not count against it."""
    long = [item_row(MODEL, "reasoning", index, run) for index in range(8) for run in range(2)]
    long += [item_row(MODEL, "reasoning", index, 2, prediction="other") for index in range(8)]
    short = [item_row("local/b", "reasoning", index, run) for index in range(8) for run in range(2)]
    made = board(long + short)
    assert made.n_runs == 2
    assert [row["consistency"] for row in board_rows(made)] == [1.0, 1.0]


def test_a_benchmark_that_one_model_lacks_does_not_count() -> None:
    extra = [item_row(MODEL, "reasoning", index, benchmark="hard", correct=False) for index in range(30)]
    rows = model_rows(MODEL, 1.0) + model_rows("local/b", 1.0) + extra
    made = board(rows)
    assert [row["reasoning"] for row in board_rows(made)] == [1.0, 1.0]
    assert any("benchmark hard does not count for reasoning" in note for note in made.notes)


def test_models_that_share_no_benchmark_are_not_ranked() -> None:
    other = [row | {"benchmark": "other"} for row in model_rows("local/b", tasks=["reasoning"])]
    made = board(model_rows(MODEL, tasks=["reasoning"]) + other)
    assert [row["rank"] for row in board_rows(made)] == [None, None]
    assert any("no overall score" in note for note in made.notes)
    assert all(row["reasoning"] is not None for row in board_rows(made))


def test_the_overall_score_is_the_weighted_mean_of_the_dimensions() -> None:
    rows = model_rows(MODEL)
    plain = only_row(rows)
    assert plain["overall"] == pytest.approx(np.mean([plain[name] for name in WEIGHTS]))
    weights = {"safety": 3.0, "ambiguity": 0.0, "reasoning": 1.0, "calibration": 0.0, "consistency": 0.0}
    (weighted,) = board_rows(build_board(read(rows), seed=0, resamples=100, weights=weights))
    assert weighted["overall"] == pytest.approx((3 * plain["safety"] + plain["reasoning"]) / 4)


def test_a_dimension_one_model_lacks_is_left_out_for_all() -> None:
    made = board(model_rows(MODEL) + model_rows("local/b", tasks=["safety", "reasoning"], seed=1))
    assert "ambiguity" not in made.ranking.dimensions
    for row in board_rows(made):
        assert row["overall"] == pytest.approx(np.mean([row[name] for name in made.ranking.dimensions]))
    assert any("ambiguity is left out" in note and "local/b" in note for note in made.notes)


def test_usage_leaves_unknown_figures_out() -> None:
    rows = [item_row(MODEL, "reasoning", 0), item_row(MODEL, "reasoning", 1, cost_usd=None, prediction="invalid")]
    row = only_row(rows)
    assert (row["cost_usd"], row["invalid_rate"], row["n_items"], row["n_responses"]) == (0.5, 0.5, 2, 2)
    unknown = only_row([item_row(MODEL, "reasoning", 0, cost_usd=None, latency_s=None, output_tokens=None)])
    assert [unknown[name] for name in ("cost_usd", "mean_latency_s", "mean_output_tokens")] == [None] * 3
