"""Quality against cost and latency: which models nothing else beats in both."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.metrics import Unit, figure, percent
from leaderboard.dashboard.widgets import chart, line

FRONTS = {"cost": "on_pareto_front_cost", "latency": "on_pareto_front_latency"}


def show_price(board: pd.DataFrame, chosen: dict[str, str], palette: list[str]) -> None:
    """Draw the two planes, side by side where both are known; `chosen` are the models shown, with their labels."""
    cost, axis = ("mean_cost_usd", "Mean cost (US$ a response)") if "mean_cost_usd" in board else (
        "cost_usd", "Cost of all responses (US$)")  # fmt: skip
    found = []
    for what, column, words in (("cost", cost, axis), ("latency", "mean_latency_s", "Mean latency (s a response)")):
        frame = _frame(board, chosen, what, column)
        if frame.empty:
            st.caption(f"Quality against {what}: not recorded for any of these models.")
        elif not frame["x"].any():
            st.caption(f"Quality against {what}: zero for all of these models.")
        else:
            found.append((what, words, frame))
    for place, (what, words, frame) in zip(st.columns(max(1, len(found))), found, strict=False):
        with place:
            _against(frame, palette, what, words, everyone=len(frame) == len(board))


def _frame(board: pd.DataFrame, chosen: dict[str, str], what: str, column: str) -> pd.DataFrame:
    x = pd.to_numeric(board[column], errors="coerce")
    return pd.DataFrame(
        {
            "series": [chosen[model] for model in board["model"]],
            "x": x.to_numpy(dtype="float64"),
            "y": board["overall"].to_numpy(),
            "y_low": board["overall_ci_low"].to_numpy(),
            "y_high": board["overall_ci_high"].to_numpy(),
            "x_figure": [figure(value, _unit(what)) for value in x],
            "y_figure": [percent(value) for value in board["overall"]],
            "front": _front(board, FRONTS[what]),
        }
    ).dropna(subset=["x", "y"])


def _unit(what: str) -> Unit:
    return "seconds" if what == "latency" else "usd"


def _against(frame: pd.DataFrame, palette: list[str], what: str, axis: str, *, everyone: bool) -> None:
    title = f"Quality against {what}"
    drawing = charts.plane(
        frame, title=title, x_axis=axis, y_axis="Overall score (%)", series=list(frame["series"]),
        palette=palette, x_format="$~g" if what == "cost" else "~g", x_domain=None,
    )  # fmt: skip
    chart(drawing, f"{title}; the figures are in the table below.", f"quality-{what}")
    best = frame[frame["front"]].sort_values("x", kind="stable")["series"]
    if len(best):
        cheaper = "faster" if what == "latency" else "cheaper"
        line("Nothing is both better and {cheaper} than {models}.", cheaper=cheaper,
             models=" or ".join(best))  # fmt: skip
    if not everyone:
        st.caption("Models for which it is not recorded are left out.")


def _front(board: pd.DataFrame, column: str) -> list[bool]:
    return [value is True for value in board[column]] if column in board else [False] * len(board)
