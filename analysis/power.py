"""Plan a comparison before it is paid for: the items and runs that show a difference, and what they cost.

Reads, with --from, results/items and results/clusters; writes nothing.

    python3 -m analysis.power --delta 0.03 --from results
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from analysis.deltas import COMPARED
from analysis.item_tables import read_clusters
from analysis.measured_noise import NEEDED, Assumptions, Noise, measured_noise
from analysis.metrics import HEADLINE, Metric
from analysis.planning import Demand, greatest_variance_factor, items_for, least_detectable
from analysis.power_arguments import ACCURACY, SHIPPED_ITEMS, power_parser
from analysis.results_folder import earlier_groups, holds_results, results_at, tables_at
from analysis.variance_parts import VarianceParts, assumed_parts
from utils.cli import run_stage
from utils.errors import DONE, UserError, one_line, quoted
from utils.layout import REPOSITORY

STAGE = "analysis.power"
DOUBTFUL = 1.1  # tell when the variance may be so many times as great as measured


def main(argv: Sequence[str] | None = None) -> int:
    """Print the plan; returns the exit code."""
    arguments = power_parser(STAGE).parse_args(argv)
    demand = Demand(arguments.power, arguments.alpha, arguments.comparisons)
    noises = [_assumed(arguments)] if arguments.source is None else _measured(arguments)
    print(
        f"To find a true difference of {arguments.delta:g} with {demand.power:.0%} power at a two-sided level of "
        f"{demand.alpha:g}" + (f" in any of {demand.comparisons} comparisons:" if demand.comparisons > 1 else ":")
    )
    priced = True
    for noise, explained in noises:
        items = arguments.items or noise.n_items
        price = noise.price if arguments.price_per_response is None else arguments.price_per_response
        print(f"\n{explained}")
        _print_plan(arguments.delta, noise.parts, arguments.runs, items, price, demand)
        if noise.models:
            _print_doubts(noise)
        priced = priced and price is not None
    print("\nResponses and cost are those of both models; what is stored already is not asked again.")
    if not priced:
        print("An unknown cost: no price of a response is on record; --price-per-response USD states one.")
    return DONE


def _print_plan(
    delta: float, parts: VarianceParts, runs: Sequence[int], items: int, price: float | None, demand: Demand
) -> None:
    effect = parts.design_effect(1)
    print(
        f"  variance between items {parts.between:.4f}, within items (runs) {parts.within:.4f}, design effect of "
        f"clusters {'undefined' if effect is None else f'{effect:.2f}'} at one run"
    )
    print(
        f"  {'runs':>4} {'items needed':>13} {'responses':>11} {'cost':>12}   "
        f"least difference that {items:,} items show"
    )
    for number in runs:
        needed = items_for(delta, parts, number, demand)
        responses = 2 * needed * number
        cost = "unknown" if price is None else f"${price * responses:,.2f}"
        least = least_detectable(items, parts, number, demand)
        shown = f"{least:.3f}" if least <= 1 else "none"
        print(f"  {number:>4} {needed:>13,} {responses:>11,} {cost:>12}   {shown}")
    print(f"  With endless runs it would still take {items_for(delta, parts, math.inf, demand):,} items.")


def _print_doubts(noise: Noise) -> None:
    factor = greatest_variance_factor(noise.n_items)
    if factor >= DOUBTFUL:
        print(f"  Measured on {noise.n_items:,} items only: it may take {factor:.1f} times as many (80% upper bound).")
    if noise.parts.of_one_item(math.inf) == 0:
        print(
            "  No variance between items could be told from that between runs: plans of more runs than the "
            f"{noise.n_runs} measured promise too much."
        )


def _assumed(arguments: argparse.Namespace) -> tuple[Noise, str]:
    accuracy = ACCURACY if arguments.accuracy is None else arguments.accuracy
    effect = 1.0 if arguments.design_effect is None else arguments.design_effect
    parts = assumed_parts(accuracy, arguments.correlation, arguments.run_share, effect)
    explained = (
        f"assumed, for nothing was measured (--from): both models near {accuracy:g} accuracy, their rates over items "
        f"correlated by {arguments.correlation:g},\n{arguments.run_share:.0%} of an answer's variance between runs of "
        f"the same item, a design effect of {effect:g} for clusters"
    )
    return Noise("", "", (), SHIPPED_ITEMS, 0, parts, None, ""), explained


def _measured(arguments: argparse.Namespace) -> list[tuple[Noise, str]]:
    for flag in ("accuracy", "design_effect"):
        if getattr(arguments, flag) is not None:
            raise UserError(f"--{flag.replace('_', '-')}: with --from this is measured; leave one of the two out")
    source = _source(arguments)
    tables = tables_at(source, "--from")
    clusters = read_clusters(results_at(source, "--from"))
    for flag, column, wanted in (
        ("--models", "model", arguments.models), ("--benchmarks", "benchmark", arguments.benchmarks),
    ):  # fmt: skip
        there = sorted({getattr(table, column) for table in tables})
        for name in wanted or ():
            if name not in there:
                raise UserError(f"{flag} {quoted(name)}: not in these results; here are: {', '.join(there)}")
        tables = [table for table in tables if not wanted or getattr(table, column) in wanted]
    groups = (
        group
        for table in sorted(tables, key=lambda table: table.benchmark)
        for group in earlier_groups(table, clusters, NEEDED, "--from")
    )
    assumptions = Assumptions(arguments.correlation, arguments.run_share)
    found = list(measured_noise(groups, _metrics(arguments.metric), assumptions))
    if not found:
        raise UserError(
            f"--from {arguments.source}: no benchmark with {arguments.metric or 'a metric'} has two items, in two "
            "clusters, that two models (or the only one) answered; score more, or plan without --from"
        )
    return [(noise, _explained(noise, assumptions)) for noise in found]


def _explained(noise: Noise, assumptions: Assumptions) -> str:
    names = " and ".join(noise.models) if len(noise.models) < 4 else f"{len(noise.models)} models"
    pairs = len(noise.models) * (len(noise.models) - 1) // 2
    text = one_line(f"{noise.metric} on {noise.benchmark}, measured: {names}")
    text += f", mean of {pairs} pairs" if pairs > 1 else ""
    text += f"; {noise.n_items:,} items, {noise.n_runs} run{'s' * (noise.n_runs > 1)}"
    if noise.assumed:
        text += (
            f"\n  not measured: {noise.assumed}; assumed: correlation {assumptions.correlation:g}, "
            f"{assumptions.run_share:.0%} of the variance between runs"
        )
    return text


def _metrics(wanted: str | None) -> list[Metric]:
    by_name = {metric.name: metric for metric in COMPARED}
    if wanted is not None and wanted not in by_name:
        raise UserError(f"--metric {quoted(wanted)}: no such metric; expected one of {', '.join(by_name)}")
    return [by_name[name] for name in ([wanted] if wanted else HEADLINE.values())]


def _source(arguments: argparse.Namespace) -> Path:
    """`--from` as it stands or, where that has no results, below `--root`; the other way round if `--root` is named."""
    places: list[Path] = [arguments.source, arguments.root / arguments.source]
    if arguments.root != REPOSITORY:
        places.reverse()
    for path in places:
        if holds_results(path):
            return path
    return places[0]


if __name__ == "__main__":
    run_stage(main)
