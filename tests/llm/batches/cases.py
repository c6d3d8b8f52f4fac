"""What the tests of `--batch` share: the models asked, the step's flags, and what it keeps."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Start
from tests.llm.batches.batch_server import BatchServer
from tests.llm.providers import KEY
from tests.runners.answering import read_lines, submission

Run = Callable[..., "subprocess.CompletedProcess[str]"]

STEP = "runners.auto_run_async"
# A model of each provider whose batch price the model file knows.
MODELS = {
    "openai": "openai/gpt-6-luna",
    "anthropic": "anthropic/claude-haiku-4-5",
    "google": "google/gemini-3.5-flash-lite",
}
VERSIONS = {"openai": "/v1", "anthropic": "", "google": ""}
PRICE = """
[models."{model}"]
accepts = ["temperature"]
[models."{model}".price]
input = 1.0
output = 4.0
batch_input = 0.5
batch_output = 2.0
"""

each = pytest.mark.parametrize("provider", list(MODELS))


def flags(folder: Path, provider: str, *more: str) -> list[str]:
    return [
        "--batch", "--poll", "0.01", "--models", MODELS[provider], "--items", "4", "--runs", "2",
        "--benchmarks-dir", str(folder / "benchmarks"), "--models-file", str(folder / "models.toml"), *more,
    ]  # fmt: skip


def environment(server: BatchServer) -> dict[str, str]:
    name = server.provider.upper()
    return {f"{name}_API_KEY": KEY, f"{name}_BASE_URL": server.address + VERSIONS[server.provider]}


def batches(folder: Path, provider: str) -> Path:
    return submission(folder, MODELS[provider], "small").with_name("batches.json")


def stored(folder: Path, provider: str) -> list[dict[str, Any]]:
    path = submission(folder, MODELS[provider], "small")
    return read_lines(path) if path.exists() else []


def errors(folder: Path, provider: str) -> list[dict[str, Any]]:
    path = submission(folder, MODELS[provider], "small").with_name("small.errors.jsonl")
    return read_lines(path) if path.exists() else []


def assert_no_key(folder: Path, *outputs: str) -> None:
    for path in folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert all(KEY not in output for output in outputs)


def assert_all_answered_once(folder: Path, server: BatchServer, *, follow_up: bool) -> None:
    lines = stored(folder, server.provider)
    assert len({(line["item_id"], line["run"]) for line in lines}) == len(lines) == 8
    for line in lines:
        assert line["response"] == f"Reply to {line['messages'][-1]['content']}"  # its own, whatever the order
        assert line["confidence_response"] == ("80" if follow_up else None)
    # Each prompt is asked in two runs; each is paid once, and once more for its follow-up.
    assert set(server.paid.values()) == {2}
    assert len(server.paid) == (8 if follow_up else 4)
    assert not batches(folder, server.provider).exists()


def run_to_the_end(folder: Path, server: BatchServer, run_stage: Run, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the step, after which every request is answered and paid once; with follow-ups unless `more` has none."""
    run = run_stage(STEP, *flags(folder, server.provider, *more), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up="none" not in more)
    return run


def wait_until_submitted(folder: Path, provider: str, phase: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if batches(folder, provider).exists():
            record = json.loads(batches(folder, provider).read_text())["batches"]
            if any((batch["phase"], batch["status"]) == (phase, "submitted") for batch in record):
                return
        time.sleep(0.01)
    raise AssertionError("nothing was submitted")


def kill_when_submitted(folder: Path, server: BatchServer, start_stage: Start, phase: str, *more: str) -> None:
    process = start_stage(STEP, *flags(folder, server.provider, *more), **environment(server))
    try:
        wait_until_submitted(folder, server.provider, phase)
    finally:
        process.kill()
        process.communicate()
