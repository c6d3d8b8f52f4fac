"""The rows of `results/consistency_items`: every item's prediction in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.item_columns import NONE, Codes, Ints, ItemColumns
from utils.column_tables import Coded, TablePart, column_cells, table_part

NAMES = ("model", "benchmark", "task", "item_id", "category", "expected")
COUNTS = ("n_right", "flips", "distinct_answers")
NEEDED = ("prediction", "correct", "category", "expected")
"""The columns of the responses that the rows are made of."""


@dataclass(frozen=True, eq=False)
class ItemAnswers:
    """A model's items of a benchmark and task, those that flip most first, then those with the most distinct answers.

    `order` are their places in `columns.items`; the counts have an entry an item in this order.

    Attributes:
        n_flips: how many of the item's runs differ from most of them in being right: min(right, wrong), whatever their
            order.
    """

    columns: ItemColumns
    order: Ints
    n_runs: Ints
    n_right: Ints
    n_flips: Ints
    n_distinct: Ints


def columns_for(runs: Sequence[int]) -> tuple[str, ...]:
    """The columns of the table: at the end one for each run that any model has."""
    return (*NAMES, *COUNTS, *(f"run_{run}" for run in runs))


def item_answers(columns: ItemColumns) -> ItemAnswers:
    """What the responses say item by item."""
    n_items = len(columns.items)
    n_runs = columns.counts
    n_right = np.bincount(columns.item[columns.correct], minlength=n_items)
    n_flips = np.minimum(n_right, n_runs - n_right)
    n_codes = len(columns.prediction.values) + 1  # with NONE
    distinct = np.unique(columns.item.astype(np.int64) * n_codes + columns.prediction.codes - NONE)
    n_distinct = np.bincount(distinct // n_codes, minlength=n_items)
    order = np.lexsort((-n_distinct, -n_flips))
    return ItemAnswers(columns, order, n_runs[order], n_right[order], n_flips[order], n_distinct[order])


def answers_part(answers: ItemAnswers, runs: Sequence[int]) -> TablePart:
    """The rows of one model, benchmark and task, in their order; None where an item has no response in a run.

    Args:
        runs: all that any model has, ascending.
    """
    columns, places = answers.columns, answers.order
    one = np.zeros(len(places), np.intp)
    of_item = {"item_id": columns.items, "category": columns.category, "expected": columns.expected}
    counts = zip(COUNTS, (answers.n_right, answers.n_flips, answers.n_distinct), strict=True)
    cells = {name: column_cells(Coded(one, [getattr(columns, name)])) for name in NAMES[:3]}
    cells |= {name: column_cells(Coded(places, values)) for name, values in of_item.items()}
    cells |= {name: column_cells(values.tolist()) for name, values in counts}
    known = column_cells(Coded(one, [*columns.prediction.values, None]))  # NONE is the last
    for run, codes in zip(runs, _by_run(columns, runs)[:, places], strict=True):
        cells[f"run_{run}"] = replace(known, codes=codes % len(known.values))
    return table_part(cells)


def _by_run(columns: ItemColumns, runs: Sequence[int]) -> Codes:
    """The codes of the predictions, runs x items."""
    found = np.full((len(runs), len(columns.items)), NONE, np.int32)
    found[np.searchsorted(np.array(runs), columns.run), columns.item] = columns.prediction.codes
    return found
