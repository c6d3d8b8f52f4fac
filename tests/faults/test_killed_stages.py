"""kill -9 at any moment of a stage: the files are whole, and running it again gives the same bytes."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.verification.recomputation import STEPS
from tests.conftest import Stage, Start
from tests.faults.small_root import written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a Unix way to end a process")

# As long as a stage takes here; where it takes longer, it is killed while it starts, where less, it has ended.
SECONDS = 0.3


@pytest.mark.parametrize("stage", STEPS)
def test_a_stage_that_is_killed_leaves_whole_files_and_ends_alike_when_it_is_run_again(
    stage: str, copied: Callable[[], Path], start_stage: Start, run_stage: Stage
) -> None:
    root = copied()
    wanted = written(root)
    chance = random.Random(stage)
    for _ in range(2):
        process = start_stage(stage, "--benchmarks-dir", str(root / "own"))
        time.sleep(chance.uniform(0, SECONDS))
        process.kill()
        process.communicate()
        whole = written(root)
        # A file is the one that it was, or for a while none at all (provenance, which comes last).
        assert {name: content for name, content in wanted.items() if name in whole} == whole
    assert run_stage(stage, "--benchmarks-dir", str(root / "own")).returncode == 0
    assert written(root) == wanted
