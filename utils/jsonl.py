"""JSON lines: reading with line numbers and without giving up at a bad line, appending so that nothing is lost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from utils.errors import InputError, UserError

TORN = "is torn"  # how the problem with a last line begins that was cut off
LINE_LIMIT = 64 * 1024 * 1024  # bytes; no reply of a model is that long, and a longer line would fill the memory
NESTING_LIMIT = 200  # levels; Python's own limit differs from version to version and with the stack in use

# orjson reads an integer beyond 64 bits as a float: a line that could hold one goes to Python's own reader.
_LONG_INTEGER = b"0" * 19
_DIGITS_AS_0 = bytes(ord("0") if chr(byte).isdecimal() else byte for byte in range(128)) + bytes(range(128, 256))


def numbered_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """Each non-blank line's 1-based number with its JSON object, or with what is wrong with it.

    Raises:
        UserError: the file cannot be opened or read.
    """
    for number, _, line, complete in located_lines(path):
        value = line_object(line, path, number, complete=complete)
        if value is not None:
            yield number, value


def line_object(line: bytes, path: Path, number: int, *, complete: bool = True) -> dict[str, Any] | InputError | None:
    """The JSON object in a line as `located_lines` gives it, or what is wrong with it; None for a blank line."""
    if len(line) > LINE_LIMIT:
        return InputError(path, f"the line is longer than {LINE_LIMIT} bytes", line=number)
    return None if line.isspace() else parse_object(line, path, number, complete=complete)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Each line's number, its bytes (cut just past `LINE_LIMIT`), and whether it ends in a line end."""
    for number, _, line, complete in located_lines(path):
        yield number, line, complete


def located_lines(path: Path, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, bytes, bool]]:
    """Each line's number, where it begins, its bytes (cut just past `LINE_LIMIT`), and whether it ends in a line end.

    Args:
        start: where the first line begins; the numbers count from there.
        end: only lines that begin before it.

    Raises:
        UserError: the file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            number, place = 0, start
            while (end is None or place < end) and (line := file.readline(LINE_LIMIT + 1)):
                number += 1
                length = len(line)
                complete = line.endswith(b"\n")
                rest = line
                while not rest.endswith(b"\n") and len(rest) > LINE_LIMIT:  # pass over the rest of an endless line
                    rest = file.readline(LINE_LIMIT + 1)
                    length += len(rest)
                yield number, place, line, complete
                place += length
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); check that it is a file that you may read"
        ) from error


def parse_object(line: bytes, path: Path, number: int, *, complete: bool = True) -> dict[str, Any] | InputError:
    """The JSON object in `line`, or what is wrong with it.

    A cut-off JSON object is never a valid one, so a last line without a line end is taken when it parses.
    """
    value = _read_fast(line)
    return value if value is not None else _read_strictly(line, path, number, complete=complete)


def _read_fast(line: bytes) -> dict[str, Any] | None:
    """The object as orjson reads it, several times as fast; None when Python's own reader is to decide."""
    return None if could_hold_long_integer(line) else plain_object(line)


def plain_object(line: bytes) -> dict[str, Any] | None:
    """The object as orjson reads it, an integer beyond 64 bits as a float; None when Python's reader is to decide."""
    if _could_be_deep(line):
        return None
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def could_hold_long_integer(content: bytes) -> bool:
    """Whether a number in it could be an integer beyond 64 bits, which orjson would read as a float."""
    return _LONG_INTEGER in content.translate(_DIGITS_AS_0)


def _could_be_deep(line: bytes) -> bool:
    n_lists = line.count(b"[") if b"[" in line else 0  # that none is there is found ten times as fast
    return n_lists + line.count(b"{") > NESTING_LIMIT


def _read_strictly(line: bytes, path: Path, number: int, *, complete: bool) -> dict[str, Any] | InputError:
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
        deep = _could_be_deep(line) and _is_deep(value)
    except RecursionError:
        deep = True
    except ValueError as error:
        if not complete:
            return InputError(
                path, f"{TORN}: the last line stops in the middle (a crash while it was written)", line=number
            )
        if isinstance(error, UnicodeDecodeError):
            return InputError(path, f"is not UTF-8 (byte {error.start + 1} of the line)", line=number)
        what = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        return InputError(path, f"is not valid JSON ({what})", line=number)
    if deep:
        return InputError(path, f"is nested deeper than {NESTING_LIMIT} levels", line=number)
    if not isinstance(value, dict):
        return InputError(path, f"expected a JSON object, found {_kind(value)}", line=number)
    return value


def object_line(value: dict[str, Any]) -> bytes:
    """`value` as one line of UTF-8.

    A lone surrogate, which UTF-8 cannot hold, is written as a JSON escape; a number that is not finite, which JSON
    cannot hold, as null.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False).encode("utf-8") + b"\n"
    except ValueError:
        return object_line(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(NESTING_LIMIT):
        entries = (entry for outer in level for entry in (outer.values() if isinstance(outer, dict) else outer))
        level = [entry for entry in entries if isinstance(entry, dict | list)]
        if not level:
            return False
    return True


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
