"""The rows of `results/consistency` and `results/consistency_items`, from grids of items x runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import agreement
from analysis.intervals import cluster_codes, mean_interval
from analysis.item_columns import Clusters, Row
from analysis.item_tables import cluster_of
from analysis.metrics import INVALID, SHARE
from analysis.resampling import RESAMPLES, percentile_interval
from analysis.run_grids import RunGrid
from utils.tables import rounded

COLUMNS = ("model", "benchmark", "task", "metric", "value", "ci_low", "ci_high", "n_items", "n_runs")
ITEM_COLUMNS = ("model", "benchmark", "task", "item_id", "category", "expected")
ITEM_COUNTS = ("n_right", "flips", "distinct_answers")

RawTexts = Mapping[tuple[str, int], str]
"""(item id, run) to the response's text, or to a fingerprint of it."""


def consistency_rows(
    grid: RunGrid, raw_texts: RawTexts, clusters: Clusters, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Iterator[dict[str, Any]]:
    """The grid's rows of `results/consistency`.

    Metrics over items, with clustered intervals: `tara` and `tarr` (TARa@N, TARr@N), `pairwise_agreement`,
    `majority_share`, `answer_entropy`, `flip_rate`, `majority_accuracy`, `pass_at_K` and `pass_hat_K` for K up to
    the number of runs. `krippendorff_alpha` has the percentile interval of a cluster bootstrap. Without an interval:
    `run_accuracy_sd` and `run_accuracy_range`, the spread of the headline accuracy from run to run, which so few runs
    do not tell better. With one run, those that need two are None.

    Args:
        raw_texts: of the grid's items; where one is missing, `tarr` is None.
    """
    right, n_runs = grid.right, len(grid.runs)
    predictions = [[cell["prediction"] for cell in row] for row in grid.cells]
    answers = agreement.answer_codes(predictions, INVALID).reshape(right.shape)
    per_item: dict[str, NDArray[np.float64] | None] = {
        "tara": agreement.total_agreement(answers) if n_runs > 1 else None,
        "tarr": _raw_agreement(grid, raw_texts, answers) if n_runs > 1 else None,
        "pairwise_agreement": agreement.pairwise_agreement(answers),
        "majority_share": agreement.majority_share(answers),
        "answer_entropy": agreement.answer_entropy(answers),
        "flip_rate": agreement.flips(right),
        "majority_accuracy": agreement.majority_right(answers, right),
    }
    for k in range(1, n_runs + 1):
        per_item[f"pass_at_{k}"] = agreement.pass_at(right, k)
        per_item[f"pass_hat_{k}"] = agreement.pass_hat(right, k)
    codes = cluster_codes([cluster_of(row, clusters) for row in grid.first_rows])
    for metric, scores in per_item.items():
        interval = None if scores is None else mean_interval(scores, codes, bounds=SHARE)
        yield _row(grid, metric, *((interval.value, interval.low, interval.high) if interval else (None,)))
    alpha = agreement.krippendorff_alpha(answers)
    draws = np.empty(0) if alpha is None else agreement.krippendorff_draws(answers, codes, resamples, rng)
    yield _row(grid, "krippendorff_alpha", alpha, *percentile_interval(draws))
    deviation, span = agreement.spread(agreement.run_accuracies(right))
    yield _row(grid, "run_accuracy_sd", deviation)
    yield _row(grid, "run_accuracy_range", span)


def item_columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns of `results/consistency_items`: at the end one for each run that any model has."""
    return (*ITEM_COLUMNS, *ITEM_COUNTS, *(f"run_{run}" for run in sorted({row["run"] for row in rows})))


def item_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows of `results/consistency_items`: every item's prediction in every run, None where there is none.

    `flips` is how many of the item's runs differ from most of them in being right: min(right, wrong), whatever their
    order. The items that flip most come first in each benchmark, then those with the most distinct answers.
    """
    columns = item_columns(rows)
    by_item: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_item.setdefault((row["model"], row["benchmark"], row["task"], row["item_id"]), []).append(row)
    found = []
    for own in by_item.values():
        n_right = sum(bool(row["correct"]) for row in own)
        counts = (n_right, min(n_right, len(own) - n_right), len({row["prediction"] for row in own}))
        entry = dict.fromkeys(columns) | {name: own[0][name] for name in ITEM_COLUMNS}
        entry |= dict(zip(ITEM_COUNTS, counts, strict=True))
        found.append(entry | {f"run_{row['run']}": row["prediction"] for row in own})
    return sorted(found, key=_flips_most)


def _flips_most(row: Row) -> tuple[Any, ...]:
    return row["model"], row["benchmark"], row["task"], -row["flips"], -row["distinct_answers"], row["item_id"]


def _raw_agreement(grid: RunGrid, raw_texts: RawTexts, answers: agreement.Answers) -> NDArray[np.float64] | None:
    try:
        texts = [[raw_texts[item, run] for run in grid.runs] for item in grid.items]
    except KeyError:
        return None
    numbers = {text: number for number, text in enumerate(sorted({text for runs in texts for text in runs}))}
    codes = np.array([[numbers[text] for text in runs] for runs in texts], dtype=np.int64).reshape(answers.shape)
    return agreement.total_agreement(np.where(answers == agreement.UNPARSED, agreement.UNPARSED, codes))


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
        "n_items": len(grid.items),
        "n_runs": len(grid.runs),
    }
