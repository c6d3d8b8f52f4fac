from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analysis.item_columns import columns_of_rows
from analysis.run_grids import RunGrid, run_grid
from tests.analysis.synthetic import item_row, item_rows

answered = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1)


def grid_of_rows(rows: list[dict[str, Any]]) -> RunGrid:
    (columns,) = columns_of_rows(rows)
    return run_grid(columns)


def test_items_that_lack_a_run_are_left_out() -> None:
    rows = [item_row(item_id=f"i{item}", run=run) for item in range(4) for run in range(2) if (item, run) != (3, 1)]
    grid = grid_of_rows(rows)
    assert grid.runs == (0, 1)
    assert grid.items == ("i0", "i1", "i2")
    assert grid.n_left_out == 1
    assert grid.columns.run[grid.grid.cells].tolist() == [[0, 1]] * 3


def test_a_run_that_has_only_begun_costs_no_items() -> None:
    rows = [item_row(item_id=f"i{item}", run=0) for item in range(5)] + [item_row(item_id="i0", run=1)]
    grid = grid_of_rows(rows)
    assert grid.runs == (0,)
    assert grid.n_left_out == 0


def test_items_without_a_common_run_leave_an_empty_grid() -> None:
    grid = grid_of_rows([item_row(item_id="a", run=0), item_row(item_id="b", run=1)])
    assert (grid.items, grid.n_left_out) == ((), 2)
    assert grid.right.shape == (0, 2)


def test_grids_come_by_model_and_benchmark_whatever_the_order_of_rows() -> None:
    rows = [*item_rows("openai/b", "safety"), *item_rows("local/a", "reasoning"), *item_rows("local/a", "ambiguity")]
    grids, turned = ([run_grid(columns) for columns in columns_of_rows(each)] for each in (rows, rows[::-1]))
    names = [(grid.model, grid.benchmark) for grid in turned]
    assert names == [("local/a", "ambiguity"), ("local/a", "reasoning"), ("openai/b", "safety")]
    for one, other in zip(grids, turned, strict=True):
        assert (one.items, one.runs, one.clusters) == (other.items, other.runs, other.clusters)
        assert (one.right == other.right).all()
        assert (one.predictions == other.predictions).all()


@given(answered)
def test_a_grid_holds_each_items_response_in_each_run_that_half_of_the_items_have(cells: set[tuple[int, int]]) -> None:
    rows = [item_row(item_id=f"i{item}", run=run, prediction=f"{item} {run}") for item, run in cells]
    grid = grid_of_rows(rows)
    items = {item for item, _ in cells}
    runs = [run for run in range(5) if 2 * sum((item, run) in cells for item in items) >= len(items)]
    whole = [item for item in sorted(items) if runs and all((item, run) in cells for run in runs)]
    assert grid.runs == tuple(runs)
    assert grid.items == tuple(f"i{item}" for item in whole)
    assert grid.n_left_out == len(items) - len(whole)
    texts = grid.columns.prediction.values
    assert [[texts[code] for code in row] for row in grid.predictions.tolist()] == [
        [f"{item} {run}" for run in runs] for item in whole
    ]


def test_no_rows_have_no_grid() -> None:
    assert columns_of_rows([]) == []
