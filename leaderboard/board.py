"""The leaderboard as data: from scored responses to standings, with what a reader must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.item_columns import Read
from leaderboard import answers, usage
from leaderboard.answers import collect
from leaderboard.bootstrap import bootstrap
from leaderboard.notes import notes
from leaderboard.ranking import Ranking, comparable_dimensions, rank_models
from leaderboard.scores import gather_evidence
from leaderboard.sensitivity import Flip, Weighted, leader_flips, sensitivity
from leaderboard.shared import Basis, find_bases, runs_compared
from leaderboard.usage import Usage, measure_usage
from leaderboard.weights import WEIGHTS
from leaderboard.win_rates import WinRates, win_rates


@dataclass(frozen=True)
class Board:
    """The leaderboard and all that its report says about how it came about.

    Args:
        models: sorted by name, as `wins` are.
        n_runs: how many runs consistency compares.
        benchmarks: all that have scored responses.
    """

    models: tuple[str, ...]
    ranking: Ranking
    wins: WinRates
    sensitivity: tuple[Weighted, ...]
    flips: tuple[Flip, ...]
    usage: Mapping[str, Usage]
    bases: Mapping[str, Basis]
    weights: Mapping[str, float]
    n_runs: int | None
    benchmarks: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int
    resamples: int


def build_board(read: Read, *, seed: int, resamples: int, weights: Mapping[str, float] = WEIGHTS) -> Board:
    """The leaderboard of all models whose responses are read."""
    collected = collect(read(answers.NEEDED))
    bases = find_bases(collected)
    evidence = gather_evidence(collected, bases)
    scores = bootstrap(evidence, seed, resamples)
    ranking = rank_models(evidence, scores, bases, weights)
    comparable = comparable_dimensions(scores.values, bases)
    return Board(
        models=collected.models,
        ranking=ranking,
        wins=win_rates(evidence),
        sensitivity=sensitivity(collected.models, scores.values, comparable, weights, seed),
        flips=leader_flips(collected.models, scores.values, comparable, weights),
        usage=measure_usage(read(usage.NEEDED), collected),
        bases=bases,
        weights=weights,
        n_runs=runs_compared(bases["consistency"]),
        benchmarks=tuple(sorted({name for name, _ in collected.items})),
        notes=tuple(notes(collected, bases, evidence, ranking, weights)),
        seed=seed,
        resamples=resamples,
    )
