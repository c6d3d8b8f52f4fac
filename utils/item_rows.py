"""The item table: one row a scored response, in `results/items/MODEL_FOLDER/BENCHMARK.csv|json|parquet`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import atomic
from utils.tables import Row, storable_rows, write_csv, write_json

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


def write_item_table(folder: Path, benchmark: str, rows: Sequence[Row]) -> list[Path]:
    """Write the rows in the three formats; the return is the files written."""
    stored = storable_rows(list(ITEM_COLUMNS), rows)
    written = [write_csv(folder, benchmark, list(ITEM_COLUMNS), stored)]
    if len(stored) <= JSON_ROWS_LIMIT:
        written.append(write_json(folder, benchmark, stored))
    path = folder / f"{benchmark}.parquet"
    atomic.write_bytes(path, _parquet(stored))
    return [*written, path]


def _parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa  # heavy, and needed only where tables are written
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_(), "double": pa.float64()}
    columns = {
        name: pa.array([None if row[name] is None else _as(kind, row[name]) for row in rows], types[kind])
        for name, kind in ITEM_COLUMNS.items()
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


def _as(kind: str, value: Any) -> Any:
    return {"double": float, "int64": int}.get(kind, lambda other: other)(value)
