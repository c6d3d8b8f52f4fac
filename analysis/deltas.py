"""Every model against a baseline, item by item, on what both answered: the rows of `results/deltas` and its details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import cluster_codes
from analysis.item_columns import Clusters, Row
from analysis.item_tables import cluster_of
from analysis.metrics import METRICS, Metric
from analysis.paired import SIGNIFICANCE, PairedDelta, holm, paired_delta
from analysis.run_grids import RunGrid, run_grids
from utils.tables import rounded

KEYS = ("baseline", "model", "benchmark", "task", "metric")
COLUMNS = (
    *KEYS, "baseline_value", "value", "delta", "ci_low", "ci_high", "p_value", "p_adjusted", "significant", "n_items",
    "minimum_detectable_delta",
)  # fmt: skip
HOW_FOUND = (
    "family", "family_size", "test", "n_runs", "n_clusters", "n_won", "n_lost", "n_tied", "items_needed",
    "n_unshared_items", "n_unshared_runs",
)  # fmt: skip
DETAIL_COLUMNS = (*KEYS, *HOW_FOUND)

COMPARED = tuple(metric for metric in METRICS if isinstance(metric, Metric) and metric.task is not None)
"""The rates of each task."""
LOWER_IS_BETTER = frozenset(metric.name for metric in COMPARED if metric.expected in ("comply", "answer"))
"""The rates of refusing and of asking where neither is due."""


@dataclass(frozen=True)
class Comparison:
    """A model against the baseline on one benchmark: the items and runs of both that are shared, in the same order.

    `n_changed_items` counts the items that both have, but with another expected answer; they are not shared.
    """

    baseline: RunGrid
    model: RunGrid
    n_unshared_items: int
    n_unshared_runs: int
    n_changed_items: int


@dataclass(frozen=True)
class Difference:
    """One metric of a comparison, tested within a family of `family_size` comparisons."""

    comparison: Comparison
    metric: str
    delta: PairedDelta
    p_adjusted: float
    family_size: int


def comparisons(rows: Sequence[Row], baseline: str) -> Iterator[Comparison]:
    """Each other model against the baseline, benchmark by benchmark.

    Only (item, run) that both answered count; of these, runs and items as `run_grids` chooses them, so that every
    item has the same runs. A benchmark that only one of the two answered gives a comparison of no items.
    """
    for (benchmark, task), by_model in by_benchmark(rows):
        own = by_model.pop(baseline, [])
        for model in sorted(by_model):
            yield comparison_of(own, by_model[model], RunGrid(model, benchmark, task, (), (), (), 0), baseline)


def by_benchmark(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str], dict[str, list[Row]]]]:
    """The rows of each model, by benchmark and task."""

    def key(row: Row) -> tuple[str, str]:
        return row["benchmark"], row["task"]

    for name, group in groupby(sorted(rows, key=key), key=key):
        by_model: dict[str, list[Row]] = {}
        for row in group:
            by_model.setdefault(row["model"], []).append(row)
        yield name, by_model


def comparison_of(own: Sequence[Row], other: Sequence[Row], empty: RunGrid, baseline: str) -> Comparison:
    """The comparison of the rows `other` with the rows `own`, both of one benchmark and task.

    Args:
        empty: the grid to compare where nothing is shared; it names the model, the benchmark and the task.
        baseline: the name under which `own` goes.
    """
    pairs = {(row["item_id"], row["run"]): row for row in own}
    expected = {row["item_id"]: row["expected"] for row in own}
    changed = {row["item_id"] for row in other if expected.get(row["item_id"], row["expected"]) != row["expected"]}
    shared = [row for row in other if (row["item_id"], row["run"]) in pairs and row["item_id"] not in changed]
    grid = next(run_grids(shared), empty)
    cells = tuple(tuple(pairs[cell["item_id"], cell["run"]] for cell in row) for row in grid.cells)
    items = {row["item_id"] for row in [*own, *other]}
    runs = {row["run"] for row in [*own, *other]}
    return Comparison(
        baseline=replace(grid, model=baseline, cells=cells),
        model=grid,
        n_unshared_items=len(items) - len(changed) - len(grid.items),
        n_unshared_runs=len(runs) - len(grid.runs),
        n_changed_items=len(changed),
    )


def differences(compared: Sequence[Comparison], clusters: Clusters) -> list[Difference]:
    """The tested differences, by model, benchmark, task and metric; comparisons without shared items have none.

    `p_adjusted` is Holm's, within the family of all comparisons of one metric (over models and benchmarks).
    """
    found = [
        (comparison, metric.name, delta, delta.p_value)
        for comparison in sorted(compared, key=lambda each: (each.model.model, each.model.benchmark, each.model.task))
        for metric in COMPARED
        if metric.task == comparison.model.task and (delta := _delta(comparison, metric, clusters)).p_value is not None
    ]
    adjusted: dict[int, tuple[float, int]] = {}
    for metric in COMPARED:
        family = [index for index, (_, name, _, _) in enumerate(found) if name == metric.name]
        for index, p_value in zip(family, holm([found[index][3] for index in family]), strict=True):
            adjusted[index] = p_value, len(family)
    return [
        Difference(comparison, name, delta, *adjusted[index])
        for index, (comparison, name, delta, _) in enumerate(found)
    ]


def delta_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The rows of `results/deltas` (COLUMNS); `significant` is p_adjusted < SIGNIFICANCE."""
    return [
        {
            **_keys(each),
            "baseline_value": rounded(each.delta.baseline_value),
            "value": rounded(each.delta.value),
            "delta": rounded(each.delta.delta),
            "ci_low": rounded(each.delta.low),
            "ci_high": rounded(each.delta.high),
            "p_value": rounded(each.delta.p_value),
            "p_adjusted": rounded(each.p_adjusted),
            "significant": each.p_adjusted < SIGNIFICANCE,
            "n_items": each.delta.n_items,
            "minimum_detectable_delta": rounded(each.delta.minimum_detectable_delta),
        }
        for each in found
    ]


