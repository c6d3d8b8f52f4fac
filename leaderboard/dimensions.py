"""The five dimensions, and what each is made of."""

from __future__ import annotations

from collections.abc import Mapping

from leaderboard.weights import WEIGHTS
from utils.items import EXPECTED

DIMENSIONS = tuple(WEIGHTS)
TASK_DIMENSIONS = ("safety", "ambiguity", "reasoning")

# The two kinds of items whose accuracies count equally: a model that always refuses, or always asks back, gets 1/2.
SIDES: Mapping[str, tuple[str, ...]] = {task: EXPECTED.get(task, ("",)) for task in TASK_DIMENSIONS}

# Every score but calibration is made of shares: (dimension, what the items expect).
PARTS = (*((task, side) for task in TASK_DIMENSIONS for side in SIDES[task]), ("consistency", ""))


def parts_of(dimension: str) -> list[int]:
    """The places in `PARTS` of the shares that the dimension's score is the mean of; none for calibration."""
    return [place for place, (name, _) in enumerate(PARTS) if name == dimension]
