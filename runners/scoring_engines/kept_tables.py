"""Which item tables need not be made again: those whose submissions, benchmark and readers are what they were.

For each submission file, `.cache/scored/MODEL_FOLDER/BENCHMARK.json` under the root holds the SHA-256 of all that
decides what is in its table (of the file itself as it was read, range by range), and of each of the table's files. All
must hold, or the file is scored again; so it does no harm to delete the folder, or to change or delete a table.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runners.scoring_engines.engine import FEWER_WORKERS, Engine
from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.line_ranges import sha256_of
from runners.scoring_engines.range_scoring import Problem
from runners.scoring_engines.scheduling import FileJob, FileState
from utils import atomic
from utils.cores import told_when_broken
from utils.errors import UserError
from utils.hashing import sha256_file, sha256_json
from utils.layout import REPOSITORY, Layout

# All of our own code and tables that scoring can reach, and rather more than that.
CODE = ("confidence", "normalize", "runners", "utils")
CODE_SUFFIXES = (".py", ".toml", ".json")
# What readings or the bytes of the tables can depend on besides.
PACKAGES = ("ahocorasick-rs", "latex2sympy2-extended", "math-verify", "mpmath", "numpy", "orjson", "pyarrow", "sympy")

PROBLEMS_LIMIT = 10_000  # of a file with more, nothing is kept


def scorer_fingerprint(repository: Path = REPOSITORY) -> str:
    """SHA-256 of all the code and tables that decide what a response is scored as, with the versions beneath them."""
    digest = hashlib.sha256(sha256_json(_versions()).encode())
    for path in _code(repository):
        digest.update(f"{path.relative_to(repository).as_posix()}\n{sha256_file(path)}\n".encode())
    return digest.hexdigest()


def _code(repository: Path) -> list[Path]:
    files = (path for folder in CODE for path in (repository / folder).rglob("*"))
    return sorted(path for path in files if path.suffix in CODE_SUFFIXES and path.is_file())


@cache
def _versions() -> list[str]:
    found = [sys.version, unicodedata.unidata_version]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} none")
    return found


@dataclass(frozen=True)
class _Entry:
    """What is on record of a table.

    Attributes:
        made_by: SHA-256 of all but the submission file that decides what is in it.
        size: of the submission file, in bytes.
        content: SHA-256 of the submission file, range by range.
        outcome: what was told when it was made.
    """

    made_by: str
    size: int
    content: Sequence[str]
    outcome: FileOutcome


class KeptTables:
    """The tables of a root that need not be made again."""

    def __init__(self, layout: Layout, repository: Path = REPOSITORY) -> None:
        self.root = layout.root
        self.code = {path: state_of(path) for path in _code(repository)}
        self.fingerprint = scorer_fingerprint(repository)
        self.folder = layout.root / ".cache" / "scored"

    def outcomes(self, engine: Engine, jobs: Iterable[FileJob]) -> dict[Path, FileOutcome]:
        """The outcomes that were kept for files as they are now, where the table is still the one that was made."""
        found: dict[Path, tuple[_Entry, list[Future[str]]]] = {}
        for job in jobs:
            entry = self._entry(job)
            if entry is not None and (entry.made_by, entry.size) == (self._made_by(job), job.size):
                found[job.path] = entry, [engine.scoring.submit(sha256_of, lines) for lines in job.ranges]
        with told_when_broken(FEWER_WORKERS):
            return {
                path: entry.outcome
                for path, (entry, hashed) in found.items()
                if _are_as_made(entry.outcome.written) and _hold(hashed, entry.content)
            }

    def keep(self, job: FileJob, outcome: FileOutcome) -> None:
        """Put on record that the file's table is made, unless the file or the readers were changed meanwhile."""
        if not job.benchmark_sha256 or not outcome.rows or not outcome.is_repeatable:
            return
        problems = [[problem.line, problem.text, problem.field] for problem in outcome.problems]
        if len(problems) > PROBLEMS_LIMIT or any(line is None for line, _, _ in problems):
            return
        entry: dict[str, Any] = {
            "made_by": self._made_by(job),
            "size": job.size,
            "content": list(outcome.content),
            "rows": outcome.rows,
            "model": outcome.model,
            "tables": {table.name: sha256 for table, sha256 in outcome.written.items()},
            "problems": problems,
        }
        try:
            if state_of(job.path) != job.state or not self._is_inside():
                return
            if any(state_of(code) != before for code, before in self.code.items()):  # somebody works on it just now
                return
            atomic.write_text(self._record(job), json.dumps(entry) + "\n")
        except (OSError, UserError):
            return  # no result depends on it

    def _made_by(self, job: FileJob) -> str:
        return sha256_json([self.fingerprint, job.benchmark_sha256, job.path.parent.name, job.path.name])

    def _entry(self, job: FileJob) -> _Entry | None:
        try:
            entry = json.loads(self._record(job).read_bytes())
            written = {job.folder / name: sha256 for name, sha256 in entry["tables"].items()}
            problems = [Problem(*problem) for problem in entry["problems"]]
            outcome = FileOutcome(entry["rows"], entry["model"], written, problems)
            return _Entry(entry["made_by"], entry["size"], entry["content"], outcome)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def _record(self, job: FileJob) -> Path:
        return self.folder / job.path.parent.name / f"{job.path.stem}.json"

    def _is_inside(self) -> bool:
        """Whether what is written lies under the root, whatever links there are."""
        return self.folder.resolve().is_relative_to(self.root.resolve())


def _hold(hashed: Iterable[Future[str]], content: Sequence[str]) -> bool:
    try:
        return [each.result() for each in hashed] == content
    except UserError:  # the file cannot be read, which is told when it is scored
        return False


def _are_as_made(tables: Mapping[Path, str]) -> bool:
    try:
        return all(sha256_file(table) == sha256 for table, sha256 in tables.items())
    except OSError:
        return False


def state_of(path: Path) -> FileState:
    """What changes when a file is changed in the ordinary way."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
