"""What a model's answers took: how many there are, how long, how dear and how slow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from analysis.item_columns import Bools, Floats, ItemColumns
from analysis.metrics import INVALID
from leaderboard.answers import Collected
from utils.tables import rounded

AMOUNTS = ("output_tokens", "latency_s", "cost_usd")
NEEDED = ("prediction", "confidence_verbalized", *AMOUNTS)
"""The columns that `measure_usage` takes."""


@dataclass(frozen=True)
class Usage:
    """Figures over the scored responses of one model; None where nothing was recorded.

    `cost_usd` is the sum of the known costs. The means are over the responses that have the figure, and over the items
    that all models have, so that they can be compared.
    """

    n_items: int
    n_responses: int
    invalid_rate: float | None
    mean_output_tokens: float | None
    cost_usd: float | None
    mean_latency_s: float | None
    mean_cost_usd: float | None
    n_costs: int
    n_confidences: int


def measure_usage(groups: Iterable[ItemColumns], collected: Collected) -> dict[str, Usage]:
    """The usage of each model.

    Args:
        groups: all that `collected` was made of, by model, with the columns `NEEDED`; what one model's responses took
            is in memory at a time.
    """
    places: dict[tuple[int, str, str], Bools] = {}
    shared = _shared_items(collected)
    for answers in collected.answers:
        places[answers.model, answers.benchmark, answers.task] = shared[answers.items]
    found = {}
    for name, own in groupby(groups, key=lambda group: group.model):
        model = collected.models.index(name)
        found[name] = _usage((group, places[model, group.benchmark, group.task]) for group in own)
    return found


def _shared_items(collected: Collected) -> Bools:
    """Which items all models have; all where there are none."""
    n_models = np.zeros(len(collected.items), np.int64)
    for model in range(len(collected.models)):
        own = np.zeros(len(collected.items), np.bool_)
        for answers in collected.answers:
            if answers.model == model:
                own[answers.items] = True
        n_models += own
    shared: Bools = n_models == len(collected.models)
    return shared if shared.any() else np.ones_like(shared)


@dataclass
class _Amounts:
    """The known amounts of one kind, table by table."""

    parts: list[Floats] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @property
    def sum(self) -> float:
        return math.fsum(amount for part in self.parts for amount in part.tolist())

    @property
    def mean(self) -> float | None:
        return rounded(self.sum / len(self)) if len(self) else None


def _usage(groups: Iterator[tuple[ItemColumns, Bools]]) -> Usage:
    """The usage of one model, whose groups each come with which of their items count for the means."""
    n_items = n_responses = n_invalid = n_confidences = 0
    costs, alike = _Amounts(), {name: _Amounts() for name in AMOUNTS}
    for group, shared in groups:
        n_items += len(group.items)
        n_responses += len(group)
        n_invalid += int(np.count_nonzero(group.prediction.are(INVALID)))
        n_confidences += int(np.count_nonzero(~np.isnan(group.numbers["confidence_verbalized"])))
        counted = shared[group.item]
        for name, amounts in alike.items():
            values = group.numbers[name]
            amounts.parts.append(values[counted & ~np.isnan(values)])
        values = group.numbers["cost_usd"]
        costs.parts.append(values[~np.isnan(values)])
    return Usage(
        n_items=n_items,
        n_responses=n_responses,
        invalid_rate=rounded(n_invalid / n_responses) if n_responses else None,
        mean_output_tokens=alike["output_tokens"].mean,
        cost_usd=rounded(costs.sum) if len(costs) else None,
        mean_latency_s=alike["latency_s"].mean,
        mean_cost_usd=alike["cost_usd"].mean,
        n_costs=len(costs),
        n_confidences=n_confidences,
    )
