"""Responses as columns hold what the rows do, by model, benchmark, task, item and run."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.item_columns import COLUMNS, FLAGS, NUMBERS, OF_ITEM, Texts, columns_of_rows
from tests.analysis.synthetic import item_row

names = st.sampled_from(["a", "B", "é", "", "\ud800", "😀"])
texts = st.none() | names
numbers = st.none() | st.floats(allow_nan=False)
responses = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(("model", "benchmark", "task", "item_id", "prediction"), names)
        | {"run": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3)}
        | dict.fromkeys(FLAGS, st.booleans())
        | dict.fromkeys(NUMBERS, numbers)
    ),
    max_size=12,
    unique_by=lambda row: tuple(row[name] for name in ("model", "benchmark", "task", "item_id", "run")),
)


def group_name(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["model"], row["benchmark"], row["task"]


@settings(max_examples=50)
@given(responses)
def test_columns_hold_the_cells_of_the_rows_sorted(rows: list[dict[str, Any]]) -> None:
    ordered = sorted(rows, key=lambda row: (*group_name(row), row["item_id"], row["run"]))
    expected = [(name, list(group)) for name, group in groupby(ordered, key=group_name)]
    found = columns_of_rows(rows)
    assert [columns.name for columns in found] == [name for name, _ in expected]
    for columns, (_, own) in zip(found, expected, strict=True):
        assert len(columns) == len(own)
        assert columns.items == tuple(dict.fromkeys(row["item_id"] for row in own))
        assert [columns.items[place] for place in columns.item.tolist()] == [row["item_id"] for row in own]
        assert columns.run.tolist() == [row["run"] for row in own]
        assert columns.prediction.cells() == [row["prediction"] for row in own]
        for name in FLAGS:
            assert columns.flags[name].tolist() == [row[name] for row in own]
        for name in NUMBERS:
            cells = [None if math.isnan(number) else number for number in columns.numbers[name].tolist()]
            assert cells == [row[name] for row in own]
        assert columns.counts.tolist() == [sum(row["item_id"] == item for row in own) for item in columns.items]


def test_what_an_item_has_is_what_its_first_response_has() -> None:
    rows = [item_row(item_id=item, run=run, category=f"c{item}{run}", expected=None) for item in "ba" for run in (1, 0)]
    (columns,) = columns_of_rows(rows)
    assert columns.category == ("ca0", "cb0")
    assert columns.expected == (None, None)


def test_an_items_cluster_is_its_pair_and_else_itself_where_none_is_given() -> None:
    rows = [item_row(item_id="i", pair="p"), item_row(item_id="j", pair="p"), item_row(item_id="k")]
    (columns,) = columns_of_rows(rows, {("reasoning", "i"): "passage"})
    assert columns.cluster == ("passage", "p", "k")


def test_what_was_not_asked_for_is_not_there() -> None:
    (columns,) = columns_of_rows([item_row()], columns=["correct"])
    assert columns.correct.tolist() == [True]
    for name in set(COLUMNS) - {"correct"}:
        with pytest.raises(KeyError):
            (columns.numbers if name in NUMBERS else columns.of_item if name in OF_ITEM else columns.texts)[name]


@given(st.lists(texts), names)
def test_codes_compare_as_the_texts_do(cells: list[str | None], text: str) -> None:
    column = Texts.of(cells)
    assert column.cells() == cells
    assert column.are(text).tolist() == [cell == text for cell in cells]
    there = [(code, cell) for code, cell in zip(column.codes.tolist(), cells, strict=True) if cell is not None]
    assert sorted(there) == sorted(there, key=lambda each: each[1])
