"""The rows of `results/deltas`: every model against a baseline, item by item, on what both answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from analysis.intervals import cluster_codes
from analysis.item_tables import Clusters, Row, cluster_of
from analysis.metrics import METRICS, Metric
from analysis.paired import SIGNIFICANCE, PairedDelta, holm, paired_delta
from analysis.run_grids import RunGrid, run_grids
from utils.tables import rounded

COLUMNS = (
    "baseline", "model", "benchmark", "task", "metric", "baseline_value", "value", "delta", "ci_low", "ci_high",
    "p_value", "p_adjusted", "significant", "n_items", "minimum_detectable_delta",
)  # fmt: skip
COMPARED = tuple(metric for metric in METRICS if isinstance(metric, Metric) and metric.task is not None)
"""The rates of each task; a lower over-refusal or over-clarification rate is the better one."""


@dataclass(frozen=True)
class Comparison:
    """A model against the baseline on one benchmark: the items and runs of both that are shared, in the same order."""

    baseline: RunGrid
    model: RunGrid
    n_unshared_items: int
    n_unshared_runs: int


def comparisons(rows: Sequence[Row], baseline: str) -> Iterator[Comparison]:
    """Each other model against the baseline, benchmark by benchmark.

    Only (item, run) that both answered count; of these, runs and items as `run_grids` chooses them, so that every
    item has the same runs. A benchmark that only one of the two answered gives a comparison of no items.
    """

    def key(row: Row) -> tuple[str, str]:
        return row["benchmark"], row["task"]

    for name, group in groupby(sorted(rows, key=key), key=key):
        by_model: dict[str, list[Row]] = {}
        for row in group:
            by_model.setdefault(row["model"], []).append(row)
        own = by_model.pop(baseline, [])
        for model in sorted(by_model):
            yield _comparison(own, by_model[model], baseline, model, *name)


def delta_rows(compared: Sequence[Comparison], clusters: Clusters) -> list[dict[str, Any]]:
    """The rows of `results/deltas`, by model, benchmark, task and metric.

    `p_adjusted` is Holm's, within the family of all comparisons of one metric (over models and benchmarks);
    `significant` is p_adjusted < SIGNIFICANCE. Comparisons without shared items have no row.
    """
    found = [
        (comparison, metric.name, delta, delta.p_value)
        for comparison in sorted(compared, key=lambda each: (each.model.model, each.model.benchmark, each.model.task))
        for metric in COMPARED
        if metric.task == comparison.model.task and (delta := _delta(comparison, metric, clusters)).p_value is not None
    ]
    adjusted: dict[int, float] = {}
    for metric in COMPARED:
        family = [index for index, (_, name, _, _) in enumerate(found) if name == metric.name]
        adjusted |= zip(family, holm([found[index][3] for index in family]), strict=True)
    return [_row(comparison, name, delta, adjusted[index]) for index, (comparison, name, delta, _) in enumerate(found)]


def _comparison(
    own: Sequence[Row], other: Sequence[Row], baseline: str, model: str, benchmark: str, task: str
) -> Comparison:
    pairs = {(row["item_id"], row["run"]): row for row in own}
    shared = [row for row in other if (row["item_id"], row["run"]) in pairs]
    grid = next(run_grids(shared), RunGrid(model, benchmark, task, (), (), (), 0))
    cells = tuple(tuple(pairs[cell["item_id"], cell["run"]] for cell in row) for row in grid.cells)
    items = {row["item_id"] for row in [*own, *other]}
    runs = {row["run"] for row in [*own, *other]}
    return Comparison(
        baseline=replace(grid, model=baseline, cells=cells),
        model=grid,
        n_unshared_items=len(items) - len(grid.items),
        n_unshared_runs=len(runs) - len(grid.runs),
    )


def _delta(comparison: Comparison, metric: Metric, clusters: Clusters) -> PairedDelta:
    chosen = [
        index for index, row in enumerate(comparison.model.first_rows) if metric.expected in (None, row["expected"])
    ]
    counts = [
        np.array([sum(bool(metric.score(cell)) for cell in grid.cells[index]) for index in chosen], dtype=np.int64)
        for grid in (comparison.baseline, comparison.model)
    ]
    codes = cluster_codes([cluster_of(comparison.model.first_rows[index], clusters) for index in chosen])
    return paired_delta(counts[0], counts[1], max(1, len(comparison.model.runs)), codes)


def _row(comparison: Comparison, metric: str, delta: PairedDelta, p_adjusted: float) -> dict[str, Any]:
    grid = comparison.model
    return {
        "baseline": comparison.baseline.model,
        "model": grid.model,
        "benchmark": grid.benchmark,
        "task": grid.task,
        "metric": metric,
        "baseline_value": rounded(delta.baseline_value),
        "value": rounded(delta.value),
        "delta": rounded(delta.delta),
        "ci_low": rounded(delta.low),
        "ci_high": rounded(delta.high),
        "p_value": rounded(delta.p_value),
        "p_adjusted": rounded(p_adjusted),
        "significant": p_adjusted < SIGNIFICANCE,
        "n_items": delta.n_items,
        "minimum_detectable_delta": rounded(delta.minimum_detectable_delta),
    }
