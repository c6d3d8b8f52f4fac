"""Tell whether a model is better at the shipped items than at fresh ones like them, as one is that has seen them.

Reads results/items and results/clusters; writes nothing.

    python3 -m analysis.compare_fresh reasoning_seed7
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis.distributions import t_quantile
from analysis.item_columns import ItemColumns
from analysis.item_tables import find_tables, read_clusters
from utils.cli import layout_from, run_stage, stage_parser
from utils.errors import DONE, UserError, quoted

STAGE = "analysis.compare_fresh"
CONFIDENCE_LEVEL = 0.95

Shares = Mapping[str, Fraction]
"""A template's name to the share of right answers over its items, each item the mean of its runs."""


@dataclass(frozen=True)
class Gap:
    """Accuracy on fresh items minus that on shipped ones, over the templates that both have; each counts the same."""

    templates: int
    shipped: float
    fresh: float
    delta: float
    low: float | None
    high: float | None


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line a model; returns the exit code.

    Raises:
        UserError: no model has answered items of the same templates in both benchmarks.
    """
    parser = stage_parser(
        STAGE,
        "Compare each model's accuracy on a fresh benchmark with that on the shipped items of the same templates: "
        "reads results/items and results/clusters.",
        f"python3 -m {STAGE} reasoning_seed7",
    )
    parser.add_argument("fresh", metavar="NAME", help="the benchmark that benchmarks.instantiate wrote")
    parser.add_argument("--shipped", default="reasoning", metavar="NAME", help="the benchmark to compare it with")
    arguments = parser.parse_args(argv)
    layout = layout_from(arguments)
    tables, clusters = find_tables(layout), read_clusters(layout)
    by_name = {(table.model, table.benchmark): table for table in tables}
    lines = []
    for model in sorted({table.model for table in tables}):
        shipped, fresh = (
            template_shares(by_name[model, name].groups(clusters, ["correct"]) if (model, name) in by_name else ())
            for name in (arguments.shipped, arguments.fresh)
        )
        found = gap(shipped, fresh)
        if found is not None:
            lines.append(_line(model, found))
    if not lines:
        raise UserError(
            f"no model has scored responses of the same templates in {quoted(arguments.shipped)} and "
            f"{quoted(arguments.fresh)}; run `python3 -m runners.auto_run_async --benchmarks {arguments.shipped} "
            f"{arguments.fresh} --items 400` and `python3 -m runners.aggregate_results`"
        )
    print("\n".join(lines))
    print("An interval wholly below 0 says that the shipped items are easier for the model than new ones like them.")
    return DONE


def template_shares(groups: Iterable[ItemColumns]) -> dict[str, Fraction]:
    """The share of right answers of each cluster: the mean over its items of the mean over their runs."""
    items: dict[str, list[Fraction]] = {}
    for columns in groups:
        right = np.bincount(columns.item[columns.correct], minlength=len(columns.items)).tolist()
        for cluster, n_right, n_runs in zip(columns.cluster, right, columns.counts.tolist(), strict=True):
            items.setdefault(cluster, []).append(Fraction(n_right, n_runs))
    return {cluster: sum(shares, Fraction(0)) / len(shares) for cluster, shares in items.items()}


def gap(shipped: Shares, fresh: Shares) -> Gap | None:
    """The mean of the templates' differences with Student's interval, mean +- t sd / sqrt(n) over n templates.

    None when no template stands in both; the interval is None for one template.
    """
    shared = sorted(shipped.keys() & fresh.keys())
    if not shared:
        return None
    deltas = [float(fresh[name] - shipped[name]) for name in shared]
    mean = math.fsum(deltas) / len(deltas)
    low = high = None
    if len(deltas) > 1:
        variance = math.fsum((delta - mean) ** 2 for delta in deltas) / (len(deltas) - 1)
        half = t_quantile((1 + CONFIDENCE_LEVEL) / 2, len(deltas) - 1) * math.sqrt(variance / len(deltas))
        low, high = mean - half, mean + half
    means = [math.fsum(map(float, (shares[name] for name in shared))) / len(shared) for shares in (shipped, fresh)]
    return Gap(len(shared), means[0], means[1], mean, low, high)


def _line(model: str, found: Gap) -> str:
    interval = "" if found.low is None else f", 95% interval {found.low:+.3f} to {found.high:+.3f}"
    return (
        f"{model}: shipped {found.shipped:.3f}, fresh {found.fresh:.3f}, difference {found.delta:+.3f}{interval} "
        f"({found.templates} templates)"
    )


if __name__ == "__main__":
    run_stage(main)
