"""How often the 95% intervals of `mean_interval` hold the true rate, by simulation; run by hand.

    python3 -m tests.benchmarks.interval_coverage

Rates are simulated with items of differing difficulty in clusters of differing difficulty, asked in one run or in
several: cluster rates are Beta with mean p and intra-cluster correlation RHO, item rates Beta around their cluster's
with correlation TAU between the runs of an item. The table shows the coverage in percent for each p, with the
plain t interval (mean +- t SE) beside it, and how many cells lie within 93 to 97. Where each item stands for itself and
is asked once the coverage is exact, not simulated; for few items it jumps with p, and at some p no rule can do better.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import mean_interval

RATES = (0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 0.99)
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Design:
    """How many items, in clusters of which sizes, in how many runs, and how alike they are."""

    items: int
    clusters: str
    runs: int
    rho: float
    tau: float

    def codes(self) -> NDArray[np.int64]:
        """Each item's cluster."""
        if self.clusters == "single":
            return np.arange(self.items)
        if self.clusters == "pairs":
            return np.arange(self.items) // 2
        sizes = np.random.default_rng(7).integers(1, 9, self.items)
        return np.repeat(np.arange(self.items), sizes)[: self.items]


DESIGNS = [
    Design(items, clusters, runs, rho, tau)
    for clusters in ("single", "pairs", "1 to 8")
    for items in (30, 100, 300, 1000, 3000)
    for runs, tau in ((1, 1.0), (5, 0.3))
    for rho in ((0.0,) if clusters == "single" else (0.0, 0.3))
]


def around(mean: NDArray[np.float64], correlation: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Beta rates with these means and this correlation; the means themselves for 0, zeros and ones for 1."""
    if correlation == 0:
        return mean
    if correlation == 1:
        return (rng.random(mean.shape) < mean).astype(np.float64)
    inside = np.clip(mean, 1e-9, 1 - 1e-9)
    spread = (1 - correlation) / correlation
    return np.clip(rng.beta(inside * spread, (1 - inside) * spread), 0, 1)


def coverage(design: Design, rate: float, repetitions: int, rng: np.random.Generator) -> tuple[float, float]:
    """The share of the repetitions in which our interval, and the plain t interval, hold the rate."""
    codes = design.codes()
    if design.clusters == "single" and design.runs == 1:
        return exact_coverage(design.items, rate)
    held = plain_held = 0
    for _ in range(repetitions):
        cluster_rates = around(np.full(int(codes.max()) + 1, rate), design.rho, rng)
        item_rates = around(cluster_rates[codes], design.tau, rng)
        scores = rng.binomial(design.runs, item_rates) / design.runs
        own, plain = mean_interval(scores, codes, bounds=SHARE), mean_interval(scores, codes)
        held += own.low <= rate <= own.high
        plain_held += plain.low <= rate <= plain.high
    return held / repetitions, plain_held / repetitions


def exact_coverage(items: int, rate: float) -> tuple[float, float]:
    """Without simulation, over all numbers of right answers that can come about, where each item stands for itself."""
    held = plain_held = 0.0
    for right, chance in enumerate(chances(items, rate)):
        if chance > 1e-12:
            scores, codes = np.repeat([0.0, 1.0], [items - right, right]), np.arange(items)
            own, plain = mean_interval(scores, codes, bounds=SHARE), mean_interval(scores, codes)
            held += chance * (own.low <= rate <= own.high)
            plain_held += chance * (plain.low <= rate <= plain.high)
    return held, plain_held


def chances(items: int, rate: float) -> list[float]:
    """P(X = x) for x = 0 ... items, X binomial."""
    log = [math.lgamma(items + 1) - math.lgamma(x + 1) - math.lgamma(items - x + 1) for x in range(items + 1)]
    return [math.exp(c + x * math.log(rate) + (items - x) * math.log1p(-rate)) for x, c in enumerate(log)]


def attainable(items: int, rate: float) -> tuple[float, float]:
    """The coverages next below and next above 95% that any rule can have that holds the rate for counts a to b."""
    up_to = np.concatenate([[0.0], np.cumsum(chances(items, rate))])
    sums = (up_to[np.newaxis, :] - up_to[:, np.newaxis]).ravel()
    return float(sums[sums <= 0.95].max()), float(sums[sums >= 0.95].min())


def print_summary(cells: dict[tuple[Design, float], tuple[float, float]]) -> None:
    """For each number of items and kind of cluster: how many cells lie within, and the least and the greatest."""
    print(f"\n{'items':>6} {'clusters':>9}  cells  within 93-97  below 93   least  greatest")
    for items, clusters in sorted({(design.items, design.clusters) for design, _ in cells}):
        own = [found for (each, _), (found, _) in cells.items() if (each.items, each.clusters) == (items, clusters)]
        within, below = sum(0.93 <= cell <= 0.97 for cell in own), sum(cell < 0.93 for cell in own)
        print(f"{items:>6} {clusters:>9} {len(own):>6} {within:>13} {below:>9} {min(own):>7.1%} {max(own):>9.1%}")
    for name, column in (("ours", 0), ("plain t", 1)):
        found = [both[column] for both in cells.values()]
        within = np.mean([0.93 <= cell <= 0.97 for cell in found])
        below = np.mean([cell < 0.93 for cell in found])
        print(f"{name}: {within:.0%} of {len(found)} cells within 93-97%, {below:.0%} below; least {min(found):.1%}")
    print("\nno rule can come nearer to 95% than this (each item for itself, one run):")
    for items in sorted({design.items for design, _ in cells}):
        nearest = [attainable(items, rate) for rate in RATES]
        figures = "  ".join(f"p={rate} {low:.1%}/{high:.1%}" for rate, (low, high) in zip(RATES, nearest, strict=True))
        print(f"{items:>6}  {figures}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    cells: dict[tuple[Design, float], tuple[float, float]] = {}
    print(f"{'items':>6} {'clusters':>9} {'runs':>4} {'rho':>4}  " + "".join(f"{f'p={rate}':>14}" for rate in RATES))
    for design in DESIGNS:
        found = {(design, rate): coverage(design, rate, arguments.repetitions, rng) for rate in RATES}
        cells |= found
        figures = "".join(f"{100 * own:8.1f} ({100 * plain:3.0f})" for own, plain in found.values())
        print(f"{design.items:>6} {design.clusters:>9} {design.runs:>4} {design.rho:>4}  {figures}", flush=True)
    print_summary(cells)


if __name__ == "__main__":
    main()
