"""Reliability diagrams: how often answers were right at each level of confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from analysis.figures import BLUE, GREEN, GREY, PALE, VERMILION, percent, shown
from analysis.panels import (
    PERCENT,
    PERCENT_TICKS,
    POINT,
    REFERENCE,
    Area,
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

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NARROWEST_BAR = 2.0  # per cent; agreement has bins of no width, which would not be seen
FEW_ANSWERS = 10  # a bin with fewer is drawn hollow: its accuracy says little
HOLLOW = f"hollow: fewer than {FEW_ANSWERS} answers"
KEY = f"dashed: perfectly calibrated; curve: smoothed; bars and band: 95 % intervals; {HOLLOW}"


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
    from matplotlib.gridspec import GridSpec

    sheet = Sheet(10.2, 5.4)
    grid = GridSpec(
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
    sheet.figure.text(0.07, 0.945, f"{shown(model, 44)} on {shown(benchmark)}", fontsize=12, fontweight="bold")
    sheet.figure.text(0.985, 0.945, KEY, fontsize=7.5, color=GREY, ha="right")
    found = [by_source.get(source.name, Reliability()) for source in SOURCES]
    tops, bottoms = grid_panels(sheet, grid, PERCENT, PERCENT)
    counted = [replace(panel, y=(0, _most(own))) for panel, own in zip(bottoms, found, strict=True)]
    ticks = [_count_ticks(own) for own in found]
    for source, own, top, bottom, up in zip(SOURCES, found, tops, counted, ticks, strict=True):
        _title(sheet, top, source, own)
        _frame(sheet, top, x_named=False)
        frame(sheet, bottom, PERCENT_TICKS, up)
        name_x(sheet, bottom, "confidence (%)")
        if own.filled:
            _curve(sheet, top, source, own)
            _points(sheet, top, source, own)
            _counts(sheet, bottom, source, own)
        else:
            say_empty(sheet, top, "no confidence given")
    digits = max(len(f"{tick:.0f}") for tick in (100, *ticks[0]))  # both names begin at the same place
    name_y(sheet, tops[0], "correct answers (%)", digits)
    name_y(sheet, counted[0], "answers", digits)
    return sheet.finished()


def draw_overview(
    models: Sequence[str], benchmarks: Sequence[str], found: Mapping[tuple[str, str, str], Reliability]
) -> Figure:
    """Small multiples: a row for each model, a column for each benchmark, the sources of confidence overlaid."""
    from matplotlib.gridspec import GridSpec

    width, height = 1.1 + 2.3 * max(len(benchmarks), 2), 1.35 + 2.35 * len(models)
    sheet = Sheet(width, height)
    grid = GridSpec(
        len(models), len(benchmarks), left=0.85 / width, right=1 - 0.15 / width, bottom=0.5 / height,
        top=1 - 0.95 / height, wspace=0.12, hspace=0.3,
    )  # fmt: skip
    panels = grid_panels(sheet, grid, PERCENT, PERCENT)
    for model, row in zip(models, panels, strict=True):
        for benchmark, panel in zip(benchmarks, row, strict=True):
            _frame(sheet, panel, x_named=row is panels[-1], y_named=panel is row[0])
            by_source = [found.get((model, benchmark, source.name), Reliability()) for source in SOURCES]
            for source, own in zip(SOURCES, by_source, strict=True):
                _points(sheet, panel, source, own, small=True)
            if not any(own.filled for own in by_source):
                say_empty(sheet, panel, "no confidence\ngiven", color=GREY)
        name_y(sheet, row[0], "correct (%)", len("100"))
        sheet.text((row[0].left, row[0].up(1.03)), shown(model, 30 * len(benchmarks)), va="bottom")
    for benchmark, first, last in zip(benchmarks, panels[0], panels[-1], strict=True):
        title(sheet, first, shown(benchmark, 26), pad=20 * POINT, centred=True)
        name_x(sheet, last, "confidence (%)")
    figure = sheet.finished()
    figure.legend(handles=_legend(), loc="upper left", bbox_to_anchor=(0.5 / width, 1.0), ncols=3, fontsize=8)
    return figure


def _title(sheet: Sheet, panel: Panel, source: Source, reliability: Reliability) -> None:
    sheet.text((panel.left, panel.up(1.2)), source.title, fontweight="bold", va="bottom")
    sheet.text((panel.left, panel.up(1.17)), _summary(reliability), va="top", fontsize=8, linespacing=1.3)


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


def _frame(sheet: Sheet, panel: Panel, *, x_named: bool = True, y_named: bool = True) -> None:
    frame(sheet, panel, PERCENT_TICKS, PERCENT_TICKS, x_named=x_named, y_named=y_named)
    sheet.lines(REFERENCE, [panel.at(0, 0), panel.at(100, 100)])


def _points(sheet: Sheet, panel: Panel, source: Source, reliability: Reliability, *, small: bool = False) -> None:
    """Accuracy against mean confidence; with its interval unless `small`; hollow where there are few answers."""
    places = {entry: panel.at(100 * entry.mean_confidence, 100 * entry.accuracy) for entry in reliability.filled}
    if small or not reliability.curve:
        sheet.lines(Line(source.color, 1.0, 2, source.line), list(places.values()))
    for entry, place in places.items():
        if not small and entry.ci_low is not None and entry.ci_high is not None:
            ends = [panel.at(100 * entry.mean_confidence, 100 * end) for end in (entry.ci_low, entry.ci_high)]
            sheet.lines(Line(source.color, 1.4, 2), ends)
        face = source.color if entry.n >= FEW_ANSWERS else "white"
        sheet.markers(Marker(source.marker, 4.0 if small else 6.0, source.color, face), [place])


def _curve(sheet: Sheet, panel: Panel, source: Source, reliability: Reliability) -> None:
    """The smooth curve with its band, broken where nothing was stated near."""
    points = [
        (100 * point.stated, percent(point.accuracy), percent(point.ci_low), percent(point.ci_high))
        for point in reliability.curve
    ]
    curve(sheet, panel, Line(source.color, 1.2, 2, source.line), points)


def _counts(sheet: Sheet, panel: Panel, source: Source, reliability: Reliability) -> None:
    """How many answers each bin holds."""
    for entry in reliability.filled:
        half = max(100 * (entry.high - entry.low), NARROWEST_BAR) / 2
        middle = 50 * (entry.low + entry.high)
        corners = ((middle - half, 0), (middle - half, entry.n), (middle + half, entry.n), (middle + half, 0))
        sheet.areas(Area(PALE, edge=source.color, width=0.8), [panel.at(*corner) for corner in corners])


def _most(reliability: Reliability) -> float:
    """What the upper edge of the panel of counts stands for."""
    return 1.15 * max((entry.n for entry in reliability.filled), default=1)


def _count_ticks(reliability: Reliability) -> Sequence[float]:
    from matplotlib.ticker import MaxNLocator

    if not reliability.filled:
        return ()
    most = _most(reliability)
    ticks = MaxNLocator(nbins=3, steps=[1, 2, 2.5, 5, 10], integer=True).tick_values(0, most)
    return [float(tick) for tick in ticks if tick <= most]


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
