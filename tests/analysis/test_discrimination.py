from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.confidence_counts import Counts, Floats, count, resampled_counts
from analysis.discrimination import accuracy_at_coverages, aurc, auroc
from tests.analysis.reference import SETS, ReferenceSet, agrees
from tests.analysis.strategies import Answers, answers


def accuracy_at_coverage(counts: Counts, percent: int) -> Floats:
    return accuracy_at_coverages(counts, [percent])[..., 0]


@pytest.mark.parametrize("reference", SETS, ids=lambda each: each.name)
def test_figures_agree_with_scikit_learn_and_the_definitions(reference: ReferenceSet) -> None:
    expected = reference.value("risk_coverage")
    assert agrees(auroc(reference.counts), reference.value("auroc"))
    assert agrees(aurc(reference.counts), expected["aurc"])
    for share, accuracy in expected["selective_accuracy"].items():
        assert agrees(accuracy_at_coverage(reference.counts, round(100 * float(share))), accuracy)


def test_one_class_has_no_auroc() -> None:
    assert np.isnan(auroc(count(np.array([0.2, 0.9]), np.ones(2))))


def test_no_answers_have_no_figures() -> None:
    empty = count(np.empty(0), np.empty(0))
    assert np.isnan(auroc(empty))
    assert np.isnan(aurc(empty))
    assert np.isnan(accuracy_at_coverage(empty, 80))


def test_coverage_is_rounded_up() -> None:
    counts = count(np.array([0.9, 0.8, 0.7]), np.array([1.0, 0.0, 0.0]))
    assert accuracy_at_coverage(counts, 33) == 1
    assert accuracy_at_coverage(counts, 34) == 0.5


@given(answers())
def test_auroc_is_the_share_of_pairs_in_order(sample: Answers) -> None:
    right, wrong = sample.confidence[sample.correct == 1], sample.confidence[sample.correct == 0]
    wins = [(one > other) + (one == other) / 2 for one in right for other in wrong]
    assert agrees(auroc(count(sample.confidence, sample.correct)), float(np.mean(wins)) if wins else None)


@given(answers())
def test_auroc_of_turned_confidence_is_the_complement(sample: Answers) -> None:
    ranks = np.unique(sample.confidence, return_inverse=True)[1] / max(1, len(sample.confidence))
    figure = float(auroc(count(ranks, sample.correct)))
    assert agrees(auroc(count(1 - ranks, sample.correct)), None if np.isnan(figure) else 1 - figure)


@settings(max_examples=40)
@given(answers(max_size=6))
def test_figures_average_over_the_orders_of_ties(sample: Answers) -> None:
    areas, kept = [], []
    half = -(-len(sample.correct) // 2)
    for order in itertools.permutations(range(len(sample.correct))):
        chosen = list(order)
        if (np.diff(sample.confidence[chosen]) <= 0).all():
            wrong = 1 - sample.correct[chosen]
            areas.append((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())
            kept.append(sample.correct[chosen][:half].mean())
    counts = count(sample.confidence, sample.correct)
    assert agrees(aurc(counts), float(np.mean(areas)))
    assert agrees(accuracy_at_coverage(counts, 50), float(np.mean(kept)))


@given(answers(min_size=2))
def test_accuracy_at_coverage_of_resamples_is_that_of_each(sample: Answers) -> None:
    chunks = resampled_counts(sample.confidence, sample.correct, sample.clusters, 5, np.random.default_rng(0))
    (chunk,) = list(chunks)
    together = accuracy_at_coverages(chunk, range(1, 101))
    for n, right, found in zip(chunk.n, chunk.right, together, strict=True):
        assert np.array_equal(found, accuracy_at_coverages(Counts(chunk.values, n, right), range(1, 101)))
