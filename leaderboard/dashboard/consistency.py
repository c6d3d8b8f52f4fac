"""Whether a model answers alike from run to run: the metrics, the items whose answer flips, and each run's answer."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts, data
from leaderboard.dashboard.data import CONSISTENCY, CONSISTENCY_ITEMS
from leaderboard.dashboard.metrics import figure, interval, metric, percent
from leaderboard.dashboard.untrusted import cell, names
from leaderboard.dashboard.widgets import (
    Site,
    chart,
    choose,
    cleaned,
    downloads,
    link_to_responses,
    table,
    table_or_advice,
)
from utils.errors import UserError

HEADLINE = "tara"
ITEMS_SHOWN = 40  # rows of the heat map
RUN_COLUMN = re.compile(r"run_(\d{1,6})")
INVALID = "invalid"
SIGNS = {"right": "✓", "wrong": "✗", "not scorable": "–"}
VARIANTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Consistency", anchor=False)
    st.markdown("Asked the same again, does the model answer the same?")
    metrics = table_or_advice(site, CONSISTENCY)
    if metrics is None:
        return
    metrics = metrics.dropna(subset=["model", "benchmark", "metric"])
    _by_model(metrics)
    left, right = st.columns(2)
    with left:
        model = choose("Model", sorted(metrics["model"].unique()), "model")
    of_model = metrics[metrics["model"] == model]
    with right:
        benchmark = choose("Benchmark", sorted(of_model["benchmark"].unique()), "benchmark")
    st.subheader("Metrics", anchor=False)
    _figures(of_model[of_model["benchmark"] == benchmark], "consistency-chosen")
    st.subheader("Item by item", anchor=False)
    items = table_or_advice(site, CONSISTENCY_ITEMS)
    if items is not None and model is not None and benchmark is not None:
        items = items.dropna(subset=["item_id"])
        _item_by_item(site, items[(items["model"] == model) & (items["benchmark"] == benchmark)], model, benchmark)
    with st.expander("The metrics of all models and benchmarks"):
        _figures(metrics, "consistency")


def _by_model(metrics: pd.DataFrame) -> None:
    frame = metrics[metrics["metric"] == HEADLINE].dropna(subset=["value"])
    if frame.empty:
        st.info("Every model was asked once, so there is nothing to compare; ask again with more runs (`--runs`).")
        return
    palette = names(sorted(metrics["model"].unique()))
    rows = names(sorted(frame["benchmark"].unique()))
    points = pd.DataFrame(
        {
            "row": frame["benchmark"].map(rows).to_numpy(),
            "series": frame["model"].map(palette).to_numpy(),
            "value": frame["value"].to_numpy(),
            "low": frame["ci_low"].to_numpy(),
            "high": frame["ci_high"].to_numpy(),
            "figure": [percent(value) for value in frame["value"]],
            "interval": [interval(low, high) for low, high in zip(frame["ci_low"], frame["ci_high"], strict=True)],
        }
    )
    drawing = charts.dots(
        points, title="Items answered alike in every run", axis="Items (%), 95% interval",
        rows=list(rows.values()), series=sorted(points["series"].unique()), palette=sorted(palette.values()),
    )  # fmt: skip
    chart(
        drawing,
        "Share of items answered alike in every run, by benchmark and model; the figures are in the table below.",
    )


def _figures(metrics: pd.DataFrame, name: str) -> None:
    labels = names(sorted(metrics["model"].unique()))
    units = [metric(each).unit for each in metrics["metric"]]
    ends = zip(metrics["ci_low"], metrics["ci_high"], units, strict=True)
    display = pd.DataFrame(
        {
            "Model": [labels[model] for model in metrics["model"]],
            "Benchmark": metrics["benchmark"].to_numpy(),
            "Metric": [metric(each).label for each in metrics["metric"]],
            "Value": [figure(value, unit) for value, unit in zip(metrics["value"], units, strict=True)],
            "95% interval": [interval(low, high, unit) for low, high, unit in ends],
            "Items": metrics["n_items"].to_numpy(),
            "Runs": metrics["n_runs"].to_numpy(),
        }
    )
    one_place = len(metrics[["model", "benchmark"]].drop_duplicates()) == 1
    table(display.drop(columns=["Model", "Benchmark"]) if one_place else display, metrics, name)


def _item_by_item(site: Site, items: pd.DataFrame, model: str, benchmark: str) -> None:
    runs = sorted((name for name in items.columns if RUN_COLUMN.fullmatch(name)), key=lambda name: int(name[4:]))
    runs = [name for name in runs if items[name].notna().any()]
    if len(runs) < 2:
        st.info("There is only one run; ask for more than one (`--runs`) to see whether answers flip.")
        return
    answers = {row["item_id"]: [_answer(row[run]) for run in runs] for row in items.to_dict("records")}
    items = items.assign(variants=[len(set(answers[item]) - {None}) for item in items["item_id"]])
    flips = items[items["variants"] > 1].sort_values(["variants", "item_id"], ascending=[False, True], kind="stable")
    st.markdown(f"**{len(flips):,} of {len(items):,} items flip**: their answer is not the same in every run.")
    if flips.empty:
        return
    _heat_map(site, flips.head(ITEMS_SHOWN), answers, runs, model, benchmark)
    if len(flips) > ITEMS_SHOWN:
        st.caption(f"The {ITEMS_SHOWN} items with the most different answers; the table below has all.")
    _flips(site, flips, runs, model, benchmark)


def _heat_map(
    site: Site, items: pd.DataFrame, answers: dict[str, list[str | None]], runs: list[str], model: str, benchmark: str
) -> None:
    verdicts = _verdicts(site, model, benchmark)
    labels = names(items["item_id"])
    columns = [run[4:] for run in runs]
    cells = []
    for row in items.to_dict("records"):
        given = answers[row["item_id"]]
        ordered = [answer for answer, _ in Counter(answer for answer in given if answer is not None).most_common()]
        letters = {answer: VARIANTS[min(place, len(VARIANTS) - 1)] for place, answer in enumerate(ordered)}
        for column, answer in zip(columns, given, strict=True):
            if answer is None:
                continue
            right = verdicts.get((row["item_id"], int(column)), answer == row["expected"])
            outcome = "not scorable" if answer == INVALID else "right" if right else "wrong"
            cells.append(
                {
                    "row": labels[row["item_id"]], "column": column, "outcome": outcome,
                    "sign": f"{letters[answer]}{SIGNS[outcome]}", "prediction": cell(answer, 80),
                }
            )  # fmt: skip
    title = "Items that flip, run by run"
    chart(
        charts.heat_map(pd.DataFrame(cells), title=title, rows=list(labels.values()), columns=columns),
        "Each run's answer to the items that flip; the answers are in the table below.",
    )
    st.caption("Letters tell an item's answers apart, A being the most frequent; ✓ right, ✗ wrong, – not scorable.")


def _verdicts(site: Site, model: str, benchmark: str) -> dict[tuple[str, int], bool]:
    """Whether each response was right, from results/items; empty where that table is missing or broken.

    The table of items has the expected answer only; aliases and other forms of a number count as right too.
    """
    try:
        scored = data.load_items(site.layout, model, benchmark).dropna(subset=["run", "correct"])
    except UserError:
        return {}
    return {
        (item, int(run)): bool(ok) for item, run, ok in scored[["item_id", "run", "correct"]].itertuples(index=False)
    }


def _flips(site: Site, flips: pd.DataFrame, runs: list[str], model: str, benchmark: str) -> None:
    display = pd.DataFrame(
        {
            "Item": flips["item_id"].to_numpy(),
            "Category": flips["category"].to_numpy(),
            "Expected": flips["expected"].to_numpy(),
            "Answers": flips["variants"].to_numpy(),
            **{f"Run {run[4:]}": flips[run].to_numpy() for run in runs},
        }
    )
    picked = st.dataframe(
        cleaned(display), hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row", key="flips"
    )
    selected = [row for row in picked["selection"]["rows"] if row < len(flips)]
    if selected:
        link_to_responses(site, model, benchmark, flips["item_id"].iloc[selected[0]], "Read this item's responses")
    else:
        st.caption("Select a row to get a link to the item's responses.")
    downloads(flips.drop(columns="variants"), "consistency_items")


def _answer(value: object) -> str | None:
    return None if value is None or value != value else str(value)
