"""Which models are worth their price: those that no other beats in quality and price at once."""

from __future__ import annotations

from collections.abc import Sequence


def on_front(quality: Sequence[float | None], price: Sequence[float | None]) -> list[bool | None]:
    """For each model whether no other is at least as good and as cheap, and better or cheaper.

    Equal models are on the front together. None where either figure is unknown: an unknown price is not 0, and such
    a model keeps no other off the front.
    """
    known = [(good, dear) for good, dear in zip(quality, price, strict=True) if good is not None and dear is not None]
    return [
        None
        if good is None or dear is None
        else not any(
            other >= good and cost <= dear and (other > good or cost < dear) for other, cost in known
        )
        for good, dear in zip(quality, price, strict=True)
    ]  # fmt: skip
