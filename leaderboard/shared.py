"""What the models can be compared on: for each dimension the benchmarks, items and runs that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from leaderboard.answers import Answers, Collected, Ints
from leaderboard.dimensions import DIMENSIONS

Available = Mapping[int, Mapping[str, Sequence[Answers]]]
"""By model and benchmark, the answers from which a dimension can be measured."""


@dataclass(frozen=True)
class Selection:
    """The part of a model's answers that a dimension is measured on: some of its items, its first `n_runs` runs."""

    answers: Answers
    places: Ints
    n_runs: int


@dataclass(frozen=True)
class Basis:
    """What a dimension is measured on.

    Args:
        benchmarks: those of each model; the same for all models that have any results when `comparable`.
        comparable: whether the models are measured on the same items and as many runs.
        left_out: benchmarks that not all of those models have, or of whose items they share none.
        selections: the answers that count.
        compared: by benchmark, how many items and runs count; empty when not comparable.
        had: by benchmark and model, how many items and runs there are.
    """

    benchmarks: Mapping[str, frozenset[str]]
    comparable: bool
    left_out: tuple[str, ...]
    selections: tuple[Selection, ...]
    compared: Mapping[str, tuple[int, int]]
    had: Mapping[str, Mapping[str, tuple[int, int]]]


def find_bases(collected: Collected) -> dict[str, Basis]:
    """For each dimension what it is measured on.

    That is the benchmarks that every model with any results of the dimension has, of these the items that all of them
    answered, and as many runs as each of them has. Where the models share no item, each keeps its own and the
    dimension is not comparable.
    """
    return {dimension: _basis(collected, dimension) for dimension in DIMENSIONS}


def runs_compared(basis: Basis) -> int | None:
    """How many runs are compared where the number is one for all, as for consistency; None without such results."""
    return min((selection.n_runs for selection in basis.selections), default=None)


def _basis(collected: Collected, dimension: str) -> Basis:
    found = _available(collected, dimension)
    every = sorted({name for own in found.values() for name in own})
    common = [name for name in every if all(name in own for own in found.values())]
    runs = _least_runs(found, common, dimension)
    shared = {name: _shared_items([own[name] for own in found.values()], runs[name], dimension) for name in common}
    shared = {name: items for name, items in shared.items() if len(items)}
    names = sorted(shared) if shared else every
    selections = _shared_selections(found, shared, runs, dimension) if shared else _own_selections(found, dimension)
    return Basis(
        benchmarks={collected.models[model]: frozenset(names).intersection(own) for model, own in found.items()},
        comparable=bool(shared) or not found,
        left_out=tuple(name for name in every if name not in names),
        selections=tuple(selections),
        compared={name: (len(items), runs[name]) for name, items in shared.items()},
        had={
            name: {collected.models[model]: _extent(own[name]) for model, own in found.items() if name in own}
            for name in names
        },
    )


def _available(collected: Collected, dimension: str) -> Available:
    found: dict[int, dict[str, list[Answers]]] = {}
    for answers in collected.answers:
        if _measurable(answers, dimension):
            found.setdefault(answers.model, {}).setdefault(answers.benchmark, []).append(answers)
    return found


def _measurable(answers: Answers, dimension: str) -> bool:
    if dimension == "consistency":
        return answers.n_runs > 1 and bool(answers.present.all(axis=1).any())
    if dimension == "calibration":
        return not np.isnan(answers.confidence).all()
    return answers.task == dimension


def _least_runs(found: Available, names: Sequence[str], dimension: str) -> dict[str, int]:
    """By benchmark how many runs every model has; for consistency, which falls with the runs, one number for all."""
    least = {name: min(answers.n_runs for own in found.values() for answers in own[name]) for name in names}
    return dict.fromkeys(least, min(least.values())) if dimension == "consistency" and least else least


def _shared_items(groups: Sequence[Sequence[Answers]], runs: int, dimension: str) -> Ints:
    """The items (their numbers, sorted) that every model has answered in these runs."""
    own = (np.concatenate([each.items[_answered(each, runs, dimension)] for each in group]) for group in groups)
    return reduce(lambda ours, theirs: np.intersect1d(ours, theirs), own)


def _answered(answers: Answers, runs: int, dimension: str) -> Ints:
    """The places of the items with a response in these runs: in every one for consistency, else in any."""
    present = answers.present[:, :runs]
    return np.flatnonzero(present.all(axis=1) if dimension == "consistency" else present.any(axis=1))


def _shared_selections(
    found: Available, shared: Mapping[str, Ints], runs: Mapping[str, int], dimension: str
) -> Iterator[Selection]:
    for own in found.values():
        for name, items in shared.items():
            for answers in own[name]:
                places = _answered(answers, runs[name], dimension)
                yield Selection(answers, places[np.isin(answers.items[places], items)], runs[name])


def _own_selections(found: Available, dimension: str) -> Iterator[Selection]:
    every = [answers for own in found.values() for group in own.values() for answers in group]
    least = min((answers.n_runs for answers in every), default=0)
    for answers in every:
        runs = least if dimension == "consistency" else answers.n_runs
        yield Selection(answers, _answered(answers, runs, dimension), runs)


def _extent(group: Sequence[Answers]) -> tuple[int, int]:
    return sum(len(answers.items) for answers in group), min(answers.n_runs for answers in group)
