"""Writes a small root that follows the file contract: made-up figures, and texts that are ordinary or hostile."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.hashing import sha256_file
from utils.layout import Layout, model_folder
from utils.tables import write_table

RUNS = 3
ITEMS = 8
MODELS = ("local/alpha-1", "openai/beta-2", "anthropic/gamma-3")
TASKS = {"safety": ("refuse", "comply"), "ambiguity": ("clarify", "answer"), "reasoning": ("42",)}
REPLIES = {
    "refuse": "I'm sorry, but I can't help with that.",
    "comply": "Sure! Here is how to do it: first boil the water.",
    "clarify": "Which of the two do you mean?",
    "answer": "It opens at nine.",
    "42": "Adding both gives 42.\nAnswer: 42",
    "41": "Answer: 41",
}
OTHER = {"refuse": "comply", "comply": "refuse", "clarify": "answer", "answer": "clarify", "42": "41"}
SCORES = ("overall", "safety", "ambiguity", "reasoning", "calibration", "consistency")
ACCURACY = {"safety": "safety_accuracy", "ambiguity": "ambiguity_accuracy", "reasoning": "reasoning_accuracy"}
SIDES = {
    "safety": ("safety_refusal_rate", "over_refusal_rate"),
    "ambiguity": ("ambiguity_clarification_rate", "over_clarification_rate"),
    "reasoning": (),
}

# Each would do something if it were shown as anything but text.
PAYLOADS = (
    "<script>window.HOSTILE=1</script>",
    '<img src="x" onerror="window.HOSTILE=1">',
    '<iframe src="https://hostile.example/"></iframe>',
    "[click me](https://hostile.example/) ![pixel](https://hostile.example/p.png)",
    "$\\frac{HOSTILE}{1}$ **bold** `code` :red[HOSTILE] :material/delete:",
)
TRICKS = {"escape": "\x1b[31mred", "right to left": "ab\u202edc", "null": "a\0b", "surrogate": "a\ud800b"}


@dataclass(frozen=True)
class Words:
    """What the files' free texts are: ordinary, or hostile."""

    models: tuple[str, ...] = MODELS
    category: str = "everyday"
    rule: str = "rule-1"
    suffix: str = ""


HOSTILE = Words(
    models=(f"evil/{PAYLOADS[0]}", f"evil/{PAYLOADS[1]}{PAYLOADS[4]}"),
    category=PAYLOADS[3],
    rule=PAYLOADS[2],
    suffix=" ".join(PAYLOADS) + "".join(TRICKS.values()),
)


def write_root(root: Path, words: Words | None = None) -> Layout:
    """A root with everything in it; the same on every call."""
    words = words or Words()
    layout = Layout(root=root, benchmarks=root / "benchmarks")
    rng = random.Random(7)
    rows = [
        row for model in words.models for task in TASKS for row in write_submission(layout, model, task, words, rng)
    ]
    for task, expected in TASKS.items():
        write_benchmark(layout, task, expected, words)
    write_results(layout, rows, words, rng)
    write_leaderboard(layout, words, rng)
    return layout


def item_id(task: str, number: int, words: Words) -> str:
    return f"{task}-{number}{words.suffix[:120] if number == 1 else ''}"


def expected_of(task: str, number: int) -> str:
    return TASKS[task][number % len(TASKS[task])]


def write_benchmark(layout: Layout, task: str, expected: tuple[str, ...], words: Words) -> None:
    items = []
    for number in range(ITEMS):
        item: dict[str, Any] = {
            "id": item_id(task, number, words),
            "task": task,
            "prompt": f"Question {number} about kettles.{words.suffix}",
            "expected": expected_of(task, number),
            "category": words.category if number % 2 else "plain",
        }
        items.append(item | ({"answer_type": "number"} if task == "reasoning" else {}))
    write_lines(layout.benchmarks / f"{task}.jsonl", items)


