"""Whole files or none: what is derived is written beside its target and renamed over it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from utils.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write; it replaces `path` when the block is done, and is gone when the block fails.

    Raises:
        UserError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~_UMASK)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` with `content`; a reader sees the old file or the new one, never a part.

    Raises:
        UserError: the folder cannot be made or written.
    """
    with replacing(path) as file:
        file.write(content)


def write_parts(path: Path, parts: Iterable[bytes | memoryview]) -> str:
    """`write_bytes` of what the parts are together; the return is its SHA-256 in hex."""
    digest = hashlib.sha256()
    with replacing(path) as file:
        for part in parts:
            file.write(part)
            digest.update(part)
    return digest.hexdigest()


def write_text(path: Path, content: str) -> None:
    """`write_bytes` in UTF-8, with `\\n` line ends on every platform."""
    write_bytes(path, content.encode("utf-8"))


def cannot_write(path: Path, error: OSError) -> UserError:
    """The one line for a file that cannot be written."""
    return UserError(f"{path}: cannot be written ({error.strerror or error}); check the folder's rights and free space")


def _current_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


_UMASK = _current_umask()  # read once: asking sets it, which is not safe while threads run
