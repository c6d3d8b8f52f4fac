"""The reference figures: small sets of answers with what established libraries compute from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.confidence_counts import Counts, count

_CONTENT = json.loads((Path(__file__).parent / "reference_values.json").read_text(encoding="utf-8"))
SHARED: dict[str, Any] = _CONTENT["shared"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class ReferenceSet:
    """One set: its answers, and the libraries' figures by name."""

    name: str
    confidence: NDArray[np.float64]
    correct: NDArray[np.float64]
    correct_other: NDArray[np.float64]
    clusters: NDArray[np.int64]
    runs: list[str]
    values: dict[str, dict[str, Any]]

    @property
    def counts(self) -> Counts:
        return count(self.confidence, self.correct)

    def value(self, name: str) -> Any:
        return self.values[name]["value"]


def _parse(entry: dict[str, Any]) -> ReferenceSet:
    return ReferenceSet(
        name=entry["name"],
        confidence=np.array(entry["confidence"], dtype=np.float64),
        correct=np.array(entry["correct"], dtype=np.float64),
        correct_other=np.array(entry["correct_other"], dtype=np.float64),
        clusters=np.array(entry["cluster"], dtype=np.int64),
        runs=entry.get("runs", []),
        values=entry["values"],
    )


SETS = [_parse(entry) for entry in _CONTENT["sets"]]
BY_NAME = {each.name[0]: each for each in SETS}


def agrees(found: float | None, expected: float | None, tolerance: float = TOLERANCE) -> bool:
    """Whether both are undefined (None or nan), or both defined and as close as that."""
    if expected is None or found is None or np.isnan(found):
        return expected is None and (found is None or bool(np.isnan(found)))
    return abs(float(found) - expected) <= tolerance
