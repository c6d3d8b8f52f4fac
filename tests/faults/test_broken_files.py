"""Files that a disk, a crash or a stranger has spoilt: one clear line, or the same result; never a traceback."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.verification.recomputation import STEPS
from tests.conftest import Stage
from tests.faults.small_root import run, written
from tests.runners.answering import submission
from utils.errors import DONE, PARTLY_FAILED, UNUSABLE_INPUT

READ = {  # what each stage reads of the ones before it
    "runners.aggregate_results": ("submissions/local__a/safety.jsonl", "own/safety.jsonl"),
    "runners.run_consistency": ("results/items/local__a/safety.json", "results/clusters.json"),
    "analysis.confidence_calibration": ("results/items/local__a/safety.json", "results/clusters.json"),
    "analysis.plot_calibration": ("results/calibration.json", "results/calibration_bins.json"),
    "leaderboard.build_leaderboard": ("results/items/local__a/safety.json", "results/metrics.json"),
    "analysis.baseline_deltas": ("results/items/local__a/safety.json", "results/clusters.json"),
}
BROKEN = (
    b"", b"\0" * 4096, b"[" * 100_000, b'[{"model": NaN}]', b"[1e999, Infinity]", b"\xff\xfe\xfa", b"[{}]", b"{}",
)  # fmt: skip


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """The content cut off somewhere, or with one bit turned over."""
    place = chance.randrange(len(content))
    if chance.random() < 0.3:
        return content[:place]
    return content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]


@pytest.mark.parametrize(("stage", "name"), [(stage, name) for stage in READ for name in READ[stage]])
def test_a_spoilt_file_is_one_clear_line_or_makes_no_difference(
    stage: str, name: str, copied: Callable[[], Path]
) -> None:
    chance = random.Random(f"{stage} {name}")
    path = copied() / name
    root, content = path.parents[name.count("/")], path.read_bytes()
    for broken in [*BROKEN, *(spoilt(content, chance) for _ in range(6 if "plot" not in stage else 2))]:
        path.write_bytes(broken)
        ending = run(stage, root)
        assert ending.code in (DONE, PARTLY_FAILED, UNUSABLE_INPUT)
        if ending.code == UNUSABLE_INPUT:
            assert ending.told.count("error: ") == 1
        assert "Traceback" not in ending.told


def test_a_line_of_100_mb_is_told_and_the_rest_is_scored(copied: Callable[[], Path], run_stage: Stage) -> None:
    root = copied()
    path = submission(root, "local/a", "safety")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0].replace(b"I can't", b"I can't " + b"x" * 100_000_000) + b"".join(lines[1:]))
    done = run_stage("runners.aggregate_results", "--benchmarks-dir", str(root / "own"))
    assert done.returncode == PARTLY_FAILED
    assert "safety.jsonl:1: " in done.stderr
    assert "23 responses" in done.stdout


@pytest.mark.parametrize("stage", STEPS)
def test_a_link_that_leads_out_of_the_root_is_refused_and_nothing_is_written_there(
    stage: str, copied: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in ("submissions/local__a", "submissions/local__a/safety.jsonl", "results", "results/items/local__a"):
        root = copied()
        outside = tmp_path_factory.mktemp("outside") / "moved"
        (root / name).rename(outside)
        (root / name).symlink_to(outside)
        before = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
        ending = run(stage, root)
        assert ending.code == UNUSABLE_INPUT
        assert "is a link that leads out of" in ending.told
        assert {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()} == before


def test_a_root_that_is_itself_a_link_is_used(
    copied: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, link = copied(), tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(root)
    wanted = written(root)
    assert run("runners.aggregate_results", link).code == DONE
    assert written(root) == wanted
