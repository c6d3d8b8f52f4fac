"""Scored responses put into a grid of items x runs: which runs count, and which items have them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import Row


@dataclass(frozen=True)
class RunGrid:
    """One model's responses to one benchmark: `cells[i][r]` is item i's row in run `runs[r]`."""

    model: str
    benchmark: str
    task: str
    runs: tuple[int, ...]
    items: tuple[str, ...]
    cells: tuple[tuple[Row, ...], ...]
    n_left_out: int

    @property
    def first_rows(self) -> list[Row]:
        """One row an item, for what does not differ between runs."""
        return [row[0] for row in self.cells]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each answer is right: items x runs."""
        shape = (len(self.items), len(self.runs))
        return np.array([[bool(cell["correct"]) for cell in row] for row in self.cells], np.bool_).reshape(shape)


def run_grids(rows: Sequence[Row]) -> Iterator[RunGrid]:
    """The grid of each model, benchmark and task, in that order.

    A run counts when at least half of the items have it, so that a run that has only begun costs no items; then the
    items that lack one of these runs are left out, so that N is the same for all.
    """

    def key(row: Row) -> tuple[str, str, str]:
        return row["model"], row["benchmark"], row["task"]

    for (model, benchmark, task), group in groupby(sorted(rows, key=key), key=key):
        by_item: dict[str, dict[int, Row]] = {}
        for row in group:
            by_item.setdefault(row["item_id"], {})[row["run"]] = row
        counts = Counter(run for found in by_item.values() for run in found)
        runs = tuple(sorted(run for run, count in counts.items() if 2 * count >= len(by_item)))
        items = tuple(sorted(item for item, found in by_item.items() if runs and all(run in found for run in runs)))
        cells = tuple(tuple(by_item[item][run] for run in runs) for item in items)
        yield RunGrid(model, benchmark, task, runs, items, cells, len(by_item) - len(items))
