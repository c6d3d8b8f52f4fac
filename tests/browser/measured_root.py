"""A small root: its submissions are written here, one model's replies hostile, and the real steps made the rest."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from analysis import baseline_deltas, confidence_calibration
from leaderboard import build_leaderboard
from runners import aggregate_results, run_consistency
from tests.app.dashboard_root import OTHER, PAYLOADS, REPLIES, TASKS, TRICKS, write_lines
from utils.layout import Layout, model_folder

RUNS, PAIRS = 2, 6
HOSTILE_MODEL = f"evil/{PAYLOADS[1]}"
RIGHT = {"local/alpha-1": 0.9, "openai/beta-2": 0.6, HOSTILE_MODEL: 0.5}  # share of replies
HOSTILE_WORDS = " ".join(PAYLOADS) + "".join(TRICKS.values())
LONG_LINE = "kettle" * 170_000  # 1 MB
LONG_ITEM = "reasoning-2"
STEPS = (
    (aggregate_results, ()),
    (run_consistency, ()),
    (confidence_calibration, ("--resamples", "100")),
    (build_leaderboard, ("--resamples", "100")),
    (baseline_deltas, ()),
)


def write_root(root: Path) -> Layout:
    """Submissions of three models on three benchmarks, and what steps 2 to 4, 6 and 7 make of them."""
    layout = Layout(root=root, benchmarks=root / "benchmarks")
    rng = random.Random(11)
    for task, expected in TASKS.items():
        items = [_item(task, expected, number) for number in range(PAIRS * 2)]
        write_lines(layout.benchmarks / f"{task}.jsonl", items)
        for model, share in RIGHT.items():
            lines = [_line(model, task, item, run, share, rng) for run in range(RUNS) for item in items]
            write_lines(layout.submissions / model_folder(model) / f"{task}.jsonl", lines)
    for step, options in STEPS:
        code = step.main(["--root", str(root), "--benchmarks-dir", str(layout.benchmarks), *options])
        assert code == 0, step.__name__
    return layout


def _item(task: str, expected: tuple[str, ...], number: int) -> dict[str, Any]:
    item = {
        "id": f"{task}-{number}",
        "task": task,
        "prompt": f"Question {number} about kettles." + (f" {HOSTILE_WORDS}" if number == 1 else ""),
        "expected": expected[number % len(expected)],
        "category": ("everyday", "plain", PAYLOADS[3])[number // 2 % 3],
        "pair": f"{task}-pair-{number // 2}",
    }
    return item | ({"answer_type": "number"} if task == "reasoning" else {})


def _line(model: str, task: str, item: dict[str, Any], run: int, share: float, rng: random.Random) -> dict[str, Any]:
    expected = item["expected"]
    reply = REPLIES[expected if rng.random() < share else OTHER[expected]]
    hostile = model == HOSTILE_MODEL
    long = f" {LONG_LINE}" if hostile and item["id"] == LONG_ITEM else ""
    return {
        "model": model,
        "benchmark": task,
        "item_id": item["id"],
        "run": run,
        "response": f"{HOSTILE_WORDS}{long}\n{reply}" if hostile else reply,
        "reasoning": HOSTILE_WORDS if hostile else "It is about kettles.",
        "confidence_response": f"{rng.randrange(40, 101, 10)}%" + (HOSTILE_WORDS if hostile else ""),
        "finish_reason": "stop",
        "seed": run,
        "messages": [{"role": "user", "content": item["prompt"]}],
        "usage": {"input_tokens": 20, "output_tokens": 12},
        "cost_usd": 0.0001 if model.startswith("openai") else None,
        "latency_s": 0.5 + rng.random(),
    }
