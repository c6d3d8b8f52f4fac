from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from analysis import item_tables
from analysis.item_columns import COLUMNS, FLAGS, NUMBERS, OF_ITEM, ItemColumns
from analysis.item_tables import find_tables, item_groups, read_clusters
from tests.analysis.synthetic import clusters_of, item_row, item_rows, write_results
from utils.errors import InputError, UserError
from utils.item_rows import ITEM_COLUMNS, write_item_table
from utils.layout import Layout

NOT_READ = ("rule", "finish_reason")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(root=tmp_path, benchmarks=tmp_path / "benchmarks")


def rows_of(columns: ItemColumns) -> list[dict[str, Any]]:
    """The responses as rows, without the columns that no step reads."""
    names = dict(zip(("model", "benchmark", "task"), columns.name, strict=True))
    predictions = columns.prediction.cells()
    return [
        {**names, "item_id": columns.items[item], "run": run, "prediction": predictions[place]}
        | {name: columns.of_item[name][item] for name in ("pair", *OF_ITEM)}
        | {name: bool(columns.flags[name][place]) for name in FLAGS}
        | {name: _number(columns.numbers[name][place]) for name in NUMBERS}
        for place, (item, run) in enumerate(zip(columns.item.tolist(), columns.run.tolist(), strict=True))
    ]


def _number(cell: float) -> float | None:
    return None if math.isnan(cell) else cell


def read(layout: Layout) -> list[dict[str, Any]]:
    return [row for columns in item_groups(find_tables(layout), {}) for row in rows_of(columns)]


def without(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: cell for name, cell in row.items() if name not in NOT_READ} for row in rows]


def put(layout: Layout, *rows: dict[str, Any], folder: str = "local__a", name: str = "reasoning") -> Path:
    """A table of these rows in JSON alone, whatever they hold."""
    path = layout.item_tables / folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def put_parquet(layout: Layout, table: pa.Table) -> None:
    path = layout.item_tables / "local__a" / "reasoning.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pa.parquet.write_table(table, path, row_group_size=2)


def as_parquet(rows: list[dict[str, Any]], **types: pa.DataType) -> pa.Table:
    kinds = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_(), "double": pa.float64()}
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], types.get(name, kinds[kind]))
            for name, kind in ITEM_COLUMNS.items()
        }
    )


def test_rows_come_back_sorted(layout: Layout) -> None:
    rows = [*item_rows("openai/b.1", "safety"), *item_rows("local/a", "reasoning")]
    write_results(layout.root, rows)
    expected = sorted(rows, key=lambda row: (row["model"], row["benchmark"], row["item_id"], row["run"]))
    assert read(layout) == without(expected)
    assert read_clusters(layout) == clusters_of(rows)
    found = [(table.model, table.benchmark, table.n_responses, table.runs()) for table in find_tables(layout)]
    assert found == [("local/a", "reasoning", 120, {0, 1, 2}), ("openai/b.1", "safety", 120, {0, 1, 2})]


def test_a_table_of_two_tasks_is_two_groups(layout: Layout) -> None:
    rows = [row | {"benchmark": "mixed"} for task in ("safety", "ambiguity") for row in item_rows("local/a", task)]
    write_results(layout.root, rows)
    groups = list(item_groups(find_tables(layout), read_clusters(layout)))
    assert [group.name for group in groups] == [("local/a", "mixed", "ambiguity"), ("local/a", "mixed", "safety")]
    assert [row for group in groups for row in rows_of(group)] == without([*rows[120:], *rows[:120]])


@pytest.mark.parametrize("left_out", [True, False], ids=["alone", "beside a long JSON"])
def test_parquet_is_read_where_the_json_was_left_out(
    layout: Layout, left_out: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = item_rows("local/a", "safety", n_items=4)
    write_results(layout.root, rows)
    as_json = next(layout.item_tables.glob("*/safety.json"))
    if left_out:
        as_json.unlink()
    else:
        as_json.write_text("no JSON", encoding="utf-8")
        monkeypatch.setattr(item_tables, "JSON_BYTES", 1)
    assert read(layout) == without(rows)
    (table,) = find_tables(layout)
    assert (table.path.suffix, table.n_responses, table.runs()) == (".parquet", 12, {0, 1, 2})


def test_parquet_of_any_encoding_is_read(layout: Layout) -> None:
    rows = [item_row(item_id=f"i{n}", run=n % 2, pair=None if n % 2 else f"p{n}", cost_usd=n or None) for n in range(5)]
    kinds = {"item_id": pa.large_string(), "prediction": pa.dictionary(pa.int8(), pa.string())}
    put_parquet(layout, as_parquet(rows, run=pa.int16(), cost_usd=pa.int32(), latency_s=pa.null(), **kinds))
    assert read(layout) == without(rows)


def test_models_that_answered_the_same_items_share_them(layout: Layout) -> None:
    write_results(layout.root, [row for model in ("local/a", "local/b") for row in item_rows(model, "safety")])
    one, other = item_groups(find_tables(layout), {})
    assert one.items is other.items


def test_damaged_parquet_is_told(layout: Layout) -> None:
    path = layout.item_tables / "local__a" / "safety.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(InputError, match=r"safety\.parquet.*aggregate_results"):
        read(layout)


def test_parquet_without_a_column_is_told(layout: Layout) -> None:
    put_parquet(layout, pa.table({"model": ["local/a"]}))
    with pytest.raises(InputError, match="field 'benchmark'"):
        read(layout)


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [("run", 1.5, pa.float64()), ("correct", 1, pa.int64()), ("rule", True, pa.bool_()), ("model", None, pa.string()),
     ("run", None, pa.int64()), ("prediction", None, pa.null()), ("item_id", None, pa.string())],
)  # fmt: skip
def test_a_parquet_column_of_another_type_is_told(
    layout: Layout, column: str, value: object, kind: pa.DataType
) -> None:
    put_parquet(layout, as_parquet([item_row(**{column: value})], **{column: kind}))
    with pytest.raises(InputError, match=rf"field '{column}': expected \w+, found \w+; run"):
        read(layout)


