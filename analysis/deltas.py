"""Every model against a baseline, item by item, on what both answered: the rows of `results/deltas` and its details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.item_columns import ItemColumns, no_responses
from analysis.metrics import METRICS, Metric
from analysis.paired import SIGNIFICANCE, PairedDelta, holm, paired_delta
from analysis.pairing import Pairing, pairing_of
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


NEEDED = ("prediction", "correct", "expected")
"""The columns of the responses that a comparison rests on."""


@dataclass(frozen=True)
class Comparison:
    """A model against the baseline on one benchmark and task, on the items and runs of both that are shared.

    `deltas` are those of the task's metrics, without those that are undefined; the counts are those of `Pairing`.
    """

    baseline: str
    model: str
    benchmark: str
    task: str
    n_items: int
    n_runs: int
    n_unshared_items: int
    n_unshared_runs: int
    n_changed_items: int
    deltas: Mapping[str, PairedDelta]


@dataclass(frozen=True)
class Difference:
    """One metric of a comparison, tested within a family of `family_size` comparisons."""

    comparison: Comparison
    metric: str
    delta: PairedDelta
    p_adjusted: float
    family_size: int


def comparisons(own: Iterable[ItemColumns], others: Iterable[ItemColumns], baseline: str) -> Iterator[Comparison]:
    """Each of the other models against the baseline, on each benchmark and task that the other answered.

    A benchmark that the baseline did not answer gives a comparison of no items.

    Args:
        own: the baseline's responses.
        others: taken one at a time, so that few are in memory.
    """
    by_benchmark = {(each.benchmark, each.task): each for each in own}
    for other in others:
        name = other.benchmark, other.task
        yield comparison_of(by_benchmark.get(name, no_responses(baseline, *name)), other, baseline)


def comparison_of(own: ItemColumns, other: ItemColumns, baseline: str) -> Comparison:
    """The responses `other` compared with `own`, which goes under the name of `baseline`."""
    pairing = pairing_of(own, other)
    metrics = [metric for metric in COMPARED if metric.task == other.task] if pairing.n_items else []
    return Comparison(
        baseline=baseline,
        model=other.model,
        benchmark=other.benchmark,
        task=other.task,
        n_items=pairing.n_items,
        n_runs=pairing.n_runs,
        n_unshared_items=pairing.n_unshared_items,
        n_unshared_runs=pairing.n_unshared_runs,
        n_changed_items=pairing.n_changed_items,
        deltas={metric.name: delta for metric in metrics if (delta := _delta(pairing, metric)).p_value is not None},
    )


def differences(compared: Iterable[Comparison]) -> list[Difference]:
    """The tested differences, by model, benchmark, task and metric; comparisons without shared items have none.

    `p_adjusted` is Holm's, within the family of all comparisons of one metric (over models and benchmarks).
    """
    found = [
        (comparison, metric, delta)
        for comparison in sorted(compared, key=lambda each: (each.model, each.benchmark, each.task))
        for metric, delta in comparison.deltas.items()
    ]
    p_values: dict[str, list[float]] = {}
    for _, metric, delta in found:
        p_values.setdefault(metric, []).append(delta.p_value if delta.p_value is not None else 1.0)
    adjusted = {metric: iter(holm(of_family)) for metric, of_family in p_values.items()}
    return [
        Difference(comparison, metric, delta, next(adjusted[metric]), len(p_values[metric]))
        for comparison, metric, delta in found
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
                "n_runs": each.comparison.n_runs,
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


def _delta(pairing: Pairing, metric: Metric) -> PairedDelta:
    own, other, clusters = pairing.counts(metric)
    return paired_delta(own, other, pairing.n_runs, clusters)


def _keys(each: Difference) -> dict[str, str]:
    of = each.comparison
    return dict(zip(KEYS, (of.baseline, of.model, of.benchmark, of.task, each.metric), strict=True))
