"""The rows of a source file (CSV, JSON, JSON lines or Parquet), and what converters make of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from utils.errors import InputError, UserError, quoted
from utils.jsonl import LINE_LIMIT

Row = Mapping[str, Any]
Item = dict[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """A row that makes no item, and why."""

    reason: str


Converter = Callable[[str, Sequence[Row]], Iterator[Item | LeftOut]]
"""From a file's stem (`test` of test.jsonl) and its rows to items, in the order of the rows."""


def read_rows(path: Path) -> list[Row]:
    """The rows of a source file, by its suffix.

    JSON holds a list of rows, or an object whose `examples` are; JSON lines hold objects, or objects written as
    strings (CLAMBER).

    Raises:
        UserError: the file cannot be read, is of another kind, or holds no rows.
    """
    readers = {".csv": _csv, ".json": _json, ".jsonl": _json_lines, ".parquet": _parquet}
    if path.suffix not in readers:
        raise UserError(f"{path}: expected a file that ends in {', '.join(readers)}")
    try:
        rows = readers[path.suffix](path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError, csv.Error, pyarrow.ArrowException) as error:
        raise InputError(path, f"is not a valid {path.suffix[1:]} file ({error})") from None
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(path, "expected rows, each with named columns, found none")
    return rows


def text(row: Row, column: str) -> str:
    """The text in a column, without the space around it.

    Raises:
        UserError: there is none; the source has another shape than its converter knows.
    """
    value = row.get(column)
    if not isinstance(value, str | int) or not str(value).strip():
        raise UserError(f"expected a text in the column '{column}' of {quoted(dict(row), 120)}")
    return str(value).strip()


def part(row: Row, column: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """The list or the mapping in a column.

    Raises:
        UserError: there is none.
    """
    value = row.get(column)
    if not isinstance(value, kind):
        found = quoted(dict(row), 120)
        raise UserError(f"expected a {'list' if kind is list else 'mapping'} in the column '{column}' of {found}")
    return value


def optional_text(row: Row, column: str) -> str:
    """The text in a column, empty where there is none."""
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""


def _csv(path: Path) -> list[Row]:
    csv.field_size_limit(LINE_LIMIT)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _json(path: Path) -> list[Row]:
    value = json.loads(path.read_text(encoding="utf-8"))
    rows = value.get("examples") if isinstance(value, dict) else value
    return rows if isinstance(rows, list) else []


def _json_lines(path: Path) -> list[Row]:
    values = [json.loads(line) for line in path.read_bytes().decode("utf-8").split("\n") if line.strip()]
    return [json.loads(value) if isinstance(value, str) else value for value in values]


def _parquet(path: Path) -> list[Row]:
    rows: list[Row] = parquet.read_table(path).to_pylist()
    return rows
