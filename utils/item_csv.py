"""Items in a CSV file: each row as the JSON object that it stands for, and reading goes on after a bad row.

The head names the fields of the item. An empty cell is a field that is not there. The cells of `choices` and `aliases`
hold a JSON list (`["7 | 8", "9"]`) or options between bars (`7|8|9`); the cell of `prompt` may hold a JSON list of
messages. All else is text. UTF-8, with or without the byte order mark that spreadsheets write; commas between cells.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from utils.errors import InputError, UserError, quoted
from utils.jsonl import LINE_LIMIT

LIST_FIELDS = ("choices", "aliases")
NEEDED = ("id", "task", "prompt", "expected")
_BAR = "|"


def numbered_csv_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Each row's first line (1-based, the head is line 1) with its object, or with what is wrong with it.

    Raises:
        UserError: the file cannot be opened or read.
    """
    csv.field_size_limit(LINE_LIMIT)
    try:
        # Bytes that are no UTF-8 become lone surrogates, so that they spoil their own row only.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            head: list[str] = []
            for line, row in _numbered_rows(file, path):
                if isinstance(row, InputError):
                    yield line, row
                    if not head:  # without a head, no row can be read
                        return
                elif not head:
                    head = [name.strip() for name in row]
                    if problem := _head_problem(head):
                        yield line, InputError(path, problem, line=line)
                        return
                else:
                    yield line, _object(row, head, path, line)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); check that it is a file that you may read"
        ) from error


def _numbered_rows(file: Any, path: Path) -> Iterator[tuple[int, list[str] | InputError]]:
    """Each row that holds something, with the line it begins on; a row in quotes may span several lines."""
    reader = csv.reader(file, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, InputError(path, f"is not valid CSV ({error}); check the quotes from here on", line=line)
            continue
        if any(cell.strip() for cell in row):
            yield line, row


def _head_problem(head: list[str]) -> str:
    missing = [name for name in NEEDED if name not in head]
    if missing and len(head) == 1 and any(mark in head[0] for mark in ";\t"):
        return "the cells of the head are not separated by commas; save the file as CSV with commas"
    if missing:
        return f"the head lacks {', '.join(missing)}; the first row names the fields"
    repeated = sorted({name for name in head if name and head.count(name) > 1})
    return f"the head names {', '.join(repeated)} twice" if repeated else ""


def _object(row: list[str], head: list[str], path: Path, line: int) -> dict[str, Any] | InputError:
    if len(row) != len(head):
        hint = "; put a cell that holds a comma in double quotes" if len(row) > len(head) else ""
        return InputError(path, f"expected {len(head)} cells as in the head, found {len(row)}{hint}", line=line)
    if any("\udc80" <= character <= "\udcff" for cell in row for character in cell):
        return InputError(path, "is not UTF-8; save the file as 'CSV UTF-8'", line=line)
    value: dict[str, Any] = {}
    for name, cell in zip(head, row, strict=True):
        if not name or not cell.strip():
            continue
        if name in LIST_FIELDS:
            found = _list(cell.strip())
            if found is None:
                return InputError(path, f"expected a JSON list, found {quoted(cell)}", line=line, field=name)
            value[name] = found
        else:
            value[name] = _prompt(cell) if name == "prompt" else cell.strip()
    return value


def _list(cell: str) -> list[Any] | None:
    """The entries of a list cell; None when it begins as a JSON list of texts but is none."""
    if cell.startswith("["):
        found = _json(cell)
        if isinstance(found, list):
            return found
        if cell.startswith('["'):
            return None
    return [entry.strip() for entry in cell.split(_BAR)]


def _prompt(cell: str) -> Any:
    """A list of messages where the cell is a JSON list of objects, else the text as it stands."""
    found = _json(cell) if cell.lstrip().startswith("[") else None
    return found if isinstance(found, list) and all(isinstance(entry, dict) for entry in found) else cell


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
