"""Whether a model is right as often as it says: reliability diagrams by source of confidence, and the metrics."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from leaderboard.dashboard import calibration_charts as charts
from leaderboard.dashboard.data import CALIBRATION, CALIBRATION_BINS, CALIBRATION_CURVES, RISK_COVERAGE
from leaderboard.dashboard.metrics import CONFIDENCE_LABELS, NOT_DEFINED, figure, interval, metric, percent
from leaderboard.dashboard.untrusted import names
from leaderboard.dashboard.widgets import Site, chart, choose, downloads, table, table_if_there, table_or_advice

CURVE = ["stated", "accuracy", "ci_low", "ci_high"]


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
        curves = _of(table_if_there(site, CALIBRATION_CURVES), model, benchmark)
        _diagrams(_of(bins, model, benchmark), chosen, curves)
    _risk_coverage(site, model, benchmark)
    _figures(chosen)
    with st.expander("All models and benchmarks"):
        _everything(metrics)


def _of(frame: pd.DataFrame | None, model: str | None, benchmark: str | None) -> pd.DataFrame:
    if frame is None:
        return pd.DataFrame()
    return frame[(frame["model"] == model) & (frame["benchmark"] == benchmark)].dropna(subset=["confidence"])


def _diagrams(bins: pd.DataFrame, metrics: pd.DataFrame, curves: pd.DataFrame) -> None:
    bins = bins[bins["n"] > 0]
    sources = _sources(bins)
    if not sources:
        st.info("No confidence was recorded for this model on this benchmark.")
        return
    for number, (place, (source, label)) in enumerate(zip(st.columns(len(sources)), sources.items(), strict=True), 1):
        of_source = bins[bins["confidence"] == source]
        frame = of_source.assign(
            figure=[percent(value) for value in of_source["accuracy"]],
            confidence_figure=[percent(value) for value in of_source["mean_confidence"]],
        )
        with place:
            shown = ["mean_confidence", "accuracy", "ci_low", "ci_high", "n", "figure", "confidence_figure"]
            curve = curves[curves["confidence"] == source][CURVE] if len(curves) else None
            chart(
                charts.reliability(frame[shown], title=label, curve=curve),
                "Share right against mean confidence by bin, with the smooth curve where it is known; the figures can "
                "be downloaded below.",
                f"reliability-{number}",
            )
            drawing = charts.counts(frame[["bin_low", "bin_high", "n"]])
            chart(drawing, "Number of responses by bin of confidence.", f"confidences-{number}")
            st.caption(_coverage(metrics[metrics["confidence"] == source], of_source))
    st.caption(
        "On the dashed line the model is as often right as it says; below the line it is over-confident. "
        f"Hollow points rest on fewer than {charts.FEW} responses and say little."
        + (" The orange curve needs no bins; its band is its 95% interval." if len(curves) else "")
    )
    with st.expander("The figures of the diagrams"):
        downloads(bins, "calibration_bins")
        if len(curves):
            downloads(curves, "calibration_curves")


def _risk_coverage(site: Site, model: str | None, benchmark: str | None) -> None:
    st.header("When only the surest answers are kept", anchor=False)
    curves = table_if_there(site, RISK_COVERAGE)
    if curves is None:
        st.caption("Not computed yet; step 4, `python3 -m analysis.confidence_calibration`, writes these curves.")
        return
    frame = _of(curves, model, benchmark).dropna(subset=["coverage", "accuracy"])
    if frame.empty:
        st.caption("No confidence was recorded for this model on this benchmark.")
        return
    sources = _sources(frame)
    points = frame.assign(
        series=frame["confidence"].map(sources),
        figure=[percent(value) for value in frame["accuracy"]],
        coverage_figure=[percent(value) for value in frame["coverage"]],
    )
    shown = ["series", "coverage", "accuracy", "ci_low", "ci_high", "n", "figure", "coverage_figure"]
    chart(
        charts.risk_coverage(points[shown], title="Accuracy against coverage", series=list(sources.values())),
        "Share right among the surest answers against the share of answers kept; the figures can be downloaded below.",
        "risk-coverage",
    )
    st.caption("The curve of a confidence worth having falls to the right: the surest answers are right most often.")
    downloads(frame, "risk_coverage")


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
    st.header("Metrics", anchor=False)
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
