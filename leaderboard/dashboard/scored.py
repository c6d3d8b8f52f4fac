"""The scored responses, `results/items`: one model's on one benchmark, from the quickest of its three forms."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from leaderboard.dashboard.data import ITEMS, Kind, Stamp, again, frame_of, stamp
from utils.errors import InputError, UserError
from utils.layout import Layout, model_folder
from utils.tables import read_csv, read_table

TABLES_KEPT = 6  # a table of 100,000 rows takes about 30 MB
COMMAND = f"python3 -m {ITEMS.made_by}"


def load_items(layout: Layout, model: str, benchmark: str) -> pd.DataFrame:
    """One model's rows of `results/items` for one benchmark; cached until the file changes, and not to be changed.

    Raises:
        UserError: the table is missing; the message names the command that writes it.
        InputError: it is not the table that the contract describes.
    """
    path = items_path(layout, model, benchmark)
    if path is None:
        folder = layout.item_tables / model_folder(model)
        raise UserError(f"{folder / benchmark}.json: not there yet; run `{COMMAND}` first")
    return _load(path, stamp(path))


def items_path(layout: Layout, model: str, benchmark: str) -> Path | None:
    """The file that `load_items` reads: Parquet before JSON before CSV, which hold the same; None without any."""
    folder = layout.item_tables / model_folder(model)
    paths = (folder / f"{benchmark}.{suffix}" for suffix in ("parquet", "json", "csv"))
    return next((path for path in paths if path.exists()), None)


@lru_cache(maxsize=TABLES_KEPT)
def _load(path: Path, _stamp: Stamp | None) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix == ".json":
        rows = read_table(path.parent, path.stem, made_by=COMMAND, columns=tuple(ITEMS.columns))
        return frame_of(rows, ITEMS, path)
    try:
        cells = read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read as CSV ({error})", hint=again(ITEMS)) from error
    rows = [{name: _from_csv(cell, ITEMS.columns.get(name)) for name, cell in row.items()} for row in cells]
    return frame_of(rows, ITEMS, path)


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these two kinds
        raise InputError(path, f"cannot be read as Parquet ({error})", hint=again(ITEMS)) from error
    frame = table.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get, strings_to_categorical=False)
    for name, kind in ITEMS.columns.items():
        if name not in table.column_names:
            raise InputError(path, "the column is missing", field=name, hint=again(ITEMS))
        found = table.schema.field(name).type
        if not _is(kind, found):
            raise InputError(path, f"expected a column of {kind}s, found {found}", field=name, hint=again(ITEMS))
        dtype = {"number": "float64", "truth": "boolean"}.get(kind, "object")
        if frame[name].dtype != dtype:
            frame[name] = frame[name].astype(dtype)
    return frame


def _is(kind: Kind, found: pa.DataType) -> bool:
    if pa.types.is_null(found):
        return True
    if kind == "text":
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if kind == "truth":
        return bool(pa.types.is_boolean(found))
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found))


def _from_csv(cell: str, kind: Kind | None) -> Any:
    if cell == "" or kind in (None, "text"):
        return cell or None
    if kind == "truth":
        return {"true": True, "false": False}.get(cell, cell)
    try:
        return float(cell)
    except ValueError:
        return cell
