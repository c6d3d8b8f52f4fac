"""Several processes: the same bytes as with one, and none of them is left behind, however the step ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runners.answering import response, safety_items, submission, write_lines
from utils.cores import in_order
from utils.errors import INTERRUPTED, UNUSABLE_INPUT, InputError
from utils.layout import REPOSITORY

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes are looked for in /proc")

INTERRUPTED_LINE = "interrupted; what was finished is kept\n"
# A step that has two processes at work for an hour, and tells when one of them is, or at once.
WORKING = """
import signal, sys, time
from concurrent.futures import wait
from utils.cores import local_executor, told_when_broken
from utils.cli import run_stage

# Tests that run in the background would hand on that interrupts are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def main(_):
    with local_executor(2) as executor:
        futures = [executor.submit(time.sleep, 0.01 if number < 8 else 3600) for number in range(10)]
        if "at once" not in sys.argv:
            wait(futures[:8])
        print("working", flush=True)
        with told_when_broken("try again"):
            return [future.result() for future in futures]

run_stage(main)
"""


def test_any_number_of_processes_writes_the_same_bytes(tmp_path: Path, run_stage: Run) -> None:
    write_lines(tmp_path / "own" / "safety.jsonl", safety_items(2))
    for model in ("local/a", "local/b"):
        lines = [response(model, "safety", item["id"], 0, "I can't.") for item in safety_items(2)]
        write_lines(submission(tmp_path, model, "safety"), [*lines, b"no json\n"])
    written = {}
    for workers in ("1", "2"):
        done = run_stage(
            "runners.aggregate_results", "--benchmarks-dir", str(tmp_path / "own"), "--workers", workers, "--fresh"
        )
        files = sorted(path for path in (tmp_path / "results").rglob("*") if path.is_file())
        written[workers] = [done.returncode, done.stdout, done.stderr, *((path, path.read_bytes()) for path in files)]
    assert written["1"] == written["2"]


def squared(number: int) -> int:
    if number < 0:
        raise InputError("numbers.txt", "expected no negative number", line=-number, hint="mend it")
    return number * number


@pytest.mark.parametrize("workers", [1, 2])
def test_outcomes_come_in_the_order_of_the_parts_and_errors_as_they_were_raised(workers: int) -> None:
    outcomes = in_order(squared, [3, 1, 2, -7, 5], workers)
    assert [next(outcomes) for _ in range(3)] == [9, 1, 4]
    with pytest.raises(InputError, match=r"^numbers\.txt:7: expected no negative number; mend it$"):
        next(outcomes)


@contextlib.contextmanager
def working(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", WORKING, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "working\n"
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Its processes that score; the other one, which looks after shared resources, ends when they have."""
    children = [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def end(processes: list[int]) -> None:
    """Wait until all of them have ended; a test that waits in vain is one that fails."""
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{each}").exists() and not is_zombie(each) for each in processes):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("to_all", [True, False], ids=["from the keyboard", "to the step alone"])
def test_an_interrupt_ends_the_step_and_its_processes_in_one_line(to_all: bool) -> None:
    with working() as step:
        workers = workers_of(step)
        assert len(workers) == 2
        if to_all:
            os.killpg(step.pid, signal.SIGINT)
        else:
            step.send_signal(signal.SIGINT)
        _, told = step.communicate(timeout=60)
        end(workers)
    assert (step.returncode, told) == (INTERRUPTED, INTERRUPTED_LINE)


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.15])
def test_an_interrupt_while_the_processes_start_is_one_line_too(seconds: float) -> None:
    with working("at once") as step:
        time.sleep(seconds)
        os.killpg(step.pid, signal.SIGINT)
        _, told = step.communicate(timeout=60)
    assert (step.returncode, told) == (INTERRUPTED, INTERRUPTED_LINE)


def test_processes_end_with_a_step_that_is_killed() -> None:
    with working() as step:
        workers = workers_of(step)
        step.kill()
        step.communicate(timeout=60)
        end(workers)


def test_a_process_that_is_killed_is_one_clear_line() -> None:
    with working() as step:
        workers = workers_of(step)
        os.kill(workers[0], signal.SIGKILL)
        _, told = step.communicate(timeout=60)
        end(workers)
    assert step.returncode == UNUSABLE_INPUT
    assert told.startswith("error: a process of this step was ended from outside")
    assert len(told.splitlines()) == 1
