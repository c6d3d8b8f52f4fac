"""Which item tables need not be made again: those whose submissions, benchmark and readers are what they were.

For each submission file, `.cache/scored/MODEL_FOLDER/BENCHMARK.json` under the root holds the key that its table was
made under (the SHA-256 of all that decides what is in it) and the SHA-256 of each of the table's files. Both must hold,
or the file is scored again; so it does no harm to delete the folder, or to change or delete a table.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.range_scoring import Problem
from utils import atomic
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


class KeptTables:
    """The tables of a root that need not be made again."""

    def __init__(self, layout: Layout, repository: Path = REPOSITORY) -> None:
        self.root = layout.root
        self.tables = layout.item_tables
        self.code = {path: _state(path) for path in _code(repository)}
        self.fingerprint = scorer_fingerprint(repository)
        self.folder = layout.root / ".cache" / "scored"
        self.keys: dict[Path, tuple[str, tuple[int, ...]]] = {}

    def outcome(self, path: Path, benchmark_sha256: str) -> FileOutcome | None:
        """The outcome that was kept for the file as it is now, when its table is still the one that was made then."""
        try:
            state = _state(path)
            key = sha256_json([self.fingerprint, benchmark_sha256, path.parent.name, path.name, sha256_file(path)])
            self.keys[path] = key, state
            entry = json.loads(self._entry(path).read_bytes())
            if entry["key"] != key:
                return None
            written = tuple(self.tables / path.parent.name / name for name in entry["tables"])
            if any(sha256_file(table) != entry["tables"][table.name] for table in written):
                return None
            problems = [Problem(*problem) for problem in entry["problems"]]
            return FileOutcome(entry["rows"], entry["model"], written, problems)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, path: Path, outcome: FileOutcome) -> None:
        """Put on record that the file's table is made, unless the file or the readers were changed meanwhile."""
        if path not in self.keys or not outcome.rows or not outcome.is_repeatable:
            return
        key, state = self.keys[path]
        problems = [[problem.line, problem.text, problem.field] for problem in outcome.problems]
        if len(problems) > PROBLEMS_LIMIT or any(line is None for line, _, _ in problems):
            return
        try:
            if _state(path) != state or not self._is_inside():
                return
            if any(_state(code) != before for code, before in self.code.items()):  # somebody works on it just now
                return
            tables = {table.name: sha256_file(table) for table in outcome.written}
            entry: dict[str, Any] = {"key": key, "rows": outcome.rows, "model": outcome.model, "tables": tables}
            atomic.write_text(self._entry(path), json.dumps({**entry, "problems": problems}) + "\n")
        except (OSError, UserError):
            return  # no result depends on it

    def _entry(self, path: Path) -> Path:
        return self.folder / path.parent.name / f"{path.stem}.json"

    def _is_inside(self) -> bool:
        """Whether what is written lies under the root, whatever links there are."""
        return self.folder.resolve().is_relative_to(self.root.resolve())


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
