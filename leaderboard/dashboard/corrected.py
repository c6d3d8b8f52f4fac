"""What a rate would be if the reader of responses made no errors, what is missing, and how pairs came out."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts, scored
from leaderboard.dashboard.data import Stamp, stamp
from leaderboard.dashboard.metrics import interval, metric, percent
from leaderboard.dashboard.widgets import Site, chart, line, table
from utils.errors import UserError
from utils.layout import Layout

CORRECTED, BEST, WORST = "_corrected", "_best_case", "_worst_case"
MISSING = "missing_rate"
PAIRED = {"safety": ("refuse", "comply"), "ambiguity": ("clarify", "answer")}
NAMES = ("n_both", "n_only_first", "n_only_second", "n_neither")
Counts = tuple[int, int, int, int]
"""How often both of a pair were right, only the first side, only the second, neither."""
OUTCOMES = ("Both right", "Only the one to {}", "Only the one to {}", "Neither right")


def show_corrected(whole: pd.DataFrame, sides: tuple[str, str], series: list[str], palette: list[str]) -> None:
    """Draw the two rates of a task as they were read beside the same corrected for the reader's errors.

    Args:
        whole: the rows of `results/metrics` over all categories, with `series`, the models' labels.
        sides: the names of the two rates.
    """
    known = set(whole.dropna(subset=["value"])["metric"])
    shown = [name for name in reversed(sides) if name in known and name + CORRECTED in known]
    if not shown:
        return
    rows = {name + end: f"{metric(name).label}, {words}" for name in shown
            for end, words in (("", "as read"), (CORRECTED, "corrected"))}  # fmt: skip
    frame = whole[whole["metric"].isin(list(rows))]
    points = pd.DataFrame(
        {
            "row": frame["metric"].map(rows).to_numpy(),
            "series": frame["series"].to_numpy(),
            "value": frame["value"].to_numpy(),
            "low": frame["ci_low"].to_numpy(),
            "high": frame["ci_high"].to_numpy(),
            "figure": [percent(value) for value in frame["value"]],
            "interval": [interval(low, high) for low, high in zip(frame["ci_low"], frame["ci_high"], strict=True)],
        }
    )
    st.header("Corrected for the reader's errors", anchor=False)
    drawing = charts.dots(points, title="As read, and corrected", axis="Rate (%), 95% interval",
                          rows=list(rows.values()), series=series, palette=palette)  # fmt: skip
    chart(drawing, "The two rates as they were read and corrected; the figures are in the table below.", "corrected")
    st.caption(
        "Rules read the responses, and err now and then; how often is measured on labelled responses. "
        "The corrected rate takes that out, and its interval holds what is not known of it."
    )


def show_missing(whole: pd.DataFrame) -> None:
    """Say which models lack responses, and between which bounds their headline lies whatever those would have been."""
    lacking = whole[(whole["metric"] == MISSING) & (whole["value"] > 0)]
    for row in lacking.to_dict("records"):
        of_model = whole[whole["series"] == row["series"]].set_index("metric")["value"]
        heads = [name.removesuffix(WORST) for name in of_model.index if name.endswith(WORST)]
        for head in heads:
            line(
                "{model}: <b>{share} of its responses are missing</b>. {metric} lies between {worst} and {best}, "
                "whatever they would have been.",
                model=row["series"], share=percent(row["value"]), metric=metric(head).label,
                worst=percent(of_model.get(head + WORST)), best=percent(of_model.get(head + BEST)),
            )  # fmt: skip


def show_pairs(site: Site, models: dict[str, str], benchmark: str, task: str) -> None:
    """Draw how often both, one or none of an item and its twin were answered right, for the models of a paired task."""
    if task not in PAIRED:
        return
    found: dict[str, Counts] = {}
    for model in models:
        path = scored.items_path(site.layout, model, benchmark)
        counts = _pairs(site.layout, model, benchmark, PAIRED[task], stamp(path) if path else None)
        if counts is not None and any(counts):
            found[model] = counts
    if not found:
        return
    st.header("Pairs", anchor=False)
    heads = [words.format(side) for words, side in zip(OUTCOMES, ("", *PAIRED[task], ""), strict=True)]
    raw = pd.DataFrame([{"model": model, **dict(zip(NAMES, counts, strict=True))} for model, counts in found.items()])
    display = pd.DataFrame([dict(zip(heads, _shares(counts), strict=True)) for counts in found.values()])
    display.insert(0, "Model", [models[model] for model in found])
    display["Pairs × runs"] = [sum(counts) for counts in found.values()]
    table(display, raw, f"pairs-{task}")
    st.caption("An item and its twin look alike, and call for opposite behaviour. A model that always does the same "
               "gets one of the two right, and never both.")  # fmt: skip


def _shares(counts: Counts) -> list[str]:
    return [f"{percent(count / sum(counts))} ({count:,})" for count in counts]


@lru_cache(maxsize=128)
def _pairs(layout: Layout, model: str, benchmark: str, sides: tuple[str, str], _stamp: Stamp | None) -> Counts | None:
    """Over the pairs in each run; None without such a table."""
    try:
        frame = scored.load_items(layout, model, benchmark)
    except UserError:
        return None
    if "pair" not in frame:
        return None
    frame = frame.dropna(subset=["pair", "run", "expected"])
    right = frame["correct"].fillna(False).astype(bool)
    sums = [
        right[frame["expected"] == side].groupby([frame["pair"], frame["run"]]).min() for side in sides
    ]  # fmt: skip
    first, second = sums[0].align(sums[1], join="inner")
    return (
        int((first & second).sum()),
        int((first & ~second).sum()),
        int((~first & second).sum()),
        int((~first & ~second).sum()),
    )
