"""The item table: one row a scored response, in `results/items/MODEL_FOLDER/BENCHMARK.csv|json|parquet`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import atomic
from utils.tables import Row, column_cells, csv_of_cells, json_of_cells, storable_rows

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

Columns = Mapping[str, Sequence[Any]]
"""Each of `ITEM_COLUMNS` with its cells, one a row: plain Python scalars or None."""


def write_item_table(folder: Path, benchmark: str, rows: Sequence[Row]) -> list[Path]:
    """Write the rows in the three formats; the return is the files written."""
    stored = storable_rows(list(ITEM_COLUMNS), rows)
    return write_item_columns(folder, benchmark, {name: [row[name] for row in stored] for name in ITEM_COLUMNS})


def write_item_columns(folder: Path, benchmark: str, columns: Columns) -> list[Path]:
    """Write the table in the three formats; the return is the files written.

    Raises:
        UserError: the folder cannot be written.
        ValueError: a cell is not finite; undefined values are None.
    """
    cells = {name: column_cells(columns[name]) for name in ITEM_COLUMNS}
    written = [folder / f"{benchmark}.csv"]
    atomic.write_text(written[0], csv_of_cells(cells))
    if len(columns["run"]) <= JSON_ROWS_LIMIT:
        written.append(folder / f"{benchmark}.json")
        atomic.write_text(written[-1], json_of_cells(cells))
    written.append(folder / f"{benchmark}.parquet")
    atomic.write_bytes(written[-1], _parquet({name: cells[name].values for name in ITEM_COLUMNS}))
    return written


def _parquet(columns: Columns) -> bytes:
    import pyarrow as pa  # heavy, and needed only where tables are written
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_(), "double": pa.float64()}
    arrays = {name: pa.array(_numbers(columns[name], kind), types[kind]) for name, kind in ITEM_COLUMNS.items()}
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer, compression="zstd")
    return buffer.getvalue()


def _numbers(cells: Sequence[Any], kind: str) -> Sequence[Any]:
    """The cells as Parquet wants them: an integer among floats is a float, and the other way round."""
    as_number: type | None = {"double": float, "int64": int}.get(kind)
    if as_number is None or {type(cell) for cell in cells} <= {as_number, type(None)}:
        return cells
    return [None if cell is None else as_number(cell) for cell in cells]
