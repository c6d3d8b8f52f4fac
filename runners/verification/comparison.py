"""The results that lie in a root beside those that its submissions give."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from runners.verification.findings import Finding
from utils.layout import Layout, is_submission

PROVENANCE = "leaderboard/artifacts/provenance.json"
DRAWN = (".png", ".svg")
# What does not follow from the submissions alone, and why.
ELSEWHERE = {
    "results/changes": "compares with earlier results (analysis.baseline_deltas --against)",
    "leaderboard/artifacts/previous_leaderboard": "is the leaderboard of an earlier build",
}


def compare(found: Layout, recomputed: Layout) -> list[Finding]:
    """A finding for each file of `results/` and of the leaderboard, in the order of their paths."""
    there, again = _files(found), _files(recomputed)
    libraries = _other_libraries(there.get(PROVENANCE), again.get(PROVENANCE))
    return [_finding(name, there.get(name), again.get(name), libraries) for name in sorted(there.keys() | again.keys())]


def _finding(name: str, there: Path | None, again: Path | None, libraries: str) -> Finding:
    stem = name.rpartition(".")[0]
    if there is None:
        return Finding(name, "differs", "is missing; run the steps again")
    if again is None:
        if stem in ELSEWHERE:
            return Finding(name, "not on record", ELSEWHERE[stem])
        return Finding(name, "differs", "does not come from these submissions")
    if name == PROVENANCE:
        return _provenance(name, there, again)
    same = _same_table(there, again) if there.suffix == ".parquet" else there.read_bytes() == again.read_bytes()
    if same:
        return Finding(name, "proven", "same rows" if there.suffix == ".parquet" else "same bytes")
    if libraries and there.suffix in DRAWN:
        return Finding(name, "not on record", f"was drawn by other versions ({libraries}); its tables are compared")
    return Finding(name, "differs", _first_difference(there, again))


def _files(layout: Layout) -> dict[str, Path]:
    """The files of the results and of the leaderboard by their path; hidden ones are passed over."""
    folders = (layout.results, layout.artifacts)
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += [path for path in layout.leaderboard.glob("leaderboard.*") if path.is_file()]
    return {path.relative_to(layout.root).as_posix(): path for path in paths if not path.name.startswith(".")}


def _same_table(there: Path, again: Path) -> bool:
    try:
        return bool(pyarrow.parquet.read_table(there).equals(pyarrow.parquet.read_table(again)))
    except (pa.ArrowException, OSError):
        return False


def _first_difference(there: Path, again: Path) -> str:
    """Where two texts part; the numbers of lines are those of an editor."""
    if there.suffix not in (".csv", ".json", ".md", ".html"):
        return "other bytes"
    old, new = (path.read_bytes().split(b"\n") for path in (there, again))
    lines = (number for number, (one, other) in enumerate(zip(old, new, strict=False), 1) if one != other)
    return f"differs from line {next(lines, min(len(old), len(new)) + 1)} on"


def _other_libraries(there: Path | None, again: Path | None) -> str:
    """The libraries whose versions are others than those on record, in words; empty when none is."""
    old, new = (_versions(path) for path in (there, again))
    changed = [name for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    return ", ".join(f"{name} {old[name]}, here {new[name]}" for name in changed)


def _provenance(name: str, there: Path, again: Path) -> Finding:
    """The fingerprints on record; a library or a Python of another version is told, but is no difference."""
    wrong = sorted(
        {path for part in ("inputs", "outputs") for path in _changed(_part(there, part), _part(again, part))}
    )
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Finding(name, "differs", f"has another SHA-256 on record for {wrong[0]}{more}")
    libraries = _other_libraries(there, again)
    return Finding(name, "proven", f"fingerprints as on record; made with {libraries}" if libraries else "same content")


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The files whose fingerprints differ, but for those whose bytes depend on a library: drawings and Parquet."""
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path) and not path.endswith((*DRAWN, ".parquet")) and _is_text_of_ours(path):
            yield path


def _is_text_of_ours(path: str) -> bool:
    """Whether it is a file that the recomputation has too: a manifest of step 1 or an error log is not."""
    folder, _, name = path.rpartition("/")
    return not folder.startswith("submissions/") or is_submission(PurePosixPath(name))


def _versions(path: Path | None) -> Mapping[str, Any]:
    return _part(path, "versions") if path else {}


def _part(path: Path, name: str) -> Mapping[str, Any]:
    try:
        part = json.loads(path.read_bytes())[name]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return part if isinstance(part, dict) else {}
