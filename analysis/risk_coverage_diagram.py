"""Risk-coverage diagrams: how right a model is when only its most confident answers are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import GREY, percent, shown
from analysis.panels import (
    PERCENT,
    PERCENT_TICKS,
    REFERENCE,
    Line,
    Marker,
    Panel,
    Sheet,
    curve,
    frame,
    grid_panels,
    name_x,
    name_y,
    say_empty,
    title,
)
from analysis.reliability_diagram import SOURCES, Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEY = "bands: 95 % intervals; dashed: all answers kept"


@dataclass(frozen=True)
class Kept:
    """The accuracy of the most confident answers, this share of all; shares from 0 to 1."""

    coverage: float
    accuracy: float
    ci_low: float | None
    ci_high: float | None


def draw_risk_coverage(model: str, benchmark: str, by_source: Mapping[str, Sequence[Kept]]) -> Figure:
    """One model on one benchmark: a panel for each source of confidence."""
    from matplotlib.gridspec import GridSpec

    sheet = Sheet(10.2, 3.9)
    sheet.figure.text(0.07, 0.93, f"{shown(model, 44)} on {shown(benchmark)}", fontsize=12, fontweight="bold")
    sheet.figure.text(0.985, 0.93, KEY, fontsize=7.5, color=GREY, ha="right")
    grid = GridSpec(1, len(SOURCES), left=0.07, right=0.985, bottom=0.14, top=0.8, wspace=0.12)
    (panels,) = grid_panels(sheet, grid, (0, PERCENT[1]), PERCENT)
    for panel, source in zip(panels, SOURCES, strict=True):
        title(sheet, panel, source.title)
        frame(sheet, panel, PERCENT_TICKS, PERCENT_TICKS, y_named=panel is panels[0])
        points = by_source.get(source.name, ())
        if points:
            _curve(sheet, panel, source, points)
        else:
            say_empty(sheet, panel, "no confidence given")
        name_x(sheet, panel, "most confident answers kept (%)")
    name_y(sheet, panels[0], "correct answers (%)", len("100"))
    return sheet.finished()


def _curve(sheet: Sheet, panel: Panel, source: Source, kept: Sequence[Kept]) -> None:
    points = [(100 * each.coverage, 100 * each.accuracy, percent(each.ci_low), percent(each.ci_high)) for each in kept]
    last = panel.at(*points[-1][:2])
    sheet.lines(REFERENCE, [(panel.left, last[1]), (panel.right, last[1])])
    curve(sheet, panel, Line(source.color, 1.5, 2, source.line), points)
    if len(points) == 1:
        sheet.markers(Marker(source.marker, 6.0, source.color, source.color), [last])
