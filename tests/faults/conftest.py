"""A root that all offline stages have run on, made once for the faults that befall it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.verification.recomputation import STEPS
from tests.faults.small_root import run, write_submissions


@pytest.fixture(scope="session")
def finished_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    write_submissions(root)
    for stage in STEPS:
        assert run(stage, root).code == 0
    return root


@pytest.fixture
def copied(finished_root: Path, tmp_path: Path) -> Callable[[], Path]:
    """A fresh copy of the root at each call, in tmp_path, which the fixture `run_stage` takes as the root too."""

    def copy() -> Path:
        for path in tmp_path.iterdir():
            path.unlink() if path.is_symlink() or not path.is_dir() else shutil.rmtree(path)
        return shutil.copytree(finished_root, tmp_path, dirs_exist_ok=True, symlinks=True)

    return copy
