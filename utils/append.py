"""Files that only grow: lines are on the disk before they count as written, and a torn tail is moved aside."""

from __future__ import annotations

import bisect
import itertools
import os
import queue
import threading
from collections import defaultdict
from concurrent.futures import Future
from pathlib import Path

from utils.atomic import cannot_write
from utils.errors import InputError, UserError
from utils.jsonl import parse_object

_TAIL_BLOCK = 1 << 16
_MOST_IN_ONE_COMMIT = 256


class LineWriter:
    """Appends whole lines to files from one thread; many lines that wait together share one `fsync`.

    A line's future is done when the line is on the disk. When a write fails (a full disk), the lines that still fitted
    are kept, the file is cut back to the last of them, and the futures of the lines that were lost hold the error.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[Path, bytes, Future[None]] | None] = queue.SimpleQueue()
        self._files: dict[Path, int] = {}
        self._thread = threading.Thread(target=self._work, name="line-writer", daemon=True)
        self._thread.start()

    def append(self, path: Path, line: bytes) -> Future[None]:
        """Queue `line`, which ends in a line end; the future fails with a UserError when it cannot be written."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # from here on a waiter that gives up cannot stop the write
        self._waiting.put((path, line, done))
        return done

    def close(self) -> None:
        """Write what waits and close the files."""
        self._waiting.put(None)
        self._thread.join()
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _work(self) -> None:
        ended = False
        while not ended:
            batch: dict[Path, list[tuple[bytes, Future[None]]]] = defaultdict(list)
            entry = self._waiting.get()
            taken = 0
            while True:
                if entry is None:
                    ended = True
                    break
                batch[entry[0]].append(entry[1:])
                taken += 1
                if taken == _MOST_IN_ONE_COMMIT or self._waiting.empty():
                    break
                entry = self._waiting.get()
            for path, lines in batch.items():
                self._commit(path, lines)

    def _commit(self, path: Path, lines: list[tuple[bytes, Future[None]]]) -> None:
        kept, failure = 0, None
        try:
            kept, failure = _append(self._opened(path), [line for line, _ in lines])
        except OSError as error:
            failure = error
        for _, done in lines[:kept]:
            done.set_result(None)
        if failure is not None:
            for _, done in lines[kept:]:
                done.set_exception(cannot_write(path, failure))

    def _opened(self, path: Path) -> int:
        descriptor = self._files.get(path)
        if descriptor is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            self._files[path] = descriptor
        return descriptor


def _append(descriptor: int, lines: list[bytes]) -> tuple[int, OSError | None]:
    """Put on the disk as many of the lines as there is room for: how many those are, and why not all.

    Raises:
        OSError: the disk does not say that it holds them; the file is cut back to what it was.
    """
    before = os.fstat(descriptor).st_size
    ends = list(itertools.accumulate(map(len, lines), initial=0))
    content = memoryview(b"".join(lines))
    failure = None
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError as error:
        failure = error
    kept = bisect.bisect_right(ends, ends[-1] - len(content)) - 1
    try:
        if failure is not None:
            os.ftruncate(descriptor, before + ends[kept])
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, before)
        raise
    return kept, failure


def mend_tail(path: Path) -> str | None:
    """Make a file end in a line end before it is appended to; the return says what was done, None if nothing.

    A last line that is a whole JSON object only gets its line end. Any other is moved to `NAME.torn`, never guessed at.

    Raises:
        UserError: the file cannot be read or written.
    """
    try:
        with path.open("r+b") as file:
            tail_start, tail = _tail(file.fileno())
            if not tail:
                return None
            if not isinstance(parse_object(tail, path, 0, complete=False), InputError):
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
                return None
            aside = path.with_suffix(".torn")
            with aside.open("ab") as torn:
                torn.write(tail + b"\n")
                torn.flush()
                os.fsync(torn.fileno())
            file.truncate(tail_start)
            os.fsync(file.fileno())
            return (
                f"{path}: the last line was torn ({len(tail)} bytes); it was moved to {aside.name} and is asked again"
            )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be opened for appending ({error.strerror}); check its rights") from error


def _tail(descriptor: int) -> tuple[int, bytes]:
    """Where the bytes after the last line end begin, and those bytes."""
    end = os.fstat(descriptor).st_size
    start, tail = end, b""
    while start > 0 and b"\n" not in tail:
        step = min(_TAIL_BLOCK, start)
        start -= step
        os.lseek(descriptor, start, os.SEEK_SET)
        tail = os.read(descriptor, step) + tail
    rest = tail.rpartition(b"\n")[2]
    return end - len(rest), rest
