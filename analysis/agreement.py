"""How far a model agrees with itself when it is asked the same again: functions over items x runs.

An answer is a code; `UNPARSED` stands for one that could not be read. Unparsed answers agree with nothing, not even
with each other: a model that fails the same way each time is not consistent (the published code of Atil et al.
counts such an item as agreeing). Every function returns one figure an item, so that `mean_interval` can cluster it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.resampling import cluster_weights

UNPARSED = -1
CHUNK_CELLS = 500_000  # resamples x clusters, or x answers, worked on at a time: 4 MB an array

Answers = NDArray[np.int64]
"""Answer codes, one row an item, one column a run."""
Right = NDArray[np.bool_]
"""Whether each answer is right, in the same shape."""
PerItem = NDArray[np.float64]


def answer_codes(predictions: NDArray[np.integer], unparsed: int) -> Answers:
    """Answers as codes from 0 on, in the order of those that are given; `unparsed` becomes `UNPARSED`.

    Args:
        predictions: codes, equal for equal answers wherever they stand, one row an item, one column a run.
        unparsed: the code of an answer that could not be read.
    """
    distinct, codes = np.unique(predictions.ravel(), return_inverse=True)
    code = np.cumsum(distinct != unparsed) - 1
    code[distinct == unparsed] = UNPARSED
    return code[codes].reshape(predictions.shape)


def equal_answers(answers: Answers) -> NDArray[np.int64]:
    """For each answer, how many of the item's answers equal it, itself among them; 1 for an unparsed one."""
    if not answers.size:
        return np.ones_like(answers)
    order = np.argsort(answers, axis=1)
    ordered = np.take_along_axis(answers, order, axis=1)
    begins = np.ones(answers.shape, np.bool_)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.cumsum(begins.ravel()) - 1
    counts = np.empty_like(answers)
    np.put_along_axis(counts, order, np.bincount(group)[group].reshape(answers.shape), axis=1)
    counts[answers == UNPARSED] = 1
    return counts


def total_agreement(answers: Answers) -> PerItem:
    """1.0 where all N answers of the item are equal and parsed, else 0.0.

    Over parsed answers the mean is TARa@N, over raw texts TARr@N (Atil et al. 2024, arXiv 2408.04667). It falls as N
    grows: compare models at the same N. For one run it is 1 wherever the answer is parsed, and says nothing.
    """
    return _figures((answers == answers[:, :1]).all(axis=1) & (answers[:, 0] != UNPARSED))


def pairwise_agreement(answers: Answers) -> PerItem | None:
    """The share of the item's pairs of runs that agree, sum_j n_j (n_j - 1) / (N (N - 1)); 0 to 1.

    Its mean is P-bar of Fleiss 1971. None for fewer than two runs.
    """
    n_runs = answers.shape[1]
    if n_runs < 2:
        return None
    return _figures((equal_answers(answers) - 1).sum(axis=1) / (n_runs * (n_runs - 1)))


def majority_share(answers: Answers) -> PerItem | None:
    """The share of the item's runs that gave its most frequent answer; 1/N to 1. None for fewer than two runs."""
    n_runs = answers.shape[1]
    if n_runs < 2:
        return None
    return _figures(equal_answers(answers).max(axis=1, initial=0) / n_runs)


def answer_entropy(answers: Answers) -> PerItem | None:
    """Shannon entropy of the item's answers over its greatest value, -sum_j p_j ln p_j / ln N; 0 (all equal) to 1.

    None for fewer than two runs.
    """
    n_runs = answers.shape[1]
    if n_runs < 2:
        return None
    logs = -np.log(np.arange(1, n_runs + 1) / n_runs) / math.log(n_runs)
    # -sum_j p_j ln p_j is the mean over runs of -ln p of the run's own answer.
    return _figures(logs[equal_answers(answers) - 1].sum(axis=1) / n_runs)


def krippendorff_alpha(answers: Answers) -> float | None:
    """1 - D_o / D_e for nominal answers, none missing (Krippendorff 2011); 1 is full agreement, 0 that of chance.

    Here codes must mean the same answer in every item. D_o = 1 - mean pairwise agreement;
    D_e = 1 - sum_c n_c (n_c - 1) / (M (M - 1)) over all M answers. None for fewer than two runs, for no items, and
    where only one answer occurs. For free-text answers the answers of different items cannot agree by chance, so
    alpha is close to the pairwise agreement.
    """
    pairwise = pairwise_agreement(answers)
    if pairwise is None or not len(answers):
        return None
    total = answers.size
    _, counts = np.unique(answers[answers != UNPARSED], return_counts=True)
    expected = 1 - int((counts * (counts - 1)).sum()) / (total * (total - 1))
    return 1 - (1 - math.fsum(pairwise.tolist()) / len(pairwise)) / expected if expected else None


