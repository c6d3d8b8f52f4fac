from __future__ import annotations

from analysis.run_grids import run_grids
from tests.analysis.synthetic import item_row, item_rows


def test_items_that_lack_a_run_are_left_out() -> None:
    rows = [item_row(item_id=f"i{item}", run=run) for item in range(4) for run in range(2) if (item, run) != (3, 1)]
    grid = next(run_grids(rows))
    assert grid.runs == (0, 1)
    assert grid.items == ("i0", "i1", "i2")
    assert grid.n_left_out == 1
    assert [[cell["run"] for cell in row] for row in grid.cells] == [[0, 1]] * 3


def test_a_run_that_has_only_begun_costs_no_items() -> None:
    rows = [item_row(item_id=f"i{item}", run=0) for item in range(5)] + [item_row(item_id="i0", run=1)]
    grid = next(run_grids(rows))
    assert grid.runs == (0,)
    assert grid.n_left_out == 0


def test_items_without_a_common_run_leave_an_empty_grid() -> None:
    grid = next(run_grids([item_row(item_id="a", run=0), item_row(item_id="b", run=1)]))
    assert (grid.items, grid.n_left_out) == ((), 2)
    assert grid.right.shape == (0, 2)


def test_grids_come_by_model_and_benchmark_whatever_the_order_of_rows() -> None:
    rows = [*item_rows("openai/b", "safety"), *item_rows("local/a", "reasoning"), *item_rows("local/a", "ambiguity")]
    names = [(grid.model, grid.benchmark) for grid in run_grids(rows[::-1])]
    assert names == [("local/a", "ambiguity"), ("local/a", "reasoning"), ("openai/b", "safety")]
    assert [grid.cells for grid in run_grids(rows)] == [grid.cells for grid in run_grids(rows[::-1])]


def test_no_rows_have_no_grid() -> None:
    assert list(run_grids([])) == []
