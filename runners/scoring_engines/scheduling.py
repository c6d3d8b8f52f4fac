"""Hands the ranges of all files to an executor, a few at a time, and puts each file together when it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.scoring_engines.engine import FEWER_WORKERS, Engine
from runners.scoring_engines.file_scoring import FileOutcome, score_file, write_scored
from runners.scoring_engines.line_ranges import LineRange
from runners.scoring_engines.range_scoring import ScoredRange, score_range
from utils.cores import told_when_broken
from utils.items import Item

FileState = tuple[int, ...]
"""Of a submission file: it is another when the file was changed."""


@dataclass(frozen=True)
class FileJob:
    """A submission file to be scored.

    Attributes:
        state: of the file when it was cut into ranges.
        ranges: all of its lines.
        items: of its benchmark, by id.
        benchmark_sha256: of the benchmark's file; empty when that changed while it was read.
        folder: of the item table.
    """

    path: Path
    state: FileState
    ranges: tuple[LineRange, ...]
    items: Mapping[str, Item]
    benchmark_sha256: str
    folder: Path

    @property
    def size(self) -> int:
        return self.ranges[-1].end


@dataclass(frozen=True)
class _Part:
    """What a future is to bring: a range by its place, or the whole file."""

    job: FileJob
    place: int | None


def score_files(engine: Engine, jobs: Iterable[FileJob]) -> Iterator[tuple[FileJob, FileOutcome]]:
    """Each job with its outcome, in the order in which they are done.

    Args:
        engine: where the work is done.
        jobs: taken as they are needed, so that few ranges wait for the rest of their file.

    Raises:
        UserError: a table cannot be written, or a process of the executor was ended from outside.
    """
    waiting = _parts(jobs, whole_files=engine.is_one)
    scored: dict[Path, dict[int, ScoredRange]] = {}
    under_way: dict[Future[Any], _Part] = {}
    with told_when_broken(FEWER_WORKERS):
        while True:
            while len(under_way) < engine.at_once and (part := next(waiting, None)) is not None:
                under_way[_submit(engine, part)] = part
            if not under_way:
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                part = under_way.pop(future)
                job, found = part.job, future.result()
                if isinstance(found, FileOutcome):
                    yield job, found
                    continue
                assert part.place is not None
                of_file = scored.setdefault(job.path, {})
                of_file[part.place] = found
                if len(of_file) == len(job.ranges):
                    del scored[job.path]
                    ranges = [of_file[place] for place in range(len(job.ranges))]
                    whole = engine.writing.submit(write_scored, job.path, job.items, job.folder, ranges)
                    under_way[whole] = _Part(job, None)


def _parts(jobs: Iterable[FileJob], *, whole_files: bool) -> Iterator[_Part]:
    for job in jobs:
        places = [None] if whole_files and len(job.ranges) == 1 else range(len(job.ranges))
        yield from (_Part(job, place) for place in places)


def _submit(engine: Engine, part: _Part) -> Future[Any]:
    job = part.job
    if part.place is None:
        return engine.scoring.submit(score_file, job.ranges[0], job.items, job.folder)
    return engine.scoring.submit(score_range, job.ranges[part.place], job.items)
