"""The collected responses: found by model and benchmark, indexed by line, and read one at a time.

A submission file can be large, so its index holds line numbers only; a response's text is read when it is shown, and
a text search reads the file through once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leaderboard.dashboard.data import Stamp, stamp
from utils.errors import InputError, UserError
from utils.items import Item, benchmark_path, read_items
from utils.jsonl import numbered_lines, numbered_objects, parse_object
from utils.layout import Layout
from utils.responses import Response, parse_response, read_responses, submission_files
from utils.tables import storable_text

PROBLEMS_SHOWN = 20
Key = tuple[str, int]
"""(item id as `utils.tables.storable_text` gives it, run)"""


@dataclass(frozen=True)
class Submission:
    """What a submission file holds: the line of each response, and what is wrong with the lines that cannot be used."""

    path: Path
    lines: dict[Key, int]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Benchmark:
    """The items of a benchmark file by id, and what is wrong with the lines that are none."""

    items: dict[str, Item]
    problems: tuple[str, ...]


def submissions(layout: Layout) -> dict[str, dict[str, Path]]:
    """Each model's submission files by benchmark; a file in which no line names a model counts by its folder's name.

    Raises:
        UserError: a folder cannot be listed.
    """
    found: dict[str, dict[str, Path]] = {}
    for path in submission_files(layout):
        model = _model_of(path, stamp(path)) or path.parent.name
        found.setdefault(model, {})[path.stem] = path
    return dict(sorted(found.items()))


def index(path: Path) -> Submission:
    """The index of a submission file, cached until the file changes.

    Raises:
        UserError: the file cannot be read.
    """
    return _index(path, stamp(path))


def read_one(submission: Submission, key: Key) -> Response | None:
    """One response in full; None when the file has none for this item and run, or changed while it was read.

    Raises:
        UserError: the file cannot be read.
    """
    wanted = submission.lines.get(key)
    if wanted is None:
        return None
    for number, line, complete in numbered_lines(submission.path):
        if number == wanted:
            value = parse_object(line, submission.path, number, complete=complete)
            try:
                found = None if isinstance(value, InputError) else parse_response(value, submission.path, number)
            except InputError:
                return None
            return found if found and _key(found) == key else None
    return None


def containing(submission: Submission, words: str, prompts: dict[str, Item]) -> frozenset[Key]:
    """The responses in which `words` occur, letter case aside: in the prompt, the response, or the confidence reply.

    Raises:
        UserError: the file cannot be read.
    """
    needle = words.casefold()
    of_items = {id_ for id_, item in prompts.items() if _occurs(needle, *(m["content"] for m in item.messages))}
    return _containing(submission.path, needle, stamp(submission.path)) | {
        key for key in submission.lines if key[0] in of_items
    }


def benchmark(layout: Layout, name: str) -> Benchmark:
    """A benchmark's items, the valid ones also when others are not, cached until the file changes.

    Raises:
        UserError: there is no such benchmark or its file cannot be read.
    """
    path = benchmark_path(layout.benchmarks, name)
    return _benchmark(path, stamp(path))


@lru_cache(maxsize=256)
def _model_of(path: Path, _stamp: Stamp | None) -> str | None:
    try:
        for _, value in numbered_objects(path):
            if isinstance(value, dict) and isinstance(value.get("model"), str):
                return str(value["model"])
    except UserError:
        return None
    return None


@lru_cache(maxsize=4)
def _index(path: Path, _stamp: Stamp | None) -> Submission:
    lines: dict[Key, int] = {}
    problems: list[str] = []
    for number, response in read_responses(path):
        if isinstance(response, InputError):
            problems.append(str(response))
        else:
            lines[_key(response)] = number
    return Submission(path, lines, _first(problems))


@lru_cache(maxsize=4)
def _containing(path: Path, needle: str, _stamp: Stamp | None) -> frozenset[Key]:
    return frozenset(
        _key(response)
        for _, response in read_responses(path)
        if isinstance(response, Response)
        and _occurs(needle, response.response, response.confidence_response or "", *sent(response))
    )


@lru_cache(maxsize=4)
def _benchmark(path: Path, _stamp: Stamp | None) -> Benchmark:
    items: dict[str, Item] = {}
    problems: list[str] = []
    for _, item in read_items(path):
        if isinstance(item, InputError):
            problems.append(str(item))
        else:
            items.setdefault(storable_text(item.id), item)
    return Benchmark(items, _first(problems))


def sent(response: Response) -> list[str]:
    """The contents of the messages that were sent, where the line records them."""
    messages = response.raw.get("messages")
    if not isinstance(messages, list):
        return []
    return [str(message.get("content")) for message in messages if isinstance(message, dict)]


def _key(response: Response) -> Key:
    return (storable_text(response.item_id), response.run)


def _first(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - PROBLEMS_SHOWN
    return (*problems[:PROBLEMS_SHOWN], *([f"and {more} more lines"] if more > 0 else []))


def _occurs(needle: str, *texts: str) -> bool:
    return any(needle in text.casefold() for text in texts)
