"""Panels with ticks, grid and labels, drawn as few artists: what looks alike is one, in however many panels it lies.

Matplotlib's axes take some ten artists a tick, and a diagram here has sixty ticks that are known beforehand. All places
on a sheet are in inches from its lower left corner. Use within `house_style`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from analysis.figures import GREY, INK, PALE, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.gridspec import GridSpec

Place = tuple[float, float]
Dashes = str | tuple[float, tuple[float, ...]]
Point = tuple[float, float | None, float | None, float | None]
"""x, y and the ends of y's interval."""

POINT = 1 / 72
PERCENT = (-3.0, 103.0)  # so that what lies at 0 and 100 is whole
PERCENT_TICKS = range(0, 101, 20)
BAND_ALPHA = 0.18
FONT_SIZE = 9.0  # as in the house style
TICK = 3 * POINT
TICK_PAD = 3.5 * POINT
LABEL_PAD = 4 * POINT
TITLE_PAD = 6 * POINT
DIGIT = 0.64 * FONT_SIZE * POINT  # all digits of DejaVu Sans are as wide
LINE = 1.0 * FONT_SIZE * POINT  # from the top of an l to the foot of a p


@dataclass(frozen=True)
class Line:
    """How lines look."""

    color: str
    width: float
    zorder: float
    dashes: Dashes = "-"
    cap: str | None = None

    @property
    def ends(self) -> str:
        """How a line ends: a whole one goes as far beyond its ends as it is thick, so that edges meet."""
        return self.cap or ("projecting" if self.dashes == "-" else "butt")


@dataclass(frozen=True)
class Marker:
    """How points look."""

    shape: str
    size: float
    color: str
    face: str


@dataclass(frozen=True)
class Area:
    """How areas look; without an edge of their own, none is drawn."""

    face: str
    alpha: float | None = None
    edge: str = "none"
    width: float = 0.0


GRID = Line(PALE, 0.5, 0.5)
SPINE = Line(GREY, 0.8, 2.5)
TICKS = Line(INK, 0.6, 0.6, cap="butt")
DASHED: Dashes = (0, (6, 3))
REFERENCE = Line(GREY, 0.9, 1, DASHED)


