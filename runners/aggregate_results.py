"""Step 2: reads what each response amounts to, scores it, and writes the tables that all later steps start from.

Reads `submissions/` and `benchmarks/`; writes `results/items/`, `results/metrics.*`, `results/clusters.*` and
`results/scorer_card.*`. No model is called; the same submissions give the same bytes.

    python3 -m runners.aggregate_results
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.item_tables import CLUSTER_COLUMNS
from analysis.measures import ALL
from analysis.metrics import METRIC_COLUMNS, MISSING, metric_rows
from normalize.agreement import ReaderErrors
from normalize.card import CARD_COLUMNS, CLARIFICATION, MEASURE, REFUSAL, Card, read_card, reader_errors
from runners.scoring import score_responses
from utils.cli import layout_from, run_stage, shown, stage_parser, warn
from utils.errors import DONE, PARTLY_FAILED, InputError, UserError, quoted
from utils.item_rows import write_item_table
from utils.items import Item, read_benchmark
from utils.layout import Layout
from utils.responses import Response, read_responses, submission_files
from utils.tables import Row, write_table


def main(argv: Sequence[str] | None = None) -> int:
    """Run step 2; the return is its exit code."""
    parser = stage_parser(
        "runners.aggregate_results",
        "Score every response in submissions/ and write results/items/, results/metrics, results/clusters and "
        "results/scorer_card as CSV and JSON. A line that cannot be used is told and left out; the rest is scored.",
        "python3 -m runners.aggregate_results",
    )
    layout = layout_from(parser.parse_args(argv))
    problems: list[str] = []
    rows, benchmarks = _score_all(layout, problems)
    for problem in problems:
        warn(problem)
    if not rows:
        told = "none of its lines can be scored" if problems else "holds no responses"
        raise UserError(f"{layout.submissions}: {told}; run `python3 -m runners.auto_run_async` first")
    clusters = [
        {"benchmark": name, "item_id": item.id, "cluster": item.cluster}
        for name, items in sorted(benchmarks.items())
        for item in sorted(items.values(), key=lambda item: item.id)
    ]
    cluster_of = {(str(row["benchmark"]), str(row["item_id"])): str(row["cluster"]) for row in clusters}
    write_table(layout.results, "clusters", CLUSTER_COLUMNS, clusters)
    card = read_card()
    metrics = metric_rows(rows, cluster_of, _errors_by_task(card))
    write_table(layout.results, "metrics", METRIC_COLUMNS, metrics)
    write_table(layout.results, "scorer_card", CARD_COLUMNS, card.table())
    for line in _missing(metrics):
        warn(line)
    if stale := card.stale():
        print(
            f"The readers of {', '.join(stale)} have changed since the scorer card was measured; its figures, and the "
            f"corrected rates, rest on the older ones. To measure again: {MEASURE}"
        )
    models = {row["model"] for row in rows}
    print(
        f"{len(rows)} responses of {len(models)} models to {len(benchmarks)} benchmarks scored"
        + (f", {len(problems)} problems told above" if problems else "")
        + f"; tables are in {shown(layout.results)}. Next: python3 -m runners.run_consistency"
    )
    return PARTLY_FAILED if problems else DONE


def _score_all(layout: Layout, problems: list[str]) -> tuple[list[Row], dict[str, dict[str, Item]]]:
    """All rows, with each model's item tables written, and the benchmarks that they belong to."""
    benchmarks: dict[str, dict[str, Item]] = {}
    unusable: set[str] = set()
    rows: list[Row] = []
    written: set[Path] = set()
    for path in submission_files(layout, problems.append):
        name = path.stem
        if name not in benchmarks and name not in unusable:
            try:
                benchmarks[name] = read_benchmark(layout.benchmarks, name)
            except UserError as error:
                unusable.add(name)
                problems.append(str(error))
        if name in unusable:
            problems.append(f"{path}: is not scored, because its benchmark cannot be read")
            continue
        if scored := score_responses(_usable(path, benchmarks[name], problems), benchmarks[name]):
            written.update(write_item_table(layout.item_tables / path.parent.name, name, scored))
            rows += scored
    if rows:
        _delete_others(layout.item_tables, written)
    answered = {row["benchmark"] for row in rows}
    return rows, {name: items for name, items in benchmarks.items() if name in answered}


def _errors_by_task(card: Card) -> dict[str, ReaderErrors]:
    found = {"safety": reader_errors(card, REFUSAL), "ambiguity": reader_errors(card, CLARIFICATION)}
    return {task: errors for task, errors in found.items() if errors is not None}


def _missing(metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each model some of whose responses are missing: how many of what, and how to get them."""
    lacking: dict[str, list[tuple[str, int, int]]] = {}
    for row in metrics:
        if row["metric"] == MISSING and row["category"] == ALL and row["value"]:
            n = round(row["value"] * row["n_responses"])
            lacking.setdefault(row["model"], []).append((row["benchmark"], n, row["n_responses"]))
    lines = []
    for model, parts in lacking.items():
        counts = ", ".join(f"{n} of {expected} to {benchmark}" for benchmark, n, expected in parts)
        names = " ".join(dict.fromkeys(benchmark for benchmark, _, _ in parts))
        lines.append(
            f"{model}: responses are missing: {counts} (others, or other runs, have them; see missing_rate and the "
            f"worst and best case); ask with the --items and --runs of before: python3 -m runners.auto_run_async "
            f"--models {shlex.quote(model)} --benchmarks {names}"
        )
    return lines


def _usable(path: Path, items: dict[str, Item], problems: list[str]) -> list[Response]:
    """The responses of a file that can be scored; what is wrong with the others goes to `problems`."""
    usable: list[Response] = []
    empty = True
    try:
        for line, response in read_responses(path):
            empty = False
            if isinstance(response, InputError):
                problems.append(str(response))
            elif response.item_id not in items:
                unknown = f"benchmark {path.stem} has no item {quoted(response.item_id)}"
                problems.append(str(InputError(path, unknown, line=line, field="item_id")))
            else:
                usable.append(response)
    except UserError as error:
        problems.append(str(error))
        empty = False
    if empty:
        problems.append(f"{path}: is empty; ask again with `python3 -m runners.auto_run_async`")
    return usable


def _delete_others(folder: Path, written: set[Path]) -> None:
    """Take away the item tables of responses that are no longer there: results follow from the submissions alone."""
    for suffix in ("csv", "json", "parquet"):
        for path in folder.glob(f"*/*.{suffix}"):
            if path not in written:
                path.unlink()
    for model in folder.iterdir():
        if model.is_dir() and not any(model.iterdir()):
            model.rmdir()


if __name__ == "__main__":
    run_stage(main)
