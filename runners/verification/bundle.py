"""Bundles: submissions, manifests, benchmarks, results and versions in one archive, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from utils import atomic
from utils.errors import InputError, UserError
from utils.hashing import sha256_file
from utils.items import benchmark_path
from utils.layout import REPOSITORY, Layout
from utils.responses import submission_files
from utils.version import project_version

CONTENTS = "bundle.json"
FOLDERS = ("submissions", "benchmarks", "results", "leaderboard")
BLOCK = 1 << 20
COMPRESSION = 6
LARGEST_CONTENTS = 256 << 20  # bytes of bundle.json: some million files


def write_bundle(layout: Layout, path: Path) -> int:
    """Pack the root; the return is the number of files in it.

    No time, owner or right goes in, and the files are in the order of their names, so equal contents give equal bytes.

    Raises:
        UserError: there are no submissions, or a file cannot be read or written.
    """
    files = dict(_packed(layout))
    if not any(name.startswith("submissions/") for name in files):
        raise UserError(f"{layout.submissions}: holds no responses to bundle; run `python3 -m runners.auto_run_async`")
    try:
        contents = {
            "versions": {"trustbench": project_version(REPOSITORY), "python": platform.python_version()},
            "files": {name: sha256_file(file) for name, file in files.items()},
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.tmp")
        try:
            with (
                unfinished.open("wb") as raw,
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=COMPRESSION, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
            ):
                text = json.dumps(contents, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
                archive.addfile(_member(CONTENTS, len(text)), io.BytesIO(text))
                for name, file in files.items():
                    with file.open("rb") as content:
                        archive.addfile(_member(name, os.fstat(content.fileno()).st_size), content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise atomic.cannot_write(path, error) from error
    return len(files)


def unpack_bundle(path: Path, folder: Path) -> Layout:
    """Unpack a bundle into an empty folder, checking each file against the contents; where things lie then.

    Raises:
        InputError: it is no bundle, it is broken, or it holds what no bundle holds.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            wanted: dict[str, str] | None = None
            for member in archive:
                if wanted is None:
                    wanted = _contents(path, archive, member)
                    continue
                digest = wanted.pop(member.name, None)
                if digest is None or not member.isreg() or not _is_safe(member.name):
                    raise InputError(path, f"holds {member.name[:80]!r}, which its {CONTENTS} does not name")
                if _extracted(archive.extractfile(member), folder / member.name) != digest:
                    raise InputError(path, f"{member.name} has another SHA-256 than its {CONTENTS} says")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise InputError(path, f"is no whole bundle ({type(error).__name__})", hint="bring it again") from error
    if wanted is None or wanted:
        raise InputError(path, f"lacks {next(iter(wanted or [CONTENTS]))}", hint="bring it again")
    return Layout(root=folder, benchmarks=folder / "benchmarks")


def _packed(layout: Layout) -> Iterator[tuple[str, Path]]:
    """What goes in, by name: of the benchmarks those that were answered; hidden files and links stay out."""
    found: dict[str, Path] = {}
    for folder in (layout.submissions, layout.results, layout.artifacts):
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
                found[file.relative_to(layout.root).as_posix()] = file
    for file in layout.leaderboard.glob("leaderboard.*"):
        found[file.relative_to(layout.root).as_posix()] = file
    for name in {file.stem for file in submission_files(layout)}:
        file = benchmark_path(layout.benchmarks, name)
        found[f"benchmarks/{file.name}"] = file
    yield from sorted(found.items())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    return member


def _contents(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, str]:
    """The SHA-256 of each file by its name, which stand first in a bundle."""
    file = archive.extractfile(member) if member.name == CONTENTS and member.size <= LARGEST_CONTENTS else None
    try:
        files = json.loads(file.read())["files"] if file else None
    except (ValueError, KeyError, TypeError, RecursionError):
        files = None
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise InputError(path, f"is no bundle of TrustBench: it does not begin with a {CONTENTS}")
    return files


def _is_safe(name: str) -> bool:
    """Whether it lies in one of the folders of a bundle, by every system's idea of a path."""
    parts = PurePosixPath(name).parts
    return (
        len(parts) > 1
        and parts[0] in FOLDERS
        and not any(part in ("..", ".") or part.startswith(".") for part in parts)
        and not set(name) & set('\\:*?"<>|\0')
    )


def _extracted(source: IO[bytes] | None, target: Path) -> str:
    """Write a member out; the return is its SHA-256."""
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while source and (block := source.read(BLOCK)):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
