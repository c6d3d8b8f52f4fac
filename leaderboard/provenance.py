"""What the leaderboard was made from, and with: fingerprints of all files that went in and came out, and versions."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

from leaderboard.board import Board
from leaderboard.previous import PREVIOUS
from utils import atomic
from utils.cores import available_cores
from utils.errors import UserError
from utils.hashing import sha256_file
from utils.items import benchmark_path
from utils.layout import REPOSITORY, Layout
from utils.version import project_version

PROVENANCE = "provenance.json"
DELTAS = ("deltas", "delta_details", "changes")
LIBRARIES = ("numpy", "matplotlib", "rich")


def write_provenance(layout: Layout, board: Board) -> None:
    """Write leaderboard/artifacts/provenance.json; to be called when all else is written and the old one gone."""
    content = {
        "inputs": {
            **fingerprints(layout.root, _files(layout.submissions)),
            **_benchmark_fingerprints(layout, board.benchmarks),
            **fingerprints(layout.root, _results_read(layout)),
        },
        "outputs": fingerprints(layout.root, output_files(layout)),
        "settings": {"seed": board.seed, "resamples": board.resamples, "weights": dict(board.weights)},
        "versions": versions(),
    }
    atomic.write_text(layout.artifacts / PROVENANCE, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def remove_provenance(layout: Layout) -> None:
    """Remove the provenance of an earlier run, so that its presence means that all files belong together."""
    path = layout.artifacts / PROVENANCE
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise atomic.cannot_write(path, error) from error


def fingerprints(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each file by its path from `root`, with `/` on every platform."""
    paths = list(files)
    try:
        with ThreadPoolExecutor(available_cores()) as pool:  # hashing lets other threads run
            hashes = pool.map(sha256_file, paths)
            return {path.relative_to(root).as_posix(): found for path, found in zip(paths, hashes, strict=True)}
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read ({error.strerror}) for {PROVENANCE}") from error


def output_files(layout: Layout) -> list[Path]:
    """All files of the leaderboard, and none of the program's own, which may lie in the same folder.

    The leaderboard of an earlier build is none of this one's.
    """
    tables = [layout.leaderboard / f"leaderboard.{kind}" for kind in ("csv", "json")]
    return [*tables, *(path for path in _files(layout.artifacts) if path.name != PREVIOUS)]


def versions() -> Mapping[str, str | None]:
    """The versions of the project, of Python and of the libraries that made the figures; None for an unknown one."""
    return {
        "trustbench": project_version(REPOSITORY),
        "python": platform.python_version(),
        **{name: _installed(name) for name in LIBRARIES},
    }


def _results_read(layout: Layout) -> list[Path]:
    """The results of the steps before this one; the deltas of the step after it are none of its inputs."""
    return [path for path in _files(layout.results) if path.parent != layout.results or path.stem not in DELTAS]


def _files(folder: Path) -> list[Path]:
    """All files below `folder`, sorted; hidden ones (unfinished writes, .gitkeep) are passed over."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.as_posix())


def _benchmark_fingerprints(layout: Layout, benchmarks: Iterable[str]) -> dict[str, Any]:
    """By `benchmarks/NAME.jsonl`, wherever the folder is; None for a benchmark that is no longer there."""
    found: dict[str, Any] = {}
    for name in benchmarks:
        try:
            path = benchmark_path(layout.benchmarks, name)
            found[f"benchmarks/{path.name}"] = sha256_file(path)
        except UserError:
            found[f"benchmarks/{name}.jsonl"] = None
    return found


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
