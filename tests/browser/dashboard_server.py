"""The dashboard as `streamlit run app.py` starts it, on a free port of this machine, for as long as it is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from utils.layout import REPOSITORY

HOST = "127.0.0.1"
ATTEMPTS = 3  # another process can take the port between finding it free and using it
SECONDS = 120  # until it answers; generous, for the machines that run the tests are shared
PAUSE = 0.1  # seconds between two looks


@contextmanager
def dashboard(root: Path, benchmarks: Path) -> Iterator[str]:
    """The address of a dashboard that shows `root`; it ends with the block."""
    with tempfile.TemporaryFile() as output:
        for attempt in range(ATTEMPTS):
            port = _free_port()
            process = subprocess.Popen(_command(port, root, benchmarks), cwd=REPOSITORY, stdout=output, stderr=output,
                                       env=_environment())  # fmt: skip
            try:
                if _answers(process, port):
                    yield f"http://{HOST}:{port}"
                    return
            finally:
                process.terminate()
                process.wait()
            if attempt == ATTEMPTS - 1:
                output.seek(0)
                raise RuntimeError(f"the dashboard did not start:\n{output.read().decode(errors='replace')}")


def _command(port: int, root: Path, benchmarks: Path) -> list[str]:
    options = {"server.port": port, "server.address": HOST, "server.headless": "true", "server.fileWatcherType": "none"}
    return [
        sys.executable, "-m", "streamlit", "run", "app.py", *(f"--{name}={value}" for name, value in options.items()),
        "--", "--root", str(root), "--benchmarks-dir", str(benchmarks),
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": HOST}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the process serves the port; False when it ended instead."""
    with httpx.Client(trust_env=False) as client:
        for _ in range(int(SECONDS / PAUSE)):
            if process.poll() is not None:
                return False
            try:
                if client.get(f"http://{HOST}:{port}/_stcore/health").is_success:
                    return True
            except httpx.TransportError:
                time.sleep(PAUSE)
    return False
