"""How each kind of metric is measured from the responses of one model to one benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import Interval, cluster_codes, mean_interval
from analysis.item_columns import Row
from analysis.missing import Answered
from normalize.agreement import ReaderErrors

ALL = "all"
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Responses:
    """The responses of one model to one benchmark as arrays: one entry a response, or one an item where so named."""

    rows: Sequence[Row]
    items: NDArray[np.int64]
    item_clusters: NDArray[np.int64]
    item_categories: NDArray[np.object_]
    answered: Answered
    errors: ReaderErrors | None

    def chosen(self, category: str) -> NDArray[np.bool_]:
        """Which items lie in the category."""
        return lie_in(self.item_categories, category)


def lie_in(categories: NDArray[np.object_], category: str) -> NDArray[np.bool_]:
    return np.ones(len(categories), dtype=np.bool_) if category == ALL else np.asarray(categories == category)


Measure = Callable[[str], tuple[Interval, int]]
"""From a category to the metric's interval there and the number of responses it rests on."""


def missing_rate(found: Answered) -> Measure:
    def measure(category: str) -> tuple[Interval, int]:
        there = found.there[lie_in(found.expected.categories, category)]
        n_expected = len(there) * found.expected.n_runs
        share = (n_expected - int(there.sum())) / n_expected if n_expected else None
        return Interval(share, None, None, None, len(there), 0), n_expected

    return measure


def bound(found: Answered, *, best: bool) -> Measure:
    scores = found.best if best else found.worst

    def measure(category: str) -> tuple[Interval, int]:
        chosen = lie_in(found.expected.categories, category)
        interval = mean_interval(scores[chosen], found.expected.clusters[chosen], bounds=SHARE)
        return interval, interval.n_items * found.expected.n_runs

    return measure


OfItems = Callable[[NDArray[np.bool_]], tuple[Interval, int]]
"""The same from the items of a category."""


def mean_over_items(
    scores: NDArray[np.float64],
    items: NDArray[np.int64],
    item_clusters: NDArray[np.int64],
    bounds: tuple[float, float] | None,
) -> OfItems:
    known = ~np.isnan(scores)
    counts = np.bincount(items[known], minlength=len(item_clusters))
    means = np.bincount(items[known], weights=scores[known], minlength=len(item_clusters)) / np.maximum(counts, 1)

    def measure(chosen: NDArray[np.bool_]) -> tuple[Interval, int]:
        used = chosen & (counts > 0)
        interval = mean_interval(means[used], item_clusters[used], bounds=bounds)
        if bounds is None and interval.low is not None:  # tokens and seconds: none is below 0
            interval = replace(interval, low=max(0.0, interval.low))
        return interval, int(counts[used].sum())

    return measure


def total_cost(responses: Responses) -> Measure:
    costs = [row["cost_usd"] for row in responses.rows]

    def measure(category: str) -> tuple[Interval, int]:
        chosen = responses.chosen(category)
        known = {index: cost for index, cost in enumerate(costs) if cost is not None and chosen[responses.items[index]]}
        total = math.fsum(known.values()) if known else None
        n_items = len({int(responses.items[index]) for index in known})
        return Interval(total, None, None, None, n_items, 0), len(known)

    return measure


def pair_accuracy(responses: Responses) -> Measure:
    members: dict[str, set[int]] = {}
    right: dict[tuple[str, int], list[bool]] = {}
    for row, item in zip(responses.rows, responses.items.tolist(), strict=True):
        if row["pair"] is not None:
            members.setdefault(row["pair"], set()).add(item)
            right.setdefault((row["pair"], row["run"]), []).append(bool(row["correct"]))
    complete = sorted(key for key, answers in right.items() if len(answers) == len(members[key[0]]) > 1)
    pairs = sorted({pair for pair, _ in complete})
    clusters = np.array([responses.item_clusters[min(members[pair])] for pair in pairs], dtype=np.int64)
    scores = np.array([all(right[key]) for key in complete], dtype=np.float64)
    codes = cluster_codes([pair for pair, _ in complete])
    over_pairs = mean_over_items(scores, codes, clusters, SHARE)

    def measure(category: str) -> tuple[Interval, int]:
        chosen = responses.chosen(category)
        whole = np.array([all(chosen[item] for item in members[pair]) for pair in pairs], dtype=np.bool_)
        interval, _ = over_pairs(whole)
        return interval, sum(len(right[key]) for key, pair in zip(complete, codes.tolist(), strict=True) if whole[pair])

    return measure
