"""Stages in processes of their own, without Python and its packages being loaded anew for each of them.

One process imports what the stages need, and each stage is a fork of it: it can be killed, interrupted and given an
environment like any process, and its own module runs from the beginning, as `python -m STAGE` runs it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from utils.layout import REPOSITORY

# What a stage imports only when it asks a provider, and takes longest to import; by the variable that says so.
CLIENTS = {
    "OPENAI_API_KEY": "llm.batch_openai",
    "ANTHROPIC_API_KEY": "llm.batch_anthropic",
    "GOOGLE_API_KEY": "llm.batch_google",
}

# What stages import only when they come to need it.
LATER = (
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.figure", "pandas",
    "pyarrow.parquet",
)  # fmt: skip


class Process(Protocol):
    """What the tests use of `subprocess.Popen`."""

    @property
    def returncode(self) -> Any: ...

    def send_signal(self, sig: int, /) -> None: ...

    def kill(self) -> None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]: ...


@dataclass
class Forked:
    """A running fork, whose exit code comes as a line of `reports` through `connection`."""

    pid: int
    connection: socket.socket
    reports: io.RawIOBase
    out: IO[str]
    err: IO[str]
    returncode: int | None = field(default=None, init=False)

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.connection.settimeout(timeout)
            try:
                self.returncode = int(self.reports.readline())
            except TimeoutError as error:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0) from error
            self.reports.close()
            self.connection.close()
        return self.returncode

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]:
        self.wait(timeout)
        told = []
        for file in (self.out, self.err):
            file.seek(0)
            told.append(file.read())
            file.close()
        return told[0], told[1]


class WarmPython:
    """The process that is forked."""

    def __init__(self) -> None:
        self._calls, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm_processes", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip

    def start(self, stage: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Forked:
        """Run the stage in a fork, under the limit on the size of files that goes for this process."""
        import resource

        wanted = [stage, *(client for variable, client in CLIENTS.items() if environment.get(variable))]
        out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed when it is read)
        err = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        connection, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._calls, [" ".join(wanted).encode()], [out.fileno(), err.fileno(), theirs.fileno()])
        told = {
            "argv": [stage, *arguments], "environment": dict(environment), "folder": str(folder),
            "room": resource.getrlimit(resource.RLIMIT_FSIZE),
        }  # fmt: skip
        connection.sendall(json.dumps(told).encode() + b"\n")
        reports = connection.makefile("rb", buffering=0)
        return Forked(int(reports.readline()), connection, reports, out, err)

    def close(self) -> None:
        self._calls.close()
        self._process.wait()


def _serve(calls: socket.socket) -> None:
    from normalize.card import read_card  # here, for it is needed in this process alone

    for module in LATER:
        importlib.import_module(module)
    read_card().stale()  # compiles what the readers look for
    while True:
        wanted, files, *_ = socket.recv_fds(calls, 1000, 3)
        with contextlib.suppress(ChildProcessError):  # those who watched over forks that ended
            while os.waitpid(-1, 0 if not wanted else os.WNOHANG)[0]:
                pass
        if not wanted:
            return
        with contextlib.suppress(Exception):  # the stage will meet it again, and tell
            for module in wanted.decode().split():
                importlib.import_module(module)
        gc.freeze()  # what is shared with the forks is not looked through by each of them, and so not copied
        if os.fork() == 0:
            calls.close()
            _watch_over_stage(wanted.decode().split()[0], *files)
            return
        for file in files:
            os.close(file)


def _watch_over_stage(stage: str, out: int, err: int, report_to: int) -> None:
    """Fork once more and report that fork's number and exit code; in the fork, run the stage."""
    with socket.socket(fileno=report_to) as reports:
        told = json.loads(reports.makefile().readline())
        pid = os.fork()
        if pid:
            os.close(out)
            os.close(err)
            reports.sendall(b"%d\n" % pid)
            _, status = os.waitpid(pid, 0)
            with contextlib.suppress(BrokenPipeError):  # nobody waited for it
                reports.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    _run(stage, **told)


def _run(stage: str, argv: list[str], environment: dict[str, str], folder: str, room: tuple[int, int]) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, room)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0], sys.argv = folder, argv
    sys.modules.pop(stage, None)
    runpy.run_module(stage, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
