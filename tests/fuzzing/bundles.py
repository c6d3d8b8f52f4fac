"""Bundles from a stranger: damaged archives, and sound ones that hold what no bundle holds."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from runners.verification.bundle import CONTENTS, unpack_bundle
from tests.fuzzing.target import Target, scratch, written

_TYPES = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE)
_FILE = "submissions/a__b/safety.jsonl"


def check_archive(data: bytes) -> None:
    """A tar archive with any bytes; the first byte says whether it is packed anew or taken as it stands."""
    body = data[1:]
    _check(gzip.compress(body, 1, mtime=0) if data[:1] == b"\0" else body)


def check_members(data: bytes) -> None:
    """A sound archive of any members: the bytes are a list of `[name, type, content, link]`.

    The contents name all of them with the right SHA-256, so that nothing but what they are can stop them.
    """
    try:
        listed = [(str(m[0]), int(m[1]), str(m[2]).encode("utf-8", "replace"), str(m[3])) for m in json.loads(data)]
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
        return  # no description of an archive
    digests = {name: hashlib.sha256(content).hexdigest() for name, _, content, _ in listed}
    contents = json.dumps({"files": digests}).encode()
    try:
        with tarfile.open(fileobj=(packed := io.BytesIO()), mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
            for name, kind, content, link in [(CONTENTS, 0, contents, ""), *listed]:
                member = tarfile.TarInfo(name)
                member.size, member.type, member.linkname = len(content), _TYPES[kind % len(_TYPES)], link
                archive.addfile(member, io.BytesIO(content))
    except (ValueError, tarfile.TarError):
        return  # nothing that tar can pack
    _check(packed.getvalue())


def _check(packed: bytes) -> None:
    """Nothing is written outside the folder, and nothing but files is in it."""
    outer = scratch() / "bundles"
    shutil.rmtree(outer, ignore_errors=True)
    path = written("bundles/bundle.tar.gz", packed)
    folder = outer / "unpacked"
    folder.mkdir()
    before = _listed(outer, folder)
    try:
        unpack_bundle(path, folder)
    finally:
        assert _listed(outer, folder) == before, "something was written beside the folder"
        for file in folder.rglob("*"):
            assert not file.is_symlink(), f"{file} is a link"
            assert file.is_dir() or file.is_file(), f"{file} is no file"


def _listed(outer: Path, without: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(outer) if Path(entry.path) != without)


def archive_seeds() -> Iterator[bytes]:
    content = b'{"run": 0}\n'
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        contents = json.dumps({"files": {_FILE: hashlib.sha256(content).hexdigest()}}).encode()
        with tarfile.open(fileobj=(packed := io.BytesIO()), mode="w", format=form) as archive:
            for name, held in ((CONTENTS, contents), (_FILE, content)):
                member = tarfile.TarInfo(name)
                member.size = len(held)
                archive.addfile(member, io.BytesIO(held))
        yield b"\0" + packed.getvalue()[:4096]
        yield b"\1" + gzip.compress(packed.getvalue(), mtime=0)


def member_seeds() -> Iterator[bytes]:
    yield json.dumps([[_FILE, 0, "x", ""], ["benchmarks/safety.jsonl", 0, "y", ""]]).encode()
    for name in ("../x", "/etc/x", "submissions/../../x", "submissions/a", "submissions\\x", "results/" + "n" * 300):
        yield json.dumps([[name, 0, "x", ""]]).encode()
    yield json.dumps([["results/link", 1, "", "../.."], ["results/link/x", 0, "x", ""]]).encode()
    yield json.dumps([["results/a", 0, "x", ""], ["results/a/b", 0, "x", ""]]).encode()


_NAMES = ["submissions/", "results/", "benchmarks/", "../", "/", "\\\\", "\\u0000", ".", "CON", "path=", "size="]
TARGETS = (
    Target("bundle_archives", check_archive, archive_seeds, ["ustar", "path=", "size=", "\x00" * 8], longest=8192),
    Target("bundle_members", check_members, member_seeds, _NAMES, is_json=True),
)
