"""Intervals, ranks and comparisons: what must hold whatever the data."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import mean_interval
from analysis.item_columns import columns_of_rows
from leaderboard.answers import collect
from leaderboard.board import Board, build_board
from leaderboard.bootstrap import Scores, bootstrap
from leaderboard.dimensions import DIMENSIONS
from leaderboard.ranking import best_ranks, rank_ranges, worst_ranks
from leaderboard.scores import gather_evidence
from leaderboard.shared import find_bases
from leaderboard.tables import SCORES, board_rows
from tests.leaderboard.conftest import Rows, item_row, model_rows, read, renamed


def board(rows: Rows, *, seed: int = 0, resamples: int = 300) -> Board:
    return build_board(read(rows), seed=seed, resamples=resamples)


def drawn(rows: Rows) -> Scores:
    collected = collect(columns_of_rows(rows))
    return bootstrap(gather_evidence(collected, find_bases(collected)), 0, 200)


def calibrated_rows() -> Rows:
    """60 answers at each of 0.5, 0.7 and 0.9, of which 0.05 fewer are right."""
    return [
        item_row("local/a", "reasoning", 60 * place + index, pair=None, correct=index < 60 * confidence - 3,
                 confidence_verbalized=confidence)
        for place, confidence in enumerate((0.5, 0.7, 0.9))
        for index in range(60)
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 99)), min_size=1, max_size=4), st.integers(1, 9))
def test_intervals_and_ranges_hold_the_figures_they_belong_to(models: list[tuple[float, int]], n: int) -> None:
    rows = [
        row
        for place, (accuracy, seed) in enumerate(models)
        for row in model_rows(f"local/{place}", accuracy, n=2 * n, seed=seed)
    ]
    for row in board_rows(board(rows, resamples=60)):
        for score in SCORES:
            value, low, high = (row[score + suffix] for suffix in ("", "_ci_low", "_ci_high"))
            assert value is None or 0 <= value <= 1
            assert low is None or 0 <= low <= value <= high <= 1
        assert row["rank_low"] is None or 1 <= row["rank_low"] <= row["rank"] <= row["rank_high"] <= len(models)


def test_a_copy_of_a_model_shares_its_rank_and_range() -> None:
    rows = model_rows("local/a", 0.9)
    made = board(rows + renamed(rows, "local/copy") + model_rows("local/z", 0.2, seed=9))
    first, second, third = board_rows(made)
    for column in ("rank", "rank_low", "rank_high"):
        assert first[column] == second[column]
    assert (first["rank"], first["rank_low"], first["rank_high"], third["rank"]) == (1, 1, 2, 3)
    copies = next(pair for pair in made.ranking.comparisons if (pair.model, pair.other) == ("local/a", "local/copy"))
    assert (copies.better, copies.tied, copies.difference) == (0.0, 1.0, 0.0)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = model_rows("local/a", 0.8) + model_rows("local/b", 0.7, seed=1)
    shuffled = random.Random(5).sample(rows, len(rows))
    assert board_rows(board(rows)) == board_rows(board(shuffled))


def test_one_model_is_first_without_doubt_or_rival() -> None:
    made = board(model_rows("local/a"))
    (row,) = board_rows(made)
    assert (row["rank"], row["rank_low"], row["rank_high"]) == (1, 1, 1)
    assert made.ranking.comparisons == ()


def test_another_seed_moves_the_intervals_but_not_the_scores() -> None:
    rows = model_rows("local/a")
    (first,), (second,) = board_rows(board(rows, seed=0)), board_rows(board(rows, seed=1))
    assert all(first[score] == second[score] for score in SCORES)
    assert any(first[f"{score}_ci_low"] != second[f"{score}_ci_low"] for score in SCORES)


def test_a_further_benchmark_leaves_the_draws_of_the_others_alone() -> None:
    rows = model_rows("local/a", tasks=["safety", "reasoning"])
    few = drawn([row for row in rows if row["task"] == "safety"])
    safety = DIMENSIONS.index("safety")
    assert np.array_equal(few.replicates[:, 0, safety], drawn(rows).replicates[:, 0, safety])


def test_chance_in_the_resamples_does_not_count_against_calibration() -> None:
    """Resamples of a well calibrated sample have the greater ECE; centred, they lie about the sample's own."""
    scores = drawn(calibrated_rows())
    column = DIMENSIONS.index("calibration")
    value = scores.values[0, column]
    assert scores.plain_calibration.mean() < value - 0.01
    assert abs(scores.replicates[:, 0, column].mean() - value) < 0.003


def test_the_interval_of_calibration_reaches_as_far_up_as_down() -> None:
    row = board_rows(board(calibrated_rows()))[0]
    up, down = row["calibration_ci_high"] - row["calibration"], row["calibration"] - row["calibration_ci_low"]
    assert up == pytest.approx(min(down, 1 - row["calibration"]))


