"""How far the ranking hangs on the weights: other weightings, drawn at random or extreme, and what flips the leader.

The scores are taken as they are; how sure they are is what the intervals and rank ranges say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.item_columns import Floats
from leaderboard.bootstrap import generator, weighted_mean
from leaderboard.dimensions import DIMENSIONS
from leaderboard.ranking import DECIMALS, best_ranks, worst_ranks

DRAWS = 10_000  # a share of 50% is then known to within 1%
AS_SET, DRAWN = "as set", "drawn"


@dataclass(frozen=True)
class Weighted:
    """How one model stands under a weighting; score and rank are None for `drawn`, which is many.

    `share_first` is the share of the weightings in which it leads; leaders who are equal share it.
    """

    weighting: str
    model: str
    score: float | None
    rank: int | None
    rank_best: int
    rank_worst: int
    share_first: float


@dataclass(frozen=True)
class Flip:
    """At which share of the overall score a dimension hands the lead to another model; None where it never does.

    The other dimensions keep their proportions. `share` is the dimension's own now.
    """

    dimension: str
    share: float
    below: float | None
    leader_below: str | None
    above: float | None
    leader_above: str | None


def sensitivity(
    models: Sequence[str], values: Floats, dimensions: Sequence[str], weights: Mapping[str, float], seed: int
) -> tuple[Weighted, ...]:
    """Every model under the weights as set, under weights drawn about them, and under extreme ones.

    Weights are drawn from a Dirichlet distribution whose mean is the weights as set, and which is uniform over all
    weightings where those are equal. The extremes are all weight on one dimension, and each one left out.

    Args:
        values: by model and dimension, in the order of `DIMENSIONS`.
        dimensions: those that all models can be compared on; none with a weight: no rows.
    """
    used = [name for name in dimensions if weights[name] > 0]
    if not used:
        return ()
    found = list(_fixed(AS_SET, models, values, {name: weights[name] for name in used}))
    found += _drawn(models, values, used, weights, seed)
    for name in dimensions:
        found += _fixed(f"only {name}", models, values, {name: 1.0})
    for name in used if len(used) > 1 else []:
        found += _fixed(f"without {name}", models, values, {other: weights[other] for other in used if other != name})
    return tuple(found)


def leader_flips(
    models: Sequence[str], values: Floats, dimensions: Sequence[str], weights: Mapping[str, float]
) -> tuple[Flip, ...]:
    """For each dimension that all models can be compared on, the shares of it at which the lead changes hands.

    The overall score is linear in a dimension's share, so that the shares are exact. Of leaders that are equal now,
    the one who leads beyond counts as the leader.
    """
    used = [name for name in dimensions if weights[name] > 0]
    flips = []
    for name in dimensions if used else []:
        others = [other for other in used if other != name]
        share = weights[name] / sum(weights[other] for other in {*used, name})
        own = values[:, DIMENSIONS.index(name)]
        rest = weighted_mean(values, others, [weights[other] for other in others]) if others else own
        below, above = (_first_crossing(rest, own - rest, share, direction) for direction in (-1, 1))
        flips.append(
            Flip(
                name, share,
                below[0] if below else None, models[below[1]] if below else None,
                above[0] if above else None, models[above[1]] if above else None,
            )
        )  # fmt: skip
    return tuple(flips)


def _fixed(weighting: str, models: Sequence[str], values: Floats, weights: Mapping[str, float]) -> Iterator[Weighted]:
    overall = weighted_mean(values, list(weights), list(weights.values()))[np.newaxis]
    best, worst, shares = best_ranks(overall)[0], worst_ranks(overall)[0], _shares_first(overall)
    for place, model in enumerate(models):
        score, rank = float(overall[0, place]), int(best[place])
        yield Weighted(weighting, model, score, rank, rank, int(worst[place]), float(shares[place]))


def _drawn(
    models: Sequence[str], values: Floats, used: Sequence[str], weights: Mapping[str, float], seed: int
) -> Iterator[Weighted]:
    total = sum(weights[name] for name in used)
    shape = [len(used) * weights[name] / total for name in used]
    draws = generator(seed, "weights").dirichlet(shape, size=DRAWS)
    overall = np.zeros((DRAWS, len(models)))
    for place, name in enumerate(used):
        overall += draws[:, place, np.newaxis] * values[:, DIMENSIONS.index(name)]
    best, worst, shares = best_ranks(overall).min(axis=0), worst_ranks(overall).max(axis=0), _shares_first(overall)
    for place, model in enumerate(models):
        yield Weighted(DRAWN, model, None, None, int(best[place]), int(worst[place]), float(shares[place]))


def _shares_first(overall: Floats) -> Floats:
    first = (best_ranks(overall) == 1).astype(np.float64)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def _first_crossing(start: Floats, slope: Floats, share: float, direction: int) -> tuple[float, int] | None:
    """The share nearest to `share`, on this side of it and short of 0 or 1, where another model takes the lead.

    A model's score at share t is start + t * slope.
    """
    now = np.round(start + share * slope, DECIMALS)
    gain = np.round(direction * slope, DECIMALS)
    leader = max(range(len(now)), key=lambda model: (now[model], gain[model]))
    room = 1 - share if direction > 0 else share
    ahead = [
        (float((now[leader] - now[model]) / (gain[model] - gain[leader])), -float(gain[model]), model)
        for model in range(len(now))
        if gain[model] > gain[leader]
    ]
    distance, _, model = min(ahead, default=(room, 0.0, 0))
    return (share + direction * distance, model) if distance < room else None
