"""Scored responses made up for the leaderboard's tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from analysis.item_columns import Read, columns_of_rows
from analysis.item_tables import CLUSTER_COLUMNS, ITEM_COLUMNS
from utils.items import EXPECTED
from utils.layout import Layout, model_folder
from utils.tables import write_table

Rows = list[dict[str, Any]]


def item_row(model: str, task: str, index: int, run: int = 0, **fields: Any) -> dict[str, Any]:
    """A row of results/items, right and sure of it unless `fields` say otherwise."""
    expected = EXPECTED[task][index % 2] if task in EXPECTED else "7"
    row = dict.fromkeys(ITEM_COLUMNS) | {
        "model": model, "benchmark": task, "task": task, "item_id": f"{task}-{index}", "run": run, "category": "any",
        "pair": f"{task}-pair-{index // 2}", "expected": expected, "prediction": expected, "correct": True,
        "exact": True, "rule": "made up", "confidence_verbalized": 0.9, "finish_reason": "stop", "output_tokens": 10,
        "cost_usd": 0.5, "latency_s": 2.0,
    }  # fmt: skip
    return row | fields


def model_rows(
    model: str, accuracy: float = 0.7, *, n: int = 40, runs: int = 2, seed: int = 0,
    tasks: Iterable[str] = ("safety", "ambiguity", "reasoning"),
) -> Rows:  # fmt: skip
    """`n` items a task, right with the given chance in each run; confidences in steps of 0.05."""
    rng = random.Random(seed)
    rows = []
    for task in tasks:
        for index in range(n):
            for run in range(runs):
                wrong = {} if rng.random() < accuracy else {"correct": False, "prediction": "invalid"}
                confidence = rng.randrange(10, 21) / 20
                rows.append(item_row(model, task, index, run, confidence_verbalized=confidence, **wrong))
    return rows


def read(rows: Rows) -> Read:
    """The rows as `build_board` reads them."""
    return lambda columns: columns_of_rows(rows, columns=columns)


def renamed(rows: Rows, model: str) -> Rows:
    return [row | {"model": model} for row in rows]


@pytest.fixture
def write_results(tmp_path: Path) -> Callable[[Rows], Layout]:
    """Writes rows as results/items and results/clusters, as the scoring stage does."""

    def write(rows: Rows) -> Layout:
        layout = Layout(tmp_path / "root", tmp_path / "benchmarks")
        for model, benchmark in sorted({(row["model"], row["benchmark"]) for row in rows}):
            own = [row for row in rows if (row["model"], row["benchmark"]) == (model, benchmark)]
            write_table(layout.item_tables / model_folder(model), benchmark, ITEM_COLUMNS, own)
        keys = sorted({(row["benchmark"], row["item_id"], row["pair"]) for row in rows})
        write_table(
            layout.results, "clusters", CLUSTER_COLUMNS, [dict(zip(CLUSTER_COLUMNS, key, strict=True)) for key in keys]
        )
        return layout

    return write
