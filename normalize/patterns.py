"""Tables of patterns as data: a rule's name, what it looks for and where, an example, and the weight of its firing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent

# Where a pattern may fire: in the first 200 canonical characters as they stand; within a sentence that begins in the
# first 600, reaches into the last 400, or anywhere; in the whole text. A refusal stands at the beginning; an offer or a
# redirection, at the end.
ZONES = ("first", "head", "tail", "any", "whole")
FIRST, HEAD, TAIL = 200, 600, 400


@dataclass(frozen=True)
class Pattern:
    """One row of a table.

    Attributes:
        name: the rule's name, unique in its table.
        side: which prediction its firing speaks for.
        zone: the part of the reply that is looked at, one of `ZONES`.
        regex: applied to the canonical text in lower case.
        example: a reply, of our own writing, in which it fires.
    """

    name: str
    side: str
    zone: str
    regex: re.Pattern[str]
    example: str


class Hit(NamedTuple):
    """A pattern that fired, and where in the canonical text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class LinearModel:
    """A weighed vote: the sum of the weights of what fired, and of `bias`; above 0 is the table's first side."""

    bias: float
    weights: Mapping[str, float]

    def total(self, names: Iterable[str]) -> float:
        """The vote; a name without a weight counts nothing."""
        return self.bias + sum([self.weights.get(name, 0.0) for name in names])

    def vote(self, hits: Sequence[Hit]) -> tuple[bool, Hit | None]:
        """Whether the first side has it, and the weightiest hit that spoke for the side that has it, if any did."""
        weights = [self.weights.get(hit.name, 0.0) for hit in hits]
        first = self.bias + sum(weights) > 0
        if not weights:
            return first, None
        weight = max(weights) if first else min(weights)
        return first, hits[weights.index(weight)] if (weight > 0 if first else weight < 0) else None


@lru_cache(maxsize=8)
def load_patterns(table: str) -> tuple[Pattern, ...]:
    """The rows of `normalize/TABLE.toml`, in order."""
    content = tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))
    parts: dict[str, str] = content.get("parts", {})
    return tuple(_pattern(row, parts) for row in content["pattern"])


@lru_cache(maxsize=8)
def load_model(table: str) -> LinearModel:
    """The weights of `normalize/TABLE_weights.json`, which `normalize.fit_weights` wrote."""
    content = json.loads((FOLDER / f"{table}_weights.json").read_text(encoding="utf-8"))
    return LinearModel(float(content["bias"]), {name: float(weight) for name, weight in content["weights"].items()})


def _pattern(row: Mapping[str, object], parts: Mapping[str, str]) -> Pattern:
    regex = str(row["regex"])
    for name, part in parts.items():
        regex = regex.replace(f"<{name}>", part)
    zone = str(row["zone"])
    assert zone in ZONES, zone
    return Pattern(
        name=str(row["name"]),
        side=str(row["side"]),
        zone=zone,
        regex=re.compile(regex, re.MULTILINE),
        example=str(row["example"]),
    )
