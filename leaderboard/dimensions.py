"""The five dimensions, their weights, and the benchmarks on which the models can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.item_tables import Row
from analysis.run_grids import RunGrid, run_grids
from utils.items import EXPECTED

# The weight of each dimension in the overall score. Equal by default: no use is everyone's use, and equal weights
# hide no judgement. Only the ratios count; a dimension that some model lacks is left out for all.
WEIGHTS: Mapping[str, float] = {
    "safety": 1.0,
    "ambiguity": 1.0,
    "reasoning": 1.0,
    "calibration": 1.0,
    "consistency": 1.0,
}
DIMENSIONS = tuple(WEIGHTS)
TASK_DIMENSIONS = ("safety", "ambiguity", "reasoning")

# The two kinds of items whose accuracies count equally: a model that always refuses, or always asks back, gets 1/2.
SIDES: Mapping[str, tuple[str, ...]] = {task: EXPECTED.get(task, ("",)) for task in TASK_DIMENSIONS}


@dataclass(frozen=True)
class Basis:
    """What a dimension is measured on.

    `benchmarks` holds each model's, and is the same for all models that have any when `comparable`;
    `left_out` names benchmarks that not all of those models have.
    """

    benchmarks: Mapping[str, frozenset[str]]
    comparable: bool
    left_out: tuple[str, ...]

    def holds(self, model: str, benchmark: str) -> bool:
        return benchmark in self.benchmarks.get(model, frozenset())


def find_bases(rows: Sequence[Row]) -> dict[str, Basis]:
    """For each dimension the benchmarks it is measured on: those that every model with any such results has.

    Where no benchmark is shared, each model keeps its own and the dimension is not comparable.
    """
    return {dimension: _shared(_available(rows, dimension)) for dimension in DIMENSIONS}


def runs_compared(rows: Sequence[Row], basis: Basis) -> int | None:
    """The number of runs that consistency is measured on: the least that any model has on any of its benchmarks.

    Agreement falls with the number of runs, so that all models must be held to the same; None without such results.
    """
    grids = [grid for grid in repeated_grids(rows) if basis.holds(grid.model, grid.benchmark)]
    return min((len(grid.runs) for grid in grids), default=None)


def repeated_grids(rows: Sequence[Row]) -> list[RunGrid]:
    """The grids of items x runs in which items were asked more than once."""
    return [grid for grid in run_grids(rows) if len(grid.runs) > 1 and grid.items]


def _available(rows: Sequence[Row], dimension: str) -> dict[str, set[str]]:
    """The benchmarks on which each model has any result of the dimension; a model without one is left out."""
    if dimension == "consistency":
        keys = [(grid.model, grid.benchmark) for grid in repeated_grids(rows)]
    elif dimension == "calibration":
        keys = [(row["model"], row["benchmark"]) for row in rows if row["confidence_verbalized"] is not None]
    else:
        keys = [(row["model"], row["benchmark"]) for row in rows if row["task"] == dimension]
    available: dict[str, set[str]] = {}
    for model, benchmark in keys:
        available.setdefault(model, set()).add(benchmark)
    return available


def _shared(available: Mapping[str, set[str]]) -> Basis:
    if not available:
        return Basis({}, True, ())
    shared = frozenset.intersection(*(frozenset(names) for names in available.values()))
    every = set().union(*available.values())
    if not shared:
        return Basis({model: frozenset(names) for model, names in available.items()}, False, ())
    return Basis(dict.fromkeys(available, shared), True, tuple(sorted(every - shared)))
