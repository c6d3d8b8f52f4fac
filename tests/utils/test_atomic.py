"""Derived files are there whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.utils.full_disk import files_no_larger_than
from utils import atomic
from utils.errors import UserError


def test_the_content_replaces_the_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    atomic.write_bytes(path, b"old and longer")
    atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "t.json"
    atomic.write_text(path, "x\n")
    assert path.read_bytes() == b"x\n"


def test_text_is_utf8_with_the_line_ends_that_it_has(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "t", "é\r\n😀\n")
    assert (tmp_path / "t").read_bytes() == "é\r\n😀\n".encode()


def test_a_file_gets_the_rights_that_any_new_file_gets(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    atomic.write_bytes(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("name", ["x" * 250, "😀" * 62])
def test_a_name_as_long_as_a_file_system_takes_can_be_written(tmp_path: Path, name: str) -> None:
    atomic.write_bytes(tmp_path / name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    atomic.write_bytes(path, b"old")
    with files_no_larger_than(1000), pytest.raises(UserError) as caught:
        atomic.write_bytes(path, b"x" * 5000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert str(caught.value).startswith(f"{path}: cannot be written (")


def test_an_interruption_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "t.csv"
    atomic.write_bytes(path, b"old")
    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    path = tmp_path / "file" / "below" / "t.csv"
    with pytest.raises(UserError) as caught:
        atomic.write_bytes(path, b"new")
    assert str(caught.value) == (
        f"{path}: cannot be written (Not a directory); check the folder's rights and free space"
    )
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_folder_in_the_files_place_is_told_and_no_temporary_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(UserError, match=r"t\.csv: cannot be written"):
        atomic.write_bytes(tmp_path / "t.csv", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_an_error_without_the_systems_words_is_told_still() -> None:
    assert "(odd)" in str(atomic.cannot_write(Path("t"), OSError("odd")))
    assert "(No space left on device)" in str(
        atomic.cannot_write(Path("t"), OSError(errno.ENOSPC, "No space left on device"))
    )
