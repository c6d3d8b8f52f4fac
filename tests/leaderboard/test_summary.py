"""The sentence on each model: true to the figures, and empty of what is not known."""

from __future__ import annotations

from leaderboard.board import build_board
from leaderboard.ranking import Estimate, Standing
from leaderboard.summary import summary
from leaderboard.tables import board_rows
from tests.leaderboard.conftest import model_rows, read

SURE, UNSURE, UNKNOWN = (
    Estimate(0.9, 0.88, 0.92, 99, 99),
    Estimate(0.4, 0.2, 0.6, 9, 9),
    Estimate(None, None, None, 0, 0),
)


def standing(low: int | None = 1, high: int | None = 2, rank: int | None = 1, **dimensions: Estimate) -> Standing:
    return Standing("local/a", rank, low, high, SURE, dimensions)


def test_it_says_what_is_good_what_is_bad_and_what_is_not_sure() -> None:
    text = summary(standing(safety=SURE, reasoning=UNSURE, calibration=UNKNOWN), 3, 0.12)
    assert text == (
        "Rank 1 of 3 (1 to 2 are possible); strongest in safety (90%), weakest in reasoning (40%); "
        "least sure is reasoning (20–60%); no score for calibration; 12% of its answers could not be scored."
    )


def test_what_is_sure_is_not_doubted() -> None:
    text = summary(standing(high=1, safety=SURE, reasoning=SURE), 3, 0.01)
    assert text == "Rank 1 of 3, clearly so; 90% in safety and reasoning."


def test_a_model_alone_or_without_rank_is_not_compared() -> None:
    assert summary(standing(), 1, None) == "The only model so far."
    assert summary(standing(None, None, None), 2, None) == "Not ranked."


def test_the_table_holds_a_sentence_without_names_for_each_model() -> None:
    board = build_board(read(model_rows("local/a") + model_rows("local/b", seed=1)), seed=0, resamples=60)
    for row in board_rows(board):
        assert row["summary"].startswith(f"Rank {row['rank']} of 2")
        assert "local/" not in row["summary"]
