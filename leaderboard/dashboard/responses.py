"""Every prompt and response: found by model, benchmark, category, prediction, outcome, run and words; shown whole."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from leaderboard.dashboard import address, collected
from leaderboard.dashboard.collected import Benchmark, Submission
from leaderboard.dashboard.raw_lines import Key
from leaderboard.dashboard.response_rows import OUTCOMES, response_rows
from leaderboard.dashboard.response_view import show_response
from leaderboard.dashboard.widgets import (
    Site,
    advice,
    choose,
    cleaned,
    downloads,
    problem,
    problems,
)
from utils.errors import UserError

LONGEST_SEARCH = 200  # characters
ROWS_SHOWN = 2_000  # rows sent to the browser; the filters narrow further
PREDICTIONS_OFFERED = 100  # the most frequent ones; reasoning has as many as there are answers


@dataclass(frozen=True)
class Chosen:
    """The model and benchmark that are looked at, and what their files hold."""

    model: str
    benchmark: str
    submission: Submission
    questions: Benchmark


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Responses", anchor=False)
    st.markdown("Every prompt, what the model replied, and why it was scored as it was.")
    chosen = _choose(site)
    if chosen is None:
        return
    rows = _rows(site, chosen)
    problems(chosen.submission.problems, "Lines of the submission that could not be used")
    problems(chosen.questions.problems, "Lines of the benchmark that could not be used")
    if rows.empty:
        st.info("This file holds no response yet.")
        return
    rows = _filtered(rows, chosen)
    if rows.empty:
        st.info("No response fits these filters.")
        return
    labels = chosen.submission.labels
    position = _position(rows, labels)
    _list(rows, labels, chosen)
    position = _browse(rows, labels, position)
    row = rows.iloc[position]
    show_response(site, chosen.submission, chosen.questions, row.to_dict(), labels[row["item_id"]])


def _choose(site: Site) -> Chosen | None:
    found = collected.submissions(site.layout)
    if not found:
        advice(site, "runners.auto_run_async")
        return None
    left, right = st.columns(2)
    with left:
        model = choose("Model", found, "model")
    with right:
        benchmark = choose("Benchmark", sorted(found[model]) if model else [], "benchmark")
    if model is None or benchmark is None:
        return None
    submission = collected.index(found[model][benchmark])
    try:
        questions = collected.benchmark(site.layout, benchmark)
    except UserError as error:
        problem(error)
        questions = Benchmark({}, ())
    return Chosen(model, benchmark, submission, questions)


def _rows(site: Site, chosen: Chosen) -> pd.DataFrame:
    rows, missing = response_rows(site.layout, chosen.model, chosen.benchmark, chosen.submission)
    if missing:
        with st.expander("Not scored yet, or the scores cannot be read", icon=":material/info:"):
            problem(missing)
    return rows


def _filtered(rows: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    with st.container(border=True):
        first, second, third, fourth = st.columns(4)
        with first:
            category = choose("Category", sorted(rows["category"].dropna().unique()), "category", every="All")
        with second:
            common = rows["prediction"].dropna().value_counts().head(PREDICTIONS_OFFERED).index
            prediction = choose("Prediction", sorted(common), "prediction", every="All")
        with third:
            outcomes = set(rows["outcome"].unique())
            present = [name for name in OUTCOMES if name in outcomes]
            outcome = choose("Outcome", present, "outcome", every="All", shown=OUTCOMES)
        with fourth:
            run = choose("Run", [f"{run:.0f}" for run in sorted(rows["run"].unique())], "run", every="All")
        address.follow_text("search", LONGEST_SEARCH)
        words = st.text_input(
            "Text in the prompt or the response", key="search", max_chars=LONGEST_SEARCH, on_change=address.write,
            args=("search",),
        )  # fmt: skip
    for column, value in (("category", category), ("prediction", prediction), ("outcome", outcome)):
        if value is not None:
            rows = rows[rows[column] == value]
    if run is not None:
        rows = rows[rows["run"] == float(run)]
    if words:
        found = collected.containing(chosen.submission, words, chosen.questions.items)
        keep = [(item, int(number)) in found for item, number in zip(rows["item_id"], rows["run"], strict=True)]
        rows = rows[keep]
    return rows


def _list(rows: pd.DataFrame, labels: dict[str, str], chosen: Chosen) -> None:
    shown = rows.head(ROWS_SHOWN)
    display = pd.DataFrame(
        {
            "Item": [labels[item_id] for item_id in shown["item_id"]],
            "Run": shown["run"].to_numpy(),
            "Category": shown["category"].to_numpy(),
            "Expected": shown["expected"].to_numpy(),
            "Prediction": shown["prediction"].to_numpy(),
            "Outcome": [OUTCOMES[name] for name in shown["outcome"]],
            "Rule": shown["rule"].to_numpy(),
            "Finish": shown["finish_reason"].to_numpy(),
            "Tokens": shown["output_tokens"].to_numpy(),
            "Latency": shown["latency_s"].to_numpy(),
        }
    )
    more = f"; the first {ROWS_SHOWN:,} are listed" if len(rows) > len(shown) else ""
    st.caption(f"{len(rows):,} of {len(chosen.submission.places):,} responses{more}. Select a row to read it below.")

    def open_selected() -> None:
        selected = st.session_state["list"]["selection"]["rows"]
        if selected:
            _remember((str(shown["item_id"].iloc[selected[0]]), int(shown["run"].iloc[selected[0]])), labels)

    st.dataframe(
        cleaned(display), hide_index=True, width="stretch", height=280, key="list", on_select=open_selected,
        selection_mode="single-row", column_config={"Latency": st.column_config.NumberColumn(format="%.2f s")},
    )  # fmt: skip
    downloads(rows, f"responses-{chosen.benchmark}")


def _position(rows: pd.DataFrame, labels: dict[str, str]) -> int:
    """Where the response that the URL names stands in the list; the item's first where the run is not named."""
    wanted, run = st.query_params.get("item"), st.query_params.get("of_run")
    if wanted is None:
        return 0
    here = [labels[item_id] == wanted for item_id in rows["item_id"]]
    exact = [same and f"{number:.0f}" == run for same, number in zip(here, rows["run"], strict=True)]
    return exact.index(True) if True in exact else here.index(True) if True in here else 0


def _browse(rows: pd.DataFrame, labels: dict[str, str], position: int) -> int:
    def step(by: int) -> None:
        row = rows.iloc[position + by]
        _remember((row["item_id"], int(row["run"])), labels)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Previous", on_click=step, args=(-1,), disabled=position == 0, icon=":material/arrow_back:")
        st.button("Next", on_click=step, args=(1,), disabled=position == len(rows) - 1, icon=":material/arrow_forward:")
        st.text(f"{position + 1:,} of {len(rows):,}")
    return position


def _remember(key: Key, labels: dict[str, str]) -> None:
    st.query_params["item"] = labels[key[0]]
    st.query_params["of_run"] = str(key[1])