def test_a_single_cluster_of_right_answers_has_no_interval_either() -> None:
    rows = [item_row("local/a", "reasoning", index, pair="one") for index in range(5)]
    assert board_rows(board(rows))[0]["reasoning_ci_low"] is None


def test_all_right_is_not_certain() -> None:
    """Clopper and Pearson's lower limit for 20 of 20 is 0.832."""
    rows = [item_row("local/a", "reasoning", index, pair=None) for index in range(20)]
    row = board_rows(board(rows, resamples=4000))[0]
    assert row["reasoning"] == row["reasoning_ci_high"] == 1.0
    assert abs(row["reasoning_ci_low"] - 0.832) < 0.02


def test_a_single_cluster_has_no_interval_and_leaves_every_rank_open() -> None:
    rows = [
        item_row(model, "reasoning", index, pair="one", correct=index > least)
        for model, least in (("local/a", 1), ("local/b", 2))
        for index in range(5)
    ]
    found = board_rows(board(rows))
    assert [row["reasoning_ci_low"] for row in found] == [None, None]
    assert [(row["rank"], row["rank_low"], row["rank_high"]) for row in found] == [(1, 1, 2), (2, 1, 2)]


def test_items_of_a_cluster_are_drawn_together() -> None:
    """Ten copies of each item in one cluster tell no more than the item alone."""
    right = [index % 3 > 0 for index in range(30)]
    single = [item_row("local/a", "reasoning", index, pair=None, correct=ok) for index, ok in enumerate(right)]
    copies = [
        row | {"item_id": f"{row['item_id']}-{copy}", "pair": row["item_id"]} for row in single for copy in range(10)
    ]
    first, second = board_rows(board(single, resamples=1000))[0], board_rows(board(copies, resamples=1000))[0]
    widths = [row["reasoning_ci_high"] - row["reasoning_ci_low"] for row in (first, second)]
    assert abs(widths[0] - widths[1]) < 0.03


def test_the_interval_is_close_to_the_clustered_one() -> None:
    rows = model_rows("local/a", 0.7, n=300, runs=1, tasks=["reasoning"])
    row = board_rows(board(rows, resamples=2000))[0]
    scores = np.array([float(entry["correct"]) for entry in rows])
    expected = mean_interval(scores, np.arange(300) // 2, bounds=(0.0, 1.0))
    assert expected.low is not None
    assert expected.high is not None
    assert abs(row["reasoning_ci_low"] - expected.low) < 0.01
    assert abs(row["reasoning_ci_high"] - expected.high) < 0.01


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=5))
def test_ranks_count_who_is_better_and_who_is_as_good(scores: list[list[int]]) -> None:
    array = np.array(scores, dtype=np.float64)
    for own, best, worst in zip(scores, best_ranks(array).tolist(), worst_ranks(array).tolist(), strict=True):
        assert best == [1 + sum(other > value for other in own) for value in own]
        assert worst == [sum(other >= value for other in own) for value in own]


def test_models_that_swap_places_have_both_ranks_in_their_range() -> None:
    replicates = np.array([[0.9, 0.8, 0.1], [0.8, 0.9, 0.1]] * 50)
    assert rank_ranges(np.array([0.9, 0.85, 0.1]), replicates) == [(1, 2), (1, 2), (3, 3)]


def test_ranges_leave_out_only_models_that_are_surely_better_or_worse() -> None:
    """Equal models: whatever one draws, each may be first or last; one far ahead keeps its rank."""
    noise = np.random.default_rng(0).normal(0, 0.01, (2_000, 6))
    values = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert rank_ranges(values, values + noise) == [(1, 1)] + [(2, 6)] * 5


def test_a_difference_of_two_models_is_sure_beyond_1_96_standard_errors() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (20_000, 1))
    for ahead, ranges in ((0.019, [(1, 2), (1, 2)]), (0.020, [(1, 1), (2, 2)])):
        values = np.array([0.5 + ahead, 0.5])
        assert rank_ranges(values, values + np.hstack([noise, 0 * noise])) == ranges


def test_few_clusters_widen_the_interval_by_students_t() -> None:
    """Eight single items, half of them right: 0.5 -+ t(7) sqrt(0.25 / 7), to the steps that resamples of 8 can take."""
    rows = [item_row("local/a", "reasoning", index, pair=None, correct=index < 4) for index in range(8)]
    row = board_rows(board(rows, resamples=4000))[0]
    assert row["reasoning_ci_low"] == pytest.approx(0.5 - 2.365 * (0.25 / 7) ** 0.5, abs=0.06)
