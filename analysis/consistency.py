"""The rows of `results/consistency`, from grids of items x runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import agreement
from analysis.intervals import cluster_codes, mean_interval
from analysis.item_columns import Bools
from analysis.metrics import INVALID, SHARE
from analysis.resampling import RESAMPLES, percentile_interval
from analysis.run_grids import RunGrid
from utils.tables import rounded

COLUMNS = ("model", "benchmark", "task", "metric", "value", "ci_low", "ci_high", "n_items", "n_runs")
NEEDED = ("prediction", "correct")
"""The columns of the responses that these figures rest on."""


def consistency_rows(
    grid: RunGrid, same_texts: Bools | None, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Iterator[dict[str, Any]]:
    """The grid's rows of `results/consistency`.

    Metrics over items, with clustered intervals: `tara` and `tarr` (TARa@N, TARr@N), `pairwise_agreement`,
    `majority_share`, `answer_entropy`, `flip_rate`, `majority_accuracy`, `pass_at_K` and `pass_hat_K` for K up to
    the number of runs. `krippendorff_alpha` has the percentile interval of a cluster bootstrap. Without an interval:
    `run_accuracy_sd` and `run_accuracy_range`, the spread of the headline accuracy from run to run, which so few runs
    do not tell better. With one run, those that need two are None.

    Args:
        same_texts: of each of the grid's items whether its runs all have the same text; None leaves `tarr` undefined.
    """
    right, n_runs = grid.right, len(grid.runs)
    answers = agreement.answer_codes(grid.predictions, grid.columns.prediction.code(INVALID))
    per_item: dict[str, NDArray[np.float64] | None] = {
        "tara": agreement.total_agreement(answers) if n_runs > 1 else None,
        "tarr": _raw_agreement(same_texts, answers) if n_runs > 1 else None,
        "pairwise_agreement": agreement.pairwise_agreement(answers),
        "majority_share": agreement.majority_share(answers),
        "answer_entropy": agreement.answer_entropy(answers),
        "flip_rate": agreement.flips(right),
        "majority_accuracy": agreement.majority_right(answers, right),
    }
    for k in range(1, n_runs + 1):
        per_item[f"pass_at_{k}"] = agreement.pass_at(right, k)
        per_item[f"pass_hat_{k}"] = agreement.pass_hat(right, k)
    codes = cluster_codes(grid.clusters)
    for metric, scores in per_item.items():
        interval = None if scores is None else mean_interval(scores, codes, bounds=SHARE)
        yield _row(grid, metric, *((interval.value, interval.low, interval.high) if interval else (None,)))
    alpha = agreement.krippendorff_alpha(answers)
    draws = np.empty(0) if alpha is None else agreement.krippendorff_draws(answers, codes, resamples, rng)
    yield _row(grid, "krippendorff_alpha", alpha, *percentile_interval(draws))
    deviation, span = agreement.spread(agreement.run_accuracies(right))
    yield _row(grid, "run_accuracy_sd", deviation)
    yield _row(grid, "run_accuracy_range", span)


def _raw_agreement(same_texts: Bools | None, answers: agreement.Answers) -> NDArray[np.float64] | None:
    if same_texts is None:
        return None
    parsed: Bools = (answers != agreement.UNPARSED).all(axis=1)
    return (same_texts & parsed).astype(np.float64)


def _row(
    grid: RunGrid, metric: str, value: float | None, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {
        "model": grid.model,
        "benchmark": grid.benchmark,
        "task": grid.task,
        "metric": metric,
        "value": rounded(value),
        "ci_low": rounded(low),
        "ci_high": rounded(high),
        "n_items": len(grid.grid.items),
        "n_runs": len(grid.runs),
    }
