from __future__ import annotations

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from analysis.item_tables import cluster_of, read_clusters, read_item_rows
from tests.analysis.synthetic import clusters_of, item_row, item_rows, write_results
from utils.errors import InputError, UserError
from utils.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(root=tmp_path, benchmarks=tmp_path / "benchmarks")


def test_rows_come_back_sorted(layout: Layout) -> None:
    rows = [*item_rows("openai/b.1", "safety"), *item_rows("local/a", "reasoning")]
    write_results(layout.root, rows)
    expected = sorted(rows, key=lambda row: (row["model"], row["benchmark"], row["item_id"], row["run"]))
    assert read_item_rows(layout) == expected
    assert read_clusters(layout) == clusters_of(rows)


def test_parquet_is_read_where_the_json_was_left_out(layout: Layout) -> None:
    rows = item_rows("local/a", "safety", n_items=4)
    write_results(layout.root, rows)
    next(layout.item_tables.glob("*/safety.json")).unlink()
    assert read_item_rows(layout) == rows


def test_damaged_parquet_is_told(layout: Layout) -> None:
    path = layout.item_tables / "local__a" / "safety.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(InputError, match=r"safety\.parquet.*aggregate_results"):
        read_item_rows(layout)


def test_parquet_without_a_column_is_told(layout: Layout) -> None:
    path = layout.item_tables / "local__a" / "safety.parquet"
    path.parent.mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.table({"model": ["local/a"]}), path)
    with pytest.raises(InputError, match="field 'benchmark'"):
        read_item_rows(layout)


def test_without_tables_the_next_command_is_named(layout: Layout) -> None:
    with pytest.raises(UserError, match=r"run `python3 -m runners\.aggregate_results` first"):
        read_item_rows(layout)
    with pytest.raises(UserError, match=r"run `python3 -m runners\.aggregate_results` first"):
        read_clusters(layout)


def test_an_items_cluster_is_its_pair_and_else_itself_where_none_is_given() -> None:
    row = item_row(item_id="i", pair="p")
    assert cluster_of(row, {("reasoning", "i"): "passage"}) == "passage"
    assert cluster_of(row, {}) == "p"
    assert cluster_of(item_row(item_id="i"), {}) == "i"


@pytest.mark.parametrize(
    ("column", "value"), [("model", None), ("run", "1"), ("item_id", [1]), ("correct", 1), ("confidence_logprob", {})]
)
def test_a_cell_of_another_type_is_told(layout: Layout, column: str, value: object) -> None:
    path = layout.item_tables / "local__a" / "reasoning.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([item_row(), {**item_row(), column: value}]), encoding="utf-8")
    with pytest.raises(InputError, match=rf"field '{column}': expected \w+, found \w+; run"):
        read_item_rows(layout)


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
        read_item_rows(layout)
