"""The charts: titled, with named axes, told apart by shape as well as by colour; and how figures are written."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import pytest

from leaderboard.dashboard import calibration_charts, charts
from leaderboard.dashboard.metrics import difference, figure, interval, metric, percent, ranks, usd

DOTS = pd.DataFrame(
    {
        "row": ["r", "r"], "series": ["a", "b"], "value": [0.5, None], "low": [0.4, None], "high": [0.6, None],
        "figure": ["50.0%", "–"], "interval": ["40.0–60.0%", "–"],
    }
)  # fmt: skip
PLANE = pd.DataFrame(
    {
        "series": ["a"], "x": [0.1], "x_low": [0.0], "x_high": [None], "y": [0.9], "y_low": [0.8], "y_high": [1.0],
        "x_figure": ["10.0%"], "y_figure": ["90.0%"],
    }
)  # fmt: skip
BINS = pd.DataFrame(
    {
        "mean_confidence": [0.3, 1.0], "accuracy": [0.5, 1.0], "ci_low": [0.1, None], "ci_high": [0.9, None],
        "n": [3, 30], "figure": ["", ""], "confidence_figure": ["", ""], "bin_low": [0.2, 1.0], "bin_high": [0.4, 1.0],
    }
)  # fmt: skip
CELLS = pd.DataFrame({"row": ["i"], "column": ["0"], "outcome": ["wrong"], "sign": ["A✗"], "prediction": ["<b>"]})
DELTAS = pd.DataFrame(
    {
        "row": ["a", "b"], "delta": [1.0, -2.0], "low": [0.0, None], "high": [2.0, None], "figure": ["", ""],
        "verdict": ["significant", "not significant"], "interval": ["", ""], "p": ["", ""],
    }
)  # fmt: skip

ALL = {
    "dots": charts.dots(DOTS, title="T", axis="Rate (%)", rows=["r"], series=["a", "b"]),
    "plane": charts.plane(PLANE, title="T", x_axis="X (%)", y_axis="Y (%)", series=["a"]),
    "reliability": calibration_charts.reliability(BINS, title="T"),
    "counts": calibration_charts.counts(BINS),
    "heat map": charts.heat_map(CELLS, title="T", rows=["i"], columns=["0"]),
    "deltas": charts.deltas(DELTAS, title="T", rows=["a", "b"], reach=5.0),
}


def encodings(chart: alt.LayerChart) -> list[dict[str, Any]]:
    return [layer.get("encoding", {}) for layer in chart.to_dict()["layer"]]


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_every_chart_is_valid_and_has_a_title_and_named_axes(chart: alt.LayerChart) -> None:
    assert chart.to_dict()["title"]["text"][0]
    for channel in ("x", "y"):
        axes = [encoding[channel] for encoding in encodings(chart) if channel in encoding]
        named = [axis for axis in axes if axis.get("title")]
        rows_that_name_themselves = channel == "y" and all(axis["type"] == "nominal" for axis in axes)
        assert named or rows_that_name_themselves


@pytest.mark.parametrize("name", ["dots", "plane", "deltas"])
def test_what_is_told_by_colour_is_told_by_shape_too(name: str) -> None:
    with_points = [encoding for encoding in encodings(ALL[name]) if "shape" in encoding]
    assert with_points
    for encoding in with_points:
        assert encoding["shape"]["field"] == encoding["color"]["field"]
        assert len(set(encoding["shape"]["scale"]["range"])) == len(encoding["shape"]["scale"]["domain"])


def test_forty_two_series_differ_in_colour_or_shape() -> None:
    series = [str(number) for number in range(42)]
    chart = charts.dots(DOTS, title="T", axis="A", rows=["r"], series=series)
    encoding = next(encoding for encoding in encodings(chart) if "shape" in encoding)
    looks = zip(encoding["color"]["scale"]["range"], encoding["shape"]["scale"]["range"], strict=True)
    assert len(set(looks)) == 42


def test_a_series_keeps_its_look_when_others_are_hidden() -> None:
    whole = charts.dots(DOTS, title="T", axis="A", rows=["r"], series=["a", "b", "c"])
    part = charts.dots(DOTS, title="T", axis="A", rows=["r"], series=["c"], palette=["a", "b", "c"])
    (a, b) = (next(e for e in encodings(chart) if "shape" in e) for chart in (whole, part))
    assert b["color"]["scale"]["range"] == a["color"]["scale"]["range"][2:]
    assert b["shape"]["scale"]["range"] == a["shape"]["scale"]["range"][2:]


def test_a_long_name_of_a_row_stands_on_several_lines_and_is_whole_in_the_tooltip() -> None:
    row = "Over-refusal (harmless), corrected"
    chart = charts.dots(DOTS.assign(row=row), title="T", axis="A", rows=[row], series=["a", "b"]).to_dict()
    shown = [record for rows in chart["datasets"].values() for record in rows]
    assert [record["label"].split("\n") for record in shown] == [["Over-refusal (harmless),", "corrected"]]
    assert [record["row"] for record in shown] == [row]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.81234), "81.2%"),
        (percent(None), "–"),
        (percent(float("nan")), "–"),
        (interval(0.7, 0.9), "70.0–90.0%"),
        (interval(0.7, None), "–"),
        (usd(0.0), "$0.00"),
        (usd(0.000123456), "$0.000123"),
        (usd(12.345), "$12.35"),
        (figure(1234.5, "tokens"), "1,234"),
        (figure(0.5, "seconds"), "0.50 s"),
        (difference(-0.031, "rate"), "-3.1 pp"),
        (difference(-0.5, "seconds"), "−0.50 s"),
        (ranks(1, 3), "1–3"),
        (ranks(2, 2), "2"),
        (ranks(float("nan"), 2), "–"),
        (metric("pass_hat_3").label, "Right in all of 3 runs"),
        (metric("**odd**").label, "**odd**"),
    ],
)
def test_figures_are_written_to_a_sensible_precision(written: str, expected: str) -> None:
    assert written == expected
