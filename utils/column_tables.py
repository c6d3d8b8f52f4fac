"""Tables written from columns: what row by row would give, at a fraction of the time.

What is the same in many rows is written once: a column of few different cells is a code a row, and neighbours of this
kind are put together before the rows are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from utils import atomic
from utils.tables import Value, csv_cell, delimited, storable

# Python and orjson write the same digits of a float, and between these sizes (and 0.0) the same characters.
_ALIKE_FROM, _ALIKE_BELOW = 1e-4, 1e16

_FEW = 8  # rows for each text that neighbours are put together to


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of few different cells: `values[code]` stands in the row of each code."""

    codes: NDArray[np.integer[Any]]
    values: Sequence[Any]


Column = Sequence[Any] | Coded
"""Texts, numbers or truth values, with None among them."""


@dataclass(frozen=True, eq=False)
class ColumnCells:
    """The storable values, and each as CSV and as JSON write it: a row each, or with `codes` one for each code."""

    values: Sequence[Value]
    csv: Sequence[str]
    json: Sequence[str]
    codes: NDArray[np.integer[Any]] | None = None

    def __len__(self) -> int:
        return len(self.csv if self.codes is None else self.codes)

    def part(self, start: int, stop: int) -> ColumnCells:
        """The cells of some of the rows."""
        if self.codes is not None:
            return ColumnCells(self.values, self.csv, self.json, self.codes[start:stop])
        return ColumnCells(self.values[start:stop], self.csv[start:stop], self.json[start:stop])


def column_cells(column: Column) -> ColumnCells:
    """The cells of a column.

    Raises:
        ValueError: a number is not finite.
        TypeError: a cell is no scalar.
    """
    if isinstance(column, Coded):
        return _one_by_one(column.values, column.codes)
    kinds = set(map(type, column)) - {type(None)}
    if kinds == {float}:
        return _floats(column)
    if kinds in ({str}, {bool}, {int}, set()):  # of several, True and 1 would be the same; of floats, the two zeros
        codes = {value: code for code, value in enumerate(dict.fromkeys(column))}
        return _one_by_one(list(codes), np.fromiter(map(codes.__getitem__, column), np.intp, len(column)))
    return _one_by_one(column)


def _one_by_one(values: Sequence[Any], codes: NDArray[np.integer[Any]] | None = None) -> ColumnCells:
    stored = [storable(value) for value in values]
    return ColumnCells(stored, [csv_cell(value) for value in stored], [_json_cell(value) for value in stored], codes)


def _floats(values: Sequence[float | None]) -> ColumnCells:
    """The cells of a column of floats, all at once."""
    numbers = np.array(values, np.float64)  # of None nan
    n_none = len(values) - int(np.count_nonzero(np.isfinite(numbers)))
    if n_none and n_none != values.count(None):
        return _one_by_one(values)  # which tells the number that is not finite
    text = orjson.dumps(values).decode()[1:-1]
    as_json = text.split(",")
    as_csv = text.replace("null", "").split(",") if n_none else as_json
    sizes = np.abs(numbers)
    for place in np.flatnonzero((sizes >= _ALIKE_BELOW) | ((sizes < _ALIKE_FROM) & (sizes > 0))).tolist():
        as_json[place] = as_csv[place] = repr(values[place])
    return ColumnCells(values, as_csv, as_json)


def csv_of_cells(columns: Mapping[str, ColumnCells]) -> str:
    """What `csv_text` gives for the same table; of two columns or more."""
    return csv_head(columns) + csv_rows(columns)


def csv_head(names: Iterable[str]) -> str:
    """The line of the columns' names."""
    return ",".join(map(delimited, names)) + "\n"


def csv_rows(columns: Mapping[str, ColumnCells]) -> str:
    """The lines of the rows, with their line ends."""
    rows = "\n".join(_rows([(cells.codes, cells.csv) for cells in columns.values()], ","))
    return f"{rows}\n" if rows else ""


def json_of_cells(columns: Mapping[str, ColumnCells]) -> str:
    """What `json_text` gives for the same table."""
    lines = json_rows(columns)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def json_rows(columns: Mapping[str, ColumnCells]) -> str:
    """The rows with what stands between two of them."""
    named = [
        (cells.codes, [f"{name}: {text}" for text in cells.json])
        for name, cells in zip(map(encode_basestring, columns), columns.values(), strict=True)
    ]
    rows = "},\n{".join(_rows(named, ", "))
    return f"{{{rows}}}" if rows else ""


def _rows(columns: Iterable[tuple[NDArray[np.integer[Any]] | None, Sequence[str]]], separator: str) -> Iterator[str]:
    """The texts of each row with the separator between them; columns are their texts, a row or a code each."""
    joined: list[tuple[NDArray[np.integer[Any]] | None, Sequence[str]]] = []
    for codes, texts in columns:
        before, others = joined[-1] if joined else (None, ())
        if codes is None or before is None:
            joined.append((codes, texts))
        elif codes is before:
            joined[-1] = codes, [f"{one}{separator}{other}" for one, other in zip(others, texts, strict=True)]
        elif len(others) * len(texts) <= max(len(others), len(texts), len(codes) // _FEW):
            both = [f"{one}{separator}{other}" for one in others for other in texts]
            joined[-1] = before * len(texts) + codes, both
        else:
            joined.append((codes, texts))
    cells = [texts if codes is None else np.array(texts, object)[codes].tolist() for codes, texts in joined]
    return map(separator.join, zip(*cells, strict=True))


def _json_cell(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return encode_basestring(value) if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class TablePart:
    """Some rows of a table as `write_parts` puts them into its two files; empty for no rows."""

    csv: bytes
    json: bytes


def table_part(columns: Mapping[str, ColumnCells]) -> TablePart:
    """The rows of these columns, which are two or more."""
    return TablePart(csv_rows(columns).encode("utf-8"), json_rows(columns).encode("utf-8"))


def write_parts(folder: Path, name: str, columns: Sequence[str], parts: Iterable[TablePart]) -> None:
    """What `write_table` writes, for a table of which a part at a time is in memory."""
    with atomic.replacing(folder / f"{name}.csv") as as_csv, atomic.replacing(folder / f"{name}.json") as as_json:
        as_csv.write(csv_head(columns).encode("utf-8"))
        before = b"[\n"
        for part in parts:
            if part.csv:
                as_csv.write(part.csv)
                as_json.writelines((before, part.json))
                before = b",\n"
        as_json.write(b"[]\n" if before == b"[\n" else b"\n]\n")
