"""Templates of probability; the second computation counts equally likely cases."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from benchmarks.templates.question import Draws, Question, fraction, template
from benchmarks.templates.words import COLOURS

_LOWEST = "Give a fraction in lowest terms."


@template("probability", 3, "number")
def two_of_one_colour(draws: Draws) -> Question | None:
    """Four steps: each colour's probability, their sum, lowest terms."""
    colours = draws.some(COLOURS, 3)
    counts = draws.integers(3, 2, 6)
    thing = draws.pick(("beads", "buttons", "balls", "counters"))
    if len(set(counts)) == 1:
        return None
    size = sum(counts)
    same = sum(math.comb(count, 2) for count in counts)
    bag = [colour for colour, count in zip(colours, counts, strict=True) for _ in range(count)]
    pairs = list(itertools.permutations(bag, 2))
    kinds = [f"{count} {colour}" for colour, count in zip(colours, counts, strict=True)]
    return Question(
        prompt=f"A jar holds {kinds[0]}, {kinds[1]} and {kinds[2]} {thing}. Two {thing} are taken out at random "
        "without "
        f"putting the first one back. What is the probability that they have the same colour? {_LOWEST}",
        answer=fraction(Fraction(same, math.comb(size, 2))),
        second=fraction(Fraction(sum(a == b for a, b in pairs), len(pairs))),
    )


@template("probability", 3, "choice")
def at_least_one_high(draws: Draws) -> Question:
    """Three steps: the complement of one roll, its power, the complement of that."""
    sides, dice = draws.pick((4, 5, 6, 8, 10, 12)), draws.integer(2, 4)
    least = draws.integer(2, sides)
    spun = sides == 5 or draws.pick((True, False))
    high = Fraction(sides - least + 1, sides)
    rolls = list(itertools.product(range(1, sides + 1), repeat=dice))
    shown = f"{least}" if least == sides else f"{least} or more"
    number = {2: "Two", 3: "Three", 4: "Four"}[dice]
    things = (
        f"spinners, each with {sides} equal fields numbered from 1 to {sides}, are spun once"
        if spun
        else f"fair dice, each with {sides} sides numbered from 1 to {sides}, are rolled together"
    )
    return Question(
        prompt=f"{number} {things}. What is the probability that at least one of them shows {shown}?",
        answer=fraction(1 - (1 - high) ** dice),
        second=fraction(Fraction(sum(max(roll) >= least for roll in rolls), len(rolls))),
        wrong=tuple(
            fraction(value)
            for value in (
                (1 - high) ** dice,
                high * dice if high * dice < 1 else high**dice,
                dice * high * (1 - high) ** (dice - 1),
                high**dice,
                high,
                1 - high,
            )
        ),
    )


@template("probability", 4, "number")
def source_of_a_faulty_part(draws: Draws) -> Question | None:
    """Six steps: the faulty parts of three machines, their sum, the quotient, lowest terms."""
    shares = draws.pick(((50, 30, 20), (60, 25, 15), (40, 35, 25), (45, 30, 25), (55, 25, 20), (70, 20, 10)))
    faults = draws.some((1, 2, 3, 4, 5, 6, 8), 3)
    asked = draws.integer(0, 2)
    machines = draws.some(("K", "L", "M", "R", "S", "T"), 3)
    thing = draws.pick(("screws", "lenses", "batteries", "zips", "valves"))
    made = [
        f"machine {machine} makes {share}% of them, and {fault}% of these are faulty"
        for machine, share, fault in zip(machines, shares, faults, strict=True)
    ]
    joint = [Fraction(share, 100) * Fraction(fault, 100) for share, fault in zip(shares, faults, strict=True)]
    lot = [
        (k, piece < fault)
        for k, (share, fault) in enumerate(zip(shares, faults, strict=True))
        for _ in range(share)
        for piece in range(100)
    ]
    faulty = [k for k, is_faulty in lot if is_faulty]
    return Question(
        prompt=f"Three machines make all the {thing} of a factory: {made[0]}; {made[1]}; {made[2]}. One of all the "
        f"{thing} is picked at random, and it is faulty. What is the probability that machine {machines[asked]} made "
        f"it? {_LOWEST}",
        answer=fraction(joint[asked] / sum(joint)),
        second=fraction(Fraction(faulty.count(asked), len(faulty))),
    )


@template("probability", 5, "number")
def second_draw_from_an_unknown_bag(draws: Draws) -> Question | None:
    """Seven steps: the first draw from each bag, which bag it was, the second draw from each, the sum."""
    first, second = draws.some(COLOURS, 2)
    bags = [(draws.integer(2, 6), draws.integer(1, 5)) for _ in range(2)]
    if Fraction(*bags[0]) == Fraction(*bags[1]):
        return None
    thing = draws.pick(("marbles", "tokens", "cubes", "pebbles"))
    seen = [Fraction(a, a + b) for a, b in bags]
    again = [Fraction(a - 1, a + b - 1) for a, b in bags]
    answer = sum((p * q for p, q in zip(seen, again, strict=True)), Fraction(0)) / sum(seen)
    hits = total = Fraction(0)
    for a, b in bags:
        content = [True] * a + [False] * b
        ways = list(itertools.permutations(range(a + b), 2))
        hits += Fraction(sum(content[i] and content[j] for i, j in ways), len(ways))
        total += Fraction(sum(content[i] for i, _ in ways), len(ways))
    held = [f"{a} {first} and {b} {second} {thing if b > 1 else thing[:-1]}" for a, b in bags]
    return Question(
        prompt=f"One bag holds {held[0]}, another bag holds {held[1]}. You take one of the two bags, each with "
        f"probability 1/2, and draw at random from it: the {thing[:-1]} is {first}. You keep it out and draw once more "
        f"from the same bag. What is the probability that the second {thing[:-1]} is {first} too? {_LOWEST}",
        answer=fraction(answer),
        second=fraction(hits / total),
    )


TEMPLATES = (two_of_one_colour, at_least_one_high, source_of_a_faulty_part, second_draw_from_an_unknown_bag)
