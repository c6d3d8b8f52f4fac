"""Which items are asked: a deterministic sample, stratified by category, that keeps pairs together.

Every run and every model gets the same items. The order of the file, the platform and Python's version do not matter;
a larger sample holds the smaller one; without pairs, an item more in the benchmark changes at most one place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from utils.hashing import sha256_text
from utils.items import Item


@dataclass(frozen=True)
class Unit:
    """What is drawn as one: the items of a pair, or a single item."""

    name: str
    stratum: str
    item_ids: tuple[str, ...]


def sample_items(items: Iterable[Item], count: int, seed: int) -> list[str]:
    """The ids of the items to ask, sorted.

    Args:
        items: all items of one benchmark.
        count: how many are wanted, at least 1. Pairs are not split, so one fewer may come back; when the first pair
            alone is larger than `count`, that pair comes back.
        seed: another seed draws another sample.
    """
    chosen: list[str] = []
    for unit in draw_order(items, seed):
        if chosen and len(chosen) + len(unit.item_ids) > count:
            break  # not the next that would fit: a larger sample must hold this one
        chosen.extend(unit.item_ids)
    return sorted(chosen)


def draw_order(items: Iterable[Item], seed: int) -> list[Unit]:
    """All units in the order in which they are drawn.

    Systematic sampling with a random start in each stratum (Madow & Madow 1944, Annals of Mathematical Statistics
    15(1)): within a stratum of n units the order is that of a hash, and the unit of rank r has the position
    (r + u) / n, where u in [0, 1) is a hash of the stratum. So strata are drawn alike, however small they are, each
    unit is as likely as any other, and a further item moves the positions of its own stratum alone.
    """
    strata: dict[str, list[Unit]] = defaultdict(list)
    for unit in units(items):
        strata[unit.stratum].append(unit)
    placed: list[tuple[Fraction, str, Unit]] = []
    for stratum, members in strata.items():
        members.sort(key=lambda unit: (sha256_text(f"{seed}\0unit\0{unit.name}"), unit.name))
        start = Fraction(int(sha256_text(f"{seed}\0stratum\0{stratum}")[:12], 16), 16**12)
        placed += [((start + rank) / len(members), stratum, unit) for rank, unit in enumerate(members)]
    return [unit for _, _, unit in sorted(placed, key=lambda entry: entry[:2])]


def units(items: Iterable[Item]) -> list[Unit]:
    """The units of a benchmark; a pair's stratum is made of all categories that its items have."""
    members: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        members[f"pair\0{item.pair}" if item.pair else f"item\0{item.id}"].append(item)
    return [
        Unit(
            name=name,
            stratum="\0".join(sorted({item.category for item in group})),
            item_ids=tuple(sorted(item.id for item in group)),
        )
        for name, group in sorted(members.items())
    ]
