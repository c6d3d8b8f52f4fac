"""How each kind of metric is measured from the responses of one model to one benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import Interval, compact, mean_interval
from analysis.item_columns import NONE, Bools, Floats, ItemColumns, Texts
from analysis.missing import Answered
from normalize.agreement import ReaderErrors

ALL = "all"
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Responses:
    """The responses of one model to one benchmark, with the cluster and the category of each item."""

    columns: ItemColumns
    item_clusters: NDArray[np.int64]
    item_categories: Texts
    answered: Answered
    errors: ReaderErrors | None

    def chosen(self, category: str) -> Bools:
        """Which items lie in the category."""
        return lie_in(self.item_categories, category)


def lie_in(categories: Texts, category: str) -> Bools:
    return np.ones(len(categories), dtype=np.bool_) if category == ALL else categories.are(category)


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


OfItems = Callable[[Bools], tuple[Interval, int]]
"""The same from the items of a category."""


def mean_over_items(
    scores: Floats,
    items: NDArray[Any],
    item_clusters: NDArray[np.int64],
    bounds: tuple[float, float] | None,
) -> OfItems:
    known = ~np.isnan(scores)
    counts = np.bincount(items[known], minlength=len(item_clusters))
    means = np.bincount(items[known], weights=scores[known], minlength=len(item_clusters)) / np.maximum(counts, 1)

    def measure(chosen: Bools) -> tuple[Interval, int]:
        used = chosen & (counts > 0)
        interval = mean_interval(means[used], item_clusters[used], bounds=bounds)
        if bounds is None and interval.low is not None:  # tokens and seconds: none is below 0
            interval = replace(interval, low=max(0.0, interval.low))
        return interval, int(counts[used].sum())

    return measure


def total_cost(responses: Responses) -> Measure:
    costs, items = responses.columns.numbers["cost_usd"], responses.columns.item
    known = ~np.isnan(costs)

    def measure(category: str) -> tuple[Interval, int]:
        counted = known & responses.chosen(category)[items]
        total = math.fsum(costs[counted].tolist()) if counted.any() else None
        n_items = int(np.count_nonzero(np.bincount(items[counted])))
        return Interval(total, None, None, None, n_items, 0), int(counted.sum())

    return measure


def pair_accuracy(responses: Responses) -> Measure:
    columns = responses.columns
    item_pairs = Texts.of(columns.pair)
    paired = np.flatnonzero(item_pairs.codes != NONE)
    members = np.bincount(item_pairs.codes[paired], minlength=len(item_pairs.values))
    own = item_pairs.codes[columns.item].astype(np.int64)
    runs = np.unique(columns.run)
    in_run = (own * len(runs) + np.searchsorted(runs, columns.run))[own != NONE]
    answers = np.bincount(in_run, minlength=len(members) * len(runs)).reshape(len(members), len(runs))
    right = np.bincount(in_run, columns.correct[own != NONE], answers.size).reshape(answers.shape)
    complete = (answers == members[:, np.newaxis]) & (members[:, np.newaxis] > 1)
    n_complete = complete.sum(axis=1)
    pairs = np.flatnonzero(n_complete)
    first_item = paired[np.unique(item_pairs.codes[paired], return_index=True)[1]]
    codes = compact(np.nonzero(complete)[0])
    over_pairs = mean_over_items(
        (right == answers)[complete].astype(np.float64), codes, responses.item_clusters[first_item[pairs]], SHARE
    )

    def measure(category: str) -> tuple[Interval, int]:
        chosen = responses.chosen(category)[paired]
        whole = np.bincount(item_pairs.codes[paired][chosen], minlength=len(members)) == members
        interval, _ = over_pairs(whole[pairs])
        return interval, int((members * n_complete)[pairs][whole[pairs]].sum())

    return measure
