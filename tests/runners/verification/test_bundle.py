"""Bundles: the same bytes each time, everything in them, and nothing taken on trust."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from runners.verification.bundle import unpack_bundle, write_bundle
from tests.runners.answering import response, safety_items, submission, write_lines
from utils.errors import InputError, UserError
from utils.hashing import sha256_text
from utils.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(root=tmp_path / "root", benchmarks=tmp_path / "benchmarks")
    write_lines(layout.benchmarks / "safety.jsonl", safety_items(1))
    write_lines(layout.benchmarks / "not_asked.jsonl", safety_items(1))
    write_lines(submission(layout.root, "local/a", "safety"), [response("local/a", "safety", "s000-refuse", 0, "No.")])
    write_lines(layout.root / "submissions" / ".lock", [])
    write_lines(layout.results / "metrics.csv", [b"a,b\n"])
    write_lines(layout.leaderboard / "leaderboard.json", [[]])
    write_lines(layout.leaderboard / "board.py", [b"the program's own\n"])
    return layout


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def packed(path: Path, files: dict[str, bytes], named: dict[str, str] | None = None) -> Path:
    """An archive that somebody else made."""
    named = {name: sha256_text(text.decode()) for name, text in files.items()} if named is None else named
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"bundle.json": json.dumps({"files": named}).encode(), **files}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return path


def test_what_comes_out_is_what_went_in(layout: Layout, tmp_path: Path) -> None:
    write_bundle(layout, tmp_path / "b.tar.gz")
    unpacked = unpack_bundle(tmp_path / "b.tar.gz", tmp_path / "out")
    assert sorted(contents(unpacked.root)) == [
        "benchmarks/safety.jsonl",
        "leaderboard/leaderboard.json",
        "results/metrics.csv",
        "submissions/local__a/safety.jsonl",
    ]
    for folder in ("submissions/local__a", "results"):
        assert contents(unpacked.root / folder) == contents(layout.root / folder)


def test_equal_contents_give_equal_bytes_whenever_they_were_written(layout: Layout, tmp_path: Path) -> None:
    write_bundle(layout, tmp_path / "one.tar.gz")
    for path in layout.root.rglob("*"):
        path.touch()
    write_bundle(layout, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_without_submissions_there_is_nothing_to_bundle(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no responses"):
        write_bundle(Layout(root=tmp_path, benchmarks=tmp_path), tmp_path / "b.tar.gz")


@pytest.mark.parametrize(
    "name",
    ["../x", "submissions/../../x", "/etc/x", "x", "elsewhere/x", "results/.hidden", "results\\x", "results/C:x"],
)
def test_a_name_that_no_bundle_holds_is_refused(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "b.tar.gz", {name: b"x"})
    with pytest.raises(InputError, match="does not name"):
        unpack_bundle(path, tmp_path / "out" / "folder")
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == ["b.tar.gz"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        text = json.dumps({"files": {"results/x": "0"}}).encode()
        first, link = tarfile.TarInfo("bundle.json"), tarfile.TarInfo("results/x")
        first.size, link.type, link.linkname = len(text), tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(first, io.BytesIO(text))
        archive.addfile(link)
    with pytest.raises(InputError, match="does not name"):
        unpack_bundle(tmp_path / "b.tar.gz", tmp_path / "out")


def test_a_file_that_is_not_the_one_it_was_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "b.tar.gz", {"results/x": b"changed"}, {"results/x": sha256_text("x")})
    with pytest.raises(InputError, match="another SHA-256"):
        unpack_bundle(path, tmp_path / "out")


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "b.tar.gz", {}, {"results/x": sha256_text("x")})
    with pytest.raises(InputError, match="lacks results/x"):
        unpack_bundle(path, tmp_path / "out")


@pytest.mark.parametrize(
    "content", [b"", b"text", gzip.compress(b"no tar", mtime=0), gzip.compress(b"x" * 2000, mtime=0)]
)
def test_what_is_no_bundle_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"bundle|lacks"):
        unpack_bundle(tmp_path / "b.tar.gz", tmp_path / "out")


def test_a_truncated_bundle_is_one_clear_line(layout: Layout, tmp_path: Path) -> None:
    write_bundle(layout, tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    for cut in range(1, len(whole), 97):
        (tmp_path / "cut.tar.gz").write_bytes(whole[:cut])
        with pytest.raises(InputError):
            unpack_bundle(tmp_path / "cut.tar.gz", tmp_path / f"out{cut}")
