"""The rows of `results/items` and `results/clusters`, as all later stages read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from utils.errors import InputError, UserError
from utils.item_rows import ITEM_COLUMNS, item_rows_of
from utils.layout import Layout
from utils.tables import read_table

MADE_BY = "python3 -m runners.aggregate_results"
CLUSTER_COLUMNS = ("benchmark", "item_id", "cluster")
KEY_COLUMNS = ("model", "benchmark", "item_id", "run")
_HINT = f"run `{MADE_BY}` to write it anew"
_TYPES: dict[str, set[type]] = {"string": {str}, "int64": {int}, "bool": {bool}, "double": {float, int}}

Row = Mapping[str, Any]
Clusters = Mapping[tuple[str, str], str]
"""(benchmark, item id) to the item's cluster."""


def read_item_rows(layout: Layout) -> list[dict[str, Any]]:
    """The rows of all `results/items/MODEL_FOLDER/BENCHMARK` tables, sorted by model, benchmark, item and run.

    The JSON is read, and the Parquet where the JSON was left out for its size.

    Raises:
        UserError: there is no table or no row, or a Parquet table and no pyarrow.
        InputError: a table is damaged.
    """
    tables = {path.with_suffix("") for kind in ("json", "parquet") for path in layout.item_tables.glob(f"*/*.{kind}")}
    rows = [row for table in sorted(tables) for row in _read(table)]
    if not rows:
        raise UserError(f"{layout.item_tables}: no scored responses yet; run `{MADE_BY}` first")
    return sorted(rows, key=lambda row: (row["model"], row["benchmark"], row["item_id"], row["run"]))


def read_clusters(layout: Layout) -> dict[tuple[str, str], str]:
    """Each scored item's cluster by (benchmark, item id), from `results/clusters.json`.

    Raises:
        UserError: the table is missing.
        InputError: it is damaged.
    """
    rows = read_table(layout.results, "clusters", made_by=MADE_BY, columns=CLUSTER_COLUMNS)
    _check_types(layout.results / "clusters.json", rows, dict.fromkeys(CLUSTER_COLUMNS, "string"), CLUSTER_COLUMNS)
    return {(row["benchmark"], row["item_id"]): row["cluster"] for row in rows}


def cluster_of(row: Row, clusters: Clusters) -> str:
    """The row's cluster; by default its pair, else its item, as for a benchmark's items."""
    return clusters.get((row["benchmark"], row["item_id"])) or row.get("pair") or row["item_id"]


def _read(table: Path) -> list[dict[str, Any]]:
    # Not `with_suffix`: a model's folder may hold dots, a benchmark's name may not.
    path = table.parent / f"{table.name}.json"
    if path.exists():
        rows = read_table(table.parent, table.name, made_by=MADE_BY, columns=tuple(ITEM_COLUMNS))
    else:
        path = path.with_name(f"{table.name}.parquet")
        rows = _read_parquet(path)
    _check_types(path, rows, ITEM_COLUMNS, KEY_COLUMNS)
    return rows


def _check_types(path: Path, rows: Sequence[Row], columns: Mapping[str, str], filled: Collection[str]) -> None:
    for column, kind in columns.items():
        other = {type(row[column]) for row in rows} - _TYPES[kind] - (set() if column in filled else {type(None)})
        if other:
            found = ", ".join(sorted(each.__name__ for each in other))
            raise InputError(path, f"expected {kind}, found {found}", field=column, hint=_HINT)


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise UserError(f"{path}: reading it takes pyarrow; run `python3 -m pip install pyarrow`") from None
    try:
        rows = item_rows_of(parquet.ParquetFile(path).read(use_threads=False))
    except (OSError, ValueError, ArrowException) as error:
        raise InputError(path, "is no readable Parquet file", hint=_HINT) from error
    missing = [column for column in ITEM_COLUMNS if rows and column not in rows[0]]
    if missing:
        raise InputError(path, "the column is missing", field=missing[0], hint=_HINT)
    return rows
