from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from analysis import agreement
from analysis.item_columns import Texts
from analysis.resampling import cluster_weights
from tests.analysis.reference import SETS, ReferenceSet, agrees
from tests.analysis.strategies import run_answers

WITH_RUNS = [each for each in SETS if each.runs]
UNPARSED = agreement.UNPARSED


def codes(reference: ReferenceSet) -> NDArray[np.int64]:
    return answer_codes([list(runs) for runs in reference.runs], "invalid")


def answer_codes(answers: list[list[str]], unparsed: str) -> NDArray[np.int64]:
    texts = Texts.of([answer for runs in answers for answer in runs])
    n_runs = len(answers[0]) if answers else 0
    return agreement.answer_codes(texts.codes.reshape(len(answers), n_runs), texts.code(unparsed))


@pytest.mark.parametrize("reference", WITH_RUNS, ids=lambda each: each.name)
def test_agreement_agrees_with_the_definitions_and_krippendorff(reference: ReferenceSet) -> None:
    answers = codes(reference)
    pairwise, share = agreement.pairwise_agreement(answers), agreement.majority_share(answers)
    assert pairwise is not None
    assert share is not None
    assert agrees(agreement.total_agreement(answers).mean(), reference.value("tara"))
    assert agrees(pairwise.mean(), reference.value("mean_pairwise_agreement"))
    assert agrees(share.mean(), reference.value("mean_modal_share"))
    assert agrees(agreement.krippendorff_alpha(answers), reference.value("krippendorff_alpha_nominal"))


@pytest.mark.parametrize("reference", WITH_RUNS, ids=lambda each: each.name)
def test_pass_rates_agree_with_the_definitions(reference: ReferenceSet) -> None:
    right = np.array([[answer == "A" for answer in runs] for runs in reference.runs])
    for k in range(1, right.shape[1] + 1):
        at, hat = agreement.pass_at(right, k), agreement.pass_hat(right, k)
        assert at is not None
        assert hat is not None
        assert agrees(at.mean(), reference.value(f"pass_at_{k}"))
        assert agrees(hat.mean(), reference.value(f"pass_hat_{k}"))


def test_pass_rates_beyond_the_runs_are_undefined() -> None:
    right = np.array([[True, False]])
    assert agreement.pass_at(right, 3) is None
    assert agreement.pass_hat(right, 0) is None


def test_unparsed_answers_agree_with_nothing() -> None:
    answers = np.array([[UNPARSED, UNPARSED, UNPARSED], [1, 1, UNPARSED], [1, 1, 1]])
    pairwise, share = agreement.pairwise_agreement(answers), agreement.majority_share(answers)
    entropy = agreement.answer_entropy(answers)
    assert pairwise is not None
    assert share is not None
    assert entropy is not None
    assert agreement.total_agreement(answers).tolist() == [0, 0, 1]
    assert pairwise.tolist() == pytest.approx([0, 1 / 3, 1])
    assert share.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert entropy[0] == pytest.approx(1)
    assert entropy[2] == 0


def test_alpha_counts_unparsed_answers_as_disagreement() -> None:
    parsed = np.array([[0, 0], [1, 1], [0, 0]])
    failing = np.array([[0, 0], [1, 1], [UNPARSED, UNPARSED]])
    assert agreement.krippendorff_alpha(parsed) == 1
    assert agreement.krippendorff_alpha(failing) == pytest.approx(1 - (1 / 3) / (1 - 4 / 30))


def test_one_answer_everywhere_leaves_alpha_undefined() -> None:
    assert agreement.krippendorff_alpha(np.zeros((5, 3), dtype=np.int64)) is None


def test_one_run_has_no_agreement() -> None:
    answers, right = np.array([[0], [1]]), np.array([[True], [False]])
    assert agreement.pairwise_agreement(answers) is None
    assert agreement.majority_share(answers) is None
    assert agreement.answer_entropy(answers) is None
    assert agreement.krippendorff_alpha(answers) is None
    assert agreement.flips(right) is None
    assert agreement.spread(agreement.run_accuracies(right)) == (None, None)


