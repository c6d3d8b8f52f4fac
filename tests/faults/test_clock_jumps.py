"""A clock that jumps by days, back and forth, while step 1 asks: nothing waits for it, is lost or asked twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.runners.answering import read_lines, safety_items, submission, write_lines
from tests.runners.stormy_server import Weather, weather
from utils.layout import REPOSITORY

# Python reads this file when it starts. The clock of the process is a day ahead, two days behind, three ahead, ...
JUMPING = """
import datetime, itertools, time

days = itertools.accumulate(itertools.count(1), lambda total, step: -total + (1 if total < 0 else -1))
read, read_ns = time.time, time.time_ns
time.time = lambda: read() + 86400 * next(days)
time.time_ns = lambda: read_ns() + 86400 * 10**9 * next(days)


class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(days=next(days))


datetime.datetime = Jumping
"""


def test_a_clock_that_jumps_neither_stalls_nor_repeats(
    tmp_path: Path, run_stage: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(JUMPING, encoding="utf-8")
    write_lines(tmp_path / "own" / "safety.jsonl", safety_items(20))
    own = ("--benchmarks-dir", str(tmp_path / "own"))
    with weather(Weather(rate_limited=0.2, failing=0.1, retry_after=0.05, seed=5)) as server:
        flags = (
            "--models",
            "openai/m",
            "--items",
            "40",
            "--runs",
            "2",
            "--confidence",
            "none",
            "--rpm",
            "openai=6000",
            *own,
        )
        for _ in range(2):
            done = run_stage(
                "runners.auto_run_async", *flags, PYTHONPATH=f"{tmp_path / 'clock'}{os.pathsep}{REPOSITORY}",
                OPENAI_API_KEY="sk-test-clock", OPENAI_BASE_URL=f"{server.address}/v1",
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        answered = server.tally()["answered"]
    records = read_lines(submission(tmp_path, "openai/m", "safety"))
    assert len({(record["item_id"], record["run"]) for record in records}) == len(records) == answered == 80
    moments = [datetime.fromisoformat(record["created_at"]) for record in records]
    assert any(later < earlier for earlier, later in pairwise(moments))  # it did jump
    done = run_stage("runners.aggregate_results", *own)
    assert (done.returncode, done.stdout.partition(" models")[0]) == (0, "80 responses of 1"), done.stderr
