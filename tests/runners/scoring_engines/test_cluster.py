"""A Dask cluster of two workers on this machine: the local bytes, from a store too, and with one of them killed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runners.aggregate_results import main
from runners.scoring_engines import cluster, line_ranges
from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.kept_tables import KeptTables
from runners.scoring_engines.scheduling import FileJob
from tests.runners.answering import response, safety_items, submission, write_lines
from tests.runners.scoring_engines.conftest import HAS_S3, Upload, needs_s3, results
from utils.errors import DONE, UserError
from utils.layout import REPOSITORY

MODELS = 12
WAIT_SECONDS = 60

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="dask.distributed is not installed: pip install -r requirements-cluster.txt",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_lines(tmp_path / "own" / "safety.jsonl", safety_items(3))
    for number in range(MODELS):
        model = f"local/m{number}"
        lines = [response(model, "safety", item["id"], run, "No.") for run in range(20) for item in safety_items(3)]
        write_lines(submission(tmp_path, model, "safety"), lines)
    return tmp_path


def step(root: Path, *options: str) -> int:
    return main(["--root", str(root), "--benchmarks-dir", str(root / "own"), "--fresh", *options])


def dask(stack: ExitStack, *arguments: str, folder: Path = REPOSITORY) -> subprocess.Popen[bytes]:
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"], cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    )  # fmt: skip
    stack.callback(process.kill)
    return process


def started(
    stack: ExitStack, told: Path, *, workers: int, folder: Path = REPOSITORY
) -> tuple[list[subprocess.Popen[bytes]], str]:
    """Workers, and the address of their scheduler once all have come.

    Args:
        told: the file in which the scheduler tells its address.
        folder: where the scheduler is started.
    """
    from distributed import Client
    from distributed.utils import json_load_robust

    dask(stack, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told), folder=folder)
    worker = ("worker", "--scheduler-file", str(told), "--nthreads", "1", "--no-nanny")
    processes = [dask(stack, *worker, "--host", "127.0.0.1") for _ in range(workers)]
    address: str = json_load_robust(told, timeout=WAIT_SECONDS)["address"]  # it may be there in part
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=WAIT_SECONDS)
    return processes, address


@pytest.fixture(scope="module")
def cluster_of_two(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[list[subprocess.Popen[bytes]], str]]:
    """Two workers, which know of the store where there is one, and their scheduler's address."""
    if HAS_S3:
        request.getfixturevalue("s3")
    with ExitStack() as stack:
        yield started(stack, tmp_path_factory.mktemp("cluster") / "scheduler.json", workers=2)


@pytest.fixture(scope="module")
def workers(cluster_of_two: tuple[list[subprocess.Popen[bytes]], str]) -> list[subprocess.Popen[bytes]]:
    return cluster_of_two[0]


@pytest.fixture(scope="module")
def scheduler(cluster_of_two: tuple[list[subprocess.Popen[bytes]], str]) -> str:
    return cluster_of_two[1]


@needs_dask
@needs_s3
@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_cluster_that_reads_from_a_store_writes_the_bytes_of_the_local_step(
    root: Path, scheduler: str, upload: Upload, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for folder in sorted((root / "submissions").iterdir())[3:]:
        shutil.rmtree(folder)
    assert step(root) == DONE
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(root / "own", elsewhere / "own")
    options = ("--engine", "dask", "--scheduler", scheduler, "--submissions", upload(root))
    assert step(elsewhere, *options) == DONE
    assert results(elsewhere) == results(root)


@needs_dask
@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_cluster_that_loses_a_worker_writes_the_bytes_of_the_local_step(
    root: Path, workers: list[subprocess.Popen[bytes]], scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert step(root) == DONE
    wanted = results(root)
    for path in (root / "results" / "items").rglob("*.csv"):
        path.unlink()
    monkeypatch.setattr(line_ranges.line_ranges, "__defaults__", (4_000,))  # some ranges a file
    kept: list[FileJob] = []
    keep = KeptTables.keep

    def kill_one(self: KeptTables, job: FileJob, outcome: FileOutcome) -> None:
        kept.append(job)
        if len(kept) == 2:
            workers[0].kill()
            workers[0].wait()
        keep(self, job, outcome)

    monkeypatch.setattr(KeptTables, "keep", kill_one)
    assert step(root, "--engine", "dask", "--scheduler", scheduler) == DONE
    assert results(root) == wanted
    assert workers[0].poll() is not None
    assert len(kept) == MODELS
    monkeypatch.setattr(cluster, "scorer_fingerprint", lambda: "of another checkout")
    with pytest.raises(UserError, match="another version of TrustBench"):
        step(root, "--engine", "dask", "--scheduler", scheduler)


@needs_dask
@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_scheduler_that_was_started_elsewhere_is_one_clear_line(root: Path, tmp_path: Path) -> None:
    told = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        address = started(stack, told, workers=1, folder=tmp_path)[1]
        with pytest.raises(UserError, match="the cluster's scheduler: the module runners is not there; start all with"):
            step(root, "--engine", "dask", "--scheduler", address)


@needs_dask
@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_a_scheduler_that_does_not_answer_is_one_clear_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(UserError, match="no Dask scheduler answers there"):
        step(root, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")


def test_without_dask_the_command_that_brings_it_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install -r requirements-cluster\.txt"):
        step(root, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert step(root) == DONE


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--engine", "dask"), "go together"),
        (("--scheduler", "tcp://127.0.0.1:9"), "go together"),
        (("--engine", "dask", "--scheduler", "tcp://127.0.0.1:9", "--workers", "2"), "--workers is for --engine local"),
    ],
)
def test_options_that_do_not_go_together_are_told(root: Path, options: tuple[str, ...], told: str) -> None:
    with pytest.raises(UserError, match=told):
        step(root, *options)
