"""The item table: the same rows as CSV, JSON and Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils import item_rows
from utils.item_rows import ITEM_COLUMNS, write_item_table
from utils.responses import LARGEST_INTEGER
from utils.tables import read_csv, read_table

OPTIONAL: tuple[str, ...] = (
    "pair",
    "confidence_verbalized",
    "confidence_logprob",
    "confidence_agreement",
    "finish_reason",
)
OPTIONAL += ("output_tokens", "cost_usd", "latency_s")
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(), min_size=1, max_size=6)
    | st.sampled_from(["=1+1", "-1", "'", 'a\r\n,"', "\ud800"]),
    "int64": st.integers(0, LARGEST_INTEGER),
    "bool": st.booleans(),
    "double": st.floats(0, 1e300),
}
item_tables = st.lists(
    st.fixed_dictionaries(
        {name: BY_TYPE[kind] | st.none() if name in OPTIONAL else BY_TYPE[kind] for name, kind in ITEM_COLUMNS.items()}
    ),
    max_size=4,
)


def item_row(**fields: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(ITEM_COLUMNS)
    texts = {name: "x" for name, kind in ITEM_COLUMNS.items() if kind == "string" and name not in OPTIONAL}
    return {**row, **texts, "run": 0, "correct": True, "exact": False, **fields}


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def from_csv(cell: str, kind: str) -> Any:
    if cell == "":
        return None
    read: dict[str, Callable[[str], Any]] = {"int64": int, "double": float, "bool": {"true": True, "false": False}.get}
    return read.get(kind, str)(cell)


@given(item_tables)
def test_the_three_formats_hold_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("items")
    write_item_table(folder, "safety", rows)
    in_json = read_table(folder, "safety", made_by="make", columns=list(ITEM_COLUMNS))
    in_csv = [
        {name: from_csv(cell, ITEM_COLUMNS[name]) for name, cell in row.items()}
        for row in read_csv(folder / "safety.csv")
    ]
    assert len(in_json) == len(rows)
    assert in_json == in_csv == parquet_rows(folder / "safety.parquet")
    assert all(list(row) == list(ITEM_COLUMNS) for row in in_json)


def test_the_columns_are_those_of_the_contract() -> None:
    assert ", ".join(ITEM_COLUMNS) == (
        "model, benchmark, task, item_id, run, category, pair, expected, prediction, correct, exact, rule, "
        "confidence_verbalized, confidence_logprob, confidence_agreement, finish_reason, output_tokens, cost_usd, "
        "latency_s"
    )


def test_columns_have_their_types_even_where_no_row_has_a_value(tmp_path: Path) -> None:
    write_item_table(tmp_path, "safety", [item_row()])
    schema = pyarrow.parquet.read_schema(tmp_path / "safety.parquet")
    assert {name: str(schema.field(name).type) for name in ITEM_COLUMNS} == ITEM_COLUMNS


def test_an_integer_cost_is_a_number_in_each(tmp_path: Path) -> None:
    write_item_table(tmp_path, "safety", [item_row(cost_usd=0, latency_s=2)])
    (row,) = parquet_rows(tmp_path / "safety.parquet")
    assert (row["cost_usd"], row["latency_s"]) == (0.0, 2.0)


def test_a_second_writing_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [item_row(item_id=f"i{number}", cost_usd=number / 7) for number in range(50)]
    first = write_item_table(tmp_path / "a", "safety", rows)
    second = write_item_table(tmp_path / "b", "safety", [dict(reversed(row.items())) for row in rows])
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize(("count", "formats"), [(3, ["csv", "json", "parquet"]), (4, ["csv", "parquet"])])
def test_above_the_limit_the_json_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, formats: list[str]
) -> None:
    monkeypatch.setattr(item_rows, "JSON_ROWS_LIMIT", 3)
    written = write_item_table(tmp_path, "safety", [item_row()] * count)
    assert written == [tmp_path / f"safety.{suffix}" for suffix in formats]
    assert sorted(tmp_path.iterdir()) == written
    assert len(read_csv(tmp_path / "safety.csv")) == len(parquet_rows(tmp_path / "safety.parquet")) == count


def test_the_limit_is_that_of_the_contract() -> None:
    assert item_rows.JSON_ROWS_LIMIT == 100_000