def test_without_pyarrow_the_json_is_read_or_its_want_told(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = item_rows("local/a", "safety", n_items=4)
    write_results(layout.root, rows)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(item_tables, "JSON_BYTES", 0)
    assert read(layout) == without(rows)
    next(layout.item_tables.glob("*/safety.json")).unlink()
    with pytest.raises(UserError, match="takes pyarrow"):
        read(layout)


def test_without_tables_the_next_command_is_named(layout: Layout) -> None:
    with pytest.raises(UserError, match=r"run `python3 -m runners\.aggregate_results` first"):
        read(layout)
    with pytest.raises(UserError, match=r"run `python3 -m runners\.aggregate_results` first"):
        read_clusters(layout)


@pytest.mark.parametrize("folder", ["empty.json", "empty.parquet"])
def test_tables_without_rows_are_as_none(layout: Layout, folder: str) -> None:
    write_item_table(layout.item_tables / "local__a", "reasoning", [])
    for path in layout.item_tables.glob("*/*"):
        if path.suffix != Path(folder).suffix:
            path.unlink()
    with pytest.raises(UserError, match="no scored responses yet"):
        read(layout)


@pytest.mark.parametrize(
    ("column", "value"), [("model", None), ("run", "1"), ("item_id", [1]), ("correct", 1), ("confidence_logprob", {})]
)
def test_a_cell_of_another_type_is_told(layout: Layout, column: str, value: object) -> None:
    put(layout, item_row(), {**item_row(), column: value})
    with pytest.raises(InputError, match=rf"field '{column}': expected \w+, found \w+; run"):
        read(layout)


@pytest.mark.parametrize(("column", "value"), [("run", 2**63), ("cost_usd", 10**400)])
def test_a_number_that_does_not_fit_is_told(layout: Layout, column: str, value: int) -> None:
    put(layout, item_row(), {**item_row(), column: value})
    with pytest.raises(InputError, match=rf"field '{column}': expected \w+, found a greater number; run"):
        read(layout)


@pytest.mark.parametrize("column", ["model", "benchmark"])
def test_a_table_of_two_models_is_told(layout: Layout, column: str) -> None:
    put(layout, item_row(), item_row(**{column: "local/b"}))
    with pytest.raises(
        InputError, match=rf"field '{column}': expected one {column} in a table, found '.*' and 'local/b'"
    ):
        read(layout)


def test_two_tables_of_one_model_and_benchmark_are_told(layout: Layout) -> None:
    put(layout, item_row())
    put(layout, item_row(), folder="copy")
    with pytest.raises(InputError, match=r"local__a.*so does .*copy.*delete one of the two"):
        read(layout)


def test_a_cluster_of_another_type_is_told(layout: Layout) -> None:
    layout.results.mkdir()
    row = {"benchmark": [1], "item_id": "x", "cluster": "x"}
    (layout.results / "clusters.json").write_text(json.dumps([row]), encoding="utf-8")
    with pytest.raises(InputError, match="field 'benchmark': expected string, found list"):
        read_clusters(layout)


def test_parquet_with_a_name_that_is_no_text_is_told(layout: Layout) -> None:
    write_results(layout.root, [item_row()])
    next(layout.item_tables.glob("*/*.json")).unlink()
    path = next(layout.item_tables.glob("*/*.parquet"))
    path.write_bytes(path.read_bytes().replace(b"finish_reason", b"finish\xadreason"))
    with pytest.raises(InputError, match=r"\.parquet.*aggregate_results"):
        read(layout)


def test_only_the_columns_asked_for_are_read(layout: Layout) -> None:
    write_results(layout.root, [item_row()])
    next(layout.item_tables.glob("*/*.json")).unlink()
    (columns,) = item_groups(find_tables(layout), {}, ["correct"])
    assert not columns.texts
    assert not columns.numbers
    assert set(columns.flags) == {"correct"} < set(COLUMNS)
