"""Templates with a trap: facts that do not matter, changed premises of well-known puzzles, questions without answer."""

from __future__ import annotations

import itertools
from fractions import Fraction

from benchmarks.templates.question import Draws, Question, counted, template, yes_no
from benchmarks.templates.words import NAMES

_UNDECIDED = "It cannot be determined"
_SPREADS = (("Weeds", "a pond"), ("Algae", "a lake"), ("Moss", "a lawn"), ("Mould", "a wall"), ("Ice", "a bay"))


@template("adversarial", 4, "number")
def riders_and_luggage(draws: Draws) -> Question | None:
    """Four steps (two stops, off and on) and a trap: what people carry does not matter."""
    vehicle, staff = draws.pick((("bus", "driver"), ("tram", "driver"), ("ferry", "captain"), ("minibus", "driver")))
    start, off, on = draws.integer(19, 48), draws.integers(2, 5, 14), draws.integers(2, 3, 12)
    bags, age, route = draws.integer(2, 4), draws.integer(28, 61), draws.integer(11, 98)
    end = start - off[0] + on[0] - off[1] + on[1]
    if start - off[0] + on[0] <= off[1]:
        return None
    riders = [f"rider {k}" for k in range(start)]
    for stop in range(2):
        del riders[: off[stop]]
        riders += [f"new rider {stop}.{k}" for k in range(on[stop])]
    return Question(
        prompt=f"A {vehicle} on line {route} sets out with {start} passengers on board; its {staff}, who is {age} "
        "years "
        f"old, is not counted as one. At the first stop {off[0]} passengers get off, {bags} of them with large "
        "suitcases, "
        f"and {on[0]} get on. At the second stop {off[1]} passengers get off and {on[1]} get on, each of whom carries "
        f"{bags} bags. How many passengers are on board now?",
        answer=str(end),
        second=str(len(riders)),
    )


@template("adversarial", 3, "number")
def spreading_over_days(draws: Draws) -> Question:
    """Two steps (how the area grows, the share) and a trap: in the well-known puzzle it doubles."""
    what, where = draws.pick(_SPREADS)
    doubling, power = draws.pick((True, False)), draws.integer(1, 3)
    share = 2**power
    days = share * draws.integer(3, 11)
    area = Fraction(1)
    halvings = 0
    while area > Fraction(1, share):
        area /= 2
        halvings += 1
    daily = Fraction(1, days)
    day = next(k for k in range(days + 1) if k * daily >= Fraction(1, share))
    verb = "cover" if what in ("Weeds", "Algae") else "covers"
    grows = "spread" if what in ("Weeds", "Algae") else "spreads"
    how = (
        "is twice as large at the end of each day as it was at the end of the day before"
        if doubling
        else "grows by the same number of square metres every day"
    )
    begin = "" if doubling else f"At the start of day 1 there {'are' if verb == 'cover' else 'is'} none. "
    it = "they" if verb == "cover" else "it"
    part = {2: "half", 4: "a quarter", 8: "an eighth"}[share]
    return Question(
        prompt=f"{what} {grows} over {where}: the area that {it} {verb} {how}. {begin}At the end of day {days} "
        f"{it} {verb} the whole of it. At the end of which day did {it} cover exactly {part} of it? Give the number of "
        "the day.",
        answer=str(days - halvings if doubling else Fraction(days, share)),
        second=str(days - power if doubling else day),
    )


@template("adversarial", 4, "boolean")
def rectangle_that_may_not_exist(draws: Draws) -> Question | None:
    """Four steps (half the fence, the best shape, its area, the comparison) and a trap: there may be none."""
    owner = draws.pick(NAMES)
    use = draws.pick(("a vegetable bed", "a paddock", "a sheepfold", "a play area", "a chicken run"))
    fence = 2 * draws.integer(13, 48)
    largest = Fraction(fence * fence, 16)
    area = int(largest) + draws.integer(-9, 9)
    if abs(area - largest) < 1:
        return None
    quarters = [Fraction(k, 4) * (Fraction(fence, 2) - Fraction(k, 4)) for k in range(2 * fence + 1)]
    return Question(
        prompt=f"{owner} has exactly {fence} m of fence and wants to enclose {use} on open ground, using all of the "
        "fence. "
        f"It is to be a rectangle with an area of {area} square metres; its sides may be of any length. Is that "
        "possible?",
        answer=yes_no(16 * area <= fence * fence),
        second=yes_no(any(found >= area for found in quarters)),
    )


@template("adversarial", 3, "choice")
def oldest_if_it_can_be_told(draws: Draws) -> Question | None:
    """Two steps (put the comparisons together, see who has nobody above) and a trap: it may not be decided."""
    people = draws.some(NAMES, 4)
    more, most = draws.pick(
        (("older", "oldest"), ("taller", "tallest"), ("heavier", "heaviest"), ("faster", "fastest"))
    )
    hidden = draws.shuffled(people)
    pairs = list(itertools.combinations(hidden, 2))
    told = draws.some(pairs, 3)
    decided = draws.pick((True, False))
    tops = [who for who in people if who not in {low for _, low in told}]
    if len({who for pair in told for who in pair}) < 4 or (len(tops) == 1) != decided:
        return None
    orders = [
        order
        for order in itertools.permutations(people)
        if all(order.index(high) < order.index(low) for high, low in told)
    ]
    firsts = sorted({order[0] for order in orders})
    letters = draws.pick(("letters in the name", "brothers", "cousins", "house plants"))
    counts = draws.some(range(2, 8), 2)
    sentences = [f"{high} is {more} than {low}." for high, low in told]
    if letters == "letters in the name":
        sentences.append(f"{people[0]} has {counted(len(people[0]), 'letter')} in the name.")
    else:
        sentences.append(f"{people[0]} has {counts[0]} {letters} and {people[1]} has {counts[1]}.")
    answer = tops[0] if decided else _UNDECIDED
    others = tuple(who for who in [*tops, *draws.shuffled(people)] if who != answer)
    return Question(
        prompt=f"{' '.join(sentences)} No two of them are equally {_plain(more)}. Who is the {most} of the four?",
        answer=answer,
        second=firsts[0] if len(firsts) == 1 else _UNDECIDED,
        wrong=others if not decided else (_UNDECIDED, *others),
    )


def _plain(comparative: str) -> str:
    return {"older": "old", "taller": "tall", "heavier": "heavy", "faster": "fast"}[comparative]


TEMPLATES = (riders_and_luggage, spreading_over_days, rectangle_that_may_not_exist, oldest_if_it_can_be_told)
