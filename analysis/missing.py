"""What responses are missing, and between which bounds that leaves an accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import cluster_codes
from analysis.item_columns import Clusters, Row
from analysis.item_tables import cluster_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """The responses that each model's answer to a benchmark consists of: every item, in every run.

    Every run of every model asks the same items, so whatever any model answered in any run is expected of all. The
    arrays hold one entry an item.
    """

    place: dict[str, int]
    clusters: NDArray[np.int64]
    categories: NDArray[np.object_]
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


def expected_responses(rows: Sequence[Row], clusters: Clusters) -> Expected:
    """What is expected of every model, from the rows of all models to one benchmark; there must be one at least."""
    first_rows = {row["item_id"]: row for row in reversed(rows)}
    items = [first_rows[item] for item in sorted(first_rows)]
    return Expected(
        {row["item_id"]: place for place, row in enumerate(items)},
        cluster_codes([cluster_of(row, clusters) for row in items]),
        np.array([row["category"] for row in items], dtype=object),
        len({row["run"] for row in rows}),
    )


def answered(expected: Expected, item_ids: Sequence[str], right: Floats, invalid: Floats) -> Answered:
    """What is there of the expected; the last three have one entry a response of one model."""
    places = np.array([expected.place[item] for item in item_ids], dtype=np.int64)
    n_items = len(expected.place)
    return Answered(
        expected,
        np.bincount(places, minlength=n_items).astype(np.float64),
        np.bincount(places, weights=right, minlength=n_items).astype(np.float64),
        np.bincount(places, weights=invalid, minlength=n_items).astype(np.float64),
    )
