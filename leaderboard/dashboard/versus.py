"""How sure the order is: which model is better than which, and whether other weights would change the leader."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from leaderboard.dashboard.data import PAIRWISE, WEIGHT_SENSITIVITY, WEIGHTS
from leaderboard.dashboard.metrics import NOT_DEFINED, SCORE_LABELS, percent, points, ranks
from leaderboard.dashboard.untrusted import markup, names
from leaderboard.dashboard.widgets import Site, line, table, table_if_there

SURE = 0.975  # as in the report: a model counts as better where 97.5% of the resamples say so
DRAWN = "drawn"  # the weighting that stands for the many drawn at random


def show_pairs(site: Site, labels: Mapping[str, str]) -> None:
    """Draw each two models once, the one that stands higher first, where the leaderboard holds such a table.

    Args:
        labels: the models in the order of rank, with the names that they are shown by.
    """
    pairs = table_if_there(site, PAIRWISE)
    if pairs is None:
        return
    place = {model: number for number, model in enumerate(labels)}
    known = pairs[pairs["model"].isin(list(place)) & pairs["other"].isin(list(place))]
    first, second = known["model"].map(place), known["other"].map(place)
    shown = known.assign(first=first, second=second)[first < second].sort_values(["first", "second"], kind="stable")
    if shown.empty:
        return
    st.header("Who is better than whom", anchor=False)
    chance = shown["better"] + shown["tied"].fillna(0) / 2
    told = [NOT_DEFINED if pd.isna(value) else "yes" if value > SURE else "the other way round" if value < 1 - SURE
            else "no" for value in chance]  # fmt: skip
    display = pd.DataFrame(
        {
            "Model": [labels[model] for model in shown["model"]],
            "Compared with": [labels[model] for model in shown["other"]],
            "Told apart": told,
            "Chance that it is better": [percent(value) for value in chance],
            "Difference": [points(value) for value in shown["difference"]],
            "95% interval": [_ends(low, high) for low, high in zip(shown["ci_low"], shown["ci_high"], strict=True)],
            "Wins": [percent(value) for value in shown["win_rate_overall"]],
        }
    )
    table(display, pairs, "pairwise")
    st.caption(
        "The chance is the share of the resamples in which the model scores higher overall; only above "
        f"{percent(SURE)} do the data tell the two apart. Wins: the share of the items on which it does better, "
        "ties half."
    )


def show_weights(site: Site, labels: Mapping[str, str]) -> None:
    """Draw who would lead if the areas counted otherwise, where there are such tables; `labels` as above."""
    weightings, weights = table_if_there(site, WEIGHT_SENSITIVITY), table_if_there(site, WEIGHTS)
    if weightings is None:
        return
    drawn = weightings[(weightings["weighting"] == DRAWN) & weightings["model"].isin(list(labels))]
    if len(drawn) < 2:
        return
    st.header("With other weights", anchor=False)
    drawn = drawn.assign(place=drawn["model"].map(list(labels).index)).sort_values("place", kind="stable")
    leader = drawn.sort_values("share_first", ascending=False, kind="stable").iloc[0]
    line("Of many weightings drawn at random about the ones in use, <b>{model}</b> leads in {share}.",
         model=labels[leader["model"]], share=percent(leader["share_first"]))  # fmt: skip
    if weights is not None:
        st.html(f'<ul class="tb-list">{"".join(f"<li>{sentence}</li>" for sentence in _turns(weights, labels))}</ul>')
    display = pd.DataFrame(
        {
            "Model": [labels[model] for model in drawn["model"]],
            "Leads in": [percent(value) for value in drawn["share_first"]],
            "Ranks": [ranks(*ends) for ends in zip(drawn["rank_best"], drawn["rank_worst"], strict=True)],
        }
    )
    table(display, weightings, "weight_sensitivity")


def _turns(weights: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """A sentence for each area whose weight alone can change the leader, and one for those that cannot."""
    counted = weights[weights["counted"].fillna(False).astype(bool)].dropna(subset=["dimension", "share"])
    areas = {name: SCORE_LABELS.get(name) or names([name])[name] for name in counted["dimension"]}
    found, steady = [], []
    for row in counted.to_dict("records"):
        cases = [
            markup("{side} {share} ({model} then leads)", side=side, share=percent(row[f"changes_{side}"]),
                   model=_label(row[f"leader_{side}"], labels))
            for side in ("below", "above")
            if pd.notna(row[f"changes_{side}"])
        ]  # fmt: skip
        if cases:
            now = markup("The lead changes when {area}, now {share} of the score, counts ",
                         area=areas[row["dimension"]], share=percent(row["share"]))  # fmt: skip
            found.append(now + ", or ".join(cases) + ".")
        else:
            steady.append(areas[row["dimension"]])
    if steady:
        found.append(markup("No weight of {areas} alone changes who leads.", areas=" or ".join(steady)))
    return found


def _label(model: object, labels: Mapping[str, str]) -> str:
    return labels.get(str(model)) or names([str(model)])[str(model)]


def _ends(low: float, high: float) -> str:
    return NOT_DEFINED if pd.isna(low) or pd.isna(high) else f"{points(low)} to {points(high)}"