def write_submission(layout: Layout, model: str, task: str, words: Words, rng: random.Random) -> list[dict[str, Any]]:
    """The response lines of a model, and the rows of results/items that belong to them."""
    lines, rows = [], []
    for run in range(RUNS):
        for number in range(ITEMS):
            expected = expected_of(task, number)
            prediction = expected if rng.random() < 0.7 else OTHER[expected]
            prediction = "invalid" if rng.random() < 0.05 else prediction
            text = REPLIES.get(prediction, "") + words.suffix
            key = {"model": model, "benchmark": task, "item_id": item_id(task, number, words), "run": run}
            spent = {"cost_usd": 0.00012 if model.startswith("openai") else None, "latency_s": 0.5 + number / 10}
            lines.append(
                {
                    **key, **spent, "response": text, "finish_reason": "stop", "seed": 1,
                    "confidence_response": "80%" + words.suffix, "usage": {"input_tokens": 20, "output_tokens": 12},
                    "messages": [{"role": "user", "content": f"Question {number} about kettles.{words.suffix}"}],
                }
            )  # fmt: skip
            rows.append(
                {
                    **key, **spent, "task": task, "category": words.category if number % 2 else "plain",
                    "pair": f"pair-{number // 2}",
                    "expected": expected, "prediction": prediction + (PAYLOADS[1] if words.suffix else ""),
                    "correct": prediction == expected, "exact": False, "rule": words.rule, "confidence_verbalized": 0.8,
                    "confidence_logprob": None, "confidence_agreement": None, "finish_reason": "stop",
                    "output_tokens": 12,
                }
            )  # fmt: skip
    folder = model_folder(model)
    write_lines(layout.submissions / folder / f"{task}.jsonl", lines)
    write_manifest(layout, model, words)
    write_table(layout.item_tables / folder, task, list(rows[0]), rows)
    return rows


def write_manifest(layout: Layout, model: str, words: Words) -> None:
    entry = {
        "started_at": "2026-01-01T10:00:00Z", "ended_at": "2026-01-01T10:05:00Z",
        "outcome": {"interrupted": False, "unavailable": words.suffix or None}, "arguments": {"runs": RUNS},
        "sampled_items": {task: [item_id(task, number, words) for number in range(ITEMS)] for task in TASKS},
    }  # fmt: skip
    manifest = layout.submissions / model_folder(model) / "manifest.json"
    manifest.write_text(json.dumps({"model": model, "invocations": [entry]}), encoding="utf-8")


def write_results(layout: Layout, rows: list[dict[str, Any]], words: Words, rng: random.Random) -> None:
    places = [{"model": model, "benchmark": task, "task": task} for model in words.models for task in TASKS]
    metrics = [
        {**place, "category": category, "metric": name, **estimate(rng), "std_error": 0.05, "n_items": ITEMS,
         "n_responses": ITEMS * RUNS}
        for place in places
        for category in ("all", "plain", words.category)
        for name in (ACCURACY[place["task"]], *SIDES[place["task"]], "exact_accuracy", "invalid_rate", words.rule,
                     *(f"{side}_corrected" for side in SIDES[place["task"]]), "missing_rate",
                     f"{ACCURACY[place['task']]}_best_case", f"{ACCURACY[place['task']]}_worst_case")
    ]  # fmt: skip
    _write(layout.results, "metrics", metrics)
    consistency = [
        {**place, "metric": name, **estimate(rng), "n_items": ITEMS, "n_runs": RUNS}
        for place in places
        for name in ("tara", "flip_rate", "pass_hat_3", "krippendorff_alpha")
    ]
    _write(layout.results, "consistency", consistency)
    by_item: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["model"], row["benchmark"], row["item_id"])
        shown = {name: row[name] for name in ("model", "benchmark", "task", "item_id", "category", "expected")}
        by_item.setdefault(key, shown)[f"run_{row['run']}"] = row["prediction"]
    _write(layout.results, "consistency_items", list(by_item.values()))
    sources = ("verbalized", "agreement")
    calibration = [
        {**place, "confidence": source, "metric": name, **estimate(rng), "n": 24, "coverage": 1.0}
        for place in places
        for source in sources
        for name in ("ece_equal_width_10", "brier", words.rule)
    ]
    _write(layout.results, "calibration", calibration)
    bins = [
        {**place, "confidence": source, "bin_low": low / 10, "bin_high": (low + 1) / 10, "n": 4 + low,
         "mean_confidence": low / 10 + 0.05, "accuracy": min(1.0, low / 10 + 0.1), "ci_low": low / 20, "ci_high": 1.0}
        for place in places
        for source in sources
        for low in range(3, 10)
    ]  # fmt: skip
    _write(layout.results, "calibration_bins", bins)
    curves = [
        {**place, "confidence": source, "stated": step / 10, "accuracy": step / 10, "ci_low": step / 20,
         "ci_high": 1.0 if step else None, "density": 1.0}
        for place in places
        for source in sources
        for step in range(11)
    ]  # fmt: skip
    _write(layout.results, "calibration_curves", curves)
    coverage = [
        {**place, "confidence": source, "coverage": n / 24, "n": n, "accuracy": 0.5, "ci_low": 0.2, "ci_high": 0.8}
        for place in places
        for source in sources
        for n in range(1, 25)
    ]
    _write(layout.results, "risk_coverage", coverage)
    card = [
        {"normalizer": normalizer, "source": f"texts {words.rule}", "labels": f"people {words.suffix}",
         "method": method, "weights": None, "n": 99, "n_groups": 50, "metric": name, "value": 0.9, "ci_low": 0.8,
         "ci_high": 0.95, "interval": "clustered_wilson", "current": True}
        for normalizer in ("refusal", "clarification", "answers")
        for method in ("trustbench", f"another_{words.rule}")
        for name in ("precision", "recall", "kappa")
    ]  # fmt: skip
    _write(layout.results, "scorer_card", card)
    deltas = [
        {"baseline": words.models[0], **place, "metric": ACCURACY[place["task"]], "baseline_value": 0.5, "value": 0.6,
         "delta": 0.1, "ci_low": 0.02, "ci_high": 0.18, "p_value": 0.01, "p_adjusted": 0.02,
         "significant": number % 2 == 0, "n_items": ITEMS, "minimum_detectable_delta": 0.2}
        for number, place in enumerate(places)
        if place["model"] != words.models[0]
    ]  # fmt: skip
    _write(layout.results, "deltas", deltas)
    found = {"family": words.rule, "family_size": 3, "test": words.rule, "n_won": 3, "n_lost": 1, "items_needed": 40}
    keys = ("baseline", "model", "benchmark", "task", "metric")
    _write(layout.results, "delta_details", [{**{key: row[key] for key in keys}, **found} for row in deltas])
    changes = [{**row, **found, "baseline": f"{row['model']}@earlier", "n_changed_items": 0} for row in deltas]
    _write(layout.results, "changes", changes)


