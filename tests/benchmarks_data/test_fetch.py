"""Fetching: what comes over HTTP is whole, is the pinned file, and never lies there without its terms."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tenacity import wait_none

from benchmarks import download
from benchmarks.catalog import Source, SourceFile, read_catalog
from benchmarks.converters import CONVERTERS
from benchmarks.fetch import FETCHED, Options, fetch, main
from tests.benchmarks_data.source_files import GSM8K, STRONGREJECT, FileServer, serving
from tests.conftest import Stage
from utils.errors import UserError
from utils.items import TASKS, read_benchmark
from utils.layout import REPOSITORY

PATH = "gsm8k/test.jsonl"
OTHER = GSM8K.replace(b"1,200", b"1,201")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "WAIT", wait_none())


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving({PATH: GSM8K}) as state:
        yield state


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def gsm8k(content: bytes | None = GSM8K, *bases: str) -> Source:
    """The catalogue's GSM8K, pinned to `content` (to nothing for None), at `bases`."""
    file = SourceFile("test.jsonl", None, sha256(content) if content else None)
    return replace(read_catalog()["gsm8k"], files=(file,), bases=bases)


def items_in(folder: Path) -> list[str]:
    return [item.expected for item in read_benchmark(folder, "gsm8k").values()]


class TestCatalogue:
    def test_every_source_has_a_converter_and_every_converter_a_source(self) -> None:
        assert list(read_catalog()) == list(CONVERTERS)

    @pytest.mark.parametrize("source", read_catalog().values(), ids=lambda source: source.name)
    def test_every_file_is_pinned_to_a_revision_over_https(self, source: Source) -> None:
        assert source.task in TASKS
        assert source.files
        for file in source.files:
            for url in source.urls(file):
                assert re.fullmatch(rf"https://[\w./-]+/[0-9a-f]{{40}}/[\w./-]*{re.escape(file.name)}", url)
            assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)

    def test_no_two_files_claim_the_same_sha256(self) -> None:
        known = [file.sha256 for source in read_catalog().values() for file in source.files if file.sha256]
        assert len(known) == len(set(known))

    def test_fetched_files_are_ignored_and_shipped_ones_are_not(self) -> None:
        patterns = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
        assert {f"benchmarks/{name}.jsonl" for name in read_catalog()} <= set(patterns)
        assert {"benchmarks/*.LICENCE.txt", f"benchmarks/{FETCHED}/"} <= set(patterns)
        assert not {f"benchmarks/{task}.jsonl" for task in TASKS} & set(patterns)

    def test_the_list_shows_licence_and_citation_of_each(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--list"]) == 0
        told = capsys.readouterr().out
        for source in read_catalog().values():
            assert f"{source.name} " in told
            assert source.licence in told
            assert source.citation in told


class TestDownload:
    def test_a_pinned_file_becomes_items_with_its_terms_beside_them(self, server: FileServer, tmp_path: Path) -> None:
        source = gsm8k()
        fetch(source, Options(tmp_path, mirror=server.url))
        assert items_in(tmp_path) == ["1200", "16"]
        terms = (tmp_path / "gsm8k.LICENCE.txt").read_text(encoding="utf-8")
        for part in (source.licence, source.citation, source.revision, sha256(GSM8K), "1 (no number after ####)"):
            assert part in terms
        assert (tmp_path / FETCHED / PATH).read_bytes() == GSM8K
        assert not list(tmp_path.rglob("*.part"))

    def test_what_is_there_is_not_fetched_again(self, server: FileServer, tmp_path: Path) -> None:
        for _ in range(2):
            fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert server.requests == [(f"/{PATH}", "")]

    def test_a_damaged_file_is_fetched_again(self, server: FileServer, tmp_path: Path) -> None:
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        (tmp_path / FETCHED / PATH).write_bytes(OTHER)
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert items_in(tmp_path) == ["1200", "16"]

    def test_a_broken_connection_goes_on_where_it_stopped(self, server: FileServer, tmp_path: Path) -> None:
        server.cuts = [50, 30]
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert [asked for _, asked in server.requests] == ["", "bytes=50-", "bytes=80-"]
        assert (tmp_path / FETCHED / PATH).read_bytes() == GSM8K

    def test_the_next_run_goes_on_after_too_many_breaks(self, server: FileServer, tmp_path: Path) -> None:
        server.cuts = [10] * download.ATTEMPTS
        with pytest.raises(UserError, match=r"broke off .* goes on from there"):
            fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert server.requests[-1] == (f"/{PATH}", f"bytes={10 * download.ATTEMPTS}-")
        assert items_in(tmp_path) == ["1200", "16"]

    @pytest.mark.parametrize("left", [b"wrong", GSM8K, GSM8K + b"more", b"x" * len(GSM8K)])
    @pytest.mark.parametrize("knows_ranges", [True, False])
    def test_whatever_an_earlier_run_left_the_file_is_right(
        self, server: FileServer, tmp_path: Path, left: bytes, knows_ranges: bool
    ) -> None:
        server.knows_ranges = knows_ranges
        part = tmp_path / FETCHED / f"{PATH}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(left)
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert (tmp_path / FETCHED / PATH).read_bytes() == GSM8K

    def test_a_file_that_had_come_whole_is_not_fetched_again(self, server: FileServer, tmp_path: Path) -> None:
        part = tmp_path / FETCHED / f"{PATH}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(GSM8K)
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert server.requests == [(f"/{PATH}", f"bytes={len(GSM8K)}-")]

    def test_a_busy_server_is_asked_again(self, server: FileServer, tmp_path: Path) -> None:
        server.statuses = [503, 429]
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert items_in(tmp_path) == ["1200", "16"]

    def test_a_server_that_stays_busy_is_told(self, server: FileServer, tmp_path: Path) -> None:
        server.statuses = [503] * download.ATTEMPTS
        with pytest.raises(UserError, match=r"busy \(HTTP 503\)"):
            fetch(gsm8k(), Options(tmp_path, mirror=server.url))

    def test_the_next_address_is_tried_where_the_file_is_gone(self, server: FileServer, tmp_path: Path) -> None:
        source = gsm8k(GSM8K, f"{server.url}/moved/", f"{server.url}/gsm8k/")
        fetch(source, Options(tmp_path))
        assert [path for path, _ in server.requests] == ["/moved/test.jsonl", f"/{PATH}"]

    @pytest.mark.parametrize(("status", "words"), [(404, "is not there"), (403, "not given to just anyone")])
    def test_a_file_that_cannot_be_had_is_told_with_the_way_by_hand(
        self, server: FileServer, tmp_path: Path, status: int, words: str
    ) -> None:
        server.statuses = [status]
        with pytest.raises(UserError, match=f"{words}.*grade-school-math.*fetch gsm8k --from FILE"):
            fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert not (tmp_path / "gsm8k.jsonl").exists()

    def test_without_a_network_one_line_says_what_to_do(self, run_stage: Stage, tmp_path: Path) -> None:
        with socket.socket() as listener:  # bound, but nobody answers
            listener.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            done = run_stage("benchmarks.fetch", "gsm8k", "--mirror", url, "--benchmarks-dir", str(tmp_path))
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: gsm8k: no connection to 127.0.0.1")
        assert line.endswith("--from FILE")


class TestPins:
    def test_another_file_than_the_pinned_one_is_refused(self, server: FileServer, tmp_path: Path) -> None:
        server.files[PATH] = OTHER
        with pytest.raises(UserError, match=f"{sha256(OTHER)}, but the catalogue pins {sha256(GSM8K)}.*--any-revision"):
            fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_any_revision_takes_it_and_warns(
        self, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.files[PATH] = OTHER
        fetch(gsm8k(), Options(tmp_path, mirror=server.url, any_revision=True))
        assert items_in(tmp_path) == ["1201", "16"]
        assert "the catalogue pins" in capsys.readouterr().err
        assert "not the pinned ones" in (tmp_path / "gsm8k.LICENCE.txt").read_text(encoding="utf-8")

    def test_an_unpinned_file_is_trusted_once(
        self, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        source = gsm8k(None)
        fetch(source, Options(tmp_path, mirror=server.url))
        assert "trusted on this first fetch" in capsys.readouterr().err
        lock = tmp_path / "fetched.lock"
        assert json.loads(lock.read_bytes()) == {f"gsm8k@{source.revision}/test.jsonl": sha256(GSM8K)}
        server.files[PATH] = OTHER
        (tmp_path / FETCHED / PATH).unlink()
        with pytest.raises(UserError, match=r"but fetched\.lock holds"):
            fetch(source, Options(tmp_path, mirror=server.url))
        assert items_in(tmp_path) == ["1200", "16"]

    def test_another_revision_is_another_file_to_the_lock(self, server: FileServer, tmp_path: Path) -> None:
        fetch(gsm8k(None), Options(tmp_path, mirror=server.url))
        server.files[PATH] = OTHER
        (tmp_path / FETCHED / PATH).unlink()
        fetch(replace(gsm8k(None), revision="0" * 40), Options(tmp_path, mirror=server.url))
        assert len(json.loads((tmp_path / "fetched.lock").read_bytes())) == 2

    def test_a_file_that_makes_no_item_is_not_trusted(self, server: FileServer, tmp_path: Path) -> None:
        server.files[PATH] = b'{"question": "What?", "answer": "none"}\n'
        with pytest.raises(UserError, match="none of its rows makes an item"):
            fetch(gsm8k(None), Options(tmp_path, mirror=server.url))
        assert not (tmp_path / "fetched.lock").exists()
        assert not (tmp_path / "gsm8k.jsonl").exists()

    @pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b"\xff"])
    def test_a_broken_lock_is_told(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "fetched.lock").write_bytes(content)
        with pytest.raises(UserError, match=r"fetched\.lock.*trust anew"):
            fetch(gsm8k(None), Options(tmp_path))


class TestCopies:
    @staticmethod
    def copy(folder: Path, content: bytes, name: str = "copy.jsonl") -> Path:
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        return folder / name

    def test_a_copy_at_hand_is_converted_without_a_network(self, tmp_path: Path) -> None:
        copy = self.copy(tmp_path / "downloads", GSM8K)
        fetch(gsm8k(), Options(tmp_path, copies=(copy,)))
        assert items_in(tmp_path) == ["1200", "16"]
        assert not (tmp_path / FETCHED).exists()

    def test_a_copy_of_another_revision_needs_leave(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        copy = self.copy(tmp_path / "downloads", OTHER)
        with pytest.raises(UserError, match="--any-revision"):
            fetch(gsm8k(), Options(tmp_path, copies=(copy,)))
        fetch(gsm8k(), Options(tmp_path, copies=(copy,), any_revision=True))
        assert "warning: " in capsys.readouterr().err

    def test_a_copy_of_an_unpinned_file_is_taken_but_never_recorded(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        fetch(gsm8k(None), Options(tmp_path, copies=(self.copy(tmp_path / "downloads", GSM8K),)))
        assert "no SHA-256 of test.jsonl is known yet" in capsys.readouterr().err
        assert not (tmp_path / "fetched.lock").exists()

    def test_a_folder_is_searched_for_the_files(self, tmp_path: Path) -> None:
        self.copy(tmp_path / "downloads", GSM8K, "test.jsonl")
        fetch(gsm8k(), Options(tmp_path, copies=(tmp_path / "downloads",)))
        assert items_in(tmp_path) == ["1200", "16"]

    @pytest.mark.parametrize("given", ["absent.jsonl", "downloads"])
    def test_a_copy_that_is_not_there_is_told(self, tmp_path: Path, given: str) -> None:
        (tmp_path / "downloads").mkdir()
        with pytest.raises(UserError, match=r"lacks test\.jsonl"):
            fetch(gsm8k(), Options(tmp_path, copies=(tmp_path / given,)))

    @pytest.mark.parametrize(
        ("name", "content"),
        [("a.csv", b"x\n1\n"), ("a.json", b"{}"), ("a.jsonl", b"{"), ("a.parquet", b"PAR1"), ("a.txt", b"x")],
    )
    def test_a_copy_of_another_shape_is_told(self, tmp_path: Path, name: str, content: bytes) -> None:
        copy = self.copy(tmp_path / "downloads", content, name)
        with pytest.raises(UserError):
            fetch(gsm8k(), Options(tmp_path, copies=(copy,), any_revision=True))
        assert not (tmp_path / "gsm8k.jsonl").exists()


class TestStage:
    @pytest.mark.parametrize("name", ["gsm8k.jsonl", "gsm8k.csv"])
    def test_a_users_own_file_is_never_overwritten(
        self, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / name).write_text("mine", encoding="utf-8")
        assert main(["gsm8k", "--benchmarks-dir", str(tmp_path)]) == 2
        assert "was not fetched" in capsys.readouterr().err
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"

    def test_one_that_fails_does_not_stop_the_others(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with serving({"strongreject/strongreject_dataset.csv": STRONGREJECT}) as server:
            flags = ["--mirror", server.url, "--any-revision", "--benchmarks-dir", str(tmp_path)]
            assert main(["gsm8k", "strongreject", *flags]) == 1
        captured = capsys.readouterr()
        assert "error: gsm8k: " in captured.err
        assert "strongreject.jsonl: 2 items of task safety" in captured.out
        assert "MIT" in captured.out
        assert "Souly" in captured.out

    @pytest.mark.parametrize(
        "arguments",
        [[], ["nothing"], ["gsm8k", "xstest", "--from", "x"], ["gsm8k", "--from", "x", "--mirror", "http://localhost"]],
    )
    def test_arguments_that_do_not_go_together_are_told(self, arguments: list[str]) -> None:
        with pytest.raises(UserError):
            main(arguments)

    @pytest.mark.parametrize("mirror", ["nowhere", "ftp://localhost/x", "http://", "http://[", "http://local host"])
    def test_a_mirror_that_is_no_address_is_told(
        self, tmp_path: Path, mirror: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["gsm8k", "--mirror", mirror, "--benchmarks-dir", str(tmp_path)]) == 2
        assert capsys.readouterr().err.startswith("error: gsm8k: ")

    def test_what_was_fetched_serves_as_a_mirror_for_others(self, server: FileServer, tmp_path: Path) -> None:
        fetch(gsm8k(), Options(tmp_path, mirror=server.url))
        served = {PATH: (tmp_path / FETCHED / PATH).read_bytes()}
        with serving(served) as second:
            fetch(gsm8k(), Options(tmp_path / "other", mirror=second.url))
        assert items_in(tmp_path / "other") == ["1200", "16"]

    def test_the_help_shows_an_example(self, run_stage: Stage) -> None:
        done: subprocess.CompletedProcess[str] = run_stage("benchmarks.fetch", "--help")
        assert done.returncode == 0
        assert "python3 -m benchmarks.fetch xstest gsm8k" in done.stdout
