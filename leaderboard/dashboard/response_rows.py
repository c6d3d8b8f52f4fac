"""The list of responses: a row for each that a submission holds, with its score where results/items has it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from leaderboard.dashboard import collected, data, scored
from leaderboard.dashboard.data import Stamp, stamp
from utils.errors import UserError
from utils.items import benchmark_path
from utils.layout import Layout

OUTCOMES = {"right": "Right", "wrong": "Wrong", "invalid": "Not scorable", "unscored": "Not scored yet"}
INVALID = "invalid"
LISTS_KEPT = 4  # of 100,000 responses each, 40 MB


def response_rows(
    layout: Layout, model: str, benchmark: str, submission: collected.Submission
) -> tuple[pd.DataFrame, UserError | None]:
    """The rows, in the submission's order, and why they have no scores where they have none.

    Columns: those of results/items without model, benchmark and task, and `outcome`, a key of `OUTCOMES`. The frame is
    kept until a file changes, and not to be changed.
    """
    paths = (submission.path, scored.items_path(layout, model, benchmark), benchmark_path(layout.benchmarks, benchmark))
    return _rows(layout, model, benchmark, tuple(stamp(path) if path else None for path in paths), submission.path)


@lru_cache(maxsize=LISTS_KEPT)
def _rows(
    layout: Layout, model: str, benchmark: str, _stamps: tuple[Stamp | None, ...], path: Path
) -> tuple[pd.DataFrame, UserError | None]:
    places = collected.index(path).places
    keys = pd.DataFrame(
        {
            "item_id": pd.Series([item_id for item_id, _ in places], dtype="object"),
            "run": pd.Series([run for _, run in places], dtype="float64"),
        }
    )
    missing = None
    try:
        found = scored.load_items(layout, model, benchmark)
    except UserError as error:
        missing = error
        found = data.frame_of([], data.ITEMS, path)
    found = found.drop(columns=["model", "benchmark", "task"]).drop_duplicates(["item_id", "run"])
    rows = keys.merge(found, on=["item_id", "run"], how="left")
    rows["outcome"] = _outcomes(rows)
    _complete(rows, layout, benchmark)
    return rows, missing


def _outcomes(rows: pd.DataFrame) -> pd.Series:
    outcomes = pd.Series("unscored", index=rows.index, dtype="object")
    read = rows["prediction"].notna() & rows["correct"].notna()
    right = rows["correct"].fillna(False).astype(bool)
    outcomes[read & right] = "right"
    outcomes[read & ~right] = "wrong"
    outcomes[rows["prediction"] == INVALID] = "invalid"
    return outcomes


def _complete(rows: pd.DataFrame, layout: Layout, benchmark: str) -> None:
    """Take category and expected answer from the benchmark where there is no score."""
    lacking = rows["expected"].isna() | rows["category"].isna()
    if not lacking.any():
        return
    try:
        asked = collected.benchmark(layout, benchmark).items
    except UserError:
        return
    for name in ("category", "expected"):
        known = {item_id: getattr(item, name) for item_id, item in asked.items()}
        rows[name] = rows[name].where(rows[name].notna(), rows["item_id"].map(known)).astype("object")
