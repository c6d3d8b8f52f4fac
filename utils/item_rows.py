"""The item table: one row a scored response, in `results/items/MODEL_FOLDER/BENCHMARK.csv|json|parquet`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import atomic
from utils.column_tables import Column, ColumnCells, column_cells, csv_head, csv_rows, json_of_cells
from utils.tables import Row, storable_rows

JSON_ROWS_LIMIT = 100_000  # above this the JSON is left out; Parquet has the same content

# The columns, in order, and what each holds.
ITEM_COLUMNS: dict[str, str] = {
    "model": "string",
    "benchmark": "string",
    "task": "string",
    "item_id": "string",
    "run": "int64",
    "category": "string",
    "pair": "string",
    "expected": "string",
    "prediction": "string",
    "correct": "bool",
    "exact": "bool",
    "rule": "string",
    "confidence_verbalized": "double",
    "confidence_logprob": "double",
    "confidence_agreement": "double",
    "finish_reason": "string",
    "output_tokens": "int64",
    "cost_usd": "double",
    "latency_s": "double",
}

_ROWS_AT_ONCE = 50_000  # of the CSV, which can be of any length


def write_item_table(folder: Path, benchmark: str, rows: Sequence[Row]) -> list[Path]:
    """Write the rows in the three formats; the return is the files written."""
    stored = storable_rows(list(ITEM_COLUMNS), rows)
    return list(write_item_columns(folder, benchmark, {name: [row[name] for row in stored] for name in ITEM_COLUMNS}))


def write_item_columns(folder: Path, benchmark: str, columns: Mapping[str, Column]) -> dict[Path, str]:
    """Write the table in the three formats; the return is the files written, each with its SHA-256.

    Args:
        columns: each of `ITEM_COLUMNS`.

    Raises:
        UserError: the folder cannot be written.
        ValueError: a cell is not finite; undefined values are None.
    """
    cells = {name: column_cells(columns[name]) for name in ITEM_COLUMNS}
    n_rows = len(cells["run"])
    written = {folder / f"{benchmark}.csv": atomic.write_parts(folder / f"{benchmark}.csv", _csv(cells, n_rows))}
    if n_rows <= JSON_ROWS_LIMIT:
        path = folder / f"{benchmark}.json"
        written[path] = atomic.write_parts(path, [json_of_cells(cells).encode("utf-8")])
    path = folder / f"{benchmark}.parquet"
    written[path] = atomic.write_parts(path, [_parquet(cells)])
    return written


def _csv(cells: Mapping[str, ColumnCells], n_rows: int) -> Iterator[bytes]:
    yield csv_head(cells).encode("utf-8")
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        part = {name: column.part(start, start + _ROWS_AT_ONCE) for name, column in cells.items()}
        yield csv_rows(part).encode("utf-8")


def _parquet(cells: Mapping[str, ColumnCells]) -> memoryview:
    import pyarrow as pa  # heavy, and needed only where tables are written
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_(), "double": pa.float64()}
    arrays = {}
    for name, kind in ITEM_COLUMNS.items():
        column = cells[name]
        arrays[name] = pa.array(_numbers(column.values, kind), types[kind])
        if column.codes is not None:
            arrays[name] = arrays[name].take(pa.array(column.codes))
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer, compression="zstd")
    return buffer.getbuffer()


def _numbers(cells: Sequence[Any], kind: str) -> Sequence[Any]:
    """The cells as Parquet wants them: an integer among floats is a float, and the other way round."""
    as_number: type | None = {"double": float, "int64": int}.get(kind)
    if as_number is None or {type(cell) for cell in cells} <= {as_number, type(None)}:
        return cells
    return [None if cell is None else as_number(cell) for cell in cells]