@dataclass(frozen=True)
class Panel:
    """A rectangle of a sheet, and what its edges stand for."""

    left: float
    bottom: float
    right: float
    top: float
    x: Place
    y: Place

    def at(self, x: float, y: float) -> Place:
        """Where the point (x, y) lies."""
        across, up = (x - self.x[0]) / (self.x[1] - self.x[0]), (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * (self.right - self.left), self.bottom + up * (self.top - self.bottom)

    def up(self, share: float) -> float:
        """How high so much of the panel's height is; more than 1 lies above it."""
        return self.bottom + share * (self.top - self.bottom)


class Sheet:
    """A figure on which all that looks alike is gathered, and drawn as one when it is `finished`."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = new_figure(width, height)
        self._lines: dict[Line, list[Sequence[Place]]] = {}
        self._markers: dict[Marker, list[Place]] = {}
        self._areas: dict[Area, list[Sequence[Place]]] = {}

    def lines(self, look: Line, *paths: Sequence[Place]) -> None:
        self._lines.setdefault(look, []).extend(path for path in paths if path)

    def markers(self, look: Marker, places: Sequence[Place]) -> None:
        self._markers.setdefault(look, []).extend(places)

    def areas(self, look: Area, *outlines: Sequence[Place]) -> None:
        self._areas.setdefault(look, []).extend(outline for outline in outlines if outline)

    def text(self, place: Place, words: str, **style: Any) -> None:
        self.figure.text(*place, words, transform=self.figure.dpi_scale_trans, **style)

    def finished(self) -> Figure:
        """The figure with all that was gathered."""
        from matplotlib.collections import LineCollection, PolyCollection
        from matplotlib.lines import Line2D

        inches = self.figure.dpi_scale_trans
        for area, outlines in self._areas.items():
            look: dict[str, Any] = {"facecolors": area.face, "edgecolors": area.edge, "linewidths": area.width}
            self.figure.add_artist(PolyCollection(outlines, **look, alpha=area.alpha, zorder=1, transform=inches))
        for line, paths in self._lines.items():
            look = {"colors": line.color, "linewidths": line.width, "linestyles": [line.dashes], "zorder": line.zorder}
            look |= {"capstyle": line.ends, "joinstyle": "round"}
            self.figure.add_artist(LineCollection(paths, **look, transform=inches))
        for marker, places in self._markers.items():
            look = {"marker": marker.shape, "markersize": marker.size, "zorder": 3, "linestyle": "none"}
            look |= {"markerfacecolor": marker.face, "markeredgecolor": marker.color}
            self.figure.add_artist(Line2D(*zip(*places, strict=True), **look, transform=inches))
        return self.figure


def grid_panels(sheet: Sheet, grid: GridSpec, x: Place, y: Place) -> list[list[Panel]]:
    """A panel for each cell of the grid, by row and column, all of these limits."""
    bottoms, tops, lefts, rights = grid.get_grid_positions(sheet.figure)
    width, height = sheet.width, sheet.height
    return [
        [
            Panel(width * left, height * bottom, width * right, height * top, x, y)
            for left, right in zip(lefts.tolist(), rights.tolist(), strict=True)
        ]
        for bottom, top in zip(bottoms.tolist(), tops.tolist(), strict=True)
    ]


def frame(
    sheet: Sheet, panel: Panel, x_ticks: Sequence[float], y_ticks: Sequence[float], *,
    x_named: bool = True, y_named: bool = True,
) -> None:  # fmt: skip
    """The left and the lower edge, ticks with their numbers (where they are named), and a faint grid."""
    left, bottom, right, top = panel.left, panel.bottom, panel.right, panel.top
    sheet.lines(SPINE, [(left, bottom), (left, top)], [(left, bottom), (right, bottom)])
    for tick in x_ticks:
        across, _ = panel.at(tick, panel.y[0])
        sheet.lines(GRID, [(across, bottom), (across, top)])
        sheet.lines(TICKS, [(across, bottom), (across, bottom - TICK)])
        if x_named:
            sheet.text((across, bottom - TICK - TICK_PAD), f"{tick:.0f}", ha="center", va="top")
    for tick in y_ticks:
        _, up = panel.at(panel.x[0], tick)
        sheet.lines(GRID, [(left, up), (right, up)])
        sheet.lines(TICKS, [(left, up), (left - TICK, up)])
        if y_named:
            sheet.text((left - TICK - TICK_PAD, up), f"{tick:.0f}", ha="right", va="center_baseline")


def name_x(sheet: Sheet, panel: Panel, words: str) -> None:
    """What runs along the lower edge, below the numbers."""
    sheet.text(
        ((panel.left + panel.right) / 2, panel.bottom - TICK - TICK_PAD - LINE - LABEL_PAD),
        words,
        ha="center",
        va="top",
    )


def name_y(sheet: Sheet, panel: Panel, words: str, digits: int) -> None:
    """What runs along the left edge, beside numbers of so many digits."""
    place = panel.left - TICK - TICK_PAD - digits * DIGIT - LABEL_PAD, (panel.bottom + panel.top) / 2
    sheet.text(place, words, ha="center", va="bottom", rotation="vertical", rotation_mode="anchor")


def title(sheet: Sheet, panel: Panel, words: str, *, pad: float = TITLE_PAD, centred: bool = False) -> None:
    """What stands above the panel."""
    across = (panel.left + panel.right) / 2 if centred else panel.left
    place = across, panel.top + pad
    sheet.text(place, words, ha="center" if centred else "left", va="baseline", fontsize=10, fontweight="bold")


def say_empty(sheet: Sheet, panel: Panel, words: str, **style: Any) -> None:
    """That there is nothing to show, in the middle of a panel of per cent."""
    sheet.text(panel.at(50, 50), words, ha="center", va="center", backgroundcolor="white", **style)


def curve(sheet: Sheet, panel: Panel, look: Line, points: Sequence[Point]) -> None:
    """A curve with its band, both broken where they are not known."""
    drawn = [(x, y) for x, y, _, _ in points]
    sheet.lines(look, *([panel.at(x, y) for x, y in run] for run in _known(drawn)))
    for band in _known([(x, low, high) for x, _, low, high in points]):
        if len(band) > 1:
            outline = [*((x, low) for x, low, _ in band), *((x, high) for x, _, high in reversed(band))]
            sheet.areas(Area(look.color, BAND_ALPHA), [panel.at(*corner) for corner in outline])


def _known(points: Sequence[tuple[float | None, ...]]) -> Iterator[list[tuple[float, ...]]]:
    """The stretches of points that hold no None."""
    for known, run in groupby(points, key=lambda point: None not in point):
        if known:
            yield list(run)  # type: ignore[arg-type]
