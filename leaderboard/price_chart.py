"""The overall score against what a response costs and how long it takes, with the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import BLUE, GREY, INK, new_figure, quiet_ticks, shown
from leaderboard.board import Board
from leaderboard.pareto import on_front
from leaderboard.ranking import Estimate
from leaderboard.wording import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 9.6, 4.0  # inches
ALL_NAMED = 10  # of more models than this only those on the front are named
WIDE_SPAN = 10  # prices that differ by more than this factor are drawn on a logarithmic scale
LABEL_GAP = 0.05  # of the axis' height, between two names


@dataclass(frozen=True)
class Point:
    """A model whose score and price are both known."""

    model: str
    price: float
    overall: Estimate
    quality: float
    on_front: bool


def draw_price(board: Board) -> Figure:
    """Two panels, cost and latency; a model whose price is unknown is not in the panel, and the panel says how many."""
    figure = new_figure(WIDTH, HEIGHT)
    panels = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(left=0.075, right=0.985, bottom=0.135, top=0.9, wspace=0.06)
    usages = [board.usage[standing.model] for standing in board.ranking.standings]
    _panel(panels[0], board, [usage.mean_cost_usd for usage in usages], "mean cost of a response (USD)")
    _panel(panels[1], board, [usage.mean_latency_s for usage in usages], "mean latency of a response (s)")
    panels[0].set_ylabel("overall score (%)")
    return figure


def _panel(axes: Axes, board: Board, prices: Sequence[float | None], label: str) -> None:
    standings = board.ranking.standings
    front = on_front([standing.overall.value for standing in standings], prices)
    points = [
        Point(standing.model, price, standing.overall, standing.overall.value, bool(own))
        for standing, price, own in zip(standings, prices, front, strict=True)
        if standing.overall.value is not None and price is not None
    ]
    axes.set_title(_remark(points, len(standings)), fontsize=8, color=GREY)
    axes.set_xlabel(label)
    quiet_ticks(axes)
    if not points:
        axes.set_xticks([])
        return
    _scale(axes, [point.price for point in points])
    for point in points:
        if point.overall.low is not None and point.overall.high is not None:
            axes.plot([point.price] * 2, [100 * point.overall.low, 100 * point.overall.high], color=BLUE, linewidth=0.8,
                      alpha=0.5)  # fmt: skip
        axes.plot(point.price, 100 * point.quality, marker="o", markersize=6, markeredgecolor=BLUE, linestyle="none",
                  markerfacecolor=BLUE if point.on_front else "white")  # fmt: skip
    _draw_front(axes, [point for point in points if point.on_front])
    _name_points(axes, [point for point in points if point.on_front or len(points) <= ALL_NAMED])


def _remark(points: Sequence[Point], n_models: int) -> str:
    if len(points) < n_models:
        return f"not known for {n_models - len(points)} of {n_models} models"
    return "" if any(point.price for point in points) else "nothing, for all models"


def _scale(axes: Axes, prices: Sequence[float]) -> None:
    """Room for names on the right; logarithmic where the prices differ widely and none is 0."""
    low, high = min(prices), max(prices)
    if low > 0 and high > WIDE_SPAN * low:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: plain(value))
        axes.set_xlim(low / 1.5, high * (high / low) ** 0.6)
    elif high > 0:
        axes.set_xlim(-0.04 * high, 1.6 * high)
    else:
        axes.set_xlim(-0.04, 1.0)
        axes.set_xticks([0.0])


def _draw_front(axes: Axes, front: Sequence[Point]) -> None:
    ordered = sorted(front, key=lambda point: (point.price, point.quality))
    axes.plot([point.price for point in ordered], [100 * point.quality for point in ordered], color=BLUE, linewidth=1,
              linestyle=":", drawstyle="steps-post", zorder=1)  # fmt: skip


def _name_points(axes: Axes, points: Sequence[Point]) -> None:
    """The names to the right of their points, moved up where they would cover each other."""
    low, high = axes.get_ylim()
    lowest = low
    for point in sorted(points, key=lambda point: (point.quality, point.model)):
        height = max(100 * point.quality, lowest)
        axes.annotate(shown(point.model, 30), (point.price, height), xytext=(7, 5), textcoords="offset points",
                      va="center", fontsize=7, color=INK if point.on_front else GREY)  # fmt: skip
        lowest = height + LABEL_GAP * (high - low)
