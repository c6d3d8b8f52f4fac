"""The leaderboard as data: from scored responses to standings, with what a reader must be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.item_tables import Clusters, Row
from leaderboard.bootstrap import bootstrap
from leaderboard.dimensions import DIMENSIONS, SIDES, WEIGHTS, Basis, find_bases, runs_compared
from leaderboard.ranking import Estimate, Ranking, rank_models
from leaderboard.scores import Evidence, gather_evidence
from leaderboard.usage import Usage, measure_usage

FEW_CLUSTERS = 20  # below this, percentile intervals of clustered figures are clearly too narrow (Cameron et al. 2008)
SCORES = ("overall", *DIMENSIONS)
USAGE_COLUMNS = (
    "n_items", "n_responses", "invalid_rate", "mean_output_tokens", "cost_usd", "mean_latency_s",
)  # fmt: skip
COLUMNS = (
    "rank", "rank_low", "rank_high", "model",
    *(column for score in SCORES for column in (score, f"{score}_ci_low", f"{score}_ci_high")),
    *USAGE_COLUMNS,
)  # fmt: skip
COMPARISON_COLUMNS = ("model", "other", "better", "tied", "difference", "ci_low", "ci_high")


@dataclass(frozen=True)
class Board:
    """The leaderboard and all that its report says about how it came about."""

    ranking: Ranking
    usage: Mapping[str, Usage]
    bases: Mapping[str, Basis]
    n_runs: int | None
    benchmarks: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int
    resamples: int


def build_board(rows: Sequence[Row], clusters: Clusters, *, seed: int, resamples: int) -> Board:
    """The leaderboard of all models in the rows of `results/items`, in whatever order they stand."""
    bases = find_bases(rows)
    n_runs = runs_compared(rows, bases["consistency"])
    evidence = gather_evidence(rows, clusters, bases, n_runs)
    ranking = rank_models(evidence, bootstrap(evidence, seed, resamples), bases)
    by_model = {model: [row for row in rows if row["model"] == model] for model in evidence.models}
    return Board(
        ranking=ranking,
        usage={model: measure_usage(own) for model, own in by_model.items()},
        bases=bases,
        n_runs=n_runs,
        benchmarks=tuple(name for name, _ in evidence.strata),
        notes=tuple(_notes(ranking, evidence, bases)),
        seed=seed,
        resamples=resamples,
    )


def board_rows(board: Board) -> list[dict[str, Any]]:
    """The rows of leaderboard/leaderboard, in the order of rank."""
    rows = []
    for standing in board.ranking.standings:
        row: dict[str, Any] = {
            "rank": standing.rank,
            "rank_low": standing.rank_low,
            "rank_high": standing.rank_high,
            "model": standing.model,
        }
        for score in SCORES:
            estimate = standing.overall if score == "overall" else standing.dimensions[score]
            row |= {score: estimate.value, f"{score}_ci_low": estimate.low, f"{score}_ci_high": estimate.high}
        usage = board.usage[standing.model]
        rows.append(row | {column: getattr(usage, column) for column in USAGE_COLUMNS})
    return rows


def comparison_rows(board: Board) -> list[dict[str, Any]]:
    """The rows of leaderboard/artifacts/better_than: every ordered pair of models."""
    return [
        {
            "model": pair.model,
            "other": pair.other,
            "better": pair.better,
            "tied": pair.tied,
            "difference": pair.difference,
            "ci_low": pair.low,
            "ci_high": pair.high,
        }
        for pair in board.ranking.comparisons
    ]


def _notes(ranking: Ranking, evidence: Evidence, bases: Mapping[str, Basis]) -> Iterator[str]:
    """What keeps the models from being compared on everything, one sentence each."""
    standings = sorted(ranking.standings, key=lambda standing: standing.model)
    if not ranking.dimensions:
        yield "no dimension is shared by all models, so there is no overall score and no rank"
    for name in DIMENSIONS:
        if WEIGHTS[name] <= 0 or name in ranking.dimensions:
            continue
        missing = [standing.model for standing in standings if standing.dimensions[name].value is None]
        reason = _why_missing(name, missing) if missing else "the models share no benchmark for it"
        yield f"{name} is left out of the overall score: {reason}"
    for name in DIMENSIONS:
        for benchmark in bases[name].left_out:
            lacking = [standing.model for standing in standings if not _has(standing.dimensions[name])]
            others = f" that have results for {name}" if lacking else ""
            yield f"benchmark {benchmark} does not count for {name}: not all models{others} have it"
    for name in SIDES:
        counts = dict(zip(evidence.models, evidence.counts(name).tolist(), strict=True))
        present = {count for count in counts.values() if count}
        if len(present) > 1:
            yield f"{name} rests on different numbers of items ({_counts(counts)}): some items have no response"
    few = [name for name in DIMENSIONS if any(0 < n < FEW_CLUSTERS for n in evidence.clusters(name).tolist())]
    if few:
        yield f"intervals are rough for {', '.join(few)}: fewer than {FEW_CLUSTERS} clusters of items"


def _has(estimate: Estimate) -> bool:
    return estimate.n > 0


def _why_missing(dimension: str, models: Sequence[str]) -> str:
    sides = " and ".join(f"'{side}'" for side in SIDES.get(dimension, ()))
    reasons = {
        "calibration": "no confidence stated in words",
        "consistency": "fewer than two runs",
        "reasoning": "no reasoning items",
    }
    return f"{reasons.get(dimension, f'no items that expect {sides} (both are needed)')} from {_listed(models)}"


def _counts(counts: Mapping[str, int]) -> str:
    return _listed([f"{model}: {count}" for model, count in counts.items() if count])


def _listed(names: Sequence[str], limit: int = 5) -> str:
    shown = list(names[:limit])
    return ", ".join(shown) + (f" and {len(names) - limit} more" if len(names) > limit else "")
