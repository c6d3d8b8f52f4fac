"""Submissions in a store: the bytes of a run on local files, and one clear line when the store does not give them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runners import run_consistency
from runners.aggregate_results import main
from runners.scoring_engines import line_ranges, range_scoring
from tests.runners.answering import response, safety_items, submission, write_lines
from tests.runners.scoring_engines.conftest import BUCKET, Upload, forget_stores, needs_s3, results
from utils import remote_files
from utils.errors import DONE, PARTLY_FAILED, UserError
from utils.remote_files import RemoteFile, without_secrets

pytestmark = pytest.mark.filterwarnings("ignore")  # of the stores' own packages

MODEL = "local/a"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two models; of one, a file of several ranges with every problem that a line can have."""
    root = tmp_path / "here"
    write_lines(root / "own" / "safety.jsonl", safety_items(3))
    lines: list[Any] = [
        response(MODEL, "safety", item["id"], run, "No.") for run in range(9) for item in safety_items(3)
    ]
    lines[7:7] = [
        b"not json\n",
        {**lines[0]},
        {**lines[1], "response": "Sure."},
        b"\n",
        {**lines[2], "item_id": "unknown"},
    ]
    write_lines(submission(root, MODEL, "safety"), [*lines, b'{"model": "lo'])
    write_lines(submission(root, "local/b", "safety"), [response("local/b", "safety", "s000-refuse", 0, "No.")])
    write_lines(submission(root, "local/b", "safety").with_name("safety.errors.jsonl"), [b"not a response\n"])
    return root


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A root without submissions."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def step(root: Path, benchmarks: Path, *options: str) -> int:
    return main(["--root", str(root), "--benchmarks-dir", str(benchmarks / "own"), *options])


@needs_s3
def test_a_store_gives_the_bytes_and_the_problems_of_local_files(
    root: Path, elsewhere: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(line_ranges.line_ranges, "__defaults__", (1_500,))
    monkeypatch.setattr(remote_files, "LEAST_BYTES", 70)
    monkeypatch.setattr(remote_files, "REQUEST_BYTES", 1_000)
    assert step(root, root) == PARTLY_FAILED
    told = capsys.readouterr()
    url = upload(root)
    assert step(elsewhere, root, "--submissions", url) == PARTLY_FAILED
    assert results(elsewhere) == results(root)
    there = capsys.readouterr()
    assert there.err == told.err.replace(str(root / "submissions"), url)
    assert there.err.count(f"warning: {url}/local__a/safety.jsonl") == 4
    assert "our-" not in there.err + there.out
    for where, options in ((root, ()), (elsewhere, ("--submissions", url))):
        assert run_consistency.main(["--root", str(where), "--resamples", "100", *options]) == DONE
    assert results(elsewhere) == results(root)
    assert "tarr is undefined" not in capsys.readouterr().err


@needs_s3
def test_what_has_not_changed_in_a_store_is_not_scored_again(
    root: Path, elsewhere: Path, s3: Any, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission(root, MODEL, "safety").unlink()
    options = ("--submissions", upload(root))
    assert step(elsewhere, root, *options) == DONE
    scored: list[str] = []
    monkeypatch.setattr(range_scoring, "read_responses", lambda *_: scored.append("some"))
    assert step(elsewhere, root, *options) == DONE
    assert not scored
    monkeypatch.undo()
    path = f"{BUCKET}/run/submissions/local__b/safety.jsonl"
    s3.pipe_file(path, s3.cat_file(path).replace(b"No.", b"Ok."))
    made = results(elsewhere)
    assert step(elsewhere, root, *options) == DONE
    assert results(elsewhere) != made


@needs_s3
def test_a_bucket_that_is_not_there_is_one_clear_line(s3: Any, elsewhere: Path, root: Path) -> None:
    with pytest.raises(UserError, match=r"^s3://nowhere/run: not there; check the bucket and the path$"):
        step(elsewhere, root, "--submissions", "s3://nowhere/run")


class Denying(BaseHTTPRequestHandler):
    """A store that lets nobody in, and names the key that was tried."""

    def do_GET(self) -> None:
        body = b"<Error><Code>AccessDenied</Code><Message>our-key may not</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def denying() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Denying) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_s3
def test_denied_access_and_a_refused_connection_are_one_clear_line_each(
    s3: Any, elsewhere: Path, root: Path, denying: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {
        denying: "access is denied (PermissionError); check the credentials",
        "http://127.0.0.1:9": "cannot be reached",
    }
    for endpoint, told in wanted.items():
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        forget_stores()
        with pytest.raises(UserError) as caught:
            step(elsewhere, root, "--submissions", "s3://bucket/run")
        assert str(caught.value).startswith("s3://bucket/run: ")
        assert told in str(caught.value)
        assert "our-" not in str(caught.value)
    forget_stores()


@pytest.mark.parametrize(
    ("missing", "url", "told"),
    [
        ("fsspec", "s3://bucket/run", r"takes fsspec; run `python3 -m pip install -r requirements-cluster\.txt`"),
        (
            "s3fs",
            "s3://bucket/run",
            r"takes the package s3fs; run `python3 -m pip install -r requirements-cluster\.txt`",
        ),
        (
            "gcsfs",
            "gs://bucket/run",
            r"takes the package gcsfs; run `python3 -m pip install -r requirements-cluster\.txt`",
        ),
        ("adlfs", "abfs://bucket/run", r"takes the package adlfs; run `python3 -m pip install adlfs`"),
        (None, "nosuch://bucket/run", r"fsspec knows no nosuch://"),
    ],
)
def test_a_package_that_is_missing_is_named(
    elsewhere: Path, root: Path, monkeypatch: pytest.MonkeyPatch, missing: str | None, url: str, told: str
) -> None:
    known = pytest.importorskip("fsspec.registry")
    forget_stores()
    monkeypatch.setattr(known, "_registry", {})  # what was imported already is as if it were not
    monkeypatch.setattr(known, "registry", {})
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UserError, match=told):
        step(elsewhere, root, "--submissions", url)


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_folder_can_be_named_as_well(root: Path, elsewhere: Path, form: str) -> None:
    assert step(root, root) == PARTLY_FAILED
    assert step(elsewhere, root, "--submissions", form.format(root / "submissions")) == PARTLY_FAILED
    assert results(elsewhere) == results(root)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket/run", "s3://bucket/run"),
        ("s3://key:secret@bucket/run", "s3://***@bucket/run"),
        ("https://host/a?key=secret&sig=x%3D#y", "https://host/a?key=***&sig=***#y"),
        ("https://a:b@host?x", "https://***@host?x"),
    ],
)
def test_a_url_is_shown_without_what_is_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
    assert str(RemoteFile(url, "a__b", "safety.jsonl", 1)) == f"{shown}/a__b/safety.jsonl"