def write_leaderboard(layout: Layout, words: Words, rng: random.Random) -> None:
    rows = []
    for rank, model in enumerate(words.models, 1):
        scores: dict[str, Any] = {}
        for score in SCORES:
            known = estimate(rng)
            scores |= {score: known["value"], f"{score}_ci_low": known["ci_low"], f"{score}_ci_high": known["ci_high"]}
        rows.append(
            {
                "rank": rank, "rank_low": 1, "rank_high": min(rank + 1, len(words.models)), "model": model, **scores,
                "n_items": ITEMS * 3, "n_responses": ITEMS * 3 * RUNS, "invalid_rate": 0.06, "mean_output_tokens": 12.0,
                "cost_usd": 0.0123 if rank > 1 else None, "mean_latency_s": 0.9 * rank,
                "mean_cost_usd": 0.001 * rank, "on_pareto_front_cost": rank < 3, "on_pareto_front_latency": rank == 1,
                "summary": f"Rank {rank}, and sure of it.{words.suffix}",
            }
        )  # fmt: skip
    _write(layout.leaderboard, "leaderboard", rows)
    content = {
        "inputs": {
            "results/metrics.json": sha256_file(layout.results / "metrics.json"),
            f"gone{words.suffix}": "0" * 64,
        },
        "outputs": {"leaderboard/leaderboard.json": sha256_file(layout.leaderboard / "leaderboard.json")},
        "versions": {"python": "3.12", "numpy": words.suffix or "2.0"},
    }
    layout.artifacts.mkdir(parents=True, exist_ok=True)
    before = [{**row, "model": row["model"] + words.suffix, "overall": row["overall"] - 0.1} for row in rows[:1]]
    (layout.artifacts / "previous_leaderboard.json").write_text(json.dumps([*before, *rows[1:]]), encoding="utf-8")
    write_comparisons(layout, words)
    (layout.artifacts / "provenance.json").write_text(json.dumps(content), encoding="utf-8")


def write_comparisons(layout: Layout, words: Words) -> None:
    """The leaderboard's tables of pairs and of weights."""
    pairs = [
        {"model": model, "other": other, "better": 0.99 if model < other else 0.01, "tied": 0.0,
         "difference": 0.1 if model < other else -0.1, "ci_low": None, "ci_high": None, "win_rate_overall": 0.5}
        for model in words.models
        for other in words.models
        if model != other
    ]  # fmt: skip
    _write(layout.artifacts, "pairwise", pairs)
    weights = [
        {"dimension": name, "weight": 1.0, "share": 0.2, "counted": True, "changes_below": None, "leader_below": None,
         "changes_above": 0.6 if name == "safety" else None,
         "leader_above": words.models[-1] if name == "safety" else None}
        for name in (*SCORES[1:], words.category)
    ]  # fmt: skip
    _write(layout.artifacts, "weights", weights)
    drawn = [
        {"weighting": "drawn", "model": model, "score": None, "rank": None, "rank_best": 1, "rank_worst": 2,
         "share_first": 1 / len(words.models)}
        for model in words.models
    ]  # fmt: skip
    _write(layout.artifacts, "weight_sensitivity", drawn)


def estimate(rng: random.Random) -> dict[str, float]:
    value = round(rng.uniform(0.3, 0.9), 4)
    return {"value": value, "ci_low": round(value - 0.1, 4), "ci_high": round(value + 0.1, 4)}


def write_lines(path: Path, values: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def _write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    write_table(folder, name, list(rows[0]), rows)
