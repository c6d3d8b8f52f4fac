"""What `submissions/` holds already, and moving aside what no longer answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from llm.requests import Request
from utils import atomic
from utils.append import LineWriter, mend_tail
from utils.errors import InputError
from utils.jsonl import TORN, numbered_lines, parse_object
from utils.layout import Layout, model_folder
from utils.responses import Key, parse_response, read_responses


def submission_path(layout: Layout, model: str, benchmark: str) -> Path:
    """The file that holds the responses of a model to a benchmark."""
    return layout.submissions / model_folder(model) / f"{benchmark}.jsonl"


def read_stored(
    layout: Layout, models: Iterable[str], benchmarks: Iterable[str]
) -> tuple[dict[Key, str | None], list[str]]:
    """The request fingerprint of each stored response, and one line for each thing wrong with the files.

    A torn tail is not among them: `mend_tails` tells of it.

    Raises:
        UserError: a file cannot be read.
    """
    stored: dict[Key, str | None] = {}
    problems: list[str] = []
    names = list(benchmarks)
    for path in (submission_path(layout, model, name) for model in models for name in names):
        if not path.exists():
            continue
        for _, response in read_responses(path):
            if isinstance(response, InputError):
                if not response.problem.startswith(TORN):  # that is mended, and told then
                    problems.append(str(response))
            else:
                stored[response.key] = response.request_sha256
    return stored, problems


def mend_tails(layout: Layout, requests: Iterable[Request]) -> list[str]:
    """Make every file that will be appended to end in a line end; one line for each torn tail that was moved aside.

    Raises:
        UserError: a file cannot be written.
    """
    targets = {(request.model.name, request.benchmark) for request in requests}
    told = []
    for model, benchmark in sorted(targets):
        path = submission_path(layout, model, benchmark)
        for file in (path, path.with_name(f"{benchmark}.errors.jsonl")):
            if note := mend_tail(file):
                told.append(note)
    return told


def move_aside(layout: Layout, changed: Iterable[Request]) -> int:
    """Move the stored responses to these requests to `BENCHMARK.replaced.jsonl`; the return is how many.

    They are on the disk there before they leave their old place.
    """
    by_file: dict[Path, set[Key]] = {}
    for request in changed:
        path = submission_path(layout, request.model.name, request.benchmark)
        by_file.setdefault(path, set()).add(request.key)
    return sum(_move_aside(path, keys) for path, keys in by_file.items())


def _move_aside(path: Path, keys: set[Key]) -> int:
    kept: list[bytes] = []
    moved: list[bytes] = []
    for number, line, _ in numbered_lines(path):
        whole = line if line.endswith(b"\n") else line + b"\n"
        (moved if _key(line, path, number) in keys else kept).append(whole)
    writer = LineWriter()
    try:
        for line in moved:
            done = writer.append(path.with_name(f"{path.stem}.replaced.jsonl"), line)
        if moved:
            done.result()
    finally:
        writer.close()
    atomic.write_bytes(path, b"".join(kept))
    return len(moved)


def _key(line: bytes, path: Path, number: int) -> Key | None:
    value = parse_object(line, path, number)
    if isinstance(value, Mapping):
        try:
            return parse_response(dict(value), path, number).key
        except InputError:
            return None
    return None
