"""kill -9 at any moment of a stage: the files are whole, and running it again gives the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.verification.recomputation import STEPS
from tests.faults.small_root import written
from utils.layout import REPOSITORY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a Unix way to end a process")

# As long as a stage takes here; where it takes longer, it is killed while it starts, where less, it has ended.
SECONDS = 1.5


def start(stage: str, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", stage, "--root", str(root), "--benchmarks-dir", str(root / "own")],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("stage", STEPS)
def test_a_stage_that_is_killed_leaves_whole_files_and_ends_alike_when_it_is_run_again(
    stage: str, copied: Callable[[], Path]
) -> None:
    root = copied()
    wanted = written(root)
    chance = random.Random(stage)
    for _ in range(2):
        with start(stage, root) as process:
            time.sleep(chance.uniform(0.3, SECONDS))
            process.kill()
        whole = written(root)
        # A file is the one that it was, or for a while none at all (provenance, which comes last).
        assert {name: content for name, content in wanted.items() if name in whole} == whole
    with start(stage, root) as process:
        assert process.wait() == 0
    assert written(root) == wanted
