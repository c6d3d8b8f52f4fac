"""The report's part on weights: who would lead, and which weights hand the lead to another model."""

from __future__ import annotations

from collections.abc import Iterator

from leaderboard.board import Board
from leaderboard.document import Block, Bullets, Paragraph, Table
from leaderboard.sensitivity import DRAWN, DRAWS, Flip
from leaderboard.wording import percent, ranks_between


def weight_blocks(board: Board) -> Iterator[Block]:
    """The blocks; the whole tables stand in weights.csv and weight_sensitivity.csv."""
    if len(board.models) < 2 or not board.sensitivity:
        yield Paragraph("No figures: this takes two models with an overall score.")
        return
    yield Paragraph(
        f"Which model leads is also a matter of what counts. Below, {DRAWS:,} weightings drawn at random about the "
        "weights as set: in how many of them a model leads, and the ranks they give it."
    )
    drawn = {own.model: own for own in board.sensitivity if own.weighting == DRAWN}
    lines = (
        (standing.model, str(standing.rank), percent(drawn[standing.model].share_first),
         ranks_between(drawn[standing.model].rank_best, drawn[standing.model].rank_worst))
        for standing in board.ranking.standings
    )  # fmt: skip
    yield Table(("model", "rank", "leads (%)", "ranks"), tuple(lines))
    yield Bullets(tuple(flip_sentences(board)))


def flip_sentences(board: Board) -> Iterator[str]:
    """Which weights hand the lead to another model, in plain words; then who leads under extreme weightings."""
    steady = [flip.dimension for flip in board.flips if flip.below is None and flip.above is None]
    for flip in board.flips:
        if flip.dimension not in steady:
            yield _flip_sentence(flip)
    if steady:
        yield f"No weight of {' or '.join(steady)} alone changes who leads."
    yield from _leaders(board, "only ", "Judged by one dimension alone")
    yield from _leaders(board, "without ", "With one dimension left out")


def _flip_sentence(flip: Flip) -> str:
    cases = []
    if flip.below is not None:
        cases.append(f"falls below {percent(flip.below)} % ({flip.leader_below} then leads)")
    if flip.above is not None:
        cases.append(f"rises above {percent(flip.above)} % ({flip.leader_above} then leads)")
    return f"The lead changes when the share of {flip.dimension}, now {percent(flip.share)} %, {' or '.join(cases)}."


def _leaders(board: Board, kind: str, words: str) -> Iterator[str]:
    """Who leads under the weightings of one kind: `only X` or `without X`."""
    found: dict[str, list[str]] = {}
    for own in board.sensitivity:
        if own.weighting.startswith(kind) and own.rank == 1:
            found.setdefault(own.model, []).append(own.weighting.removeprefix(kind))
    of_each = (f"{model} leads ({', '.join(dimensions)})" for model, dimensions in found.items())
    if found:
        yield f"{words}: {'; '.join(of_each)}."
