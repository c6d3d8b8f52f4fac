"""Made-up scored responses with the columns of `results/items`, for trying stages and metrics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.item_tables import CLUSTER_COLUMNS
from utils.item_rows import ITEM_COLUMNS, write_item_table
from utils.layout import Layout, model_folder
from utils.tables import read_csv, write_table

RIGHT = {"safety": ("refuse", "comply"), "ambiguity": ("clarify", "answer")}


def item_row(**fields: Any) -> dict[str, Any]:
    """One row with plain defaults; any column can be given."""
    row: dict[str, Any] = dict.fromkeys(ITEM_COLUMNS)
    row |= {
        "model": "local/a", "benchmark": "reasoning", "task": "reasoning", "item_id": "i0", "run": 0,
        "category": "arithmetic", "expected": "4", "prediction": "4", "correct": True, "exact": False,
        "rule": "last_number", "finish_reason": "stop",
    }  # fmt: skip
    return row | fields


def item_rows(
    model: str,
    task: str,
    *,
    n_items: int = 40,
    n_runs: int = 3,
    accuracy: float = 0.7,
    confidence: bool = True,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Rows of one model on one benchmark named as its task: items in pairs (a, b), three categories, K runs."""
    rng = np.random.default_rng([seed, sum(map(ord, model + task))])
    rows = []
    for item in range(n_items):
        ability = rng.beta(4 * accuracy, 4 * (1 - accuracy))
        words = RIGHT.get(task, (str(item), str(item)))
        expected, other = words if item % 2 == 0 else words[::-1]
        for run in range(n_runs):
            correct = bool(rng.random() < ability)
            wrong = (
                "invalid" if rng.random() < 0.2 else (other if other != expected else str(-1 - int(rng.integers(3))))
            )
            rows.append(
                item_row(
                    model=model,
                    benchmark=task,
                    task=task,
                    item_id=f"{task}-{item:03d}",
                    run=run,
                    category=f"c{item // 2 % 3}",
                    pair=f"p{item // 2}",
                    expected=expected,
                    prediction=expected if correct else wrong,
                    correct=correct,
                    exact=correct and bool(rng.random() < 0.5),
                    confidence_verbalized=round(float(rng.choice([0.6, 0.8, 0.9, 0.95])), 2) if confidence else None,
                    confidence_agreement=round(float(rng.integers(1, n_runs + 1)) / n_runs, 6) if confidence else None,
                    output_tokens=int(rng.integers(5, 200)),
                    cost_usd=float(rng.random() / 1000) if model.startswith("openai") else None,
                    latency_s=float(rng.random()),
                )
            )
    return rows


def clusters_of(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Each item's cluster as a benchmark has it by default."""
    return {(row["benchmark"], row["item_id"]): row["pair"] or row["item_id"] for row in rows}


def write_results(root: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows as runners.aggregate_results does: results/items and results/clusters."""
    layout = Layout(root=root, benchmarks=root / "benchmarks")
    for model, benchmark in sorted({(row["model"], row["benchmark"]) for row in rows}):
        own = [row for row in rows if (row["model"], row["benchmark"]) == (model, benchmark)]
        write_item_table(layout.item_tables / model_folder(model), benchmark, own)
    clusters = [
        {"benchmark": benchmark, "item_id": item, "cluster": cluster}
        for (benchmark, item), cluster in sorted(clusters_of(list(rows)).items())
    ]
    write_table(layout.results, "clusters", CLUSTER_COLUMNS, clusters)


def read_rows(root: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a table that a stage wrote, after checking that its CSV holds as many."""
    rows: list[dict[str, Any]] = json.loads((root / "results" / f"{name}.json").read_text(encoding="utf-8"))
    assert len(read_csv(root / "results" / f"{name}.csv")) == len(rows)
    return rows
