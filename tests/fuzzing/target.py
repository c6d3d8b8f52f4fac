"""What is fuzzed: a function that takes any bytes, where it begins, and which errors may leave it."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llm.exchange import ModelUnavailable, RequestFailed
from utils.errors import UserError

ALLOWED = (UserError, RequestFailed, ModelUnavailable)
"""What may leave a reader of hostile input: all three are told to the user in one line."""


@dataclass(frozen=True)
class Target:
    """One thing that is fuzzed.

    Attributes:
        name: as `make fuzz TARGET=NAME` says it.
        check: reads the bytes and asserts what holds for all of them.
        seeds: what the search begins with, of the project's own examples.
        tokens: words that a change of the bytes may put in.
        is_json: whether the bytes are JSON, so that its values are changed as well as its bytes.
        longest: bytes of the longest input that is tried.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    tokens: Sequence[str] = ()
    is_json: bool = False
    longest: int = 4096


def seconds_of(target: Target, data: bytes) -> float:
    """Processor seconds that the target took for these bytes; an allowed error is an answer like another."""
    began = time.thread_time()
    try:
        target.check(data)
    except ALLOWED as error:
        assert_one_line(error)
    return time.thread_time() - began


def assert_one_line(error: Exception) -> None:
    """What the user is told is one line."""
    assert "\n" not in str(error), f"not one line: {error}"


def text_of(data: bytes) -> str:
    """The bytes as text; what is no UTF-8 stands as half characters, which JSON can smuggle into a reply."""
    return data.decode("utf-8", "surrogateescape")


@functools.cache
def scratch() -> Path:
    """A folder of this process, in memory where the system has such a place; it goes when the process ends."""
    memory = Path("/dev/shm")
    _kept.append(tempfile.TemporaryDirectory(prefix="fuzzing-", dir=memory if memory.is_dir() else None))
    return Path(_kept[0].name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


def written(name: str, data: bytes) -> Path:
    """A file with these bytes, whose name may hold folders."""
    path = scratch() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
