"""What two models, or a model then and now, both answered on one benchmark: the shared items and runs of both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.intervals import cluster_codes
from analysis.item_columns import Bools, Ints, ItemColumns
from analysis.metrics import Metric
from analysis.run_grids import Grid, grid_of


@dataclass(frozen=True, eq=False)
class Pairing:
    """Two sets of responses to one benchmark and task, and the items and runs of both that are shared.

    Attributes:
        own, other: what is compared with, and what is compared.
        grid: the shared items and runs, as places of `other`; `own_cells` are the same responses' places in `own`.
        n_unshared_items, n_unshared_runs: what either has and is not in the grid.
        n_changed_items: the items that both have, but with another expected answer; they are not shared.
    """

    own: ItemColumns
    other: ItemColumns
    grid: Grid
    own_cells: Ints
    n_unshared_items: int
    n_unshared_runs: int
    n_changed_items: int

    @property
    def n_items(self) -> int:
        return len(self.grid.items)

    @property
    def n_runs(self) -> int:
        return len(self.grid.runs)

    def asked(self, metric: Metric) -> Bools:
        """Of each shared item whether the metric is about it."""
        expected = (self.other.expected[place] for place in self.grid.items.tolist())
        return np.array([metric.expected in (None, each) for each in expected], np.bool_)

    def counts(self, metric: Metric) -> tuple[Ints, Ints, Ints]:
        """Of each shared item that the metric is about: the runs that score 1 of `own` and `other`, and the cluster."""
        asked = self.asked(metric)
        own, other = (
            (metric.scores(columns)[cells[asked]] > 0).sum(axis=1)
            for columns, cells in ((self.own, self.own_cells), (self.other, self.grid.cells))
        )
        clusters = [self.other.cluster[place] for place in self.grid.items[asked].tolist()]
        return own, other, cluster_codes(clusters)


def pairing_of(own: ItemColumns, other: ItemColumns) -> Pairing:
    """The pairing of two sets of responses to one benchmark and task.

    Only (item, run) that both answered count; of these, runs and items as `grid_of` chooses them, so that every item
    has the same runs. Of two responses of one item and run the last counts.
    """
    runs = np.union1d(own.run, other.run)
    place = _places(own.items, other.items)
    known = place >= 0
    changed = np.array(
        [there >= 0 and own.expected[there] != now for there, now in zip(place.tolist(), other.expected, strict=True)],
        np.bool_,
    )
    own_keys = own.item.astype(np.int64) * len(runs) + np.searchsorted(runs, own.run)
    keys = place[other.item] * len(runs) + np.searchsorted(runs, other.run)
    found = np.searchsorted(own_keys, keys, side="right") - 1
    shared = (found >= 0) & (known & ~changed)[other.item]
    shared[shared] = own_keys[found[shared]] == keys[shared]
    places = np.flatnonzero(shared)
    grid = grid_of(other.item[places], other.run[places])
    cells = places[grid.cells]
    return Pairing(
        own,
        other,
        replace(grid, cells=cells),
        own_cells=found[cells],
        n_unshared_items=len(own.items) + int((~known).sum()) - int(changed.sum()) - len(grid.items),
        n_unshared_runs=len(runs) - len(grid.runs),
        n_changed_items=int(changed.sum()),
    )


def _places(own: tuple[str, ...], other: tuple[str, ...]) -> Ints:
    """Of each other item its place among the own ones; -1 where it is not among them."""
    if own is other:
        return np.arange(len(own))
    place = {item: number for number, item in enumerate(own)}
    return np.array([place.get(item, -1) for item in other], np.int64)
