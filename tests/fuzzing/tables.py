"""Tables that the stages write and read back: damaged ones, and any cell in a sound one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from analysis.item_tables import CLUSTER_COLUMNS, find_tables, item_groups, read_clusters
from analysis.run_grids import run_grid
from tests.fuzzing.target import Target, scratch, text_of, written
from utils.item_rows import ITEM_COLUMNS
from utils.layout import Layout
from utils.tables import guarded, read_csv, read_table, storable_rows, unguarded, write_table

_ROW = {
    "model": "a/b", "benchmark": "fuzzed", "task": "safety", "item_id": "s-1", "run": 0, "category": "c", "pair": None,
    "expected": "comply", "prediction": "comply", "correct": True, "exact": True, "rule": "nothing_refused",
    "confidence_verbalized": 0.85, "confidence_logprob": None, "confidence_agreement": 1.0, "finish_reason": "stop",
    "output_tokens": 5, "cost_usd": 0.001, "latency_s": 1.5,
}  # fmt: skip
MADE_BY = "a command"


def check_written_back(data: bytes) -> None:
    """A table of any cells is read back as it was written, from the CSV as from the JSON."""
    cells = text_of(data).split("\x1f")
    columns = [f"c{number}" for number in range(min(3, len(cells)))]
    rows = [dict(zip(columns, cells[at : at + len(columns)], strict=False)) for at in range(0, len(cells), 3)]
    rows = [{**dict.fromkeys(columns, ""), **row} for row in rows]
    stored = storable_rows(columns, rows)
    write_table(scratch(), "written", columns, rows)
    assert read_table(scratch(), "written", made_by=MADE_BY, columns=columns) == stored
    assert read_csv(scratch() / "written.csv") == stored
    for cell in cells:
        assert unguarded(guarded(cell)) == cell
        assert not guarded(cell).startswith(("=", "@", "\t", "\r"))


def check_csv(data: bytes) -> None:
    """A CSV that something else wrote is a list of rows, each with a text for each column, or an error."""
    for row in read_csv(written("any.csv", data)):
        assert all(isinstance(cell, str) for cell in row.values())


def check_item_tables(data: bytes) -> None:
    """The tables of items and clusters that later stages read."""
    layout = Layout(root=scratch() / "root", benchmarks=scratch())
    written("root/results/clusters.json", data)
    written("root/results/items/a__b/fuzzed.json", data)
    try:
        read_clusters(layout)
    finally:
        _read_items(layout)


def check_parquet(data: bytes) -> None:
    """A table of items in Parquet, damaged in any way."""
    layout = Layout(root=scratch() / "columns", benchmarks=scratch())
    written("columns/results/items/a__b/fuzzed.parquet", data)
    _read_items(layout)


def _read_items(layout: Layout) -> None:
    """Every response has an item with all that an item has, and a grid can be made of them."""
    for columns in item_groups(find_tables(layout), {}):
        assert columns.counts.sum() == len(columns) == len(columns.run) == len(columns.prediction.cells())
        assert all(columns.counts)
        assert len(columns.cluster) == len(columns.items) == len(columns.expected)
        grid = run_grid(columns)
        assert grid.right.shape == grid.predictions.shape == (len(grid.items), len(grid.runs))


def cell_seeds() -> Iterator[bytes]:
    yield "\x1f".join(
        ["plain", "=1+1", "a,b", 'say "so"', "two\nlines", "'", "-5", "+5e3", "@x", "\tx", "é", ""]
    ).encode()
    yield b"\ra\x1f\xed\xa0\x80\x1f\x00"


def csv_seeds() -> Iterator[bytes]:
    yield b'model,n,accuracy\na/b,3,0.5\n"\'=1+1",,\n'
    yield b'a\n""\n'


def item_table_seeds() -> Iterator[bytes]:
    yield json.dumps([_ROW, {**_ROW, "item_id": "s-2", "pair": "p"}]).encode()
    yield json.dumps([dict.fromkeys(CLUSTER_COLUMNS, "x") | _ROW]).encode()


def parquet_seeds() -> Iterator[bytes]:
    from utils.item_rows import write_item_table

    rows: list[dict[str, Any]] = [{name: _ROW[name] for name in ITEM_COLUMNS}]
    yield write_item_table(scratch() / "seeds", "fuzzed", rows)[-1].read_bytes()


TARGETS = (
    Target("written_tables", check_written_back, cell_seeds, ["\x1f", "=", "+", "-", "@", "'", '"', "\r\n", "1e5"]),
    Target("csv_tables", check_csv, csv_seeds, ['"', '""', ",", "\n", "\r", "'="]),
    Target("item_tables", check_item_tables, item_table_seeds, [json.dumps(name) for name in ITEM_COLUMNS], True),
    Target("parquet_tables", check_parquet, parquet_seeds, ["PAR1"], longest=20_000),
)
