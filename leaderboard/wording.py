"""Scores and ranks as people read them: per cent with one decimal, ranges, and n/a."""

from __future__ import annotations

UNDEFINED = "n/a"
DASH = "\N{EN DASH}"


def percent(value: float | None) -> str:
    """0.8123 as `81.2`; the unit stands in the heading."""
    return UNDEFINED if value is None else f"{100 * value:.1f}"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """`81.2 [78.0–84.1]`, without the brackets where there is no interval."""
    if value is None or low is None or high is None:
        return percent(value)
    return f"{percent(value)} [{percent(low)}{DASH}{percent(high)}]"


def rank_text(rank: int | None, low: int | None, high: int | None) -> str:
    """`1 (1–2)`: the rank and its range, `1 (1)` where the data leave no doubt; no brackets where it is undefined."""
    if rank is None:
        return UNDEFINED
    if low is None or high is None:
        return str(rank)
    return f"{rank} ({low})" if low == high else f"{rank} ({low}{DASH}{high})"


def number(value: float | None, decimals: int = 1) -> str:
    """A figure that is no share, with thousands separated."""
    return UNDEFINED if value is None else f"{value:,.{decimals}f}"