def krippendorff_draws(
    answers: Answers, clusters: NDArray[np.int64], resamples: int, rng: np.random.Generator
) -> PerItem:
    """`krippendorff_alpha` of cluster-bootstrap resamples; nan where only one answer occurs. Empty for None.

    Args:
        clusters: each item's cluster, codes from 0 on.
    """
    pairwise = pairwise_agreement(answers)
    if pairwise is None or not len(answers):
        return np.empty(0)
    n_runs, n_clusters = answers.shape[1], int(clusters.max()) + 1
    parsed = answers != UNPARSED
    by_cluster = np.broadcast_to(clusters[:, np.newaxis], answers.shape)[parsed]
    shape = (int(answers.max(initial=0)) + 1, n_clusters)
    held = csr_array((np.ones(len(by_cluster)), (answers[parsed], by_cluster)), shape=shape)
    agreed = np.bincount(clusters, weights=pairwise, minlength=n_clusters)
    items = np.bincount(clusters, minlength=n_clusters)
    draws = []
    step = max(1, CHUNK_CELLS // max(shape))
    for first in range(0, resamples, step):
        weights = cluster_weights(n_clusters, min(step, resamples - first), rng).astype(np.float64)
        counts = held @ np.ascontiguousarray(weights.T)
        drawn = (weights * items).sum(axis=1)
        total = n_runs * drawn
        expected = 1 - (counts * (counts - 1)).sum(axis=0) / (total * (total - 1))
        disagreed = 1 - (weights * agreed).sum(axis=1) / drawn
        draws.append(1 - np.divide(disagreed, expected, out=np.full(len(drawn), np.nan), where=expected > 0))
    return np.concatenate(draws)


def flips(right: Right) -> PerItem | None:
    """1.0 where the item has right and wrong runs, else 0.0. None for fewer than two runs."""
    return _figures(np.any(right, axis=1) != np.all(right, axis=1)) if right.shape[1] > 1 else None


def pass_at(right: Right, k: int) -> PerItem | None:
    """The chance that at least one of k runs, drawn without replacement, is right: 1 - C(N-s, k)/C(N, k).

    Unbiased (Chen et al. 2021, arXiv 2107.03374); s of the N runs are right. None unless 1 <= k <= N.
    """
    n_runs = right.shape[1]
    if not 1 <= k <= n_runs:
        return None
    return _figures(1 - _chances(n_runs, k)[n_runs - right.sum(axis=1)])


def pass_hat(right: Right, k: int) -> PerItem | None:
    """The chance that all of k runs, drawn without replacement, are right: C(s, k)/C(N, k), "pass^k".

    Unbiased (Yao et al. 2024, arXiv 2406.12045); s of the N runs are right. None unless 1 <= k <= N.
    """
    n_runs = right.shape[1]
    if not 1 <= k <= n_runs:
        return None
    return _figures(_chances(n_runs, k)[right.sum(axis=1)])


@lru_cache(maxsize=1024)
def _chances(n_runs: int, k: int) -> PerItem:
    """C(s, k)/C(N, k) for s from 0 to N."""
    ways = [0] * k + [1]  # of C(k, k); C(s + 1, k) = C(s, k) (s + 1) / (s + 1 - k)
    for s in range(k, n_runs):
        ways.append(ways[-1] * (s + 1) // (s + 1 - k))
    return np.array([way / ways[-1] for way in ways])


def majority_right(answers: Answers, right: Right) -> PerItem:
    """Whether the item's most frequent parsed answer is right (Wang et al. 2022, arXiv 2203.11171).

    Answers that tie for the most frequent share the credit: one right answer of two that tie gives 0.5, the mean
    over all ways to break the tie, whatever the order of the runs. No parsed answer: 0.0.
    """
    counts = np.where(answers == UNPARSED, 0, equal_answers(answers))
    winning = (counts == counts.max(axis=1, keepdims=True, initial=0)) & (counts > 0)
    return _figures((winning & right).sum(axis=1) / np.maximum(winning.sum(axis=1), 1))


def run_accuracies(right: Right) -> PerItem:
    """Each run's share of right answers; one entry a run. No items: empty."""
    return _figures(right.sum(axis=0) / len(right)) if len(right) else np.empty(0)


def spread(values: PerItem) -> tuple[float | None, float | None]:
    """Standard deviation (N - 1) and range of the runs' figures; None for fewer than two runs."""
    if len(values) < 2:
        return None, None
    mean = math.fsum(values.tolist()) / len(values)
    variance = math.fsum(((values - mean) ** 2).tolist()) / (len(values) - 1)
    return math.sqrt(variance), float(values.max() - values.min())


def _figures(values: NDArray[Any]) -> PerItem:
    return values.astype(np.float64)
