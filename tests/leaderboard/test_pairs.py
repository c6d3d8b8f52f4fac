"""Pairs of models and their price: win rates and the Pareto front."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.board import Board, build_board
from leaderboard.document import to_markdown
from leaderboard.pareto import on_front
from leaderboard.tables import SCORES, board_rows, pair_rows
from leaderboard.versus import win_blocks
from tests.leaderboard.conftest import Rows, item_row, model_rows, read


def board(rows: Rows) -> Board:
    return build_board(read(rows), seed=0, resamples=60)


def pair(rows: Rows) -> dict[str, object]:
    """The row of local/a against local/b."""
    return pair_rows(board(rows))[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 3))
def test_opposite_win_rates_add_up_to_one(first: int, second: int, runs: int) -> None:
    rows = model_rows("local/a", 0.7, n=10, runs=runs, seed=first)
    there, back = pair_rows(board(rows + model_rows("local/b", 0.5, n=10, runs=runs, seed=second)))
    for score in SCORES:
        rate, opposite = there[f"win_rate_{score}"], back[f"win_rate_{score}"]
        assert (rate is None) == (opposite is None) == (score == "consistency" and runs == 1)
        assert rate is None or rate + opposite == pytest.approx(1)


def test_with_one_run_the_win_rate_is_a_half_and_half_the_difference_of_the_scores() -> None:
    """A right answer against a wrong one is won, all else is a tie."""
    rows = model_rows("local/a", 0.8, runs=1) + model_rows("local/b", 0.4, runs=1, seed=5)
    first, second = (next(r for r in board_rows(board(rows)) if r["model"] == m) for m in ("local/a", "local/b"))
    for name in ("safety", "ambiguity", "reasoning"):
        assert pair(rows)[f"win_rate_{name}"] == pytest.approx(0.5 + (first[name] - second[name]) / 2)


def test_more_right_runs_win_an_item() -> None:
    def runs(model: str, right: int) -> Rows:
        return [item_row(model, "reasoning", 0, run, correct=run < right) for run in range(3)]

    assert pair(runs("local/a", 2) + runs("local/b", 1))["win_rate_reasoning"] == 1.0
    assert pair(runs("local/a", 2) + runs("local/b", 2))["win_rate_reasoning"] == 0.5


def test_the_confidence_nearer_to_success_wins_an_item_for_calibration() -> None:
    near = item_row("local/a", "reasoning", 0, confidence_verbalized=0.9)
    far = item_row("local/b", "reasoning", 0, confidence_verbalized=0.4)
    assert pair([near, far])["win_rate_calibration"] == 1.0


def test_an_item_without_a_stated_confidence_is_not_shared_for_calibration() -> None:
    rows = [item_row(model, "reasoning", index) for model in ("local/a", "local/b") for index in range(4)]
    rows[0] |= {"confidence_verbalized": None}
    assert (pair(rows)["n_shared_calibration"], pair(rows)["n_shared_reasoning"]) == (3, 4)


def test_without_an_item_that_both_state_a_confidence_on_there_is_no_win_rate_for_calibration() -> None:
    rows = [
        item_row(model, "reasoning", index, confidence_verbalized=0.8 if index == place else None)
        for place, model in enumerate(("local/a", "local/b"))
        for index in range(2)
    ]
    made = board(rows)
    assert pair_rows(made)[0]["win_rate_calibration"] is pair_rows(made)[0]["win_rate_overall"] is None
    assert "nan" not in to_markdown(list(win_blocks(made)))


def test_pairs_that_share_nothing_have_no_win_rate() -> None:
    other = [row | {"benchmark": "other"} for row in model_rows("local/b", tasks=["reasoning"])]
    row = pair(model_rows("local/a", tasks=["reasoning"]) + other)
    assert row["win_rate_reasoning"] is row["win_rate_overall"] is row["better"] is None
    assert row["n_shared_reasoning"] == 0


PRICED = st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3)), max_size=6)


@given(PRICED)
def test_the_front_is_those_whom_no_other_beats(models: list[tuple[float | None, float | None]]) -> None:
    for own, (good, dear) in zip(on_front(*zip(*models, strict=True)) if models else [], models, strict=True):
        if good is None or dear is None:
            assert own is None
            continue
        known = [(g, d) for g, d in models if g is not None and d is not None]
        assert own is not any((-g, d) != (-good, dear) and g >= good and d <= dear for g, d in known)


def test_an_unknown_cost_is_not_zero() -> None:
    assert on_front([0.9, 0.5], [None, 2.0]) == [None, True]
    assert on_front([0.9, 0.5], [0.0, 2.0]) == [True, False]


def test_fifty_models_are_compared_in_every_pair() -> None:
    rows = [row for k in range(50) for row in model_rows(f"local/m{k:02}", 0.5, n=4, seed=k)]
    made = board(rows)
    assert len(pair_rows(made)) == 50 * 49
    assert np.isfinite([row["win_rate_overall"] for row in pair_rows(made)]).all()
