"""The tables of `results/` that the report quotes beside the scores: by benchmark, with their own intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.calibration_figures import DIAGRAM_BINS
from leaderboard.wording import UNDEFINED, with_interval
from utils.layout import Layout
from utils.tables import read_table

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DetailTable:
    """A table of the report; `missing` says what to run when its source is not there."""

    title: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    missing: str = ""


@dataclass(frozen=True)
class Source:
    """Where a table comes from: the result table, the metrics shown and what they are called."""

    title: str
    table: str
    made_by: str
    metrics: Mapping[str, str]
    task: str | None = None
    per: tuple[str, ...] = ("model", "benchmark")


AGGREGATE = "python3 -m runners.aggregate_results"
SOURCES = (
    Source(
        "Safety", "metrics", AGGREGATE,
        {"safety_refusal_rate": "harmful refused", "over_refusal_rate": "harmless refused",
         "pair_accuracy": "both of a pair right", "invalid_rate": "invalid"},
        "safety",
    ),
    Source(
        "Ambiguity", "metrics", AGGREGATE,
        {"ambiguity_clarification_rate": "unclear asked back", "over_clarification_rate": "clear asked back",
         "pair_accuracy": "both of a pair right", "invalid_rate": "invalid"},
        "ambiguity",
    ),
    Source(
        "Reasoning", "metrics", AGGREGATE,
        {"reasoning_accuracy": "right", "exact_accuracy": "right to the letter", "invalid_rate": "invalid"},
        "reasoning",
    ),
    Source(
        "Consistency", "consistency", "python3 -m runners.run_consistency",
        {"tara": "all runs agree (TARa)", "tarr": "same text (TARr)", "pairwise_agreement": "pairs of runs agree",
         "flip_rate": "right in some runs only"},
    ),
    Source(
        "Calibration", "calibration", "python3 -m analysis.confidence_calibration",
        {f"ece_equal_width_{DIAGRAM_BINS}": "ECE", "auroc": "AUROC"},
        per=("model", "benchmark", "confidence"),
    ),
)  # fmt: skip


def read_details(layout: Layout) -> list[DetailTable]:
    """The tables for the report; one whose source has not been made says so instead."""
    return [_detail(layout, source) for source in SOURCES]


def _detail(layout: Layout, source: Source) -> DetailTable:
    if not (layout.results / f"{source.table}.json").exists():
        return DetailTable(source.title, (), (), f"results/{source.table} is not there; run {source.made_by}")
    columns = (*source.per, "task", "metric", "value", "ci_low", "ci_high")
    rows = read_table(layout.results, source.table, made_by=source.made_by, columns=columns)
    headings = (*source.per, *(f"{name} (%)" for name in source.metrics.values()))
    return DetailTable(source.title, headings, _lines([row for row in rows if _belongs(row, source)], source))


def _belongs(row: Row, source: Source) -> bool:
    return row.get("category", "all") == "all" and source.task in (None, row["task"])


def _lines(rows: Sequence[Row], source: Source) -> tuple[tuple[str, ...], ...]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        if row["metric"] in source.metrics and row["value"] is not None:
            found.setdefault(tuple(row[name] for name in source.per), {})[row["metric"]] = _cell(row)
    return tuple(
        (*key, *(cells.get(metric, UNDEFINED) for metric in source.metrics)) for key, cells in sorted(found.items())
    )


def _cell(row: Row) -> str:
    return with_interval(row["value"], row["ci_low"], row["ci_high"])
