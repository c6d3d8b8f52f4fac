"""A large submission file in parts that begin and end with a line, so that several processes can score it at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from utils.jsonl import cannot_read, read_parts

RANGE_BYTES = 16 * 1024 * 1024  # a second or so of scoring: no core waits longer than that for the last
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class LineRange:
    """The lines of a file that begin at `start` or later and before `end`."""

    path: Path
    start: int
    end: int


def line_ranges(path: Path, size: int, range_bytes: int = RANGE_BYTES) -> list[LineRange]:
    """The file's first `size` bytes in ranges of about `range_bytes`; a file that is not much larger stays whole.

    Raises:
        UserError: the file cannot be read.
    """
    starts = [0]
    try:
        with path.open("rb") as file:
            while size - starts[-1] > range_bytes * 3 // 2:
                start = _next_line(file, starts[-1] + range_bytes)
                if start is None or start >= size:
                    break
                starts.append(start)
    except OSError as error:
        raise cannot_read(path, error) from error
    return [LineRange(path, start, end) for start, end in zip(starts, [*starts[1:], size], strict=True)]


def sha256_of(lines: LineRange) -> str:
    """SHA-256 of what `score_range` reads.

    Raises:
        UserError: the file cannot be read.
    """
    digest = hashlib.sha256()
    for part in read_parts(lines.path, lines.start, lines.end):
        digest.update(part)
    return digest.hexdigest()


def _next_line(file: BinaryIO, place: int) -> int | None:
    """Where the first line begins after `place`; None when there is none."""
    file.seek(place)
    while block := file.read(_BLOCK):
        found = block.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += len(block)
    return None
