"""Our own response lines, from any file: checked, kept whole, and sorted into the folders where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runners.importing.found import Found, LeftOut, Wanted, response_from
from utils.errors import InputError
from utils.jsonl import numbered_objects


def read(path: Path, wanted: Wanted) -> Iterator[Found]:  # noqa: ARG001
    """The responses of a file of response lines.

    Raises:
        UserError: the file cannot be read.
    """
    for number, value in numbered_objects(path):
        if isinstance(value, InputError):
            yield LeftOut(path, f"line {number}", value.problem, value.field)
        else:
            yield response_from(path, f"line {number}", value)
