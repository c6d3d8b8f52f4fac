"""Measure how far each model agrees with itself from run to run.

Reads results/items, results/clusters and, for agreement of the raw texts, submissions/; writes
results/consistency.csv|json and results/consistency_items.csv|json.

    python3 -m runners.run_consistency
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.consistency import COLUMNS, consistency_rows, item_columns, item_rows
from analysis.item_tables import read_clusters, read_item_rows
from analysis.resampling import add_flags, check_flags, generator
from analysis.run_grids import RunGrid, run_grids
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE
from utils.hashing import sha256_text
from utils.layout import Layout, model_folder
from utils.responses import Response, read_responses
from utils.tables import write_table

STAGE = "runners.run_consistency"
FLIPS_TOLD = 5  # a screen holds no more beside the rest; the table has them all


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
    rows, clusters = read_item_rows(layout), read_clusters(layout)
    grids = list(run_grids(rows))
    table: list[dict[str, Any]] = []
    for grid in grids:
        rng = generator(arguments.seed, grid.model, grid.benchmark, grid.task, "consistency")
        table += consistency_rows(grid, _raw_texts(layout, grid), clusters, rng, arguments.resamples)
    items = item_rows(rows)
    write_table(layout.results, "consistency", COLUMNS, table)
    write_table(layout.results, "consistency_items", item_columns(rows), items)
    for grid in grids:
        _tell(grid)
    _tell_flips(items)
    models = len({grid.model for grid in grids})
    print(f"wrote results/consistency.csv|json and results/consistency_items.csv|json ({models} models)")
    return DONE


def _tell(grid: RunGrid) -> None:
    """Say what was left out, and what could not be measured."""
    name = f"{grid.model} on {grid.benchmark}"
    if grid.n_left_out:
        runs = ", ".join(map(str, grid.runs))
        warn(f"{name}: {grid.n_left_out} items left out that lack one of the runs {runs}; {len(grid.items)} used")
    if len(grid.runs) == 1:
        print(f"{name}: one run, so agreement between runs is undefined; ask again with more runs to measure it")


def _tell_flips(items: Sequence[dict[str, Any]]) -> None:
    """Name the items that flip most; the table lists them all in this order."""
    most = sorted((row for row in items if row["flips"]), key=lambda row: -row["flips"])
    for row in most[:FLIPS_TOLD]:
        n_runs = sum(value is not None for column, value in row.items() if column.startswith("run_"))
        print(f"{row['model']} on {row['benchmark']}: {row['item_id']} was right in {row['n_right']} of {n_runs} runs")
    if len(most) > FLIPS_TOLD:
        print(f"and {len(most) - FLIPS_TOLD} items more are right in some runs and wrong in others")


def _raw_texts(layout: Layout, grid: RunGrid) -> dict[tuple[str, int], str]:
    """A fingerprint of the text of each of the grid's responses; the texts themselves could fill the memory.

    Lines that are no valid response were told by runners.aggregate_results and are passed over.
    """
    path = layout.submissions / model_folder(grid.model) / f"{grid.benchmark}.jsonl"
    if len(grid.runs) < 2:
        return {}
    if not path.exists():
        warn(f"{path.relative_to(layout.root)}: not there, so agreement of the raw texts (tarr) is undefined")
        return {}
    found = (entry for _, entry in read_responses(path))
    return {(entry.item_id, entry.run): sha256_text(entry.response) for entry in found if isinstance(entry, Response)}


if __name__ == "__main__":
    run_stage(main)
