"""Two models against each other: their differences with intervals, and who was right on which response.

Nothing here draws.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd

from analysis import deltas
from analysis.item_columns import columns_of_rows
from analysis.item_tables import read_clusters
from leaderboard.dashboard import data, scored
from leaderboard.dashboard.data import Stamp, stamp
from utils.errors import UserError
from utils.layout import Layout

COMPARED = ("model", "benchmark", "task", "item_id", "run", "pair", "expected", "prediction", "correct", "exact")
"""The columns of results/items that a comparison reads."""
ENDS = {"baseline_value": "value", "value": "baseline_value"}
VERDICTS = {
    "won": "Only the first is right",
    "lost": "Only the second is right",
    "both": "Both right",
    "neither": "Neither right",
}


def differences(layout: Layout, model: str, other: str, benchmark: str) -> tuple[pd.DataFrame, bool]:
    """How far `model` is ahead of `other` on one benchmark, a row a rate, and whether step 7 wrote it.

    Where `results/deltas` holds the pair, either way round, its rows are used, with its adjusted p-values; otherwise
    the rows are computed here by the same functions, adjusted for the comparisons of this pair and benchmark alone.

    Raises:
        UserError: an item table is missing or broken.
    """
    stored = _stored(layout, model, other, benchmark)
    if len(stored):
        return stored, True
    paths = [scored.items_path(layout, name, benchmark) for name in (model, other)]
    stamps = tuple(stamp(path) if path else None for path in (*paths, layout.results / "clusters.json"))
    return _computed(layout, model, other, benchmark, stamps), False


def pairs(layout: Layout, model: str, other: str, benchmark: str) -> pd.DataFrame:
    """Each item and run that both models answered: what each was read as, and `verdict`, a key of `VERDICTS`.

    Columns: item_id, run, category, expected, prediction, prediction_other, correct, correct_other, verdict.

    Raises:
        UserError: an item table is missing or broken.
    """
    ours, theirs = (
        scored.load_items(layout, name, benchmark).dropna(subset=["item_id", "run"]).drop_duplicates(["item_id", "run"])
        for name in (model, other)
    )
    kept = ["item_id", "run", "category", "expected", "prediction", "correct"]
    both = ours[kept].merge(
        theirs[["item_id", "run", "prediction", "correct"]], on=["item_id", "run"], suffixes=("", "_other")
    )
    right, right_other = (both[name].fillna(False).astype(bool) for name in ("correct", "correct_other"))
    both["verdict"] = "neither"
    both.loc[right & right_other, "verdict"] = "both"
    both.loc[right & ~right_other, "verdict"] = "won"
    both.loc[~right & right_other, "verdict"] = "lost"
    return both.sort_values(["item_id", "run"], kind="stable").reset_index(drop=True)


def _stored(layout: Layout, model: str, other: str, benchmark: str) -> pd.DataFrame:
    try:
        frame = data.load(layout, data.DELTAS)
    except UserError:
        return pd.DataFrame()
    frame = frame[frame["benchmark"] == benchmark]
    as_asked = frame[(frame["model"] == model) & (frame["baseline"] == other)]
    if len(as_asked):
        return as_asked
    turned = frame[(frame["model"] == other) & (frame["baseline"] == model)]
    swapped = turned.rename(columns=ENDS).assign(
        model=model, baseline=other, delta=-turned["delta"], ci_low=-turned["ci_high"], ci_high=-turned["ci_low"]
    )
    return swapped[list(frame.columns)]


@lru_cache(maxsize=16)
def _computed(
    layout: Layout, model: str, other: str, benchmark: str, _stamps: tuple[Stamp | None, ...]
) -> pd.DataFrame:
    try:
        clusters = read_clusters(layout)
    except UserError:
        clusters = {}  # then an item's cluster is its pair, or itself
    ours, theirs = (
        columns_of_rows(_records(scored.load_items(layout, name, benchmark)), clusters, deltas.NEEDED)
        for name in (model, other)
    )
    found = deltas.delta_rows(deltas.differences(deltas.comparisons(theirs, ours, other)))
    return data.frame_of(found, data.DELTAS, layout.results / "deltas.json")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as the comparing functions have them: None for what is undefined, whole runs."""
    frame = frame.dropna(subset=["item_id", "run", "prediction"])
    columns = {name: _plain(frame[name]) if name in frame else [None] * len(frame) for name in COMPARED}
    columns["run"] = [int(run) for run in frame["run"]]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(values: pd.Series) -> list[Any]:
    plain = values.astype(object)
    return list(plain.where(plain.notna(), None))
