"""Whether a fetched file is the one that is meant: the catalogue's SHA-256, or what the first fetch recorded.

A file whose SHA-256 the catalogue does not know is trusted on first use: its value is kept in `fetched.lock`, a JSON
object from NAME@REVISION/FILE to the SHA-256. Commit that file, and everybody else gets the same bytes or is told.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.catalog import Source, SourceFile
from utils.atomic import write_text
from utils.errors import InputError, UserError

LOCK_NAME = "fetched.lock"


class Pins:
    """The SHA-256 of each file, from the catalogue and from the lock file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self._locked = _read(self.path)

    def expected(self, source: Source, file: SourceFile) -> str | None:
        """The SHA-256 that the file must have; None for one that was never fetched."""
        return file.sha256 or self._locked.get(_key(source, file))

    def record(self, source: Source, file: SourceFile, sha256: str) -> bool:
        """Keep the SHA-256 of a file that has none yet; the return says whether there was none."""
        if self.expected(source, file) is not None:
            return False
        self._locked = {**_read(self.path), _key(source, file): sha256}
        write_text(self.path, json.dumps(self._locked, indent=2, sort_keys=True) + "\n")
        return True

    def mismatch(self, source: Source, file: SourceFile, sha256: str) -> str:
        """What to tell of a file with this SHA-256; empty when it is the right one, or when none is known."""
        expected = self.expected(source, file)
        if expected in (None, sha256):
            return ""
        by = "the catalogue pins" if file.sha256 else f"{self.path.name} holds"
        return f"SHA-256 {sha256}, but {by} {expected} for {file.name} of {source.name}"


def _key(source: Source, file: SourceFile) -> str:
    return f"{source.name}@{source.revision}/{file.name}"


def _read(path: Path) -> dict[str, str]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(path, f"is not valid JSON ({error})", hint="restore it, or remove it to trust anew") from None
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise InputError(path, "expected an object of texts", hint="restore it, or remove it to trust anew")
    return value
