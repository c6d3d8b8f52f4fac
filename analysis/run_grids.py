"""Scored responses put into a grid of items x runs: which runs count, and which items have them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.item_columns import Bools, Codes, Ints, ItemColumns


@dataclass(frozen=True, eq=False)
class Grid:
    """Responses by item and run: `cells[i, r]` is the place of the response of the item `items[i]` in run `runs[r]`.

    Attributes:
        items: places among the items, ascending.
        runs: ascending.
        n_left_out: items that have responses, but not in all of these runs.
    """

    items: Ints
    runs: Ints
    cells: Ints
    n_left_out: int


@dataclass(frozen=True, eq=False)
class RunGrid:
    """One model's responses to one benchmark and task, as `Grid` holds them."""

    columns: ItemColumns
    grid: Grid

    @property
    def model(self) -> str:
        return self.columns.model

    @property
    def benchmark(self) -> str:
        return self.columns.benchmark

    @property
    def task(self) -> str:
        return self.columns.task

    @property
    def runs(self) -> tuple[int, ...]:
        return tuple(self.grid.runs.tolist())

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(self.columns.items[place] for place in self.grid.items.tolist())

    @property
    def clusters(self) -> tuple[str, ...]:
        """Each item's cluster."""
        return tuple(self.columns.cluster[place] for place in self.grid.items.tolist())

    @property
    def n_left_out(self) -> int:
        return self.grid.n_left_out

    @property
    def right(self) -> Bools:
        """Whether each answer is right: items x runs."""
        return self.columns.correct[self.grid.cells]

    @property
    def predictions(self) -> Codes:
        """The codes of the predictions: items x runs."""
        return self.columns.prediction.codes[self.grid.cells]


def run_grid(columns: ItemColumns) -> RunGrid:
    """The grid of a model's responses to a benchmark and task."""
    return RunGrid(columns, grid_of(columns.item, columns.run))


def grid_of(item: NDArray[np.integer], run: Ints) -> Grid:
    """The grid of responses that are sorted by item and run; of two of one item and run the last counts.

    A run counts when at least half of the items have it, so that a run that has only begun costs no items; then the
    items that lack one of these runs are left out, so that N is the same for all.
    """
    runs = np.unique(run)
    of_run = np.searchsorted(runs, run)
    last = np.ones(len(item), np.bool_)
    last[:-1] = (item[1:] != item[:-1]) | (run[1:] != run[:-1])
    has_any = np.bincount(item) > 0
    n_items = int(np.count_nonzero(has_any))
    counts = 2 * np.bincount(of_run[last], minlength=len(runs)) >= n_items
    n_runs = int(np.count_nonzero(counts))
    taken = last & counts[of_run]
    complete = has_any & (np.bincount(item[taken], minlength=len(has_any)) == n_runs) & (n_runs > 0)
    items = np.flatnonzero(complete)
    cells = np.flatnonzero(taken & complete[item]).reshape(len(items), n_runs)
    return Grid(items, runs[counts], cells, n_items - len(items))
