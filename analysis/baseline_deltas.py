"""Compare every model with a baseline, item by item.

Reads results/items and results/clusters; writes results/deltas.csv|json.

    python3 -m analysis.baseline_deltas --baseline openai/gpt-4.1
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.deltas import COLUMNS, Comparison, comparisons, delta_rows
from analysis.item_tables import read_clusters, read_item_rows
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE, UserError, quoted
from utils.tables import write_table

STAGE = "analysis.baseline_deltas"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table; returns the exit code."""
    parser = stage_parser(
        STAGE,
        "Compares every model with a baseline on the items and runs that both answered: reads results/items, "
        "writes results/deltas.",
        f"python3 -m {STAGE} --baseline openai/gpt-4.1",
    )
    parser.add_argument("--baseline", metavar="MODEL", help="the model to compare with; by default the first by name")
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    rows = read_item_rows(layout)
    baseline = chosen_baseline(arguments.baseline, sorted({row["model"] for row in rows}))
    compared = list(comparisons(rows, baseline))
    table = delta_rows(compared, read_clusters(layout))
    write_table(layout.results, "deltas", COLUMNS, table)
    for comparison in compared:
        _tell(comparison)
    if not compared:
        print(f"{baseline} is the only model, so there is nothing to compare: the table is empty")
    significant = sum(row["significant"] for row in table)
    print(f"wrote results/deltas.csv|json: {len(table)} differences from {baseline}, {significant} significant (Holm)")
    return DONE


def chosen_baseline(wanted: str | None, models: Sequence[str]) -> str:
    """The baseline asked for, or the first of the models.

    Raises:
        UserError: there is no such model; the message lists those there are.
    """
    if wanted is None:
        return models[0]
    if wanted not in models:
        raise UserError(f"--baseline {quoted(wanted)}: no scored model of that name; here are: {', '.join(models)}")
    return wanted


def _tell(comparison: Comparison) -> None:
    """Say what of the two models' answers could not be compared."""
    grid = comparison.model
    name = f"{grid.model} and {comparison.baseline.model} on {grid.benchmark}"
    if not grid.items:
        warn(f"{name}: no item and run that both answered; not compared")
    elif comparison.n_unshared_items or comparison.n_unshared_runs:
        warn(
            f"{name}: compared on {len(grid.items)} items and {len(grid.runs)} runs; {comparison.n_unshared_items} "
            f"items and {comparison.n_unshared_runs} runs are not shared and left out"
        )


if __name__ == "__main__":
    run_stage(main)
