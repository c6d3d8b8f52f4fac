"""Each model against itself in earlier results, item by item: the rows of `results/changes`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from analysis.deltas import COLUMNS, HOW_FOUND, Comparison, Difference, comparison_of, delta_rows, detail_rows
from analysis.item_columns import ItemColumns, no_responses
from analysis.item_tables import ItemTable

CHANGE_COLUMNS = (*COLUMNS, *HOW_FOUND, "n_changed_items")

Read = Callable[[ItemTable], Iterator[ItemColumns]]
"""Reads a table, task by task."""


def earlier_name(model: str) -> str:
    """The name under which a model's earlier self stands in the column `baseline`."""
    return f"{model}@earlier"


def changes(
    earlier: Sequence[ItemTable], now: Sequence[ItemTable], read_earlier: Read, read_now: Read
) -> Iterator[Comparison]:
    """Each model that is in both, against its earlier self, by model, benchmark and task.

    Items whose expected answer differs are left out. A benchmark that only one of the two holds of the model gives a
    comparison of no items.
    """
    before, after = ({(table.model, table.benchmark): table for table in tables} for tables in (earlier, now))
    both = {table.model for table in earlier} & {table.model for table in now}
    for model, benchmark in sorted(name for name in before.keys() | after.keys() if name[0] in both):
        own, other = (
            {group.task: group for group in read(tables[model, benchmark])} if (model, benchmark) in tables else {}
            for tables, read in ((before, read_earlier), (after, read_now))
        )
        for task in sorted(own.keys() | other.keys()):
            none = no_responses(model, benchmark, task)
            yield comparison_of(own.get(task, none), other.get(task, none), earlier_name(model))


def change_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """The rows of `results/changes` (CHANGE_COLUMNS)."""
    return [
        {**row, **details, "n_changed_items": each.comparison.n_changed_items}
        for row, details, each in zip(delta_rows(found), detail_rows(found), found, strict=True)
    ]
