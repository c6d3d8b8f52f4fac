"""Templates of combinatorics; the second computation counts the cases one by one."""

from __future__ import annotations

import itertools
import math
from collections import Counter

from benchmarks.templates.question import Draws, Question, template
from benchmarks.templates.words import NAMES

# Words of six or seven letters with at least one that stands exactly twice.
_WORDS = (
    "BALLOT", "BANANA", "BOTTLE", "BUTTER", "CARROT", "COFFEE", "COTTON", "DAGGER", "DESERT", "ENGINE", "FOLLOW",
    "GARAGE", "GINGER", "HAMMER", "KITTEN", "LADDER", "LETTER", "MAMMAL", "MITTEN", "MUSEUM", "PALACE", "PAPAYA",
    "PEPPER", "PILLOW", "POTATO", "RABBIT", "SADDLE", "SALAMI", "SCHOOL", "SECRET", "SUMMER", "SYSTEM", "TEMPLE",
    "TOFFEE", "TOMATO", "TUNNEL", "WALLET", "WINDOW", "YELLOW", "BALLOON", "CABBAGE", "COMPASS", "CORRECT", "GALLERY",
    "HAMMOCK", "HARBOUR", "LANTERN", "LETTUCE", "MESSAGE", "ORCHARD", "PATTERN", "SPARROW", "VANILLA",
)  # fmt: skip


@template("combinatorics", 3, "number")
def outfits_without_a_clash(draws: Draws) -> Question:
    """Three steps: all pairs, less those that clash, times the third kind."""
    who = draws.pick(NAMES)
    shirts, trousers, hats = draws.integer(5, 9), draws.integer(4, 8), draws.integer(3, 6)
    striped, checked = draws.integer(2, shirts - 2), draws.integer(2, trousers - 2)
    outfits = itertools.product(range(shirts), range(trousers), range(hats))
    return Question(
        prompt=f"{who} owns {shirts} shirts, {striped} of them striped, {trousers} pairs of trousers, {checked} of "
        "them "
        f"checked, and {hats} hats. {who} never wears a striped shirt with checked trousers. How many different "
        "outfits "
        "of one shirt, one pair of trousers and one hat are left to choose from?",
        answer=str((shirts * trousers - striped * checked) * hats),
        second=str(sum(not (shirt < striped and leg < checked) for shirt, leg, _ in outfits)),
    )


@template("combinatorics", 4, "number")
def letters_kept_apart(draws: Draws) -> Question | None:
    """Five steps: all orders, less repeats, the pair as one, less repeats, the difference."""
    word = draws.pick(_WORDS)
    counts = Counter(word)
    doubled = sorted(letter for letter, count in counts.items() if count == 2)
    letter = draws.pick(doubled)
    shuffled = "".join(draws.shuffled(word))
    repeats = math.prod(math.factorial(count) for other, count in counts.items() if other != letter)
    all_orders = math.factorial(len(word)) // (2 * repeats)
    together = math.factorial(len(word) - 1) // repeats
    orders = {"".join(order) for order in itertools.permutations(word)}
    return Question(
        prompt=f"Letter tiles spell {' '.join(shuffled)}. All {len(word)} tiles are put in a row, and tiles with the "
        f"same letter look the same. How many different rows are there in which the two tiles with {letter} are not "
        "next "
        "to each other?",
        answer=str(all_orders - together),
        second=str(sum(2 * letter not in order for order in orders)),
    )


@template("combinatorics", 4, "number")
def team_with_a_minimum_of_each(draws: Draws) -> Question | None:
    """Five steps: the possible splits, the number for each, the sum."""
    place, one, other = draws.pick(
        (
            ("A hospital", "doctors", "nurses"),
            ("A choir", "sopranos", "altos"),
            ("A school", "teachers", "parents"),
            ("A club", "rowers", "sailors"),
            ("A council", "farmers", "fishers"),
        )
    )
    first, second, size = draws.integer(5, 8), draws.integer(4, 7), draws.integer(4, 6)
    few, some = draws.integer(1, 2), draws.integer(1, 2)
    if size - few - some < 1:
        return None
    ways = sum(math.comb(first, k) * math.comb(second, size - k) for k in range(few, min(first, size - some) + 1))
    teams = itertools.combinations(range(first + second), size)
    parts = [sum(person < first for person in team) for team in teams]
    return Question(
        prompt=f"{place} picks a group of {size} people out of {first} {one} and {second} {other}. At least "
        f"{_of(few, one)} and at least {_of(some, other)} must be in the group. How many different groups "
        "are possible?",
        answer=str(ways),
        second=str(sum(few <= part <= size - some for part in parts)),
    )


@template("combinatorics", 5, "number")
def paths_past_a_blocked_square(draws: Draws) -> Question | None:
    """Seven steps: all paths, those through the one square (two factors), the other (two factors), the difference; and
    a trap: paths through both are taken away only once.
    """
    right, up = draws.integer(4, 6), draws.integer(4, 6)
    low = (draws.integer(1, right - 2), draws.integer(1, up - 2))
    high = (draws.integer(low[0], right - 1), draws.integer(low[1], up - 1))
    if low == high:
        return None
    thing = draws.pick(("A beetle", "A robot", "A game piece", "An ant"))
    return Question(
        prompt=f"{thing} moves on the points (x, y) of a grid from (0, 0) to ({right}, {up}). Each move adds 1 to x or "
        f"adds 1 to y. It must touch neither the point ({low[0]}, {low[1]}) nor the point ({high[0]}, {high[1]}). How "
        "many different paths can it take?",
        answer=str(_by_exclusion(right, up, low, high)),
        second=str(_by_walking(right, up, {low, high})),
    )


def _of(number: int, people: str) -> str:
    return f"one of the {people}" if number == 1 else f"two of the {people}"


def _by_exclusion(right: int, up: int, low: tuple[int, int], high: tuple[int, int]) -> int:
    def ways(start: tuple[int, int], end: tuple[int, int]) -> int:
        east, north = end[0] - start[0], end[1] - start[1]
        return math.comb(east + north, east)

    start, end = (0, 0), (right, up)
    through_low, through_high = ways(start, low) * ways(low, end), ways(start, high) * ways(high, end)
    through_both = ways(start, low) * ways(low, high) * ways(high, end)
    return ways(start, end) - through_low - through_high + through_both


def _by_walking(right: int, up: int, blocked: set[tuple[int, int]]) -> int:
    def onward(x: int, y: int) -> int:
        if x > right or y > up or (x, y) in blocked:
            return 0
        return 1 if (x, y) == (right, up) else onward(x + 1, y) + onward(x, y + 1)

    return onward(0, 0)


TEMPLATES = (outfits_without_a_clash, letters_kept_apart, team_with_a_minimum_of_each, paths_past_a_blocked_square)
