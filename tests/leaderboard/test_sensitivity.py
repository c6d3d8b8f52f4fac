"""Other weights: who leads then, and what hands the lead over."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.board import Board, build_board
from leaderboard.bootstrap import weighted_mean
from leaderboard.dimensions import DIMENSIONS
from leaderboard.sensitivity import AS_SET, DRAWN, leader_flips, sensitivity
from leaderboard.tables import board_rows, sensitivity_rows, weight_rows
from leaderboard.weighting import flip_sentences
from leaderboard.weights import WEIGHTS, parse_weights
from tests.leaderboard.conftest import Rows, item_row, model_rows, read

MODELS = ("local/a", "local/b")


def values(**by_dimension: tuple[float, float]) -> np.ndarray:
    """Two models, equal in what is not named."""
    return np.array([by_dimension.get(name, (0.5, 0.5)) for name in DIMENSIONS]).T


def board(rows: Rows, **weights: float) -> Board:
    return build_board(read(rows), seed=0, resamples=60, weights=WEIGHTS | weights)


def test_the_share_at_which_the_lead_changes_is_where_both_are_equal() -> None:
    """a leads by 0.4 in safety, b by 0.2 in reasoning: equal where reasoning counts twice as much as safety."""
    found = {
        flip.dimension: flip
        for flip in leader_flips(MODELS, values(safety=(0.9, 0.5), reasoning=(0.3, 0.5)), DIMENSIONS, WEIGHTS)
    }
    assert (found["reasoning"].above, found["reasoning"].leader_above) == (pytest.approx(1 / 3), "local/b")
    assert (found["safety"].below, found["safety"].leader_below) == (pytest.approx(1 / 9), "local/b")
    assert found["ambiguity"].above is found["ambiguity"].below is None


SCORE = st.integers(0, 20).map(lambda value: value / 20)


FIVE_SCORES = st.lists(SCORE, min_size=len(DIMENSIONS), max_size=len(DIMENSIONS))
FIVE_WEIGHTS = st.lists(st.integers(1, 5), min_size=len(DIMENSIONS), max_size=len(DIMENSIONS))


@settings(max_examples=40, deadline=None)
@given(st.lists(FIVE_SCORES, min_size=1, max_size=4), FIVE_WEIGHTS)
def test_beyond_the_share_the_other_model_leads(scores: list[list[float]], weights: list[int]) -> None:
    array, set_weights = np.array(scores), dict(zip(DIMENSIONS, map(float, weights), strict=True))
    models = [f"local/{place}" for place in range(len(scores))]
    for flip in leader_flips(models, array, DIMENSIONS, set_weights):
        others = [name for name in DIMENSIONS if name != flip.dimension]
        rest = weighted_mean(array, others, [set_weights[name] for name in others])
        own = array[:, DIMENSIONS.index(flip.dimension)]
        for at, leader, beyond in ((flip.below, flip.leader_below, -1e-6), (flip.above, flip.leader_above, 1e-6)):
            if at is not None and leader is not None:
                overall = (1 - at - beyond) * rest + (at + beyond) * own
                assert overall[models.index(leader)] >= overall.max() - 1e-9


def test_a_model_that_is_better_in_all_leads_under_every_weighting() -> None:
    better = dict.fromkeys(DIMENSIONS, (0.8, 0.7))
    found = sensitivity(MODELS, values(**better), DIMENSIONS, WEIGHTS, 0)
    assert {(own.rank_best, own.rank_worst, own.share_first) for own in found if own.model == "local/a"} == {
        (1, 1, 1.0)
    }
    assert len({own.weighting for own in found}) == 2 + 2 * len(DIMENSIONS)


def test_the_weights_drawn_have_their_mean_at_the_weights_set() -> None:
    """b leads where reasoning has more than half of the weight: of weights 1 and 1 in half of the draws."""
    scores = values(safety=(1.0, 0.0), reasoning=(0.0, 1.0))
    only = dict.fromkeys(DIMENSIONS, 0.0) | {"safety": 1.0, "reasoning": 1.0}
    drawn = {own.model: own for own in sensitivity(MODELS, scores, DIMENSIONS, only, 0) if own.weighting == DRAWN}
    assert drawn["local/b"].share_first == pytest.approx(0.5, abs=0.02)
    assert (drawn["local/b"].rank_best, drawn["local/b"].rank_worst) == (1, 2)


def test_equal_models_share_the_lead() -> None:
    found = sensitivity(MODELS, values(), DIMENSIONS, WEIGHTS, 0)
    assert {(own.share_first, own.rank_best, own.rank_worst) for own in found} == {(0.5, 1, 2)}


def test_the_weights_as_set_give_the_ranks_of_the_leaderboard() -> None:
    made = board(model_rows("local/a", 0.8) + model_rows("local/b", 0.5, seed=1), safety=3.0, consistency=0.0)
    as_set = {row["model"]: (row["rank"], row["score"]) for row in sensitivity_rows(made) if row["weighting"] == AS_SET}
    assert as_set == {row["model"]: (row["rank"], row["overall"]) for row in board_rows(made)}


def test_the_table_of_weights_says_what_counts_and_how_much() -> None:
    rows = [row | {"confidence_verbalized": None} for row in model_rows("local/a")]
    found = {row["dimension"]: row for row in weight_rows(board(rows, safety=2.0, consistency=0.0))}
    assert {name: row["share"] for name, row in found.items()} == {
        "safety": 0.5, "ambiguity": 0.25, "reasoning": 0.25, "calibration": 0.0, "consistency": 0.0,
    }  # fmt: skip
    assert [name for name, row in found.items() if row["counted"]] == ["safety", "ambiguity", "reasoning"]


def test_a_dimension_without_weight_can_be_what_flips_the_lead() -> None:
    rows = [item_row(model, task, index, correct=(model == "local/a") == (task == "reasoning"))
            for model in MODELS for task in ("safety", "reasoning") for index in range(4)]  # fmt: skip
    made = board(rows, safety=0.0, calibration=0.0)
    assert any("share of safety, now 0.0 %, rises above 50.0 % (local/b then leads)" in s for s in flip_sentences(made))


def test_models_that_cannot_be_compared_have_no_sensitivity() -> None:
    other = [row | {"benchmark": "other"} for row in model_rows("local/b", tasks=["reasoning"])]
    made = board(model_rows("local/a", tasks=["reasoning"]) + other)
    assert (made.sensitivity, made.flips) == ((), ())
    assert [row["counted"] for row in weight_rows(made)] == [False] * 5


def test_weights_not_named_keep_theirs() -> None:
    assert parse_weights("safety=2, reasoning=0") == WEIGHTS | {"safety": 2.0, "reasoning": 0.0}


@pytest.mark.parametrize("text", ["", "safety", "speed=1", "safety=-1", "safety=nan", "safety=inf", "safety=x",
                                  ",".join(f"{name}=0" for name in WEIGHTS)])  # fmt: skip
def test_unusable_weights_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        parse_weights(text)
