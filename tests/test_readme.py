"""The README's commands work as written: the eight steps on the embedded models, and every other command after them."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llm.model_file import read_model_file
from llm.weights import CACHE_VARIABLE, find_weights
from tests.conftest import KEY_VARIABLES
from utils.layout import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]
STEPS = [
    "python3 -m runners.auto_run_async",
    "python3 -m runners.aggregate_results",
    "python3 -m runners.run_consistency",
    "python3 -m analysis.confidence_calibration",
    "python3 -m analysis.plot_calibration",
    "python3 -m leaderboard.build_leaderboard",
    "python3 -m analysis.baseline_deltas",
]
DASHBOARD = "streamlit run app.py"
# Installing and making are what `.ci/run` does with these very commands; the rest is for a person.
ELSEWHERE = re.compile(r"git clone|cd |cp |make |pip install|python3 -m venv|\. ")


# What a clone does not hold: environments, caches, and the outputs of a run.
NOT_COPIED = (".git", ".venv", ".env", ".cache", ".*_cache", ".hypothesis", "__pycache__")
NOT_COPIED += ("artifacts", "leaderboard.csv", "leaderboard.json")

LONGEST_REPLY = re.compile(r"^max_tokens = \d+$", re.MULTILINE)


@dataclass
class Newcomer:
    """A copy of the project with few and short items, and short replies; its first seven steps were run."""

    folder: Path
    environment: dict[str, str]
    done: dict[str, subprocess.CompletedProcess[str]]

    def run(self, command: str, *, without_network: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command line in a shell, as a user types it."""
        prefix = _without_network() if without_network else []
        return subprocess.run(
            [*prefix, "bash", "-c", command],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip

    def submissions(self) -> list[Path]:
        return [path for path in (self.folder / "submissions").glob("*/*.jsonl") if "errors" not in path.name]

    def results(self) -> dict[str, str]:
        """SHA-256 of every file that must have the same bytes each time, by its path."""
        files = [path for path in (self.folder / "results").rglob("*") if path.is_file()]
        files += [self.folder / "leaderboard" / f"leaderboard.{kind}" for kind in ("csv", "json")]
        return {str(p.relative_to(self.folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    folder = tmp_path_factory.mktemp("newcomer") / "trustbench"
    shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for name in ("submissions", "results"):
        shutil.rmtree(folder / name)
    for path in (folder / "benchmarks").glob("*.jsonl"):
        path.write_text("".join(_short_items(path)), encoding="utf-8")
    models = folder / "llm" / "models.toml"
    models.write_text(LONGEST_REPLY.sub("max_tokens = 8", models.read_text(encoding="utf-8")), encoding="utf-8")
    weights = read_model_file()["local/smollm2-135m"].weights
    assert weights is not None
    # Bytecode is written, as for most users, so that not every command compiles everything again.
    others = (*KEY_VARIABLES, "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in others}
    environment |= {
        CACHE_VARIABLE: str(find_weights(weights, REPOSITORY, lambda _: None).parent),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
    }
    made = Newcomer(folder, environment, {})
    for step in STEPS:
        made.done[step] = made.run(step, without_network=step != STEPS[0])
    return made


def test_the_readme_lists_the_eight_steps_in_their_order() -> None:
    places = [COMMANDS.index(step) for step in [*STEPS, DASHBOARD]]
    assert places == sorted(places)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_works_as_written(newcomer: Newcomer, step: str) -> None:
    done = newcomer.done[step]
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="a namespace without a network is made as on Linux")
def test_the_steps_after_the_first_ran_where_no_network_was(newcomer: Newcomer) -> None:
    if not _without_network():
        pytest.skip("this machine does not let us make a network namespace (unshare --net)")
    probe = "python3 -c \"import urllib.request as r; r.urlopen('https://pypi.org', timeout=5)\""
    assert newcomer.run(probe, without_network=True).returncode != 0
    assert all(newcomer.done[step].returncode == 0 for step in STEPS[1:])


def test_the_leaderboard_ranks_both_models_with_intervals(newcomer: Newcomer) -> None:
    told = newcomer.done["python3 -m leaderboard.build_leaderboard"].stdout
    assert "local/smollm2-135m" in told
    assert "local/smollm2-135m-careful" in told
    rows = (newcomer.folder / "leaderboard" / "leaderboard.csv").read_text().splitlines()
    assert len(rows) == 3
    assert "overall_ci_low" in rows[0]


def test_step_1_asks_the_embedded_models_where_no_key_is_set(newcomer: Newcomer) -> None:
    assert "no key is set" in newcomer.done[STEPS[0]].stdout
    replies = [json.loads(line) for file in newcomer.submissions() for line in file.read_text("utf-8").splitlines()]
    assert len({(reply["model"], reply["item_id"], reply["run"]) for reply in replies}) == len(replies)
    assert {reply["model"] for reply in replies} == {"local/smollm2-135m", "local/smollm2-135m-careful"}
    assert all(0 <= int(reply["confidence_response"]) <= 100 for reply in replies if reply["response"].strip())


def test_shuffled_submissions_are_scored_to_the_same_bytes(newcomer: Newcomer) -> None:
    first = newcomer.results()
    assert len(first) > 30
    kept = {path: path.read_bytes() for path in newcomer.submissions()}
    for path, content in kept.items():
        lines = content.splitlines(keepends=True)
        random.Random(3).shuffle(lines)
        path.write_bytes(b"".join(lines))
    try:
        assert newcomer.run(f"{STEPS[1]} --fresh").returncode == 0
        assert newcomer.results() == first
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def test_step_1_asks_nothing_twice(newcomer: Newcomer) -> None:
    again = newcomer.run(STEPS[0])
    assert again.returncode == 0
    assert "Everything is answered already" in again.stdout


def test_no_step_writes_outside_its_folders(newcomer: Newcomer) -> None:
    made = {path.name for path in newcomer.folder.iterdir()}
    there = {path.name for path in REPOSITORY.iterdir()} | {".cache", "__pycache__"}
    assert made <= there


@pytest.mark.parametrize("command", [c for c in COMMANDS if not ELSEWHERE.match(c)])
def test_every_other_command_works_as_written(newcomer: Newcomer, command: str) -> None:
    if command in (*STEPS, DASHBOARD):
        return
    done = newcomer.run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", sorted({c for c in COMMANDS if c.startswith("make ")}))
def test_every_make_target_of_the_readme_is_there(command: str) -> None:
    dry = [*command.split(), "--dry-run"]
    done = subprocess.run(dry, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def dashboard(newcomer: Newcomer) -> Iterator[str]:
    """The address of the dashboard, started as written."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {"HEADLESS": "true", "PORT": port, "ADDRESS": "127.0.0.1"}
    settings = {f"STREAMLIT_SERVER_{name}": value for name, value in settings.items()}
    process = subprocess.Popen(
        DASHBOARD.split(), cwd=newcomer.folder, env={**newcomer.environment, **settings},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(60)


def test_the_dashboard_starts_as_written(dashboard: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"{dashboard}/_stcore/health", timeout=1) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the dashboard did not answer")


def _short_items(benchmark: Path) -> list[str]:
    """The line of the shortest item; for safety, that of the shortest with the other answer, too.

    The shortest in bytes: a model reads a letter beyond ASCII as several tokens.
    """
    lines = sorted(benchmark.read_text(encoding="utf-8").splitlines(keepends=True), key=lambda line: len(line.encode()))
    answer = json.loads(lines[0])["expected"]
    others = [line for line in lines if json.loads(line)["expected"] != answer]
    return [lines[0], *(others[:1] if benchmark.stem == "safety" else [])]


def _without_network() -> list[str]:
    """What to put before a command to run it where no network is: a network namespace of its own, where possible."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
        return prefix
    return []
