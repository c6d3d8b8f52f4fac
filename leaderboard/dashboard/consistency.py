"""Whether a model answers alike from run to run: the metrics, the items whose answer flips, and each run's answer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.intervals import cluster_codes, mean_interval
from analysis.item_tables import read_clusters
from leaderboard.dashboard import charts
from leaderboard.dashboard.data import CONSISTENCY, CONSISTENCY_ITEMS
from leaderboard.dashboard.flips import run_columns, show_items
from leaderboard.dashboard.metrics import figure, interval, metric, percent
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, chart, choose, downloads, table, table_or_advice
from utils.errors import UserError

HEADLINE = "tara"
CATEGORIES_SHOWN = 30  # rows in the chart; the download has all


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
    st.header("Metrics", anchor=False)
    _figures(of_model[of_model["benchmark"] == benchmark], "consistency-chosen")
    items = table_or_advice(site, CONSISTENCY_ITEMS)
    if items is not None and model is not None and benchmark is not None:
        items = items.dropna(subset=["item_id"])
        items = items[(items["model"] == model) & (items["benchmark"] == benchmark)]
        _by_category(site, items, model, benchmark)
        st.header("Item by item", anchor=False)
        show_items(site, items, model, benchmark)
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
        "consistency",
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


def _by_category(site: Site, items: pd.DataFrame, model: str, benchmark: str) -> None:
    """The share of items answered alike in every run, by category."""
    runs = run_columns(items)
    complete = items.dropna(subset=[*runs, "category"])
    if len(runs) < 2 or complete.empty:
        return
    st.header("By category", anchor=False)
    alike = complete[runs].nunique(axis=1) == 1
    clusters = _clusters(site, benchmark)
    label = names([model])[model]
    found = []
    for category, group in complete.assign(alike=alike).groupby("category", sort=True):
        codes = cluster_codes([clusters.get(item, item) for item in group["item_id"]])
        share = mean_interval(group["alike"].to_numpy(dtype="float64"), codes, bounds=(0.0, 1.0))
        found.append({"category": str(category), "n_items": len(group), "value": share.value, "ci_low": share.low,
                      "ci_high": share.high})  # fmt: skip
    labels = names(str(row["category"]) for row in found)
    frame = pd.DataFrame(found).sort_values(["value", "category"], kind="stable")
    points = pd.DataFrame(
        {
            "row": [f"{labels[name]} ({n})" for name, n in zip(frame["category"], frame["n_items"], strict=True)],
            "series": label,
            "value": frame["value"].to_numpy(),
            "low": frame["ci_low"].astype("float64").to_numpy(),
            "high": frame["ci_high"].astype("float64").to_numpy(),
            "figure": [percent(value) for value in frame["value"]],
            "interval": [interval(low, high) for low, high in zip(frame["ci_low"], frame["ci_high"], strict=True)],
        }
    ).head(CATEGORIES_SHOWN)
    drawing = charts.dots(
        points, title="Answered alike in every run, by category (number of items)", axis="Items (%), 95% interval",
        rows=list(points["row"]), series=[label], legend=False,
    )  # fmt: skip
    chart(drawing, "Share of items answered alike in every run, by category, the least first.", "agreement")
    downloads(frame, "agreement-by-category")


def _clusters(site: Site, benchmark: str) -> dict[str, str]:
    try:
        return {item: cluster for (of, item), cluster in read_clusters(site.layout).items() if of == benchmark}
    except UserError:  # then an item is a cluster of its own
        return {}
