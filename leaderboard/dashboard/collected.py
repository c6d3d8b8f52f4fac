"""The collected responses: found by model and benchmark, indexed by place, and read one at a time.

A submission file can be large, so its index holds places only; a response's text is read when it is shown, and a text
search reads the file through once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from leaderboard.dashboard.data import Stamp, stamp
from leaderboard.dashboard.raw_lines import Key, first_of, found_in, line_starts, occurs, quick_index
from leaderboard.dashboard.untrusted import names
from utils.errors import InputError, UserError
from utils.items import Item, benchmark_path, read_items
from utils.jsonl import LINE_LIMIT, numbered_objects, parse_object
from utils.layout import Layout
from utils.responses import Response, parse_response, read_responses, submission_files
from utils.tables import storable_text

INDEXES_KEPT = 6  # of 100,000 responses each, 30 MB
CHECKED_WHOLE = 20_000_000  # bytes: about a second; of longer files only the keys are read before a line is shown


@dataclass(frozen=True)
class Submission:
    """What a submission file holds: where each response begins, and what is wrong with the lines that cannot be used.

    `places` holds each line's number and the bytes before it. `labels` are the items' names on the screen.
    """

    path: Path
    places: dict[Key, tuple[int, int]]
    problems: tuple[str, ...]

    @cached_property
    def labels(self) -> dict[str, str]:
        return names(dict.fromkeys(item_id for item_id, _ in self.places))


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
    place = submission.places.get(key)
    if place is None:
        return None
    try:
        with submission.path.open("rb") as file:
            file.seek(place[1])
            line = file.readline(LINE_LIMIT + 1)
    except OSError as error:
        raise UserError(f"{submission.path}: cannot be read ({error.strerror})") from error
    value = parse_object(line, submission.path, place[0], complete=line.endswith(b"\n"))
    try:
        found = None if isinstance(value, InputError) else parse_response(value, submission.path, place[0])
    except InputError:
        return None
    return found if found and _key(found) == key else None


def containing(submission: Submission, words: str, prompts: dict[str, Item]) -> frozenset[Key]:
    """The responses in which `words` occur, letter case aside: in the prompt, the response, or the confidence reply.

    Raises:
        UserError: the file cannot be read.
    """
    needle = words.casefold()
    of_items = {id_ for id_, item in prompts.items() if occurs(needle, *(m["content"] for m in item.messages))}
    found = found_in(submission.path, needle, stamp(submission.path))
    return found | {key for key in submission.places if key[0] in of_items}


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


@lru_cache(maxsize=INDEXES_KEPT)
def _index(path: Path, of: Stamp | None) -> Submission:
    if of is not None and of[2] > CHECKED_WHOLE:
        return Submission(path, *quick_index(path))
    places: dict[Key, tuple[int, int]] = {}
    problems: list[str] = []
    starts = dict(line_starts(path))
    for number, response in read_responses(path):
        if isinstance(response, InputError):
            problems.append(str(response))
        elif number in starts:
            places[_key(response)] = (number, starts[number])
    return Submission(path, places, first_of(problems))


@lru_cache(maxsize=4)
def _benchmark(path: Path, _stamp: Stamp | None) -> Benchmark:
    items: dict[str, Item] = {}
    problems: list[str] = []
    for _, item in read_items(path):
        if isinstance(item, InputError):
            problems.append(str(item))
        else:
            items.setdefault(storable_text(item.id), item)
    return Benchmark(items, first_of(problems))


def _key(response: Response) -> Key:
    return (storable_text(response.item_id), response.run)
