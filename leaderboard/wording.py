"""Scores and ranks as people read them: per cent with one decimal, ranges, and n/a."""

from __future__ import annotations

import math

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
    return f"{rank} ({ranks_between(low, high)})"


def ranks_between(low: int, high: int) -> str:
    """`1–3`, and `2` where both are."""
    return str(low) if low == high else f"{low}{DASH}{high}"


def number(value: float | None, decimals: int = 1) -> str:
    """A figure that is no share, with thousands separated."""
    return UNDEFINED if value is None else f"{value:,.{decimals}f}"


def dollars(value: float | None) -> str:
    """A price to three significant digits, and to the cent at least; never as a power of ten."""
    if value is None:
        return UNDEFINED
    return f"{value:,.{max(2, 2 - math.floor(math.log10(value)))}f}" if value > 0 else "0"


def plain(value: float) -> str:
    """The value of a tick: `0.0001`, not a power of ten."""
    return f"{value:,.{max(0, -math.floor(math.log10(value)))}f}" if value > 0 else "0"
