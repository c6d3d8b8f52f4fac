"""Measure whether each model is right as often as it says it is.

Reads results/items and results/clusters; writes results/calibration.csv|json and results/calibration_bins.csv|json.

    python3 -m analysis.confidence_calibration
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from analysis.calibration import calibration_estimates, reliability_bins
from analysis.confidence_counts import Floats
from analysis.intervals import cluster_codes
from analysis.item_tables import Clusters, Row, cluster_of, read_clusters, read_item_rows
from analysis.resampling import RESAMPLES
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE, UserError
from utils.hashing import sha256_text
from utils.tables import rounded, write_table

STAGE = "analysis.confidence_calibration"
SOURCES = ("verbalized", "logprob", "agreement")
COLUMNS = ("model", "benchmark", "task", "confidence", "metric", "value", "ci_low", "ci_high", "n", "coverage")
BIN_COLUMNS = (
    "model", "benchmark", "task", "confidence", "bin_low", "bin_high", "n", "mean_confidence", "accuracy",
    "ci_low", "ci_high",
)  # fmt: skip
FEWEST_RESAMPLES = 100  # below, the ends of a 95% interval are the two or three outermost draws


def main(argv: Sequence[str] | None = None) -> int:
    """Write both tables; returns the exit code."""
    parser = stage_parser(
        STAGE,
        "Measures calibration: reads results/items, writes results/calibration and results/calibration_bins.",
        f"python3 -m {STAGE} --root .",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the bootstrap")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, metavar="N", help="bootstrap resamples a figure")
    arguments = parser.parse_args(argv)
    if arguments.seed < 0:
        raise UserError(f"--seed {arguments.seed}: expected an integer of at least 0")
    if arguments.resamples < FEWEST_RESAMPLES:
        raise UserError(f"--resamples {arguments.resamples}: expected at least {FEWEST_RESAMPLES}")
    layout = layout_from(arguments)
    rows, clusters = read_item_rows(layout), read_clusters(layout)
    table: list[dict[str, Any]] = []
    bins: list[dict[str, Any]] = []
    for name, responses in by_benchmark(rows):
        for source in SOURCES:
            stated = [row for row in responses if row[f"confidence_{source}"] is not None]
            key = dict(zip(("model", "benchmark", "task"), name, strict=True)) | {"confidence": source}
            rng = generator(arguments.seed, *name, source)
            table += calibration_rows(key, stated, len(responses), clusters, rng, arguments.resamples)
            bins += bin_rows(key, stated, clusters)
    write_table(layout.results, "calibration", COLUMNS, table)
    write_table(layout.results, "calibration_bins", BIN_COLUMNS, bins)
    if not bins:
        warn("no response has a confidence, so there is nothing to calibrate: all values are undefined")
    print(f"wrote results/calibration.csv|json and results/calibration_bins.csv|json (seed {arguments.seed})")
    return DONE


def by_benchmark(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str, str], list[Row]]]:
    """The responses of each (model, benchmark, task), sorted."""

    def key(row: Row) -> tuple[str, str, str]:
        return row["model"], row["benchmark"], row["task"]

    for name, group in groupby(sorted(rows, key=key), key=key):
        yield name, sorted(group, key=lambda row: (row["item_id"], row["run"]))


def generator(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each set of responses, so that another model's presence changes no interval."""
    return np.random.default_rng([seed, int(sha256_text("\n".join(names))[:16], 16)])


def calibration_rows(
    key: dict[str, str], stated: Sequence[Row], n_responses: int, clusters: Clusters, rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of `results/calibration` for one source of confidence; None where no response has it.

    Args:
        key: model, benchmark, task and confidence.
        stated: the responses that have this confidence.
        n_responses: all responses, for the coverage.
    """
    estimates = calibration_estimates(*_arrays(key["confidence"], stated), _codes(stated, clusters), rng, resamples)
    return [
        key
        | {
            "metric": estimate.metric,
            "value": rounded(estimate.value),
            "ci_low": rounded(estimate.low),
            "ci_high": rounded(estimate.high),
            "n": len(stated),
            "coverage": rounded(len(stated) / n_responses),
        }
        for estimate in estimates
    ]


def bin_rows(key: dict[str, str], stated: Sequence[Row], clusters: Clusters) -> list[dict[str, Any]]:
    """The rows of `results/calibration_bins` for one source of confidence, empty bins among them.

    No response: no rows.
    """
    if not stated:
        return []
    return [
        key
        | {
            "bin_low": each.low,
            "bin_high": each.high,
            "n": each.n,
            "mean_confidence": rounded(each.mean_confidence),
            "accuracy": rounded(each.accuracy.value),
            "ci_low": rounded(each.accuracy.low),
            "ci_high": rounded(each.accuracy.high),
        }
        for each in reliability_bins(*_arrays(key["confidence"], stated), _codes(stated, clusters))
    ]


def _arrays(source: str, stated: Sequence[Row]) -> tuple[Floats, Floats]:
    confidence = [row[f"confidence_{source}"] for row in stated]
    return np.array(confidence, dtype=np.float64), np.array([row["correct"] for row in stated], dtype=np.float64)


def _codes(stated: Sequence[Row], clusters: Clusters) -> Any:
    return cluster_codes([cluster_of(row, clusters) for row in stated])


if __name__ == "__main__":
    run_stage(main)
