"""Whether a model is right as often as it says: reliability diagrams by source of confidence, and the metrics."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard import charts
from leaderboard.dashboard.data import CALIBRATION, CALIBRATION_BINS
from leaderboard.dashboard.metrics import CONFIDENCE_LABELS, NOT_DEFINED, figure, interval, metric, percent
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, chart, choose, table, table_or_advice


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Calibration", anchor=False)
    st.markdown("When a model says it is 80% sure, is it right 80% of the time?")
    metrics = table_or_advice(site, CALIBRATION)
    if metrics is None:
        return
    left, right = st.columns(2)
    with left:
        model = choose("Model", sorted(metrics["model"].dropna().unique()), "model")
    of_model = metrics[metrics["model"] == model]
    with right:
        benchmark = choose("Benchmark", sorted(of_model["benchmark"].dropna().unique()), "benchmark")
    chosen = of_model[of_model["benchmark"] == benchmark]
    bins = table_or_advice(site, CALIBRATION_BINS)
    if bins is not None:
        _diagrams(bins[(bins["model"] == model) & (bins["benchmark"] == benchmark)], chosen)
    _figures(chosen)
    with st.expander("All models and benchmarks"):
        _everything(metrics)


def _diagrams(bins: pd.DataFrame, metrics: pd.DataFrame) -> None:
    bins = bins[bins["n"] > 0].dropna(subset=["confidence"])
    sources = _sources(bins)
    if not sources:
        st.info("No confidence was recorded for this model on this benchmark.")
        return
    for place, (source, label) in zip(st.columns(len(sources)), sources.items(), strict=True):
        of_source = bins[bins["confidence"] == source]
        frame = of_source.assign(
            figure=[percent(value) for value in of_source["accuracy"]],
            confidence_figure=[percent(value) for value in of_source["mean_confidence"]],
        )
        with place:
            shown = ["mean_confidence", "accuracy", "ci_low", "ci_high", "n", "figure", "confidence_figure"]
            chart(
                charts.reliability(frame[shown], title=label),
                "Share right against mean confidence by bin; the figures can be downloaded below.",
            )
            chart(charts.counts(frame[["bin_low", "bin_high", "n"]]), "Number of responses by bin of confidence.")
            st.caption(_coverage(metrics[metrics["confidence"] == source], of_source))
    st.caption(
        "On the dashed line the model is as often right as it says; below the line it is over-confident. "
        f"Hollow points rest on fewer than {charts.FEW} responses and say little."
    )


def _coverage(metrics: pd.DataFrame, bins: pd.DataFrame) -> str:
    known = metrics["coverage"].dropna()
    share = f", {percent(float(known.iloc[0]))} of all" if len(known) else ""
    return f"Known for {int(bins['n'].sum()):,} responses{share}."


def _sources(frame: pd.DataFrame) -> dict[str, str]:
    found = list(dict.fromkeys(frame["confidence"].dropna()))
    ordered = [name for name in CONFIDENCE_LABELS if name in found]
    others = names((name for name in found if name not in CONFIDENCE_LABELS), CONFIDENCE_LABELS.values())
    return {name: CONFIDENCE_LABELS[name] for name in ordered} | others


def _figures(metrics: pd.DataFrame) -> None:
    st.subheader("Metrics", anchor=False)
    sources = _sources(metrics[metrics["n"] > 0])
    rows = []
    for name in dict.fromkeys(metrics["metric"].dropna()):
        row = {"Metric": metric(name).label}
        for source, label in sources.items():
            found = metrics[(metrics["metric"] == name) & (metrics["confidence"] == source)]
            row[label] = _estimate(found.iloc[0], name) if len(found) else NOT_DEFINED
        rows.append(row)
    table(pd.DataFrame(rows, columns=["Metric", *sources.values()]), metrics, "calibration")


def _everything(metrics: pd.DataFrame) -> None:
    labels = names(sorted(metrics["model"].dropna().unique()))
    display = pd.DataFrame(
        {
            "Model": [labels.get(model, "") for model in metrics["model"]],
            "Benchmark": metrics["benchmark"].to_numpy(),
            "Confidence": [CONFIDENCE_LABELS.get(name, name) for name in metrics["confidence"]],
            "Metric": [metric(name or "").label for name in metrics["metric"]],
            "Value": [
                figure(value, metric(name or "").unit)
                for value, name in zip(metrics["value"], metrics["metric"], strict=True)
            ],
            "Responses": metrics["n"].to_numpy(),
        }
    )
    table(display, metrics, "calibration-all")


def _estimate(row: pd.Series, name: str) -> str:
    unit = metric(name).unit
    ends = interval(row["ci_low"], row["ci_high"], unit)
    return figure(row["value"], unit) + ("" if ends == NOT_DEFINED else f" ({ends})")
