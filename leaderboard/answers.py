"""The rows of `results/items` as arrays: each model's answers to a benchmark, items x runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import Clusters, Row
from analysis.item_tables import MADE_BY, cluster_of
from analysis.metrics import INVALID
from leaderboard.dimensions import PARTS, SIDES
from utils.errors import UserError, quoted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """One model's answers to the items of one benchmark and task; every array but `items` is items x runs.

    Args:
        model: place in `Collected.models`.
        items: places in `Collected.items`, ascending.
        present: whether there is a response; where there is none, the other arrays mean nothing.
        prediction: a number for each distinct prediction.
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
    prediction: Ints
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


def collect(rows: Sequence[Row], clusters: Clusters) -> Collected:
    """The rows as arrays; their order does not matter.

    A run counts when at least half of a model's items of the benchmark have it, so that a run that has only begun
    costs nothing; where there is no such run, all count.
    """
    models = tuple(sorted({row["model"] for row in rows}))
    items = tuple(sorted({(row["benchmark"], row["item_id"]) for row in rows}))
    part, cluster = _item_arrays(rows, items, clusters)
    return Collected(models, items, part, cluster, tuple(_answers(rows, models, items)))


def _item_arrays(rows: Sequence[Row], items: Sequence[tuple[str, str]], clusters: Clusters) -> tuple[Ints, Ints]:
    parts: dict[tuple[str, str], int] = {}
    of_item: dict[tuple[str, str], tuple[str, str]] = {}
    for row in rows:
        key = (row["benchmark"], row["item_id"])
        if key not in parts:
            parts[key] = _part(row)
            of_item[key] = (row["benchmark"], cluster_of(row, clusters))
    number = {name: place for place, name in enumerate(sorted(set(of_item.values())))}
    return (
        np.array([parts[item] for item in items], dtype=np.int64),
        np.array([number[of_item[item]] for item in items], dtype=np.int64),
    )


def _part(row: Row) -> int:
    task, expected = row["task"], row["expected"]
    side = expected if len(SIDES[task]) > 1 else ""
    if side not in SIDES[task]:
        raise UserError(
            f"results/items: item {quoted(row['item_id'])} of {quoted(row['benchmark'])} expects "
            f"{quoted(expected)}, not {' or '.join(SIDES[task])}; run `{MADE_BY}` to write the tables anew"
        )
    return PARTS.index((task, side))


def _answers(rows: Sequence[Row], models: Sequence[str], items: Sequence[tuple[str, str]]) -> Iterator[Answers]:
    groups = sorted({(row["model"], row["benchmark"], row["task"]) for row in rows})
    group = _numbers(((row["model"], row["benchmark"], row["task"]) for row in rows), groups, len(rows))
    item = _numbers(((row["benchmark"], row["item_id"]) for row in rows), items, len(rows))
    run = np.fromiter((row["run"] for row in rows), np.int64, len(rows))
    texts = dict.fromkeys(row["prediction"] for row in rows)
    correct = np.fromiter((row["correct"] is True for row in rows), np.bool_, len(rows))
    prediction = _numbers((row["prediction"] for row in rows), tuple(texts), len(rows))
    confidence = np.fromiter((_or_nan(row["confidence_verbalized"]) for row in rows), np.float64, len(rows))
    invalid = tuple(texts).index(INVALID) if INVALID in texts else -1
    order = np.lexsort((run, item, group))
    starts = np.searchsorted(group[order], np.arange(len(groups) + 1))
    for place, (model, benchmark, task) in enumerate(groups):
        own = order[starts[place] : starts[place + 1]]
        yield _grid(
            models.index(model), benchmark, task, item[own], run[own], invalid,
            correct[own], prediction[own], confidence[own],
        )  # fmt: skip


def _grid(
    model: int, benchmark: str, task: str, item: Ints, run: Ints, invalid: int,
    correct: Bools, prediction: Ints, confidence: Floats,
) -> Answers:  # fmt: skip
    items, row = np.unique(item, return_inverse=True)
    runs, column = np.unique(run, return_inverse=True)
    shape = (len(items), len(runs))
    present, right = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    predictions, confidences = np.full(shape, invalid, np.int64), np.full(shape, np.nan)
    present[row, column], right[row, column] = True, correct
    predictions[row, column], confidences[row, column] = prediction, confidence
    counts = 2 * np.count_nonzero(present, axis=0) >= len(items)
    counted = counts if counts.any() else np.ones_like(counts)
    return Answers(
        model=model, benchmark=benchmark, task=task, items=items, present=present[:, counted],
        right=right[:, counted], invalid=predictions[:, counted] == invalid, prediction=predictions[:, counted],
        confidence=confidences[:, counted], n_left_out=int(np.count_nonzero(present[:, ~counted])),
    )  # fmt: skip


def _numbers(values: Iterator[Any], known: Sequence[Any], n: int) -> Ints:
    """The place of each value among the known ones."""
    place = {value: number for number, value in enumerate(known)}
    return np.fromiter((place[value] for value in values), np.int64, n)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
