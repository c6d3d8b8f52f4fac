"""Figures as files: a picture of the right kind that shows the chart's words, hostile ones as text."""

from __future__ import annotations

import pandas as pd

from leaderboard.dashboard import charts
from leaderboard.dashboard.figures import rendered
from tests.app.dashboard_root import PAYLOADS

FRAME = pd.DataFrame(
    {"row": list(PAYLOADS[:2]), "series": "a", "value": 0.5, "low": 0.4, "high": 0.6, "figure": "", "interval": ""}
)
CHART = charts.dots(FRAME, title="Rates", axis="Rate (%)", rows=list(FRAME["row"]), series=["a"])


def test_a_figure_downloads_as_png() -> None:
    assert rendered(CHART, "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_a_figure_downloads_as_svg_in_which_names_are_text() -> None:
    svg = rendered(CHART, "svg").decode()
    assert svg.startswith("<svg")
    assert "Rate (%)" in svg
    assert "&lt;script" in svg
    assert "<script" not in svg
    assert "<img" not in svg
