"""How often `significant` is claimed where there is no difference, by simulation; run by hand.

    python3 -m tests.benchmarks.false_positives

Two models of equal accuracy answer the same items. Under `same` an item is as hard for one as for the other; under
`own` each model has its own hard items; under `unlike` they are only equally good on average: the model knows an
item or does not, the baseline wavers on all. Difficulty is Beta, alike within clusters (correlation RHO). The
first table is the share of p < 0.05 of one comparison by accuracy, with the test that was used; the second the share of
tables of several models against one baseline with any significant difference, with and without Holm's adjustment.
"""

from __future__ import annotations

import argparse
import itertools
import math

import numpy as np
from numpy.typing import NDArray

from analysis.paired import SIGNIFICANCE, holm, paired_delta
from tests.benchmarks.interval_coverage import around

ITEMS = (30, 100, 300, 1000, 3000)
RUNS = (1, 3, 5)
SIZES = (1, 2, 10)
ACCURACIES = (0.5, 0.7, 0.9, 0.98)
KINDS = ("same", "own", "unlike")
MODELS = (2, 5, 10)
RHO = 0.3  # of the items of a cluster
TAU = 0.5  # of the runs of an item


def counts(
    kind: str, n_models: int, codes: NDArray[np.int64], runs: int, accuracy: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The runs that each model, the baseline first, has right of each item: models x items."""

    def difficulties(tau: float) -> NDArray[np.float64]:
        clusters = around(np.full(int(codes.max()) + 1, accuracy), RHO, rng)
        return around(clusters[codes], tau, rng)

    if kind == "same":
        rates = np.tile(difficulties(TAU), (n_models, 1))
    elif kind == "own":
        rates = np.array([difficulties(TAU) for _ in range(n_models)])
    else:
        wavering = np.full(len(codes), accuracy)
        rates = np.array([wavering, *(difficulties(1.0) for _ in range(n_models - 1))])
    return rng.binomial(runs, rates)


def p_values(answers: NDArray[np.int64], runs: int, codes: NDArray[np.int64]) -> list[float]:
    """The p-value of each model against the first."""
    found = [paired_delta(answers[0], own, runs, codes).p_value for own in answers[1:]]
    return [p for p in found if p is not None]


def single(repetitions: int, rng: np.random.Generator) -> None:
    """Print the table of one comparison."""
    print("share of p < 0.05 in percent, one comparison without a difference")
    print(f"{'items':>6} {'runs':>4} {'cluster':>7} {'kind':>7}  " + "".join(f"{f'acc={a}':>9}" for a in ACCURACIES))
    cells = []
    for items, runs, size, kind in itertools.product(ITEMS, RUNS, SIZES, KINDS):
        codes = np.arange(items) // size
        shares = []
        for accuracy in ACCURACIES:
            answers = (counts(kind, 2, codes, runs, accuracy, rng) for _ in range(repetitions))
            shares.append(np.mean([p_values(own, runs, codes)[0] < SIGNIFICANCE for own in answers]))
        cells += [(kind, float(share)) for share in shares]
        figures = "".join(f"{100 * share:>9.1f}" for share in shares)
        print(f"{items:>6} {runs:>4} {size:>7} {kind:>7}  {figures}", flush=True)
    noise = 1.96 * math.sqrt(SIGNIFICANCE * (1 - SIGNIFICANCE) / repetitions)
    for kind in KINDS:
        own = [share for name, share in cells if name == kind]
        beyond = sum(share > SIGNIFICANCE + noise for share in own)
        print(
            f"{kind}: mean {np.mean(own):.2%}, greatest {max(own):.1%}; {beyond} of {len(own)} cells above "
            f"{SIGNIFICANCE + noise:.1%} (5% and what {repetitions} repetitions add by chance in 1 of 40 cells)"
        )


def several(repetitions: int, rng: np.random.Generator) -> None:
    """Print the table of several models against one baseline."""
    print("\nshare of tables with any significant difference in percent, several models without a difference")
    print(f"{'items':>6} {'runs':>4} {'cluster':>7} {'models':>6} {'Holm':>6} {'unadjusted':>11}")
    for items, (runs, size), n_models in itertools.product((30, 300), ((1, 1), (3, 2), (5, 10)), MODELS):
        codes = np.arange(items) // size
        found = [p_values(counts("same", n_models, codes, runs, 0.7, rng), runs, codes) for _ in range(repetitions)]
        adjusted = np.mean([min(holm(own)) < SIGNIFICANCE for own in found])
        plain = np.mean([min(own) < SIGNIFICANCE for own in found])
        print(f"{items:>6} {runs:>4} {size:>7} {n_models:>6} {100 * adjusted:>6.1f} {100 * plain:>11.1f}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    single(arguments.repetitions, rng)
    several(arguments.repetitions, rng)


if __name__ == "__main__":
    main()
