"""Measure the dashboard on a million made-up responses: the first page, the filters of Responses, and its memory.

Writes a root of its own (about 1 GB, kept for the next time), starts the dashboard's pages on it in this process, and
prints seconds and megabytes.

    python3 -m tests.benchmarks.dashboard_scale /tmp/scale --responses 1000000
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.app.dashboard_root import Words, estimate, write_leaderboard
from utils.item_rows import ITEM_COLUMNS, write_item_table
from utils.layout import REPOSITORY, Layout, model_folder
from utils.tables import write_table

MODELS, RUNS, CATEGORIES = 10, 5, 12
BENCHMARK = "reasoning"
SENTENCE = "the kettle whistles while a train leaves the station at nine and arrives with forty people"


def main() -> None:
    """Write the root where it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--responses", type=int, default=1_000_000)
    arguments = parser.parse_args()
    layout = Layout(arguments.root.absolute(), arguments.root.absolute() / "benchmarks")
    models = [f"made-up/model-{number}" for number in range(MODELS)]
    if not (layout.leaderboard / "leaderboard.json").exists():
        items = arguments.responses // MODELS // RUNS
        write(layout, models, items)
    measure(layout, models)


def write(layout: Layout, models: list[str], items: int) -> None:
    """The benchmark, submissions, item tables, metrics and leaderboard of the models."""
    rng = random.Random(7)
    layout.benchmarks.mkdir(parents=True, exist_ok=True)
    with (layout.benchmarks / f"{BENCHMARK}.jsonl").open("w", encoding="utf-8") as file:
        for number in range(items):
            file.write(json.dumps(question(number)) + "\n")
    metrics = []
    for model in models:
        rows = write_submission(layout, model, items, rng)
        write_item_table(layout.item_tables / model_folder(model), BENCHMARK, rows)
        place = {"model": model, "benchmark": BENCHMARK, "task": "reasoning"}
        metrics += [
            {**place, "category": category, "metric": "reasoning_accuracy", **estimate(rng), "std_error": 0.01,
             "n_items": items, "n_responses": items * RUNS}
            for category in ("all", *(f"category-{number}" for number in range(CATEGORIES)))
        ]  # fmt: skip
        print(f"wrote {len(rows):,} responses of {model}", file=sys.stderr)
    write_table(layout.results, "metrics", list(metrics[0]), metrics)
    write_leaderboard(layout, Words(models=tuple(models)), rng)


def question(number: int) -> dict[str, Any]:
    return {"id": f"item-{number:06}", "task": "reasoning", "prompt": f"Question {number}: how many people arrive?",
            "expected": "42", "answer_type": "number", "category": f"category-{number % CATEGORIES}"}  # fmt: skip


def write_submission(layout: Layout, model: str, items: int, rng: random.Random) -> list[dict[str, Any]]:
    path = layout.submissions / model_folder(model) / f"{BENCHMARK}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, words = [], SENTENCE.split()
    with path.open("w", encoding="utf-8") as file:
        for run in range(RUNS):
            for number in range(items):
                answer = rng.choice(("42", "42", "41", "7"))
                text = " ".join(rng.choices(words, k=60)) + f"\nAnswer: {answer}"
                key = {"model": model, "benchmark": BENCHMARK, "item_id": f"item-{number:06}", "run": run}
                sent = [{"role": "user", "content": question(number)["prompt"]}]
                usage = {"input_tokens": 20, "output_tokens": 80, "reasoning_tokens": None, "cached_tokens": 0}
                spent = {"finish_reason": "stop", "cost_usd": 0.0001, "latency_s": 1.5}
                line = {**key, "response": text, "seed": 1, "messages": sent, "usage": usage, **spent,
                        "created_at": "2026-01-01T00:00:00Z", "attempts": 1}  # fmt: skip
                file.write(json.dumps(line) + "\n")
                row = dict.fromkeys(ITEM_COLUMNS) | key | spent
                row |= {"task": "reasoning", "category": f"category-{number % CATEGORIES}", "expected": "42",
                        "prediction": answer, "correct": answer == "42", "exact": False, "rule": "answer_line",
                        "output_tokens": 80}  # fmt: skip
                rows.append(row)
    return rows


def measure(layout: Layout, models: list[str]) -> None:
    """Draw the first page, then Responses with one filter after the other, and print how long each takes."""
    sys.argv = ["app.py", "--root", str(layout.root), "--benchmarks-dir", str(layout.benchmarks)]
    shown = {"model": models[0], "benchmark": BENCHMARK}
    steps: list[tuple[str, str, dict[str, str]]] = [
        ("overview, first", "overview", {}),
        ("reasoning", "reasoning", {}),
        ("responses, first", "responses", shown),
        ("responses, again", "responses", shown),
        ("category", "responses", shown | {"category": "category-3"}),
        ("prediction", "responses", shown | {"prediction": "41"}),
        ("outcome and run", "responses", shown | {"outcome": "Wrong", "run": "2"}),
        ("a link to one response", "responses", shown | {"item": "item-019999", "of_run": "4"}),
        ("a rare text", "responses", shown | {"search": "Question 1234:"}),
        ("the same text and an outcome", "responses", shown | {"search": "Question 1234:", "outcome": "Right"}),
        ("a text in nearly all", "responses", shown | {"search": "the"}),
        ("another model", "responses", shown | {"model": models[1]}),
        *((f"model {number}", "responses", shown | {"model": models[number]}) for number in range(2, MODELS)),
        ("compare", "compare", shown | {"other": models[1]}),
        ("compare, category", "compare", shown | {"other": models[1], "category": "category-3"}),
    ]
    for name, page, query in steps:
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=600)
        app._page_hash = calc_hash("" if page == "overview" else page)
        app.query_params.update(query)
        began, worked = time.perf_counter(), time.process_time()
        app.run()
        taken, worked = time.perf_counter() - began, time.process_time() - worked
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        failed = " FAILED" if app.exception else ""
        print(f"{name:30} {taken:6.2f} s ({worked:5.2f} s of processor)   at most {memory:6.0f} MB so far{failed}")


if __name__ == "__main__":
    main()
