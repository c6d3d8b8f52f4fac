"""The charts of calibration: reliability diagrams, the responses in each bin, and accuracy against coverage."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from leaderboard.dashboard.charts import (
    COLOURS,
    NEUTRAL,
    NO_TOOLTIP,
    colour_scale,
    finished,
    legend_below,
    percent_axis,
    tooltips,
)

FEW = 10  # responses in a bin; with fewer, its share right says little, and its point is hollow
NARROWEST_BAR = 0.02  # agreement has bins of no width, which would not be seen
DASHES = ([1, 0], [6, 3], [2, 3])  # of the curves' lines, so that they are told apart without their colours


def reliability(frame: pd.DataFrame, *, title: str, curve: pd.DataFrame | None = None) -> alt.LayerChart:
    """A reliability diagram: the share right by bin of confidence, its interval, and the line of perfect calibration.

    Args:
        frame: columns `mean_confidence, accuracy, ci_low, ci_high, n, figure, confidence_figure`.
        curve: the smooth curve and its band, columns `stated, accuracy, ci_low, ci_high`; None or empty for none.
    """
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("mean_confidence:Q", title="Mean confidence in the bin", scale=scale, axis=percent_axis())
    y = alt.Y("accuracy:Q", title="Share right", scale=scale, axis=percent_axis())
    ideal = pd.DataFrame({"mean_confidence": [0.0, 1.0], "accuracy": [0.0, 1.0]})
    diagonal = (
        alt.Chart(ideal)
        .mark_line(strokeDash=[5, 4], color=NEUTRAL, strokeWidth=1.5)
        .encode(x=x, y=y, tooltip=NO_TOOLTIP)
    )
    base = alt.Chart(frame.dropna(subset=["mean_confidence", "accuracy"])).encode(
        tooltip=tooltips(confidence_figure="Mean confidence", figure="Share right", n="Responses")
    )
    rules = (
        base.transform_filter("isValid(datum.ci_low) && isValid(datum.ci_high)")
        .mark_rule(color=COLOURS[0], strokeWidth=2, opacity=0.65)
        .encode(x=x, y=alt.Y("ci_low:Q"), y2="ci_high:Q")
    )
    points = base.encode(x=x, y=y)
    many = points.transform_filter(f"datum.n >= {FEW}").mark_point(filled=True, size=90, color=COLOURS[0], opacity=1)
    few = points.transform_filter(f"datum.n < {FEW}").mark_point(size=80, strokeWidth=2, color=COLOURS[0], opacity=1)
    drawing = diagonal + rules + many + few
    if curve is not None and len(curve):
        band, line = _smooth(curve)
        drawing = diagonal + band + line + rules + many + few
    return finished(drawing, title, 240)


def _smooth(curve: pd.DataFrame) -> tuple[alt.Chart, alt.Chart]:
    base = alt.Chart(curve.dropna(subset=["stated", "accuracy"])).encode(x=alt.X("stated:Q"), tooltip=NO_TOOLTIP)
    band = base.transform_filter("isValid(datum.ci_low) && isValid(datum.ci_high)").mark_area(
        color=COLOURS[4], opacity=0.22
    )
    line = base.mark_line(color=COLOURS[1], strokeWidth=2)
    return band.encode(y=alt.Y("ci_low:Q"), y2="ci_high:Q"), line.encode(y=alt.Y("accuracy:Q"))


def counts(frame: pd.DataFrame) -> alt.LayerChart:
    """How many responses lie in each bin of confidence, under a reliability diagram.

    Args:
        frame: columns `bin_low, bin_high, n`.
    """
    middle = (frame["bin_low"] + frame["bin_high"]) / 2
    half = ((frame["bin_high"] - frame["bin_low"]) / 2).clip(lower=NARROWEST_BAR / 2)
    placed = frame.assign(middle=middle, bin_low=(middle - half).clip(lower=0), bin_high=(middle + half).clip(upper=1))
    axis = alt.Axis(tickCount=3, tickMinStep=1, format="~s")
    y = alt.Y("n:Q", title="Responses", axis=axis, scale=alt.Scale(zero=True))
    base = alt.Chart(placed)
    bars = base.mark_rect(color=COLOURS[5], stroke="white", strokeWidth=0.5).encode(
        x=alt.X("bin_low:Q", title="Confidence", scale=alt.Scale(domain=[0, 1]), axis=percent_axis()),
        x2="bin_high:Q",
        y=y,
        y2=alt.Y2Datum(0),
        tooltip=tooltips(n="Responses"),
    )
    labels = base.mark_text(dy=-6, fontSize=11, color=NEUTRAL).encode(x="middle:Q", y=y, text="n:Q")
    return finished(bars + labels, "Responses by confidence", 90)


def risk_coverage(frame: pd.DataFrame, *, title: str, series: Sequence[str]) -> alt.LayerChart:
    """The share right among the surest answers, against how many of them are kept: a line for each of `series`.

    Args:
        frame: columns `series, coverage, accuracy, ci_low, ci_high, n, figure, coverage_figure`.
    """
    scale = alt.Scale(domain=[0, 1])
    # Of the lines, not of their pale bands.
    legend = alt.Legend(**legend_below(1).to_dict(), symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3)
    dashes = [DASHES[place % len(DASHES)] for place in range(len(series))]
    base = alt.Chart(frame.dropna(subset=["coverage", "accuracy"])).encode(
        x=alt.X("coverage:Q", title="Kept, the surest first (% of answers)", scale=scale, axis=percent_axis()),
        color=alt.Color("series:N", title=None, scale=colour_scale(series), legend=legend),
        tooltip=tooltips(series="Confidence", coverage_figure="Kept", figure="Share right", n="Responses"),
    )
    lines = base.mark_line(strokeWidth=2.5, interpolate="step-before").encode(
        y=alt.Y("accuracy:Q", title="Share right (%), 95% interval", scale=scale, axis=percent_axis()),
        strokeDash=alt.StrokeDash(
            "series:N", scale=alt.Scale(domain=list(series), range=dashes), title=None, legend=legend_below(1)
        ),
    )
    known = base.transform_filter("isValid(datum.ci_low) && isValid(datum.ci_high)")
    bands = known.mark_area(opacity=0.13, interpolate="step-before").encode(y=alt.Y("ci_low:Q"), y2="ci_high:Q")
    return finished(bands + lines, title, 260, len(series))
