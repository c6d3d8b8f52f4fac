"""The leaderboard's tables: their columns, and their rows from a board."""

from __future__ import annotations

from typing import Any

import numpy as np

from leaderboard.board import Board
from leaderboard.dimensions import DIMENSIONS
from leaderboard.pareto import on_front
from leaderboard.summary import summary
from utils.tables import rounded

SCORES = ("overall", *DIMENSIONS)
USAGE_COLUMNS = (
    "n_items", "n_responses", "invalid_rate", "mean_output_tokens", "cost_usd", "mean_latency_s", "mean_cost_usd",
)  # fmt: skip
RANK_COLUMNS = (
    "rank", "rank_low", "rank_high", "model",
    *(column for score in SCORES for column in (score, f"{score}_ci_low", f"{score}_ci_high")),
)  # fmt: skip
COLUMNS = (
    *RANK_COLUMNS, *USAGE_COLUMNS, "on_pareto_front_cost", "on_pareto_front_latency", "summary",
)  # fmt: skip
PAIR_COLUMNS = (
    "model", "other", "better", "tied", "difference", "ci_low", "ci_high",
    *(f"win_rate_{score}" for score in SCORES), *(f"n_shared_{name}" for name in DIMENSIONS),
)  # fmt: skip
WEIGHT_COLUMNS = (
    "dimension", "weight", "share", "counted", "changes_below", "leader_below", "changes_above", "leader_above",
)  # fmt: skip
SENSITIVITY_COLUMNS = ("weighting", "model", "score", "rank", "rank_best", "rank_worst", "share_first")

Rows = list[dict[str, Any]]


def board_rows(board: Board) -> Rows:
    """The rows of leaderboard/leaderboard, in the order of rank."""
    standings = board.ranking.standings
    quality = [standing.overall.value for standing in standings]
    usages = [board.usage[standing.model] for standing in standings]
    by_cost = on_front(quality, [usage.mean_cost_usd for usage in usages])
    by_latency = on_front(quality, [usage.mean_latency_s for usage in usages])
    rows = []
    for standing, usage, cheap, fast in zip(standings, usages, by_cost, by_latency, strict=True):
        row: dict[str, Any] = {
            "rank": standing.rank,
            "rank_low": standing.rank_low,
            "rank_high": standing.rank_high,
            "model": standing.model,
        }
        for score in SCORES:
            estimate = standing.overall if score == "overall" else standing.dimensions[score]
            row |= {score: estimate.value, f"{score}_ci_low": estimate.low, f"{score}_ci_high": estimate.high}
        row |= {column: getattr(usage, column) for column in USAGE_COLUMNS}
        row |= {"on_pareto_front_cost": cheap, "on_pareto_front_latency": fast}
        rows.append(row | {"summary": summary(standing, len(standings), usage.invalid_rate)})
    return rows


def pair_rows(board: Board) -> Rows:
    """The rows of leaderboard/artifacts/pairwise: every ordered pair of models, sorted by name."""
    compared = {(pair.model, pair.other): pair for pair in board.ranking.comparisons}
    wins = board.wins
    rates = {"overall": wins.overall(board.ranking.dimensions, board.weights), **wins.rates}
    rows = []
    for a, b in np.ndindex(len(board.models), len(board.models)):
        if a == b:
            continue
        pair = compared.get((board.models[a], board.models[b]))
        row: dict[str, Any] = {
            "model": board.models[a],
            "other": board.models[b],
            "better": pair.better if pair else None,
            "tied": pair.tied if pair else None,
            "difference": pair.difference if pair else None,
            "ci_low": pair.low if pair else None,
            "ci_high": pair.high if pair else None,
        }
        row |= {f"win_rate_{score}": rounded(float(rates[score][a, b])) for score in SCORES}
        rows.append(row | {f"n_shared_{name}": int(wins.n_shared[name][a, b]) for name in DIMENSIONS})
    return rows


def weight_rows(board: Board) -> Rows:
    """The rows of leaderboard/artifacts/weights: a row for each dimension."""
    used = board.ranking.dimensions
    total = sum(board.weights[name] for name in used)
    flips = {flip.dimension: flip for flip in board.flips}
    rows = []
    for name in DIMENSIONS:
        flip = flips.get(name)
        rows.append(
            {
                "dimension": name,
                "weight": board.weights[name],
                "share": rounded(board.weights[name] / total) if name in used else 0.0,
                "counted": name in used,
                "changes_below": rounded(flip.below) if flip else None,
                "leader_below": flip.leader_below if flip else None,
                "changes_above": rounded(flip.above) if flip else None,
                "leader_above": flip.leader_above if flip else None,
            }
        )
    return rows


def sensitivity_rows(board: Board) -> Rows:
    """The rows of leaderboard/artifacts/weight_sensitivity: a row for each weighting and model."""
    return [
        {
            "weighting": own.weighting,
            "model": own.model,
            "score": rounded(own.score),
            "rank": own.rank,
            "rank_best": own.rank_best,
            "rank_worst": own.rank_worst,
            "share_first": rounded(own.share_first),
        }
        for own in board.sensitivity
    ]
