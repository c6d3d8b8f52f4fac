"""Tables from columns: the bytes of the same table from rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from utils.column_tables import Coded, column_cells, csv_of_cells, json_of_cells, table_part, write_parts
from utils.tables import csv_text, json_text, storable_rows, write_table

COLUMNS = ("name", "value, too", "100%", "note")
any_text = st.text(st.characters() | st.sampled_from("=+-@\t\r\n'\",\0\ud800 "), max_size=12)
finite = st.floats(allow_nan=False, allow_infinity=False)
cells = st.none() | st.booleans() | st.integers() | finite | any_text
kinds = st.sampled_from([any_text, finite, st.booleans(), st.integers(), finite | st.integers(), cells])


@st.composite
def columns(draw: st.DrawFn) -> dict[str, list[Any] | Coded]:
    """Columns of the same length, coded or not, some with the codes of another."""
    n = draw(st.integers(0, 20))
    drawn: dict[str, list[Any] | Coded] = {}
    codes = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.intp)
    for name in COLUMNS:
        kind = draw(kinds) | st.none()
        how = draw(st.sampled_from(["plain", "coded", "coded alike"]))
        if how == "plain":
            drawn[name] = draw(st.lists(kind, min_size=n, max_size=n))
        else:
            own = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int32)
            drawn[name] = Coded(codes if how == "coded alike" else own, draw(st.lists(kind, min_size=3, max_size=3)))
    return drawn


def rows_of(drawn: dict[str, list[Any] | Coded]) -> list[dict[str, Any]]:
    lists = {
        name: [column.values[code] for code in column.codes] if isinstance(column, Coded) else column
        for name, column in drawn.items()
    }
    return storable_rows(COLUMNS, [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)])


@settings(max_examples=60)
@given(columns())
def test_a_table_of_columns_is_written_as_one_of_rows_is(drawn: dict[str, list[Any] | Coded]) -> None:
    of_cells = {name: column_cells(column) for name, column in drawn.items()}
    rows = rows_of(drawn)
    assert csv_of_cells(of_cells) == csv_text(COLUMNS, rows)
    assert json_of_cells(of_cells) == json_text(rows)
    assert {len(column) for column in of_cells.values()} == {len(rows)}


@settings(max_examples=25)
@given(columns(), st.integers(0, 21))
def test_a_table_can_be_written_a_part_at_a_time(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, list[Any] | Coded], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    of_cells = {name: column_cells(column) for name, column in drawn.items()}
    parts = [
        table_part({name: column.part(start, stop) for name, column in of_cells.items()})
        for start, stop in ((0, cut), (cut, 21), (21, 22))
    ]
    write_parts(folder, "parts", COLUMNS, parts)
    write_table(folder, "whole", COLUMNS, rows_of(drawn))
    for suffix in ("csv", "json"):
        assert (folder / f"parts.{suffix}").read_bytes() == (folder / f"whole.{suffix}").read_bytes()


@given(st.lists(finite | st.none()).map(lambda values: [*values, 0.5]))
@example([0.0, -0.0, None, 5e-324, 1.7976931348623157e308])
@example([1e-4, math.nextafter(1e-4, 0), 1e-5, 1e16, math.nextafter(1e16, 0), -1e16, 123456789012345680.0])
def test_floats_stand_by_their_repr(values: list[float | None]) -> None:
    found = column_cells(values)
    assert list(found.csv) == ["" if value is None else repr(value) for value in values]
    assert list(found.json) == ["null" if value is None else repr(value) for value in values]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("coded", [True, False])
def test_a_column_holds_nothing_that_is_not_finite(bad: float, coded: bool) -> None:
    values = [None, 1.0, bad]
    with pytest.raises(ValueError, match="undefined values are None"):
        column_cells(Coded(np.arange(3), values) if coded else values)


def test_neighbours_of_few_cells_are_put_together_and_the_rows_are_the_same(tmp_path: Path) -> None:
    codes = [np.arange(400) % size for size in (2, 3, 1, 7, 50)]
    drawn = {f"c{place}": Coded(each, [f"{place}-{code}" for code in range(50)]) for place, each in enumerate(codes)}
    cells = {name: column_cells(column) for name, column in drawn.items()}
    lines = [",".join(f"{place}-{each[row]}" for place, each in enumerate(codes)) for row in range(400)]
    assert csv_of_cells(cells) == "\n".join(["c0,c1,c2,c3,c4", *lines]) + "\n"
