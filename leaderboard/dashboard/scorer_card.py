"""How well the rules that read responses agree with people: the scorer card."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard.data import SCORER_CARD
from leaderboard.dashboard.metrics import NOT_DEFINED, interval, percent
from leaderboard.dashboard.widgets import Site, table, table_if_there

NORMALIZERS = {"safety": "refusal", "ambiguity": "clarification", "reasoning": "answers"}
SHOWN = {"precision": "Precision", "recall": "Recall", "specificity": "Specificity", "accuracy": "Accuracy",
         "kappa": "Kappa", "agreement": "Agreement"}  # fmt: skip
GROUP = ["source", "labels", "method", "weights", "n", "current"]
OWN, OVERALL = "trustbench", "all"
IN_SAMPLE = "in_sample"  # figures on what the weights were fitted to flatter; they are in the download


def show_scorer_card(site: Site, task: str) -> None:
    """Draw the card of the rules that read a task's responses, where the results hold one."""
    card = table_if_there(site, SCORER_CARD)
    if card is None:
        return
    card = card[card["normalizer"] == NORMALIZERS[task]]
    rows = card[card["metric"].isin(list(SHOWN)) & (card["weights"] != IN_SAMPLE)]
    if rows.empty:
        return
    with st.expander("How well the rules read these responses: the scorer card"):
        if (card["current"] == False).any():  # noqa: E712 (undefined is neither)
            st.caption("The rules have changed a little since these figures were measured.")
        table(_pivoted(rows), card, f"scorer-card-{task}")
        st.caption("Against labels by people or by construction; “our rules” beside other methods on the same texts.")


def _pivoted(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    for key, group in rows.groupby(GROUP, sort=False, dropna=False):
        source, labels, method, weights, n, _ = key
        figures = {row["metric"]: row for row in group.to_dict("records")}
        found.append(
            {
                "Labelled responses": source,
                "Read by": "our rules" if method == OWN else str(method).replace("_", " "),
                "Weights": NOT_DEFINED if pd.isna(weights) else str(weights).replace("_", " "),
                "Labels": labels,
                "Responses": n,
                **{head: _figure(figures.get(name)) for name, head in SHOWN.items() if name in set(rows["metric"])},
            }
        )
    ordered = sorted(found, key=lambda row: (row["Labelled responses"] != OVERALL, row["Read by"] != "our rules"))
    return pd.DataFrame(ordered)


def _figure(row: dict[str, object] | None) -> str:
    if row is None:
        return NOT_DEFINED
    ends = interval(row["ci_low"], row["ci_high"])  # type: ignore[arg-type]
    if row["metric"] == "kappa":
        return f"{row['value']:.2f}"
    return percent(row["value"]) + ("" if ends == NOT_DEFINED else f" ({ends})")  # type: ignore[arg-type]
