"""A table of responses: a row each, under a head that names the fields."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runners.importing.found import Found, LeftOut, Unreadable, Wanted, response_from
from utils.errors import UserError, quoted
from utils.jsonl import LINE_LIMIT

NEEDED = ("model", "benchmark", "item_id", "run", "response")


def _count(text: str) -> int:
    """An integer of at least 0 in plain digits; Python's own `int` takes `1_0` too."""
    if not (text.strip().isascii() and text.strip().isdecimal()):
        raise ValueError(text)
    return int(text)


def _integer(text: str) -> int:
    return -_count(text.strip()[1:]) if text.strip().startswith("-") else _count(text)


# Columns beside the needed ones, and what their cells hold; an empty cell is a field that is not there.
OPTIONAL: dict[str, Callable[[str], Any]] = {
    "seed": _integer,
    "finish_reason": str,
    "provider_finish_reason": str,
    "confidence_response": str,
    "reasoning": str,
    "cost_usd": float,
    "latency_s": float,
    "created_at": str,
    "response_id": str,
    "served_model": str,
    "messages": json.loads,
    "params": json.loads,
}
TOKENS = ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens")


def read(path: Path, wanted: Wanted) -> Iterator[Found]:
    """The responses of a CSV file in UTF-8, with commas between the cells; a response's text stays as its cell has it.

    Raises:
        UserError: the file cannot be read.
    """
    csv.field_size_limit(LINE_LIMIT)
    try:
        # Bytes that are no UTF-8 become lone surrogates, so that they spoil their own row only.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _responses(csv.reader(file, strict=True), path, wanted)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _responses(reader: Any, path: Path, wanted: Wanted) -> Iterator[Found]:
    head: list[str] | None = None
    while True:
        where = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield LeftOut(path, where, f"is not valid CSV ({error}); check the quotes from here on")
            if head is None:
                return
            continue
        if not row:
            continue
        if head is None:
            head = _fields(row, wanted)
            if problem := _head_problem(head, wanted):
                yield LeftOut(path, where, problem)
                return
            continue
        yield _response(row, head, path, where, wanted)


def _fields(row: list[str], wanted: Wanted) -> list[str]:
    """The field that each column stands for: its own name, unless --column gives the field another column."""
    columns = wanted.columns or {}
    names = [name.strip() for name in row]
    field_of = {column: field for field, column in columns.items()}
    return [field_of.get(name, "" if name in columns else name) for name in names]


def _head_problem(head: list[str], wanted: Wanted) -> str:
    given = {"model": wanted.model, "benchmark": wanted.benchmark, "run": wanted.run}
    missing = [field for field in NEEDED if field not in head and given.get(field) is None]
    if missing and len(head) == 1 and any(mark in head[0] for mark in ";\t"):
        return "the cells of the head are not separated by commas; save the file as CSV with commas"
    if missing:
        flags = [f"--{field} VALUE" if field in given else f"--column {field}=NAME" for field in missing]
        return f"the head lacks {', '.join(missing)}; give {' '.join(flags)}"
    repeated = sorted({name for name in head if name and head.count(name) > 1})
    return f"the head names {', '.join(repeated)} twice" if repeated else ""


def _response(row: list[str], head: list[str], path: Path, where: str, wanted: Wanted) -> Found:
    if len(row) != len(head):
        return LeftOut(path, where, f"expected {len(head)} cells as in the head, found {len(row)}")
    if any("\udc80" <= character <= "\udcff" for cell in row for character in cell):
        return LeftOut(path, where, "is not UTF-8; save the file as 'CSV UTF-8'")
    cells = dict(zip(head, row, strict=True))
    value: dict[str, Any] = {}
    for field, given in (("model", wanted.model), ("benchmark", wanted.benchmark), ("run", wanted.run)):
        value[field] = cells.get(field, "").strip() if given is None else given
    value |= {"item_id": cells["item_id"].strip(), "response": cells["response"]}
    try:
        if isinstance(value["run"], str):
            value["run"] = _cell(cells, "run", _count)
        value |= {name: _cell(cells, name, kind) for name, kind in OPTIONAL.items()}
        usage = {name: _cell(cells, name, _count) for name in TOKENS if cells.get(name, "").strip()}
    except Unreadable as problem:
        return LeftOut(path, where, str(problem))
    return response_from(path, where, {**value, "usage": usage or None})


def _cell(cells: Mapping[str, str], name: str, kind: Callable[[str], Any]) -> Any:
    text = cells.get(name, "")
    if not text.strip():
        return None
    try:
        return kind(text)
    except (ValueError, RecursionError):
        expected = "an integer" if kind in (_count, _integer) else "a number" if kind is float else "JSON"
        raise Unreadable(f"{name}: expected {expected}, found {quoted(text)}") from None
