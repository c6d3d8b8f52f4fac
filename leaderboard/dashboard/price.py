"""Quality against cost and latency: which models nothing else beats in both."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.metrics import Unit, figure, percent
from leaderboard.dashboard.widgets import chart, line

FRONTS = {"cost": "on_pareto_front_cost", "latency": "on_pareto_front_latency"}


def show_price(board: pd.DataFrame, chosen: dict[str, str], palette: list[str]) -> None:
    """Draw the two planes; `chosen` are the models shown, with their labels."""
    left, right = st.columns(2)
    cost, axis = ("mean_cost_usd", "Mean cost (US$ a response)") if "mean_cost_usd" in board else (
        "cost_usd", "Cost of all responses (US$)")  # fmt: skip
    with left:
        _against(board, chosen, palette, "cost", cost, axis)
    with right:
        _against(board, chosen, palette, "latency", "mean_latency_s", "Mean latency (s a response)")


def _against(
    board: pd.DataFrame, chosen: dict[str, str], palette: list[str], what: str, column: str, axis: str
) -> None:
    unit: Unit = "seconds" if what == "latency" else "usd"
    title = f"Quality against {what}"
    x = pd.to_numeric(board[column], errors="coerce")
    frame = pd.DataFrame(
        {
            "series": [chosen[model] for model in board["model"]],
            "x": x.to_numpy(dtype="float64"),
            "y": board["overall"].to_numpy(),
            "y_low": board["overall_ci_low"].to_numpy(),
            "y_high": board["overall_ci_high"].to_numpy(),
            "x_figure": [figure(value, unit) for value in x],
            "y_figure": [percent(value) for value in board["overall"]],
            "front": _front(board, FRONTS[what]),
        }
    ).dropna(subset=["x", "y"])
    if frame.empty:
        st.caption(f"{title}: not recorded for any of these models.")
        return
    if not frame["x"].any():
        st.caption(f"{title}: zero for all of these models.")
        return
    drawing = charts.plane(
        frame, title=title, x_axis=axis, y_axis="Overall score (%)", series=list(frame["series"]),
        palette=palette, x_format="$~g" if unit == "usd" else "~g", x_domain=None,
    )  # fmt: skip
    chart(drawing, f"{title}; the figures are in the table below.", f"quality-{what}")
    best = frame[frame["front"]].sort_values("x", kind="stable")["series"]
    if len(best):
        cheaper = "faster" if what == "latency" else "cheaper"
        line("Nothing is both better and {cheaper} than {models}.", cheaper=cheaper,
             models=" or ".join(best))  # fmt: skip
    if len(frame) < len(board):
        st.caption("Models for which it is not recorded are left out.")


def _front(board: pd.DataFrame, column: str) -> list[bool]:
    return [value is True for value in board[column]] if column in board else [False] * len(board)
