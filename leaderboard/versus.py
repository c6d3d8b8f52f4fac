"""The report's part on pairs of models: who is better than whom, how surely, and on how many items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from leaderboard.board import Board
from leaderboard.document import Block, Paragraph, Table
from leaderboard.wording import percent
from utils.tables import rounded

SURE = 0.975  # a model counts as better where 97.5% of the resamples say so: one side of a 95% range
SQUARE = 10  # of more models a square table is too wide to read; then each is compared with the next


Shares = Mapping[tuple[str, str], float | None]


def win_blocks(board: Board) -> Iterator[Block]:
    """The blocks; the whole tables stand in pairwise.csv."""
    models = [standing.model for standing in board.ranking.standings]
    better = {(pair.model, pair.other): pair.better + pair.tied / 2 for pair in board.ranking.comparisons}
    wins = _win_rates(board)
    if len(models) < 2 or not board.ranking.dimensions:
        yield Paragraph("No figures: this takes two models with an overall score.")
        return
    meaning = (
        "how often the model of the row scores higher overall than the other, in per cent of the resamples (ties count "
        f"half). Only above {percent(SURE)} or below {percent(1 - SURE)} do the data tell the two apart."
    )
    if len(models) > SQUARE:
        yield Paragraph(f"Each model and the next. Better: {meaning} Wins: its share of the items, in per cent. All "
                        "pairs stand in pairwise.csv.")  # fmt: skip
        lines = ((a, b, percent(better.get((a, b))), percent(wins[a, b])) for a, b in pairwise(models))
        yield Table(("model", "next", "better (%)", "wins (%)"), tuple(lines))
        return
    if better:
        yield Paragraph(meaning[0].upper() + meaning[1:])
        yield _square(models, better)
    else:
        yield Paragraph("How sure the differences are is not known: this takes items in at least two clusters.")
    yield Paragraph("Win rate: the share of items on which the model of the row does better than that of the column, "
                    "in per cent (ties count half); by dimension in pairwise.csv.")  # fmt: skip
    yield _square(models, wins)


def _win_rates(board: Board) -> Shares:
    rates = board.wins.overall(board.ranking.dimensions, board.weights)
    return {
        (a, b): rounded(float(rates[row, column]))
        for row, a in enumerate(board.models)
        for column, b in enumerate(board.models)
    }


def _square(models: Sequence[str], shares: Shares) -> Table:
    lines = ((row, *(percent(shares.get((row, other))) if row != other else "" for other in models)) for row in models)
    return Table(("", *models), tuple(lines))
