"""The result tables as pandas frames: checked against their contract, cached until the file changes.

The items have a module of their own, `scored`. Nothing here draws. A table that is missing or broken raises a
`UserError` whose one line says what to run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from utils.errors import InputError, UserError, quoted
from utils.layout import Layout
from utils.tables import read_table, storable_text

Kind = Literal["text", "number", "truth"]
Stamp = tuple[int, int, int]
"""(inode, modification time in ns, size): another stamp is another content."""

CACHED_TABLES = 64  # frames kept; a few megabytes each at most

_ESTIMATE: dict[str, Kind] = {"value": "number", "ci_low": "number", "ci_high": "number"}
_PLACE: dict[str, Kind] = {"model": "text", "benchmark": "text", "task": "text"}
SCORES = ("overall", "safety", "ambiguity", "reasoning", "calibration", "consistency")


@dataclass(frozen=True)
class Table:
    """A table of the file contract: its name, the columns that the pages use, and the stage that writes it."""

    name: str
    made_by: str
    columns: Mapping[str, Kind] = field(hash=False)
    folder: Literal["results", "leaderboard", "artifacts"] = "results"


METRICS = Table(
    "metrics",
    "runners.aggregate_results",
    {**_PLACE, "category": "text", "metric": "text", **_ESTIMATE, "n_items": "number", "n_responses": "number"},
)
ITEMS = Table(
    "items",
    "runners.aggregate_results",
    {
        **_PLACE, "item_id": "text", "run": "number", "category": "text", "expected": "text", "prediction": "text",
        "correct": "truth", "rule": "text", "finish_reason": "text", "output_tokens": "number", "cost_usd": "number",
        "latency_s": "number",
    },
)  # fmt: skip
CONSISTENCY = Table(
    "consistency",
    "runners.run_consistency",
    {**_PLACE, "metric": "text", **_ESTIMATE, "n_items": "number", "n_runs": "number"},
)
CONSISTENCY_ITEMS = Table(
    "consistency_items",
    "runners.run_consistency",
    {**_PLACE, "item_id": "text", "category": "text", "expected": "text"},
)
CALIBRATION = Table(
    "calibration",
    "analysis.confidence_calibration",
    {**_PLACE, "confidence": "text", "metric": "text", **_ESTIMATE, "n": "number", "coverage": "number"},
)
CALIBRATION_BINS = Table(
    "calibration_bins",
    "analysis.confidence_calibration",
    {
        **_PLACE, "confidence": "text", "bin_low": "number", "bin_high": "number", "n": "number",
        "mean_confidence": "number", "accuracy": "number", "ci_low": "number", "ci_high": "number",
    },
)  # fmt: skip
CALIBRATION_CURVES = Table(
    "calibration_curves",
    "analysis.confidence_calibration",
    {
        **_PLACE, "confidence": "text", "stated": "number", "accuracy": "number", "ci_low": "number",
        "ci_high": "number", "density": "number",
    },
)  # fmt: skip
RISK_COVERAGE = Table(
    "risk_coverage",
    "analysis.confidence_calibration",
    {
        **_PLACE, "confidence": "text", "coverage": "number", "n": "number", "accuracy": "number",
        "ci_low": "number", "ci_high": "number",
    },
)  # fmt: skip
SCORER_CARD = Table(
    "scorer_card",
    "runners.aggregate_results",
    {
        "normalizer": "text", "source": "text", "labels": "text", "method": "text", "weights": "text", "n": "number",
        "metric": "text", "value": "number", "ci_low": "number", "ci_high": "number", "current": "truth",
    },
)  # fmt: skip
_DIFFERENCE: dict[str, Kind] = {
    "baseline": "text", **_PLACE, "metric": "text", "baseline_value": "number", "value": "number",
    "delta": "number", "ci_low": "number", "ci_high": "number", "p_value": "number", "p_adjusted": "number",
    "significant": "truth", "n_items": "number", "minimum_detectable_delta": "number",
}  # fmt: skip
_HOW_FOUND: dict[str, Kind] = {"test": "text", "n_won": "number", "n_lost": "number", "items_needed": "number"}
DELTAS = Table("deltas", "analysis.baseline_deltas", _DIFFERENCE)
DELTA_DETAILS = Table(
    "delta_details", "analysis.baseline_deltas", {"baseline": "text", **_PLACE, "metric": "text", **_HOW_FOUND}
)
CHANGES = Table("changes", "analysis.baseline_deltas", {**_DIFFERENCE, **_HOW_FOUND})
LEADERBOARD = Table(
    "leaderboard",
    "leaderboard.build_leaderboard",
    {
        "rank": "number", "rank_low": "number", "rank_high": "number", "model": "text",
        **{score + part: "number" for score in SCORES for part in ("", "_ci_low", "_ci_high")},
        "n_items": "number", "n_responses": "number", "invalid_rate": "number", "mean_output_tokens": "number",
        "cost_usd": "number", "mean_latency_s": "number",
    },
    "leaderboard",
)  # fmt: skip
PAIRWISE = Table(
    "pairwise",
    "leaderboard.build_leaderboard",
    {
        "model": "text", "other": "text", "better": "number", "tied": "number", "difference": "number",
        "ci_low": "number", "ci_high": "number", "win_rate_overall": "number",
    },
    "artifacts",
)  # fmt: skip
WEIGHTS = Table(
    "weights",
    "leaderboard.build_leaderboard",
    {
        "dimension": "text", "share": "number", "counted": "truth", "changes_below": "number", "leader_below": "text",
        "changes_above": "number", "leader_above": "text",
    },
    "artifacts",
)  # fmt: skip
WEIGHT_SENSITIVITY = Table(
    "weight_sensitivity",
    "leaderboard.build_leaderboard",
    {
        "weighting": "text", "model": "text", "rank_best": "number", "rank_worst": "number", "share_first": "number",
    },
    "artifacts",
)  # fmt: skip


def load(layout: Layout, table: Table) -> pd.DataFrame:
    """The rows of one of the tables above (not `ITEMS`), in the file's order; numbers as floats, undefined as NaN.

    Raises:
        UserError: the file is missing; the message names the command that writes it.
        InputError: it is not the table that the contract describes; the message names the row and the field.
    """
    path = path_of(layout, table)
    return _load(path.parent, table.name, table, stamp(path)).copy()


def path_of(layout: Layout, table: Table) -> Path:
    """The JSON file of one of the tables above (not `ITEMS`)."""
    folder: Path = getattr(layout, table.folder)
    return folder / f"{table.name}.json"


def read_json(path: Path, made_by: str) -> Any:
    """The JSON value in `path`, cached until the file changes.

    Raises:
        UserError: missing or unreadable; the message names the stage `made_by`.
    """
    return _read_json(path, f"python3 -m {made_by}", stamp(path))


def stamp(path: Path) -> Stamp | None:
    """What tells one content of a file from the next; None when the file is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=CACHED_TABLES)
