"""Each model against itself in earlier results, item by item: the rows of `results/changes`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from analysis.deltas import (
    COLUMNS,
    HOW_FOUND,
    Comparison,
    Difference,
    by_benchmark,
    comparison_of,
    delta_rows,
    detail_rows,
)
from analysis.item_columns import Row
from analysis.run_grids import RunGrid

CHANGE_COLUMNS = (*COLUMNS, *HOW_FOUND, "n_changed_items")


def earlier_name(model: str) -> str:
    """The name under which a model's earlier self stands in the column `baseline`."""
    return f"{model}@earlier"


def changes(earlier: Sequence[Row], now: Sequence[Row]) -> Iterator[Comparison]:
    """Each model that is in both, against its earlier self, by benchmark and task.

    Items whose expected answer differs are left out. A benchmark that only one of the two holds of the model gives a
    comparison of no items.
    """
    before, after = dict(by_benchmark(earlier)), dict(by_benchmark(now))
    both = {row["model"] for row in earlier} & {row["model"] for row in now}
    for benchmark, task in sorted(before.keys() | after.keys()):
        own, other = before.get((benchmark, task), {}), after.get((benchmark, task), {})
        for model in sorted(both & (own.keys() | other.keys())):
            empty = RunGrid(model, benchmark, task, (), (), (), 0)
            yield comparison_of(own.get(model, []), other.get(model, []), empty, earlier_name(model))


def change_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The rows of `results/changes` (CHANGE_COLUMNS)."""
    return [
        {**row, **details, "n_changed_items": each.comparison.n_changed_items}
        for row, details, each in zip(delta_rows(found), detail_rows(found), found, strict=True)
    ]
