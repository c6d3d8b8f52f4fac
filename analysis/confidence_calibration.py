"""Measure whether each model is right as often as it says it is.

Reads results/items and results/clusters; writes results/calibration, calibration_bins, calibration_curves and
risk_coverage, each as .csv and .json.

    python3 -m analysis.confidence_calibration
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.calibration import calibration_estimates, reliability_bins
from analysis.calibration_curves import calibration_curve, risk_coverage
from analysis.confidence_counts import Resampled, Sample, resampled
from analysis.intervals import cluster_codes
from analysis.item_columns import Row
from analysis.item_tables import cluster_of, read_clusters, read_item_rows
from analysis.resampling import add_flags, check_flags, generator
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE
from utils.tables import rounded, write_table

STAGE = "analysis.confidence_calibration"
SOURCES = ("verbalized", "logprob", "agreement")
COLUMNS = ("model", "benchmark", "task", "confidence", "metric", "value", "ci_low", "ci_high", "n", "coverage")
BIN_COLUMNS = (
    "model", "benchmark", "task", "confidence", "bin_low", "bin_high", "n", "mean_confidence", "accuracy",
    "ci_low", "ci_high",
)  # fmt: skip
CURVE_COLUMNS = (
    "model", "benchmark", "task", "confidence", "stated", "accuracy", "ci_low", "ci_high", "density",
)  # fmt: skip
RISK_COLUMNS = ("model", "benchmark", "task", "confidence", "coverage", "n", "accuracy", "ci_low", "ci_high")
TABLES = {
    "calibration": COLUMNS,
    "calibration_bins": BIN_COLUMNS,
    "calibration_curves": CURVE_COLUMNS,
    "risk_coverage": RISK_COLUMNS,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Write both tables; returns the exit code."""
    parser = stage_parser(
        STAGE,
        "Measures calibration: reads results/items, writes results/calibration, its bins and curves.",
        f"python3 -m {STAGE} --root .",
    )
    add_flags(parser)
    arguments = parser.parse_args(argv)
    check_flags(arguments)
    layout = layout_from(arguments)
    rows, clusters = read_item_rows(layout), read_clusters(layout)
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for name, responses in by_benchmark(rows):
        codes = cluster_codes([cluster_of(row, clusters) for row in responses])
        for source in SOURCES:
            key = dict(zip(("model", "benchmark", "task"), name, strict=True)) | {"confidence": source}
            sample, rng = stated_sample(responses, source, codes), generator(arguments.seed, *name, source)
            drawn = resampled(sample, arguments.resamples, rng)
            tables["calibration"] += calibration_rows(key, sample, len(responses), drawn, rng)
            tables["calibration_bins"] += bin_rows(key, sample)
            tables["calibration_curves"] += curve_rows(key, sample, drawn)
            tables["risk_coverage"] += risk_rows(key, sample, drawn)
    for table, columns in TABLES.items():
        write_table(layout.results, table, columns, tables[table])
    if not tables["calibration_bins"]:
        warn("no response has a confidence, so there is nothing to calibrate: all values are undefined")
    print(f"wrote results/{', '.join(TABLES)} as .csv and .json (seed {arguments.seed})")
    return DONE


def by_benchmark(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str, str], list[Row]]]:
    """The responses of each (model, benchmark, task), sorted."""

    def key(row: Row) -> tuple[str, str, str]:
        return row["model"], row["benchmark"], row["task"]

    for name, group in groupby(sorted(rows, key=key), key=key):
        yield name, sorted(group, key=lambda row: (row["item_id"], row["run"]))


def stated_sample(responses: Sequence[Row], source: str, clusters: NDArray[np.int64]) -> Sample:
    """The responses that have a confidence of this source."""
    column = f"confidence_{source}"
    stated = np.array([row[column] is not None for row in responses], dtype=np.bool_)
    confidence = [row[column] for row in responses if row[column] is not None]
    correct = np.array([row["correct"] for row in responses], dtype=np.float64)
    codes = np.unique(clusters[stated], return_inverse=True)[1]
    return Sample(np.array(confidence, dtype=np.float64), correct[stated], codes)


def calibration_rows(
    key: dict[str, str], sample: Sample, n_responses: int, drawn: Resampled, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """The rows of `results/calibration` for one source of confidence; None where no response has it.

    Args:
        key: model, benchmark, task and confidence.
        sample: the responses that have this confidence.
        n_responses: all responses, for the coverage.
        drawn: resamples of the sample.
    """
    n = len(sample.confidence)
    return [
        key
        | {
            "metric": estimate.metric,
            "value": rounded(estimate.value),
            "ci_low": rounded(estimate.low),
            "ci_high": rounded(estimate.high),
            "n": n,
            "coverage": rounded(n / n_responses),
        }
        for estimate in calibration_estimates(sample, drawn, rng)
    ]


def bin_rows(key: dict[str, str], sample: Sample) -> list[dict[str, Any]]:
    """The rows of `results/calibration_bins` for one source of confidence, empty bins among them.

    No response: no rows.
    """
    if not len(sample.confidence):
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
        for each in reliability_bins(sample)
    ]


def curve_rows(key: dict[str, str], sample: Sample, drawn: Resampled) -> list[dict[str, Any]]:
    """The rows of `results/calibration_curves` for one source of confidence; no response: no rows."""
    return [
        key
        | {
            "stated": point.stated,
            "accuracy": rounded(point.accuracy),
            "ci_low": rounded(point.low),
            "ci_high": rounded(point.high),
            "density": rounded(point.density),
        }
        for point in calibration_curve(sample, drawn)
    ]


def risk_rows(key: dict[str, str], sample: Sample, drawn: Resampled) -> list[dict[str, Any]]:
    """The rows of `results/risk_coverage` for one source of confidence; no response: no rows."""
    return [
        key
        | {
            "coverage": rounded(point.coverage),
            "n": point.n,
            "accuracy": rounded(point.accuracy),
            "ci_low": rounded(point.low),
            "ci_high": rounded(point.high),
        }
        for point in risk_coverage(sample, drawn)
    ]


if __name__ == "__main__":
    run_stage(main)
