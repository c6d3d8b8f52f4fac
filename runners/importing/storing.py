"""Imported responses go where step 1 would have put them; nothing is overwritten, and the manifest says so."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llm import manifest
from llm.stored import submission_path
from runners.importing.found import FoundItem, LeftOut
from utils import atomic
from utils.append import LineWriter, mend_tail
from utils.errors import UserError, quoted
from utils.hashing import sha256_file
from utils.items import benchmark_path, item_json
from utils.jsonl import TORN, object_line
from utils.layout import REPOSITORY, Layout
from utils.responses import Key, Response, read_responses
from utils.version import project_version


@dataclass
class Standing:
    """How the found responses stand against each other and against what is stored."""

    new: dict[Key, Response] = field(default_factory=dict)
    stored: int = 0
    """How many are stored already, line for line."""
    repeated: int = 0
    """How many are the same as one that was found before."""
    differing: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is wrong with the files that are there."""


def compare(layout: Layout, found: Iterable[tuple[Path, Response]]) -> Standing:
    """How responses stand against what `submissions/` holds; each comes with the file it is from.

    Raises:
        UserError: a file of submissions cannot be read or mended.
    """
    standing = Standing()
    stored: dict[tuple[str, str], dict[Key, Response]] = {}
    for source, response in found:
        place = (response.model, response.benchmark)
        if place not in stored:
            stored[place] = _stored(submission_path(layout, *place), standing.notes)
        known = stored[place].get(response.key)
        first = known or standing.new.setdefault(response.key, response)
        if first is response:
            continue
        if first.raw != response.raw:
            where = "stands in submissions/" if known else "was found before"
            reason = f"{where} with other content, which is kept"
            told = f"{response.model} {response.benchmark} {quoted(response.item_id)} run {response.run}"
            standing.differing.append(LeftOut(source, told, reason))
        elif known:
            standing.stored += 1
        else:
            standing.repeated += 1
    return standing


def _stored(path: Path, notes: list[str]) -> dict[Key, Response]:
    if not path.exists():
        return {}
    if note := mend_tail(path):
        notes.append(note)
    found: dict[Key, Response] = {}
    for _, response in read_responses(path):
        if isinstance(response, Response):
            found[response.key] = response
        elif not response.problem.startswith(TORN):
            notes.append(str(response))
    return found


def append(layout: Layout, new: Sequence[Response], description: Mapping[str, Any]) -> None:
    """Write responses behind what is there, each on the disk before this returns, with an entry in each manifest.

    Raises:
        UserError: a file cannot be written; what was written before stays.
    """
    models = sorted({response.model for response in new})
    numbers = {}
    for model in models:
        own = [response for response in new if response.model == model]
        numbers[model] = manifest.begin(layout, model, _entry(layout, own, description))
    writer = LineWriter()
    try:
        waiting = [writer.append(submission_path(layout, r.model, r.benchmark), object_line(r.raw)) for r in new]
        for done in waiting:
            done.result()
    finally:
        writer.close()
    for model, number in numbers.items():
        count = sum(response.model == model for response in new)
        manifest.end(layout, model, number, {"interrupted": False, "unavailable": None, "imported": count})


def _entry(layout: Layout, own: Sequence[Response], description: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest says of an import, in the form of an invocation of step 1."""
    sampled: dict[str, dict[str, None]] = {}
    for response in own:
        sampled.setdefault(response.benchmark, {})[response.item_id] = None
    arguments = {**description["arguments"], "runs": max(response.run for response in own) + 1}
    return {
        **description,
        "arguments": arguments,
        "sampled_items": {benchmark: list(items) for benchmark, items in sampled.items()},
        "benchmark_sha256": _benchmark_hashes(layout, sampled),
        "versions": {"trustbench": project_version(REPOSITORY), "python": platform.python_version()},
    }


def _benchmark_hashes(layout: Layout, names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of each benchmark's file, of those that there are."""
    hashes = {}
    for name in names:
        try:
            hashes[name] = sha256_file(benchmark_path(layout.benchmarks, name))
        except (UserError, OSError):
            continue
    return hashes


def distinct_items(found: Iterable[tuple[Path, FoundItem]]) -> tuple[list[FoundItem], list[LeftOut]]:
    """Each item once, in the order they were found; one that comes again with other content is left out."""
    first: dict[str, FoundItem] = {}
    differing = []
    for path, each in found:
        known = first.setdefault(each.item.id, each)
        if known.value != each.value:
            reason = "was found before with other content, which is kept"
            differing.append(LeftOut(path, f"item {quoted(each.item.id)}", reason))
    return list(first.values()), differing


def items_content(layout: Layout, name: str, items: Sequence[FoundItem]) -> bytes | None:
    """The benchmark's bytes; None when the file is there already with just these.

    Raises:
        UserError: there is such a benchmark with other content; it is not overwritten.
    """
    content = "".join(item_json(dict(each.value)) + "\n" for each in items).encode("utf-8", "backslashreplace")
    path, table = (layout.benchmarks / f"{name}{suffix}" for suffix in (".jsonl", ".csv"))
    for there in (path, table):
        if there.is_symlink() or there.exists():
            if there == path and there.is_file() and there.read_bytes() == content:
                return None
            raise UserError(f"{there}: is there already with other content; remove it or give another --items-out")
    return content


def write_items(layout: Layout, name: str, content: bytes) -> Path:
    """Write a benchmark's file; the return is its path."""
    path = layout.benchmarks / f"{name}.jsonl"
    atomic.write_bytes(path, content)
    return path
