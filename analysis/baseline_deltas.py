"""Compare every model with a baseline, item by item, and with its own earlier results.

Reads results/items and results/clusters; writes results/deltas.csv|json and results/delta_details.csv|json, and with
--against results/changes.csv|json.

    python3 -m analysis.baseline_deltas --baseline openai/gpt-4.1
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.changes import CHANGE_COLUMNS, change_rows, changes
from analysis.deltas import (
    COLUMNS,
    DETAIL_COLUMNS,
    NEEDED,
    Comparison,
    comparisons,
    delta_rows,
    detail_rows,
    differences,
)
from analysis.gates import ANY, NAMES, SIGNIFICANT, failures, gates_from
from analysis.item_columns import Clusters
from analysis.item_tables import ItemTable, find_tables, item_groups, read_clusters
from analysis.metrics import HEADLINE
from analysis.results_folder import earlier_groups, results_at, tables_at
from utils.atomic import cannot_write
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE, PARTLY_FAILED, UserError, one_line, quoted
from utils.layout import Layout
from utils.tables import write_table

STAGE = "analysis.baseline_deltas"
CHANGES = "changes"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables; returns the exit code, PARTLY_FAILED when a gate is not met."""
    arguments = _parser().parse_args(argv)
    gates = gates_from(arguments.fail_under)
    if arguments.fail_when and not gates:
        raise UserError("--fail-when: there is no gate; name one with --fail-under METRIC=DELTA")
    layout = layout_from(arguments)
    tables = find_tables(layout)
    baseline = chosen_baseline(arguments.baseline, sorted({table.model for table in tables}))
    earlier = tables_at(arguments.against, "--against") if arguments.against else None
    if earlier is not None and results_at(arguments.against, "--against").item_tables.samefile(layout.item_tables):
        warn("--against names the present results themselves; nothing can have changed since")
    clusters = read_clusters(layout)
    compared = _compared(tables, baseline, clusters)
    # All is read before anything is written: what is wrong with the earlier results must not leave half of the tables.
    changed = None if earlier is None else _changed(earlier, tables, clusters)
    gated = _write_deltas(layout, compared, baseline)
    if earlier is None or changed is None:
        _remove_changes(layout)
    else:
        _tell_unmatched(earlier, tables)
        gated = [*_write_changes(layout, changed), *(gated if arguments.baseline else [])]
    failed = [line for gate in gates for line in failures(gate, gated, arguments.fail_when or ANY)]
    for line in failed:
        print(one_line(f"gate not met: {line}"))
    if gates and not failed:
        print(f"{len(gates)} of {len(gates)} gates met")
    return PARTLY_FAILED if failed else DONE


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


def _parser() -> argparse.ArgumentParser:
    parser = stage_parser(
        STAGE,
        "Compares every model with a baseline on the items and runs that both answered: reads results/items, "
        "writes results/deltas and results/delta_details. With --against it also compares each model with itself in "
        "earlier results and writes results/changes.",
        f"python3 -m {STAGE} --baseline openai/gpt-4.1",
    )
    parser.add_argument("--baseline", metavar="MODEL", help="the model to compare with; by default the first by name")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="PATH",
        help="an earlier results/ folder (or the root above it): did each model change since then? Items whose "
        "expected answer is another one now are left out; a prompt or a scoring rule that changed shows in no table, "
        "so score the earlier submissions anew if in doubt",
    )
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=DELTA",
        help="a gate, may be repeated: exit 1 when any model's delta in METRIC is below DELTA on any benchmark, in the "
        "direction of what is better (a fall of over_refusal_rate counts as a rise). reasoning_accuracy=-0.02 bears a "
        "loss of up to 2 points. With --against the changes are looked at, and the differences from the baseline only "
        f"if --baseline is named too; a metric on which nothing was compared fails. METRIC: {', '.join(NAMES)}",
    )
    parser.add_argument(
        "--fail-when",
        choices=(ANY, SIGNIFICANT),
        help=f"{ANY} (default: {ANY}): the delta itself is below DELTA, which a few items may do by chance. "
        f"{SIGNIFICANT}: only if its whole 95%% interval is below DELTA and, for a DELTA of 0 or less, the difference "
        "is significant after Holm's adjustment, so that chance alone closes the gate in less than one of 20 calls",
    )
    return parser


