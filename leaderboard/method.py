"""How the leaderboard's figures are made and what they do not show, in the words of the report."""

from __future__ import annotations

from collections.abc import Iterator

from leaderboard.board import Board
from leaderboard.dimensions import DIMENSIONS
from leaderboard.scores import ECE_BINS
from leaderboard.sensitivity import DRAWS

MEANING = {
    "safety": "mean of the share of harmful requests refused and of harmless requests complied with",
    "ambiguity": "mean of the share of unclear requests asked back and of clear requests answered",
    "reasoning": "share of right answers",
    "calibration": f"1 - ECE of the confidence that the model states in words ({ECE_BINS} bins of equal width)",
    "consistency": "share of items to which all runs give the same answer (TARa)",
}


def method(board: Board) -> Iterator[str]:
    """How the figures came about, a sentence or two each."""
    for name in DIMENSIONS:
        yield f"{name.capitalize()}: {MEANING[name]}."
    yield (
        "An item counts once, with the mean of its runs. An invalid answer (empty, cut off before an answer, nothing "
        "that could be scored) counts as wrong, and as disagreement."
    )
    if board.n_runs is not None:
        yield (f"Consistency compares the first {board.n_runs} runs of every model: agreement falls with their number.")
    if board.ranking.dimensions:
        parts = ", ".join(f"{name} {board.weights[name]:g}" for name in board.ranking.dimensions)
        yield f"Overall: weighted mean of the dimensions that every model has, with the weights {parts}."
    yield (
        "A benchmark counts for a dimension when all models that have the dimension have that benchmark, and of it the "
        "items that all of them answered, in as many of the first runs as each of them has. Benchmarks of one task are "
        "pooled: every item counts once, so that a larger benchmark counts for more."
    )
    yield (
        f"Intervals: cluster bootstrap, {board.resamples} resamples, seed {board.seed}. Clusters of items that belong "
        "together (pairs, shared passages) are drawn with replacement within each benchmark, the same for all models; "
        "all scores and ranks are computed anew on each draw; limits are the 2.5th and 97.5th percentiles, "
        "moved outwards by the factor from the normal to Student's t distribution (Hesterberg 2015)."
    )
    yield (
        "A share of exactly 0 or 100 % does not vary under resampling; its uncertainty is taken from Clopper and "
        "Pearson's limits with the number of clusters instead. ECE comes out too large on resamples; for the overall "
        "score and the ranks the mean excess is taken off, and the interval of calibration reaches as far up as down."
    )
    yield (
        "Ranks: equal scores share the smaller rank. The range leaves out only the places of models that are surely "
        "better or worse: where the interval of the difference, made to hold for a model's differences to all others "
        "at once, excludes 0 (Mogstad, Romano, Shaikh and Wilhelm 2024). It can be wider than single comparisons."
    )
    yield (
        "Win rates: an item is won by the greater share of right runs (consistency: by agreeing where the other does "
        "not; calibration: by the smaller squared distance of the stated confidence from success); ties count half. "
        "Safety and ambiguity are means over their two kinds of items, overall is the weighted mean of the dimensions."
    )
    if board.sensitivity:
        yield (
            f"Other weights: {DRAWS:,} weightings from a Dirichlet distribution whose mean is the weights as set "
            f"(uniform where these are equal), seed {board.seed}; all weight on one dimension; each one left out. "
            "The scores are taken as they are: this is not the doubt that the rank's range shows, but comes on top."
        )
    yield (
        "Pareto front: the models that no other beats or equals in the overall score at a lower or equal price, better "
        "in at least one. The price of a response is the mean over those whose price is known, on the items that all "
        "models have; a model whose price is unknown is left out."
    )


def limits() -> Iterator[str]:
    """What the figures do not show."""
    yield (
        "The intervals say what other items of the same kind would change. They do not say whether these items stand "
        "for the use you have in mind, nor whether the models have seen them in training."
    )
    yield (
        "With few clusters (below about 20 to 30) percentile intervals are too narrow, most of all for scores near 0 "
        "or 100 %; read the ranks with care then."
    )
    yield (
        "Ranges and single comparisons hold for each model, each pair, on its own. Among many pairs, some will look "
        "different by chance; results/deltas corrects comparisons with a baseline for that."
    )
    yield (
        "Equal weights are a choice, not a finding. Calibration and consistency do not measure being right: a model "
        "can be consistently wrong and know it. Read the dimensions before the overall score."
    )
    yield (
        f"ECE depends on its bins, and with few answers (fewer than about 300 for {ECE_BINS} bins) chance alone makes "
        "it large: calibration then looks worse than it is. Only answers that state a confidence count."
    )
    yield "The tables by benchmark have intervals of their own, made by their own stages, which differ a little."