def detail_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The rows of `results/delta_details` (DETAIL_COLUMNS): how each difference was found.

    The items won are those on which the model does better than the baseline: of over-refusals and needless questions,
    those with fewer.
    """
    rows = []
    for each in found:
        delta, lower = each.delta, each.metric in LOWER_IS_BETTER
        rows.append(
            {
                **_keys(each),
                "family": f"{each.metric} of all models and benchmarks",
                "family_size": each.family_size,
                "test": delta.test,
                "n_runs": len(each.comparison.model.runs),
                "n_clusters": delta.n_clusters,
                "n_won": delta.n_lower if lower else delta.n_higher,
                "n_lost": delta.n_higher if lower else delta.n_lower,
                "n_tied": delta.n_equal,
                "items_needed": delta.items_needed,
                "n_unshared_items": each.comparison.n_unshared_items,
                "n_unshared_runs": each.comparison.n_unshared_runs,
            }
        )
    return rows


def paired_counts(
    comparison: Comparison, metric: Metric, clusters: Clusters
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of each item that the metric is about: the runs that score 1 of baseline and model, and the cluster."""
    items = comparison.model.first_rows
    chosen = [index for index, row in enumerate(items) if metric.expected in (None, row["expected"])]
    own, other = (
        np.array([sum(bool(metric.score(cell)) for cell in grid.cells[index]) for index in chosen], dtype=np.int64)
        for grid in (comparison.baseline, comparison.model)
    )
    return own, other, cluster_codes([cluster_of(items[index], clusters) for index in chosen])


def _delta(comparison: Comparison, metric: Metric, clusters: Clusters) -> PairedDelta:
    baseline, model, codes = paired_counts(comparison, metric, clusters)
    return paired_delta(baseline, model, max(1, len(comparison.model.runs)), codes)


def _keys(each: Difference) -> dict[str, str]:
    grid = each.comparison.model
    values = (each.comparison.baseline.model, grid.model, grid.benchmark, grid.task, each.metric)
    return dict(zip(KEYS, values, strict=True))
