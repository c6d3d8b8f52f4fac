"""The responses of `results/items` as grids: each model's answers to a benchmark, items x runs, 15 bytes each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import Bools, Codes, Floats, ItemColumns
from analysis.item_tables import MADE_BY
from analysis.metrics import INVALID
from leaderboard.dimensions import PARTS, SIDES
from utils.errors import UserError, quoted

Ints = NDArray[np.int64]

NEEDED = ("prediction", "correct", "confidence_verbalized", "expected")
"""The columns that `collect` takes."""


@dataclass(frozen=True)
class Answers:
    """One model's answers to the items of one benchmark and task; every array but `items` is items x runs.

    Args:
        model: place in `Collected.models`.
        items: places in `Collected.items`, ascending.
        present: whether there is a response; where there is none, the other arrays mean nothing.
        prediction: a number for each distinct prediction of these answers.
        confidence: as stated in words; nan where none is.
        n_left_out: responses in runs that do not count.
    """

    model: int
    benchmark: str
    task: str
    items: Ints
    present: Bools
    right: Bools
    invalid: Bools
    prediction: Codes
    confidence: Floats
    n_left_out: int

    @property
    def n_runs(self) -> int:
        return int(self.present.shape[1])


@dataclass(frozen=True)
class Collected:
    """All scored responses.

    Args:
        models: sorted.
        items: (benchmark, item id), sorted.
        part: of each item the place in `PARTS` of what it counts for.
        cluster: of each item its cluster's number; a benchmark's clusters are numbered one after the other.
        answers: sorted by model, benchmark and task.
    """

    models: tuple[str, ...]
    items: tuple[tuple[str, str], ...]
    part: Ints
    cluster: Ints
    answers: tuple[Answers, ...]


def collect(groups: Iterable[ItemColumns]) -> Collected:
    """The answers of all models, group by group.

    A run counts when at least half of a model's items of the benchmark have it, so that a run that has only begun
    costs nothing; where there is no such run, all count.

    Args:
        groups: by model, benchmark and task, with the columns `NEEDED`; one at a time is needed.
    """
    met, grids = _Items(), []
    for group in groups:
        met.add(group)
        grids.append((group.name, group.items, _grid(group)))
    models = tuple(sorted({model for (model, _, _), _, _ in grids}))
    items = tuple(sorted(met.parts))
    number = {name: place for place, name in enumerate(sorted(set(met.clusters.values())))}
    places = _Places(items)
    return Collected(
        models,
        items,
        np.array([met.parts[item] for item in items], dtype=np.int64),
        np.array([number[met.clusters[item]] for item in items], dtype=np.int64),
        tuple(
            Answers(models.index(model), benchmark, task, places.of(benchmark, own), *grid)
            for (model, benchmark, task), own, grid in grids
        ),
    )


@dataclass
class _Items:
    """All items that were met, (benchmark, item id): the part that each counts for, and its cluster."""

    parts: dict[tuple[str, str], int] = field(default_factory=dict)
    clusters: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _last: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def add(self, group: ItemColumns) -> None:
        if self._last.get((group.benchmark, group.task)) is group.items:
            return  # the same items as of the model before
        self._last[group.benchmark, group.task] = group.items
        for item, cluster, expected in zip(group.items, group.cluster, group.expected, strict=True):
            key = group.benchmark, item
            if key not in self.parts:
                self.parts[key] = _part(group, item, expected)
                self.clusters[key] = group.benchmark, cluster


class _Places:
    """The places of items among all; those of items that several models share are looked up once."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._place = {item: place for place, item in enumerate(items)}
        self._found: dict[tuple[str, int], tuple[tuple[str, ...], Ints]] = {}

    def of(self, benchmark: str, items: tuple[str, ...]) -> Ints:
        known = self._found.get((benchmark, id(items)))
        if known is None:
            places = np.array([self._place[benchmark, item] for item in items], dtype=np.int64)
            known = self._found[benchmark, id(items)] = items, places
        return known[1]


def _part(group: ItemColumns, item: str, expected: str | None) -> int:
    side = expected if len(SIDES[group.task]) > 1 else ""
    if side not in SIDES[group.task]:
        raise UserError(
            f"results/items: item {quoted(item)} of {quoted(group.benchmark)} expects "
            f"{quoted(expected)}, not {' or '.join(SIDES[group.task])}; run `{MADE_BY}` to write the tables anew"
        )
    return PARTS.index((group.task, side))


def _grid(group: ItemColumns) -> tuple[Bools, Bools, Bools, Codes, Floats, int]:
    """The arrays of `Answers` from `present` on."""
    runs, column = np.unique(group.run, return_inverse=True)
    shape = (len(group.items), len(runs))
    place = group.item, column
    present, right, invalid = (np.zeros(shape, np.bool_) for _ in range(3))
    predictions, confidences = np.full(shape, -1, np.int32), np.full(shape, np.nan)
    present[place], right[place], invalid[place] = True, group.correct, group.prediction.are(INVALID)
    predictions[place], confidences[place] = group.prediction.codes, group.numbers["confidence_verbalized"]
    counts = 2 * np.count_nonzero(present, axis=0) >= len(group.items)
    counted = counts if counts.any() else np.ones_like(counts)
    left_out = int(np.count_nonzero(present[:, ~counted]))
    return (
        present[:, counted], right[:, counted], invalid[:, counted], predictions[:, counted], confidences[:, counted],
        left_out,
    )  # fmt: skip
