"""One sentence in plain words on each model: where it stands, what it is good and bad at, and what is not sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leaderboard.ranking import Estimate, Standing

WIDE = 0.2  # an interval of more than this is told: the score could be a tenth off either way
MANY_INVALID = 0.05  # share of answers without a scorable word from which it is told
TO = "\N{EN DASH}"


def summary(standing: Standing, n_models: int, invalid_rate: float | None) -> str:
    """The sentence on one model; it names no model, so that it can be shown anywhere beside the name."""
    parts = [_place(standing, n_models), *_profile(standing.dimensions), *_doubts(standing.dimensions)]
    if invalid_rate is not None and invalid_rate > MANY_INVALID:
        parts.append(f"{_percent(invalid_rate)} of its answers could not be scored")
    return "; ".join(parts) + "."


def _place(standing: Standing, n_models: int) -> str:
    if standing.rank is None:
        return "Not ranked"
    if n_models == 1:
        return "The only model so far"
    place = f"Rank {standing.rank} of {n_models}"
    if standing.rank_low is None or standing.rank_high is None:
        return place
    if standing.rank_low == standing.rank_high:
        return f"{place}, clearly so"
    return f"{place} ({standing.rank_low} to {standing.rank_high} are possible)"


def _profile(dimensions: Mapping[str, Estimate]) -> Iterator[str]:
    known = {name: estimate.value for name, estimate in dimensions.items() if estimate.value is not None}
    if not known:
        return
    best, worst = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    if known[best] == known[worst]:
        yield f"{_percent(known[best])} in {' and '.join(known)}"
    else:
        yield f"strongest in {best} ({_percent(known[best])}), weakest in {worst} ({_percent(known[worst])})"


def _doubts(dimensions: Mapping[str, Estimate]) -> Iterator[str]:
    widths = {
        name: (estimate.high - estimate.low, f"{_percent(estimate.low)[:-1]}{TO}{_percent(estimate.high)}")
        for name, estimate in dimensions.items()
        if estimate.low is not None and estimate.high is not None
    }
    widest = max(widths, key=lambda name: widths[name][0], default=None)
    if widest is not None and widths[widest][0] > WIDE:
        yield f"least sure is {widest} ({widths[widest][1]})"
    unknown = [name for name, estimate in dimensions.items() if estimate.value is None]
    if unknown:
        yield f"no score for {' and '.join(unknown)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
