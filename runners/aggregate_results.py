"""Step 2: reads what each response amounts to, scores it, and writes the tables that all later steps start from.

Reads `submissions/` and `benchmarks/`; writes `results/items/`, `results/metrics.*`, `results/clusters.*` and
`results/scorer_card.*`. No model is called; the same submissions give the same bytes.

    python3 -m runners.aggregate_results
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from analysis.item_columns import Clusters
from analysis.item_tables import CLUSTER_COLUMNS, ItemTable, item_groups
from analysis.measures import ALL
from analysis.metrics import METRIC_COLUMNS, MISSING, metric_rows
from normalize.agreement import ReaderErrors
from normalize.card import CARD_COLUMNS, CLARIFICATION, MEASURE, REFUSAL, Card, read_card, reader_errors
from runners.scoring_engines.cluster import cluster_engine
from runners.scoring_engines.engine import FEWER_WORKERS, SMALL_BYTES, Engine, local_engine
from runners.scoring_engines.file_scoring import FileOutcome
from runners.scoring_engines.submissions import Submissions
from utils.cli import layout_from, positive_int, run_stage, shown, stage_parser, warn
from utils.cores import available_cores, told_when_broken
from utils.errors import DONE, PARTLY_FAILED, UserError
from utils.items import Item
from utils.tables import storable_text, write_table


def main(argv: Sequence[str] | None = None) -> int:
    """Run step 2; the return is its exit code."""
    parser = stage_parser(
        "runners.aggregate_results",
        "Score every response in submissions/ and write results/items/, results/metrics, results/clusters and "
        "results/scorer_card as CSV and JSON. A line that cannot be used is told and left out; the rest is scored. "
        "What was scored before and has not changed since is not scored again.",
        "python3 -m runners.aggregate_results",
    )
    parser.add_argument(
        "--workers", type=positive_int, metavar="N", help="processes that score (default: one a core; few data: one)"
    )
    parser.add_argument("--fresh", action="store_true", help="score what has not changed again, too")
    parser.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="score on this machine, or on a Dask cluster"
    )
    parser.add_argument(
        "--scheduler", metavar="tcp://HOST:PORT", help="where the scheduler of the Dask cluster listens"
    )
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    card = read_card()
    submissions = Submissions(layout)
    under_way: list[Future[list[dict[str, Any]]]] = []
    with _engine(arguments, submissions.bytes) as engine:
        measure = partial(_measure, engine.writing, submissions, _errors_by_task(card), under_way)
        outcomes = submissions.score(engine, measure, fresh=arguments.fresh)
        problems = submissions.problems(outcomes)
        for problem in problems:
            warn(problem)
        scored = {path: outcome for path, outcome in outcomes.items() if outcome.rows}
        if not scored:
            told = "none of its lines can be scored" if problems else "holds no responses"
            raise UserError(f"{layout.submissions}: {told}; run `python3 -m runners.auto_run_async` first")
        _delete_others(layout.item_tables, {path for outcome in scored.values() for path in outcome.written})
        answered = sorted({path.stem for path in scored})
        clusters = [row for name in answered for row in _cluster_rows(name, submissions.benchmarks[name].items)]
        write_table(layout.results, "clusters", CLUSTER_COLUMNS, clusters)
        with told_when_broken(FEWER_WORKERS):
            metrics = [row for future in under_way for row in future.result()]
    metrics.sort(key=lambda row: (row["model"], row["benchmark"], row["task"]))
    write_table(layout.results, "metrics", METRIC_COLUMNS, metrics)
    write_table(layout.results, "scorer_card", CARD_COLUMNS, card.table())
    for line in _missing(metrics):
        warn(line)
    if stale := card.stale():
        print(
            f"The readers of {', '.join(stale)} have changed since the scorer card was measured; its figures, and the "
            f"corrected rates, rest on the older ones. To measure again: {MEASURE}"
        )
    print(
        f"{sum(outcome.rows for outcome in scored.values())} responses of "
        f"{len({outcome.model for outcome in scored.values()})} models to {len(answered)} benchmarks scored"
        + (f", {len(problems)} problems told above" if problems else "")
        + f"; tables are in {shown(layout.results)}. Next: python3 -m runners.run_consistency"
    )
    return PARTLY_FAILED if problems else DONE


def _engine(arguments: argparse.Namespace, n_bytes: int) -> AbstractContextManager[Engine]:
    if (arguments.engine == "dask") != (arguments.scheduler is not None):
        raise UserError("--engine dask and --scheduler tcp://HOST:PORT go together")
    if arguments.engine == "dask":
        if arguments.workers is not None:
            raise UserError("--workers is for --engine local; a Dask cluster has the workers that it was started with")
        return cluster_engine(arguments.scheduler)
    return local_engine(arguments.workers or (available_cores() if n_bytes > SMALL_BYTES else 1))


def _cluster_rows(benchmark: str, items: Mapping[str, Item]) -> list[dict[str, str]]:
    return [
        {"benchmark": benchmark, "item_id": item.id, "cluster": item.cluster}
        for item in sorted(items.values(), key=lambda item: item.id)
    ]


def _measure(
    executor: Executor, submissions: Submissions, errors: Mapping[str, ReaderErrors],
    under_way: list[Future[list[dict[str, Any]]]], benchmark: str, outcomes: Mapping[Path, FileOutcome],
) -> None:  # fmt: skip
    """Begin with the rows of `results/metrics` of a benchmark; one table at a time is in the memory of a process."""
    tables = []
    for outcome in outcomes.values():
        if outcome.model is not None:
            path = next(each for each in outcome.written if each.suffix == ".parquet")
            tables.append(ItemTable(storable_text(outcome.model), benchmark, outcome.rows, path))
    if tables:
        rows = _cluster_rows(benchmark, submissions.benchmarks[benchmark].items)
        clusters = {(benchmark, storable_text(row["item_id"])): storable_text(row["cluster"]) for row in rows}
        under_way.append(executor.submit(_benchmark_metrics, tables, clusters, errors))


def _benchmark_metrics(
    tables: Sequence[ItemTable], clusters: Clusters, errors: Mapping[str, ReaderErrors]
) -> list[dict[str, Any]]:
    return metric_rows(partial(item_groups, sorted(tables, key=lambda table: table.model), clusters), errors)


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