def test_flips_are_items_with_right_and_wrong_runs() -> None:
    flips = agreement.flips(np.array([[True, True], [True, False], [False, False]]))
    assert flips is not None
    assert flips.tolist() == [0, 1, 0]


def test_tied_majorities_share_the_credit() -> None:
    answers = np.array([[0, 1, 0, 1], [0, 0, 1, 2], [UNPARSED, UNPARSED, UNPARSED, 1], [UNPARSED] * 4])
    right = np.array([[True, False, True, False], [True, True, False, False], [False, False, False, True], [False] * 4])
    assert agreement.majority_right(answers, right).tolist() == [0.5, 1, 1, 0]


def test_spread_is_over_runs() -> None:
    right = np.array([[True, False], [True, True]])
    deviation, span = agreement.spread(agreement.run_accuracies(right))
    assert span == 0.5
    assert deviation == pytest.approx(math.sqrt(0.125))


def test_no_items_have_no_figures() -> None:
    answers = answer_codes([], "invalid").reshape(0, 3)
    right = np.empty((0, 3), dtype=np.bool_)
    assert agreement.krippendorff_alpha(answers) is None
    assert agreement.majority_right(answers, right).tolist() == []
    assert agreement.run_accuracies(right).tolist() == []


def test_codes_are_the_same_in_every_item() -> None:
    assert answer_codes([["b", "a"], ["a", "?"]], "?").tolist() == [[1, 0], [0, UNPARSED]]


@given(run_answers())
def test_order_of_runs_does_not_matter(answers: NDArray[np.int64]) -> None:
    right = answers == 1
    turned, turned_right = answers[:, ::-1], right[:, ::-1]
    assert np.array_equal(agreement.total_agreement(answers), agreement.total_agreement(turned))
    assert np.allclose(agreement.majority_right(answers, right), agreement.majority_right(turned, turned_right))
    one, other = agreement.krippendorff_alpha(answers), agreement.krippendorff_alpha(turned)
    assert agrees(one, other)


@given(run_answers())
def test_figures_lie_in_their_ranges(answers: NDArray[np.int64]) -> None:
    pairwise, share = agreement.pairwise_agreement(answers), agreement.majority_share(answers)
    entropy = agreement.answer_entropy(answers)
    assert pairwise is not None
    assert share is not None
    assert entropy is not None
    assert ((pairwise >= 0) & (pairwise <= 1)).all()
    assert ((share >= 1 / answers.shape[1]) & (share <= 1)).all()
    assert ((entropy >= -1e-12) & (entropy <= 1 + 1e-12)).all()
    assert ((agreement.total_agreement(answers) == 1) == (pairwise == 1)).all()


@given(run_answers())
def test_pass_rates_are_the_means_over_all_choices_of_runs(answers: NDArray[np.int64]) -> None:
    right = answers == 1
    for k in range(1, right.shape[1] + 1):
        choices = [right[:, list(runs)] for runs in itertools.combinations(range(right.shape[1]), k)]
        at, hat = agreement.pass_at(right, k), agreement.pass_hat(right, k)
        assert at is not None
        assert hat is not None
        assert np.allclose(at, np.mean([choice.any(axis=1) for choice in choices], axis=0))
        assert np.allclose(hat, np.mean([choice.all(axis=1) for choice in choices], axis=0))


@settings(max_examples=30)
@given(run_answers())
def test_resampled_alpha_is_the_alpha_of_the_resample(answers: np.ndarray) -> None:
    clusters = np.arange(len(answers)) // 2
    draws = agreement.krippendorff_draws(answers, clusters, 4, np.random.default_rng(0))
    weights = cluster_weights(int(clusters.max()) + 1, 4, np.random.default_rng(0))
    for times, drawn in zip(weights, draws, strict=True):
        assert agrees(float(drawn), agreement.krippendorff_alpha(np.repeat(answers, times[clusters], axis=0)))
