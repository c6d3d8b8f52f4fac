"""The command line of `analysis.power`, and what it assumes where nothing was measured."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from analysis.metrics import HEADLINE
from analysis.paired import POWER, SIGNIFICANCE
from utils.cli import positive_int, stage_parser
from utils.errors import quoted

RUNS = (1, 2, 3, 5, 10)
DELTA = 0.03
SHIPPED_ITEMS = 400  # of each benchmark that comes with the project
# Middling values that speak for no model in particular; every plan that rests on them shows them.
ACCURACY, CORRELATION, RUN_SHARE = 0.7, 0.5, 0.3


def power_parser(stage: str) -> argparse.ArgumentParser:
    """The parser; `accuracy`, `design_effect`, `items` and `price_per_response` are None unless they are given."""
    parser = stage_parser(
        stage,
        "Plans a comparison of two models: how many items and runs find a difference, and what they cost. With --from "
        "the noise and the price of a response are measured in scored responses, else they are assumed; either is "
        "shown. n = (z_alpha/2 + z_beta)^2 (omega^2 + (sigma_A^2 + sigma_B^2) / runs) / delta^2 (Miller 2024), "
        "omega^2 with what clusters add.",
        f"python3 -m {stage} --delta 0.03 --from results",
    )
    _add_question(parser)
    _add_measured(parser)
    _add_assumed(parser)
    return parser


def _add_question(parser: argparse.ArgumentParser) -> None:
    add, chance, shown = parser.add_argument, _between(0, 1), " ".join(map(str, RUNS))
    add("--delta", type=chance, default=DELTA, metavar="D", help="the true difference to find, 0.03 for 3 points")
    add("--power", type=chance, default=POWER, metavar="P", help="the chance of finding it")
    add("--alpha", type=chance, default=SIGNIFICANCE, metavar="P", help="the chance of finding one that is none")
    add("--comparisons", type=positive_int, default=1, metavar="M",
        help="how many are made at once (models x benchmarks): each is then tested at alpha/M")  # fmt: skip
    add(
        "--runs",
        type=positive_int,
        nargs="+",
        default=list(RUNS),
        metavar="K",
        help=f"runs of each item; default: {shown}",
    )
    add("--items", type=positive_int, metavar="N",
        help=f"also tell what so many items show; default: those of --from, else {SHIPPED_ITEMS}, the size of a "
        "shipped benchmark")  # fmt: skip
    add("--price-per-response", type=_within(0, math.inf), metavar="USD",
        help="default: the mean cost_usd of --from; unknown where a model has none")  # fmt: skip


def _add_measured(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="source", type=Path, metavar="PATH",
        help="measure in this results/ folder, or the root above it")  # fmt: skip
    add("--models", nargs="+", metavar="MODEL", help="of --from, these only; default: all, the mean of all pairs")
    add("--benchmarks", nargs="+", metavar="NAME", help="of --from, these only; default: all")
    add("--metric", metavar="METRIC", help=f"of --from; default: {', '.join(HEADLINE.values())}")


def _add_assumed(parser: argparse.ArgumentParser) -> None:
    add, share = parser.add_argument, _within(0, 1)
    add("--accuracy", type=share, metavar="P", help=f"assumed without --from, of both models; default: {ACCURACY:g}")
    add("--design-effect", type=_within(0, math.inf), metavar="X",
        help="assumed without --from: clusters make the variance at one run so many times as great; "
        "default: 1")  # fmt: skip
    add("--correlation", type=_within(-1, 1), default=CORRELATION, metavar="R",
        help="assumed without --from, or with one model: how the two models' rates over items correlate")  # fmt: skip
    add("--run-share", type=share, default=RUN_SHARE, metavar="W",
        help="assumed without --from, or with one run: the share of an answer's variance between runs")  # fmt: skip


def _within(low: float, high: float) -> Callable[[str], float]:
    """A type for argparse: a finite number from `low` to `high`."""

    def number(text: str) -> float:
        value = float(text)
        if not (low <= value <= high and math.isfinite(value)):
            limits = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
            raise argparse.ArgumentTypeError(f"expected a number {limits}, found {quoted(text)}")
        return value

    return number


def _between(low: float, high: float) -> Callable[[str], float]:
    """A type for argparse: a number between `low` and `high`, neither of them."""

    def number(text: str) -> float:
        value = float(text)
        if not low < value < high:
            raise argparse.ArgumentTypeError(f"expected a number between {low:g} and {high:g}, found {quoted(text)}")
        return value

    return number
