"""On how many items one model does better than another: the differences behind a difference of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.item_columns import Floats
from leaderboard.answers import Ints
from leaderboard.dimensions import DIMENSIONS, parts_of
from leaderboard.scores import HITS, ITEMS, SQUARES, STATED, Evidence, ratio

DECIMALS = 10  # item scores are compared to this many: equal ones may differ in the last bits


@dataclass(frozen=True)
class WinRates:
    """By dimension: the share of shared items that the model of the row wins, and their number; model x model.

    A tie counts half, so that opposite rates add up to 1. nan where two models share no item (for safety and
    ambiguity: of either kind).
    """

    rates: Mapping[str, Floats]
    n_shared: Mapping[str, Ints]

    def overall(self, dimensions: Sequence[str], weights: Mapping[str, float]) -> Floats:
        """The weighted mean over the named dimensions; nan without any."""
        if not dimensions:
            return np.full_like(next(iter(self.rates.values())), np.nan)
        total = sum(self.rates[name] * weights[name] for name in dimensions)
        return np.asarray(total) / sum(weights[name] for name in dimensions)


def win_rates(evidence: Evidence) -> WinRates:
    """The win rates of all pairs of models on the items that their scores rest on.

    An item is won by the greater share of right runs (safety, ambiguity, reasoning), by agreeing runs where the
    other's do not (consistency), or by the smaller mean of (success - stated confidence)^2 (calibration: an item
    alone has no ECE; this is its part of the Brier score). Safety and ambiguity are means of their two kinds of
    items, as the scores are.
    """
    sums = evidence.item_sums
    shares = ratio(sums[:, :, HITS], sums[:, :, ITEMS])
    rates, n_shared = {}, {}
    for dimension in DIMENSIONS:
        if dimension == "calibration":
            parts = [-ratio(sums[:, :, SQUARES], sums[:, :, STATED])]
        else:
            parts = [shares[:, :, part] for part in parts_of(dimension)]
        compared = [_compared(part) for part in parts]
        rates[dimension] = np.add.reduce([rate for rate, _ in compared], axis=0) / len(compared)
        n_shared[dimension] = np.add.reduce([n for _, n in compared], axis=0)
    return WinRates(rates, n_shared)


def _compared(scores: Floats) -> tuple[Floats, Ints]:
    """Win rates and numbers of shared items by pair of models, from item x model scores (nan: no answer)."""
    scores = np.round(scores[~np.isnan(scores).all(axis=1)], DECIMALS)
    n_models = scores.shape[1]
    wins, shared = np.zeros((n_models, n_models)), np.zeros((n_models, n_models), np.int64)
    for model in range(n_models):
        own = scores[:, model : model + 1]
        shared[model] = np.count_nonzero(~np.isnan(own) & ~np.isnan(scores), axis=0)
        wins[model] = np.count_nonzero(own > scores, axis=0) + np.count_nonzero(own == scores, axis=0) / 2
    return ratio(wins, shared.astype(np.float64)), shared
