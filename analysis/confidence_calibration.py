"""Measure whether each model is right as often as it says it is.

Reads results/items and results/clusters; writes results/calibration, calibration_bins, calibration_curves and
risk_coverage, each as .csv and .json.

    python3 -m analysis.confidence_calibration
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.calibration import calibration_estimates, reliability_bins
from analysis.calibration_curves import calibration_curve, risk_coverage
from analysis.confidence_counts import Resampled, Sample, resampled
from analysis.intervals import cluster_codes, compact
from analysis.item_columns import Clusters, ItemColumns
from analysis.item_tables import ItemTable, clusters_by_benchmark, find_tables, read_clusters
from analysis.resampling import add_flags, check_flags, generator
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.cores import available_cores, in_order
from utils.errors import DONE
from utils.tables import rounded, write_table

STAGE = "analysis.confidence_calibration"
SOURCES = ("verbalized", "logprob", "agreement")
NEEDED = ("correct", *(f"confidence_{source}" for source in SOURCES))
# So many tables of few responses, and so many responses, are measured in the time that it takes to start a process.
TABLES_A_PROCESS = 8
RESPONSES_A_PROCESS = 150_000
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
    measured, clusters = find_tables(layout), clusters_by_benchmark(read_clusters(layout))
    parts = [(table, clusters.get(table.benchmark, {})) for table in measured]
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for found in in_order(partial(table_rows, arguments.seed, arguments.resamples), parts, processes(measured)):
        for name, rows in found.items():
            tables[name] += rows
    for table, columns in TABLES.items():
        write_table(layout.results, table, columns, tables[table])
    if not tables["calibration_bins"]:
        warn("no response has a confidence, so there is nothing to calibrate: all values are undefined")
    print(f"wrote results/{', '.join(TABLES)} as .csv and .json (seed {arguments.seed})")
    return DONE


def processes(tables: Sequence[ItemTable]) -> int:
    """How many processes measure the tables: as many as there are cores, where starting them pays."""
    n_responses = sum(table.n_responses for table in tables)
    return min(available_cores(), len(tables) // TABLES_A_PROCESS + n_responses // RESPONSES_A_PROCESS)


def table_rows(seed: int, resamples: int, part: tuple[ItemTable, Clusters]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each of `TABLES` for the responses of one model to one benchmark; `part` has the items' clusters."""
    table, clusters = part
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for responses in table.groups(clusters, NEEDED):
        codes = cluster_codes(responses.cluster)[responses.item]
        for source in SOURCES:
            key = dict(zip(("model", "benchmark", "task"), responses.name, strict=True)) | {"confidence": source}
            sample, rng = stated_sample(responses, source, codes), generator(seed, *responses.name, source)
            drawn = resampled(sample, resamples, rng)
            found["calibration"] += calibration_rows(key, sample, len(responses), drawn, rng)
            found["calibration_bins"] += bin_rows(key, sample)
            found["calibration_curves"] += curve_rows(key, sample, drawn)
            found["risk_coverage"] += risk_rows(key, sample, drawn)
    return found


def stated_sample(responses: ItemColumns, source: str, clusters: NDArray[np.int64]) -> Sample:
    """The responses that have a confidence of this source."""
    confidence = responses.numbers[f"confidence_{source}"]
    stated = ~np.isnan(confidence)
    return Sample(confidence[stated], responses.correct[stated].astype(np.float64), compact(clusters[stated]))


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
