"""The leaderboard's figures: scores with their intervals, ranks with their ranges, and quality against its price."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.figures import BLUE, GREY, INK, VERMILION, house_style, new_figure, quiet_ticks, save, shown
from leaderboard.board import Board
from leaderboard.price_chart import draw_price
from leaderboard.sensitivity import DRAWN
from leaderboard.tables import SCORES
from leaderboard.wording import UNDEFINED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.34  # inches for each model
LABELS = 2.6  # inches for the names


@dataclass(frozen=True)
class Chart:
    """A figure that was written: `name.png` and `name.svg`, and what it shows."""

    name: str
    caption: str


CHARTS = (
    Chart(
        "scores",
        "Scores in per cent with 95% intervals, higher is better; models in the order of rank. Filled: part of the "
        "overall score. Hollow: not part of it.",
    ),
    Chart(
        "ranks",
        "Rank (dot), the ranks that the data leave possible (blue line, 95%), and the ranks that other weights of the "
        "dimensions would give (red line: least and greatest over all weightings drawn).",
    ),
    Chart(
        "price",
        "Overall score with its 95% interval against the mean cost and the mean latency of a response. Filled: on the "
        "Pareto front, that is no other model is at least as good and as cheap (as fast), and better in one of them.",
    ),
)


def draw_charts(board: Board, folder: Path, stage: str) -> tuple[Chart, ...]:
    """Write all charts to `folder` as PNG and SVG; the same board gives the same bytes."""
    with house_style():
        for chart, draw in zip(CHARTS, (draw_scores, draw_ranks, draw_price), strict=True):
            save(draw(board), folder, chart.name, stage)
    return CHARTS


def draw_scores(board: Board) -> Figure:
    """A dot plot: a row for each model, a panel for the overall score and each dimension."""
    standings = board.ranking.standings
    width, height = LABELS + 1.6 * len(SCORES), 0.95 + ROW * len(standings)
    figure = new_figure(width, height)
    panels = figure.subplots(1, len(SCORES), sharey=True, sharex=True)
    figure.subplots_adjust(
        left=LABELS / width, right=1 - 0.15 / width, bottom=0.5 / height, top=1 - 0.38 / height, wspace=0.14
    )
    low, high = _range(board)
    for axes, score in zip(panels, SCORES, strict=True):
        included = score == "overall" or score in board.ranking.dimensions
        axes.set_title(score, fontsize=9, fontweight="bold" if included else "normal", color=INK if included else GREY)
        axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        axes.set_xticks([low, (low + high) / 2, high])
        axes.set_xlabel("score (%)", fontsize=8)
        quiet_ticks(axes)
        for place, standing in enumerate(standings):
            estimate = standing.overall if score == "overall" else standing.dimensions[score]
            if estimate.value is None:
                axes.text((low + high) / 2, place, UNDEFINED, ha="center", va="center", color=GREY, fontsize=7.5)
                continue
            if estimate.low is not None and estimate.high is not None:
                axes.plot([100 * estimate.low, 100 * estimate.high], [place, place], color=BLUE, linewidth=1.2,
                          marker="|", markersize=7)  # fmt: skip
            axes.plot(100 * estimate.value, place, marker="D" if score == "overall" else "o", markersize=3.6,
                      markeredgecolor=BLUE, markerfacecolor=BLUE if included else "white")  # fmt: skip
    _name_rows(panels[0], board)
    return figure


def draw_ranks(board: Board) -> Figure:
    """A row for each model: its rank, the range that the data leave open, and the range over other weights."""
    standings = board.ranking.standings
    weighted = {own.model: (own.rank_best, own.rank_worst) for own in board.sensitivity if own.weighting == DRAWN}
    width, height = LABELS + 4.6, 1.0 + ROW * len(standings)
    figure = new_figure(width, height)
    axes = figure.add_axes((LABELS / width, 0.5 / height, 1 - (LABELS + 0.2) / width, 1 - 0.9 / height))
    for place, standing in enumerate(standings):
        if standing.rank is None:
            axes.text((1 + len(standings)) / 2, place, UNDEFINED, ha="center", va="center", color=GREY)
            continue
        if standing.rank_low is not None and standing.rank_high is not None:
            axes.plot([standing.rank_low, standing.rank_high], [place, place], color=BLUE, linewidth=2, marker="|",
                      markersize=9)  # fmt: skip
        if standing.model in weighted:
            axes.plot(weighted[standing.model], [place + 0.28] * 2, color=VERMILION, linewidth=1.2, marker="|",
                      markersize=5)  # fmt: skip
        axes.plot(standing.rank, place, marker="o", markersize=6, color=BLUE)
    axes.set_xlim(0.5, len(standings) + 0.5)
    axes.locator_params(axis="x", integer=True, nbins=12)
    axes.set_xlabel("rank (1 is best)")
    axes.set_title("rank, its 95% range, and its range over other weights", fontsize=9, fontweight="bold")
    quiet_ticks(axes)
    _name_rows(axes, board)
    return figure


def _range(board: Board) -> tuple[int, int]:
    """The part of the scale, in steps of 20 %, that holds all scores and intervals: the same for all panels."""
    estimates = [own for s in board.ranking.standings for own in (s.overall, *s.dimensions.values())]
    bounds = [bound for own in estimates for bound in (own.value, own.low, own.high) if bound is not None]
    low = int(min(bounds, default=0.0) * 5) * 20
    return low, max(low + 20, -int(-max(bounds, default=1.0) * 5 // 1) * 20)


def _name_rows(axes: Axes, board: Board) -> None:
    names = [shown(standing.model, 36) for standing in board.ranking.standings]
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names, fontsize=8)
