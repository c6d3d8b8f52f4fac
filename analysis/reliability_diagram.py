"""Reliability diagrams: how often answers were right at each level of confidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analysis.figures import BLUE, GREEN, GREY, INK, PALE, VERMILION, new_figure, quiet_ticks, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NARROWEST_BAR = 2.0  # per cent; agreement has bins of no width, which would not be seen
FEW_ANSWERS = 10  # a bin with fewer is drawn hollow: its accuracy says little
HOLLOW = f"hollow: fewer than {FEW_ANSWERS} answers"
KEY = f"dashed: perfectly calibrated; curve: smoothed; bars and band: 95 % intervals; {HOLLOW}"
BAND_ALPHA = 0.18


@dataclass(frozen=True)
class Source:
    """Where a confidence comes from, and how it is told apart: by panel, marker, line and colour."""

    name: str
    title: str
    marker: str
    line: Literal["-", "--", ":"]
    color: str


SOURCES = (
    Source("verbalized", "Verbalized confidence", "o", "-", BLUE),
    Source("logprob", "Log-probability confidence", "s", "--", VERMILION),
    Source("agreement", "Agreement of the runs", "^", ":", GREEN),
)


@dataclass(frozen=True)
class Bin:
    """The answers of one range of confidence; shares from 0 to 1."""

    low: float
    high: float
    n: int
    mean_confidence: float
    accuracy: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Smooth:
    """A point of the smooth reliability curve; shares from 0 to 1, accuracy None where nothing was stated near."""

    stated: float
    accuracy: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Reliability:
    """One source of confidence of one model on one benchmark: its bins and what sums them up."""

    bins: tuple[Bin, ...] = ()
    ece: float | None = None
    ece_low: float | None = None
    ece_high: float | None = None
    n: int = 0
    coverage: float | None = None
    curve: tuple[Smooth, ...] = ()

    @property
    def filled(self) -> tuple[Bin, ...]:
        return tuple(entry for entry in self.bins if entry.n > 0)


def draw_diagram(model: str, benchmark: str, by_source: Mapping[str, Reliability]) -> Figure:
    """One model on one benchmark: a panel for each source of confidence, with the number of answers underneath."""
    figure = new_figure(10.2, 5.4)
    grid = figure.add_gridspec(
        2,
        len(SOURCES),
        height_ratios=(3.4, 1),
        left=0.07,
        right=0.985,
        bottom=0.095,
        top=0.775,
        wspace=0.2,
        hspace=0.12,
    )
    figure.text(0.07, 0.945, f"{shown(model, 44)} on {shown(benchmark)}", fontsize=12, fontweight="bold")
    figure.text(0.985, 0.945, KEY, fontsize=7.5, color=GREY, ha="right")
    for column, source in enumerate(SOURCES):
        reliability = by_source.get(source.name, Reliability())
        top = figure.add_subplot(grid[0, column])
        bottom = figure.add_subplot(grid[1, column], sharex=top)
        _title(top, source, reliability)
        if reliability.filled:
            _frame(top)
            _curve(top, source, reliability)
            _points(top, source, reliability)
            _counts(bottom, source, reliability)
            top.tick_params(labelbottom=False)
        else:
            _say_empty(top, bottom)
        if column == 0:
            top.set_ylabel("correct answers (%)")
            bottom.set_ylabel("answers")
        bottom.set_xlabel("confidence (%)")
    figure.align_ylabels()
    return figure


def draw_overview(
    models: Sequence[str], benchmarks: Sequence[str], found: Mapping[tuple[str, str, str], Reliability]
) -> Figure:
    """Small multiples: a row for each model, a column for each benchmark, the sources of confidence overlaid."""
    width, height = 1.1 + 2.3 * max(len(benchmarks), 2), 1.35 + 2.35 * len(models)
    figure = new_figure(width, height)
    cells = figure.subplots(len(models), len(benchmarks), sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=0.85 / width, right=1 - 0.15 / width, bottom=0.5 / height, top=1 - 0.95 / height, wspace=0.12, hspace=0.3
    )
    for row, model in enumerate(models):
        for column, benchmark in enumerate(benchmarks):
            axes = cells[row, column]
            _frame(axes)
            drawn = False
            for source in SOURCES:
                reliability = found.get((model, benchmark, source.name), Reliability())
                drawn = drawn or bool(reliability.filled)
                _points(axes, source, reliability, small=True)
            if not drawn:
                axes.text(50, 50, "no confidence\ngiven", ha="center", va="center", color=GREY, backgroundcolor="white")
            if row == 0:
                axes.set_title(shown(benchmark, 26), fontweight="bold", pad=20)
            if column == 0:
                axes.set_ylabel("correct (%)")
                axes.text(0, 1.03, shown(model, 30 * len(benchmarks)), transform=axes.transAxes, va="bottom")
            if row == len(models) - 1:
                axes.set_xlabel("confidence (%)")
    figure.legend(handles=_legend(), loc="upper left", bbox_to_anchor=(0.5 / width, 1.0), ncols=3, fontsize=8)
    return figure


def _title(axes: Axes, source: Source, reliability: Reliability) -> None:
    axes.text(0, 1.2, source.title, transform=axes.transAxes, fontweight="bold", va="bottom")
    axes.text(
        0, 1.17, _summary(reliability), transform=axes.transAxes, va="top", color=INK, fontsize=8, linespacing=1.3
    )


def _summary(reliability: Reliability) -> str:
    if not reliability.filled:
        return "no confidence given"
    parts = "ECE n/a"
    if reliability.ece is not None:
        parts = f"ECE {100 * reliability.ece:.1f} %"
        if reliability.ece_low is not None and reliability.ece_high is not None:
            parts += f" (95 %: {100 * reliability.ece_low:.1f} to {100 * reliability.ece_high:.1f})"
    coverage = "" if reliability.coverage is None else f", given for {100 * reliability.coverage:.0f} % of answers"
    return f"{parts}\nn = {reliability.n}{coverage}"


def _frame(axes: Axes) -> None:
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.9, linestyle=(0, (6, 3)), zorder=1)
    axes.set_xlim(-3, 103)
    axes.set_ylim(-3, 103)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    quiet_ticks(axes)


def _points(axes: Axes, source: Source, reliability: Reliability, *, small: bool = False) -> None:
    """Accuracy against mean confidence; with its interval unless `small`; hollow where there are few answers."""
    filled = reliability.filled
    if not filled:
        return
    size = 4.0 if small else 6.0
    x = [100 * entry.mean_confidence for entry in filled]
    y = [100 * entry.accuracy for entry in filled]
    if small or not reliability.curve:
        axes.plot(x, y, color=source.color, linestyle=source.line, linewidth=1.0, zorder=2)
    for entry, across, up in zip(filled, x, y, strict=True):
        if not small and entry.ci_low is not None and entry.ci_high is not None:
            bounds = [100 * entry.ci_low, 100 * entry.ci_high]
            axes.plot([across, across], bounds, color=source.color, linewidth=1.4, zorder=2)
        face = source.color if entry.n >= FEW_ANSWERS else "white"
        axes.plot(across, up, marker=source.marker, markersize=size, markerfacecolor=face,
                  markeredgecolor=source.color, linestyle="none", zorder=3)  # fmt: skip


def _curve(axes: Axes, source: Source, reliability: Reliability) -> None:
    """The smooth curve with its band, broken where nothing was stated near."""
    points = reliability.curve
    x = [100 * point.stated for point in points]
    known = [point.ci_low is not None and point.ci_high is not None for point in points]
    low = [100 * (point.ci_low or 0.0) for point in points]
    high = [100 * (point.ci_high or 0.0) for point in points]
    axes.fill_between(x, low, high, where=known, color=source.color, alpha=BAND_ALPHA, linewidth=0, zorder=1)
    y = [math.nan if point.accuracy is None else 100 * point.accuracy for point in points]
    axes.plot(x, y, color=source.color, linestyle=source.line, linewidth=1.2, zorder=2)


def _counts(axes: Axes, source: Source, reliability: Reliability) -> None:
    """How many answers each bin holds."""
    for entry in reliability.filled:
        width = max(100 * (entry.high - entry.low), NARROWEST_BAR)
        left = 50 * (entry.low + entry.high) - width / 2
        axes.bar(left, entry.n, width=width, align="edge", color=PALE, edgecolor=source.color, linewidth=0.8)
    axes.set_ylim(0, 1.15 * max(entry.n for entry in reliability.filled))
    axes.locator_params(axis="y", nbins=3, integer=True)
    quiet_ticks(axes)


def _say_empty(top: Axes, bottom: Axes) -> None:
    _frame(top)
    top.text(50, 50, "no confidence given", ha="center", va="center", color=INK, backgroundcolor="white")
    top.tick_params(labelbottom=False)
    bottom.set_ylim(0, 1)
    bottom.set_yticks([])
    quiet_ticks(bottom)


def _legend() -> list[Line2D]:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=source.color, marker=source.marker, linestyle=source.line, label=source.title.lower(),
               markersize=4, linewidth=1)
        for source in SOURCES
    ]  # fmt: skip
    diagonal = Line2D([], [], color=GREY, linestyle=(0, (6, 3)), linewidth=0.9, label="perfectly calibrated")
    hollow = Line2D(
        [], [], color=GREY, marker="o", markerfacecolor="white", markersize=4, linestyle="none", label=HOLLOW
    )
    return [*handles, diagonal, hollow]
