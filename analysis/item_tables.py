"""`results/items` and `results/clusters`, as all later stages read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.item_columns import (
    COLUMNS,
    FLAGS,
    Cells,
    Clusters,
    ItemColumns,
    Row,
    cells_of_rows,
    grouped,
)
from analysis.item_parquet import can_read_parquet, parquet_cells, parquet_head, parquet_runs
from utils.errors import InputError, UserError, quoted
from utils.item_rows import ITEM_COLUMNS
from utils.layout import Layout
from utils.tables import read_table

MADE_BY = "python3 -m runners.aggregate_results"
CLUSTER_COLUMNS = ("benchmark", "item_id", "cluster")
FILLED_COLUMNS = ("model", "benchmark", "task", "item_id", "run", "prediction", *FLAGS)

# Up to here reading the JSON takes no longer than the Parquet, and none of the time to load pyarrow.
JSON_BYTES = 128 * 1024

_HINT = f"run `{MADE_BY}` to write it anew"
_TYPES: dict[str, set[type]] = {"string": {str}, "int64": {int}, "bool": {bool}, "double": {float, int}}


@dataclass(frozen=True)
class ItemTable:
    """A table of `results/items`: the responses of one model to one benchmark."""

    model: str
    benchmark: str
    n_responses: int
    path: Path

    def groups(
        self,
        clusters: Clusters,
        columns: Collection[str] = COLUMNS,
        known: dict[tuple[str, str], tuple[str, ...]] | None = None,
    ) -> Iterator[ItemColumns]:
        """The table's responses, task by task; the arguments are those of `grouped`.

        Raises:
            InputError: the table is damaged.
        """
        for group in grouped(_read(self.path, columns), clusters, known):
            for field, expected in (("model", self.model), ("benchmark", self.benchmark)):
                if getattr(group, field) != expected:
                    found = f"{quoted(expected)} and {quoted(getattr(group, field))}"
                    raise InputError(
                        self.path, f"expected one {field} in a table, found {found}", field=field, hint=_HINT
                    )
            yield group

    def runs(self) -> set[int]:
        """The runs that the table has responses of. Raises what `groups` raises."""
        if self.path.suffix == ".json":
            return {row["run"] for row in _json_rows(self.path)}
        return parquet_runs(self.path, _HINT)


def find_tables(layout: Layout) -> list[ItemTable]:
    """The tables `results/items/MODEL_FOLDER/BENCHMARK` that hold responses, by model and benchmark.

    The names are those in the table. Of each table's forms, which hold the same, a small JSON is read, else the
    Parquet, else the JSON.

    Raises:
        UserError: there is no table or no row, or a Parquet table alone and no pyarrow.
        InputError: a table is damaged, or two hold the same model and benchmark.
    """
    stems = {path.with_suffix("") for kind in ("json", "parquet") for path in layout.item_tables.glob(f"*/*.{kind}")}
    found: dict[tuple[str, str], ItemTable] = {}
    for path in map(_quickest, sorted(stems)):
        head = _head(path)
        if head is None:
            continue
        model, benchmark, n_responses = head
        before = found.setdefault((model, benchmark), ItemTable(model, benchmark, n_responses, path))
        if before.path != path:
            problem = f"holds the responses of {quoted(model)} to {quoted(benchmark)}, and so does {before.path}"
            raise InputError(path, problem, hint="delete one of the two")
    if not found:
        raise UserError(f"{layout.item_tables}: no scored responses yet; run `{MADE_BY}` first")
    return [found[name] for name in sorted(found)]


def item_groups(
    tables: Iterable[ItemTable], clusters: Clusters, columns: Collection[str] = COLUMNS
) -> Iterator[ItemColumns]:
    """The responses of the tables, one table after the other in memory; models share the tuple of the same items.

    Args:
        clusters: from `read_clusters`.
        columns: what is needed, of `COLUMNS`; the rest is not read.

    Raises:
        UserError, InputError: as `ItemTable.groups` raises them.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    for table in tables:
        yield from table.groups(clusters, columns, known)


def read_clusters(layout: Layout) -> dict[tuple[str, str], str]:
    """Each scored item's cluster by (benchmark, item id), from `results/clusters.json`.

    Raises:
        UserError: the table is missing.
        InputError: it is damaged.
    """
    rows = read_table(layout.results, "clusters", made_by=MADE_BY, columns=CLUSTER_COLUMNS)
    _check_types(layout.results / "clusters.json", rows, dict.fromkeys(CLUSTER_COLUMNS, "string"), CLUSTER_COLUMNS)
    return {(row["benchmark"], row["item_id"]): row["cluster"] for row in rows}


def clusters_by_benchmark(clusters: Clusters) -> dict[str, Clusters]:
    """The clusters of each benchmark's items."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for (benchmark, item), cluster in clusters.items():
        found.setdefault(benchmark, {})[benchmark, item] = cluster
    return dict(found)


def _quickest(stem: Path) -> Path:
    # Not `with_suffix`: a model's folder may hold dots, a benchmark's name may not.
    as_json, as_parquet = (stem.parent / f"{stem.name}.{kind}" for kind in ("json", "parquet"))
    if not as_parquet.exists():
        return as_json
    if as_json.exists() and (as_json.stat().st_size <= JSON_BYTES or not can_read_parquet()):
        return as_json
    return as_parquet


def _head(path: Path) -> tuple[str, str, int] | None:
    """The model and the benchmark of the table's first row, and the number of rows; None for no row."""
    if path.suffix != ".json":
        return parquet_head(path, _HINT)
    rows = _json_rows(path)
    return (rows[0]["model"], rows[0]["benchmark"], len(rows)) if rows else None


def _read(path: Path, columns: Collection[str]) -> Cells:
    if path.suffix != ".json":
        return parquet_cells(path, columns, FILLED_COLUMNS, _HINT)
    try:
        return cells_of_rows(_json_rows(path), columns)
    except OverflowError as error:
        kind = ITEM_COLUMNS[str(error)]
        raise InputError(path, f"expected {kind}, found a greater number", field=str(error), hint=_HINT) from None


def _json_rows(path: Path) -> list[dict[str, Any]]:
    rows = read_table(path.parent, path.stem, made_by=MADE_BY, columns=tuple(ITEM_COLUMNS))
    _check_types(path, rows, ITEM_COLUMNS, FILLED_COLUMNS)
    return rows


def _check_types(path: Path, rows: Sequence[Row], columns: Mapping[str, str], filled: Collection[str]) -> None:
    for column, kind in columns.items():
        other = {type(row[column]) for row in rows} - _TYPES[kind] - (set() if column in filled else {type(None)})
        if other:
            found = ", ".join(sorted(each.__name__ for each in other))
            raise InputError(path, f"expected {kind}, found {found}", field=column, hint=_HINT)
