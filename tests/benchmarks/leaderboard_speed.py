"""How long step 6 takes over many responses: the whole command, in a process of its own; run by hand.

    python3 -m tests.benchmarks.leaderboard_speed --responses 100000 --models 10

The responses are made up, three runs of each item, spread over the three tasks, and written as results/items and
results/clusters in a temporary folder. `--responses` counts those of all models together.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analysis.item_tables import CLUSTER_COLUMNS
from utils.cli import positive_int
from utils.item_rows import ITEM_COLUMNS
from utils.items import EXPECTED, TASKS
from utils.layout import REPOSITORY, Layout, model_folder
from utils.tables import write_csv, write_json

RUNS = 3
INVALID = 0.01  # share of answers that could not be scored


def main() -> None:
    """Write the responses, run the command, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=positive_int, default=100_000, help="of all models together")
    parser.add_argument("--models", type=positive_int, default=10)
    parser.add_argument("--resamples", type=positive_int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder), Path(folder) / "benchmarks")
        items = max(2, arguments.responses // (arguments.models * RUNS * len(TASKS)))
        write_results(layout, arguments.models, items)
        command = [sys.executable, "-m", "leaderboard.build_leaderboard", "--root", folder]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--resamples", str(arguments.resamples)], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL
        )
        seconds = time.perf_counter() - started
    responses = arguments.models * RUNS * len(TASKS) * items
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{responses:,} responses of {arguments.models} models, {arguments.resamples:,} resamples: {seconds:.1f} s, "
        f"{used.ru_utime + used.ru_stime:.1f} s of processor time, {used.ru_maxrss / 2**20:.2f} GB"
    )


def write_results(layout: Layout, models: int, items: int) -> None:
    """`items` items a task in pairs, each asked RUNS times; the models differ a little in how often they are right."""
    for number in range(models):
        model = f"made-up/model-{number:03}"
        for task in TASKS:
            folder = layout.item_tables / model_folder(model)
            rows = list(item_rows(model, task, items, 0.6 + 0.2 * number / models, np.random.default_rng(number)))
            write_json(folder, task, rows)
            write_csv(folder, task, tuple(ITEM_COLUMNS), rows)
    clusters = [
        dict(zip(CLUSTER_COLUMNS, (task, f"{task}-{index}", f"{task}-{index // 2}"), strict=True))
        for task in TASKS
        for index in range(items)
    ]
    write_json(layout.results, "clusters", clusters)


def item_rows(
    model: str, task: str, items: int, accuracy: float, generator: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """The rows of results/items of one model and task."""
    shape = (items, RUNS)
    right, invalid = generator.random(shape) < accuracy, generator.random(shape) < INVALID
    confidence, latency = generator.integers(0, 21, shape) / 20, generator.random(shape)
    sides = EXPECTED.get(task, ("7", "7"))
    for index in range(items):
        for run in range(RUNS):
            correct = bool(right[index, run] and not invalid[index, run])
            side = index % 2
            prediction = sides[side] if correct else sides[1 - side] if task in EXPECTED else "8"
            yield dict.fromkeys(ITEM_COLUMNS) | {
                "model": model, "benchmark": task, "task": task, "item_id": f"{task}-{index}", "run": run,
                "category": "any", "pair": f"{task}-{index // 2}", "expected": sides[side],
                "prediction": "invalid" if invalid[index, run] else prediction, "correct": correct, "exact": correct,
                "rule": "made up", "confidence_verbalized": float(confidence[index, run]), "finish_reason": "stop",
                "output_tokens": 20, "cost_usd": 0.0001, "latency_s": float(latency[index, run]),
            }  # fmt: skip


if __name__ == "__main__":
    main()
