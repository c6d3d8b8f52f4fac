"""How often the 95% intervals of `corrected_rate` hold the true rate, by simulation; run by hand.

    python3 -m tests.benchmarks.corrected_rate_coverage

In each repetition the reader's sensitivity and specificity are measured anew on as many labelled rows as ours were (the
effective numbers of the scorer card), and a model's true answers to items in pairs are drawn and read with the true
error rates. Cells show the coverage in percent for each true rate, with that of the raw rate's interval beside it: what
is claimed when the reader is taken to make no errors.
"""

from __future__ import annotations

import argparse

import numpy as np

from analysis.corrected_rates import corrected_rate
from analysis.intervals import mean_interval
from normalize.agreement import ReaderErrors
from normalize.card import CLARIFICATION, REFUSAL, read_card, reader_errors
from tests.benchmarks.interval_coverage import around

RATES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
ITEMS = (30, 100, 300, 1000)
RUNS = ((1, 1.0), (5, 0.5))
SHARE = (0.0, 1.0)
CORRELATION = 0.2  # of the two items of a pair


def measured_again(errors: ReaderErrors, rng: np.random.Generator) -> ReaderErrors:
    """The errors as another sample of labelled rows would have shown them."""
    n_positive, n_negative = round(errors.n_sensitivity), round(errors.n_specificity)
    sensitivity = rng.binomial(n_positive, errors.sensitivity) / n_positive
    specificity = rng.binomial(n_negative, errors.specificity) / n_negative
    return ReaderErrors(sensitivity, specificity, n_positive, n_negative)


def coverage(
    rate: float, n_items: int, runs: tuple[int, float], errors: ReaderErrors, repetitions: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The share of repetitions in which the corrected, and the raw, interval holds the rate."""
    n_runs, correlation = runs
    codes = np.arange(n_items) // 2
    held = raw_held = 0
    for _ in range(repetitions):
        pairs = around(np.full(n_items // 2, rate), CORRELATION, rng)
        items = around(pairs[codes], correlation, rng)
        true = rng.binomial(n_runs, items)
        read = rng.binomial(true, errors.sensitivity) + rng.binomial(n_runs - true, 1 - errors.specificity)
        raw = mean_interval(read / n_runs, codes, bounds=SHARE)
        corrected = corrected_rate(raw, measured_again(errors, rng))
        held += corrected.low is not None and corrected.low <= rate <= corrected.high
        raw_held += raw.low <= rate <= raw.high
    return held / repetitions, raw_held / repetitions


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    card = read_card()
    readers = {name: reader_errors(card, name) for name in (REFUSAL, CLARIFICATION)}
    readers["a weaker one"] = ReaderErrors(0.85, 0.9, 100, 100)
    cells = []
    for name, errors in readers.items():
        if errors is None:
            print(f"{name}: not measured")
            continue
        print(
            f"{name}: sensitivity {errors.sensitivity:.3f} on {errors.n_sensitivity:.0f}, "
            f"specificity {errors.specificity:.3f} on {errors.n_specificity:.0f}"
        )
        print(f"{'items':>7} {'runs':>4}  " + "".join(f"{f'p={rate}':>14}" for rate in RATES))
        for n_items in ITEMS:
            for runs in RUNS:
                found = [coverage(rate, n_items, runs, errors, arguments.repetitions, rng) for rate in RATES]
                cells += found
                figures = "".join(f"{100 * own:8.1f} ({100 * raw:3.0f})" for own, raw in found)
                print(f"{n_items:>7} {runs[0]:>4}  {figures}", flush=True)
    for name, column in (("corrected", [own for own, _ in cells]), ("raw", [raw for _, raw in cells])):
        within = np.mean([0.93 <= cell <= 0.97 for cell in column])
        below = np.mean([cell < 0.93 for cell in column])
        print(f"{name}: {within:.0%} of cells within 93-97%, {below:.0%} below; least {min(column):.1%}")


if __name__ == "__main__":
    main()
