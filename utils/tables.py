"""Result tables: the same rows as CSV and JSON, guarded against spreadsheets, read back unchanged."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from utils import atomic
from utils.errors import InputError, UserError, quoted
from utils.jsonl import could_hold_long_integer

Value = str | int | float | bool | None
Row = Mapping[str, Value]

# Statistics are rounded to this many significant digits before they are written: the last bits of a sum or a
# logarithm differ between processors, and results must not.
SIGNIFICANT_DIGITS = 12

LARGEST_CELL = 2**31 - 1  # characters; Python's own limit of 131,072 is less than a model can answer

# A spreadsheet runs a cell that begins so as a formula (OWASP, "CSV Injection"); a leading quote stops it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")


def rounded(value: float | None) -> float | None:
    """`value` to `SIGNIFICANT_DIGITS` significant digits; None and non-finite values become None (undefined)."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}") + 0.0  # + 0.0 turns -0.0 into 0.0


def write_table(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write `folder/name.csv` and `folder/name.json`: the same rows, in the same order, with the same numbers.

    Args:
        columns: the fields of every row, in the order of the CSV's columns.
        rows: one mapping a row with exactly these fields; None is an empty cell and JSON null.
    """
    listed = storable_rows(columns, rows)
    write_csv(folder, name, columns, listed)
    write_json(folder, name, listed)


def storable_rows(columns: Sequence[str], rows: Iterable[Row]) -> list[dict[str, Value]]:
    """The rows with these columns alone, as plain Python scalars that UTF-8 and JSON can hold.

    Raises:
        KeyError: a row lacks a column.
        ValueError: a cell is not finite; undefined values are None.
        TypeError: a cell is no scalar.
    """
    return [{column: storable(row[column]) for column in columns} for row in rows]


def write_csv(folder: Path, name: str, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    """Write `folder/name.csv` from storable rows; the return is its path."""
    path = folder / f"{name}.csv"
    atomic.write_text(path, csv_text(columns, rows))
    return path


def write_json(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """Write `folder/name.json` from storable rows; the return is its path."""
    path = folder / f"{name}.json"
    atomic.write_text(path, json_text(rows))
    return path


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """The rows as CSV: `\\n` line ends, floats by `repr`, `true`/`false`, empty for None, formulas guarded."""
    lines = [",".join(map(delimited, columns))]
    lines += [",".join(csv_cell(row[column]) for column in columns) or '""' for row in rows]
    return "\n".join(lines) + "\n"


def json_text(rows: Sequence[Row]) -> str:
    """The rows as a JSON list, one row a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def read_table(folder: Path, name: str, *, made_by: str, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of `folder/name.json`.

    Args:
        made_by: the command that writes this table, for the error message.
        columns: fields that every row must have.

    Raises:
        UserError: the table is missing.
        InputError: it is not a list of objects, or a row lacks a column.
    """
    path = folder / f"{name}.json"
    try:
        rows = loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path}: not there yet; run `{made_by}` first") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError):
        raise InputError(path, "is not valid JSON", hint=f"run `{made_by}` to write it anew") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(path, "expected a list of objects", hint=f"run `{made_by}` to write it anew")
    needed = set(columns)
    for number, row in enumerate(rows, 1):
        if not needed <= row.keys():
            missing = next(column for column in columns if column not in row)
            raise InputError(path, f"row {number} lacks it", field=missing, hint=f"run `{made_by}` to write it anew")
    return rows


def loads(content: bytes) -> Any:
    """What `json.loads` gives for these bytes of UTF-8, several times as fast where orjson gives the same.

    Raises:
        ValueError: it is no JSON.
    """
    if not could_hold_long_integer(content):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    return json.loads(content.decode("utf-8"))


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV that `write_table` wrote, as strings, with the formula guards taken off again.

    Raises:
        UserError: the file cannot be read.
        InputError: it is not UTF-8, a row has more or fewer cells than the head, or the quotes are broken.
    """
    csv.field_size_limit(LARGEST_CELL)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise InputError(path, "is not UTF-8") from None
    except csv.Error as error:
        raise InputError(path, f"is not valid CSV ({error})") from None
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            raise InputError(path, f"row {number} has {len(row)} cells, expected {len(head)}")
    return [{name: unguarded(cell) for name, cell in zip(head, row, strict=True)} for row in rows]


def guarded(cell: str) -> str:
    """`cell` with a leading quote when a spreadsheet could run it; plain numbers are left as they are."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The inverse of `guarded`."""
    return cell[1:] if cell.startswith("'") else cell


def delimited(cell: str) -> str:
    """`cell` between quotes where CSV needs them."""
    # Not csv.writer: before Python 3.11.9 and 3.12.3 it leaves a lone CR unquoted, and so writes other bytes.
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def csv_cell(value: Value) -> str:
    """A storable value as CSV writes it."""
    return delimited(_cell(value))


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else repr(value)


def storable_text(text: str) -> str:
    """`text` as a table holds it: what UTF-8 cannot hold stands as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def storable(value: Any) -> Value:
    """`value` as a plain Python scalar that UTF-8 can hold; numpy scalars are unwrapped."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a table cell holds {quoted(value)}; undefined values are None")
    if value is not None and not isinstance(value, bool | int | float):
        raise TypeError(f"a table cell holds a {type(value).__name__}")
    return value
