"""JSON that other programs wrote: NaN is let in where nothing reads it, and nothing in it can crash us."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runners.importing.found import Unreadable
from utils.errors import UserError
from utils.jsonl import LINE_LIMIT, numbered_lines

DOCUMENT_LIMIT = 512 * 1024 * 1024  # bytes of a document that is read as a whole


def object_in_bytes(content: bytes) -> Mapping[str, Any]:
    """The JSON object that the bytes hold.

    Raises:
        Unreadable: they hold none.
    """
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not valid JSON ({error.msg}, line {error.lineno}, column {error.colno})") from None
    except ValueError:
        raise Unreadable("is not valid JSON (a number of too many digits)") from None
    except RecursionError:
        raise Unreadable("is nested too deep") from None
    if not isinstance(value, dict):
        raise Unreadable("is no JSON object")
    return value


def document(path: Path) -> Mapping[str, Any]:
    """The JSON object that a whole file holds.

    Raises:
        Unreadable: it holds none, or is too large.
        UserError: it cannot be read.
    """
    try:
        if path.stat().st_size > DOCUMENT_LIMIT:
            raise Unreadable(f"is larger than {DOCUMENT_LIMIT} bytes")
        return object_in_bytes(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def numbered_foreign_objects(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | Unreadable]]:
    """Each non-blank line's 1-based number with its object, or with what is wrong with it.

    Raises:
        UserError: the file cannot be opened or read.
    """
    for number, line, _ in numbered_lines(path):
        if len(line) > LINE_LIMIT:
            yield number, Unreadable(f"the line is longer than {LINE_LIMIT} bytes")
        elif line.strip():
            try:
                yield number, object_in_bytes(line)
            except Unreadable as problem:
                yield number, problem


def whole_number(value: Any) -> int | None:
    """An integer, or None; true and false are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def plain_settings(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold a text, a number, a truth value or a list of texts; nothing else is a parameter."""
    return {
        name: field
        for name, field in value.items()
        if isinstance(field, str | int | float)
        or (isinstance(field, list) and all(isinstance(entry, str) for entry in field))
    }
