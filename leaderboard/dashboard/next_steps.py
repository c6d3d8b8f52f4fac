"""Which stages have run, and which command comes next."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from utils.errors import UserError
from utils.layout import REPOSITORY, Layout
from utils.responses import submission_files


@dataclass(frozen=True)
class Stage:
    """A stage, what it does in a few words, and whether its output is there."""

    module: str
    does: str
    done: Callable[[Layout], bool]


def _collected(layout: Layout) -> bool:
    try:
        return bool(submission_files(layout))
    except UserError:
        return False


STAGES = (
    Stage("runners.auto_run_async", "asks the models and collects their responses", _collected),
    Stage("runners.aggregate_results", "scores the responses", lambda at: (at.results / "metrics.json").exists()),
    Stage("runners.run_consistency", "compares the runs", lambda at: (at.results / "consistency.json").exists()),
    Stage(
        "analysis.confidence_calibration",
        "compares confidence with correctness",
        lambda at: (at.results / "calibration.json").exists(),
    ),
    Stage("analysis.plot_calibration", "draws the plots", lambda at: any(at.plots.glob("*.png"))),
    Stage(
        "leaderboard.build_leaderboard",
        "ranks the models and writes the report",
        lambda at: (at.leaderboard / "leaderboard.json").exists(),
    ),
    Stage(
        "analysis.baseline_deltas",
        "compares each model with a baseline",
        lambda at: (at.results / "deltas.json").exists(),
    ),
)


def command(module: str, layout: Layout) -> str:
    """The command line that runs a stage on this root and these benchmarks."""
    words = ["python3", "-m", module]
    if layout.root != REPOSITORY:
        words += ["--root", str(layout.root)]
    if layout.benchmarks != REPOSITORY / "benchmarks":
        words += ["--benchmarks-dir", str(layout.benchmarks)]
    return shlex.join(words)


def next_stage(layout: Layout, needed: str) -> Stage:
    """The first stage, in order and up to `needed`, whose output is missing; `needed` itself when none is."""
    for stage in STAGES:
        if stage.module == needed or not stage.done(layout):
            return stage
    raise ValueError(f"{needed} is not a stage")
