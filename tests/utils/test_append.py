"""Files that only grow: no line is lost or mixed with another, and a torn tail is moved aside."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.utils.full_disk import files_no_larger_than
from utils.append import LineWriter, mend_tail
from utils.errors import InputError, UserError
from utils.jsonl import numbered_objects, object_line

WAIT = 60  # seconds; only a writer that hangs takes so long
texts = st.text(max_size=6) | st.sampled_from(["😀\u2028", "\ud800", '"}', "{"])
objects = st.dictionaries(texts, texts | st.integers() | st.lists(texts, max_size=2), max_size=3)


def append_all(path: Path, *lines: bytes) -> None:
    writer = LineWriter()
    for done in [writer.append(path, line) for line in lines]:
        done.result(WAIT)
    writer.close()


def read(path: Path) -> list[dict[str, Any]]:
    found = [value for _, value in numbered_objects(path)] if path.exists() else []
    assert not [value for value in found if isinstance(value, InputError)]
    return [value for value in found if not isinstance(value, InputError)]


@contextmanager
def writer_kept_waiting(writer: LineWriter, pipe: Path) -> Iterator[None]:
    """While it lasts, the writer opens a pipe that nobody reads, so that what is appended meanwhile waits together."""
    os.mkfifo(pipe)
    first = writer.append(pipe, b"\n")
    yield
    reading = os.open(pipe, os.O_RDONLY)
    first.exception(WAIT)  # a pipe has no size to be cut back to
    os.close(reading)


def test_a_line_is_on_the_disk_when_its_future_is_done(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "t.jsonl"
    writer = LineWriter()
    writer.append(path, b"1\n").result(WAIT)
    assert path.read_bytes() == b"1\n"
    writer.append(path, b"2\n").result(WAIT)
    assert path.read_bytes() == b"1\n2\n"
    writer.close()


def test_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"0\n")
    append_all(path, b"1\n", b"2\n")
    append_all(path, b"3\n")
    assert path.read_bytes() == b"0\n1\n2\n3\n"


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    writer = LineWriter()
    futures = [writer.append(tmp_path / "t.jsonl", b"%d\n" % number) for number in range(1000)]
    writer.close()
    assert all(done.done() and done.exception() is None for done in futures)
    assert (tmp_path / "t.jsonl").read_bytes() == b"".join(b"%d\n" % number for number in range(1000))


def test_lines_of_many_threads_land_whole_and_in_each_threads_order(tmp_path: Path) -> None:
    writer = LineWriter()
    paths = [tmp_path / "a.jsonl", tmp_path / "b" / "b.jsonl"]

    def write(thread: int) -> None:
        waiting = [
            writer.append(paths[number % 2], object_line({"thread": thread, "number": number, "text": "x" * 997}))
            for number in range(200)
        ]
        for done in waiting:
            done.result(WAIT)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    writer.close()
    for remainder, path in enumerate(paths):
        numbers = defaultdict(list)
        for value in read(path):
            assert value["text"] == "x" * 997
            numbers[value["thread"]].append(value["number"])
        assert dict(numbers) == {thread: list(range(remainder, 200, 2)) for thread in range(8)}


def test_a_file_that_cannot_be_written_fails_its_lines_alone(tmp_path: Path) -> None:
    writer = LineWriter()
    (tmp_path / "folder").mkdir()
    bad = [writer.append(tmp_path / "folder", b"1\n"), writer.append(tmp_path / "folder", b"2\n")]
    good = writer.append(tmp_path / "t.jsonl", b"3\n")
    for done in bad:
        with pytest.raises(UserError, match="folder: cannot be written"):
            done.result(WAIT)
    good.result(WAIT)
    later = writer.append(tmp_path / "folder", b"4\n")
    assert isinstance(later.exception(WAIT), UserError)
    writer.close()
    assert (tmp_path / "t.jsonl").read_bytes() == b"3\n"


def test_a_full_disk_leaves_no_part_of_a_line_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    writer = LineWriter()
    writer.append(path, b"first\n").result(WAIT)
    with files_no_larger_than(1000):
        error = writer.append(path, b"x" * 5000 + b"\n").exception(WAIT)
    assert isinstance(error, UserError)
    assert str(error).startswith(f"{path}: cannot be written (")
    assert path.read_bytes() == b"first\n"
    writer.append(path, b"last\n").result(WAIT)
    writer.close()
    assert path.read_bytes() == b"first\nlast\n"


def test_of_lines_that_are_written_together_those_that_fit_on_a_full_disk_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [b"%d" % number * 99 + b"\n" for number in range(10)]
    writer = LineWriter()
    with files_no_larger_than(350):
        with writer_kept_waiting(writer, tmp_path / "pipe"):
            futures = [writer.append(path, line) for line in lines]
        failures = [done.exception(WAIT) for done in futures]
    writer.close()
    assert failures[:3] == [None] * 3
    assert all(isinstance(failure, UserError) for failure in failures[3:])
    assert path.read_bytes() == b"".join(lines[:3])


def test_a_waiter_that_gives_up_stops_neither_its_line_nor_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"

    async def give_up(done: Future[None]) -> None:
        waiter = asyncio.wrap_future(done)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter

    writer = LineWriter()
    first = writer.append(path, b"1\n")
    asyncio.run(give_up(first))
    first.result(WAIT)
    writer.append(path, b"2\n").result(WAIT)
    writer.close()
    assert path.read_bytes() == b"1\n2\n"


def test_there_is_nothing_to_mend_in_a_file_that_is_missing_empty_or_whole(tmp_path: Path) -> None:
    assert mend_tail(tmp_path / "missing.jsonl") is None
    for content in (b"", b"{}\n", b"\n", b"{}\n{oops\n"):
        path = tmp_path / "t.jsonl"
        path.write_bytes(content)
        assert mend_tail(path) is None
        assert path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]


@pytest.mark.parametrize("before", [b"", b'{"n": 1}\n', b"{oops\n"])
def test_a_whole_object_only_gets_its_line_end(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(before + b'{"n": 2}')
    assert mend_tail(path) is None
    assert path.read_bytes() == before + b'{"n": 2}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]


@pytest.mark.parametrize("tail", [b'{"n": 2', b"[1]", b"7", b"\0\0\0", b'{"a": "\xf0\x9f', b"{" + b"x" * 200_000])
def test_a_torn_tail_is_moved_aside_and_told(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "safety.jsonl"
    path.write_bytes(b'{"n": 1}\n' + tail)
    note = mend_tail(path)
    assert note is not None
    assert note.startswith(f"{path}: the last line was torn ({len(tail)} bytes); it was moved to safety.torn")
    assert path.read_bytes() == b'{"n": 1}\n'
    assert (tmp_path / "safety.torn").read_bytes() == tail + b"\n"
    assert mend_tail(path) is None


def test_torn_tails_gather(tmp_path: Path) -> None:
    path = tmp_path / "safety.jsonl"
    for tail in (b"{one", b"{two"):
        with path.open("ab") as file:
            file.write(tail)
        assert mend_tail(path)
    assert (tmp_path / "safety.torn").read_bytes() == b"{one\n{two\n"
    assert path.read_bytes() == b""


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 200_000])
def test_a_tail_may_be_longer_than_a_block(tmp_path: Path, size: int) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"n": 1}\n' + b"x" * size)
    mend_tail(path)
    assert path.read_bytes() == b'{"n": 1}\n'
    assert (tmp_path / "t.torn").read_bytes() == b"x" * size + b"\n"


def test_a_file_that_cannot_be_mended_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened for appending"):
        mend_tail(tmp_path)


@given(st.lists(objects, max_size=4), st.data())
@example([{"a": "😀"}], None)
def test_after_a_crash_at_any_byte_all_whole_objects_are_there_and_appending_goes_on(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Any]], data: st.DataObject | None
) -> None:
    path = tmp_path_factory.mktemp("crash") / "t.jsonl"
    lines = [object_line(value) for value in written]
    content = b"".join(lines)
    cut = data.draw(st.integers(0, len(content))) if data else len(content) - 4
    path.write_bytes(content[:cut])
    ends = [sum(map(len, lines[: number + 1])) - 1 for number in range(len(lines))]
    whole = [value for value, end in zip(written, ends, strict=True) if end <= cut]
    kept = sum(map(len, lines[: len(whole)]))

    note = mend_tail(path)

    assert (note is not None) == (cut > kept)
    torn = path.with_suffix(".torn")
    assert (torn.read_bytes() if torn.exists() else b"") == (content[kept:cut] + b"\n" if cut > kept else b"")
    assert read(path) == whole
    append_all(path, object_line({"new": 1}), object_line({"new": 2}))
    assert read(path) == [*whole, {"new": 1}, {"new": 2}]
