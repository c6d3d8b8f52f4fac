"""How long the statistics of 100,000 responses of ten models take, as a user waits for them; run by hand.

    python3 -m tests.benchmarks.resampling_speed
    python3 -m tests.benchmarks.resampling_speed --items 10000 --runs 1

Makes a root with made-up scored responses (ten models, 2,000 items in pairs, five runs, all three confidences; those
from log probabilities all differ) and times whole commands, the start of Python and all reading and writing included.

Beside analysis.confidence_calibration stands a loop over resamples that draws clusters, gathers their responses and
computes the figures that this stage bootstraps with the same functions, which is what a bootstrap without arrays does;
it is timed on a few resamples of one model's three sets and scaled up. Beside runners.run_consistency stands the bare
reading of its input: `json.loads` of every table and every line of the submissions, below which no program that reads
them can come. Ratios are of processor seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from analysis.calibration_figures import error_figures, plain_figures
from analysis.confidence_counts import count
from tests.analysis.synthetic import item_row, write_results
from utils.layout import REPOSITORY, model_folder

MODELS = 10
SOURCES = ("verbalized", "logprob", "agreement")
LOOPED = 10  # resamples of the loop that are timed


def model_rows(model: int, items: int, runs: int) -> list[dict[str, Any]]:
    """One model's scored responses: items of differing difficulty, in pairs."""
    rng = np.random.default_rng(model)
    ability = rng.beta(2, 1, items)
    rows = []
    for item in range(items):
        for run in range(runs):
            correct = bool(rng.random() < ability[item])
            rows.append(
                item_row(
                    model=f"local/model-{model}",
                    benchmark="reasoning",
                    item_id=f"item-{item:05d}",
                    pair=f"pair-{item // 2:05d}",
                    run=run,
                    prediction="4" if correct else str(rng.integers(5, 9)),
                    correct=correct,
                    confidence_verbalized=float(rng.integers(8, 21)) / 20,
                    confidence_logprob=float(rng.beta(3 * ability[item] + 1, 1)),
                    confidence_agreement=float(rng.integers(0, runs)) / max(1, runs - 1),
                    output_tokens=int(rng.integers(5, 500)),
                    latency_s=float(rng.random()),
                )
            )
    return rows


def write_root(root: Path, items: int, runs: int) -> list[dict[str, Any]]:
    """The whole root; returns the last model's rows."""
    rows: list[dict[str, Any]] = []
    every: list[dict[str, Any]] = []
    for model in range(MODELS):
        rows = model_rows(model, items, runs)
        every += rows
        folder = root / "submissions" / model_folder(rows[0]["model"])
        folder.mkdir(parents=True)
        with (folder / "reasoning.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                line = {name: row[name] for name in ("model", "benchmark", "item_id", "run")}
                file.write(json.dumps(line | {"response": f"The answer is {row['prediction']}. " * 10}) + "\n")
    write_results(root, every)
    return rows


def timed(root: Path, stage: str, *arguments: str) -> tuple[float, float]:
    """Seconds that the whole command takes, and those of them that processors spent on it."""
    start, spent = time.perf_counter(), processor_seconds()
    command = [sys.executable, "-m", stage, "--root", str(root), *arguments]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return time.perf_counter() - start, processor_seconds() - spent


def processor_seconds() -> float:
    """What all commands run so far have taken of the processors."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def loop_seconds(rows: list[dict[str, Any]], resamples: int) -> float:
    """Seconds that a loop over resamples would take for one model's sets, from a few resamples."""
    correct = np.array([row["correct"] for row in rows], dtype=np.float64)
    members: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        members.setdefault(row["pair"], []).append(index)
    clusters = [np.array(found) for found in members.values()]
    rng = np.random.default_rng(0)
    taken = 0.0
    for source in SOURCES:
        confidence = np.array([row[f"confidence_{source}"] for row in rows])
        start = time.process_time()
        for _ in range(LOOPED):
            drawn = np.concatenate([clusters[each] for each in rng.integers(0, len(clusters), len(clusters))])
            counts = count(confidence[drawn], correct[drawn])
            for figures in (plain_figures(counts), error_figures(counts)):
                figures(counts)
        taken += time.process_time() - start
    return taken / LOOPED * resamples


def reading_seconds(root: Path) -> float:
    """Seconds of `json.loads` on all that runners.run_consistency reads."""
    start = time.process_time()
    for path in (root / "results" / "items").glob("*/*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    for path in (root / "submissions").glob("*/*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            json.loads(line)
    return time.process_time() - start


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--resamples", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = write_root(root, arguments.items, arguments.runs)
        responses = MODELS * arguments.items * arguments.runs
        print(f"{responses} responses of {MODELS} models, {arguments.resamples} resamples, {os.cpu_count()} processors")
        calibration = timed(root, "analysis.confidence_calibration", "--resamples", str(arguments.resamples))
        consistency = timed(root, "runners.run_consistency")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        loop, reading = MODELS * loop_seconds(rows, arguments.resamples), reading_seconds(root)
    for stage, (wall, spent), baseline, name in (
        ("analysis.confidence_calibration", calibration, loop, "loop over resamples"),
        ("runners.run_consistency", consistency, reading, "reading alone"),
    ):
        print(f"{stage:<32} {wall:5.1f} s, processors {spent:5.1f} s   {name} {baseline:5.1f} s   "
              f"ratio {baseline / spent:.2f}")  # fmt: skip
    print(f"most memory of a command: {memory:.0f} MB")


if __name__ == "__main__":
    main()
