"""One page a task: its rates by model and category, and for safety and ambiguity the two errors against each other."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.corrected import show_corrected, show_missing, show_pairs
from leaderboard.dashboard.data import METRICS
from leaderboard.dashboard.metrics import figure, interval, metric, percent
from leaderboard.dashboard.scorer_card import show_scorer_card
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, chart, choose, choose_several, table, table_or_advice

CATEGORIES_SHOWN = 30  # rows in the chart; the table has all


@dataclass(frozen=True)
class TaskPage:
    """What a task's page says: its question, its metrics in order, and the plane of its two errors."""

    task: str
    title: str
    question: str
    metrics: tuple[str, ...]
    plane: tuple[str, str] | None = None
    corner: str = ""


SAFETY = TaskPage(
    "safety",
    "Safety",
    "Does the model refuse what is harmful, and still help with what only looks harmful?",
    ("safety_accuracy", "safety_refusal_rate", "over_refusal_rate", "exact_accuracy", "pair_accuracy", "invalid_rate"),
    ("over_refusal_rate", "safety_refusal_rate"),
    "Best is the upper left corner: harmful requests refused, harmless ones answered. "
    "A model that refuses everything stands at the upper right.",
)
AMBIGUITY = TaskPage(
    "ambiguity",
    "Ambiguity",
    "Does the model ask back when a question is unclear, and answer when it is clear?",
    (
        "ambiguity_accuracy", "ambiguity_clarification_rate", "over_clarification_rate", "exact_accuracy",
        "pair_accuracy", "invalid_rate",
    ),
    ("over_clarification_rate", "ambiguity_clarification_rate"),
    "Best is the upper left corner: unclear questions asked back, clear ones answered. "
    "A model that always asks stands at the upper right.",
)  # fmt: skip
REASONING = TaskPage(
    "reasoning",
    "Reasoning",
    "Does the model reach the right answer?",
    ("reasoning_accuracy", "exact_accuracy", "pair_accuracy", "invalid_rate"),
)


def render(site: Site, task: TaskPage) -> None:
    """Draw the page of one task."""
    st.title(task.title, anchor=False)
    st.markdown(task.question)
    frame = table_or_advice(site, METRICS)
    if frame is None:
        return
    frame = frame[frame["task"] == task.task].dropna(subset=["model", "benchmark", "metric", "category"])
    if frame.empty:
        st.info("No benchmark of this task has been scored yet.")
        return
    with st.container(horizontal=True):
        benchmark = choose("Benchmark", sorted(frame["benchmark"].unique()), "benchmark")
    chosen = choose_several("Models", sorted(frame["model"].unique()), "models")
    labels = names(sorted(frame["model"].unique()))
    frame = frame[(frame["benchmark"] == benchmark) & frame["model"].isin(list(chosen))]
    if frame.empty:
        st.info("Choose at least one model that has answered this benchmark.")
        return
    frame = frame.assign(series=frame["model"].map(labels))
    series, palette = sorted(frame["series"].unique()), sorted(labels.values())
    whole = frame[frame["category"] == "all"]
    if task.plane is None:
        _rates(whole, task, series, palette)
    else:
        left, right = st.columns(2)
        with left:
            _plane(whole, task, task.plane, series, palette)
        with right:
            _rates(whole, task, series, palette)
        show_corrected(whole, task.plane, series, palette)
    show_missing(whole)
    _categories(frame[frame["category"] != "all"], task, series, palette)
    if benchmark is not None:
        shown = {model: label for model, label in labels.items() if label in series}
        show_pairs(site, shown, benchmark, task.task)
    _figures(frame, task)
    show_scorer_card(site, task.task)


def _rates(whole: pd.DataFrame, task: TaskPage, series: list[str], palette: list[str]) -> None:
    shown = [name for name in task.metrics if name in set(whole.dropna(subset=["value"])["metric"])]
    if not shown:
        st.caption("No rates yet.")
        return
    frame = _points(
        whole[whole["metric"].isin(shown)], [metric(name).label for name in whole["metric"] if name in shown]
    )
    drawing = charts.dots(
        frame, title="Rates over all items", axis="Rate (%), 95% interval",
        rows=[metric(name).label for name in shown], series=series, palette=palette,
    )  # fmt: skip
    chart(drawing, "Rates of each model with 95% intervals; the figures are in the table below.", f"{task.task}-rates")
    lower = [metric(name).label.lower() for name in shown if metric(name).better == "lower"]
    if lower:
        st.caption(f"Lower is better for: {', '.join(lower)}. Higher is better for the others.")


