"""An S3 server on loopback, and what step 2 makes of a root."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from utils.remote_files import open_store

BUCKET = "bucket"
Upload = Callable[[Path], str]

HAS_S3 = all(importlib.util.find_spec(name) for name in ("moto", "s3fs"))
needs_s3 = pytest.mark.skipif(
    not HAS_S3,
    reason="moto and s3fs are not installed: pip install --group test",
)


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """The file system of an S3 server with one bucket; what is started from here finds it in the environment."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        settings = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "our-key",
            "AWS_SECRET_ACCESS_KEY": "our-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        for name, value in settings.items():
            environment.setenv(name, value)
        forget_stores()
        store, _ = open_store(f"s3://{BUCKET}")
        store.mkdir(BUCKET)
        yield store
        store.rmdir(BUCKET)  # another server of this process would have it, too
        forget_stores()
    server.stop()


def forget_stores() -> None:
    """Let the next one read its settings from the environment anew."""
    open_store.cache_clear()
    if importlib.util.find_spec("s3fs") is not None:
        from s3fs import S3FileSystem

        S3FileSystem.clear_instance_cache()


@pytest.fixture
def upload(s3: Any) -> Iterator[Upload]:
    """Put the submissions of a root into the bucket, and none that were there; the return is their URL."""

    def put(root: Path) -> str:
        for path in (root / "submissions").rglob("*"):
            if path.is_file():
                s3.pipe_file(f"{BUCKET}/run/{path.relative_to(root).as_posix()}", path.read_bytes())
        return f"s3://{BUCKET}/run/submissions"

    yield put
    s3.rm(f"{BUCKET}/run", recursive=True)


def results(root: Path) -> dict[str, bytes]:
    """All files of the results, by where they lie in the root."""
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "results").rglob("*") if path.is_file()}
