"""Draw reliability and risk-coverage diagrams of every model on every benchmark, and overviews of all.

Reads results/calibration, calibration_bins, calibration_curves and risk_coverage (the JSON); writes
results/plots/*.png and *.svg.

    python3 -m analysis.plot_calibration
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from analysis.calibration_figures import DIAGRAM_BINS
from analysis.figures import Drawing, keep_cache_under, made_by, save_all
from analysis.reliability_diagram import SOURCES, Bin, Reliability, Smooth, draw_diagram, draw_overview
from analysis.risk_coverage_diagram import Kept, draw_risk_coverage
from utils.atomic import cannot_write
from utils.cli import layout_from, run_stage, stage_parser, warn
from utils.errors import DONE, InputError, quoted
from utils.layout import check_benchmark_name, model_folder
from utils.tables import read_table

STAGE = "analysis.plot_calibration"
MADE_BY = "python3 -m analysis.confidence_calibration"
ECE_METRIC = f"ece_equal_width_{DIAGRAM_BINS}"
MODELS_A_PAGE = 8  # more rows than a printed page holds cannot be read
OVERVIEW = "overview"
RISK = "risk-coverage"

BIN_COLUMNS = (
    "model", "benchmark", "task", "confidence", "bin_low", "bin_high", "n", "mean_confidence", "accuracy",
    "ci_low", "ci_high",
)  # fmt: skip
METRIC_COLUMNS = (
    "model", "benchmark", "task", "confidence", "metric", "value", "ci_low", "ci_high", "n", "coverage",
)  # fmt: skip
CURVE_COLUMNS = (
    "model", "benchmark", "task", "confidence", "stated", "accuracy", "ci_low", "ci_high", "density",
)  # fmt: skip
RISK_COLUMNS = ("model", "benchmark", "task", "confidence", "coverage", "n", "accuracy", "ci_low", "ci_high")

NAMES = ("model", "benchmark", "task", "confidence", "metric")

Key = tuple[str, str, str]
"""(model, benchmark, source of confidence)"""


def main(argv: Sequence[str] | None = None) -> int:
    """Draw all diagrams; returns the exit code."""
    parser = stage_parser(
        STAGE,
        "Draws reliability and risk-coverage diagrams: reads results/calibration and what belongs to it, "
        "writes results/plots/.",
        f"python3 -m {STAGE} --root .",
    )
    layout = layout_from(parser.parse_args(argv))
    bins = read_numbers(layout.results, "calibration_bins", BIN_COLUMNS)
    metrics = read_numbers(layout.results, "calibration", METRIC_COLUMNS)
    curves = read_numbers(layout.results, "calibration_curves", CURVE_COLUMNS)
    risks = read_numbers(layout.results, "risk_coverage", RISK_COLUMNS)
    if not metrics:
        warn("results/calibration.json holds no rows: no model gave a confidence, so there is nothing to draw")
    keep_cache_under(layout.root)
    drawings = [*diagrams(gather(bins, metrics, curves)), *risk_diagrams(gather_risks(risks))]
    written = save_all(drawings, layout.plots, STAGE)
    removed = remove_stale(layout.plots, written)
    folder = layout.plots.relative_to(layout.root).as_posix()
    print(f"wrote {len(written)} figures to {folder}/" + (f" (start with {OVERVIEW}.png)" if written else ""))
    if removed:
        print(f"removed {len(removed)} earlier figures that no longer have results")
    return DONE


def read_numbers(folder: Path, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a table whose columns hold numbers or nothing, but for those that say what was measured.

    Raises:
        UserError: the table is missing.
        InputError: it is damaged, or another thing stands where a number should.
    """
    rows = read_table(folder, name, made_by=MADE_BY, columns=columns)
    for number, row in enumerate(rows, 1):
        for column in columns:
            if column not in NAMES and type(row[column]) not in (int, float, NoneType):
                found = f"row {number}: expected a number, found {quoted(row[column])}"
                raise InputError(folder / f"{name}.json", found, field=column, hint=f"run `{MADE_BY}` to write it anew")
    return rows


