"""Models that answered different items or runs: compared on what they share, and told so."""

from __future__ import annotations

import pytest

from leaderboard.board import Board, build_board
from leaderboard.tables import board_rows
from tests.leaderboard.conftest import Rows, item_row, model_rows, read, renamed


def board(rows: Rows) -> Board:
    return build_board(read(rows), seed=0, resamples=60)


def reasoning(model: str, correct: list[bool], run: int = 0, first: int = 0) -> Rows:
    return [item_row(model, "reasoning", first + index, run, correct=ok) for index, ok in enumerate(correct)]


def scores(made: Board, name: str) -> dict[str, float | None]:
    return {row["model"]: row[name] for row in board_rows(made)}


def test_a_model_with_more_items_is_judged_by_those_that_the_other_has() -> None:
    """Right on the 50 shared items alone: its other 350 items, all wrong, say nothing against it in this comparison."""
    rows = reasoning("local/a", [True] * 50 + [False] * 350) + reasoning("local/b", [True] * 25 + [False] * 25)
    made = board(rows)
    assert scores(made, "reasoning") == {"local/a": 1.0, "local/b": 0.5}
    assert scores(made, "n_items") == {"local/a": 400, "local/b": 50}
    assert any("compared on the 50 items of reasoning" in n and "local/b with 50; most: 400" in n for n in made.notes)


def test_ranks_and_intervals_do_not_change_with_items_that_only_one_model_has() -> None:
    shared = model_rows("local/a", 0.8) + model_rows("local/b", 0.6, seed=1)
    more = [item_row("local/a", task, 40 + index, run) for task in ("safety", "reasoning") for index in range(30)
            for run in range(2)]  # fmt: skip
    plain, extended = board_rows(board(shared)), board_rows(board(shared + more))
    own = ("n_items", "n_responses", "invalid_rate", "cost_usd", "summary")
    for before, after in zip(plain, extended, strict=True):
        assert {k: v for k, v in after.items() if k not in own} == {k: v for k, v in before.items() if k not in own}


def test_runs_that_not_all_models_have_do_not_count() -> None:
    rows = [row for run in range(3) for row in reasoning("local/a", [run == 0] * 6, run)]
    made = board(rows + reasoning("local/b", [True] * 6))
    assert scores(made, "reasoning") == {"local/a": 1.0, "local/b": 1.0}
    assert any("the first run of reasoning (fewest: local/b with 1; most: 3)" in note for note in made.notes)


def test_models_with_the_same_items_and_runs_are_told_nothing() -> None:
    made = board(model_rows("local/a", n=60) + model_rows("local/b", n=60, seed=1))
    assert made.notes == ()


def test_a_run_that_has_only_begun_costs_no_items_and_is_told() -> None:
    begun = reasoning("local/a", [False] * 3, run=1)
    made = board(reasoning("local/a", [True] * 10) + begun + reasoning("local/b", [True] * 10))
    assert scores(made, "reasoning") == {"local/a": 1.0, "local/b": 1.0}
    assert any(note.startswith("3 responses do not count") for note in made.notes)


def test_an_item_without_a_response_in_one_run_counts_by_the_others_but_not_for_consistency() -> None:
    rows = reasoning("local/a", [True] * 10) + reasoning("local/a", [False] * 9, run=1)
    made = board(rows)
    assert scores(made, "reasoning") == {"local/a": pytest.approx((9 * 0.5 + 1) / 10)}
    assert made.bases["consistency"].compared == {"reasoning": (9, 2)}


def test_models_whose_items_differ_altogether_are_not_ranked() -> None:
    made = board(reasoning("local/a", [True] * 5) + reasoning("local/b", [True] * 5, first=5))
    assert scores(made, "rank") == {"local/a": None, "local/b": None}
    assert scores(made, "reasoning") == {"local/a": 1.0, "local/b": 1.0}
    assert any("the models share no item for it" in note for note in made.notes)


def test_benchmarks_of_one_task_are_pooled_item_by_item() -> None:
    foreign = [item_row("local/a", "reasoning", index, benchmark="gsm8k", correct=False) for index in range(30)]
    made = board(reasoning("local/a", [True] * 10) + foreign)
    assert scores(made, "reasoning") == {"local/a": 0.25}


def test_prices_are_means_over_the_items_that_all_models_have() -> None:
    dear = [item_row("local/a", "reasoning", 10 + index, cost_usd=9.0, latency_s=9.0) for index in range(5)]
    made = board(reasoning("local/a", [True] * 10) + dear + reasoning("local/b", [True] * 10))
    assert scores(made, "mean_cost_usd") == {"local/a": 0.5, "local/b": 0.5}
    assert scores(made, "mean_latency_s") == {"local/a": 2.0, "local/b": 2.0}
    assert scores(made, "cost_usd") == {"local/a": 50.0, "local/b": 5.0}


def test_models_that_are_all_alike_share_the_first_rank() -> None:
    rows = model_rows("local/a")
    found = board_rows(board([row for name in ("a", "b", "c", "d") for row in renamed(rows, f"local/{name}")]))
    assert {(row["rank"], row["rank_low"], row["rank_high"]) for row in found} == {(1, 1, 4)}
    assert {row["on_pareto_front_cost"] for row in found} == {True}
