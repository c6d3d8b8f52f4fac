"""Whether a plan of `analysis.power` keeps its promise: planned power beside simulated power; run by hand.

    python3 -m tests.benchmarks.power_simulation

For each design the items are planned with the formula for 80% power from the true variances; then two models that
differ by just delta are simulated on so many items, and the share of significant differences is counted. Difficulty
of items is partly shared by the two models and within clusters, and answers to one item waver between runs. `pilot` is
what pilots of 100 items and three runs would have planned: mean and standard deviation.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.paired import POWER, SIGNIFICANCE, paired_delta
from analysis.planning import Demand, items_for
from analysis.variance_parts import VarianceParts, estimated_parts

POPULATION = 400_000  # items, to know the true variances to three digits
PILOT_ITEMS, PILOT_RUNS = 100, 3


@dataclass(frozen=True)
class Design:
    """Two models of accuracies `base` and `base + delta`, in `runs` runs of items in clusters of `size`.

    `alike` is the chance that an item is as hard for one as for the other; `spread` is the correlation of an item's
    runs: 1 means that an answer never wavers.
    """

    delta: float
    base: float
    runs: int
    size: int
    alike: float
    spread: float

    def rates(self, items: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Each item's true rate of either model."""
        clusters = np.arange(items) // self.size
        shared = _levels(clusters, rng)
        own = [np.where(rng.random(items) < self.alike, shared, _levels(clusters, rng)) for _ in range(2)]
        return self._rate(own[0], self.base), self._rate(own[1], self.base + self.delta)

    def answers(self, items: int, runs: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each item, the runs right of either model."""
        one, other = self.rates(items, rng)
        return rng.binomial(runs, one), rng.binomial(runs, other)

    def parts(self, rng: np.random.Generator) -> VarianceParts:
        """The true variances, from a large population; clusters are sampled whole."""
        one, other = self.rates(POPULATION, rng)
        deltas = (other - one).reshape(-1, self.size)
        between = float(deltas.var())
        within = float((one * (1 - one) + other * (1 - other)).mean())
        return VarianceParts(between, within, float(deltas.mean(axis=1).var()) * self.size - between)

    def _rate(self, level: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
        # An item's rate is 1 or 0 with the chance `spread`, else the mean: its expectation is `mean` at any level.
        return np.where(level < self.spread, (level < self.spread * mean).astype(np.float64), mean)


DESIGNS = [
    Design(delta, base, runs, size, alike, spread)
    for delta, base in ((0.03, 0.7), (0.05, 0.5), (0.05, 0.9), (0.1, 0.7))
    for runs, size, alike, spread in (
        (1, 1, 0.6, 0.6),
        (3, 1, 0.6, 0.6),
        (5, 1, 0.6, 0.6),
        (1, 2, 0.3, 0.8),
        (3, 5, 0.3, 0.8),
    )
]


def _levels(clusters: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A uniform level of each item; every second item has its cluster's."""
    of_cluster = rng.random(int(clusters.max()) + 1)[clusters]
    return np.where(rng.random(len(clusters)) < 0.5, of_cluster, rng.random(len(clusters)))


def simulated_power(design: Design, items: int, repetitions: int, rng: np.random.Generator) -> float:
    """The share of repetitions in which the difference is significant."""
    clusters = np.arange(items) // design.size
    found = 0
    for _ in range(repetitions):
        baseline, model = design.answers(items, design.runs, rng)
        p_value = paired_delta(baseline, model, design.runs, clusters).p_value
        found += p_value is not None and p_value < SIGNIFICANCE
    return found / repetitions


def planned_from_pilots(design: Design, repetitions: int, rng: np.random.Generator) -> tuple[float, float]:
    """The mean and the standard deviation of the items that pilots plan."""
    clusters = np.arange(PILOT_ITEMS) // design.size
    plans = []
    for _ in range(repetitions):
        parts = estimated_parts(*design.answers(PILOT_ITEMS, PILOT_RUNS, rng), PILOT_RUNS, clusters, 0.3)
        if parts is not None:
            plans.append(items_for(design.delta, parts, design.runs, Demand()))
    return float(np.mean(plans)), float(np.std(plans))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    powers = []
    print("delta  base runs cluster   omega^2+gamma  sigma^2s   items   planned  simulated     pilot")
    for design in DESIGNS:
        parts = design.parts(rng)
        items = items_for(design.delta, parts, design.runs, Demand())
        items = math.ceil(items / design.size) * design.size
        power = simulated_power(design, items, arguments.repetitions, rng)
        mean, deviation = planned_from_pilots(design, min(200, arguments.repetitions), rng)
        powers.append(power)
        print(
            f"{design.delta:>5} {design.base:>5} {design.runs:>4} {design.size:>7} "
            f"{parts.between + parts.clustering:>15.4f} {parts.within:>9.4f} {items:>7,} {POWER:>9.0%} {power:>10.1%} "
            f"{mean:>9,.0f} +-{deviation:,.0f}",
            flush=True,
        )
    print(f"simulated power: mean {np.mean(powers):.1%}, {min(powers):.1%} to {max(powers):.1%}")


if __name__ == "__main__":
    main()
