"""What scored responses tell about the noise of a comparison and the price of a response, for planning the next one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from analysis.deltas import Comparison, by_benchmark, comparison_of, paired_counts
from analysis.item_columns import Clusters, Row
from analysis.metrics import Metric
from analysis.run_grids import RunGrid
from analysis.variance_parts import VarianceParts, estimated_parts, one_model_parts, pooled


@dataclass(frozen=True)
class Assumptions:
    """What stands in where it was not measured: of two models' rates over items, and of an answer's variance."""

    correlation: float
    run_share: float


@dataclass(frozen=True)
class Noise:
    """One metric on one benchmark, over the pairs of models that were measured.

    `price` is the mean cost of one response in USD, None where no response's cost is known; `n_items` and `n_runs` are
    the most that a pair shares; `assumed` says which part was not measured.
    """

    benchmark: str
    metric: str
    models: tuple[str, ...]
    n_items: int
    n_runs: int
    parts: VarianceParts
    price: float | None
    assumed: str


def measured_noise(
    rows: Sequence[Row], clusters: Clusters, metrics: Sequence[Metric], assumptions: Assumptions
) -> Iterator[Noise]:
    """The noise of each of the metrics on each benchmark that has it, mean over all pairs of models.

    With a single model that of comparing it with another like it. A benchmark of fewer than two items or clusters has
    none.
    """
    for (benchmark, task), by_model in by_benchmark(rows):
        empty = RunGrid("", benchmark, task, (), (), (), 0)
        pairs = list(combinations(sorted(by_model), 2)) or [(model, model) for model in by_model]
        compared = [comparison_of(by_model[one], by_model[other], empty, one) for one, other in pairs]
        for metric in metrics:
            if metric.task == task:
                found = [(each, parts) for each in compared if (parts := _parts(each, metric, clusters, assumptions))]
                if found:
                    yield _noise(metric, by_model, [each for each, _ in found], pooled([each for _, each in found]))


def _parts(
    comparison: Comparison, metric: Metric, clusters: Clusters, assumptions: Assumptions
) -> VarianceParts | None:
    n_runs = len(comparison.model.runs)
    if not n_runs:
        return None
    baseline, model, codes = paired_counts(comparison, metric, clusters)
    if comparison.baseline.model == comparison.model.model:
        return one_model_parts(model, n_runs, assumptions.correlation, assumptions.run_share)
    return estimated_parts(baseline, model, n_runs, codes, assumptions.run_share)


def _noise(
    metric: Metric, by_model: dict[str, list[Row]], compared: Sequence[Comparison], parts: VarianceParts
) -> Noise:
    models = sorted({name for each in compared for name in (each.baseline.model, each.model.model)})
    prices = [_price(by_model[model]) for model in models]
    known = [price for price in prices if price is not None]
    n_runs = max(len(each.model.runs) for each in compared)
    lacking = ["the correlation with another model"] if len(models) == 1 else []
    lacking += ["the variance between runs, of which there is one"] if n_runs == 1 else []
    return Noise(
        benchmark=compared[0].model.benchmark,
        metric=metric.name,
        models=tuple(models),
        n_items=max(
            sum(metric.expected in (None, row["expected"]) for row in each.model.first_rows) for each in compared
        ),
        n_runs=n_runs,
        parts=parts,
        price=math.fsum(known) / len(known) if len(known) == len(models) else None,
        assumed=" and ".join(lacking),
    )


def _price(rows: Sequence[Row]) -> float | None:
    known = [row["cost_usd"] for row in rows if row["cost_usd"] is not None]
    return math.fsum(known) / len(known) if known else None
