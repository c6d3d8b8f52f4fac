"""Measure the reader of stated confidence on wordings of our own, for no labelled replies of models are known to us.

Reads a table of wordings, each with what it states; writes the figures to the screen and to
normalize/scorer_card.json.

    python3 -m confidence.scorer_card
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from confidence.stated import read_stated
from normalize.agreement import share
from normalize.card import CONFIDENCE, TRUSTBENCH, CardRow, figure_row, write_card
from normalize.card_text import screen_lines
from utils.cli import run_stage
from utils.errors import DONE
from utils.layout import REPOSITORY

WORDINGS = REPOSITORY / "tests" / "confidence" / "stated.toml"
TOLERANCE = 1e-9
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m confidence.scorer_card", description=__doc__.split("\n")[0])
    parser.add_argument("wordings", type=Path, nargs="?", default=WORDINGS, help="the table (default: %(default)s)")
    rows = measured(parser.parse_args(argv).wordings)
    print("\n".join(screen_lines(rows)))
    write_card(rows, [CONFIDENCE])
    return DONE


def measured(wordings: Path = WORDINGS) -> list[CardRow]:
    """How often our reader, and the first number divided by 100, state what the table says, or rightly nothing."""
    table = tomllib.loads(wordings.read_text(encoding="utf-8"))["wordings"]
    expected = [None if row[1] == "-" else float(row[1]) for row in table]
    readings = {
        TRUSTBENCH: [read_stated(row[0], "percent").value for row in table],
        "first_number_of_100": [_first_number(row[0]) for row in table],
    }
    source = f"{len(table)} wordings of our own"
    found = []
    for method, values in readings.items():
        right = [_same(value, wanted) for value, wanted in zip(values, expected, strict=True)]
        figure = share(np.array(right), np.arange(len(right))).figure
        named = {"normalizer": CONFIDENCE, "source": source, "labels": "ourselves", "method": method}
        found.append(figure_row(figure, **named, weights=None, n=len(right), n_groups=None, metric="agreement"))
    return found


def _same(value: float | None, wanted: float | None) -> bool:
    if value is None or wanted is None:
        return value is wanted
    return abs(value - wanted) < TOLERANCE


def _first_number(reply: str) -> float | None:
    found = NUMBER.search(reply)
    return min(1.0, float(found[0]) / 100) if found else None


if __name__ == "__main__":
    run_stage(main)
