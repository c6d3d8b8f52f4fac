"""What scored responses tell about the noise of a comparison and the price of a response, for planning the next one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np

from analysis.item_columns import ItemColumns
from analysis.metrics import Metric
from analysis.pairing import Pairing, pairing_of
from analysis.variance_parts import VarianceParts, estimated_parts, one_model_parts, pooled

NEEDED = ("prediction", "correct", "expected", "cost_usd")
"""The columns of the responses that the noise and the price are measured from."""


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
    groups: Iterable[ItemColumns], metrics: Sequence[Metric], assumptions: Assumptions
) -> Iterator[Noise]:
    """The noise of each of the metrics on each benchmark that has it, mean over all pairs of models.

    With a single model that of comparing it with another like it. A benchmark of fewer than two items or clusters has
    none.

    Args:
        groups: sorted by benchmark; those of one benchmark are in memory at a time.
    """
    for _, of_benchmark in groupby(groups, key=lambda group: group.benchmark):
        by_task: dict[str, list[ItemColumns]] = {}
        for group in of_benchmark:
            by_task.setdefault(group.task, []).append(group)
        for task in sorted(by_task):
            models = sorted(by_task[task], key=lambda group: group.model)
            pairs = list(combinations(models, 2)) or [(model, model) for model in models]
            pairings = [pairing_of(one, other) for one, other in pairs]
            for metric in metrics:
                if metric.task == task:
                    found = [(each, parts) for each in pairings if (parts := _parts(each, metric, assumptions))]
                    if found:
                        yield _noise(metric, [each for each, _ in found], pooled([each for _, each in found]))


def _parts(pairing: Pairing, metric: Metric, assumptions: Assumptions) -> VarianceParts | None:
    if not pairing.n_runs:
        return None
    own, other, clusters = pairing.counts(metric)
    if pairing.own is pairing.other:
        return one_model_parts(other, pairing.n_runs, assumptions.correlation, assumptions.run_share)
    return estimated_parts(own, other, pairing.n_runs, clusters, assumptions.run_share)


def _noise(metric: Metric, pairings: Sequence[Pairing], parts: VarianceParts) -> Noise:
    models = {columns.model: columns for each in pairings for columns in (each.own, each.other)}
    prices = [_price(models[model]) for model in sorted(models)]
    known = [price for price in prices if price is not None]
    n_runs = max(each.n_runs for each in pairings)
    lacking = ["the correlation with another model"] if len(models) == 1 else []
    lacking += ["the variance between runs, of which there is one"] if n_runs == 1 else []
    return Noise(
        benchmark=pairings[0].other.benchmark,
        metric=metric.name,
        models=tuple(sorted(models)),
        n_items=max(int(each.asked(metric).sum()) for each in pairings),
        n_runs=n_runs,
        parts=parts,
        price=math.fsum(known) / len(known) if len(known) == len(models) else None,
        assumed=" and ".join(lacking),
    )


def _price(columns: ItemColumns) -> float | None:
    costs = columns.numbers["cost_usd"]
    known = costs[~np.isnan(costs)].tolist()
    return math.fsum(known) / len(known) if known else None
