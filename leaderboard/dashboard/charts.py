"""The charts: one look, told apart by shape as well as by colour, units on every axis.

Frames come in with fixed column names and labels that `untrusted.names` made; field names never come from a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

# Okabe and Ito (2008), without black and yellow, which vanish on a dark or a light page. Six colours and seven shapes:
# the numbers share no divisor, so that 42 series differ in at least one of the two.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
NEUTRAL = "#8A8F98"  # readable on both backgrounds
OUTCOME_COLOURS = {"right": "#0072B2", "wrong": "#D55E00", "not scorable": NEUTRAL}

# Pixels. Streamlit fits title, axis and legend into a chart's height, so that they are added up here.
LABEL_LIMIT = 180  # leaves a plot area on a telephone
ROW_HEIGHT, SERIES_HEIGHT = 30, 16
LINE_HEIGHT = 16
LABEL_WIDTH = 24  # letters of a row's name on one line: beside them, a telephone has room for the legend
TITLE_HEIGHT, AXIS_HEIGHT, LEGEND_HEIGHT = 24, 94, 30
TITLE_WIDTH = 44  # letters that fit on a telephone
PLANE_HEIGHT = 300
# Vega puts the first of several lines where a single one would stand; so the first of two goes above the middle.
CENTRED = {"condition": {"test": r"indexof(datum.value, '\n') > 0", "value": "bottom"}, "value": "middle"}
NO_TOOLTIP: Any = alt.value(None)  # otherwise Streamlit shows the fields by their names


def dots(
    frame: pd.DataFrame,
    *,
    title: str,
    axis: str,
    rows: Sequence[str],
    series: Sequence[str],
    number_format: str = ".0%",
    domain: tuple[float, float] | None = (0.0, 1.0),
    legend: bool = True,
    palette: Sequence[str] = (),
) -> alt.LayerChart:
    """Points with their intervals: a row for each of `rows`, a colour and a shape for each of `series`.

    Args:
        frame: columns `row, series, value, low, high, figure, interval`; the last two are the words of the tooltip.
        axis: the title of the horizontal axis, with its unit.
        domain: its ends; None leaves them to the figures.
        legend: False where every row is one series, and names it.
        palette: all series of the page, of which `series` are shown, so that each keeps its colour and shape.
    """
    lines = {row: _lines(row) for row in rows}
    tallest = LINE_HEIGHT * max(map(len, lines.values()), default=1)
    known = frame.dropna(subset=["value"])
    known = known.assign(label=["\n".join(lines[row]) for row in known["row"]])
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=True)
    horizontal = alt.X("value:Q", title=axis, scale=scale, axis=alt.Axis(format=number_format, tickCount=5))
    base = alt.Chart(known).encode(
        y=alt.Y("label:N", sort=["\n".join(each) for each in lines.values()], title=None,
                axis=alt.Axis(labelLimit=LABEL_LIMIT, labelExpr=r"split(datum.label, '\n')", labelOverlap=False,
                              labelBaseline=CENTRED, grid=True)),
        color=colour(series, legend, palette),
        tooltip=tooltips(row="Row", series="Model", figure="Value", interval="95% interval"),
    )  # fmt: skip
    if legend and len(series) > 1:
        base = base.encode(yOffset=alt.YOffset("series:N", sort=list(series)))
        height = len(rows) * max(SERIES_HEIGHT * len(series) + 12, tallest)
    else:
        height = len(rows) * max(ROW_HEIGHT, tallest + 12)
    rules = base.mark_rule(strokeWidth=2, opacity=0.65).encode(x=alt.X("low:Q"), x2="high:Q")
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=horizontal, shape=_shape(series, legend, palette)
    )
    return finished(
        points + rules.transform_filter("isValid(datum.low) && isValid(datum.high)"),
        title,
        height,
        len(series) if legend else 0,
    )


def plane(
    frame: pd.DataFrame,
    *,
    title: str,
    x_axis: str,
    y_axis: str,
    series: Sequence[str],
    palette: Sequence[str] = (),
    x_format: str = ".0%",
    x_domain: tuple[float, float] | None = (0.0, 1.0),
) -> alt.LayerChart:
    """A quantity against a rate, with the intervals that there are, one point for each of `series`.

    Args:
        frame: columns `series, x, x_low, x_high, y, y_low, y_high, x_figure, y_figure`, of which `x_low` and
            `x_high` may lack; with a column `front`, a dotted line joins the points where it is true.
        x_domain: the ends of the horizontal axis; None lets it run from zero to the figures.
        palette: as in `dots`.
    """
    known = frame.dropna(subset=["x", "y"])
    x_scale = alt.Scale(domain=list(x_domain)) if x_domain else alt.Scale(zero=True, nice=True)
    x = alt.X("x:Q", title=x_axis, scale=x_scale, axis=alt.Axis(format=x_format, tickCount=5))
    y = alt.Y("y:Q", title=y_axis, scale=alt.Scale(domain=[0, 1]), axis=percent_axis())
    base = alt.Chart(known).encode(
        color=colour(series, True, palette), tooltip=tooltips(series="Model", x_figure=x_axis, y_figure=y_axis)
    )
    upright = base.mark_rule(opacity=0.55, strokeWidth=2).encode(x=x, y=alt.Y("y_low:Q"), y2="y_high:Q")
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=x,
        y=y,
        shape=_shape(series, True, palette),
    )
    drawing = points + upright.transform_filter("isValid(datum.y_low) && isValid(datum.y_high)")
    if "x_low" in known:
        across = base.mark_rule(opacity=0.55, strokeWidth=2).encode(x=alt.X("x_low:Q"), x2="x_high:Q", y=y)
        drawing += across.transform_filter("isValid(datum.x_low) && isValid(datum.x_high)")
    if "front" in known and known["front"].sum() > 1:
        best = alt.Chart(known[known["front"]].sort_values(["x", "y"])[["x", "y"]])
        drawing += best.mark_line(
            strokeDash=[2, 3], color=NEUTRAL, strokeWidth=1.5, interpolate="step-after"
        ).encode(x=x, y=y, tooltip=NO_TOOLTIP)  # fmt: skip
    return finished(drawing, title, PLANE_HEIGHT, len(series))


def heat_map(frame: pd.DataFrame, *, title: str, rows: Sequence[str], columns: Sequence[str]) -> alt.LayerChart:
    """Items by runs: coloured by outcome, a letter for each different answer of an item and a sign for the outcome.

    Args:
        frame: columns `row, column, outcome, sign, prediction`; outcome is a key of `OUTCOME_COLOURS`.
    """
    outcomes = list(OUTCOME_COLOURS)
    base = alt.Chart(frame).encode(
        x=alt.X("column:N", sort=list(columns), title="Run", axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("row:N", sort=list(rows), title="Item", axis=alt.Axis(labelLimit=LABEL_LIMIT)),
        tooltip=tooltips(row="Item", column="Run", prediction="Prediction", outcome="Outcome"),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            "outcome:N",
            title=None,
            scale=alt.Scale(domain=outcomes, range=list(OUTCOME_COLOURS.values())),
            legend=legend_below(3),
        )
    )
    signs = base.mark_text(color="white", fontSize=12, fontWeight="bold").encode(text="sign:N")
    return finished(cells + signs, title, len(rows) * ROW_HEIGHT + LEGEND_HEIGHT, 1)


def deltas(frame: pd.DataFrame, *, title: str, rows: Sequence[str], reach: float, row: str = "Model") -> alt.LayerChart:
    """Differences from the baseline in percentage points: filled diamonds are significant, hollow circles are not.

    Args:
        frame: columns `row, delta, low, high, verdict, figure, interval, p`; the differences in percentage points.
        reach: the axis runs from -reach to +reach.
        row: what a row is, for the tooltip.
    """
    scale = alt.Scale(domain=[-reach, reach])
    x = alt.X("delta:Q", title="Difference (percentage points)", scale=scale, axis=alt.Axis(format="+.0f", tickCount=5))
    verdicts = ["significant", "not significant"]
    base = alt.Chart(frame.dropna(subset=["delta"])).encode(
        y=alt.Y("row:N", sort=list(rows), title=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, grid=True)),
        color=alt.Color("verdict:N", scale=alt.Scale(domain=verdicts, range=[COLOURS[0], NEUTRAL]), legend=None),
        tooltip=tooltips(row=row, figure="Difference", interval="95% interval", p="Adjusted p", verdict="Verdict"),
    )
    zero = (
        alt.Chart(pd.DataFrame({"delta": [0.0]}))
        .mark_rule(color=NEUTRAL, strokeDash=[5, 4])
        .encode(x=x, tooltip=NO_TOOLTIP)
    )
    rules = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(strokeWidth=2)
    points = base.encode(
        x=x,
        shape=alt.Shape("verdict:N", scale=alt.Scale(domain=verdicts, range=["diamond", "circle"]), legend=None),
    )
    certain = points.transform_filter("datum.verdict == 'significant'").mark_point(size=130, filled=True, opacity=1)
    uncertain = points.transform_filter("datum.verdict != 'significant'").mark_point(size=110, strokeWidth=2, opacity=1)
    drawing = zero + rules.encode(x=alt.X("low:Q"), x2="high:Q") + certain + uncertain
    return finished(drawing, title, len(rows) * ROW_HEIGHT)


def _lines(row: str) -> list[str]:
    return wrap(row, LABEL_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def finished(chart: alt.LayerChart, title: str, plot: int, legend: int = 0) -> alt.LayerChart:
    """The chart with its title, `plot` pixels high beside what surrounds it; `legend` is its number of lines."""
    lines = wrap(title, TITLE_WIDTH) or [""]
    around = AXIS_HEIGHT + TITLE_HEIGHT * len(lines) + (LEGEND_HEIGHT * legend + 10 if legend else 0)
    return chart.properties(title=alt.TitleParams(lines, anchor="start", frame="bounds"), height=plot + around)


def colour(series: Sequence[str], legend: bool, palette: Sequence[str]) -> alt.Color:
    """A colour for each of `series`, by its place in `palette`."""
    return alt.Color(
        "series:N", title=None, scale=colour_scale(series, palette), legend=legend_below(1) if legend else None
    )


def colour_scale(series: Sequence[str], palette: Sequence[str] = ()) -> alt.Scale:
    """The colours of `series`, each by its place in `palette`, or among themselves."""
    return alt.Scale(domain=list(series), range=_spread(series, palette, COLOURS))


def _shape(series: Sequence[str], legend: bool, palette: Sequence[str]) -> alt.Shape:
    scale = alt.Scale(domain=list(series), range=_spread(series, palette, SHAPES))
    return alt.Shape("series:N", title=None, scale=scale, legend=legend_below(1) if legend else None)


def _spread(series: Sequence[str], palette: Sequence[str], looks: Sequence[str]) -> list[str]:
    places = {name: place for place, name in enumerate(palette or series)}
    return [looks[places[name] % len(looks)] for name in series]


def legend_below(columns: int) -> alt.Legend:
    """A legend under the chart, so that a telephone has its width for the figures."""
    return alt.Legend(orient="bottom", direction="vertical", columns=columns, labelLimit=280, title=None)


def percent_axis() -> alt.Axis:
    """The axis of a share of 0 to 1."""
    return alt.Axis(format=".0%", tickCount=5)


def tooltips(**titles: str) -> list[alt.Tooltip]:
    """A tooltip's lines: the frame's columns and what each is called."""
    kinds = {"n": "Q"}
    return [alt.Tooltip(f"{name}:{kinds.get(name, 'N')}", title=title or "Of") for name, title in titles.items()]
