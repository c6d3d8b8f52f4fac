"""What several folders of tests share."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.warm_processes import Process, WarmPython
from utils.layout import REPOSITORY

# No deadline: the machines that run the tests are shared, and timing is never asserted.
settings.register_profile("default", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("default")

KEY_VARIABLES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "XAI_API_KEY")

MAIN = sys.modules["__main__"]

# Begun first, the longest first of all, so that no process is left with one of them when the others have ended.
LONG_FILES = (
    "test_readme.py", "browser/test_pages.py", "runners/test_auto_run_async.py", "runners/verification/test_verify.py",
    "browser/test_use.py", "leaderboard/test_build_leaderboard.py", "runners/test_weather.py", "llm/test_local.py",
    "analysis_plots/test_plot_calibration.py", "llm/batches/test_batch_interruptions.py",
    "faults/test_killed_stages.py", "faults/test_clock_jumps.py", "faults/test_broken_files.py",
)  # fmt: skip

Stage = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., Process]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A file with one of the certificates that this machine trusts; None where it trusts none."""
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not known:
        return None
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(known[0]))
    return path


@pytest.fixture
def one_authority(authority: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients load one certificate, not all that the machine trusts, in a test where nothing speaks TLS."""
    if authority:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """Put the main module back: a page that is tested takes its place, and a spawned process would run it."""
    yield
    sys.modules["__main__"] = MAIN


@pytest.fixture
def stage_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a stage in a process of its own: no keys, weights from the repository's cache."""
    kept = {name: value for name, value in os.environ.items() if name not in KEY_VARIABLES}
    return {**kept, **dict.fromkeys(KEY_VARIABLES, ""), "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="session")
def warm_python() -> Iterator[WarmPython | None]:
    """The process whose forks are the stages; a fork is safe on Linux alone."""
    if sys.platform != "linux":
        yield None
        return
    process = WarmPython()
    yield process
    process.close()


@pytest.fixture
def start_stage(tmp_path: Path, stage_environment: dict[str, str], warm_python: WarmPython | None) -> Start:
    """Start `python -m STAGE ARGUMENTS --root TMP`; the rest as for `run_stage`."""

    def start(stage: str, *arguments: str, bound_by_rights: bool = False, **environment: str) -> Process:
        arguments, environment = (*arguments, "--root", str(tmp_path)), {**stage_environment, **environment}
        refused = _bound_by_rights() if bound_by_rights else []
        as_usual = environment["PYTHONPATH"] == stage_environment["PYTHONPATH"]
        if warm_python and as_usual and not refused:
            return warm_python.start(stage, arguments, environment, tmp_path)
        return subprocess.Popen(
            [*refused, sys.executable, "-m", stage, *arguments], env=environment, cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


@pytest.fixture
def run_stage(start_stage: Start) -> Stage:
    """Run `python -m STAGE ARGUMENTS --root TMP` as a user does; further environment variables by keyword.

    `bound_by_rights` makes the rights of files and folders count for root too, as they do for everybody else.
    """

    def run(stage: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        process = start_stage(stage, *arguments, **options)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess([stage, *arguments], process.returncode, out, err)

    return run


def _bound_by_rights() -> list[str]:
    """What to put before a command, so that even root is refused where rights refuse."""
    if os.name == "nt":
        pytest.skip("rights are those of Unix")
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root is refused nothing, and setpriv (util-linux), which takes that away, is not installed")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