def gather(
    bins: Sequence[dict[str, Any]], metrics: Sequence[dict[str, Any]], curves: Sequence[dict[str, Any]]
) -> dict[Key, Reliability]:
    """The rows of the tables, put together for each model, benchmark and source of confidence; keys are sorted."""
    by_key: dict[Key, list[Bin]] = {_key(row): [] for row in [*metrics, *bins]}
    for row in bins:
        if row["n"]:
            by_key[_key(row)].append(_bin(row))
    smooth: dict[Key, list[Smooth]] = {}
    for row in curves:
        point = Smooth(row["stated"], row["accuracy"], row["ci_low"], row["ci_high"])
        smooth.setdefault(_key(row), []).append(point)
    summaries = {_key(row): row for row in metrics if row["metric"] == ECE_METRIC}
    found = {}
    for key in sorted(by_key):
        entries = tuple(sorted(by_key[key], key=lambda entry: (entry.low, entry.high)))
        row = summaries.get(key, {})
        found[key] = Reliability(
            bins=entries,
            ece=row.get("value"),
            ece_low=row.get("ci_low"),
            ece_high=row.get("ci_high"),
            n=sum(entry.n for entry in entries),
            coverage=row.get("coverage"),
            curve=tuple(sorted(smooth.get(key, ()), key=lambda point: point.stated)),
        )
    return found


def diagrams(found: dict[Key, Reliability]) -> Iterator[Drawing]:
    """The overviews, which take longest, and every diagram."""
    models = sorted({model for model, _, _ in found})
    benchmarks = sorted({check_benchmark_name(benchmark) for _, benchmark, _ in found})
    for start in range(0, len(models), MODELS_A_PAGE):
        page, shown = start // MODELS_A_PAGE + 1, models[start : start + MODELS_A_PAGE]
        on_page = {key: reliability for key, reliability in found.items() if key[0] in shown}
        name = OVERVIEW if page == 1 else f"{OVERVIEW}-{page}"
        yield Drawing(name, draw_overview, (shown, benchmarks, on_page))
    for model, benchmark in sorted({(model, benchmark) for model, benchmark, _ in found}):
        by_source = {s.name: found[model, benchmark, s.name] for s in SOURCES if (model, benchmark, s.name) in found}
        yield Drawing(plot_name(model, benchmark), draw_diagram, (model, benchmark, by_source))


def gather_risks(risks: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[str, list[Kept]]]:
    """The rows of results/risk_coverage by model and benchmark, then by source of confidence; keys are sorted."""
    found: dict[tuple[str, str], dict[str, list[Kept]]] = {}
    for row in sorted(risks, key=lambda row: (*_key(row), row["coverage"])):
        model, benchmark, source = _key(row)
        point = Kept(row["coverage"], row["accuracy"], row["ci_low"], row["ci_high"])
        found.setdefault((model, benchmark), {}).setdefault(source, []).append(point)
    return found


def risk_diagrams(found: dict[tuple[str, str], dict[str, list[Kept]]]) -> Iterator[Drawing]:
    """Every risk-coverage diagram."""
    for (model, benchmark), by_source in found.items():
        name = f"{plot_name(model, check_benchmark_name(benchmark))}__{RISK}"
        yield Drawing(name, draw_risk_coverage, (model, benchmark, by_source))


def plot_name(model: str, benchmark: str) -> str:
    """The file name, without its ending, of a model's diagram on a benchmark; no two pairs share one."""
    return f"{model_folder(model)}__{benchmark}"


def remove_stale(folder: Path, written: Sequence[Path]) -> list[Path]:
    """Remove the figures that this stage made earlier and has not made now; no other file is touched."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    stale = [path for path in there if path not in written and made_by(path, STAGE)]
    for path in stale:
        try:
            path.unlink()
        except OSError as error:
            raise cannot_write(path, error) from error
    return stale


def _key(row: dict[str, Any]) -> Key:
    return (str(row["model"]), str(row["benchmark"]), str(row["confidence"]))


def _bin(row: dict[str, Any]) -> Bin:
    return Bin(
        low=row["bin_low"], high=row["bin_high"], n=row["n"], mean_confidence=row["mean_confidence"],
        accuracy=row["accuracy"], ci_low=row["ci_low"], ci_high=row["ci_high"],
    )  # fmt: skip


if __name__ == "__main__":
    run_stage(main)
