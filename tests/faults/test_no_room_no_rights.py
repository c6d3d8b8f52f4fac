"""A disk that is full and a folder that may not be written: one clear line, and what was there is still whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runners.verification.recomputation import STEPS
from tests.conftest import Stage
from tests.faults.small_root import run, written
from tests.utils.full_disk import files_no_larger_than
from utils.errors import UNUSABLE_INPUT

FOLDER = {stage: "leaderboard" if stage.startswith("leaderboard.") else "results" for stage in STEPS}


@pytest.mark.parametrize("stage", STEPS)
@pytest.mark.parametrize("room", [0, 400])
def test_a_full_disk_is_one_clear_line_and_leaves_whole_files(
    stage: str, room: int, copied: Callable[[], Path]
) -> None:
    root = copied()
    before = written(root)
    with files_no_larger_than(room):
        ending = run(stage, root)
    assert ending.code == UNUSABLE_INPUT
    assert ending.told.count("error: ") == 1
    assert "free space" in ending.told
    after = written(root)
    assert {name: before[name] for name in after} == after


@pytest.mark.parametrize("stage", STEPS)
def test_a_folder_that_may_not_be_written_is_one_clear_line(
    stage: str, run_stage: Stage, copied: Callable[[], Path]
) -> None:
    root = copied()
    before = written(root)
    folders = [root / FOLDER[stage], *(path for path in (root / FOLDER[stage]).rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = run_stage(stage, "--benchmarks-dir", str(root / "own"), bound_by_rights=True)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert (done.returncode, done.stderr.count("error: ")) == (UNUSABLE_INPUT, 1), done.stderr
    assert "cannot be written" in done.stderr
    assert written(root) == before
