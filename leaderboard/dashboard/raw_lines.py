"""Submission files read quickly: where their lines begin, which keys they hold, and which hold some words.

The lines that step 1 writes begin with their key, so that most of a long file need not be parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from leaderboard.dashboard.data import Stamp
from utils.errors import InputError, UserError
from utils.jsonl import LINE_LIMIT, parse_object
from utils.responses import parse_response
from utils.tables import storable_text

PROBLEMS_SHOWN = 20
SEARCHES_KEPT = 8
Key = tuple[str, int]
"""(item id as `utils.tables.storable_text` gives it, run)"""

# The beginning of a line that step 1 wrote, with an item id that holds nothing escaped.
_HEAD = re.compile(rb'\{"model": "[^"\\]*", "benchmark": "([^"\\]*)", "item_id": "([^"\\]*)", "run": (\d{1,9}), ')
# And its response, where that holds no escape that could stand for a letter.
_RESPONSE = re.compile(_HEAD.pattern + rb'"response": "([^"\\]*(?:\\[^u/][^"\\]*)*)"')


def line_starts(path: Path) -> Iterator[tuple[int, int]]:
    """Each line's number and the bytes before it.

    Raises:
        UserError: the file cannot be read.
    """
    for number, start, _ in _lines(path):
        yield number, start


def quick_index(path: Path) -> tuple[dict[Key, tuple[int, int]], tuple[str, ...]]:
    """The number and the beginning of each response's line, and what is wrong with lines that had to be read whole.

    A line that begins as step 1 writes it is taken by its key alone; whether the rest of it can be used shows when it
    is read. The first line of a key stands.

    Raises:
        UserError: the file cannot be read.
    """
    places: dict[Key, tuple[int, int]] = {}
    problems: list[str] = []
    benchmark = path.stem.encode()
    for number, start, line in _lines(path):
        head = _HEAD.match(line)
        if head and head[1] == benchmark and line.endswith(b"}\n"):
            places.setdefault(_key_in(head), (number, start))
        elif line.strip():
            key = _parsed_key(line, path, number)
            if isinstance(key, InputError):
                problems.append(str(key))
            else:
                places.setdefault(key, (number, start))
    return places, first_of(problems)


@lru_cache(maxsize=SEARCHES_KEPT)
def found_in(path: Path, needle: str, _stamp: Stamp | None) -> frozenset[Key]:
    """The responses whose text, confidence reply or sent messages hold `needle`, which is casefolded.

    Raises:
        UserError: the file cannot be read.
    """
    escaped = json.dumps(needle, ensure_ascii=False)[1:-1]
    found = set()
    for number, _, line in _lines(path):
        written = _RESPONSE.match(line)
        if written and escaped in written[4].decode("utf-8", "replace").casefold():
            found.add(_key_in(written))
            continue
        folded = line.decode("utf-8", "replace").casefold()
        # A text may be written with escapes for any of its letters: then the line is parsed to know.
        if escaped not in folded and "\\u" not in folded and "\\/" not in folded:
            continue
        value = parse_object(line, path, number, complete=line.endswith(b"\n"))
        if isinstance(value, dict) and occurs(needle, *_texts(value)):
            item, run = value.get("item_id"), value.get("run")
            if isinstance(item, str) and isinstance(run, int):
                found.add((storable_text(item), run))
    return frozenset(found)


def occurs(needle: str, *texts: str) -> bool:
    """Whether one of the texts holds `needle`, letter case aside."""
    return any(needle in text.casefold() for text in texts)


def first_of(problems: list[str]) -> tuple[str, ...]:
    """The first problems, and how many more there are."""
    more = len(problems) - PROBLEMS_SHOWN
    return (*problems[:PROBLEMS_SHOWN], *([f"and {more} more lines"] if more > 0 else []))


def _key_in(head: re.Match[bytes]) -> Key:
    return storable_text(head[2].decode("utf-8", "surrogateescape")), int(head[3])


def _texts(value: dict[str, Any]) -> Iterator[str]:
    messages = value.get("messages")
    contents = [message.get("content") for message in messages if isinstance(message, dict)] if isinstance(
        messages, list) else []  # fmt: skip
    for text in (value.get("response"), value.get("confidence_response")):
        if isinstance(text, str):
            yield text
    yield from map(str, contents)


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Each line's number, the bytes before it, and itself (cut just past LINE_LIMIT)."""
    try:
        with path.open("rb") as file:
            number = start = 0
            while line := file.readline(LINE_LIMIT + 1):
                number, begins = number + 1, start
                start += len(line)
                rest = line
                while not rest.endswith(b"\n") and len(rest) > LINE_LIMIT:
                    rest = file.readline(LINE_LIMIT + 1)
                    start += len(rest)
                yield number, begins, line
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _parsed_key(line: bytes, path: Path, number: int) -> Key | InputError:
    value = parse_object(line, path, number, complete=line.endswith(b"\n"))
    try:
        response = value if isinstance(value, InputError) else parse_response(value, path, number)
    except InputError as error:
        return error
    return response if isinstance(response, InputError) else (storable_text(response.item_id), response.run)
