"""Steps 2 to 7 once more, in a temporary place, from the submissions alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from utils.errors import DONE, PARTLY_FAILED, UserError
from utils.layout import REPOSITORY, Layout
from utils.responses import submission_files

STEPS = (
    "runners.aggregate_results",
    "runners.run_consistency",
    "analysis.confidence_calibration",
    "analysis.plot_calibration",
    "leaderboard.build_leaderboard",
    "analysis.baseline_deltas",
)


def recompute(layout: Layout, scratch: Path, announce: Callable[[str], None]) -> Layout:
    """Run steps 2 to 7 on a copy of the submissions, with the choices that the results name; where they lie.

    Args:
        scratch: an empty folder, which becomes the root.
        announce: told of each step before it runs.

    Raises:
        UserError: a step could not do its work; its own line says why.
    """
    for path in submission_files(layout):
        target = scratch / path.relative_to(layout.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for step in STEPS:
        announce(step)
        arguments = ["--root", str(scratch), "--benchmarks-dir", str(layout.benchmarks), *_choices(step, layout)]
        done = subprocess.run(  # noqa: S603  # our own modules
            [sys.executable, "-m", step, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (DONE, PARTLY_FAILED):
            told = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise UserError(f"{step} cannot be run again: {told.removeprefix('error: ')}")
    return Layout(root=scratch, benchmarks=layout.benchmarks)


def _choices(step: str, layout: Layout) -> Iterator[str]:
    """The flags with which a step was run, as its own results name them."""
    if step == "analysis.baseline_deltas":
        rows = _json(layout.results / "deltas.json")
        baseline = rows[0].get("baseline") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
        if isinstance(baseline, str):
            yield from ("--baseline", baseline)
    if step == "leaderboard.build_leaderboard":
        settings = _json(layout.artifacts / "provenance.json")
        settings = settings.get("settings") if isinstance(settings, dict) else None
        if isinstance(settings, dict):
            for name in ("seed", "resamples"):
                if isinstance(settings.get(name), int):
                    yield from (f"--{name}", str(settings[name]))
            weights = settings.get("weights")
            if isinstance(weights, dict) and weights:
                yield from ("--weights", ",".join(f"{name}={weight}" for name, weight in sorted(weights.items())))


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
