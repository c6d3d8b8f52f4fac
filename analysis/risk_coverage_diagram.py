"""Risk-coverage diagrams: how right a model is when only its most confident answers are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import GREY, INK, new_figure, quiet_ticks, shown
from analysis.reliability_diagram import BAND_ALPHA, SOURCES, Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
    figure = new_figure(10.2, 3.9)
    figure.text(0.07, 0.93, f"{shown(model, 44)} on {shown(benchmark)}", fontsize=12, fontweight="bold")
    figure.text(0.985, 0.93, KEY, fontsize=7.5, color=GREY, ha="right")
    panels = figure.subplots(1, len(SOURCES), sharey=True, squeeze=False)[0]
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.14, top=0.8, wspace=0.12)
    for axes, source in zip(panels, SOURCES, strict=True):
        axes.set_title(source.title, fontweight="bold", loc="left")
        _frame(axes)
        points = by_source.get(source.name, ())
        if points:
            _curve(axes, source, points)
        else:
            axes.text(50, 50, "no confidence given", ha="center", va="center", color=INK, backgroundcolor="white")
        axes.set_xlabel("most confident answers kept (%)")
    panels[0].set_ylabel("correct answers (%)")
    return figure


def _frame(axes: Axes) -> None:
    axes.set_xlim(0, 103)
    axes.set_ylim(-3, 103)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    quiet_ticks(axes)


def _curve(axes: Axes, source: Source, points: Sequence[Kept]) -> None:
    across, up = [100 * point.coverage for point in points], [100 * point.accuracy for point in points]
    axes.axhline(up[-1], color=GREY, linewidth=0.9, linestyle=(0, (6, 3)), zorder=1)
    known = [point.ci_low is not None and point.ci_high is not None for point in points]
    low = [100 * (point.ci_low or 0.0) for point in points]
    high = [100 * (point.ci_high or 0.0) for point in points]
    axes.fill_between(across, low, high, where=known, color=source.color, alpha=BAND_ALPHA, linewidth=0, zorder=1)
    axes.plot(across, up, color=source.color, linestyle=source.line, linewidth=1.5, zorder=2)
    if len(points) == 1:
        axes.plot(across, up, color=source.color, marker=source.marker, linestyle="none", zorder=3)