def _load(folder: Path, name: str, table: Table, _stamp: Stamp | None) -> pd.DataFrame:
    command = f"python3 -m {table.made_by}"
    rows = read_table(folder, name, made_by=command, columns=tuple(table.columns))
    return frame_of(rows, table, folder / f"{name}.json")


@lru_cache(maxsize=8)
def _read_json(path: Path, command: str, _stamp: Stamp | None) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not there yet; run `{command}` first") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError):
        raise InputError(path, "is not valid JSON", hint=f"run `{command}` to write it anew") from None


def frame_of(rows: list[dict[str, Any]], table: Table, path: Path) -> pd.DataFrame:
    """The rows as a frame with at least the table's columns, each of its kind, in the order of the file.

    What the table does not name stays as it is.

    Raises:
        InputError: a row lacks a column or holds another kind of value.
    """
    columns = list(dict.fromkeys([*(name for row in rows for name in row), *table.columns]))
    data = {}
    for name in columns:
        kind = table.columns.get(name)
        found = [row.get(name) for row in rows]
        values = [storable_text(value) if isinstance(value, str) else value for value in found]
        if kind is not None:
            _check(values, kind, name, rows, table, path)
        dtype = {"number": "float64", "truth": "boolean"}.get(kind or "", "object")
        data[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(data)


_KINDS: dict[Kind, tuple[tuple[type, ...], str]] = {
    "text": ((str,), "a string"),
    "number": ((int, float), "a number"),
    "truth": ((bool,), "true or false"),
}


def _check(values: list[Any], kind: Kind, name: str, rows: list[dict[str, Any]], table: Table, path: Path) -> None:
    types, expected = _KINDS[kind]
    for number, value in enumerate(values, 1):
        if name not in rows[number - 1]:
            raise InputError(path, f"row {number} lacks it", field=name, hint=again(table))
        right = isinstance(value, types) and (kind == "truth" or not isinstance(value, bool))
        if value is not None and not right:
            problem = f"row {number}: expected {expected} or null, found {quoted(value)}"
            raise InputError(path, problem, field=name, hint=again(table))


def again(table: Table) -> str:
    """The command that writes a table anew, in words."""
    return f"run `python3 -m {table.made_by}` to write it anew"
