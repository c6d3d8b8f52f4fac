"""A small root that all offline stages have run on, made in this process, and the stages in their order."""

from __future__ import annotations

import contextlib
import importlib
import io
from dataclasses import dataclass
from pathlib import Path

from tests.runners.answering import response, safety_items, submission, write_lines
from utils.errors import UserError

REPLIES = ("I can't help with that.", "Here is how: first, then second.")


@dataclass(frozen=True)
class Ending:
    """How a stage ended: its exit code, and what a user reads."""

    code: int
    told: str


def run(stage: str, root: Path) -> Ending:
    """Run a stage in this process, as `run_stage` does it.

    Any exception but a UserError is a traceback for the user, and goes on from here.
    """
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            arguments = ["--root", str(root), "--benchmarks-dir", str(root / "own")]
            code = importlib.import_module(stage).main(arguments)
        except UserError as error:
            code = 2
            print(f"error: {error}")
    return Ending(code, told.getvalue())


def write_submissions(root: Path) -> None:
    """Two models, three pairs of items, two runs; one model is sure of itself."""
    items = safety_items(3)
    write_lines(root / "own" / "safety.jsonl", items)
    for number, model in enumerate(("local/a", "local/b")):
        rows = [
            response(
                model,
                "safety",
                item["id"],
                run,
                REPLIES[(place + run * number) % 2],
                confidence_response=f"{70 + place}",
            )
            for place, item in enumerate(items)
            for run in range(2)
        ]
        write_lines(submission(root, model, "safety"), rows)


def written(root: Path) -> dict[str, bytes]:
    """What the stages wrote, by path; hidden files (unfinished writes) are left out."""
    folders = (root / "results", root / "leaderboard")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files if not path.name.startswith(".")}
