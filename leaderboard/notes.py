"""What a reader must be told: all that keeps the models from being compared on everything, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leaderboard.answers import Collected
from leaderboard.dimensions import DIMENSIONS, SIDES
from leaderboard.ranking import Ranking, Standing
from leaderboard.scores import Evidence
from leaderboard.shared import Basis

FEW_CLUSTERS = 20  # below this, percentile intervals of clustered figures are clearly too narrow (Cameron et al. 2008)
SHOWN = 5  # names in a sentence


def notes(
    collected: Collected, bases: Mapping[str, Basis], evidence: Evidence, ranking: Ranking, weights: Mapping[str, float]
) -> Iterator[str]:
    """The sentences, the gravest first."""
    standings = sorted(ranking.standings, key=lambda standing: standing.model)
    if not ranking.dimensions:
        yield "no dimension is shared by all models, so there is no overall score and no rank"
    yield from _dimensions_left_out(standings, ranking.dimensions, weights)
    yield from _benchmarks_left_out(standings, bases)
    yield from _items_left_out(bases)
    yield from _runs_left_out(bases)
    begun = sum(answers.n_left_out for answers in collected.answers)
    if begun:
        yield f"{begun:,} responses do not count: they belong to runs that fewer than half of the items have"
    if any(_n_items(collected, model) < len(collected.items) for model in range(len(collected.models))):
        yield "cost, latency and tokens a response are means over the items that all models have, where there are any"
    few = [name for name in DIMENSIONS if any(0 < n < FEW_CLUSTERS for n in evidence.clusters(name).tolist())]
    if few:
        yield f"intervals are rough for {', '.join(few)}: fewer than {FEW_CLUSTERS} clusters of items"


def _dimensions_left_out(
    standings: Sequence[Standing], used: Sequence[str], weights: Mapping[str, float]
) -> Iterator[str]:
    for name in DIMENSIONS:
        if weights[name] <= 0 or name in used:
            continue
        missing = [standing.model for standing in standings if standing.dimensions[name].value is None]
        reason = _why_missing(name, missing) if missing else "the models share no item for it"
        yield f"{name} is left out of the overall score: {reason}"


def _benchmarks_left_out(standings: Sequence[Standing], bases: Mapping[str, Basis]) -> Iterator[str]:
    for name in DIMENSIONS:
        for benchmark in bases[name].left_out:
            lacking = [standing.model for standing in standings if not standing.dimensions[name].n]
            others = f" that have results for {name}" if lacking else ""
            yield f"benchmark {benchmark} does not count for {name}: not all models{others} have answered its items"


def _items_left_out(bases: Mapping[str, Basis]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for name in DIMENSIONS:
        often = " in every run" if name == "consistency" else ""
        for benchmark, (shared, _) in bases[name].compared.items():
            had = {model: items for model, (items, _) in bases[name].had[benchmark].items()}
            if any(items > shared for items in had.values()):
                reason = f"the {shared:,} items of {benchmark} that all models have answered{often} ({_extremes(had)})"
                found.setdefault(reason, []).append(name)
    for reason, names in found.items():
        yield f"{', '.join(names)}: compared on {reason}"


def _runs_left_out(bases: Mapping[str, Basis]) -> Iterator[str]:
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name in DIMENSIONS:
        for benchmark, (_, runs) in bases[name].compared.items():
            had = {model: n for model, (_, n) in bases[name].had[benchmark].items()}
            if any(n > runs for n in had.values()):
                reason = f"the first {'run' if runs == 1 else f'{runs} runs'} of BENCHMARKS ({_extremes(had)})"
                names, benchmarks = found.setdefault(reason, ([], []))
                names += [] if name in names else [name]
                benchmarks += [] if benchmark in benchmarks else [benchmark]
    for reason, (names, benchmarks) in found.items():
        yield f"{', '.join(names)}: compared on {reason.replace('BENCHMARKS', ', '.join(benchmarks), 1)}"


def _n_items(collected: Collected, model: int) -> int:
    return sum(len(answers.items) for answers in collected.answers if answers.model == model)


def _why_missing(dimension: str, models: Sequence[str]) -> str:
    sides = " and ".join(f"'{side}'" for side in SIDES.get(dimension, ()))
    reasons = {
        "calibration": "no confidence stated in words",
        "consistency": "fewer than two runs",
        "reasoning": "no reasoning items",
    }
    return f"{reasons.get(dimension, f'no items that expect {sides} (both are needed)')} from {listed(models)}"


def _extremes(counts: Mapping[str, int]) -> str:
    """Who has the fewest, and how many the others have at most."""
    least, most = min(counts.values()), max(counts.values())
    fewest = listed([model for model, count in counts.items() if count == least])
    return f"all have {least:,}" if least == most else f"fewest: {fewest} with {least:,}; most: {most:,}"


def listed(names: Sequence[str], limit: int = SHOWN) -> str:
    """The names, of many only the first."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
