"""A disk that is full after some bytes, as the operating system gives one: a limit on the size of files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """While it lasts, a write beyond `size` bytes fails with an OSError (Python ignores SIGXFSZ)."""
    if sys.platform == "win32":
        pytest.skip("Windows has no limit on the size of files (RLIMIT_FSIZE)")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
