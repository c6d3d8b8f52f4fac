"""Measure how far each model agrees with itself from run to run.

Reads results/items, results/clusters and, for agreement of the raw texts, submissions/; writes
results/consistency.csv|json and results/consistency_items.csv|json.

    python3 -m runners.run_consistency
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from analysis import consistency, consistency_items
from analysis.consistency_items import ItemAnswers
from analysis.item_columns import Clusters, ItemColumns
from analysis.item_tables import ItemTable, clusters_by_benchmark, find_tables, read_clusters
from analysis.resampling import add_flags, check_flags, generator
from analysis.run_grids import RunGrid, run_grid
from runners.raw_texts import same_texts
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.column_tables import TablePart, write_parts
from utils.cores import available_cores, in_order
from utils.errors import DONE
from utils.layout import Layout, model_folder
from utils.tables import write_table

STAGE = "runners.run_consistency"
FLIPS_TOLD = 5  # a screen holds no more beside the rest; the table has them all
FEW_RESPONSES = 150_000  # with as many or fewer, starting processes takes longer than they save


@dataclass(frozen=True)
class Job:
    """An item table to measure, with the clusters of its benchmark; `runs` are those of all tables."""

    table: ItemTable
    clusters: Clusters
    runs: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """What became of a model's responses to a benchmark and task.

    Attributes:
        rows: of results/consistency.
        flips: the items that flip most, each with its number of flips and a line; `n_flips` counts all that do.
        texts_missing: what to say where the raw texts are not there, else nothing; so are
        left_out: which items were left out, and
        noted: what could not be measured.
    """

    model: str
    rows: list[dict[str, Any]]
    flips: tuple[tuple[int, str], ...]
    n_flips: int
    texts_missing: str
    left_out: str
    noted: str


def main(argv: Sequence[str] | None = None) -> int:
    """Write both tables; returns the exit code."""
    parser = stage_parser(
        STAGE,
        "Measures agreement between runs: reads results/items, writes results/consistency and consistency_items.",
        f"python3 -m {STAGE} --root .",
    )
    add_flags(parser)
    arguments = parser.parse_args(argv)
    check_flags(arguments)
    layout = layout_from(arguments)
    jobs = _jobs(find_tables(layout), read_clusters(layout))
    measured: list[Measured] = []
    n_responses = sum(job.table.n_responses for job in jobs)
    workers = available_cores() if n_responses > FEW_RESPONSES else 1
    work = partial(measure, layout, arguments.seed, arguments.resamples)
    parts = _parts(in_order(work, jobs, workers), measured)
    write_parts(layout.results, "consistency_items", consistency_items.columns_for(jobs[0].runs), parts)
    write_table(layout.results, "consistency", consistency.COLUMNS, (row for each in measured for row in each.rows))
    _tell(measured)
    models = len({each.model for each in measured})
    print(f"wrote results/consistency.csv|json and results/consistency_items.csv|json ({models} models)")
    return DONE


def measure(layout: Layout, seed: int, resamples: int, job: Job) -> list[tuple[Measured, TablePart]]:
    """A table's responses, task by task, and their rows of results/consistency_items.

    Raises:
        UserError: the table is damaged, or the submission cannot be read.
    """
    needed = {*consistency.NEEDED, *consistency_items.NEEDED}
    found = []
    for columns in job.table.groups(job.clusters, needed):
        grid, answers = run_grid(columns), consistency_items.item_answers(columns)
        path = layout.submissions / model_folder(grid.model) / f"{grid.benchmark}.jsonl"
        texts = same_texts(path, grid.items, grid.runs) if len(grid.runs) > 1 and path.exists() else None
        rng = generator(seed, *columns.name, "consistency")
        measured = Measured(
            grid.model,
            list(consistency.consistency_rows(grid, texts, rng, resamples)),
            tuple(_most_flips(answers)),
            int((answers.n_flips > 0).sum()),
            _texts_missing(path.relative_to(layout.root)) if len(grid.runs) > 1 and not path.exists() else "",
            _left_out(grid) if grid.n_left_out else "",
            _one_run(grid) if len(grid.runs) == 1 else "",
        )
        found.append((measured, consistency_items.answers_part(answers, job.runs)))
    return found


def _jobs(tables: Sequence[ItemTable], clusters: Clusters) -> list[Job]:
    runs = tuple(sorted(set().union(*(table.runs() for table in tables))))
    of_benchmark = clusters_by_benchmark(clusters)
    return [Job(table, of_benchmark.get(table.benchmark, {}), runs) for table in tables]


def _parts(found: Iterable[list[tuple[Measured, TablePart]]], measured: list[Measured]) -> Iterator[TablePart]:
    """The parts of results/consistency_items; what else was found is added to `measured`."""
    for groups in found:
        for each, part in groups:
            if each.texts_missing:
                warn(each.texts_missing)
            measured.append(each)
            yield part


def _tell(measured: Sequence[Measured]) -> None:
    """Say what was left out and what could not be measured, and name the items that flip most."""
    for each in measured:
        if each.left_out:
            warn(each.left_out)
        if each.noted:
            print(each.noted)
    most = sorted((flip for each in measured for flip in each.flips), key=lambda flip: -flip[0])
    for _, told in most[:FLIPS_TOLD]:
        print(told)
    n_flips = sum(each.n_flips for each in measured)
    if n_flips > FLIPS_TOLD:
        print(f"and {n_flips - FLIPS_TOLD} items more are right in some runs and wrong in others")


def _texts_missing(path: Path) -> str:
    return f"{path}: not there, so agreement of the raw texts (tarr) is undefined"


def _left_out(grid: RunGrid) -> str:
    runs = ", ".join(map(str, grid.runs))
    return (
        f"{_name(grid.columns)}: {grid.n_left_out} items left out that lack one of the runs {runs}; "
        f"{len(grid.items)} used"
    )


def _one_run(grid: RunGrid) -> str:
    name = _name(grid.columns)
    return f"{name}: one run, so agreement between runs is undefined; ask again with more runs to measure it"


def _most_flips(answers: ItemAnswers) -> Iterator[tuple[int, str]]:
    name, items = _name(answers.columns), answers.columns.items
    for place in range(min(FLIPS_TOLD, int((answers.n_flips > 0).sum()))):
        item = items[answers.order[place]]
        told = f"{name}: {item} was right in {answers.n_right[place]} of {answers.n_runs[place]} runs"
        yield int(answers.n_flips[place]), told


def _name(columns: ItemColumns) -> str:
    return f"{columns.model} on {columns.benchmark}"


if __name__ == "__main__":
    run_stage(main)
