"""What responses are missing, and between which bounds that leaves an accuracy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import cluster_codes
from analysis.item_columns import Floats, ItemColumns, Texts


@dataclass(frozen=True)
class Expected:
    """The responses that each model's answer to a benchmark consists of: every item, in every run.

    Every run of every model asks the same items, so whatever any model answered in any run is expected of all. The
    clusters and categories have one entry an item.
    """

    place: dict[str, int]
    clusters: NDArray[np.int64]
    categories: Texts
    n_runs: int


@dataclass(frozen=True)
class Answered:
    """What of the expected a model answered: per item the responses that are there, are right, are invalid."""

    expected: Expected
    there: Floats
    right: Floats
    invalid: Floats

    @property
    def worst(self) -> Floats:
        """Each item's share of right answers if all that is missing or invalid were wrong."""
        return self.right / self.expected.n_runs

    @property
    def best(self) -> Floats:
        """Each item's share of right answers if all that is missing or invalid were right."""
        return 1 - (self.there - self.right - self.invalid) / self.expected.n_runs


def expected_responses(groups: Iterable[ItemColumns]) -> dict[tuple[str, str], Expected]:
    """What is expected of every model, by benchmark and task.

    Args:
        groups: the responses of all models, by model; with `category`.
    """
    first: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = {}
    runs: dict[tuple[str, str], set[int]] = {}
    for group in groups:
        name = group.benchmark, group.task
        of_items = zip(group.items, zip(group.cluster, group.category, strict=True), strict=True)
        first[name] = dict(of_items) | first.get(name, {})
        runs.setdefault(name, set()).update(np.unique(group.run).tolist())
    return {name: _expected(items, len(runs[name])) for name, items in first.items()}


def answered(expected: Expected, responses: ItemColumns, invalid: Floats) -> Answered:
    """What is there of the expected; `invalid` has one entry a response."""
    places = np.array([expected.place[item] for item in responses.items], dtype=np.int64)[responses.item]
    n_items = len(expected.place)
    return Answered(
        expected,
        np.bincount(places, minlength=n_items).astype(np.float64),
        np.bincount(places, weights=responses.correct, minlength=n_items).astype(np.float64),
        np.bincount(places, weights=invalid, minlength=n_items).astype(np.float64),
    )


def _expected(items: dict[str, tuple[str, str | None]], n_runs: int) -> Expected:
    names = sorted(items)
    return Expected(
        {item: place for place, item in enumerate(names)},
        cluster_codes([items[item][0] for item in names]),
        Texts.of([items[item][1] for item in names]),
        n_runs,
    )
