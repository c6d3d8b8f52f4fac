"""Any two models against each other: how far apart they are, who wins which item, and both texts side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.dashboard import address, collected, compare_figures, data, scored
from leaderboard.dashboard.compare_figures import VERDICTS
from leaderboard.dashboard.compare_texts import show_pair
from leaderboard.dashboard.deltas import show_differences
from leaderboard.dashboard.metrics import percent
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, advice, broken, choose, cleaned, downloads, line
from utils.errors import UserError

ROWS_SHOWN = 2_000  # rows sent to the browser; the filters narrow further
SIGNS = {"won": "Won", "lost": "Lost", "both": "Both right", "neither": "Neither right"}
STAGE = data.ITEMS.made_by


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Compare", anchor=False)
    st.markdown("Two models on the same items: which is better, by how much, and where.")
    chosen = _choose(site)
    if chosen is None:
        return
    model, other, benchmark = chosen
    labels = names(sorted(collected.submissions(site.layout)))
    label, other_label = (labels.get(name, name) for name in (model, other))
    try:
        with st.spinner("Comparing item by item"):
            rows = compare_figures.pairs(site.layout, model, other, benchmark)
            differences, stored = compare_figures.differences(site.layout, model, other, benchmark)
    except UserError as error:
        broken(site, STAGE, error)
        return
    if rows.empty:
        st.info("There is no item and run that both models answered.")
        return
    _lead(rows, label, other_label)
    _differences(differences, stored, label, other_label)
    st.header("Item by item", anchor=False)
    rows = _filtered(rows)
    if rows.empty:
        st.info("No item fits these filters.")
        return
    _items(site, rows, (model, label), (other, other_label), benchmark)


def _choose(site: Site) -> tuple[str, str, str] | None:
    """The two models and the benchmark; None after saying what is missing."""
    found = {
        model: benchmarks
        for model, files in collected.submissions(site.layout).items()
        if (benchmarks := [name for name in sorted(files) if scored.items_path(site.layout, model, name)])
    }
    if not found:
        advice(site, STAGE)
        return None
    if len(found) == 1:
        st.info("Only one model has been scored yet; a comparison takes two. Ask another one, then score it.")
        return None
    first, second, third = st.columns(3)
    with first:
        model = choose("Model", found, "model")
    with second:
        other = choose("Compared with", [name for name in found if name != model], "other")
    shared = [name for name in found.get(model or "", []) if name in found.get(other or "", [])]
    with third:
        benchmark = choose("Benchmark", shared, "benchmark")
    if model is None or other is None:
        return None
    if benchmark is None:
        st.info("These two models have no benchmark in common.")
        return None
    return model, other, benchmark


def _lead(rows: pd.DataFrame, label: str, other: str) -> None:
    counts = rows["verdict"].value_counts()
    won, lost = int(counts.get("won", 0)), int(counts.get("lost", 0))
    agree = float((rows["prediction"] == rows["prediction_other"]).mean())
    line(
        "Of {all} answers that both gave, <b>{won}</b> are right from {model} alone and <b>{lost}</b> from {other} "
        "alone; both are right in {both}, neither in {neither}. They are read alike in {agree}.",
        all=f"{len(rows):,}", won=won, lost=lost, model=label, other=other, both=int(counts.get("both", 0)),
        neither=int(counts.get("neither", 0)), agree=percent(agree),
    )  # fmt: skip


def _differences(frame: pd.DataFrame, stored: bool, label: str, other: str) -> None:
    st.header("Differences", anchor=False)
    line("{model} minus {other}, paired by item: right of zero the first has the higher rate.", model=label,
         other=other)  # fmt: skip
    if frame.empty:
        st.caption("The two have no whole run of an item in common, so nothing can be paired.")
        return
    show_differences(frame, "compare")
    st.caption(
        "From results/deltas; p is adjusted for all of its comparisons."
        if stored
        else "Computed here, by the functions of step 7; p is adjusted for no other comparison."
    )


def _filtered(rows: pd.DataFrame) -> pd.DataFrame:
    with st.container(border=True):
        first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
        with first:
            category = choose("Category", sorted(rows["category"].dropna().unique()), "category", every="All")
        with second:
            present = [name for name in VERDICTS if name in set(rows["verdict"])]
            verdict = choose("Who is right", present, "verdict", every="All", shown=VERDICTS)
        with third:
            address.follow_switch("differing")
            differing = st.toggle("Only differing", key="differing", on_change=address.write, args=("differing",),
                                  help="Only what the two models' answers were read as differently")  # fmt: skip
    if category is not None:
        rows = rows[rows["category"] == category]
    if verdict is not None:
        rows = rows[rows["verdict"] == verdict]
    if differing:
        rows = rows[rows["prediction"].fillna("") != rows["prediction_other"].fillna("")]
    return rows


def _items(site: Site, rows: pd.DataFrame, ours: tuple[str, str], theirs: tuple[str, str], benchmark: str) -> None:
    labels = names(dict.fromkeys(rows["item_id"]))
    shown = rows.head(ROWS_SHOWN)
    display = pd.DataFrame(
        {
            "Item": [labels[item_id] for item_id in shown["item_id"]],
            "Run": shown["run"].to_numpy(),
            "Category": shown["category"].to_numpy(),
            "Expected": shown["expected"].to_numpy(),
            "Model": shown["prediction"].to_numpy(),
            "Compared with": shown["prediction_other"].to_numpy(),
            "Outcome": [SIGNS[name] for name in shown["verdict"]],
        }
    )
    more = f"; the first {ROWS_SHOWN:,} are listed" if len(rows) > len(shown) else ""
    st.caption(f"{len(rows):,} answers{more}. Select a row to read both texts below.")

    def open_selected() -> None:
        selected = st.session_state["pairs"]["selection"]["rows"]
        if selected:
            _remember(shown.iloc[selected[0]].to_dict(), labels)

    st.dataframe(
        cleaned(display), hide_index=True, width="stretch", height=280, key="pairs", on_select=open_selected,
        selection_mode="single-row",
    )  # fmt: skip
    downloads(rows, f"compare-{benchmark}")
    show_pair(site, _current(rows, labels), ours, theirs, benchmark)


def _current(rows: pd.DataFrame, labels: dict[str, str]) -> dict[str, Any]:
    """The row that the URL names; the item's first where the run is not named, and the first of all without an item."""
    wanted, run = st.query_params.get("item"), st.query_params.get("of_run")
    of_item = rows[[labels[item_id] == wanted for item_id in rows["item_id"]]]
    exact = of_item[[f"{number:.0f}" == run for number in of_item["run"]]]
    found = next(frame for frame in (exact, of_item, rows) if len(frame))
    return dict(found.iloc[0])


def _remember(row: dict[str, Any], labels: dict[str, str]) -> None:
    st.query_params["item"] = labels[row["item_id"]]
    st.query_params["of_run"] = f"{row['run']:.0f}"
