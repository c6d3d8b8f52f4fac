"""The leaderboard: who ranks where, how sure that is, and what it costs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.data import LEADERBOARD, SCORES
from leaderboard.dashboard.metrics import (
    NOT_DEFINED,
    SCORE_LABELS,
    interval,
    percent,
    ranks,
    usd,
)
from leaderboard.dashboard.price import show_price
from leaderboard.dashboard.since import show_changes
from leaderboard.dashboard.untrusted import cell, markup, names
from leaderboard.dashboard.versus import show_pairs, show_weights
from leaderboard.dashboard.widgets import Site, chart, choose_several, table, table_or_advice

LONGEST_SUMMARY = 600  # characters; the leaderboard's own sentences have some 200
MANY_INVALID = 0.05  # share of responses without a scorable answer from which the sentence says so


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Leaderboard", anchor=False)
    board = table_or_advice(site, LEADERBOARD)
    if board is None:
        return
    board = board.dropna(subset=["model"]).sort_values(["rank", "model"], kind="stable", na_position="last")
    labels = names(board["model"])
    st.html(f'<p class="tb-lead">{_headline(board, labels)}</p>')
    _overall(board, labels)
    st.header("In plain words", anchor=False)
    sentences = "".join(f"<li>{_sentence(row, labels, len(board))}</li>" for row in board.to_dict("records"))
    st.html(f'<ul class="tb-list">{sentences}</ul>')
    show_changes(site, board)
    st.header("Side by side", anchor=False)
    chosen = choose_several("Models", board["model"], "models")
    shown = board[board["model"].isin(list(chosen))]
    _areas(shown, chosen, sorted(labels.values()))
    show_price(shown, chosen, sorted(labels.values()))
    show_pairs(site, labels)
    show_weights(site, labels)
    st.header("All figures", anchor=False)
    _figures(board, labels)


def _headline(board: pd.DataFrame, labels: dict[str, str]) -> str:
    first = board[board["rank_low"] == 1]
    scope = markup(" {models} models, {items} items each.", models=len(board), items=_count(board["n_items"]))
    if len(board) == 1:
        return markup("<b>{name}</b> is the only model so far.", name=labels[board["model"].iloc[0]]) + scope
    if first.empty:
        return markup("The ranks are not known yet.") + scope
    if len(first) == 1:
        return markup("<b>{name}</b> leads, and clearly so.", name=labels[first["model"].iloc[0]]) + scope
    leaders = ", ".join(labels[model] for model in first["model"].head(4))
    more = f" and {len(first) - 4} more" if len(first) > 4 else ""
    return markup("No clear leader: <b>{leaders}</b> cannot be told apart at the top.", leaders=leaders + more) + scope


def _sentence(row: dict[str, Any], labels: dict[str, str], models: int) -> str:
    name = labels[str(row["model"])]
    if isinstance(row.get("summary"), str) and row["summary"]:
        words = markup("<b>{name}</b>: {summary}", name=name, summary=cell(row["summary"], LONGEST_SUMMARY))
    else:
        words = _own_sentence(row, name, models)
    spent = [] if pd.isna(row["cost_usd"]) else [f"{usd(row['cost_usd'])} in all"]
    spent += [] if pd.isna(row["mean_latency_s"]) else [f"{row['mean_latency_s']:.2f} s a response"]
    words += markup(" {spent}.", spent=", ".join(spent)) if spent else ""
    return words


def _own_sentence(row: dict[str, Any], name: str, models: int) -> str:
    """For a leaderboard that an earlier version built, which says nothing of its models in words."""
    areas = {area: row[area] for area in ("safety", "ambiguity", "reasoning") if pd.notna(row[area])}
    words = markup(
        "<b>{name}</b> ranks {rank} of {models}: {overall} overall ({interval}).",
        name=name, rank=ranks(row["rank_low"], row["rank_high"]), models=models,
        overall=percent(row["overall"]), interval=interval(row["overall_ci_low"], row["overall_ci_high"]),
    )  # fmt: skip
    if len(areas) > 1:
        best, worst = max(areas, key=areas.__getitem__), min(areas, key=areas.__getitem__)
        if best != worst:
            words += markup(
                " Best at {best} ({high}), weakest at {worst} ({low}).",
                best=best, high=percent(areas[best]), worst=worst, low=percent(areas[worst]),
            )  # fmt: skip
    if pd.notna(row["invalid_rate"]) and row["invalid_rate"] > MANY_INVALID:
        words += markup(" <b>{share} of its responses could not be scored.</b>", share=percent(row["invalid_rate"]))
    return words


def _overall(board: pd.DataFrame, labels: dict[str, str]) -> None:
    rows = [f"#{ranks(r['rank_low'], r['rank_high'])}   {labels[str(r['model'])]}" for r in board.to_dict("records")]
    frame = _scored(board, "overall").assign(row=rows, series=[labels[model] for model in board["model"]])
    drawing = charts.dots(
        frame, title="Overall score, by range of ranks", axis="Score (%), 95% interval", rows=rows,
        series=list(labels.values()), legend=False, palette=sorted(labels.values()),
    )  # fmt: skip
    chart(drawing, "Overall score of each model with its 95% interval; the figures are in the table below.", "overall")
    st.caption(
        "A range of ranks, such as 1–3, holds every rank that the intervals allow. "
        "Models whose ranges overlap should not be ordered by their score alone."
    )


def _areas(board: pd.DataFrame, chosen: dict[str, str], palette: list[str]) -> None:
    parts = [
        _scored(board, score).assign(row=SCORE_LABELS[score], series=[chosen[model] for model in board["model"]])
        for score in SCORES[1:]
    ]
    frame = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    if frame.empty:
        st.caption("No scores by area yet.")
        return
    rows = [SCORE_LABELS[score] for score in SCORES[1:] if SCORE_LABELS[score] in set(frame["row"])]
    shown = [chosen[model] for model in board["model"]]
    drawing = charts.dots(frame, title="Score by area", axis="Score (%), 95% interval", rows=rows, series=shown,
                          palette=palette)  # fmt: skip
    chart(drawing, "Scores of each model by area with 95% intervals; the figures are in the table below.", "areas")


def _scored(board: pd.DataFrame, score: str) -> pd.DataFrame:
    value, low, high = board[score], board[f"{score}_ci_low"], board[f"{score}_ci_high"]
    return pd.DataFrame(
        {
            "value": value.to_numpy(),
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "figure": [percent(v) for v in value],
            "interval": [interval(a, b) for a, b in zip(low, high, strict=True)],
        }
    )


def _figures(board: pd.DataFrame, labels: dict[str, str]) -> None:
    display = pd.DataFrame(
        {
            "Rank": [ranks(a, b) for a, b in zip(board["rank_low"], board["rank_high"], strict=True)],
            "Model": [labels[model] for model in board["model"]],
        }
    )
    for score in SCORES:
        display[SCORE_LABELS[score]] = board[score].to_numpy()
        if score == "overall":
            ends = zip(board["overall_ci_low"], board["overall_ci_high"], strict=True)
            display["95% interval"] = [interval(a, b) for a, b in ends]
    display["Invalid"] = board["invalid_rate"].to_numpy()
    display["Items"] = board["n_items"].to_numpy()
    display["Responses"] = board["n_responses"].to_numpy()
    display["Tokens"] = board["mean_output_tokens"].to_numpy()
    display["Cost"] = [usd(value) for value in board["cost_usd"]]
    display["Latency"] = board["mean_latency_s"].to_numpy()
    rate = st.column_config.NumberColumn(format="%.1f%%")
    rates = [*SCORE_LABELS.values(), "Invalid"]
    display[rates] = display[rates] * 100
    columns = {
        **dict.fromkeys(rates, rate),
        "Model": st.column_config.TextColumn(pinned=True),
        "Tokens": st.column_config.NumberColumn(format="%.0f", help="Mean output tokens a response"),
        "Latency": st.column_config.NumberColumn(format="%.2f s", help="Mean seconds a response"),
    }
    table(display, board, "leaderboard", columns=columns)


def _count(values: pd.Series) -> str:
    known = sorted({int(value) for value in values.dropna()})
    if not known:
        return NOT_DEFINED
    return f"{known[0]:,}" if len(known) == 1 else f"{known[0]:,} to {known[-1]:,}"