def _plane(whole: pd.DataFrame, task: TaskPage, axes: tuple[str, str], series: list[str], palette: list[str]) -> None:
    across, upright = (whole[whole["metric"] == name].set_index("series") for name in axes)
    known = [name for name in series if name in across.index and name in upright.index]
    if not known:
        st.caption("The two rates are not both known yet.")
        return
    x, y = across.loc[known], upright.loc[known]
    frame = pd.DataFrame(
        {
            "series": known,
            "x": x["value"].to_numpy(), "x_low": x["ci_low"].to_numpy(), "x_high": x["ci_high"].to_numpy(),
            "y": y["value"].to_numpy(), "y_low": y["ci_low"].to_numpy(), "y_high": y["ci_high"].to_numpy(),
            "x_figure": [percent(value) for value in x["value"]], "y_figure": [percent(value) for value in y["value"]],
        }
    )  # fmt: skip
    drawing = charts.plane(
        frame, title="The two sides of the trade-off", x_axis=f"{metric(axes[0]).label} (%)",
        y_axis=f"{metric(axes[1]).label} (%)", series=known, palette=palette,
    )  # fmt: skip
    chart(
        drawing,
        "The two rates of each model against each other; the figures are in the table below.",
        f"{task.task}-plane",
    )
    st.caption(task.corner)


def _categories(frame: pd.DataFrame, task: TaskPage, series: list[str], palette: list[str]) -> None:
    st.header("By category", anchor=False)
    offered = [name for name in task.metrics if name in set(frame.dropna(subset=["value"])["metric"])]
    if not offered:
        st.caption("No category has rates of its own.")
        return
    picked = choose("Rate", offered, "rate", shown={name: metric(name).label for name in offered})
    frame = frame[frame["metric"] == picked].dropna(subset=["value"])
    categories = names(sorted(frame["category"].unique()))
    rows = list(categories.values())[:CATEGORIES_SHOWN]
    drawing = charts.dots(
        _points(frame, [categories[name] for name in frame["category"]]).query("row in @rows"),
        title=f"{metric(picked or '').label} by category", axis="Rate (%), 95% interval", rows=rows, series=series,
        palette=palette,
    )  # fmt: skip
    chart(
        drawing,
        "The chosen rate by category and model with 95% intervals; the figures are in the table below.",
        f"{task.task}-categories",
    )
    if len(categories) > len(rows):
        st.caption(f"The first {len(rows)} of {len(categories)} categories; the table below has all.")


def _points(frame: pd.DataFrame, rows: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows,
            "series": frame["series"].to_numpy(),
            "value": frame["value"].to_numpy(),
            "low": frame["ci_low"].to_numpy(),
            "high": frame["ci_high"].to_numpy(),
            "figure": [percent(value) for value in frame["value"]],
            "interval": [interval(a, b) for a, b in zip(frame["ci_low"], frame["ci_high"], strict=True)],
        }
    )


def _figures(frame: pd.DataFrame, task: TaskPage) -> None:
    st.header("All figures", anchor=False)
    units = [metric(name).unit for name in frame["metric"]]
    ends = zip(frame["ci_low"], frame["ci_high"], units, strict=True)
    display = pd.DataFrame(
        {
            "Model": frame["series"].to_numpy(),
            "Category": frame["category"].to_numpy(),
            "Metric": [metric(name).label for name in frame["metric"]],
            "Value": [figure(value, unit) for value, unit in zip(frame["value"], units, strict=True)],
            "95% interval": [interval(low, high, unit) for low, high, unit in ends],
            "Items": frame["n_items"].to_numpy(),
            "Responses": frame["n_responses"].to_numpy(),
        }
    )
    table(display, frame.drop(columns="series"), f"metrics-{task.task}")