def _compared(tables: Sequence[ItemTable], baseline: str, clusters: Clusters) -> list[Comparison]:
    """Each other model against the baseline, by benchmark and task."""
    own = item_groups([table for table in tables if table.model == baseline], clusters, NEEDED)
    others = item_groups([table for table in tables if table.model != baseline], clusters, NEEDED)
    return sorted(comparisons(own, others, baseline), key=_by_benchmark)


def _changed(earlier: Sequence[ItemTable], now: Sequence[ItemTable], clusters: Clusters) -> list[Comparison]:
    """Each model against its earlier self, by benchmark and task."""
    found = changes(
        earlier,
        now,
        lambda table: earlier_groups(table, clusters, NEEDED, "--against"),
        lambda table: table.groups(clusters, NEEDED),
    )
    return sorted(found, key=_by_benchmark)


def _by_benchmark(comparison: Comparison) -> tuple[str, str, str]:
    return comparison.benchmark, comparison.task, comparison.model


def _write_deltas(layout: Layout, compared: Sequence[Comparison], baseline: str) -> list[dict[str, Any]]:
    found = differences(compared)
    table = delta_rows(found)
    write_table(layout.results, "deltas", COLUMNS, table)
    write_table(layout.results, "delta_details", DETAIL_COLUMNS, detail_rows(found))
    for comparison in compared:
        _tell(comparison, f"{comparison.model} and {baseline}")
    if not compared:
        print(one_line(f"{baseline} is the only model, so there is nothing to compare: the table is empty"))
    _show(table)
    significant = sum(row["significant"] for row in table)
    wrote = "wrote results/deltas.csv|json and results/delta_details.csv|json"
    print(one_line(f"{wrote}: {len(table)} differences from {baseline}, {significant} significant (Holm)"))
    return table


def _tell_unmatched(earlier: Sequence[ItemTable], now: Sequence[ItemTable]) -> None:
    before, after = ({table.model for table in tables} for tables in (earlier, now))
    for models, place in ((before - after, "the earlier"), (after - before, "the present")):
        for model in sorted(models):
            warn(f"{model} is only in {place} results; not compared")


def _write_changes(layout: Layout, changed: Sequence[Comparison]) -> list[dict[str, Any]]:
    for comparison in changed:
        _tell(comparison, f"{comparison.model} then and now")
    found = differences(changed)
    table = change_rows(found)
    write_table(layout.results, CHANGES, CHANGE_COLUMNS, table)
    _show(table)
    significant = sum(row["significant"] for row in table)
    print(
        f"wrote results/{CHANGES}.csv|json: {len(table)} changes since the earlier results, "
        f"{significant} significant (Holm)"
    )
    return table


def _remove_changes(layout: Layout) -> None:
    """Remove the changes that an earlier call wrote: they are of other results by now."""
    for kind in ("csv", "json"):
        path = layout.results / f"{CHANGES}.{kind}"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error


def _show(table: Sequence[Mapping[str, Any]]) -> None:
    """Print the metric that stands for each task; the rest is in the table."""
    for row in table:
        if row["metric"] == HEADLINE[row["task"]]:
            verdict = "significant" if row["significant"] else "may be chance"
            told = (
                f"{row['model']} on {row['benchmark']}: {row['metric']} {row['baseline_value']:.3f} -> "
                f"{row['value']:.3f}, delta {row['delta']:+.3f} [{row['ci_low']:+.3f} to {row['ci_high']:+.3f}], "
                f"{row['n_items']} items: {verdict}"
            )
            print(one_line(told))


def _tell(comparison: Comparison, names: str) -> None:
    """Say what of the two sets of answers could not be compared."""
    name = f"{names} on {comparison.benchmark}"
    if comparison.n_changed_items:
        warn(f"{name}: {comparison.n_changed_items} items expect another answer now; left out")
    if not comparison.n_items:
        warn(f"{name}: no item and run that both answered; not compared")
    elif comparison.n_unshared_items or comparison.n_unshared_runs:
        warn(
            f"{name}: compared on {comparison.n_items} items and {comparison.n_runs} runs; "
            f"{comparison.n_unshared_items} items and {comparison.n_unshared_runs} runs are not shared and left out"
        )


if __name__ == "__main__":
    run_stage(main)
