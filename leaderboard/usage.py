"""What a model's answers took: how many there are, how long, how dear and how slow."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.item_columns import Row
from analysis.metrics import INVALID
from utils.tables import rounded


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


def measure_usage(rows: Sequence[Row], shared: Collection[tuple[str, str]]) -> Usage:
    """The usage figures of the rows of one model.

    Args:
        shared: the items (benchmark, item id) that the means are over; all where there are none.
    """
    costs = _known(rows, "cost_usd")
    items = {(row["benchmark"], row["item_id"]) for row in rows}
    whole = not shared or len(items) == len(shared)
    alike = rows if whole else [row for row in rows if (row["benchmark"], row["item_id"]) in shared]
    return Usage(
        n_items=len(items),
        n_responses=len(rows),
        invalid_rate=rounded(sum(row["prediction"] == INVALID for row in rows) / len(rows)) if rows else None,
        mean_output_tokens=_mean(_known(alike, "output_tokens")),
        cost_usd=rounded(math.fsum(costs)) if costs else None,
        mean_latency_s=_mean(_known(alike, "latency_s")),
        mean_cost_usd=_mean(_known(alike, "cost_usd")),
        n_costs=len(costs),
        n_confidences=len(_known(rows, "confidence_verbalized")),
    )


def _known(rows: Sequence[Row], field: str) -> list[float]:
    return [row[field] for row in rows if row[field] is not None]


def _mean(values: Sequence[float]) -> float | None:
    return rounded(math.fsum(values) / len(values)) if values else None
