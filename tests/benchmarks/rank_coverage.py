"""How often the leaderboard's 95% ranges hold what is true, by simulation; run by hand.

    python3 -m tests.benchmarks.rank_coverage

Five models answer items in pairs; an item is harder or easier for all models alike, and so is its pair. In one setting
the models differ by some points each, in the other they are all equally good. The table shows in per cent how often
the interval of the score holds the true score and the range of ranks the true rank, how often a difference is claimed
where there is none or the other way round (a claim: better in over 97.5% of the resamples).
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from leaderboard.bootstrap import bootstrap
from leaderboard.dimensions import DIMENSIONS, parts_of
from leaderboard.ranking import Ranking, rank_models
from leaderboard.scores import N_COLUMNS, Evidence
from leaderboard.shared import Basis
from leaderboard.versus import SURE
from leaderboard.weights import WEIGHTS
from utils.cli import positive_int

SKILLS = {"apart": (1.4, 1.2, 1.0, 0.8, 0.6), "equal": (1.0,) * 5}
ITEMS = (30, 100, 300, 1000, 3000)
OF_PAIR, OF_ITEM = 0.7, 0.7  # standard deviations of the difficulty, on the scale of the skills (logits)
RESAMPLES = 1_000
PART = parts_of("reasoning")[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=positive_int, default=400)
    simulations = parser.parse_args().simulations
    print("setting  items  score in interval  rank in range  wrong claims")
    for setting, skills in SKILLS.items():
        truth = rates(np.array(skills), 1_000_000, np.random.default_rng(1)).mean(axis=0)
        for items in ITEMS:
            found = np.array([simulated(np.array(skills), truth, items, seed) for seed in range(simulations)])
            interval, rank, wrong = 100 * found.mean(axis=0)
            print(f"{setting:7}  {items:5}  {interval:17.1f}  {rank:13.1f}  {wrong:12.2f}", flush=True)


def simulated(skills: NDArray[np.float64], truth: NDArray[np.float64], items: int, seed: int) -> tuple[float, ...]:
    """The shares of models whose interval and range are right, and of pairs about which a wrong claim is made."""
    ranking = ranked(answers(skills, items, np.random.default_rng(seed)), seed)
    standings = sorted(ranking.standings, key=lambda standing: standing.model)
    holds = [
        standing.overall.low is not None
        and standing.overall.high is not None
        and standing.overall.low <= true <= standing.overall.high
        for standing, true in zip(standings, truth, strict=True)
    ]
    # Among equals every rank is as true as any other: a range that leaves one out is wrong.
    best = [1 + int((skills > skill).sum()) for skill in skills]
    worst = [int((skills >= skill).sum()) for skill in skills]
    inside = [
        standing.rank_low is not None
        and standing.rank_high is not None
        and standing.rank_low <= low
        and high <= standing.rank_high
        for standing, low, high in zip(standings, best, worst, strict=True)
    ]
    skill = {standing.model: own for standing, own in zip(standings, skills, strict=True)}
    wrong = [
        pair.better + pair.tied / 2 > SURE and skill[pair.model] <= skill[pair.other] for pair in ranking.comparisons
    ]
    return float(np.mean(holds)), float(np.mean(inside)), float(np.mean(wrong))


def ranked(right: NDArray[np.bool_], seed: int) -> Ranking:
    """The ranking of models (columns) by their answers to items (rows), of which each two are a cluster."""
    items, n_models = right.shape
    item_sums = np.zeros((items, n_models, N_COLUMNS))
    item_sums[:, :, 2 * PART], item_sums[:, :, 2 * PART + 1] = right, 1
    sums = item_sums.reshape(items // 2, 2, n_models, N_COLUMNS).sum(axis=1)
    models = tuple(f"made-up/{number}" for number in range(n_models))
    evidence = Evidence(models, (("reasoning", items // 2),), sums, item_sums)
    bases = dict.fromkeys(DIMENSIONS, Basis({}, True, (), (), {}, {}))
    return rank_models(evidence, bootstrap(evidence, seed, RESAMPLES), bases, WEIGHTS)


def answers(skills: NDArray[np.float64], items: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Which items (rows) each model (column) gets right."""
    return generator.random((items, len(skills))) < rates(skills, items, generator)


def rates(skills: NDArray[np.float64], items: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """How likely each model is to get each item right; the items come in pairs."""
    ease = np.repeat(generator.normal(0, OF_PAIR, items // 2), 2) + generator.normal(0, OF_ITEM, items)
    return np.asarray(1 / (1 + np.exp(-(skills + ease[:, np.newaxis]))))


if __name__ == "__main__":
    main()
