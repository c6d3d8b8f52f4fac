"""The items whose answer is not the same in every run: run by run, as a table, and two runs side by side."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts, scored
from leaderboard.dashboard.compare_texts import read_response, show_prompt
from leaderboard.dashboard.differing import show_side_by_side
from leaderboard.dashboard.untrusted import cell, names
from leaderboard.dashboard.widgets import Site, chart, choose, cleaned, downloads, link_to_responses
from utils.errors import UserError

ITEMS_SHOWN = 40  # rows of the heat map
RUN_COLUMN = re.compile(r"run_(\d{1,6})")
INVALID = "invalid"
SIGNS = {"right": "✓", "wrong": "✗", "not scorable": "–"}
VARIANTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def show_items(site: Site, items: pd.DataFrame, model: str, benchmark: str) -> None:
    """Draw the item by item part of a model on a benchmark.

    Args:
        items: the rows of `results/consistency_items` of both, with an item id each.
    """
    runs = run_columns(items)
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
    _flips(flips, runs)
    _texts(site, flips, runs, model, benchmark)


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
        "consistency-flips",
    )
    st.caption("Letters tell an item's answers apart, A being the most frequent; ✓ right, ✗ wrong, – not scorable.")


def _verdicts(site: Site, model: str, benchmark: str) -> dict[tuple[str, int], bool]:
    """Whether each response was right, from results/items; empty where that table is missing or broken.

    The table of items has the expected answer only; aliases and other forms of a number count as right too.
    """
    try:
        rows = scored.load_items(site.layout, model, benchmark).dropna(subset=["run", "correct"])
    except UserError:
        return {}
    return {(item, int(run)): bool(ok) for item, run, ok in rows[["item_id", "run", "correct"]].itertuples(index=False)}


def _flips(flips: pd.DataFrame, runs: list[str]) -> None:
    display = pd.DataFrame(
        {
            "Item": flips["item_id"].to_numpy(),
            "Category": flips["category"].to_numpy(),
            "Expected": flips["expected"].to_numpy(),
            "Answers": flips["variants"].to_numpy(),
            **{f"Run {run[4:]}": flips[run].to_numpy() for run in runs},
        }
    )
    labels = names(flips["item_id"])

    def open_selected() -> None:
        selected = st.session_state["flips"]["selection"]["rows"]
        if selected:
            st.query_params["item"] = labels[flips["item_id"].iloc[selected[0]]]

    st.caption("Select a row to read the item's responses side by side below.")
    st.dataframe(
        cleaned(display), hide_index=True, width="stretch", on_select=open_selected, selection_mode="single-row",
        key="flips",
    )  # fmt: skip
    downloads(flips.drop(columns="variants"), "consistency_items")


def _texts(site: Site, flips: pd.DataFrame, runs: list[str], model: str, benchmark: str) -> None:
    """Two runs of the item that the URL names, or of the first, side by side; at first two that differ."""
    st.subheader("Two runs side by side", anchor=False)
    item_id = choose("Item", flips["item_id"], "item")
    row = flips[flips["item_id"] == item_id].iloc[0]
    answered = [run for run in runs if _answer(row[run]) is not None]
    shown = {run[4:]: f"Run {run[4:]}: {cell(row[run], 60)}" for run in answered}
    left, right = st.columns(2)
    with left:
        first = choose("One run", shown, "of_run", shown=shown)
    differing = [run for run in answered if row[run] != row[f"run_{first}"]]
    others = [run[4:] for run in [*differing, *answered] if run[4:] != first]
    with right:
        second = choose("Another run", others, "run", shown=shown)
    if item_id is None or first is None or second is None:
        return
    show_prompt(site, benchmark, item_id)
    texts = [read_response(site, model, benchmark, item_id, int(run)) for run in (first, second)]
    if texts[0] is None or texts[1] is None:
        st.info("A response is not in submissions/ any more; compare the runs anew, then reload the page.")
        return
    show_side_by_side(texts[0].response, texts[1].response, shown[first], shown[second])
    link_to_responses(site, model, benchmark, item_id, "All responses to this item")


def run_columns(items: pd.DataFrame) -> list[str]:
    """The columns of the runs that were asked, in their order."""
    runs = sorted((name for name in items.columns if RUN_COLUMN.fullmatch(name)), key=lambda name: int(name[4:]))
    return [name for name in runs if items[name].notna().any()]


def _answer(value: object) -> str | None:
    return None if value is None or value != value else str(value)
