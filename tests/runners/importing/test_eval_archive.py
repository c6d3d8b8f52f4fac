from __future__ import annotations

import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.importing import eval_archive
from runners.importing.eval_archive import Archive
from runners.importing.found import LeftOut, Unreadable, Wanted
from runners.importing.inspect_log import read
from tests.runners.importing.real_logs import EVAL, eval_file, eval_members, left_out, responses
from utils.responses import Response

SIZE_IN_DIRECTORY = 24  # where a central directory entry holds the unpacked size
METHOD_IN_DIRECTORY = 10
FLAGS_IN_DIRECTORY = 8


def directory(content: bytes) -> int:
    return content.index(b"PK\x01\x02")


def patched(path: Path, offset: int, form: str, value: int) -> Path:
    """The archive with another value in its first directory entry."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, directory(bytes(content)) + offset, value)
    path.write_bytes(bytes(content))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return eval_file(tmp_path / "small.eval", {"a.json": b"x" * 1000})


def test_stored_deflated_and_zstandard_members_are_read(tmp_path: Path, small: Path) -> None:
    assert Archive(small).content("a.json") == b"x" * 1000
    with zipfile.ZipFile(tmp_path / "stored.eval", "w") as archive:
        archive.writestr("a.json", b"y")
    assert Archive(tmp_path / "stored.eval").content("a.json") == b"y"
    assert Archive(EVAL).content("header.json").startswith(b"{")


def test_a_zstandard_member_of_several_frames_is_read_whole() -> None:
    codec = pa.Codec("zstd")
    packed = b"".join(codec.compress(part, asbytes=True) for part in (b"one", b"two"))
    assert eval_archive._zstandard(packed, 100) == b"onetwo"


def test_a_member_that_unpacks_to_more_than_it_says_is_not_unpacked_further(small: Path) -> None:
    bomb = patched(small, SIZE_IN_DIRECTORY, "<I", 10)
    with pytest.raises(Unreadable, match="damaged"):
        Archive(bomb).content("a.json")


def test_a_member_that_says_it_is_huge_is_not_unpacked(small: Path) -> None:
    with pytest.raises(Unreadable, match="larger than"):
        Archive(patched(small, SIZE_IN_DIRECTORY, "<I", 0xFFFFFFF0)).content("a.json")


def test_an_archive_is_unpacked_up_to_a_limit_in_all(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_archive, "TOTAL_LIMIT", 1500)
    archive = Archive(small)
    archive.content("a.json")
    with pytest.raises(Unreadable, match="no more are unpacked"):
        archive.content("a.json")


@pytest.mark.parametrize(
    ("offset", "form", "value", "reason"),
    [
        (METHOD_IN_DIRECTORY, "<H", 95, "packed by method 95"),
        (METHOD_IN_DIRECTORY, "<H", 93, "cannot be unpacked"),
        (FLAGS_IN_DIRECTORY, "<H", 1, "encrypted"),
        (16, "<I", 1, "damaged"),
        (42, "<I", 7, "is not where the archive says"),
    ],
)
def test_a_member_that_cannot_be_unpacked_says_why(
    small: Path, offset: int, form: str, value: int, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason):
        Archive(patched(small, offset, form, value)).content("a.json")


def test_names_that_lead_elsewhere_and_links_are_only_names(tmp_path: Path) -> None:
    members: dict[str, Any] = eval_members()
    sample = members.pop("samples/reasoning-001_epoch_1.json")
    path = eval_file(tmp_path / "log.eval", {**members, "samples/../../../etc/x_epoch_1.json": sample})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("samples/link_epoch_1.json")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert len(responses(read(path, Wanted()))) == 11
    assert [each.where for each in left_out(read(path, Wanted())) if "JSON" in each.reason] == [link.filename]
    assert [each.name for each in tmp_path.iterdir()] == ["log.eval"]


def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "two.eval", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.json", b"old")
        archive.writestr("a.json", b"new")
    assert Archive(tmp_path / "two.eval").content("a.json") == b"new"


@given(st.data())
def test_a_real_log_with_any_byte_changed_or_cut_off_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(EVAL.read_bytes())
    # The directory and the local headers are a small part of the file, and where most can go wrong.
    start = data.draw(st.sampled_from([0, directory(bytes(content)), len(content) - 100]))
    place = data.draw(st.integers(start, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    length = data.draw(st.sampled_from([len(content), place]))
    path = tmp_path_factory.mktemp("fuzz") / "log.eval"
    path.write_bytes(bytes(content[:length]))
    for found in read(path, Wanted()):
        assert isinstance(found, Response | LeftOut) or found.program == "inspect_ai"
