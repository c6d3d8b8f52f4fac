"""JSON lines: reading with line numbers and without giving up at a bad line, appending so that nothing is lost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import orjson

from utils.errors import InputError, UserError

TORN = "is torn"  # how the problem with a last line begins that was cut off
LINE_LIMIT = 64 * 1024 * 1024  # bytes; no reply of a model is that long, and a longer line would fill the memory
NESTING_LIMIT = 200  # levels; Python's own limit differs from version to version and with the stack in use
DIGITS_LIMIT = 4300  # of an integer: Python refuses longer ones, and orjson does not
BLOCK = 256 * 1024  # bytes read at once, which a processor's cache holds

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
    number = 0
    for block in line_blocks(path, start, end):
        place = block.place
        for line in block.lines:
            number += 1
            yield number, place, line, line.endswith(b"\n")
            place += len(line)


class Digest(Protocol):
    """A hash of `hashlib`."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""


@dataclass(frozen=True)
class LineBlock:
    """Lines that follow each other, and the byte at which the first begins.

    Each ends in a line end but for the last of a file, and for one that is cut just past `LINE_LIMIT`, which is alone.
    """

    place: int
    content: bytes
    lines: list[bytes]

    def may_nest_deeply(self) -> bool:
        """Whether one of the lines has as many brackets as it takes for that: told at a glance for all of them."""
        opening = np.flatnonzero((np.frombuffer(self.content, np.uint8) | 0x20) == ord("{"))  # "[" | 0x20 is "{"
        if len(opening) <= NESTING_LIMIT:
            return False
        return int((opening[NESTING_LIMIT:] - opening[:-NESTING_LIMIT]).min()) < max(map(len, self.lines))


def line_blocks(
    path: Path, start: int = 0, end: int | None = None, digest: Digest | None = None
) -> Iterator[LineBlock]:
    """The lines that begin at `start` or later, where one does, and before `end`, in blocks.

    Args:
        digest: is given all that is read.

    Raises:
        UserError: the file cannot be opened or read.
    """
    yield from _whole_lines(read_parts(path, start, end, digest), start)


def read_parts(path: Path, start: int, end: int | None, digest: Digest | None = None) -> Iterator[bytes]:
    """The bytes of these lines. Raises what `line_blocks` raises."""
    try:
        with path.open("rb") as file:
            for part in _read(file, start, end):
                if digest is not None:
                    digest.update(part)
                yield part
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> UserError:
    """The one line for a file of lines that cannot be read."""
    return UserError(f"{path}: cannot be read ({error.strerror}); check that it is a file that you may read")


def _read(file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
    """The bytes from `start` to `end`, and to the end of the line that this is in."""
    file.seek(start)
    place, part = start, b"\n"
    while (end is None or place < end) and (part := file.read(BLOCK if end is None else min(BLOCK, end - place))):
        place += len(part)
        yield part
    while part and not part.endswith(b"\n"):
        part = file.readline(BLOCK)
        yield part


def _whole_lines(parts: Iterable[bytes], place: int) -> Iterator[LineBlock]:
    """The same bytes, cut after the last line end in each part; of an endless line, no more than is needed is kept."""
    kept: list[bytes] = []  # of the line that has not ended yet
    length = 0
    for part in parts:
        cut = part.rfind(b"\n") + 1
        if cut and length > LINE_LIMIT:
            yield _block(place, b"".join(kept)[: LINE_LIMIT + 1])
            first = part.index(b"\n") + 1
            place += length + first
            kept, length, part, cut = [], 0, part[first:], cut - first
        if cut:
            content = b"".join((*kept, part[:cut]))
            yield _block(place, content)
            place += len(content)
            kept, length, part = [], 0, part[cut:]
        if length <= LINE_LIMIT:
            kept.append(part)
        length += len(part)
    if length:
        yield _block(place, b"".join(kept)[: LINE_LIMIT + 1])


def _block(place: int, content: bytes) -> LineBlock:
    return LineBlock(place, content, BytesIO(content).readlines())


def parse_object(line: bytes, path: Path, number: int, *, complete: bool = True) -> dict[str, Any] | InputError:
    """The JSON object in `line`, or what is wrong with it.

    A cut-off JSON object is never a valid one, so a last line without a line end is taken when it parses.
    """
    value = _read_fast(line)
    return value if value is not None else _read_strictly(line, path, number, complete=complete)


def _read_fast(line: bytes) -> dict[str, Any] | None:
    """The object as orjson reads it, several times as fast; None when Python's own reader is to decide."""
    return None if could_hold_long_integer(line) else plain_object(line)


def plain_object(line: bytes, *, is_shallow: bool = False) -> dict[str, Any] | None:
    """The object as orjson reads it, an integer beyond 64 bits as a float; None when Python's reader is to decide.

    Args:
        is_shallow: it is known that the line is not nested too deeply.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict) or not (is_shallow or not _could_be_deep(line) or not _is_deep(value)):
        return None
    return value


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
