"""Step 1 in bad weather, as a user runs it: each request is answered once, asked no more than needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.runners.answering import read_lines, safety_items, submission, write_lines
from tests.runners.stormy_server import Server, Weather, weather
from tests.utils.full_disk import files_no_larger_than

Run = Callable[..., "subprocess.CompletedProcess[str]"]

STEP = "runners.auto_run_async"
KEY = "sk-test-Zq81Lm2Pw0RtYy77"
# Of a hundred requests 26 meet a fault, so that one answer takes 1 / 0.74 = 1.35 requests.
STORM = Weather(rate_limited=0.15, failing=0.05, cut=0.03, hanging=0.02, malformed=0.01, retry_after=0.05, seed=3)
MOST_REQUESTS_FOR_AN_ANSWER = 1.45


def asked_through_a_storm(tmp_path: Path, run_stage: Run, items: int, runs: int) -> None:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(items // 2))
    with weather(STORM) as server:
        done = run_stage(
            STEP, "--models", "openai/m", "--confidence", "none", "--items", str(items), "--runs", str(runs),
            "--timeout", "3", "--concurrency", "100", "--log-level", "debug",
            "--benchmarks-dir", str(tmp_path / "benchmarks"),
            OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{server.address}/v1",
        )  # fmt: skip
        tally = server.tally()
    tally.pop("most_in_flight")
    assert done.returncode == 0, done.stderr[-2000:]
    path = submission(tmp_path, "openai/m", "small")
    records = read_lines(path)
    needed = items * runs
    assert Counter((record["item_id"], record["run"]) for record in records) == {
        (item["id"], run): 1 for item in safety_items(items // 2) for run in range(runs)
    }
    assert all(record["response"] == f"seed {record['seed']}" for record in records)
    assert not path.with_name("small.errors.jsonl").exists()
    assert set(tally) == {"answered", "rate_limited", "failing", "cut", "hanging", "malformed"}
    assert sum(record["attempts"] for record in records) == sum(tally.values())
    assert sum(tally.values()) <= MOST_REQUESTS_FOR_AN_ANSWER * needed
    print(f"{sum(tally.values()) / needed:.3f} requests an answer; {done.stdout.splitlines()[-2]}; {tally}")
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for part in (KEY, KEY[:8], KEY[-8:], "Authorization", "Bearer"):
        assert part not in done.stdout + done.stderr
        assert part.encode() not in kept


def test_every_request_is_answered_once_through_a_storm(tmp_path: Path, run_stage: Run) -> None:
    asked_through_a_storm(tmp_path, run_stage, items=20, runs=10)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on Unix")
@pytest.mark.parametrize(
    ("sky", "times", "asked"),
    [
        (Weather(rate_limited=1.0, retry_after=200), 1, 10),
        (Weather(failing=1.0), 1, 40),
        (Weather(hanging=1.0), 2, 10),
    ],
    ids=["in a long pause once", "in backoff once", "in a request that hangs twice"],
)
def test_ctrl_c_does_not_wait_out(sky: Weather, times: int, asked: int, tmp_path: Path, start_stage: Start) -> None:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(50))
    with weather(sky) as server:
        process = start_stage(
            STEP, "--models", "openai/m", "--items", "100", "--timeout", "100",
            "--benchmarks-dir", str(tmp_path / "benchmarks"),
            OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{server.address}/v1",
        )  # fmt: skip
        until_asked(server, asked)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert not submission(tmp_path, "openai/m", "small").exists()


def until_asked(server: Server, asked: int) -> None:
    while sum(server.tally().values()) < asked:
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_fills_up_is_one_clear_line_and_whole_lines_are_kept(tmp_path: Path, run_stage: Run) -> None:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(50))
    with weather(Weather()) as server, files_no_larger_than(6000):
        done = run_stage(
            STEP, "--models", "openai/m", "--confidence", "none", "--items", "100",
            "--benchmarks-dir", str(tmp_path / "benchmarks"),
            OPENAI_API_KEY=KEY, OPENAI_BASE_URL=f"{server.address}/v1",
        )  # fmt: skip
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert "cannot be written" in told
    assert len(read_lines(submission(tmp_path, "openai/m", "small"))) > 0


def test_the_cost_limit_is_not_passed_keeps_all_and_exits_1(tmp_path: Path, run_stage: Run) -> None:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(50))
    with weather(Weather()) as server:
        flags = ("--items", "100", "--benchmarks-dir", str(tmp_path / "benchmarks"), "--max-cost", "0.01")
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.address}/v1"}
        unknown = run_stage(STEP, "--models", "openai/m", *flags, **keys)
        assert unknown.returncode == 2
        assert "the price of openai/m is unknown" in unknown.stderr
        done = run_stage(STEP, "--models", "openai/gpt-4.1", "--max-tokens", "200", *flags, **keys)
    assert done.returncode == 1
    assert "Stopped before 0.01 USD could be passed" in done.stdout
    records = read_lines(submission(tmp_path, "openai/gpt-4.1", "small"))
    assert 0.005 < sum(record["cost_usd"] for record in records) <= 0.01


@pytest.mark.parametrize("flag", ["--rpm", "--tpm"])
@pytest.mark.parametrize("value", ["openai", "openai=", "openai=0", "openai=1.5", "nobody=5", "=5"])
def test_a_limit_that_is_none_is_one_clear_line(flag: str, value: str, tmp_path: Path, run_stage: Run) -> None:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(2))
    folder = str(tmp_path / "benchmarks")
    done = run_stage(STEP, "--models", "openai/m", "--benchmarks-dir", folder, flag, value, OPENAI_API_KEY=KEY)
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert f"{flag} '{value}': expected PROVIDER=N" in told
